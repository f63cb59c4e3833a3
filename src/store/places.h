// SPDX-License-Identifier: GPL-3.0-or-later
// Which row hangs on a root (row.h), so what is here of a UID. Private to store/.
#ifndef STORE_PLACES_H
#define STORE_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct array;
struct cache;
struct txn;
struct write;

#define PLACES_IN_BLOCK 64

struct place {
	uint64_t root, id;
};

// What one record has; the cache holds those that are being written.
struct place_block {
	uint64_t base;                  // the root of the first, a multiple
	uint64_t ids[PLACES_IN_BLOCK];  // 0: none
};

// False when nothing hangs on it; 0 is no root.
bool places_find(struct txn *t, struct cache *c, uint64_t root, uint64_t *id_r);
// id 0: nothing hangs on it any more.
void places_set(struct write *w, uint64_t root, uint64_t id);
// Appends struct place to out, by root: from first to last, both counted in, until
// out has at least `enough`. False: there are no more.
bool places_read(struct txn *t, struct cache *c, uint64_t first, uint64_t last,
	size_t enough, struct array *out);

// What was set goes into the tree: before a commit. What is not to be kept goes.
void places_flush(struct txn *t, struct cache *c);
void places_drop(struct cache *c);

#endif
