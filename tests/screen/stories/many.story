# Of many that are selected, what went elsewhere meanwhile is left alone there.
use local.inc
# small, and few of them go: nobody reads the screen while it is told something
size 80x10
answers 520 INBOX Many at once
start
wait on line
wait /525
keys *
wait 525 selected
never No messages
remote move -t 'from:"person 41"' Archive
wait /514
wait 525 selected
keys d
wait Deleted
wait No messages
keys ga
wait /11
wait Many at once
keys gt
wait /514
keys Q
exit 0
