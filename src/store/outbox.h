// SPDX-License-Identifier: GPL-3.0-or-later
// Messages on their way out (their files lie in mail/outbox) and POP3's memory
// of what it has downloaded: both cannot be fetched again, so the journal has them.
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/str.h"

struct error;
struct store;

enum send_state {
	SEND_WAITING,     // goes out when there is a server
	SEND_STARTED,     // DATA may have been accepted: ask before repeating
	SEND_SENT,        // accepted; the copy in Sent is an operation by now
	SEND_FAILED,      // refused for good: shown with the server's words
};

struct send_recipient {
	char *mail;
	bool accepted;
	char *error;      // the server's words, NULL
};

#define SEND_RECIPIENTS_MAX 10000 // of one message

struct send {
	uint64_t seq;
	uint32_t account;
	enum send_state state;
	char *file;            // name in mail/outbox; the bytes that are sent
	char *message_id;
	char *from;            // MAIL FROM
	struct send_recipient *recipients;
	size_t n_recipients;
	char *subject;
	char *draft;           // file in mail/drafts that it came from, NULL
	uint64_t original;     // id of the message answered or forwarded; 0
	bool forwarded;        // else answered
	int64_t when;          // queued
	int64_t not_before;    // seconds; 0 at once
	unsigned tries;
	char *error;
};
void send_done(struct send *s);
// The words of one that failed begin so where the server may have it all the same:
// it is not refused, and a person has to find out.
#define SEND_DOUBT "may have been sent"
bool send_is_doubt(const struct send *s);

// The file must be on disk, fsynced. seq is set by the call. ERROR_INPUT: more
// recipients than there may be. [write]
bool store_send_add(struct store *s, struct send *send, struct error *err);
bool store_send_update(struct store *s, const struct send *send, struct error *err); // [write]
bool store_send_remove(struct store *s, uint64_t seq, struct error *err);            // [write]
// Removes it for somebody who goes on with it: only where nothing of it can be on
// its way just now, else ERROR_REFUSED. send_r (may be NULL): what it was. [write]
bool store_send_take(struct store *s, uint64_t seq, struct send *send_r,
	struct error *err);
// It waits again, with all that is known of its recipients; refused as above. [write]
bool store_send_retry(struct store *s, uint64_t seq, struct error *err);
size_t store_sends(struct store *s, uint32_t account, struct send **sends_r); // 0: all
bool store_send(struct store *s, uint64_t seq, struct send *send_r);

// --- POP3: what each UIDL became ---------------------------------------------------

struct drop_entry {
	char *uidl;            // or "sha256:..." of the content where UIDL repeats
	char *file;            // base name of the Maildir file; "" once deleted here
	int64_t downloaded;
	bool removed;          // DELE was confirmed by QUIT
};
void drop_entry_done(struct drop_entry *e);
// Entries of an account, sorted by uidl. free each, then the array.
size_t store_drops(struct store *s, uint32_t account, struct drop_entry **entries_r);
bool store_drop_put(struct store *s, uint32_t account, const struct drop_entry *entries,
	size_t n, struct error *err);                                  // [write], with sync
bool store_drop_remove(struct store *s, uint32_t account, const struct strlist *uidls,
	struct error *err);                                            // [write]

#endif
