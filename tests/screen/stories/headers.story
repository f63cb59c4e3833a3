# What stands above a message: a few fields, all, or the message as it was sent.
use local.inc
mail INBOX S
Date: Sun, 09 Sep 2001 10:30:00 +0900
Received: from somewhere.example by mx.example.org
Authentication-Results: mx.example.org; spf=pass (so; it seems) smtp.mailfrom=bob@example.org;
 dkim=fail header.d=example.org; dmarc=none
From: Bob Builder <bob@example.org>
To: ann@example.org
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= from afar
Content-Type: multipart/mixed; boundary=b

--b

What is attached has a header of its own.
--b
Content-Type: message/rfc822

Authentication-Results: mx.example.org; spf=fail
Date: Sat, 08 Sep 2001 10:30:00 +0000
From: Eve <eve@example.org>
Subject: Within

Inner words.
--b--
.
start
wait on line
wait from afar
type /from afar
keys <Enter>
wait 1/1
keys <Enter>
wait What is attached
wait Date:    Sun  9 Sep 2001 01:30 (there Sun 10:30 +0900)
wait Checks:  mx.example.org says: spf pass (bob@example.org), dkim fail
never somewhere.example
picture headers
keys h
wait Received: from somewhere.example by mx.example.org
wait Authentication-Results: mx.example.org; spf=pass (so; it seems)
gone Checks:
keys h
wait Checks:
# as it was sent: nothing is decoded
keys V
wait =?utf-8?q?Gr=C3=BC=C3=9Fe?= from afar
wait Date: Sun, 09 Sep 2001 10:30:00 +0900
keys q
wait Checks:
# nobody near has checked what is attached
keys v
wait Attachments
keys <Enter>
wait Inner words.
wait Date:    Sat  8 Sep 2001 10:30
never Checks:
never (there
keys q q Q
exit 0
