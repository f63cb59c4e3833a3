// SPDX-License-Identifier: GPL-3.0-or-later
// Takes back what an operation shows that will not be done: dropped here, or
// refused by its server.
#include "config.h"

#include "store/withdraw.h"

#include "base/mem.h"
#include "base/str.h"
#include "store/bodies_inside.h"
#include "store/inside.h"
#include "store/lost.h"
#include "store/places.h"
#include "store/rows.h"
#include "store/show.h"
#include "store/steps.h"
#include "store/unbound.h"

#include <stdlib.h>

static void
withdraw_roots(const struct op *op, struct array *roots)
{
	for (size_t i = 0; i < op->n && op_has_messages(op); i++) {
		if (op->messages[i].root != 0)
			*(uint64_t *)array_push(roots) = op->messages[i].root;
	}
}

// Messages of later operations that waited for this one's work: it will not be
// done.
static void
withdraw_orphans(struct store *s, const struct op *op, struct lost *l)
{
	for (size_t i = 0; i < s->operations.items.len; i++) {
		struct op *other = *(struct op **)array_at(&s->operations.items, i);
		for (size_t j = other->n; j-- > 0 && op_has_messages(other);) {
			struct op_message *m = &other->messages[j];
			if (m->uid == 0 && m->origin != 0 &&
				root_seq(m->origin) == op->seq)
				lost_leave(s, l, other, m);
		}
	}
	lost_follow(s, l);
}

// Operations that lost messages are written; those left without any go.
bool
withdraw_changed(struct store *s, const struct array *changed, struct error *err)
{
	struct journal_txn t;
	struct buf b = { 0 };
	struct array empty = ARRAY_OF(struct op *);

	if (changed->len == 0)
		return true;
	journal_begin(&t, s->journal);
	for (size_t i = 0; i < changed->len; i++) {
		uint64_t seq = *(uint64_t *)array_at(changed, i);
		struct op *op = operations_find(&s->operations, seq);
		if (op == NULL)
			continue;
		if (op->n == 0) {
			journal_del_u64(&t, JOURNAL_OPERATION, seq);
			steps_dropped(s, &t, seq);
			*(struct op **)array_push(&empty) = op;
			continue;
		}
		buf_clear(&b);
		op_pack(&b, op);
		journal_put_u64(&t, JOURNAL_OPERATION, seq, &b);
	}
	s->journal->meta.changes++;
	bool ok = journal_commit(&t, err);
	pthread_rwlock_wrlock(&s->lock);
	for (size_t i = 0; i < empty.len; i++) {
		struct op *op = *(struct op **)array_at(&empty, i);
		operations_remove(&s->operations, op);
		op_free(&op);
	}
	pthread_rwlock_unlock(&s->lock);
	array_done(&empty);
	buf_done(&b);
	return ok;
}

bool
withdraw_rows(struct store *s, const struct array *creations, struct error *err)
{
	struct write w;

	if (creations->len == 0)
		return true;
	write_begin(&w, s);
	for (size_t i = 0; i < creations->len; i++) {
		struct row row;
		uint64_t id;
		if (!places_find(&w.txn, w.cache,
			*(uint64_t *)array_at(creations, i), &id) ||
			!rows_load(&w.txn, w.cache, id, &row))
			continue;
		rows_remove(&w, &row);
		bodies_forget(&w, id);
		row_done(&row);
		if (write_due(&w) && !write_cut(&w, false, err))
			return false;
	}
	return write_commit(&w, err);
}

