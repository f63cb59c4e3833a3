// SPDX-License-Identifier: GPL-3.0-or-later
// Turning a step drops those of its operations that no server has seen, puts inverse
// operations behind the others, and makes those again that were dropped. What
// comes out is a step for the other direction.
#include "config.h"

#include "store/undo.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/when.h"
#include "mail/header.h"
#include "store/acts.h"
#include "store/build.h"
#include "store/inside.h"
#include "store/kept.h"
#include "store/links.h"
#include "store/places.h"
#include "store/rows.h"
#include "store/show.h"
#include "store/steps.h"
#include "store/threads.h"
#include "store/withdraw.h"

#include <stdlib.h>

// What turning one step makes of each of its operations.
struct turn {
	struct store *s;
	struct array fresh;    // struct op *: to be journalled and shown
	struct array seqs;     // uint64_t: of the step that comes out
	struct array dropped;  // struct op *: pending ones that are taken out
	struct array forget;   // uint64_t: history that was used up
	size_t n;
	size_t left;           // messages that cannot be brought back
	bool never;            // the step cannot be turned, now or later
};

static void
turn_take(struct turn *t, struct build *g)
{
	for (size_t i = 0; i < g->ops.len; i++) {
		struct op *op = *(struct op **)array_at(&g->ops, i);
		t->n += op->n;
		*(struct op **)array_push(&t->fresh) = op;
	}
	array_done(&g->ops);
}

// Rows with this Message-ID and size, the one shown in `folder` before others.
static bool
turn_search(struct turn *t, uint32_t account, uint32_t folder,
	const struct op_message *m, struct row *row)
{
	struct thread_row *members;
	struct view v;
	bool found = false, best = false;

	if (m->key == 0 || !view_open(&v, t->s))
		return false;
	size_t n = threads_read(&v, links_read(&v, account, m->key), 0, &members);
	for (size_t i = 0; i < n && !best; i++) {
		struct row other;
		if (!rows_load(&v.txn, v.cache, members[i].id, &other))
			continue;
		best = other.shown == folder;
		if (other.links[LINK_OWN] != m->key || other.size != m->size ||
			other.shown == 0 || (found && !best)) {
			best = false;
			row_done(&other);
			continue;
		}
		if (found)
			row_done(row);
		*row = other;
		found = true;
	}
	free(members);
	return view_close(&v) && found;
}

// The row on which a message of an operation acted (after false), or that came
// of it. Later acts may have taken it elsewhere.
static bool
turn_row(struct turn *t, const struct op *op, const struct op_message *m,
	bool after, struct row *row)
{
	uint64_t root, id;
	struct view v;

	after = after && op->kind != ACT_FLAG && op->kind != ACT_EXPUNGE;
	if (m->root != 0 && (!after || op->kind == ACT_MOVE))
		root = m->root;
	else if (after)
		root = m->uid_to != 0 ? root_of_place(op->target, m->uid_to) :
			root_of_creation(op->seq, m->index);
	else
		root = m->uid != 0 ? root_of_place(op->folder, m->uid) : m->origin;
	if (!view_open(&v, t->s))
		return false;
	bool found = places_find(&v.txn, v.cache, root, &id);
	if (!view_close(&v))
		return false;
	if (found && build_row(t->s, id, row)) {
		// The same UID under another UIDVALIDITY is another message.
		if (row->links[LINK_OWN] == m->key || m->key == 0)
			return true;
		row_done(row);
	}
	return turn_search(t, op->account, after ? op->target : op->folder, m, row);
}

