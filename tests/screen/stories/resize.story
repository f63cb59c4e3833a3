# The same from tiny to huge; nothing is lost on the way.
use local.inc
start
wait on line
wait The report of March
keys j <Enter>
wait See the file.
size 40x10
gone Folders
picture message-40x10
keys q
wait Dinner on Fr
picture inbox-40x10
keys <Tab>
wait Trash
picture folders-40x10
keys q
size 200x50
wait A newsletter with quite a long subject that will not fit in the columns
picture inbox-200x50
keys <Enter>
wait See the file.
wait A newsletter
picture split-200x50
size 20x5
wait Subject:
keys q
gone Subject:
picture inbox-20x5
size 10x2
wait too small
size 20x5
gone too small
keys <Enter>
wait Subject:
size 80x24
wait See the file.
keys Q
exit 0
