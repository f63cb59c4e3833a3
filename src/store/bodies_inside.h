// SPDX-License-Identifier: GPL-3.0-or-later
// What other files of the store do with bodies. Private to store/.
#ifndef STORE_BODIES_INSIDE_H
#define STORE_BODIES_INSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct array;
struct cache;
struct error;
struct row;
struct store;
struct txn;
struct view;
struct write;

// All of it, with the row or without.
void bodies_forget(struct write *w, uint64_t id);
// The whole raw message at once. Store thread, no transaction open.
bool bodies_put_raw(struct store *s, uint64_t id, const void *data, size_t len,
	struct error *err);
// What is here of it; false, and nothing, when there is nothing.
struct body_state {
	uint64_t have;       // bytes of the raw message
	uint64_t bytes;      // all that is kept of it
	bool complete;
};
bool bodies_state(struct txn *t, struct cache *c, uint64_t id,
	struct body_state *state_r);
// Gives a row what is here of another message's body: the whole raw form, else tree
// and parts; nothing where raw bytes are already. Store thread, no transaction
// open; so is the next, which is store_body_drop.
bool bodies_copy(struct store *s, uint64_t from, uint64_t to, struct error *err);
bool bodies_drop(struct store *s, uint64_t id, struct error *err);
// Appends the ids (uint64_t) of all that something is here of.
void bodies_list(struct txn *t, struct cache *c, struct array *ids);
// How many bytes of bodies may be here.
uint64_t bodies_max(const struct store *s);
// (wanted.c) This row may want its raw form: looking begins no later than there. Write lock
// held.
void wanted_row(struct store *s, const struct row *row);
// How many bytes may be kept that nobody asked for. Where there is no place left,
// *since is raised to what is worth that others go; *max_size is lowered to a size
// for which not all others have to.
uint64_t bodies_room(struct view *v, int64_t *since, uint64_t *max_size);
// Forgets those read longest ago while there are too many bytes. False: none of
// it was necessary.
bool bodies_trim(struct store *s);

#endif
