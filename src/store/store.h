// SPDX-License-Identifier: GPL-3.0-or-later
// The store: what Postern knows, in two Berkeley DB environments. The journal
// holds what cannot be fetched again and is committed with sync; the cache holds
// all else, is committed without, and can be thrown away while running.
//
// Threads: any thread may read; each read sees one commit and waits at most
// some milliseconds. Writes run on the one store thread. A function marked
// [write] hands its work to that thread and blocks until it is committed (never
// call it on the UI thread: it aborts there); one marked [post] returns at
// once and tells the result by a callback ON THE STORE THREAD, which should only
// post a message on. The user's acts go before the batches of a sync.
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct store;

// What changed, not the new value: the reader reads it when it repaints.
enum store_change_kind {
	STORE_FOLDERS,    // the list of folders, or their names and roles
	STORE_COUNTS,     // counts of one folder
	STORE_MESSAGES,   // rows of one folder came, went or moved
	STORE_MESSAGE,    // one row changed where it stands (flags, has_raw)
	STORE_ARRIVED,    // one message is new on the server, unseen (id)
	STORE_BODY,       // raw or a part of one message arrived
	STORE_PENDING,    // operations or undo steps changed
	STORE_OUTBOX,
	STORE_REFUSED,    // an operation failed and was taken back, or what was done
	                  // cannot be shown (text)
	STORE_RESET,      // the cache was set aside and is filled anew
};

struct store_change {
	enum store_change_kind kind;
	uint32_t account;   // 0: none in particular
	uint32_t folder;
	uint64_t id;
	const char *text;   // lent for the call; of REFUSED and RESET
};

struct store_settings {
	const char *folder;   // journal/ and cache/ are made in it
	const char *mail;     // where mail lies that exists only here
	size_t cache_bytes;   // page cache of the cache environment; 0: 16 MB
	uint64_t bodies_max;  // cached bodies, bytes; 0: 2 GB
	// Called on the store thread after each commit. May be NULL.
	void (*changed)(void *arg, const struct store_change *change);
	void *arg;
};

// Opens or makes both environments, applies what the journal holds to the
// cache, starts the store thread. A damaged or foreign cache is set aside
// (cache.old-N, removed at the next start) and made anew; a damaged journal
// is ERROR_STORE with what to do.
bool store_open(struct store **s, const struct store_settings *settings,
	struct error *err);
// Finishes what was posted, checkpoints, closes. *s becomes NULL.
void store_close(struct store **s);

// Waits until all that was posted before is committed. [write]
void store_settle(struct store *s);
// Compares indexes, orders and counts with the rows, and reads all files from the
// disk. Every difference is one
// call of `found` with a line of text; false when there was any. Any thread
// but the UI's.
bool store_verify(struct store *s, void (*found)(void *arg, const char *line),
	void *arg, struct error *err);
// Sets the cache aside and begins a new one; accounts fetch again. [write]
bool store_rebuild(struct store *s, struct error *err);
// The cache's generation; changes with STORE_RESET.
uint64_t store_generation(struct store *s);

// Small values of the journal by name: places of the screen, how far rules ran.
// `get` appends to out, false when there is none.
struct buf;
bool store_state_get(struct store *s, const char *name, struct buf *out);
bool store_state_put(struct store *s, const char *name, const void *data,
	size_t len, struct error *err);                                // [write]
void store_state_post(struct store *s, const char *name, const void *data,
	size_t len);                                                   // [post]

#endif
