// SPDX-License-Identifier: GPL-3.0-or-later
// Messages that leave the operations on them. Private to store/; all of it on the
// store thread, no transaction open.
#ifndef STORE_LOST_H
#define STORE_LOST_H

#include <stdbool.h>
#include <stdint.h>
#include "base/array.h"

struct error;
struct op;
struct op_message;
struct store;

// What was lost so far: gathered under the write lock, written and told after.
struct lost {
	struct array losses;       // struct loss: how many each operation
	struct array creations;    // roots of what copies and moves will not make
};
void lost_init(struct lost *l);
void lost_done(struct lost *l);
// A message leaves its operation.
void lost_leave(struct store *s, struct lost *l, struct op *op, struct op_message *m);
// And those with it that act on what it would have become.
void lost_follow(struct store *s, struct lost *l);
bool lost_write(struct store *s, struct lost *l, const char *why, struct error *err);

// These messages (roots, uint64_t) are gone from their server; the spared ones, too,
// but they are to be expunged, and that is still to be played.
bool lost_gone(struct store *s, const struct array *roots, const struct array *spared,
	struct error *err);
// UIDVALIDITY of a folder changed: messages are named by Message-ID and size
// until they are found again, and those that are not are given up.
bool lost_uids(struct store *s, uint32_t folder, struct error *err);
bool lost_give_up(struct store *s, uint32_t folder, struct error *err);

#endif
