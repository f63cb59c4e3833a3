# The server that sends has a user and a password of its own: it is asked for where
# receiving works, and both are kept.
server --user ann@example.org:secret --user post@example.org:other
file config/config
set tls-ca $CA
.
start
wait Your name:
type Ann Example
keys <Enter>
wait Address:
type ann@example.org
keys <Enter>
wait Incoming mail:
type localhost:$IMAPS_PORT
keys <Enter>
wait Outgoing mail:
type smtps://post@example.org@localhost:$SMTPS_PORT
keys <Enter>
wait Password:
type secret
keys <Enter>
wait Password kept:
keys <Enter>
gone Password kept:
keys <Enter>
wait Receiving works.
wait Password for sending at localhost:$SMTPS_PORT
keys <Esc>
# not answered: back in the form, which says what is missing
wait Sending does not work: it wants another password
never Password for sending
keys j j j <Enter>
wait Password for sending at localhost:$SMTPS_PORT
type other
wait •••••
keys <Enter>
wait Saved
contains config/password-example secret
contains config/sending-password-example other
contains config/config outgoing-password-command
wait on line
keys Q
exit 0
