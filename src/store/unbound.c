// SPDX-License-Identifier: GPL-3.0-or-later
// Rows that went elsewhere by our own act, without anybody telling their new UID,
// wait here for the sync that brings it.
#include "config.h"

#include "store/unbound.h"

#include "store/inside.h"
#include "store/places.h"
#include "store/rows.h"
#include "store/steps.h"

// Rows of a folder that are looked at to find one that arrived by a move.
#define UNBOUND_SEARCH_MAX 10000

void
unbound_add(struct store *s, const struct row *row, uint32_t min_uid)
{
	struct unbound *u = array_push(&s->unbound);

	*u = (struct unbound){
		.root = row->root, .id = row->id, .folder = row->folder,
		.min_uid = min_uid, .key = row->links[LINK_OWN], .size = row->size,
	};
}

void
unbound_forget(struct store *s, uint64_t root)
{
	for (size_t i = s->unbound.len; i-- > 0;) {
		const struct unbound *u = array_at(&s->unbound, i);
		if (u->root == root)
			array_remove(&s->unbound, i);
	}
}

// --- after a kill --------------------------------------------------------------------

static bool
unbound_is_taken(const struct array *taken, uint32_t uid)
{
	for (size_t i = 0; i < taken->len; i++) {
		if (*(uint32_t *)array_at(taken, i) == uid)
			return true;
	}
	return false;
}

uint32_t
unbound_search(struct txn *t, struct cache *c, const struct unbound *what,
	struct array *taken)
{
	struct array places = ARRAY_OF(struct place);
	uint32_t uid = 0;

	if (what->key == 0 || what->min_uid == 0)
		return 0;
	places_read(t, c, root_of_place(what->folder, what->min_uid),
		root_of_place(what->folder, UINT32_MAX), UNBOUND_SEARCH_MAX, &places);
	for (size_t i = 0; i < places.len && uid == 0; i++) {
		const struct place *place = array_at(&places, i);
		struct row row;
		if (!rows_load(t, c, place->id, &row))
			continue;
		if (row.links[LINK_OWN] == what->key && row.size == what->size &&
			!unbound_is_taken(taken, row_uid(&row)))
			uid = row_uid(&row);
		row_done(&row);
	}
	array_done(&places);
	if (uid != 0)
		*(uint32_t *)array_push(taken) = uid;
	return uid;
}

// Where the row of a message is, which is not where the journal has it: 0 nowhere.
static uint64_t
unbound_where(const struct store *s, struct view *v, const struct op *op,
	const struct op_message *m, struct array *taken)
{
	const struct unbound what = {
		.folder = op->target, .min_uid = op->target_uidnext, .key = m->key,
		.size = m->size,
	};
	uint64_t made = root_of_creation(op->seq, m->index), id;

	if (m->uid == 0)
		// It follows the operation that it waits for, while there is one.
		return operations_find(&s->operations, root_seq(m->origin)) != NULL ?
			m->root : 0;
	// The journal learnt its UID, the cache did not.
	if (m->origin != 0 && places_find(&v->txn, v->cache, m->origin, &id))
		return m->origin;
	// The cache learnt of the move, the journal did not.
	if (op->kind != ACT_MOVE || op->state != OPERATION_STARTED)
		return m->root;
	if (places_find(&v->txn, v->cache, made, &id))
		return made;
	uint32_t uid = unbound_search(&v->txn, v->cache, &what, taken);
	return uid == 0 ? m->root : root_of_place(op->target, uid);
}

struct unbound_root {
	uint64_t from, to;
};

static void
unbound_find_roots(const struct store *s, struct view *v, struct array *out)
{
	for (size_t i = 0; i < s->operations.items.len; i++) {
		const struct op *op = *(struct op **)array_at(&s->operations.items, i);
		struct array taken = ARRAY_OF(uint32_t);
		if (op->state == OPERATION_FAILED || !op_has_messages(op))
			continue;
		for (size_t j = 0; j < op->n; j++) {
			const struct op_message *m = &op->messages[j];
			uint64_t id;
			if (m->root == 0 || places_find(&v->txn, v->cache, m->root, &id))
				continue;
			uint64_t to = unbound_where(s, v, op, m, &taken);
			if (to != m->root)
				*(struct unbound_root *)array_push(out) =
					(struct unbound_root){ m->root, to };
		}
		array_done(&taken);
	}
}

static void
unbound_find_rows(struct store *s, struct view *v)
{
	struct array places = ARRAY_OF(struct place);

	places_read(&v->txn, v->cache, ROOT_CREATED, UINT64_MAX, SIZE_MAX, &places);
	for (size_t i = 0; i < places.len; i++) {
		const struct place *place = array_at(&places, i);
		struct row row;
		if (operations_find(&s->operations, root_seq(place->root)) != NULL ||
			!rows_load(&v->txn, v->cache, place->id, &row))
			continue;
		unbound_add(s, &row, 0);
		row_done(&row);
	}
	array_done(&places);
}

bool
unbound_load(struct store *s)
{
	struct array roots = ARRAY_OF(struct unbound_root);
	struct view v;

	array_clear(&s->unbound);
	if (!view_open(&v, s))
		return false;
	unbound_find_rows(s, &v);
	unbound_find_roots(s, &v, &roots);
	bool ok = view_close(&v);
	pthread_rwlock_wrlock(&s->lock);
	for (size_t i = 0; ok && i < roots.len; i++) {
		const struct unbound_root *r = array_at(&roots, i);
		operations_reroot(&s->operations, r->from, r->to);
	}
	pthread_rwlock_unlock(&s->lock);
	array_done(&roots);
	return ok;
}

// --- places that become known ---------------------------------------------------------

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
			if (m->origin != creation || m->uid != 0)
				continue;
			op_message_place(op, m, uid);
			if (m->root == 0)
				operations_found(&s->operations, op, m,
					root_of_place(folder, uid));
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
