// SPDX-License-Identifier: GPL-3.0-or-later
// The steps that can be undone and done again, over restarts. Private to store/;
// all of it on the store thread. After a commit that failed: steps_load.
#ifndef STORE_STEPS_H
#define STORE_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/array.h"

struct error;
struct journal_txn;
struct op;
struct steps;
struct store;

#define UNDO_STEPS_MAX 500

struct step {
	uint64_t step;
	uint64_t rank;        // its place in its stack; the highest is turned first
	bool undone;
	char *title;
	struct array seqs;    // uint64_t
};

bool steps_load(struct store *s, struct error *err);
void steps_free(struct steps **steps);
// The operations of one act become (part of) the step to be undone first; what
// had been undone can not be done again.
void steps_add(struct store *s, struct journal_txn *t, const struct op *op);
// Of an operation in a step a part was played, which is kept for undo: what is left
// of it goes elsewhere as one of its own, `rest`, behind it in the step. False: there
// is no such part.
bool steps_part(struct store *s, uint64_t seq);
void steps_beside(struct store *s, struct journal_txn *t, uint64_t seq, uint64_t rest);
// The operation is over: kept for undo where a step has it.
void steps_played(struct store *s, struct journal_txn *t, const struct op *op);
// It will never have been: no step has it any longer.
void steps_dropped(struct store *s, struct journal_txn *t, uint64_t seq);

// The first to be undone, or (undone) to be done again. NULL: none.
struct step *steps_top(struct store *s, bool undone, size_t *at_r);
// A new one on top, in memory.
struct step *steps_push(struct store *s, uint64_t number, bool undone,
	const char *title);
void step_put(struct journal_txn *t, const struct step *step);
// An operation that is over, as it is kept for undo; owned. NULL: it is not.
struct op *steps_history(struct store *s, uint64_t seq);
void steps_history_put(struct journal_txn *t, const struct op *op);

#endif
