# What saves a key: parts from the list, a name that is the only one, help that
# fits, a text that has the whole width, a selection that undo brings back.
use local.inc
mail Drafts DS
From: Ann Example <ann@example.org>
To: Bob Builder <bob@example.org>
Subject: Half a letter

It begins here.
.
start
wait on line
wait The report of March
# the parts of the message under the cursor
keys gg j v
wait Attachments
wait application/pdf
picture parts
keys q
wait See the file.
# a text has the width of a narrow screen to itself
never > INBOX
size 120x30
wait  >INBOX
size 80x24
gone  >INBOX
keys q
wait  >INBOX
# one without any
keys gg v
wait this message has no attachments
keys q
gone Spring
# the only folder that fits is meant
keys x x
wait 2 selected
keys :
wait :
type move 2001
wait Archive/2001
keys <Enter>
wait Moved 2 messages to Archive/2001
gone The report of March
gone 2 selected
# and is selected again when it is taken back
keys u
wait Undone
wait The report of March
wait 2 selected
keys m
wait :move
type trash
keys <Enter>
wait Moved 2 messages to Trash
gone 2 selected
keys gg d
wait Deleted
keys u
wait Undone
never selected
keys u
wait The report of March
never selected
# a word of the help finds a command, and is not run for it
keys :
wait :
type trash
wait Moves messages to Trash
keys <Enter>
wait there is no command "trash"
keys :
type trash
wait Moves messages to Trash
keys <Down> <Enter>
wait Deleted
keys u
wait Undone
# an edit of a row in Drafts goes on with it
keys gd
wait Half a letter
keys :
type edit
keys <Enter>
wait Draft: Half a letter
wait It begins here.
keys p
wait Kept as draft
keys Q
exit 0
