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
keys q Q
exit 0
