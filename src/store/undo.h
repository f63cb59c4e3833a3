// SPDX-License-Identifier: GPL-3.0-or-later
// Steps that can be undone and done again, over restarts. Private to store/; all
// of it on the store thread.
#ifndef STORE_UNDO_H
#define STORE_UNDO_H

#include <stdbool.h>
#include <stdint.h>
#include "base/array.h"

struct act_reply;
struct error;
struct journal_txn;
struct op;
struct steps;
struct store;

#define UNDO_STEPS_MAX 500

bool steps_load(struct store *s, struct error *err);
void steps_free(struct steps **steps);
// The operations of one act become (part of) the step to be undone first; what
// had been undone can not be done again. After a failed commit: steps_load.
void steps_add(struct store *s, struct journal_txn *t, const struct op *op);
// The operation is over: kept for undo where a step has it.
void steps_played(struct store *s, struct journal_txn *t, const struct op *op);
// It will never have been: no step has it any longer.
void steps_dropped(struct store *s, struct journal_txn *t, uint64_t seq);
// Jobs of store_undo and store_redo: back is undo. *n_r: messages acted on;
// *title_r is free()d by the caller.
bool steps_turn(struct store *s, bool back, size_t *n_r, char **title_r,
	struct error *err);

#endif
