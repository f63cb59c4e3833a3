# Opens the inbox, reads, and goes back.
use local.inc
batch exec mkdir -p '$ROOT/Papers of 2001/.kept'
start
wait on line
wait The report of March
picture inbox
keys j <Enter>
wait See the file.
wait report.pdf
picture message
# what is attached is a list; a name is proposed for the one under the cursor;
# folders are completed, hidden ones where a dot is typed
keys v
wait Attachments
wait 2  report.pdf
keys s
wait Save as: ~/report.pdf
keys <C-u>
type ~/Pap
keys <Tab>
wait Save as: ~/Papers of 2001/
type .k
keys <Tab>
wait Save as: ~/Papers of 2001/.kept/
type march.pdf
keys <Enter>
wait Saved $ROOT/Papers of 2001/.kept/march.pdf
# the next one goes to the same folder, and over none without a question
keys s
wait Save as: ~/Papers of 2001/.kept/report.pdf
keys <Backspace> <Backspace> <Backspace> <Backspace> <Backspace> <Backspace> <Backspace> <Backspace> <Backspace> <Backspace>
type march.pdf
wait kept/march.pdf
keys <Enter>
wait Write over it?
keys n
wait Cancelled
keys q
wait See the file.
# lines by the keys of other pagers
keys <Enter> <Backspace>
never has no meaning
keys q
keys G
wait Dinner on Friday
keys <Enter>
wait Me too.
gone unread
keys K
wait Yes!
keys q
picture inbox-read
keys q
exit 0
