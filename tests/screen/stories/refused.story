# A server refuses a recipient: the message comes back to its draft and goes out.
server
file config/config
account work {
	set address "Ann Example <ann@example.org>"
	set incoming imaps://$USER@localhost:$IMAPS_PORT
	set outgoing smtps://$USER@localhost:$SMTPS_PORT
	set password-command cat $ROOT/password
	set tls-ca $CA
}
set editor $ROOT/editor
.
file password
$PASSWORD
.
file editor 700
#!/bin/sh
printf 'Did you get it?\n' >> "$1"
.
file plan.txt
The plan.
.
start
wait on line
keys c
wait To:
type nobody@example.org, ann
keys <Enter>
# a mistake: the line is put again, nothing of it is lost
wait "ann" is no address
wait To: nobody@example.org, ann
type @example.org
keys <Enter>
wait Subject:
never is no address
type To two
keys <Enter>
wait Draft: To two
wait To:        nobody@example.org, ann@example.org
wait Did you get it?
keys a
wait :attach
type $ROOT/plan.txt
keys <Enter>
wait Attach 1:  plan.txt  text/plain, 10 bytes
keys y
gone Draft:
wait 1 refused (go)
# one sentence: what, why, what to do; it can be read again
wait "To two" was not taken for nobody@example.org: 550
keys gm
wait the outbox has it, to be changed and sent again
keys q
never to send
keys go
wait refused
keys <Enter>
wait Tried     1 time
wait refused   nobody@example.org: 550
wait has it    ann@example.org
keys q
gone Tried
keys e
wait Draft: To two
wait Back to its draft
wait plan.txt  text/plain, 10 bytes
wait Did you get it?
wait To:        nobody@example.org
gone 1 refused
keys t <C-u>
type ann@example.org
keys <Enter>
wait To:        ann@example.org
keys s
wait Subject:
type  of us
keys <Enter>
wait Draft: To two of us
keys y
gone Draft:
wait Sent to ann@example.org (copy in Sent)
gone to send
keys gi
wait To two of us
keys Q
exit 0
