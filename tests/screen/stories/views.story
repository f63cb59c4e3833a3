# One view over several accounts: each act goes to the account of its message.
use local.inc
file config/config
account home {
	set address "Ann Example <ann@example.org>"
	set incoming maildir://$ROOT/Mail
	set outgoing sendmail://$ROOT/sendmail
}
account work {
	set address "Ann at work <ann@work.example>"
	set incoming maildir://$ROOT/Work
	set outgoing sendmail://$ROOT/sendmail
}
set editor $ROOT/editor
query "Still to read" is:unread
query Reports subject:report
.
file Work/cur/1.M1P1.story:2,
Date: Sun, 9 Sep 2001 02:20:00 +0000
From: Boss <boss@work.example>
To: Ann at work <ann@work.example>
Subject: The report of April
Message-ID: <work-1@work.example>

Where is it?
.
file Work/cur/2.M2P2.story:2,S
Date: Sun, 9 Sep 2001 02:22:00 +0000
From: Ann at work <ann@work.example>
To: Boss <boss@work.example>
Subject: Re: The report of April
Message-ID: <work-2@work.example>
In-Reply-To: <work-1@work.example>

It comes.
.
file Work/.Archive/cur/3.M3P3.story:2,S
Date: Sun, 9 Sep 2001 01:00:00 +0000
From: Boss <boss@work.example>
To: Ann at work <ann@work.example>
Subject: The report of January
Message-ID: <work-3@work.example>

Thank you.
.
start
wait INBOX · 
wait home: on line │ work: on line
wait The report of March
wait All inboxes  2
# the named ones, those that count without a look at messages with a number
wait Still to re… 2
wait Reports
keys gu
wait All inboxes
wait The report of April
wait A newsletter
wait 7
# what the folders' counts do not tell is counted behind the screen
wait  Reports      1
picture all-inboxes
# a thread is one here too; what is sought in it keeps it as a tree
keys /
wait :limit
type subject:report
keys <Enter>
gone A newsletter
wait All inboxes · subject:report
wait └─>
picture limit-tree
keys <Esc>
wait A newsletter
# the archive of its own account
keys gg
type n
# of several accounts, only the folders of its own are offered for it
keys m
wait Archive                    work
never Trash                      home
keys <Esc>
gone :move
keys e
gone Boss 
wait Archived
wait 2/6
keys :
type go Reports
keys <Enter>
wait Reports
wait work/Arch…
wait The report of January
wait The report of April
picture several-folders
keys u
wait Undone
wait Boss         work       The report of April
keys gu
wait A newsletter
# an answer is from whom it was sent to
keys gg n
keys r
wait Draft: Re: The report of April
wait Ann at work <ann@work.example>
keys d
wait Discard
keys y
wait All inboxes
# what comes is there, and what goes is gone
file Work/new/4.M4P4.story
Date: Sun, 9 Sep 2001 03:30:00 +0000
From: Boss <boss@work.example>
To: Ann at work <ann@work.example>
Subject: Never mind
Message-ID: <work-4@work.example>

It was here.
.
keys $
wait Never mind
wait 3/8
batch delete -t "subject:newsletter"
gone A newsletter
# what stands behind it in a block acts on what it has found
keys :
type find is:flagged; select all
keys <Enter>
wait 1 selected
keys <Esc>
gone 1 selected
keys :
type find subject:dinner; select all; find is:flagged
keys <Enter>
wait is:flagged
never selected
keys gu
wait Never mind
# a start shows it again, with its limit and where one was
keys G k
keys /
wait :limit
type is:read
keys <Enter>
gone Never mind
wait All inboxes · is:read
wait 4/4
signal TERM
exit 0
start
wait All inboxes · is:read
wait 4/4
wait Still limited to is:read (<Esc> shows all)
never Never mind
keys <Esc>
wait Never mind
# the sidebar opens them, too
keys <Tab> gg j <Enter>
wait Still to read
keys gi
wait INBOX · 
# and any query
keys gq
wait :find
type from:boss -is:unread
keys <Enter>
wait from:boss -is:unread
wait The report of January
wait 1/1
keys :
type folder delete
keys <Enter>
wait several folders are shown here
# what is meant by -t is what is shown
keys :
type mark -t "" +flagged
keys <Enter>
wait   F  9 Sep
keys gi
wait Never mind
never   F  9 Sep
# a query that is none is told with what was meant
keys /
wait :limit
type is:attachment
keys <Enter>
wait "is:attachment": column 4: expected
wait has:attachment?
never ::1
keys :
type limit "a b
keys <Enter>
wait the quote " is not closed
never ::1
# a folder that both accounts have is gone to by the name of its account, too
keys gf
wait :go
type work/inb
wait work/INBOX
keys <Enter>
wait INBOX · work
keys gf
wait :go
type home/inb
keys <Enter>
wait INBOX · home
keys gf
wait :go
type work/INBOX
keys <Enter>
wait INBOX · work
# of a query that needs texts it is said that nobody counts
keys :
type query Words body:crocus
keys <Enter>
wait  Words        ?
keys :
type query Starred is:flagged
keys <Enter>
wait  Words        ?
gone  Starred      ?
wait  Words        ?
# the language is in the manual
keys :
type manual queries
keys <Enter>
wait from:TEXT
wait date:2026-11
keys q
wait Never mind
keys Q
exit 0
