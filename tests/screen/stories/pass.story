# A message passed on as it is: to a program, and to somebody else.
use local.inc
file keep 700
#!/bin/sh
# Prints what it was called with, and keeps what it was given.
echo "called with <$1> <$2>"
cat > $ROOT/given
.
start
wait on line
wait The report of March
keys gg j P
wait :pipe
type $ROOT/keep "a b;c" -n
keys <Enter>
wait called with <a b;c> <-n>
contains given Subject: The report of March
contains given JVBERi0xLjQK
# a part of it, decoded
keys :
type pipe -part 2 $ROOT/keep x y
keys <Enter>
wait called with <x> <y>
contains given %PDF-1.4
# a program that fails, and one that reads nothing
keys :
type pipe false
keys <Enter>
wait false ended with status 1
keys :
type pipe nothing-has-this-name
keys <Enter>
wait cannot run
keys B
wait :resend
type dave@example.net, eve@example.com
keys <Enter>
wait Send this message on as it is, to dave@example.net, eve@example.com?
keys n
wait Cancelled
# left without an answer is a no, too
keys B
wait :resend
type dave@example.net
keys <Enter>
wait as it is, to dave@example.net?
keys <Esc>
gone as it is
wait Cancelled
never nobody could be asked
keys B
wait :resend
type dave@example.net, eve@example.com
keys <Enter>
wait Send this message on
keys y
wait In the outbox, to be sent on to dave@example.net and others
gone to send
wait Sent to dave@example.net and 1 other
contains sent.eml Resent-From: ann@example.org
contains sent.eml Resent-To: dave@example.net,
contains sent.eml Resent-Message-ID: <
contains sent.eml From: Files <files@example.com>
contains sent.eml Subject: The report of March
keys B
wait :resend
type nobody
keys <Enter>
wait "nobody" is no address
batch resend -y -t subject:newsletter eve@example.com
batch flush
contains sent.eml Resent-To: eve@example.com
contains sent.eml Subject: A newsletter
keys Q
exit 0
