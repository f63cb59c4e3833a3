# What a server finds in texts that are not here comes late, and stands in its place.
server
file config/config
account work {
	set address "Ann Example <ann@example.org>"
	set incoming imaps://$USER@localhost:$IMAPS_PORT
	set outgoing smtps://$USER@localhost:$SMTPS_PORT
	set password-command cat $ROOT/password
	set tls-ca $CA
	set keep 0
}
.
file password
$PASSWORD
.
deliver
From: Bob Builder <bob@example.org>
Date: Sun, 9 Sep 2001 00:46:40 +0000
To: ann@example.org
Subject: Alpha
Message-ID: <alpha@example.org>

needle one
.
deliver
From: Bob Builder <bob@example.org>
Date: Sun, 9 Sep 2001 01:46:40 +0000
To: ann@example.org
Subject: Beta
Message-ID: <beta@example.org>

needle two
.
deliver
From: Bob Builder <bob@example.org>
Date: Sun, 9 Sep 2001 02:46:40 +0000
To: ann@example.org
Subject: Gamma
Message-ID: <gamma@example.org>

nothing
.
deliver
From: Bob Builder <bob@example.org>
Date: Sun, 9 Sep 2001 03:46:40 +0000
To: ann@example.org
Subject: Delta
Message-ID: <delta@example.org>

needle three
.
deliver
From: Bob Builder <bob@example.org>
Date: Sun, 9 Sep 2001 04:46:40 +0000
To: ann@example.org
Subject: Re: Alpha
Message-ID: <alpha2@example.org>
In-Reply-To: <alpha@example.org>
References: <alpha@example.org>

needle four
.
start
wait on line
wait Delta
wait Alpha
# one text is here from now on, the others are not
keys :
type limit subject:beta
keys <Enter>
wait 1/1
keys <Enter>
wait needle two
keys q <Esc>
wait Gamma
keys :
type order date
keys <Enter>
wait Ordered by date
keys :
type limit body:needle
keys <Enter>
wait 3/4
gone Gamma
picture late-by-date
keys <Esc>
wait Gamma
keys :
type order thread
keys <Enter>
wait Ordered by thread
keys :
type limit body:needle
keys <Enter>
wait /4
gone Gamma
picture late-by-thread
keys Q
exit 0
