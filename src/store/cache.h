// SPDX-License-Identifier: GPL-3.0-or-later
// One generation of the cache: its environment and trees. Private to store/.
//
//   messages  id -> row
//   places    root -> ids                    see places.c
//   dates     folder, ~date, id              counted; by date, newest first
//   talks     folder, ~latest, thread, id    counted; by thread, latest first
//   members   thread, 0, folder -> head      what a folder has of a thread
//             thread, 1, id -> member        what arranging it needs
//   links     Message-ID's key -> thread
//   laid      id                             rows over which acts are laid
//   folders   folder -> what is known of it; 0 -> counters
//   bodies    id, kind, ... -> bytes         see bodies.c
#ifndef STORE_CACHE_H
#define STORE_CACHE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/array.h"
#include "store/env.h"

struct error;

// Of a cache's row 0. Put back when a transaction fails.
struct cache_meta {
	uint64_t next_id;
	uint64_t linked;    // rows up to this id are in `links`
	uint64_t laid;      // journal_meta.changes whose effects are shown; 0: some
	                    // change is under way, look at all
	uint64_t bodies;    // bytes of bodies
};

struct cache {
	struct env *env;
	uint64_t generation;
	DB *messages, *places, *dates, *talks, *members, *links, *laid, *folders;
	DB *bodies;
	struct cache_meta meta;
	atomic_bool broken; // a reader or the writer found damage
	struct array placed; // blocks of places that are being written; see places.c
};

// Ids begin with the generation: one of a lost cache never names another row.
#define CACHE_ID_BITS 40

// *code_r: what Berkeley DB said; damage when env_is_damage, or when the cache
// is of another version or generation.
bool cache_open(struct cache **c, const char *folder, uint64_t generation,
	size_t cache_bytes, bool *damaged_r, struct error *err);
void cache_close(struct cache **c, bool checkpoint);
// The name of a file that is damaged on the disk, which pages in memory may hide
// until the next start; NULL: none. [write]
const char *cache_damaged(struct cache *c);
void cache_meta_put(struct cache *c, struct txn *t);
// Moves folder to the first free folder.old-N. Nothing there: true.
bool cache_set_aside(const char *folder, struct error *err);

#endif