static void
turn_flags(struct turn *t, struct op *op)
{
	// Messages that were different before need different changes.
	for (size_t i = 0; i < op->n; i++) {
		struct op like = { .kind = ACT_FLAG, .step = op->step,
			.title = op->title, .inverse = !op->inverse };
		struct build g = { .ops = ARRAY_OF(struct op *), .like = &like };
		struct row row;
		flag_change_inverse(&like.change, &op->messages[i].before, &op->change);
		if (turn_row(t, op, &op->messages[i], true, &row)) {
			struct op *same = NULL;
			for (size_t j = 0; same == NULL && j < t->fresh.len; j++) {
				struct op *there = *(struct op **)array_at(&t->fresh, j);
				if (there->kind == ACT_FLAG && there->folder == row.shown &&
					there->inverse == like.inverse &&
					there->n < OPERATION_MESSAGES_MAX &&
					flags_equal(&there->change.add, &like.change.add) &&
					flags_equal(&there->change.remove, &like.change.remove))
					same = there;
			}
			if (same != NULL) {
				build_op_message(t->s, op_message_add(same), &row);
				t->n++;
			} else {
				build_add(&g, t->s, &row);
				turn_take(t, &g);
			}
			row_done(&row);
		}
		array_done(&g.ops);
		flag_change_done(&like.change);
	}
}

static void
turn_messages(struct turn *t, struct op *op, const struct op *like, bool after)
{
	struct build g = { .ops = ARRAY_OF(struct op *), .like = like };

	for (size_t i = 0; i < op->n; i++) {
		struct row row;
		if (!turn_row(t, op, &op->messages[i], after, &row))
			continue;
		build_add(&g, t->s, &row);
		row_done(&row);
	}
	turn_take(t, &g);
}

static struct op *
turn_folder(struct turn *t, const struct op *op, enum act_kind kind)
{
	struct op *back = mem_new(struct op);

	back->kind = kind;
	back->step = op->step;
	back->account = op->account;
	back->folder = op->folder;
	back->title = str_dup(op->title);
	back->inverse = !op->inverse;
	back->when = when_now();
	*(struct op **)array_push(&t->fresh) = back;
	t->n++;
	return back;
}

// Of a file's header (free()), to know the message again on a server.
static char *
turn_message_id(const char *path)
{
	struct buf b = { 0 };
	struct envelope e;
	char *id = NULL;

	if (path_read(path, OPERATION_KEPT_MAX, &b, NULL)) {
		envelope_parse(&e, b.data, header_block_len(b.data, b.len));
		id = str_dup(e.message_id);
		envelope_done(&e);
	}
	buf_done(&b);
	return id;
}

// What an expunge took comes back as new messages, from the files kept.
static bool
turn_expunge(struct turn *t, const struct op *op, struct error *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < op->n; i++)
		kept += op->messages[i].path != NULL;
	if (kept == 0)
		return error_set(err, ERROR_REFUSED, "%s cannot be undone: "
			"the messages are gone from the server and were not kept here",
			op->title);
	t->left += op->n - kept;
	for (size_t i = 0; i < op->n; i++) {
		const struct op_message *m = &op->messages[i];
		if (m->path == NULL)
			continue;
		struct op *back = turn_folder(t, op, ACT_APPEND);
		back->target = op->folder;
		back->folder = 0;
		back->path = str_dup(m->path);
		back->message_id = turn_message_id(m->path);
		flags_copy(&back->flags, &m->before);
		back->received = m->received;
		struct op_message *made = op_message_add(back);
		made->key = m->key;
		made->size = m->size;
	}
	return true;
}

// An inverse behind what a server has seen, or may have.
static bool
turn_inverse(struct turn *t, struct op *op, struct error *err)
{
	// The inverse of an inverse is the act itself once more.
	struct op like = { .step = op->step, .title = op->title,
		.inverse = !op->inverse };
	struct op *back;

	switch (op->kind) {
	case ACT_FLAG:
		turn_flags(t, op);
		return true;
	case ACT_MOVE:
		like.kind = ACT_MOVE;
		like.target = op->folder;
		turn_messages(t, op, &like, true);
		return true;
	case ACT_COPY:
	case ACT_APPEND:
		like.kind = ACT_EXPUNGE;
		turn_messages(t, op, &like, true);
		return true;
	case ACT_EXPUNGE:
		return turn_expunge(t, op, err);
	case ACT_FOLDER_CREATE:
		turn_folder(t, op, ACT_FOLDER_DELETE)->name = str_dup(op->name);
		return true;
	case ACT_FOLDER_RENAME:
		back = turn_folder(t, op, ACT_FOLDER_RENAME);
		back->name = str_dup(op->old_name);
		back->old_name = str_dup(op->name);
		return true;
	case ACT_FOLDER_SUBSCRIBE:
		turn_folder(t, op, ACT_FOLDER_SUBSCRIBE)->subscribe = !op->subscribe;
		return true;
	case ACT_FOLDER_DELETE:
		if (op->name == NULL)
			break;
		back = turn_folder(t, op, ACT_FOLDER_CREATE);
		back->folder = 0;
		back->name = str_dup(op->name);
		return true;
	}
	return error_set(err, ERROR_REFUSED,
		"%s cannot be undone: the folder and its messages are gone from "
		"the server", op->title);
}

