// SPDX-License-Identifier: GPL-3.0-or-later
// What the engine tells its front ends: what changed, how an account stands, and
// the answers to jobs. The only header of this folder that a screen includes.
#ifndef ACCOUNT_EVENT_H
#define ACCOUNT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "loop/queue.h"

struct document;

enum event_kind {
	// The store's changes (store.h has what each names). They merge.
	EVENT_FOLDERS, EVENT_COUNTS, EVENT_MESSAGES, EVENT_MESSAGE, EVENT_BODY,
	EVENT_PENDING, EVENT_OUTBOX, EVENT_RESET,
	// One message is new and unseen: account, folder, id.
	EVENT_ARRIVED,
	// How an account stands: account, status. Only the latest counts.
	EVENT_ACCOUNT,
	// Something to tell: text, error.kind (NONE for plain news), account.
	EVENT_NOTICE,
	// The end of a job: job, error (NONE when done), and what it made.
	EVENT_REPLY,
	// Search found more: job, ids, newest first; account: on its server, not here,
	// so they are in order among themselves only.
	EVENT_FOUND,
};

enum account_state {
	ACCOUNT_IDLE,         // on line, nothing to do
	ACCOUNT_CONNECTING,
	ACCOUNT_SYNCING,      // done of total in `folder`
	ACCOUNT_PLAYING,      // sending what was done here
	ACCOUNT_SENDING,      // the outbox
	ACCOUNT_OFFLINE,      // no server; retry_at tells when it tries again
	ACCOUNT_NEEDS_PASSWORD,
	ACCOUNT_NEEDS_TRUST,  // see certificate fields
	ACCOUNT_PAUSED,       // told to be off line
};

struct account_status {
	enum account_state state;
	char text[160];       // for people, filtered: "INBOX 1,200 of 5,000"
	uint32_t folder;
	uint32_t done, total;
	int64_t retry_at;     // seconds; of OFFLINE
	char error[ERROR_TEXT_MAX];   // why, for OFFLINE and NEEDS_*
	// NEEDS_TRUST: what to show and what a pin would hold.
	char host[256];
	uint16_t port;
	char fingerprint[96];
	bool outgoing;        // it is the sending side that needs it
	// Of the space that the server gives (QUOTA), bytes; limit 0: none is known.
	uint64_t quota_used, quota_limit;
};

struct event {
	struct queue_item item;      // first
	enum event_kind kind;
	uint32_t account, folder;
	uint64_t id;                 // of a message
	uint64_t job;
	char *text;                  // owned
	struct error error;
	struct account_status *status;   // owned
	struct document *document;   // owned: the reply to a reading job
	uint64_t *ids;               // owned: FOUND, and replies that name messages
	size_t n_ids;
};

struct event *event_new(enum event_kind kind);
void event_free(struct event **e);
// Posts to a front end's inbox; changes of the same thing merge into the one
// that waits. e belongs to the queue then.
void event_post(struct queue *q, struct event *e);

#endif
