# What waits for a server that is not there: looked at, and taken back.
server
file config/config
account work {
	set address "Ann Example <ann@example.org>"
	set incoming imaps://$USER@localhost:$IMAPS_PORT
	set password-command cat $ROOT/password
	set tls-ca $CA
}
.
file password
$PASSWORD
.
deliver
From: Bob Builder <bob@example.org>
Date: Sun, 9 Sep 2001 01:46:40 +0000
To: ann@example.org
Subject: The first one
Message-ID: <first@example.org>

Is it done?
.
start
wait The first one
wait on line
keys gp
wait Everything has reached its server
keys q
say kill dovecot
keys f
wait NF~
wait off line
keys :
type pending
keys <Enter>
wait Not yet on a server
wait waits
wait mark
keys <Enter>
wait Account   work
wait State     waits
never Tried     0 times
keys q
wait Not yet on a server
keys m
wait only what goes to a folder
keys d
wait Everything has reached its server
keys q
wait The first one
gone NF
say start dovecot
keys Q
exit 0
