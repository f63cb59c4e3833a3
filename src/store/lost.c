// SPDX-License-Identifier: GPL-3.0-or-later
// Messages that their server has no more, or numbers anew, leave the operations
// that wait for them.
#include "config.h"

#include "store/lost.h"

#include "base/map.h"
#include "base/str.h"
#include "store/inside.h"
#include "store/messages.h"
#include "store/withdraw.h"

#include <stdlib.h>

// How many messages each operation has lost: told together, in the journal's order.
struct loss {
	uint64_t seq;
	size_t n;
};

static void
loss_add(struct array *losses, uint64_t seq)
{
	size_t at = losses->len;

	while (at > 0 && ((struct loss *)array_at(losses, at - 1))->seq > seq)
		at--;
	struct loss *loss = at == 0 ? NULL : array_at(losses, at - 1);
	if (loss == NULL || loss->seq != seq) {
		loss = array_insert(losses, at);
		loss->seq = seq;
	}
	loss->n++;
}

void
lost_init(struct lost *l)
{
	*l = (struct lost){
		.losses = ARRAY_OF(struct loss), .creations = ARRAY_OF(uint64_t),
	};
}

void
lost_done(struct lost *l)
{
	array_done(&l->losses);
	array_done(&l->creations);
}

void
lost_leave(struct store *s, struct lost *l, struct op *op, struct op_message *m)
{
	if (op->kind == ACT_COPY || op->kind == ACT_MOVE)
		*(uint64_t *)array_push(&l->creations) =
			root_of_creation(op->seq, m->index);
	loss_add(&l->losses, op->seq);
	operations_leave(&s->operations, op, m);
}

static void
lost_root(struct store *s, struct lost *l, uint64_t root)
{
	const struct op_ref *ref;

	while ((ref = operations_on(&s->operations, root)) != NULL)
		lost_leave(s, l, ref->op, ref->message);
}

// All but its expunge, which counts as done when its turn comes.
static void
lost_before_expunge(struct store *s, struct lost *l, uint64_t root)
{
	const struct op_ref *ref = operations_on(&s->operations, root);

	while (ref != NULL) {
		const struct op_ref *next = ref->next;
		if (ref->op->kind < ACT_EXPUNGE)
			lost_leave(s, l, ref->op, ref->message);
		ref = next;
	}
}

// Operations wait only for earlier ones, so once through all of them will do.
void
lost_follow(struct store *s, struct lost *l)
{
	struct map *lost = map_new();
	size_t known = 0;

	for (size_t i = 0; i < s->operations.items.len && l->creations.len > 0; i++) {
		struct op *op = *(struct op **)array_at(&s->operations.items, i);
		for (; known < l->creations.len; known++)
			map_put_u64(lost, *(uint64_t *)array_at(&l->creations,
				known), s);
		for (size_t j = op->n; j-- > 0 && op_has_messages(op);) {
			struct op_message *m = &op->messages[j];
			if (m->uid == 0 && m->origin != 0 &&
				map_get_u64(lost, m->origin) != NULL)
				lost_leave(s, l, op, m);
		}
	}
	map_free(&lost, NULL);
}

// "archive: 2 messages left out, gone from the server": none is dropped unsaid,
// but where it was the aim, and marks that the program sets by itself.
static char *
loss_text(struct store *s, const struct loss *loss, const char *why)
{
	const struct op *op = operations_find(&s->operations, loss->seq);

	if (op == NULL || op->kind == ACT_EXPUNGE ||
		(op->kind == ACT_FLAG && op->no_undo))
		return NULL;
	char *title = op_title(op);
	char *text = str_printf("%s: %zu message%s left out, %s", title, loss->n,
		loss->n == 1 ? "" : "s", why);
	free(title);
	return text;
}

