# A mistake in the configuration is shown with its place, and the screen lives.
use local.inc
file config/config
account home {
	set address "Ann Example <ann@example.org>"
	set incoming maildir://$ROOT/Mail
}
set no-such-option 1
bind index d { delete }
bnid index e { delete }
.
start
wait 2 mistakes in the configuration
wait Mistakes in the configuration
wait config:5
wait config:7
keys q
wait The report of March
keys Q
exit 0
