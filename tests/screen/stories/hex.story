# The bytes of what is attached, whatever they are.
use local.inc
mail INBOX S
From: Bob Builder <bob@example.org>
To: ann@example.org
Subject: Some bytes
Content-Type: multipart/mixed; boundary=b

--b

Look at these.
--b
Content-Type: application/octet-stream; name=some.bin
Content-Transfer-Encoding: base64

AAECG1sybWFiY2RlZmdoaWprf4D/IH4=
--b--
.
start
wait on line
wait Some bytes
type /some bytes
keys <Enter>
wait 1/1
keys <Enter>
wait Look at these.
keys v
wait some.bin
keys x
wait 00000000  00 01 02 1b 5b 32 6d 61  62 63 64 65 66 67 68 69  ....[2mabcdefghi
wait 00000010  6a 6b 7f 80 ff 20 7e                              jk... ~
never not shown
keys q
wait Attachments
keys q
wait Look at these.
keys q Q
exit 0
