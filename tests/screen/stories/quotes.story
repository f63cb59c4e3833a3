# Long quotes are folded, unfolded, and passed over.
use local.inc
mail INBOX S
From: Bob Builder <bob@example.org>
To: ann@example.org
Subject: Long quotes

On Monday, Ann wrote:
> old words 1
> old words 2
> old words 3
> old words 4
> old words 5
> old words 6
> old words 7
> old words 8
> old words 9
> old words 10
> old words 11
> old words 12
> old words 13
> old words 14
> old words 15
> old words 16
> old words 17
> old words 18
> old words 19
> old words 20
> old words 21
> old words 22
> old words 23
> old words 24
> old words 25
> old words 26
> old words 27
> old words 28
> old words 29
> old words 30

The first answer.

> old words 1
> old words 2
> old words 3
> old words 4
> old words 5
> old words 6
> old words 7
> old words 8
> old words 9
> old words 10
> old words 11
> old words 12
> old words 13
> old words 14
> old words 15
> old words 16
> old words 17
> old words 18
> old words 19
> old words 20
> old words 21
> old words 22
> old words 23
> old words 24
> old words 25
> old words 26
> old words 27
> old words 28
> old words 29
> old words 30

The second answer.
.
mail INBOX S
From: Bob Builder <bob@example.org>
To: ann@example.org
Subject: Quotes of quotes

Top.
> level one a
> level one b
>> level two a
>> level two b
>> level two c
>>> level three a
>>> level three b
>>> level three c
>>> level three d
> level one c
> level one d

Bottom.
.
start
wait on line
wait Long quotes
type /long quotes
keys <Enter>
wait 1/1
keys <Enter>
wait old words 9
never The first answer.
keys Z
wait The first answer.
never old words 29
never The second answer.
keys Z
wait The second answer.
keys Z
wait no text stands behind a quote below
keys g g z
wait more quoted lines
wait The first answer.
wait The second answer.
picture quotes-folded
keys z
gone The first answer.
keys q <Esc>
# level by level: all are folded, then only quotes of quotes, then none; or at once
type /quotes of quotes
keys <Enter>
wait 1/1
keys <Enter>
wait level three d
keys z
wait … 10 more quoted lines
never level two a
keys z
wait Quotes are folded from level 2 on
wait level one d
wait level two a
wait … 6 more quoted lines
never level three a
keys z
wait Quotes are folded from level 3 on
wait level two c
wait … 3 more quoted lines
picture quotes-level-3
keys z
wait level three d
type :quotes 2
keys <Enter>
wait … 6 more quoted lines
type :quotes 0
keys <Enter>
wait level three d
keys q
# or whenever a message is opened
type :set fold-quotes 2
keys <Enter>
gone fold-quotes
keys <Enter>
wait … 6 more quoted lines
keys q Q
exit 0