// No sync brought what it waits for: so these rows stand for nothing.
static bool
withdraw_unfound(struct store *s, const struct op *op, struct error *err)
{
	struct write w;

	for (size_t i = 0; i < op->n; i++) {
		const struct op_message *m = &op->messages[i];
		if (!op_has_messages(op) || m->uid != 0 || m->origin == 0 ||
			operations_find(&s->operations, root_seq(m->origin)) != NULL)
			return true;
	}
	write_begin(&w, s);
	for (size_t i = 0; i < op->n; i++) {
		struct row row;
		uint64_t id;
		if (!places_find(&w.txn, w.cache, op->messages[i].origin, &id) ||
			!rows_load(&w.txn, w.cache, id, &row))
			continue;
		unbound_forget(s, row.root);
		rows_remove(&w, &row);
		bodies_forget(&w, id);
		row_done(&row);
		if (write_due(&w) && !write_cut(&w, false, err))
			return false;
	}
	return write_commit(&w, err);
}

// A folder that was to be made will not be.
static bool
withdraw_new_folder(struct store *s, const struct op *op, struct error *err)
{
	struct journal_txn t;
	struct key k = { .len = 0 };

	if (op->kind == ACT_FOLDER_CREATE) {
		key_u32(&k, op->folder);
		journal_begin(&t, s->journal);
		journal_del(&t, JOURNAL_FOLDER, k.at, k.len);
		if (!journal_commit(&t, err) || !folders_forget(s, op->folder, err))
			return false;
	}
	if (op->kind > ACT_APPEND) {
		pthread_rwlock_wrlock(&s->lock);
		folders_overlay(s);
		pthread_rwlock_unlock(&s->lock);
		store_tell(s, STORE_FOLDERS, op->account, 0, 0, NULL);
	}
	return true;
}

// What it showed is taken back; op is no longer laid over anything.
static bool
withdraw_effect(struct store *s, const struct op *op, struct array *roots,
	struct error *err)
{
	struct lost l;

	lost_init(&l);
	for (size_t i = 0; i < op->n &&
		(op->kind == ACT_COPY || op->kind == ACT_APPEND); i++)
		*(uint64_t *)array_push(&l.creations) =
			root_of_creation(op->seq, op->messages[i].index);
	pthread_rwlock_wrlock(&s->lock);
	withdraw_orphans(s, op, &l);
	pthread_rwlock_unlock(&s->lock);
	bool ok = lost_write(s, &l, "as an act before was not done", err) &&
		show_roots(s, roots, err) && withdraw_new_folder(s, op, err);
	lost_done(&l);
	return ok;
}

bool
withdraw_unwritten(struct store *s, struct op *op, struct error *err)
{
	struct array roots = ARRAY_OF(uint64_t);

	withdraw_roots(op, &roots);
	pthread_rwlock_wrlock(&s->lock);
	operations_remove(&s->operations, op);
	pthread_rwlock_unlock(&s->lock);
	bool ok = withdraw_effect(s, op, &roots, err);
	store_tell(s, STORE_PENDING, op->account, 0, 0, NULL);
	op_free(&op);
	array_done(&roots);
	return ok;
}

bool
withdraw_op(struct store *s, struct op *op, struct error *err)
{
	struct journal_txn t;

	journal_begin(&t, s->journal);
	journal_del_u64(&t, JOURNAL_OPERATION, op->seq);
	steps_dropped(s, &t, op->seq);
	s->journal->meta.changes++;
	if (!journal_commit(&t, err)) {
		steps_load(s, NULL);
		return false;
	}
	return withdraw_unwritten(s, op, err);
}

// As it will be, while readers still see it as it is.
static void
withdraw_pack_as(struct buf *out, const struct op *op, uint64_t seq,
	enum operation_state state, uint32_t target)
{
	struct op *copy = op_copy(op);

	copy->seq = seq;
	copy->state = state;
	copy->target = target;
	op_pack(out, copy);
	op_free(&copy);
}

