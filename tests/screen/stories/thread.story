# A long thread: who writes can be read at any depth, the subject stands once.
use local.inc
mail INBOX S
From: Ann Example <ann@example.org>
To: list@example.net
Subject: How deep can a thread get before nobody can read it

Let us see.
.
answers 30 INBOX Re: How deep can a thread get before nobody can read it
answers 20 INBOX A changed subject
start
wait on line
wait Ann Example
keys gg
picture thread
keys 40 G
wait 40/56
picture thread-deep
# the first row tells the subject, also when that is another row now
size 80x12
wait 40/56
wait │     9 Sep 01  Person 1     …       └ A changed subject
size 80x24
# a limit that nothing fulfils, and back to where one was
keys /
wait :limit
type from:nobody-has-this-name
keys <Enter>
wait Nothing here matches
picture nothing-matches
keys <Esc>
wait 40/56
keys q
exit 0
