# What an account needs is no answer to keys that are typed for something else: it
# waits in sight until it is turned to.
server
file config/config
account work {
	set address "Ann Example <ann@example.org>"
	set incoming imaps://$USER@localhost:$IMAPS_PORT
	set outgoing smtps://$USER@localhost:$SMTPS_PORT
}
.
say stop dovecot
start
wait off line
keys j
say start dovecot
wait work: does not trust the server (A answers)
wait work waits for a word on the certificate of localhost: A answers
keys :
type y
wait :y
never Trust this server
keys <Esc>
gone :y
wait work waits for a word on the certificate of localhost: A answers
picture waits
keys A
wait whom this machine does not know
keys y
wait Password for mail:
type $PASSWORD
keys <Enter>
wait on line
keys Q
exit 0
