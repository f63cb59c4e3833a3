// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps the list of steps that can be undone or done again, with what is known of
// their operations once these are over.
#include "config.h"

#include "store/steps.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/inside.h"

#include <stdlib.h>

struct steps {
	struct array items;   // struct step *, by rank
};

static void
step_free(struct step *step)
{
	free(step->title);
	array_done(&step->seqs);
	free(step);
}

void
steps_free(struct steps **out)
{
	if (*out == NULL)
		return;
	for (size_t i = 0; i < (*out)->items.len; i++)
		step_free(*(struct step **)array_at(&(*out)->items, i));
	array_done(&(*out)->items);
	free(*out);
	*out = NULL;
}

void
step_put(struct journal_txn *t, const struct step *step)
{
	struct buf b = { 0 };

	buf_u64(&b, step->step);
	buf_u8(&b, step->undone);
	buf_pack_str(&b, step->title);
	for (size_t i = 0; i < step->seqs.len; i++)
		buf_u64(&b, *(uint64_t *)array_at(&step->seqs, i));
	journal_put_u64(t, JOURNAL_STEP, step->rank, &b);
	buf_done(&b);
}

static bool
step_read(void *arg, const void *key, size_t key_len, struct reader *in)
{
	struct steps *steps = arg;
	struct step *step = mem_new(struct step);

	step->seqs = ARRAY_OF(uint64_t);
	step->rank = key_len == 8 ? key_get_u64(key, 0) : 0;
	step->step = read_u64(in);
	step->undone = read_u8(in) != 0;
	step->title = read_str(in);
	while (in->left >= 8)
		*(uint64_t *)array_push(&step->seqs) = read_u64(in);
	*(struct step **)array_push(&steps->items) = step;
	return !in->bad && key_len == 8;
}

bool
steps_load(struct store *s, struct error *err)
{
	steps_free(&s->steps);
	s->steps = mem_new(struct steps);
	s->steps->items = ARRAY_OF(struct step *);
	return journal_each(s->journal, JOURNAL_STEP, "", 0, step_read, s->steps, err);
}

struct op *
steps_history(struct store *s, uint64_t seq)
{
	struct buf b = { 0 };
	struct op *op = NULL;

	if (journal_get_u64(s->journal, JOURNAL_HISTORY, seq, &b)) {
		struct reader in = reader_of(b.data, b.len);
		op = op_unpack(&in);
	}
	buf_done(&b);
	return op;
}

// Nothing will ask for it again. Files that an expunge kept go later: not before
// the journal has forgotten them.
static void
step_history_forget(struct store *s, struct journal_txn *t, uint64_t seq)
{
	struct op *op = steps_history(s, seq);

	if (op == NULL)
		return;
	s->kept_old = s->kept_old || op->path != NULL;
	for (size_t i = 0; i < op->n; i++)
		s->kept_old = s->kept_old || op->messages[i].path != NULL;
	journal_del_u64(t, JOURNAL_HISTORY, seq);
	op_free(&op);
}

static void
step_forget(struct store *s, struct journal_txn *t, size_t at)
{
	struct step *step = *(struct step **)array_at(&s->steps->items, at);

	for (size_t i = 0; i < step->seqs.len; i++)
		step_history_forget(s, t, *(uint64_t *)array_at(&step->seqs, i));
	journal_del_u64(t, JOURNAL_STEP, step->rank);
	array_remove(&s->steps->items, at);
	step_free(step);
}

struct step *
steps_top(struct store *s, bool undone, size_t *at_r)
{
	for (size_t i = s->steps->items.len; i-- > 0;) {
		struct step *step = *(struct step **)array_at(&s->steps->items, i);
		if (step->undone != undone)
			continue;
		*at_r = i;
		return step;
	}
	return NULL;
}

struct step *
steps_push(struct store *s, uint64_t number, bool undone, const char *title)
{
	struct step *step = mem_new(struct step);
	struct array *items = &s->steps->items;
	uint64_t rank = items->len == 0 ? 0 :
		(*(struct step **)array_at(items, items->len - 1))->rank;

	*step = (struct step){
		.step = number, .rank = rank + 1, .undone = undone,
		.title = str_dup(title), .seqs = ARRAY_OF(uint64_t),
	};
	*(struct step **)array_push(items) = step;
	return step;
}

