# Colours by rule; without colours the same is told by letters and attributes.
use local.inc
file config/config
account home {
	set address "Ann Example <ann@example.org>"
	set incoming maildir://$ROOT/Mail
}
colour index from:news "bold green"
colour index is:unread "#ff8800"
colour title "white on blue"
colour nonsense red
.
env NO_COLOR=
start
wait no element "nonsense"
wait The report of March
keys j
gone no element
wait on line
picture colours
keys Q
exit 0
env NO_COLOR=1
start
wait no element "nonsense"
keys k j
gone no element
wait on line
picture no-colours
keys Q
exit 0
