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
# of several it is told in words, and whether it was set or taken away
keys gg j j x x f
wait Marked 2 messages as flagged (u undoes)
keys f
wait Marked 2 messages as not flagged
keys u
wait Undone: mark as not flagged (2 messages)
keys u
wait Undone: mark as flagged (2 messages)
keys <Esc>
gone 2 selected
# select two of them and move them
keys gg x x
wait 2 selected
keys m
wait :move
type archi
keys <Enter>
gone The report of March
gone 2 selected
wait 3
gone pending
wait home: on line
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
wait Deleted (u undoes)
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
# what a few letters were taken for is told
keys gg
keys m
wait :move
type trsh
keys <Enter>
wait Moved to Trash
gone A newsletter
keys u
wait Undone
wait A newsletter
# read and unread
keys G w
gone pending
wait home: on line
picture undone
keys q
exit 0
