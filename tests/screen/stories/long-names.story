# However long a name is, the address of who wrote is seen.
use local.inc
mail INBOX S
From: "Director General of the Very Important Office of Long Titles Director General of the Very Important Office of Long Titles Director General of the Very Important Office of Long Titles Director General of the Very Important Office of Long Titles" <who@really.example>
To: ann@example.org
Subject: Whose letter is this

It is mine.
.
start
wait on line
wait Whose letter is this
keys gg
keys :
type limit subject:Whose
keys <Enter>
wait 1/1
keys <Enter>
wait It is mine.
wait From:    Director General
wait <who@really.example>
size 40x10
wait It is mine.
wait really.example>
size 80x24
wait <who@really.example>
keys Q
exit 0
