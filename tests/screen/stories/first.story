# The first start: the first account's inbox is shown though another is quicker,
# the cursor stands on the newest, and what comes then is there without a key.
server
file config/config
account work {
	set address "Ann Example <ann@example.org>"
	set incoming imaps://$USER@localhost:$IMAPS_PORT
	set password-command cat $ROOT/password
	set tls-ca $CA
}
account home {
	set address "Ann Example <ann@example.org>"
	set incoming maildir://$ROOT/Mail
}
.
file password
$PASSWORD
.
mail INBOX
From: Dave <dave@example.net>
To: ann@example.org
Subject: It lies here already

home
.
deliver
From: Bob Builder <bob@example.org>
Date: Sun, 9 Sep 2001 01:46:40 +0000
To: ann@example.org
Subject: The first one

work
.
deliver
From: Bob Builder <bob@example.org>
Date: Sun, 9 Sep 2001 02:46:40 +0000
To: ann@example.org
Subject: The second one

work
.
start
wait INBOX · work
wait The second one
wait The first one
wait 1/2
wait work: on line │ home: on line
never It lies here already
deliver
From: Carol Jones <carol@example.net>
Date: Sun, 9 Sep 2001 03:46:40 +0000
To: ann@example.org
Subject: The third one

It came while we looked.
.
wait The third one
# the cursor is on the message that it was on
wait 2/3
# a folder without mail says so
keys :
type go trash
keys <Enter>
wait No messages
keys Q
exit 0
