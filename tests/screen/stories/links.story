# The links of a message: which there are, where each goes, and what opens them.
use local.inc
file browse 700
#!/bin/sh
printf '%s\n' "$#" "$1" > $ROOT/went
.
file w3m 700
#!/bin/sh
# One that is nothing without a terminal: it has this one.
test -t 0 && test -t 1 && echo "a page of $1" && head -n 1 > $ROOT/typed
.
mail INBOX S
From: News <news@example.com>
To: ann@example.org
Subject: Two links
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<html><body><p><a href="https://example.com/a?b=1&amp;c='d'">The first of them, which
says more than a row has room for</a> and <a
href="https://example.org/two">https://example.org/two</a>.</p></body></html>
.
mail INBOX S
From: News <news@example.com>
To: ann@example.org
Subject: Three links
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<html><body><p><a href="https://example.org/first">The first</a>, <a
href="https://example.org/two">https://example.org/two</a>,
<a href="https://example.org/last">and the last</a>.</p></body></html>
.
start
wait on line
wait Two links
keys :
type set browser $ROOT/browse
keys <Enter>
keys gg
keys :
type limit subject:"Two links"
keys <Enter>
wait 1/1
keys <Enter>
wait The first of them
keys l
wait Open link:
wait 1  The first of them, which says more…  https://example.com/a?b=1&c='d'
wait 2  https://example.org/two
# what fits nothing is said, and can be typed anew
type zzz
wait Nothing here fits "zzz"
keys <Enter>
wait Nothing here fits "zzz"
keys <C-u>
gone Nothing here fits
# by its number, and by what it says
type 2
gone 1  The first
keys <Enter>
wait Opening https://example.org/two
contains went https://example.org/two
keys l
wait Open link:
type first
gone 2  https
keys <Enter>
wait Opening https://example.com/a
# as one argument
contains went https://example.com/a?b=1&c='d'
contains went 1
keys :
type link 2
keys <Enter>
wait Opening https://example.org/two
keys :
type link 3
keys <Enter>
wait there is no link 3
# a browser of the terminal has it until it ends
keys :
type set browser $ROOT/w3m
keys <Enter>
keys :
type link 2
keys <Enter>
wait a page of https://example.org/two
gone Two links
type seen
keys <Enter>
wait Two links
contains typed seen
# numbers are the same where they are printed, also behind a link that shows itself
keys q
keys <Esc>
wait Three links
keys gg
keys :
type limit subject:"Three links"
keys <Enter>
wait 1/1
keys <Enter>
wait and the last
keys :
type link 3
keys <Enter>
wait a page of https://example.org/last
type seen
keys <Enter>
wait and the last
keys q
keys :
type show
keys <Enter>
wait and the last [3]
wait [3] https://example.org/last
never [2]
keys Q
exit 0
