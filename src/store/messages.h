// SPDX-License-Identifier: GPL-3.0-or-later
// Rows: reading them by id, in order, by place; and the batches that a sync
// writes.
#ifndef STORE_MESSAGES_H
#define STORE_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "mail/message.h"

struct cancel;
struct error;
struct query;
struct store;

enum message_order { ORDER_DATE, ORDER_THREAD }; // newest first; latest thread first

// How many rows the order of a folder has. Constant time.
uint32_t store_order_count(struct store *s, uint32_t folder);
// Rows from..from+n-1 of an order; returns how many there were. Each is
// released with message_done. Logarithmic in the size of the folder.
size_t store_order_rows(struct store *s, uint32_t folder, enum message_order order,
	uint32_t from, size_t n, struct message *rows);
// The row at which a message stands.
bool store_order_find(struct store *s, uint32_t folder, enum message_order order,
	uint64_t id, uint32_t *row_r);
// Ids only, for ranges and selections; returns how many.
size_t store_order_ids(struct store *s, uint32_t folder, enum message_order order,
	uint32_t from, size_t n, uint64_t *ids);
// The next row from `from` on (step +1 or -1) whose message has all of `set`
// and none of `unset` flag bits: "next unread". At most `max` rows are looked
// at. False when there is none.
bool store_order_next(struct store *s, uint32_t folder, enum message_order order,
	uint32_t from, int step, uint32_t set, uint32_t unset, uint32_t max,
	uint32_t *row_r);

bool store_message(struct store *s, uint64_t id, struct message *message_r);
// By its place on the server; by Message-ID within an account (any of them).
bool store_message_at(struct store *s, uint32_t folder, uint32_t uid, uint64_t *id_r);
// The other way: where the server has it now, which differs from where it is shown
// while a move waits. False when it is on no server yet.
bool store_message_place(struct store *s, uint64_t id, uint32_t *folder_r, uint32_t *uid_r);
bool store_message_by_message_id(struct store *s, uint32_t account,
	const char *message_id, uint64_t *id_r);
// All messages of a thread, any folder, oldest first. free(*ids_r)
size_t store_thread(struct store *s, uint64_t thread, uint64_t **ids_r);

// Sets the depth of messages, those of a thread next to each other, as the order by
// thread has it. One that stands alone is not looked up: its depth says nothing.
void store_thread_depths(struct store *s, struct message *rows, size_t n);

// Streams the ids of what a query matches, newest first (by thread: the latest
// thread first, each once, with what matches of it in any of the folders), over
// one folder or (folder 0) all folders, or those of one account (account != 0);
// without a folder and unless the query names one, Trash and Junk are left out. A message
// that is the same in several folders is found in the first of them alone. `found` may stop
// it by returning false. Reads in short steps: long, cancellable, not for the
// UI thread. False: cancelled or ERROR_STORE.
bool store_search(struct store *s, const struct query *q, uint32_t account,
	uint32_t folder, enum message_order order, const struct cancel *cancel,
	bool (*found)(void *arg, uint64_t id), void *arg, struct error *err);

// The same where bodies that are not here can be asked for elsewhere: such messages go
// to `lacking` and are not matched, if the query needs bodies at all.
struct store_search_calls {
	bool (*found)(void *arg, uint64_t id);
	void (*lacking)(void *arg, uint32_t account, uint64_t id);
	void *arg;
};
bool store_search_here(struct store *s, const struct query *q, uint32_t account,
	uint32_t folder, enum message_order order, const struct cancel *cancel,
	const struct store_search_calls *calls, struct error *err);
// Those of the n ids that match, newest first, each with the body that text_of gives
// for it (NULL: none is known); what is here is not looked at. text_of's result
// is used before it is called again.
void store_search_again(struct store *s, const struct query *q, const uint64_t *ids,
	size_t n, const char *(*text_of)(void *arg, uint64_t id),
	bool (*found)(void *arg, uint64_t id), void *arg);

// --- what a sync writes -------------------------------------------------------

// One message as the server has it.
struct sync_row {
	uint32_t uid;
	uint64_t size;
	uint64_t modseq;          // 0: unknown
	int64_t received;
	struct flags flags;
	bool unreadable;          // no envelope could be parsed
	bool arrived;             // came after the first sync: may be announced
	// Equal for the copies of one message in the folders of an account, as its
	// server says (EMAILID, X-GM-MSGID): a search over several folders finds it
	// once. 0: not known.
	uint64_t same;
	struct envelope envelope; // left empty when only flags are told
};

struct sync_flags {
	uint32_t uid;
	uint64_t modseq;
	struct flags flags;
};

// A batch is one transaction, but for long ones, which are cut so that readers
// wait at most 5 ms; the state is then written with the last piece.
#define SYNC_BATCH_ROWS 500

struct sync_batch {
	uint32_t folder;
	uint32_t uidvalidity;       // of this connection's SELECT; another than the
	                            // row's without `reset` is ERROR_GONE
	bool reset;                 // forget all rows first: UIDVALIDITY changed
	bool modseq_anew;           // the server's MODSEQs went back: those that are
	                            // here mean nothing beside the ones told now
	struct sync_row *rows;      // new messages; a known UID is brought up to date
	size_t n_rows;
	struct sync_flags *flags;   // of known messages; unknown UIDs are passed over
	size_t n_flags;
	uint32_t *gone;             // UIDs that the server no longer has
	size_t n_gone;
	// Written with the above; UINT values of 0 leave what is there.
	uint32_t uidnext;
	uint64_t highestmodseq;
	uint32_t lowest_uid;
	// What the folder's lowest UID is still to be (0: whatever it is): the rows
	// down to `lowest_uid` go on from there. Else ERROR_GONE.
	uint32_t lowest_before;
	uint32_t remote_exists;
	bool set_exists;            // remote_exists is meant, 0 too
};
// Pending operations are laid over what is written. [write]
bool store_sync(struct store *s, const struct sync_batch *batch, struct error *err);
// The same while the caller goes on: takes over what the batch holds and leaves it
// empty. store_sync_end waits, tells how it went and releases; NULL is nothing to
// wait for, and true. One after the other: what comes behind a batch that failed
// would have a hole before it.
struct sync_writing;
struct sync_writing *store_sync_begin(struct store *s, struct sync_batch *batch);
bool store_sync_end(struct store *s, struct sync_writing **writing, struct error *err);
void sync_batch_done(struct sync_batch *b);  // frees arrays and their contents

// What the store believes the server has, UIDs from..to ascending: to compare
// with. free(*known_r); words are left out (flags as bits and a hash of words).
struct sync_known {
	uint32_t uid;
	uint32_t bits;
	uint64_t words_hash;        // of flags.words; 0 none
};
size_t store_sync_known(struct store *s, uint32_t folder, uint32_t from,
	uint32_t to, struct sync_known **known_r);

#endif
