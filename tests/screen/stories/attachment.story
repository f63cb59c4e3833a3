# Attachments on the page of a draft: what they are, and that one changed or went.
use local.inc
file letter.txt
One line.
.
start
wait on line
wait The report of March
keys G
keys :
type limit from:files
keys <Enter>
wait 1/1
keys F
wait Draft: Fwd: The report of March
wait report.pdf  application/pdf
keys t
wait To:
type bob@example.org
keys <Enter>
wait bob@example.org
keys a
wait :attach
type $ROOT/letter.txt
keys <Enter>
wait letter.txt  text/plain, 10 bytes
file letter.txt
Two lines, which is more than one.
Really.
.
keys y
wait letter.txt changed since it was attached: send it as now?
keys n
wait not sent
wait letter.txt: changed since it was attached
batch exec rm $ROOT/letter.txt
keys y
wait attachment 2 is not there any more
wait letter.txt: not there any more
file letter.txt
One line.
.
keys y
wait send it as now?
keys y
gone Draft:
gone to send
contains sent.eml report.pdf
contains sent.eml letter.txt
keys Q
exit 0
