# Answers a message with an editor, checks the page, and sends it.
use local.inc
start
wait on line
wait The report of March
keys n <Enter>
wait Me too.
keys r
wait Draft: Re: Dinner on Friday
wait Carol Jones
wait Thank you, I shall come.
picture compose
keys s
wait Subject:
type  tonight
keys <Enter>
wait Re: Dinner on Friday tonight
keys c
wait Cc:
# who wrote lately is offered as one types, and completed, by name or address
type jones
wait Carol Jones <carol@example.net>
wait Cc: jones
keys <Tab>
wait Cc: Carol Jones <carol@example.net>
keys <C-u>
type dave@example.net
keys <Enter>
wait dave@example.net
keys a
wait :attach
type $ROOT/config/config
keys <Enter>
wait Attach 1:
keys y
gone Draft:
wait Me too.
gone to send
wait Sent to carol@example.net and 1 other (copy in Sent)
contains sent.eml Subject: Re: Dinner on Friday tonight
contains sent.eml Thank you, I shall come.
contains sent.eml In-Reply-To: <story-3@example.org>
keys q gs
wait Re: Dinner on Friday tonight
wait To Carol
keys Q
exit 0
