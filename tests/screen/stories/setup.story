# Started without an account: asks, tries, writes the configuration.
use local.inc
file config/config
# mine
.
start
wait Welcome to Postern
wait Your name:
picture setup
type Ann Example
keys <Enter>
wait Address:
type ann@example.org
keys <Enter>
wait Incoming mail:
# proposals from the address; another address is not taken for a server
wait imaps://ann@example.org@imap.example.org
wait pop3s://ann@example.org@pop.example.org
type ann@example.net
keys <Enter>
wait ann@example.net is an address
wait imap.example.net
picture setup-refused
keys <C-u>
wait pop3s://ann@example.org@pop.example.org
type maildir://Mail
keys <Enter>
wait maildir wants a whole path
keys <C-u>
type maildir://$ROOT/Mail
keys <Enter>
gone wants a whole path
wait Outgoing mail:
# what was typed is not lost without a question
keys <Esc>
gone Outgoing mail:
keys q
wait Leave? What was typed here is not kept.
keys n
gone Leave?
keys <Enter>
wait Outgoing mail:
type sendmail://$ROOT/sendmail
keys <Enter>
# no server, so no password: the cursor is on "Try it"
gone Outgoing mail:
keys <Enter>
wait The report of March
wait Saved in
keys q
exit 0
contains config/config # mine
contains config/config account example
contains config/config maildir://
start
wait The report of March
keys q
exit 0
