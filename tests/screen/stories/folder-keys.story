# Folders by keys: made, called otherwise, taken away, and that taken back.
use local.inc
start
wait on line
wait The report of March
keys <Tab> +
wait :folder create
type A boat
keys <Enter>
wait   A boat
keys q
keys :
type go "A boat"
keys <Enter>
wait A boat
wait No messages
keys <Tab> r
wait New name: A boat
keys <C-u>
type The ship's log
keys <Enter>
wait The ship's log
gone A boat
# the name as it was is no act
keys r
wait New name: The ship's log
keys <Enter>
gone New name
wait The ship's log
keys ?
wait Keys and commands: folders
wait  +             New folder
never Creates, renames
# the help leads back to where it was asked for
keys q
wait The ship's log
keys D
gone The ship's log
keys u
wait Undone: delete folder
wait The ship's log
keys q Q
exit 0
# a name with a blank is one name: not the one that it begins with goes
batch folder create Two; folder create Two words; folder delete Two words; folder delete Two; echo both went
says both went
