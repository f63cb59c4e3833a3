# What was answered stays in the last line until it was read; news wait behind it.
server
file config/config
account work {
	set address "Ann Example <ann@example.org>"
	set incoming imaps://$USER@localhost:$IMAPS_PORT
	set outgoing smtps://$USER@localhost:$SMTPS_PORT
	set password-command cat $ROOT/password
	set tls-ca $CA
}
hook messages-arrived { move Nowhere }
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
keys :
type nonsense
keys <Enter>
wait there is no command "nonsense"
deliver
From: Carol Jones <carol@example.net>
Date: Sun, 9 Sep 2001 02:46:40 +0000
To: ann@example.org
Subject: The second one
Message-ID: <second@example.org>

Its hook fails.
.
wait The second one
never Nowhere
wait there is no command "nonsense"
keys j
wait Nowhere
gone nonsense
# both are kept
keys gm
wait Messages
wait nonsense
wait Nowhere
keys Q
exit 0
