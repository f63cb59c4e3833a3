// SPDX-License-Identifier: GPL-3.0-or-later
// A message as lists, queries and commands see it: what the index knows of it.
#ifndef MAIL_MESSAGE_H
#define MAIL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>
#include "mail/flags.h"
#include "mail/header.h"

struct message {
	uint64_t id;         // ours; opaque; survives restart, move and undo
	uint64_t thread;     // same for all messages of a thread of an account
	uint32_t account;    // the account's identity
	uint32_t folder;     // where it is shown: the folder's identity
	uint32_t uid;        // at its place on the server; 0 while it has none
	int depth;           // in its thread, 0 at the root (thread order only)
	int64_t received;    // INTERNALDATE, or when it was downloaded
	uint64_t size;       // bytes (RFC822.SIZE)
	struct flags flags;  // as shown: the server's with the pending acts applied
	bool pending;        // some act on it has not reached the server yet
	bool has_raw;        // the raw message is here
	bool unreadable;     // the server's answer could not be parsed: raw only
	struct envelope envelope;
};

void message_done(struct message *m);
// Its place in time: envelope.date when it is sane (1980 to a day after
// `received`), else received.
int64_t message_date(const struct message *m);

#endif
