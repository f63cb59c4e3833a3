# Editors that fail, break the header, are not there, or lose their terminal.
use local.inc
file editor 700
#!/bin/sh
# Writes, and dies.
printf 'Written before the end.\n' >> "$1"
kill -SEGV $$
.
start
wait on line
wait The report of March
keys c
wait To:
keys <Enter>
wait Subject:
keys <Enter>
wait The editor ended with an error
wait Draft:
wait Written before the end.
# what programs keep is not in the text
file editor 700
#!/bin/sh
grep -c X-Postern "$1" > $ROOT/fields
{ printf 'This is no field\n'; cat "$1"; } > "$1.new"
mv "$1.new" "$1"
.
keys e
wait line 1: expected a field
wait Nothing is lost: edit it again
wait This is no field
wait Written before the end.
contains fields 0
picture broken
keys y
wait the draft cannot be read
keys p
wait the draft is kept here
keys R
wait line 1
keys <Enter>
wait Nothing is lost
file editor 700
#!/bin/sh
sed 1d "$1" > "$1.new"
mv "$1.new" "$1"
.
keys e
gone line 1
wait Subject:
wait Written before the end.
keys :
type set editor $ROOT/nothing
keys <Enter>
gone :set
keys e
wait cannot run
wait Draft:
wait Written before the end.
keys d
wait Throw
keys y
gone Draft:
# the line goes dead while the editor runs
file editor 700
#!/bin/sh
printf 'Before the line went dead.\n' >> "$1"
echo The editor runs now
while :; do sleep 1; done
.
keys :
type set editor $ROOT/editor
keys <Enter>
gone :set
keys c
wait To:
keys <Enter>
wait Subject:
keys <Enter>
wait The editor runs now
hangup
exit 0
start
wait Draft:
wait Before the line went dead.
# an editor that can be told so begins at the text
file vim 700
#!/bin/sh
echo "arguments: $1" > $ROOT/vim.arguments
echo 'Seen by this one.' >> "$2"
.
keys :
type set editor $ROOT/vim
keys <Enter>
keys e
wait Seen by this one.
contains vim.arguments arguments: +7
keys Q
exit 0
