# Drafts: kept, listed, continued, saved among the drafts of the account, thrown away.
use local.inc
start
wait on line
wait The report of March
# nothing was written: nothing is kept
file editor 700
#!/bin/sh
exit 0
.
keys c
wait To:
keys <Enter>
wait Subject:
keys <Enter>
wait Draft: (no subject)
keys q
wait Nothing was written
file editor 700
#!/bin/sh
printf 'The first words.\n' >> "$1"
.
# who asks for nothing before the editor says so
keys :
type set autoedit on
keys <Enter>
gone :set
keys c
wait Draft: (no subject)
wait The first words.
keys s
wait Subject:
type Half a letter
keys <Enter>
wait Draft: Half a letter
keys t
wait To:
# a mistake is said, and the line is there to be mended: the cursor is behind it
type bob@@example.org, dave@example.net
keys <Enter>
wait "bob@@example.org" is no address
wait To: bob@@example.org, dave@example.net
picture mistyped
keys <A-b> <C-k>
type bob@example.org
keys <Enter>
gone is no address
wait bob@example.org
keys p
wait Kept as draft: R (:drafts) continues it
batch drafts
says to bob@example.org: Half a letter
# the list, and back to the page with all that it had
keys R
wait Unfinished drafts
wait Half a letter
keys <Enter>
wait Draft: Half a letter
wait bob@example.org
wait The first words.
keys s
wait Subject:
type , nearly
keys <Enter>
wait Draft: Half a letter, nearly
keys p
wait Unfinished drafts
wait Half a letter, nearly
# the folder of drafts has it once, and opens the same
keys gd
wait 1/1
wait Half a letter, nearly
wait 1/1
keys <Enter>
wait Draft: Half a letter, nearly
wait bob@example.org
keys d
wait Throw this draft away?
keys n
wait Cancelled
keys Q
exit 0
# the page is open again; kept once more, the next start speaks of it
start
wait Draft: Half a letter, nearly
keys q
wait Kept as draft
signal TERM
exit 0
start
wait 1 unfinished draft: :drafts (R) continues it
# thrown away with its copy, which comes back
keys R
wait Unfinished drafts
gone To bob
wait Half a letter
keys d
wait Throw this draft away?
keys y
wait There is no unfinished draft
wait thrown away
keys q
wait No messages
keys u
wait Undone
wait Half a letter, nearly
# what comes back is continued from there, and sent
keys <Enter>
wait Draft: Half a letter, nearly
wait The first words.
keys y
gone Draft:
wait No messages
gone to send
contains sent.eml Subject: Half a letter, nearly
contains sent.eml The first words.
keys gs
wait Half a letter, nearly
keys Q
exit 0
