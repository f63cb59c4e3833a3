# Tags: given and taken by a key, proposed, shown in the list and in the message.
use local.inc
start
wait on line
wait The report of March
keys gg t
wait mark +
type todo
keys <Enter>
wait #todo A newsletter
# one that was given is proposed
keys j t
wait mark +
wait +todo
wait a tag
keys <Esc>
keys t
wait mark +
type urgent; mark +todo
keys <Enter>
wait #todo #urgent The report
picture tags
# in the message, too, and as it changes there
keys <Enter>
wait See the file.
wait Tags:    #todo #urgent
keys T
wait mark -
type urg
keys <Tab>
wait mark -urgent
keys <Enter>
gone #urgent
wait Tags:    #todo
keys q
gone See the file
wait #todo The report
# they can be sought and coloured
keys :
type colour index tag:todo red
keys <Enter>
keys G
keys :
type limit tag:
wait tag:todo
type todo
keys <Enter>
wait INBOX · tag:todo
wait 1/2
picture tags-coloured
keys <Esc>
wait 5/5
keys u
wait Undone
wait #todo #urgent The report
signal TERM
exit 0
# known after a start
start
wait #todo #urgent The report
keys t
wait +urgent
keys <Esc>
keys Q
exit 0
