# What was open is open again: folder, cursor, limit, message and draft.
use local.inc
start
wait on line
wait The report of March
keys /
wait :limit
type from:files
keys <Enter>
gone A newsletter
wait from:files
wait 1/1
signal TERM
exit 0
start
wait from:files
wait 1/1
wait Still limited to from:files (<Esc> shows all)
never A newsletter
keys <Esc>
wait A newsletter
keys gg n <Enter>
wait Me too.
keys r
wait Thank you, I shall come.
hangup
exit 0
start
wait Draft: Re: Dinner on Friday
wait Thank you, I shall come.
keys p
wait Kept as draft
wait Me too.
signal KILL
exit 137
start
wait Me too.
keys Q
exit 0
