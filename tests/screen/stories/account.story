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
keys A
wait whom this machine does not know
keys y
wait Password for mail at localhost
type wrong
wait •
keys <Enter>
wait refused
wait Password for mail at localhost
type $PASSWORD
wait •
keys <Enter>
wait The first one
wait on line
# nothing of it stands where it was typed
never $PASSWORD
keys Q
exit 0
