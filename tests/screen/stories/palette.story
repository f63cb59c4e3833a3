# Commands are found by a few letters, keys by a word; a prefix shows what follows.
use local.inc
start
wait on line
wait The report of March
keys :
wait Moves messages to the archive
type arch
gone account-ask
picture palette
keys <Esc>
gone :arch
keys :
type hint
keys <Esc>
keys :
type set hint-line off
keys <Enter>
gone ? Help
picture no-hints
keys :
type set hint-line on
keys <Enter>
wait ? Help
keys g
wait Inbox
picture prefix
keys <Esc>
keys ?
wait Keys and commands
picture help
keys /
wait :limit
# what is found stands there as it is typed, and no words of queries above it
never subject:
type undo
gone archive
wait Takes back what was done last
keys <Esc>
wait archive
keys /
type undo
keys <Enter>
gone archive
wait Takes back what was done last
# where a row has no room for it, all of it stands below, also on a small screen
size 40x10
wait done last…
wait restart
size 80x24
keys q
wait The report of March
# a mistake says what and why
keys :
type nonsense
keys <Enter>
wait there is no command
# a word that is none runs no other one, however near, unless that is chosen
keys :
type delte
wait Moves messages to Trash
keys <Enter>
wait there is no command "delte": did you mean delete?
wait The report of March
keys :
type un
keys <Enter>
wait there is no command "un": did you mean
# of several folders that fit as well, Enter waits until one is meant
keys m
wait :move
type r
keys <Enter>
wait Several fit "r"
keys <Esc>
gone Several
wait The report of March
# several lines open a page
keys :
type folders
keys <Enter>
wait Answer
wait Archive
keys q
gone Answer
keys Z
wait has no meaning here
# what is longer than the line stands in several, and can be read again
keys :
type move -t "from:bob subject:dinner" "/a/folder/whose/name/is/so/long/that/no/line/of/eighty/columns/has/room/for/it/at/all"
keys <Enter>
wait at/all
picture notice
size 40x10
wait at/all
size 80x24
keys j
gone at/all
keys gm
wait Messages
wait Z has no meaning here
wait at/all
keys q
gone Messages
# as in an editor
keys :
type q
wait Ends Postern (quit)
keys <Enter>
exit 0
