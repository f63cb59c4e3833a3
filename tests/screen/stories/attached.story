# A message within a message: listed, read as one, saved from there.
file config/config
account home {
	set address "Ann Example <ann@example.org>"
	set incoming maildir://$ROOT/Mail
}
.
mail INBOX S
From: Carl <carl@example.net>
To: ann@example.org
Subject: passed on
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b

See below.
--b
Content-Type: message/rfc822
Content-Disposition: attachment

From: Dora <dora@example.net>
Subject: the old plan
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=c

--c

What we planned.
--c
Content-Type: image/png; name=map.png
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--c--
--b--
.
start
wait passed on
keys <Enter>
wait See below.
wait the old plan.eml (message/rfc822
keys v
wait Attachments
wait 2    the old plan.eml
keys <Enter>
wait What we planned.
wait Dora
gone See below.
keys r
wait attached to another one
keys v
wait 2.2  map.png
keys s
wait Save as: ~/map.png
keys <Enter>
wait Saved $ROOT/map.png
# all of them: of that message only
keys S
wait Save all in the folder: ~/
keys <Enter>
wait Saved $ROOT/map-2.png
keys q
gone 2.2  map.png
wait What we planned.
keys q
wait See below.
# of the whole: the message with what it has within, once
keys v S
wait Save all in the folder: ~/
keys <Enter>
wait Saved $ROOT/the old plan.eml
batch exec grep -c name=map.png '$ROOT/the old plan.eml'
says 1
keys q
gone Attachments
keys q
gone See below.
wait passed on
keys q
exit 0
