# An account is set up on a real server; mail that comes then is there without a
# key, and at the next start nothing is asked again.
server
start
wait Your name:
type Ann Example
keys <Enter>
wait Address:
type ann@mistake.example
keys <Enter>
wait Incoming mail:
type localhost:$IMAPS_PORT
keys <Enter>
wait Incoming mail  imaps://ann@mistake.example@localhost:$IMAPS_PORT
wait Outgoing mail:
# a server beside the other is proposed
wait smtps://ann@mistake.example@localhost
type smtps://$USER@localhost:1
keys <Enter>
wait Password:
type wrong
keys <Enter>
wait Password kept:
keys <Enter>
gone Password kept:
keys <Enter>
# the certificate is asked about with server and port; who says no is back in the form
wait For receiving, at localhost:$IMAPS_PORT
wait from now on
keys n
wait its certificate is not trusted
wait Correct the server
never Connecting
# what was tried under another address is no account any more
keys k <Enter>
wait Address:
keys <C-u>
type $USER
keys <Enter>
gone Address:
keys <Enter>
wait Incoming mail:
keys <C-u>
type localhost:$IMAPS_PORT
keys <Enter>
wait Incoming mail  imaps://$USER@localhost:$IMAPS_PORT
gone Incoming mail:
keys j j j <Enter>
wait For receiving, at localhost:$IMAPS_PORT
keys y
# what is wrong is said where it can be mended
wait refused
wait Password:
type $PASSWORD
keys <Enter>
# the sending side is tried too, and which one fails is said
wait Receiving works. Sending does not work:
wait localhost
# the cursor is on it
keys <Enter>
wait Outgoing mail:
keys <C-u>
type localhost:$SMTPS_PORT
keys <Enter>
wait Outgoing mail  smtps://$USER@localhost:$SMTPS_PORT
gone Outgoing mail:
# one host, one key: it is not asked about again
keys j j <Enter>
wait Saved
never from now on
never mistake
wait INBOX
wait No messages
wait on line
deliver
From: Bob Builder <bob@example.org>
Date: Sun, 9 Sep 2001 01:46:40 +0000
To: ann@example.org
Subject: Welcome, new account
Message-ID: <first@example.org>

Here it is.
.
wait Welcome, new account
wait 1 unread
contains config/config imaps://$USER@localhost:$IMAPS_PORT
contains config/config smtps://$USER@localhost:$SMTPS_PORT
contains config/password-example $PASSWORD
keys q
exit 0
start
wait Welcome, new account
wait on line
keys Q
exit 0
