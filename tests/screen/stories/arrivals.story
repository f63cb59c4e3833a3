# More comes at once than the list has room for: the cursor stays on its message,
# and as much of what is new as there is room for stands above it.
use local.inc
answers 30 INBOX Long here
start
wait on line
wait Long here
keys o
wait Ordered by
keys G
wait 35/35
keys gg
wait 1/35
signal STOP
answers 30 INBOX Many at once
signal CONT
wait 31/65
wait Many at once
keys gg
wait 1/65
keys Q
exit 0
