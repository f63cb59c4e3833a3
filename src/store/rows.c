// SPDX-License-Identifier: GPL-3.0-or-later
// One row in all its trees: whoever changes a row does it here, so that orders
// and counts cannot part from it.
#include "config.h"

#include "store/rows.h"

#include "store/bodies_inside.h"
#include "store/inside.h"
#include "store/orders.h"
#include "store/places.h"
#include "store/threads.h"

bool
rows_load(struct txn *t, struct cache *c, uint64_t id, struct row *row)
{
	struct key k = { .len = 0 };
	struct buf b = { 0 };
	bool found = false;

	key_u64(&k, id);
	if (txn_get(t, c->messages, k.at, k.len, &b)) {
		found = row_unpack(row, id, b.data, b.len);
		if (!found) {
			row_done(row);
			t->failed = DB_VERIFY_BAD;
		}
	}
	buf_done(&b);
	return found;
}

void
rows_save(struct write *w, const struct row *row)
{
	struct key k = { .len = 0 };
	struct buf b = { 0 };

	key_u64(&k, row->id);
	row_pack(&b, row);
	txn_put(&w->txn, w->cache->messages, k.at, k.len, b.data, b.len);
	buf_done(&b);
}

void
rows_reroot(struct write *w, struct row *row, uint64_t root, uint32_t folder)
{
	places_set(w, row->root, 0);
	row->root = root;
	row->folder = folder;
	places_set(w, root, row->id);
}

static void
rows_mark_laid(struct write *w, const struct row *row, bool laid)
{
	struct key k = { .len = 0 };

	key_u64(&k, row->id);
	if (laid)
		txn_put(&w->txn, w->cache->laid, k.at, k.len, "", 0);
	else
		txn_del(&w->txn, w->cache->laid, k.at, k.len);
}

static void
rows_count(struct write *w, uint32_t folder, int total, int unread)
{
	struct folder_row *f = write_folder(w, folder);

	if (f == NULL)
		return;
	f->f.total += (uint32_t)total;
	f->f.unread += (uint32_t)unread;
}

static void
rows_show(struct write *w, const struct row *row)
{
	orders_date_put(w, row->shown, row->date, row->id);
	wanted_row(w->s, row);
	rows_count(w, row->shown, 1, row_unread(row));
	write_tell(w, STORE_MESSAGES, row->account, row->shown, 0);
}

static void
rows_hide(struct write *w, const struct row *row)
{
	orders_date_del(w, row->shown, row->date, row->id);
	rows_count(w, row->shown, -1, -(int)row_unread(row));
	write_tell(w, STORE_MESSAGES, row->account, row->shown, 0);
}

// The server's state with the pending acts over it.
void
rows_lay(const struct store *s, const struct row *row, uint32_t *shown_r,
	struct flags *flags_r, bool *pending_r)
{
	const struct op_ref *ref = operations_on(&s->operations, row->root);

	*shown_r = row->folder;
	*pending_r = ref != NULL || root_is_creation(row->root);
	flags_copy(flags_r, &row->flags);
	for (; ref != NULL; ref = ref->next) {
		if (ref->op->kind == ACT_FLAG)
			flag_change_apply(flags_r, &ref->op->change);
		else if (ref->op->kind == ACT_MOVE)
			*shown_r = ref->op->target;
		else if (ref->op->kind == ACT_EXPUNGE)
			*shown_r = 0;
	}
	if (*shown_r != 0 && folder_row(s, *shown_r) == NULL)
		*shown_r = 0;
}

void
rows_add(struct write *w, struct row *row, bool deep)
{
	rows_insert(w, row, w->cache->meta.next_id++, deep);
}

void
rows_insert(struct write *w, struct row *row, uint64_t id, bool deep)
{
	bool pending;

	row->id = id;
	rows_lay(w->s, row, &row->shown, &row->shown_flags, &pending);
	row->state = (row->state & ~ROW_PENDING) | (pending ? ROW_PENDING : 0);
	places_set(w, row->root, row->id);
	if (pending)
		rows_mark_laid(w, row, true);
	if (row->shown != 0) {
		rows_show(w, row);
		threads_join(w, row, deep);
	}
	rows_save(w, row);
}

void
rows_remove(struct write *w, struct row *row)
{
	struct key k = { .len = 0 };

	if (row->shown != 0) {
		rows_hide(w, row);
		threads_leave(w, row);
	}
	places_set(w, row->root, 0);
	rows_mark_laid(w, row, false);
	key_u64(&k, row->id);
	txn_del(&w->txn, w->cache->messages, k.at, k.len);
}

void
rows_relay(struct write *w, struct row *row)
{
	struct flags flags = { 0 };
	uint32_t shown;
	bool pending, was_pending = (row->state & ROW_PENDING) != 0;
	bool was_unread = row_unread(row);

	rows_lay(w->s, row, &shown, &flags, &pending);
	if (shown != row->shown) {
		if (row->shown != 0)
			rows_hide(w, row);
		if (row->shown != 0 && shown != 0)
			threads_refile(w, row, shown);
		else if (row->shown != 0)
			threads_leave(w, row);
		uint32_t was = row->shown;
		row->shown = shown;
		flags_done(&row->shown_flags);
		row->shown_flags = flags;
		if (shown != 0)
			rows_show(w, row);
		if (was == 0)
			threads_join(w, row, true);
	} else {
		if (shown != 0)
			write_tell(w, STORE_MESSAGE, row->account, shown, row->id);
		flags_done(&row->shown_flags);
		row->shown_flags = flags;
		if (shown != 0 && row_unread(row) != was_unread)
			rows_count(w, shown, 0, was_unread ? -1 : 1);
	}
	row->state = (row->state & ~ROW_PENDING) | (pending ? ROW_PENDING : 0);
	if (pending != was_pending)
		rows_mark_laid(w, row, pending);
	rows_save(w, row);
}

// Does it show what it should?
static bool
rows_is_laid(const struct store *s, const struct row *row)
{
	struct flags flags = { 0 };
	uint32_t shown;
	bool pending;

	rows_lay(s, row, &shown, &flags, &pending);
	bool same = shown == row->shown && flags_equal(&flags, &row->shown_flags) &&
		pending == ((row->state & ROW_PENDING) != 0);
	flags_done(&flags);
	return same;
}

void
rows_relay_id(struct write *w, uint64_t id)
{
	struct row row;

	if (!rows_load(&w->txn, w->cache, id, &row))
		return;
	if (!rows_is_laid(w->s, &row))
		rows_relay(w, &row);
	row_done(&row);
}

void
rows_relay_root(struct write *w, uint64_t root)
{
	uint64_t id;

	if (places_find(&w->txn, w->cache, root, &id))
		rows_relay_id(w, id);
}
