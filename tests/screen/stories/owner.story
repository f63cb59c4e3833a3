# A batch works beside the screen, the screen can be told, and handed over.
use local.inc
start
wait on line
wait The report of March
batch count ""
says 5
batch move -t subject:report Archive
gone The report of March
remote order date
wait Ordered by date
remote mark +flagged
wait  AF
# the same language as everywhere: several commands, quotes, and the screen's own
remote cursor last; cursor up; mark +flagged; limit "subject:\"dinner\""
wait INBOX · subject:"dinner"
remote limit; echo "it is heard"
says it is heard
terminal 1
start
wait Take over here?
keys n <Enter>
wait the other one stays
exit 1
start
wait Take over here?
keys y <Enter>
wait on line
wait A newsletter
terminal 0
exit 0
wait Another postern took over
terminal 1
# stopped and brought forward again
keys <C-z>
gone A newsletter
signal CONT
wait A newsletter
signal TSTP
gone A newsletter
signal CONT
wait A newsletter
# also while a line is typed, which is still there then
keys /
wait :limit
type from
keys <C-z>
gone A newsletter
signal CONT
wait :limit from
keys <Esc>
gone :limit
keys Q
exit 0
