# The first account has no server: the mail of the second is shown at once.
file config/config
account work {
	set address "Ann Example <ann@example.org>"
	set incoming imaps://ann@localhost:1
	set outgoing smtps://ann@localhost:1
	set password-command echo secret
}
account home {
	set address "Ann Example <ann@example.org>"
	set incoming maildir://$ROOT/Mail
}
set editor true
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
wait work: off line │ home: on line  work tries again at
# the whole reason stands where the accounts are
keys :
type view accounts
keys <Enter>
wait cannot connect to localhost:1 (work, incoming): Connection
wait │   refused
keys q
gone │   refused
# what is written now waits, is said to, and is counted when one leaves
keys :
type compose -a work -to dave@example.net -subject Hello
keys <Enter>
wait Draft: Hello
keys y
gone Draft:
wait 1 to send
keys gm
wait Messages
wait In the outbox: Hello
keys q
gone Messages
keys gm
wait Messages
wait 1 message waits in the outbox: cannot connect to localhost
wait it goes when the server can be
wait reached
keys Q
wait 1 message waits; it goes when Postern runs next, or now with: postern
wait -e flush
exit 0
