// SPDX-License-Identifier: GPL-3.0-or-later
// Rows and operations that wait for a UID. Private to store/; all of it on the
// store thread.
#ifndef STORE_UNBOUND_H
#define STORE_UNBOUND_H

#include <stdbool.h>
#include <stdint.h>

struct array;
struct cache;
struct journal_txn;
struct row;
struct store;
struct txn;

// A row that left its place without being told the new one: the next row of the
// folder with this Message-ID and size, from min_uid up, is it.
struct unbound {
	uint64_t root;        // a creation whose operation is done
	uint64_t id;
	uint32_t folder, min_uid;
	uint64_t key, size;
};
void unbound_add(struct store *s, const struct row *row, uint32_t min_uid);
// The row hangs on something else now, or is gone.
void unbound_forget(struct store *s, uint64_t root);
// All of it from cache and journal. A kill, or a write that failed, may have come
// between the commits of the two: operations are led to where their rows are, and
// those that wait for a row that no longer is will be found again like those of
// another UIDVALIDITY.
bool unbound_load(struct store *s);
// The UID of the row of a server in the cache that is what is looked for; 0 none.
// It is taken then: `taken` is an array of uint32_t.
uint32_t unbound_search(struct txn *t, struct cache *c, const struct unbound *what,
	struct array *taken);
// The one that this row of a server is; NULL none. Lent.
const struct unbound *unbound_find(const struct store *s, const struct row *row);
void unbound_remove(struct store *s, const struct unbound *u);
// The row that hung on `creation` has a place: so have the operations that wait
// for it, and what is done already, for its undo. Write lock not held.
void unbound_resolve(struct store *s, struct journal_txn *t, uint64_t creation,
	uint32_t folder, uint32_t uid, uint32_t uidvalidity);
// Messages of operations whose UID became void are found again, so that none is
// ever played to another message.
void unbound_find_lost(struct store *s, struct journal_txn *t,
	const struct row *row, uint32_t uidvalidity);

#endif
