// SPDX-License-Identifier: GPL-3.0-or-later
// The operations that are still to be played, in memory: what the journal
// holds of them, and an index by message, through which each row that arrives
// gets its pending acts laid over it. Private to store/.
#ifndef STORE_OPERATIONS_H
#define STORE_OPERATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/array.h"
#include "store/op.h"

struct map;

// One operation on one row, oldest first.
struct op_ref {
	struct op *op;
	struct op_message *message;
	struct op_ref *next;
};

struct operations {
	struct array items;     // struct op *, by seq
	struct map *by_root;    // root -> struct op_ref
	struct array open;      // struct op_count: waiting or started, by account
	size_t lost;            // messages with no root: to be found again
};

struct op_count {
	uint32_t account;
	size_t n;
};

void operations_init(struct operations *o);
void operations_done(struct operations *o);
// Keeps op; finds the roots of its messages.
void operations_add(struct operations *o, struct op *op);
// The op belongs to the caller again.
void operations_remove(struct operations *o, struct op *op);
struct op *operations_find(const struct operations *o, uint64_t seq);
const struct op_ref *operations_on(const struct operations *o, uint64_t root);
// One message leaves its operation.
void operations_leave(struct operations *o, struct op *op, struct op_message *m);
// What hung on `from` hangs on `to` (0: lost) from now on.
void operations_reroot(struct operations *o, uint64_t from, uint64_t to);
// A message with root 0 was found.
void operations_found(struct operations *o, struct op *op, struct op_message *m,
	uint64_t root);
// And with them those that wait for what it does.
void operations_refind(struct operations *o);
// All of the index from what the operations hold.
void operations_rebuild(struct operations *o);
void operations_set_state(struct operations *o, struct op *op,
	enum operation_state state);
size_t operations_open(const struct operations *o, uint32_t account);
// Is the act that makes this folder still to be played?
bool operations_will_make(const struct operations *o, uint32_t folder);

#endif
