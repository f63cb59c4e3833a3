# Folders of others, in which the server does not allow everything: that is seen
# before something is tried.
size 100x24
server --acl
file config/config
account work {
	set address "Ann Example <ann@example.org>"
	set incoming imaps://$USER@localhost:$IMAPS_PORT
	set outgoing smtps://$USER@localhost:$SMTPS_PORT
	set password-command cat $ROOT/password
	set tls-ca $CA
}
.
file password
$PASSWORD
.
start
wait on line
wait Public
keys :
type go Public/Notices
keys <Enter>
wait Public/Notices · not allowed: seen flags insert
wait %
keys :
type go Public/Team
keys <Enter>
wait Public/Team
gone not allowed: seen flags
keys Q
exit 0
