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
# an attachment is chosen, then where it goes
keys v
wait Save:
# what fits nothing is said, and can be typed anew
type zzz
wait Nothing here fits "zzz"
keys <Enter>
wait Nothing here fits "zzz"
keys <C-u>
gone Nothing here fits
keys <Enter>
# a name is proposed; folders are completed, hidden ones where a dot is typed
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
keys v
wait Save:
keys <Enter>
wait Save as: ~/Papers of 2001/.kept/report.pdf
keys <Backspace> <Backspace> <Backspace> <Backspace> <Backspace> <Backspace> <Backspace> <Backspace> <Backspace> <Backspace>
type march.pdf
wait kept/march.pdf
keys <Enter>
wait Write over it?
keys n
wait Cancelled
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
