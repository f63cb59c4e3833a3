# A real server over TLS: mail comes, is read and answered, the server goes away.
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
printf 'It is done.\n' >> "$1"
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
deliver
From: Carol Jones <carol@example.net>
Date: Sun, 9 Sep 2001 02:46:40 +0000
To: ann@example.org
Subject: The second one
Message-ID: <second@example.org>

It came while we looked.
.
wait The second one
keys gg n <Enter>
wait From:
wait on line
keys q
# an answer goes out by SMTP and comes back, since it is to ourselves
keys c
wait To:
type ann@example.org
keys <Enter>
wait Subject:
type To myself
keys <Enter>
wait Draft: To myself
wait ann@example.org
keys y
gone Draft:
wait To myself
gone to send
keys gs
wait To ann@exam
keys gi
wait The first one
# the server goes away: what is done is kept and played when it is back
say kill dovecot
keys G d
gone The first one
wait off line
wait pending
say start dovecot
keys :
type online
keys <Enter>
gone pending
wait on line
keys gt
wait The first one
keys Q
exit 0
