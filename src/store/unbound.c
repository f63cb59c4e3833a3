// SPDX-License-Identifier: GPL-3.0-or-later
// Rows that went elsewhere by our own act, without anybody telling their new UID,
// wait here for the sync that brings it.
#include "config.h"

#include "store/unbound.h"

#include "store/inside.h"
#include "store/rows.h"
#include "store/steps.h"

void
unbound_add(struct store *s, const struct row *row, uint32_t min_uid)
{
	struct unbound *u = array_push(&s->unbound);

	*u = (struct unbound){
		.root = row->root, .id = row->id, .folder = row->folder,
		.min_uid = min_uid, .key = row->links[LINK_OWN], .size = row->size,
	};
}

bool
unbound_load(struct store *s)
{
	struct key first = { .len = 0 };
	struct cursor c;
	struct view v;

	array_clear(&s->unbound);
	if (!view_open(&v, s))
		return false;
	key_u64(&first, ROOT_CREATED);
	cursor_open(&c, &v.txn, v.cache->places);
	for (bool more = cursor_seek(&c, first.at, first.len); more;
		more = cursor_next(&c)) {
		uint64_t root = key_get_u64(c.key.data, 0);
		struct row row;
		if (operations_find(&s->operations, root_seq(root)) != NULL ||
			!rows_load(&v.txn, v.cache, key_get_u64(c.data.data, 0), &row))
			continue;
		unbound_add(s, &row, 0);
		row_done(&row);
	}
	cursor_close(&c);
	return view_close(&v);
}

// What an undo would have to know of an operation that is done.
static void
unbound_resolve_history(struct store *s, struct journal_txn *t, uint64_t creation,
	uint32_t uid, uint32_t uidvalidity)
{
	struct buf b = { 0 };

	if (journal_get_u64(s->journal, JOURNAL_HISTORY, root_seq(creation), &b)) {
		struct reader in = reader_of(b.data, b.len);
		struct op *op = op_unpack(&in);
		struct op_message *m = op == NULL ? NULL :
			op_message_at(op, root_index(creation));
		if (m != NULL) {
			m->uid_to = uid;
			op->target_uidvalidity = uidvalidity;
			buf_clear(&b);
			op_pack(&b, op);
			journal_put_u64(t, JOURNAL_HISTORY, op->seq, &b);
		}
		op_free(&op);
	}
	buf_done(&b);
}

static void
unbound_put_operation(struct journal_txn *t, const struct op *op)
{
	struct buf b = { 0 };

	op_pack(&b, op);
	journal_put_u64(t, JOURNAL_OPERATION, op->seq, &b);
	buf_done(&b);
}

void
unbound_resolve(struct store *s, struct journal_txn *t, uint64_t creation,
	uint32_t folder, uint32_t uid, uint32_t uidvalidity)
{
	for (size_t i = 0; i < s->operations.items.len; i++) {
		struct op *op = *(struct op **)array_at(&s->operations.items, i);
		bool changed = false;
		if (op->folder != folder || !op_has_messages(op))
			continue;
		pthread_rwlock_wrlock(&s->lock);
		for (size_t j = 0; j < op->n; j++) {
			struct op_message *m = &op->messages[j];
			if (m->origin != creation)
				continue;
			op_message_place(op, m, uid);
			op->uidvalidity = uidvalidity;
			changed = true;
		}
		pthread_rwlock_unlock(&s->lock);
		if (changed)
			unbound_put_operation(t, op);
	}
	unbound_resolve_history(s, t, creation, uid, uidvalidity);
}
const struct unbound *
unbound_find(const struct store *s, const struct row *row)
{
	for (size_t i = 0; i < s->unbound.len; i++) {
		const struct unbound *u = array_at(&s->unbound, i);
		if (u->folder == row->folder && u->size == row->size &&
			u->key == row->links[LINK_OWN] && row_uid(row) >= u->min_uid)
			return u;
	}
	return NULL;
}

void
unbound_remove(struct store *s, const struct unbound *u)
{
	array_remove(&s->unbound,
		(size_t)(u - (const struct unbound *)s->unbound.items));
}

// Messages of operations whose UID became void are found again, so that none is
// ever played to another message.
void
unbound_find_lost(struct store *s, struct journal_txn *t, const struct row *row,
	uint32_t uidvalidity)
{
	struct operations *o = &s->operations;

	for (size_t i = 0; o->lost > 0 && i < o->items.len; i++) {
		struct op *op = *(struct op **)array_at(&o->items, i);
		struct op_message *found = NULL;
		if (op->folder != row->folder || op->state == OPERATION_FAILED)
			continue;
		for (size_t j = 0; j < op->n && op_has_messages(op) && found == NULL; j++) {
			struct op_message *m = &op->messages[j];
			if (m->root == 0 && m->key == row->links[LINK_OWN] &&
				m->size == row->size &&
				operations_find(o, root_seq(m->origin)) == NULL)
				found = m;
		}
		if (found == NULL)
			continue;
		pthread_rwlock_wrlock(&s->lock);
		operations_found(o, op, found, row->root);
		op_message_place(op, found, row_uid(row));
		op->uidvalidity = uidvalidity;
		operations_refind(o);
		pthread_rwlock_unlock(&s->lock);
		unbound_put_operation(t, op);
	}
}
