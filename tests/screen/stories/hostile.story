# Wide, right-to-left and hostile text stays in its columns.
use local.inc
mail INBOX S
From: =?utf-8?b?5bGx55Sw5aSq6YOO?= <taro@example.jp>
To: ann@example.org
Subject: =?utf-8?b?5Lya6K2w44Gu44GK55+l44KJ44Gb?= and a Latin end

wide
.
mail INBOX S
From: =?utf-8?b?15PXldeT?= <dod@example.il>
To: ann@example.org
Subject: =?utf-8?b?16nXnNeV150g16LXldec150=?=

right to left
.
mail INBOX S
From: "ceo@bank.example" <evil@attacker.example>
To: ann@example.org
Subject: =?utf-8?b?VXJnZW50IOKArhtbMzFtdHJhbnNmZXIbXTA7b3duZWQH?=

The =1B[31m text.
.
mail INBOX S
From: Zalgo <z@example.org>
To: ann@example.org
Subject: =?utf-8?b?Wm/MgMyBzILMg8yEzIXMhsyHzIhv?= e=?utf-8?b?4oCLIPCfkajigI3wn5Gp4oCN8J+Rpw==?=

marks
.
mail INBOX S
Subject: 

nothing is known of this one
.
start
wait on line
wait (no subject)
picture hostile
keys <Enter>
wait nothing is known
picture hostile-nobody
keys J J
wait The =1B
picture hostile-message
keys Q
exit 0
