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
wait imaps://ann@example.org@imap.example.org
keys <C-u>
type maildir://$ROOT/Mail
keys <Enter>
wait Outgoing mail:
keys <C-u>
type sendmail://$ROOT/sendmail
keys <Enter>
wait Password:
keys <Enter>
wait Password kept:
keys <Enter>
wait Try it
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
