# An attachment is opened: by the program of mailcap, in the terminal, beside it, or
# for what it prints; as text; and never with what its name would do to a shell.
use local.inc
env MAILCAPS=$ROOT/mailcap
env DISPLAY=
env WAYLAND_DISPLAY=
file mailcap
application/pdf; $ROOT/viewer '%s' %t; needsterminal
image/png; false; test=false
image/png; echo size of %s && cat %s; copiousoutput
image/gif; $ROOT/beside %s
.
file viewer 700
#!/bin/sh
# The terminal keeps what an earlier run has printed: each says which it is.
echo >> $ROOT/runs
test -t 0 && test -t 1 && echo "$(wc -l < $ROOT/runs): pages of $1 as $2" && head -n 1 > $ROOT/typed
cat "$1" > $ROOT/viewed
exit $(cat $ROOT/typed)
.
file beside 700
#!/bin/sh
cat "$1" > $ROOT/beside.out
.
mail INBOX S
From: Mallory <mallory@example.com>
To: ann@example.org
Subject: Many files
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

Look.
--b
Content-Type: application/octet-stream
Content-Disposition: attachment; filename="$(touch gone)'; x.pdf"

%PDF-1.4
--b
Content-Type: image/png; name="a b.png"
Content-Disposition: attachment; filename="a b.png"

pixels
--b
Content-Type: image/gif; name=c.gif
Content-Disposition: attachment; filename=c.gif

moving pixels
--b
Content-Type: text/x-patch; name=d.patch
Content-Disposition: attachment; filename=d.patch

	if (x)
+		return;
--b
Content-Type: application/x-nobody-knows; name=e.xyz
Content-Disposition: attachment; filename=e.xyz

readable all the same
--b
Content-Type: application/x-nobody-knows; name=f.desktop
Content-Disposition: attachment; filename=f.desktop

[Desktop Entry]
--b--
.
start
wait on line
wait Many files
keys :
type limit subject:"Many files"
keys <Enter>
wait 1/1
keys v
wait Attachments
wait 7  f.desktop
# the terminal is the program's until it ends
keys <Enter>
wait 1: pages of $ROOT/run/parts/
wait __touch_gone____x.pdf
gone Attachments
type 0
keys <Enter>
wait Attachments
contains viewed %PDF-1.4
keys <Enter>
gone Attachments
wait 2: pages of
type 3
keys <Enter>
wait the program of mailcap ended with status 3
# one that only prints, the second whose test holds
keys j <Enter>
wait size of
wait a_b.png
wait pixels
keys q
wait Attachments
# one beside the screen
keys j <Enter>
wait Opening c.gif
contains beside.out moving
# a text that has no program is shown here, its tabs as wide as anywhere
keys j <Enter>
wait d.patch
wait         if (x)
wait +               return;
keys / 
type return
keys <Enter>
never has no meaning
keys q
wait Attachments
# what nothing opens, and that as text; what a desktop would run
keys j <Enter>
wait nothing here opens application/x-nobody-knows
keys t
wait readable all the same
keys q
wait Attachments
keys :
type set opener $ROOT/beside
keys <Enter>
keys j <Enter>
wait f.desktop is not opened, because it would be run
keys k <Enter>
wait Opening e.xyz
contains beside.out readable
# all of them into a folder, none over another
keys S
wait Save all in the folder: ~/
keys <Enter>
wait Saved 6 attachments in $ROOT
batch exec cat '$ROOT/a b.png'
says pixels
keys S
wait Save all in the folder
keys <Enter>
wait Saved 6 attachments in $ROOT
batch exec cat '$ROOT/a b-2.png'
says pixels
contains f-2.desktop Entry
keys q
wait Look.
# the copies are gone when it ends
keys Q
exit 0
batch exec sh -c 'test ! -e $ROOT/run/parts && test ! -e $ROOT/gone && echo nothing is left'
says nothing is left
