// SPDX-License-Identifier: GPL-3.0-or-later
// Hands operations out in the journal's order, with what there is to say of each.
#include "config.h"

#include "store/pending.h"

#include "base/mem.h"
#include "base/str.h"
#include "store/inside.h"
#include "store/places.h"
#include "store/rows.h"

#include <stdlib.h>
#include <string.h>

void
operation_done(struct operation *op)
{
	free(op->uids);
	free(op->ids);
	flag_change_done(&op->change);
	flags_done(&op->flags);
	free(op->name);
	free(op->path);
	free(op->message_id);
	free(op->title);
	free(op->error);
	memset(op, 0, sizeof(*op));
}

struct pending_uid {
	uint32_t uid;
	uint64_t id;
};

static int
pending_uid_compare(const void *a, const void *b)
{
	const struct pending_uid *x = a, *y = b;

	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

static void
operation_messages(struct operation *to, struct view *v, const struct op *op)
{
	struct array uids = ARRAY_OF(struct pending_uid);

	for (size_t i = 0; i < op->n && op_has_messages(op); i++) {
		const struct op_message *m = &op->messages[i];
		if (m->uid == 0)
			continue;
		struct pending_uid *u = array_push(&uids);
		u->uid = m->uid;
		if (v != NULL && !places_find(&v->txn, v->cache, m->root, &u->id))
			u->id = 0;
	}
	if (uids.len > 0)
		array_sort(&uids, pending_uid_compare);
	to->n = uids.len;
	to->uids = mem_alloc(uids.len + 1, sizeof(*to->uids));
	to->ids = mem_alloc(uids.len + 1, sizeof(*to->ids));
	for (size_t i = 0; i < uids.len; i++) {
		const struct pending_uid *u = array_at(&uids, i);
		to->uids[i] = u->uid;
		to->ids[i] = u->id;
	}
	array_done(&uids);
}

static void
operation_fill(struct operation *to, struct view *v, const struct op *op)
{
	*to = (struct operation){
		.seq = op->seq, .step = op->step, .kind = op->kind, .state = op->state,
		.account = op->account, .folder = op->folder,
		.uidvalidity = op->uidvalidity, .target = op->target,
		.target_uidnext = op->target_uidnext, .name = str_dup(op->name),
		.subscribe = op->subscribe, .path = str_dup(op->path),
		.received = op->received, .message_id = str_dup(op->message_id),
		.when = op->when, .tries = op->tries, .title = op_title(op),
		.error = str_dup(op->error),
	};
	flag_change_copy(&to->change, &op->change);
	flags_copy(&to->flags, &op->flags);
	operation_messages(to, v, op);
}

// Operations are there even while the cache is not.
static struct view *
pending_view(struct view *v, struct store *s)
{
	if (view_open(v, s))
		return v;
	reading_begin(s);
	return NULL;
}

static void
pending_view_close(struct view *v, struct store *s)
{
	if (v != NULL)
		view_close(v);
	else
		pthread_rwlock_unlock(&s->lock);
}

bool
store_operation_next(struct store *s, uint32_t account, struct operation *op_r)
{
	struct view view, *v = pending_view(&view, s);
	bool found = false;

	for (size_t i = 0; !found && i < s->operations.items.len; i++) {
		struct op *op = *(struct op **)array_at(&s->operations.items, i);
		found = op->account == account && op->state != OPERATION_FAILED;
		if (!found)
			continue;
		atomic_store(&op->playing, true);
		atomic_fetch_add(&op->handed, 1);
		operation_fill(op_r, v, op);
	}
	pending_view_close(v, s);
	return found;
}

size_t
store_operations(struct store *s, uint32_t account, struct operation **ops_r)
{
	struct view view, *v = pending_view(&view, s);
	size_t n = 0;

	*ops_r = mem_alloc(s->operations.items.len + 1, sizeof(**ops_r));
	for (size_t i = 0; i < s->operations.items.len; i++) {
		const struct op *op = *(struct op **)array_at(&s->operations.items, i);
		if (account == 0 || op->account == account)
			operation_fill(&(*ops_r)[n++], v, op);
	}
	pending_view_close(v, s);
	return n;
}

size_t
store_operations_count(struct store *s, uint32_t account)
{
	reading_begin(s);
	size_t n = operations_open(&s->operations, account);
	reading_end(s);
	return n;
}

// --- what became of a try ---------------------------------------------------------

static bool
pending_save(struct store *s, const struct op *op, struct error *err)
{
	struct journal_txn t;
	struct buf b = { 0 };

	journal_begin(&t, s->journal);
	op_pack(&b, op);
	journal_put_u64(&t, JOURNAL_OPERATION, op->seq, &b);
	buf_done(&b);
	return journal_commit(&t, err);
}

struct pending_call {
	uint64_t seq;
	uint32_t uidnext;
	const char *text;
};

static bool
pending_started(struct store *s, void *arg, struct error *err)
{
	struct pending_call *call = arg;
	struct op *op = operations_find(&s->operations, call->seq);

	if (op == NULL || op->state == OPERATION_FAILED)
		return error_set(err, ERROR_GONE, "the operation was dropped");
	enum operation_state state = op->state;
	uint32_t uidnext = op->target_uidnext;
	pthread_rwlock_wrlock(&s->lock);
	op->state = OPERATION_STARTED;
	// Started before and cut off: what it may have made lies above the first.
	if (state != OPERATION_STARTED || uidnext == 0)
		op->target_uidnext = call->uidnext;
	pthread_rwlock_unlock(&s->lock);
	if (pending_save(s, op, err))
		return true;
	pthread_rwlock_wrlock(&s->lock);
	op->state = state;
	op->target_uidnext = uidnext;
	pthread_rwlock_unlock(&s->lock);
	return false;
}

bool
store_operation_started(struct store *s, uint64_t seq, uint32_t target_uidnext,
	struct error *err)
{
	struct pending_call call = { .seq = seq, .uidnext = target_uidnext };

	return writer_call(s, JOB_PLAY, pending_started, &call, err);
}

static bool
pending_again(struct store *s, void *arg, struct error *err)
{
	struct pending_call *call = arg;
	struct op *op = operations_find(&s->operations, call->seq);

	if (op == NULL)
		return true;
	pthread_rwlock_wrlock(&s->lock);
	atomic_store(&op->playing, false);
	op->tries++;
	str_set(&op->error, call->text);
	pthread_rwlock_unlock(&s->lock);
	bool ok = pending_save(s, op, err);
	store_tell(s, STORE_PENDING, op->account, 0, 0, NULL);
	return ok;
}

bool
store_operation_again(struct store *s, uint64_t seq, const char *text,
	struct error *err)
{
	struct pending_call call = { .seq = seq, .text = text };

	return writer_call(s, JOB_PLAY, pending_again, &call, err);
}
