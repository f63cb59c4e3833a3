# A thousand sizes and hundreds of keys; the screen lives and is whole.
use local.inc
start
wait on line
wait The report of March
picture storm
storm 300
wait The report of March
picture storm
keys G <Enter>
wait Me too.
storm 100
wait Me too.
keys q
random 300
keys <Esc> <Esc> <C-c> <Esc>
keys n <Esc>
keys :
wait :
keys <C-u>
type quit
keys <Enter>
exit 0
