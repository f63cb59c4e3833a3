# Opens the inbox, reads, and goes back.
use local.inc
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
wait :save 2 report.pdf
keys <Esc>
gone :save
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
