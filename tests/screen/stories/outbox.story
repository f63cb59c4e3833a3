# What could not be sent when one leaves is said, and goes out at the next start.
use local.inc
file sendmail 700
#!/bin/sh
exit 75
.
start
wait on line
wait The report of March
keys n <Enter>
wait Me too.
keys r
wait Draft: Re: Dinner on Friday
keys y
gone Draft:
wait 1 to send
wait "Re: Dinner on Friday"
wait it is tried again at
keys Q
wait 1 message waits; it goes when Postern runs next, or now with: postern
exit 0
file sendmail 700
#!/bin/sh
cat > $ROOT/sent.eml
.
start
wait Me too.
keys :
type flush
wait :flush
keys <Enter>
gone :flush
gone to send
contains sent.eml Thank you, I shall come.
keys Q
exit 0
