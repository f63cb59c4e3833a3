// SPDX-License-Identifier: GPL-3.0-or-later
// Writing rows with all that follows from them: places, orders, threads,
// counts. Private to store/.
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include <stdbool.h>
#include <stdint.h>

struct cache;
struct flags;
struct row;
struct store;
struct txn;
struct view;
struct write;

// False when there is none. row_done() what was loaded.
bool rows_load(struct txn *t, struct cache *c, uint64_t id, struct row *row);
void rows_save(struct write *w, const struct row *row);

// What is shown of it: the server's state with the pending acts over it.
// flags_done(flags_r).
void rows_lay(const struct store *s, const struct row *row, uint32_t *shown_r,
	struct flags *flags_r, bool *pending_r);
// Gives it an id, lays pending acts over it, shows it. deep as in links_find.
void rows_add(struct write *w, struct row *row, bool deep);
void rows_insert(struct write *w, struct row *row, uint64_t id, bool deep);
// All of it but its body.
void rows_remove(struct write *w, struct row *row);
// What is shown is worked out anew from the server's state and the pending acts,
// and the row is saved. Call it after every change to a row.
void rows_relay(struct write *w, struct row *row);
// The same for a row that is not at hand, and only where it is necessary; for
// whatever row hangs on this root, if there is one.
void rows_relay_id(struct write *w, uint64_t id);
void rows_relay_root(struct write *w, uint64_t root);
// It has another place on the server from now on. Not saved yet.
void rows_reroot(struct write *w, struct row *row, uint64_t root, uint32_t folder);

#endif
