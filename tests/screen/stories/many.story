# Of many that are selected, what went elsewhere meanwhile is left alone there.
use local.inc
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
# where nothing is left of it, the one under the cursor is not taken instead
remote mark +flagged
keys x
wait 1 selected
remote move -t is:flagged Lists/dev
wait /10
keys d
wait nothing that was selected
wait /10
keys gt
wait /514
keys Q
exit 0
