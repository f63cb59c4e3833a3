# A limit leaves the cursor where one was, and on what was read in it.
use local.inc
start
wait on line
wait The report of March
keys gg
keys /
type subject:dinner
keys <Enter>
wait 1/3
keys <Esc>
gone subject:dinner
# nothing of it was read: one is where one was
wait 1/5
keys /
type subject:dinner
keys <Enter>
wait 1/3
keys <Enter>
wait Shall we meet at eight?
keys q
wait 1/3
keys <Esc>
gone subject:dinner
wait 3/5
keys Q
exit 0
