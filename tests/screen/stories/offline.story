# The first account has no server: the mail of the second is shown at once.
file config/config
account work {
	set address "Ann Example <ann@example.org>"
	set incoming imaps://ann@localhost:1
	set password-command echo secret
}
account home {
	set address "Ann Example <ann@example.org>"
	set incoming maildir://$ROOT/Mail
}
.
mail INBOX
From: Dave <dave@example.net>
To: ann@example.org
Subject: It lies here already

home
.
start
wait It lies here already
wait INBOX · home
wait work: off line │ home: on line  tries again at
keys Q
exit 0