static struct step *
steps_with(struct store *s, uint64_t seq, size_t *step_at_r, size_t *at_r)
{
	for (size_t i = s->steps->items.len; i-- > 0;) {
		struct step *step = *(struct step **)array_at(&s->steps->items, i);
		for (size_t j = 0; j < step->seqs.len; j++) {
			if (*(uint64_t *)array_at(&step->seqs, j) == seq) {
				*step_at_r = i;
				*at_r = j;
				return step;
			}
		}
	}
	return NULL;
}

// One that failed in its middle and is tried again is there already.
static bool
step_has(struct store *s, uint64_t seq)
{
	size_t step_at, at;

	return steps_with(s, seq, &step_at, &at) != NULL;
}

void
steps_add(struct store *s, struct journal_txn *t, const struct op *op)
{
	size_t at;

	if (op->no_undo || op->step == 0)
		return;
	while (steps_top(s, true, &at) != NULL)
		step_forget(s, t, at);
	if (step_has(s, op->seq))
		return;
	struct step *step = steps_top(s, false, &at);
	if (step == NULL || step->step != op->step)
		step = steps_push(s, op->step, false, op->title);
	*(uint64_t *)array_push(&step->seqs) = op->seq;
	step_put(t, step);
	if (op->step > s->journal->meta.step)
		s->journal->meta.step = op->step;
	while (s->steps->items.len > UNDO_STEPS_MAX)
		step_forget(s, t, 0);
}

bool
steps_part(struct store *s, uint64_t seq)
{
	struct op *part = step_has(s, seq) ? steps_history(s, seq) : NULL;
	bool is = part != NULL && !part->dropped;

	op_free(&part);
	return is;
}

void
steps_beside(struct store *s, struct journal_txn *t, uint64_t seq, uint64_t rest)
{
	size_t step_at, at;
	struct step *step = steps_with(s, seq, &step_at, &at);

	if (step == NULL)
		return;
	*(uint64_t *)array_insert(&step->seqs, at + 1) = rest;
	step_put(t, step);
}

void
steps_history_put(struct journal_txn *t, const struct op *op)
{
	struct buf b = { 0 };

	op_pack(&b, op);
	journal_put_u64(t, JOURNAL_HISTORY, op->seq, &b);
	buf_done(&b);
}

static int
messages_in_order(const void *a, const void *b)
{
	const struct op_message *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

// What was played of the operation before: a server did not have all its messages
// under a UID then.
static bool
step_join(struct op *part, const struct op *op)
{
	if (part->dropped || part->kind != op->kind || part->folder != op->folder ||
	    part->uidvalidity != op->uidvalidity || part->target != op->target)
		return false;
	struct op *rest = op_copy(op);
	for (size_t i = 0; i < rest->n; i++) {
		struct op_message *m = op_message_add(part);
		*m = rest->messages[i];
	}
	rest->n = 0; // the messages went
	op_free(&rest);
	qsort(part->messages, part->n, sizeof(*part->messages), messages_in_order);
	if (op->target_uidvalidity != 0)
		part->target_uidvalidity = op->target_uidvalidity;
	return true;
}

void
steps_played(struct store *s, struct journal_txn *t, const struct op *op)
{
	size_t step_at, at;

	if (steps_with(s, op->seq, &step_at, &at) == NULL)
		return;
	struct op *part = steps_history(s, op->seq);
	bool joined = part != NULL && step_join(part, op);
	steps_history_put(t, joined ? part : op);
	op_free(&part);
}

void
steps_dropped(struct store *s, struct journal_txn *t, uint64_t seq)
{
	size_t step_at, at;
	struct step *step = steps_with(s, seq, &step_at, &at);
	struct op *part = step == NULL ? NULL : steps_history(s, seq);

	// Some of it was played: that can be undone still.
	bool stays = step == NULL || part != NULL;
	op_free(&part);
	if (stays)
		return;
	array_remove(&step->seqs, at);
	if (step->seqs.len == 0)
		step_forget(s, t, step_at);
	else
		step_put(t, step);
}
