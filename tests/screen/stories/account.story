# A wrong password and a certificate that nobody vouches for are asked about.
server
file config/config
account work {
	set address "Ann Example <ann@example.org>"
	set incoming imaps://$USER@localhost:$IMAPS_PORT
	set outgoing smtps://$USER@localhost:$SMTPS_PORT
}
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
wait whom this machine does not know
wait For mail, at localhost:$IMAPS_PORT
keys n
wait does not trust the server
# a command that fails by it says what can be done here
keys :
type sync
keys <Enter>
wait or answer it: A
keys A
wait whom this machine does not know
keys y
wait Password for mail:
type wrong
wait •
keys <Enter>
wait localhost:$IMAPS_PORT (work, incoming) refused the password for
wait Password for mail:
type $PASSWORD
wait •
keys <Enter>
wait The first one
wait on line
# nothing of it stands where it was typed
never $PASSWORD
keys Q
exit 0
# a password that was kept by the set-up, and is another now: asked for, and kept
file config/config
account work {
	set address "Ann Example <ann@example.org>"
	set incoming imaps://$USER@localhost:$IMAPS_PORT
	set outgoing smtps://$USER@localhost:$SMTPS_PORT
	set tls-ca $CA
	set password-command cat $ROOT/config/password-work
}
.
file config/password-work 600
the old one
.
start
wait refused the password
wait Password for mail:
type also wrong
wait •
keys <Enter>
gone •
wait Password for mail:
type $PASSWORD
wait •
keys <Enter>
wait The password works, and is kept in
contains config/password-work $PASSWORD
wait on line
keys Q
exit 0
# from elsewhere it is only said
file secret 600
the old one
.
file config/config
account work {
	set address "Ann Example <ann@example.org>"
	set incoming imaps://$USER@localhost:$IMAPS_PORT
	set outgoing smtps://$USER@localhost:$SMTPS_PORT
	set tls-ca $CA
	set password-command cat $ROOT/secret
}
.
start
wait Password for mail:
type $PASSWORD
wait •
keys <Enter>
wait the password works until Postern ends; cat, its
contains secret the old one
keys Q
exit 0
# the password of sending has its own file, too
file config/config
account work {
	set address "Ann Example <ann@example.org>"
	set incoming imaps://$USER@localhost:$IMAPS_PORT
	set outgoing smtps://$USER@localhost:$SMTPS_PORT
	set tls-ca $CA
	set password-command cat $ROOT/right
	set outgoing-password-command cat $ROOT/config/sending-password-work
}
.
file right 600
$PASSWORD
.
file config/sending-password-work 600
the old one
.
file letter
To: ann@example.org
Subject: A letter of now

Hello.
.
start
wait on line
keys :
type send $ROOT/letter
keys <Enter>
wait needs the password
keys A
wait localhost:$SMTPS_PORT (work, outgoing) refused the password for
wait Password for sending:
type $PASSWORD
wait •
keys <Enter>
wait The password works, and is kept in
contains config/sending-password-work $PASSWORD
contains right $PASSWORD
wait A letter of now
keys Q
exit 0