bool
lost_write(struct store *s, struct lost *l, const char *why, struct error *err)
{
	struct array changed = ARRAY_OF(uint64_t);
	struct strlist told = { 0 };

	for (size_t i = 0; i < l->losses.len; i++) {
		const struct loss *loss = array_at(&l->losses, i);
		char *text = loss_text(s, loss, why);
		*(uint64_t *)array_push(&changed) = loss->seq;
		if (text != NULL)
			strlist_take(&told, text);
	}
	bool ok = withdraw_changed(s, &changed, err) &&
		withdraw_rows(s, &l->creations, err);
	for (size_t i = 0; i < told.len; i++)
		store_tell(s, STORE_REFUSED, 0, 0, 0, told.items[i]);
	if (changed.len > 0)
		store_tell(s, STORE_PENDING, 0, 0, 0, NULL);
	strlist_done(&told);
	array_done(&changed);
	return ok;
}

bool
lost_gone(struct store *s, const struct array *roots, const struct array *spared,
	struct error *err)
{
	struct lost l;

	lost_init(&l);
	pthread_rwlock_wrlock(&s->lock);
	for (size_t i = 0; i < roots->len; i++)
		lost_root(s, &l, *(uint64_t *)array_at(roots, i));
	for (size_t i = 0; i < spared->len; i++)
		lost_before_expunge(s, &l, *(uint64_t *)array_at(spared, i));
	lost_follow(s, &l);
	pthread_rwlock_unlock(&s->lock);
	bool ok = lost_write(s, &l, "gone from the server", err);
	lost_done(&l);
	return ok;
}

struct lost_call {
	uint64_t seq;
	const uint32_t *uids;
	size_t n;
};

// As a sync that is told so.
static bool
lost_operation(struct store *s, void *arg, struct error *err)
{
	struct lost_call *call = arg;
	struct op *op = operations_find(&s->operations, call->seq);

	if (op == NULL)
		return true;
	atomic_store(&op->playing, false);
	struct sync_batch batch = {
		.folder = op->folder, .uidvalidity = op->uidvalidity,
		.gone = (uint32_t *)call->uids, .n_gone = call->n,
	};
	return sync_run(s, &batch, err);
}

bool
store_operation_gone(struct store *s, uint64_t seq, const uint32_t *uids, size_t n,
	struct error *err)
{
	struct lost_call call = { .seq = seq, .uids = uids, .n = n };

	return writer_call(s, JOB_PLAY, lost_operation, &call, err);
}

bool
lost_uids(struct store *s, uint32_t folder, struct error *err)
{
	struct journal_txn t;
	struct buf b = { 0 };
	bool any = false;

	journal_begin(&t, s->journal);
	pthread_rwlock_wrlock(&s->lock);
	for (size_t i = 0; i < s->operations.items.len; i++) {
		struct op *op = *(struct op **)array_at(&s->operations.items, i);
		bool changed = false;
		for (size_t j = 0; j < op->n && op_has_messages(op); j++) {
			struct op_message *m = &op->messages[j];
			if (op->folder != folder || m->uid == 0)
				continue;
			uint64_t root = m->root;
			m->uid = 0;
			m->origin = 0;
			changed = true;
			if (root != 0)
				operations_reroot(&s->operations, root, 0);
		}
		any = any || changed;
		if (!changed)
			continue;
		op->uidvalidity = 0;
		buf_clear(&b);
		op_pack(&b, op);
		journal_put_u64(&t, JOURNAL_OPERATION, op->seq, &b);
	}
	pthread_rwlock_unlock(&s->lock);
	buf_done(&b);
	if (any)
		return journal_commit(&t, err);
	journal_abort(&t);
	return true;
}

bool
lost_give_up(struct store *s, uint32_t folder, struct error *err)
{
	struct lost l;

	if (s->operations.lost == 0)
		return true;
	lost_init(&l);
	pthread_rwlock_wrlock(&s->lock);
	for (size_t i = 0; i < s->operations.items.len; i++) {
		struct op *op = *(struct op **)array_at(&s->operations.items, i);
		for (size_t j = op->n; j-- > 0 && op_has_messages(op);) {
			struct op_message *m = &op->messages[j];
			if (op->folder == folder && m->root == 0 && m->origin == 0)
				lost_leave(s, &l, op, m);
		}
	}
	lost_follow(s, &l);
	pthread_rwlock_unlock(&s->lock);
	bool ok = lost_write(s, &l,
		"not found again after the server numbered the folder anew", err);
	lost_done(&l);
	return ok;
}
