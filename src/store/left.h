// SPDX-License-Identifier: GPL-3.0-or-later
// Bodies of messages that went by no act of ours: another client may have moved
// them, so they wait for a while for the row that the message has elsewhere.
// Private to store/.
#ifndef STORE_LEFT_H
#define STORE_LEFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/array.h"

struct cache;
struct error;
struct row;
struct store;
struct txn;
struct view;
struct write;

#define LEFT_MAX 1000                              // messages
#define LEFT_BYTES_MAX ((uint64_t)64 * 1024 * 1024) // of them all, and at most a
#define LEFT_BYTES_SHARE 10                        // tenth of what bodies may have
#define LEFT_SECONDS (24 * 60 * 60)

// Does the server have one message in these two places? As it says itself, and
// else only where nothing that is known of them differs: Message-ID, size, date
// of arrival, and what a list shows. Without its word not a draft, which is saved
// anew in place.
bool left_twins(const struct row *a, const struct row *b);

// The row goes: its body stays, if it can be known again. Else it goes too: false.
bool left_keep(struct write *w, const struct row *row);
// A row that is new and not written yet: the id of one that left, which it takes
// over with its body; 0: none, or it is not sure which.
uint64_t left_claim(struct write *w, struct row *fresh);
// Is there any to be claimed?
bool left_any(struct txn *t, struct cache *c);
// The body of this id goes, or has a row again.
void left_forget(struct write *w, uint64_t id);
// Those that left (ids, uint64_t) and whose new row came before go there with their
// body. Store thread, no transaction open; so are the next two. What fails is in
// the log: at worst a body is fetched once more.
void left_settle(struct store *s, const struct array *ids);
// Those beyond the limits above go.
void left_sweep(struct store *s, int64_t now);
// All go: their account is another's now.
void left_empty(struct store *s);
// Does a row or a body that waits have this id?
bool left_is(struct txn *t, struct cache *c, uint64_t id);

#endif