// What had been dropped before a server saw it is made once more.
static void
turn_again(struct turn *t, struct op *op)
{
	const struct op like = { .kind = op->kind, .step = op->step,
		.title = op->title, .inverse = op->inverse, .target = op->target,
		.change = op->change };

	if (op_has_messages(op)) {
		turn_messages(t, op, &like, false);
		return;
	}
	struct op *again = op_copy(op);
	again->dropped = false;
	*(struct op **)array_push(&t->fresh) = again;
	t->n++;
}

static bool
turn_one(struct turn *t, uint64_t seq, struct error *err)
{
	struct op *pending = operations_find(&t->s->operations, seq);

	// Of one in which a rest waits, what was played is kept beside it.
	struct op *part = pending != NULL ? steps_history(t->s, seq) : NULL;
	if (part != NULL && !part->dropped) {
		bool turned = turn_inverse(t, part, err);
		*(uint64_t *)array_push(&t->forget) = seq;
		t->s->kept_old = true;
		op_free(&part);
		if (!turned)
			return false;
	}
	op_free(&part);
	if (pending != NULL && pending->state == OPERATION_FAILED)
		return true;
	if (pending != NULL && !op_maybe_played(pending)) {
		t->n += pending->n > 0 ? pending->n : 1;
		*(struct op **)array_push(&t->dropped) = pending;
		*(uint64_t *)array_push(&t->seqs) = seq;
		return true;
	}
	// What it takes away is kept once the server has done it.
	if (pending != NULL && pending->kind == ACT_EXPUNGE)
		return error_set(err, ERROR_REFUSED, "%s is on its way to the server: "
			"undo it when it is done", pending->title);
	struct op *op = pending != NULL ? pending : steps_history(t->s, seq);
	bool ok = true;
	if (op == NULL)
		return true;
	if (op->dropped)
		turn_again(t, op);
	else
		ok = turn_inverse(t, op, err);
	t->never = !ok && pending == NULL;
	if (op != pending)
		op_free(&op);
	if (pending == NULL) {
		*(uint64_t *)array_push(&t->forget) = seq;
		t->s->kept_old = true;
	}
	return ok;
}

// The operations at the end of the step that are alike, so that none of them acts
// on what another brings about: they are turned at once.
static size_t
turn_alike(struct store *s, const struct step *step)
{
	struct op *first = NULL;
	size_t n = 0;

	while (n < step->seqs.len) {
		uint64_t seq = *(uint64_t *)array_at(&step->seqs, step->seqs.len - 1 - n);
		struct op *pending = operations_find(&s->operations, seq);
		struct op *op = pending != NULL ? op_copy(pending) : steps_history(s, seq);
		bool alike = first == NULL || (op != NULL && op->kind == first->kind &&
			op->folder == first->folder && op->target == first->target);
		if (first == NULL)
			first = op;
		else
			op_free(&op);
		if (!alike || first == NULL)
			break;
		n++;
	}
	op_free(&first);
	return n == 0 ? 1 : n;
}

// The last n operations of the step went, what came of them goes to `turned`.
static bool
turn_write(struct turn *t, struct step *step, struct step *turned, size_t n,
	struct error *err)
{
	struct store *s = t->s;
	struct journal_txn txn;

