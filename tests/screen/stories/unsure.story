# Sending is given up where the message may have gone: it is neither refused nor
# sent, and nobody is off line because of it.
use local.inc
file sendmail 700
#!/bin/sh
cat > $ROOT/taken.eml
test -e $ROOT/cut && rm $ROOT/cut && exec sleep 1000
exit 0
.
file cut
yes
.
file config/config
account home {
	set address "Ann Example <ann@example.org>"
	set incoming maildir://$ROOT/Mail
	set outgoing sendmail://$ROOT/sendmail
	set timeout 4s
}
.
file letter
To: bob@example.org
Subject: Once or twice

Hello.
.
start
wait on line
keys :
type send $ROOT/letter
keys <Enter>
wait 1 unsure (go)
wait ask whether it arrived before you send it again
contains taken.eml Once or twice
never refused
keys go
wait unsure
keys <Enter>
wait Tried     once
wait unsure    bob@example.org
keys q
gone Tried
wait on line
never off line
keys r
gone unsure
wait Nothing waits to be sent
keys Q
exit 0
