// SPDX-License-Identifier: GPL-3.0-or-later
// Messages that their server has no more, or numbers anew, leave the operations
// that wait for them.
#include "config.h"

#include "store/lost.h"

#include "base/str.h"
#include "store/inside.h"
#include "store/withdraw.h"

#include <stdlib.h>

bool
lost_gone(struct store *s, const struct array *roots, struct error *err)
{
	struct array changed = ARRAY_OF(uint64_t);
	char *told = NULL;

	for (size_t i = 0; i < roots->len; i++) {
		uint64_t root = *(uint64_t *)array_at(roots, i);
		const struct op_ref *ref;
		if (operations_on(&s->operations, root) == NULL)
			continue;
		pthread_rwlock_wrlock(&s->lock);
		while ((ref = operations_on(&s->operations, root)) != NULL) {
			*(uint64_t *)array_push(&changed) = ref->op->seq;
			if (ref->op->kind == ACT_MOVE || ref->op->kind == ACT_COPY) {
				free(told);
				told = op_title(ref->op);
			}
			operations_leave(&s->operations, ref->op, ref->message);
		}
		pthread_rwlock_unlock(&s->lock);
	}
	bool ok = withdraw_changed(s, &changed, err);
	if (told != NULL) {
		char *text = str_printf("%s: the message is gone from the server", told);
		store_tell(s, STORE_REFUSED, 0, 0, 0, text);
		free(text);
	}
	if (changed.len > 0)
		store_tell(s, STORE_PENDING, 0, 0, 0, NULL);
	free(told);
	array_done(&changed);
	return ok;
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
	struct array changed = ARRAY_OF(uint64_t);
	char *told = NULL;

	if (s->operations.lost == 0)
		return true;
	pthread_rwlock_wrlock(&s->lock);
	for (size_t i = 0; i < s->operations.items.len; i++) {
		struct op *op = *(struct op **)array_at(&s->operations.items, i);
		bool lost = false;
		for (size_t j = op->n; j-- > 0 && op_has_messages(op);) {
			struct op_message *m = &op->messages[j];
			if (op->folder != folder || m->root != 0 || m->origin != 0)
				continue;
			operations_leave(&s->operations, op, m);
			lost = true;
		}
		if (lost) {
			*(uint64_t *)array_push(&changed) = op->seq;
			free(told);
			told = op_title(op);
		}
	}
	pthread_rwlock_unlock(&s->lock);
	bool ok = withdraw_changed(s, &changed, err);
	if (told != NULL) {
		char *text = str_printf("%s: the server numbered the folder anew and "
			"the message was not found again", told);
		store_tell(s, STORE_REFUSED, 0, folder, 0, text);
		store_tell(s, STORE_PENDING, 0, 0, 0, NULL);
		free(text);
	}
	free(told);
	array_done(&changed);
	return ok;
}