bool
withdraw_retry(struct store *s, struct op *op, uint32_t target, struct error *err)
{
	struct array roots = ARRAY_OF(uint64_t);
	struct journal_txn t;
	struct buf b = { 0 };

	if (op->state != OPERATION_FAILED)
		return true;
	target = target != 0 ? target : op->target;
	journal_begin(&t, s->journal);
	steps_add(s, &t, op);
	// What was played went to another folder: an operation of its own, or one would
	// be undone where the other is.
	uint64_t seq = op->seq;
	if (target != op->target && steps_part(s, op->seq)) {
		seq = ++s->journal->meta.seq;
		steps_beside(s, &t, op->seq, seq);
		journal_del_u64(&t, JOURNAL_OPERATION, op->seq);
	}
	withdraw_pack_as(&b, op, seq, OPERATION_WAITING, target);
	journal_put_u64(&t, JOURNAL_OPERATION, seq, &b);
	s->journal->meta.changes++;
	buf_done(&b);
	if (!journal_commit(&t, err)) {
		steps_load(s, NULL);
		return false;
	}
	pthread_rwlock_wrlock(&s->lock);
	operations_remove(&s->operations, op);
	op->seq = seq;
	op->target = target;
	operations_add(&s->operations, op);
	operations_set_state(&s->operations, op, OPERATION_WAITING);
	withdraw_roots(op, &roots);
	folders_overlay(s);
	pthread_rwlock_unlock(&s->lock);
	bool ok = show_roots(s, &roots, err) && show_created(s, op, err);
	store_tell(s, STORE_PENDING, op->account, 0, 0, NULL);
	array_done(&roots);
	return ok;
}

static bool
withdraw_refuse(struct store *s, struct op *op, const char *text, struct error *err)
{
	struct array roots = ARRAY_OF(uint64_t);
	struct journal_txn t;
	struct buf b = { 0 };

	pthread_rwlock_wrlock(&s->lock);
	atomic_store(&op->playing, false);
	str_set(&op->error, text);
	pthread_rwlock_unlock(&s->lock);
	withdraw_pack_as(&b, op, op->seq, OPERATION_FAILED, op->target);
	journal_begin(&t, s->journal);
	journal_put_u64(&t, JOURNAL_OPERATION, op->seq, &b);
	steps_dropped(s, &t, op->seq);
	s->journal->meta.changes++;
	buf_done(&b);
	if (!journal_commit(&t, err)) {
		steps_load(s, NULL);
		return false;
	}
	withdraw_roots(op, &roots);
	pthread_rwlock_wrlock(&s->lock);
	operations_set_state(&s->operations, op, OPERATION_FAILED);
	pthread_rwlock_unlock(&s->lock);
	bool ok = withdraw_effect(s, op, &roots, err) &&
		withdraw_unfound(s, op, err);
	array_done(&roots);
	char *title = op_title(op);
	char *told = str_printf("%s: %s", title, str_or_empty(text));
	store_tell(s, STORE_REFUSED, op->account, op->folder, 0, told);
	store_tell(s, STORE_PENDING, op->account, 0, 0, NULL);
	free(title);
	free(told);
	return ok;
}

struct withdraw_call {
	uint64_t seq;
	const char *text;
};

static bool
withdraw_refused(struct store *s, void *arg, struct error *err)
{
	struct withdraw_call *call = arg;
	struct op *op = operations_find(&s->operations, call->seq);

	return op == NULL || op->state == OPERATION_FAILED ||
		withdraw_refuse(s, op, call->text, err);
}

bool
store_operation_refused(struct store *s, uint64_t seq, const char *text,
	struct error *err)
{
	struct withdraw_call call = { .seq = seq, .text = text };

	return writer_call(s, JOB_PLAY, withdraw_refused, &call, err);
}

bool
withdraw_folder(struct store *s, uint32_t folder, struct error *err)
{
	bool ok = true;

	for (size_t i = 0; ok && i < s->operations.items.len; i++) {
		struct op *op = *(struct op **)array_at(&s->operations.items, i);
		if (op->state != OPERATION_FAILED && (op->target == folder ||
			(op->folder == folder && op->kind != ACT_FOLDER_CREATE))) {
			ok = withdraw_refuse(s, op, "the folder is no longer there", err);
			i = (size_t)-1; // others may have gone with it
		}
	}
	return ok;
}
