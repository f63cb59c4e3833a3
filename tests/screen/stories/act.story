# Marks, moves, deletes, and takes it back.
use local.inc
start
wait on line
wait The report of March
# the flag
keys j f
gone  F@
keys f
wait  F@
# select two of them and move them
keys gg x x
wait 2 selected
keys m
wait :move
type archi
keys <Enter>
# what the letters were taken for is told
wait :move Archive
gone The report of March
gone 2 selected
wait 3
picture moved
keys ga
wait The report of March
wait A newsletter
keys gi
wait Dinner on Friday
keys u
wait Undone
wait The report of March
# delete and undo
keys gg d
gone A newsletter
keys gt
wait A newsletter
# from a page that is no folder
keys go
wait Nothing waits
keys gi
wait The report of March
keys u
wait Undone
wait A newsletter
# read and unread
keys G w
picture undone
keys q
exit 0
