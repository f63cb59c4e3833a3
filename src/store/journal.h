// SPDX-License-Identifier: GPL-3.0-or-later
// The journal: one small tree, each commit on the disk before it returns. Only
// the store thread touches it; readers see what it holds through memory.
// Private to store/.
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "store/env.h"

struct error;

// The first byte of every key.
enum journal_table {
	JOURNAL_META = 'M',        // one row: the counters below
	JOURNAL_ACCOUNT = 'A',     // name -> account
	JOURNAL_FOLDER = 'F',      // folder -> what the server calls it
	JOURNAL_OPERATION = 'O',   // seq -> operation still to be played
	JOURNAL_HISTORY = 'H',     // seq -> operation played or dropped, for undo
	JOURNAL_STEP = 'S',        // step -> which operations it has
	JOURNAL_SEND = 'X',        // seq -> message on its way out
	JOURNAL_DROP = 'D',        // account, uidl -> entry
	JOURNAL_STATE = 'V',       // name -> value
};

struct journal_meta {
	uint32_t accounts, folders;  // identities given so far
	uint64_t seq, step, sends;
	uint64_t generation;         // of the cache
	// Grows with every change to the operations: the cache notes the one whose
	// effects it shows.
	uint64_t changes;
};

struct journal {
	struct env *env;
	DB *tree;
	struct journal_meta meta;
};

// A transaction with the counters, which go back when it fails.
struct journal_txn {
	struct journal *journal;
	struct txn txn;
	struct journal_meta before;
	bool put_off;                // see disk.h; not for what is committed here
};

bool journal_open(struct journal **j, const char *folder, struct error *err);
void journal_close(struct journal **j);
void journal_begin(struct journal_txn *t, struct journal *j);
// Writes the counters and commits, with sync. False: nothing was kept.
bool journal_commit(struct journal_txn *t, struct error *err);
void journal_abort(struct journal_txn *t);

// Key and value are built by the caller; a number key is its bytes in order.
void journal_put(struct journal_txn *t, enum journal_table table,
	const void *key, size_t len, const struct buf *value);
void journal_put_u64(struct journal_txn *t, enum journal_table table,
	uint64_t key, const struct buf *value);
void journal_del(struct journal_txn *t, enum journal_table table,
	const void *key, size_t len);
void journal_del_u64(struct journal_txn *t, enum journal_table table, uint64_t key);
bool journal_get(struct journal *j, enum journal_table table, const void *key,
	size_t len, struct buf *out);
bool journal_get_u64(struct journal *j, enum journal_table table, uint64_t key,
	struct buf *out);
// Every row of a table in order; `each` returns false when the row is damaged.
bool journal_each(struct journal *j, enum journal_table table, const void *prefix,
	size_t prefix_len, bool (*each)(void *arg, const void *key, size_t key_len,
	struct reader *value), void *arg, struct error *err);

#endif