	journal_begin(&txn, s->journal);
	acts_journal(s, &txn, &t->fresh);
	while (n-- > 0)
		array_remove(&step->seqs, step->seqs.len - 1);
	for (size_t i = 0; i < t->seqs.len; i++)
		*(uint64_t *)array_push(&turned->seqs) = *(uint64_t *)array_at(&t->seqs, i);
	for (size_t i = 0; i < t->fresh.len; i++)
		*(uint64_t *)array_push(&turned->seqs) =
			(*(struct op **)array_at(&t->fresh, i))->seq;
	if (turned->seqs.len > 0)
		step_put(&txn, turned);
	if (step->seqs.len > 0)
		step_put(&txn, step);
	else
		journal_del_u64(&txn, JOURNAL_STEP, step->rank);
	for (size_t i = 0; i < t->forget.len; i++)
		journal_del_u64(&txn, JOURNAL_HISTORY,
			*(uint64_t *)array_at(&t->forget, i));
	for (size_t i = 0; i < t->dropped.len; i++) {
		struct op *op = *(struct op **)array_at(&t->dropped, i);
		op->dropped = true;
		steps_history_put(&txn, op);
		op->dropped = false;
		journal_del_u64(&txn, JOURNAL_OPERATION, op->seq);
	}
	return journal_commit(&txn, err);
}

// The rest of a step that can never be turned would stand before all that were done
// earlier. Its history goes with it.
static void
turn_give_up(struct store *s, struct step *step)
{
	struct journal_txn txn;
	struct error unsaid = {0};

	journal_begin(&txn, s->journal);
	for (size_t i = 0; i < step->seqs.len; i++)
		journal_del_u64(&txn, JOURNAL_HISTORY,
			*(uint64_t *)array_at(&step->seqs, i));
	journal_del_u64(&txn, JOURNAL_STEP, step->rank);
	s->kept_old = true;
	if (!journal_commit(&txn, &unsaid))
		log_error("%s", unsaid.text);
}

static bool
turn_some(struct store *s, struct step *step, struct step *turned, size_t *n_r,
	size_t *left_r, struct error *err)
{
	struct turn t = {
		.s = s, .fresh = ARRAY_OF(struct op *), .seqs = ARRAY_OF(uint64_t),
		.dropped = ARRAY_OF(struct op *), .forget = ARRAY_OF(uint64_t),
	};
	size_t n = turn_alike(s, step);
	bool ok = true;

	for (size_t i = 0; ok && i < n; i++)
		ok = turn_one(&t, *(uint64_t *)array_at(&step->seqs,
			step->seqs.len - 1 - i), err);
	ok = ok && turn_write(&t, step, turned, n, err);
	if (ok) {
		for (size_t i = 0; i < t.dropped.len; i++)
			ok = withdraw_unwritten(s, *(struct op **)array_at(&t.dropped, i), err) &&
				ok;
		struct error unshown = { 0 };
		if (!show_ops(s, &t.fresh, &unshown))
			show_tell_failed(s, &unshown);
		*n_r += t.n;
		*left_r += t.left;
	} else if (t.never) {
		turn_give_up(s, step);
	}
	for (size_t i = 0; i < t.fresh.len; i++)
		op_free(array_at(&t.fresh, i));
	array_done(&t.fresh);
	array_done(&t.seqs);
	array_done(&t.dropped);
	array_done(&t.forget);
	return ok;
}

bool
undo_turn(struct store *s, bool back, size_t *n_r, char **title_r,
	struct error *err)
{
	size_t at;
	struct step *step = steps_top(s, !back, &at);
	bool ok = true;

	*n_r = 0;
	if (step == NULL)
		return error_set(err, ERROR_INPUT, "nothing to %s", back ? "undo" : "redo");
	*title_r = str_dup(step->title);
	struct step *turned = steps_push(s, step->step, back, step->title);
	size_t left = 0;
	while (ok && step->seqs.len > 0)
		ok = turn_some(s, step, turned, n_r, &left, err);
	if (ok && left > 0) {
		char *title = str_printf("%s, but for %zu message%s not kept here",
			*title_r, left, left == 1 ? "" : "s");
		free(*title_r);
		*title_r = title;
	}
	// As the journal has it, whatever went wrong.
	struct error ignored;
	steps_load(s, &ignored);
	return ok;
}
