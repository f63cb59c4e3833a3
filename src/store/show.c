// SPDX-License-Identifier: GPL-3.0-or-later
// Shows what operations do before a server has done it.
#include "config.h"

#include "store/show.h"

#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "mail/header.h"
#include "store/bodies_inside.h"
#include "store/build.h"
#include "store/inside.h"
#include "store/places.h"
#include "store/rows.h"

#include <stdlib.h>

bool
show_roots(struct store *s, const struct array *roots, struct error *err)
{
	struct write w;

	write_begin(&w, s);
	for (size_t i = 0; i < roots->len; i++) {
		rows_relay_root(&w, *(uint64_t *)array_at(roots, i));
		// No other act may come between: it would be built on half of this.
		if (write_due(&w) && !write_cut(&w, false, err)) {
			s->behind = true;
			return false;
		}
	}
	if (write_commit(&w, err))
		return true;
	s->behind = true;
	return false;
}

static void
show_copy(struct write *w, const struct op *op, const struct op_message *m)
{
	struct row row;
	uint64_t id;

	if (!places_find(&w->txn, w->cache, m->root, &id) ||
		!rows_load(&w->txn, w->cache, id, &row))
		return;
	row.root = root_of_creation(op->seq, m->index);
	row.folder = op->target;
	row.state = row.state & ROW_UNREADABLE;
	row.modseq = 0;
	flags_done(&row.flags);
	flags_copy(&row.flags, &m->before);
	flags_done(&row.shown_flags);
	if (!places_find(&w->txn, w->cache, row.root, &id))
		rows_add(w, &row, true);
	row_done(&row);
}

static bool
show_append(struct store *s, const struct op *op, struct error *err)
{
	struct buf b = { 0 };
	struct envelope e;
	struct write w;
	uint64_t id;

	// The file may be gone after it was refused: then there is nothing to show.
	if (!path_read(op->path, APPEND_MAX, &b, NULL)) {
		buf_done(&b);
		return true;
	}
	envelope_parse(&e, b.data, header_block_len(b.data, b.len));
	struct row row = {
		.account = op->account, .root = root_of_creation(op->seq, 0),
		.folder = op->target, .received = op->received, .size = b.len,
	};
	flags_copy(&row.flags, &op->flags);
	row_set_envelope(&row, &e);
	envelope_done(&e);
	write_begin(&w, s);
	bool there = places_find(&w.txn, w.cache, row.root, &id);
	if (!there)
		rows_add(&w, &row, true);
	bool ok = write_commit(&w, err);
	if (ok && !there)
		ok = bodies_put_raw(s, row.id, b.data, b.len, err);
	row_done(&row);
	buf_done(&b);
	return ok;
}

bool
show_created(struct store *s, struct op *op, struct error *err)
{
	struct write w;

	if (op->state == OPERATION_FAILED)
		return true;
	if (op->kind == ACT_APPEND)
		return show_append(s, op, err);
	if (op->kind != ACT_COPY)
		return true;
	write_begin(&w, s);
	for (size_t i = 0; i < op->n; i++) {
		show_copy(&w, op, &op->messages[i]);
		if (write_due(&w) && !write_cut(&w, false, err))
			return false;
	}
	return write_commit(&w, err);
}

static void
show_folder(struct store *s, const struct op *op)
{
	if (op->kind == ACT_FOLDER_CREATE && folder_row(s, op->folder) == NULL) {
		struct folder_row *f = folder_row_add(s, op->folder);
		f->f.account = op->account;
		f->f.name = str_dup(op->name);
		f->f.remote_name = str_dup("");
		f->f.attributes = FOLDER_NEW;
		f->by_name = true;
	}
	folders_overlay(s);
}

bool
show_ops(struct store *s, struct array *ops, struct error *err)
{
	struct array roots = ARRAY_OF(uint64_t);
	bool ok = true, folders = false;

	s->midway++;
	pthread_rwlock_wrlock(&s->lock);
	for (size_t i = 0; i < ops->len; i++) {
		struct op *op = *(struct op **)array_at(ops, i);
		operations_add(&s->operations, op);
		if (op->kind > ACT_APPEND) {
			show_folder(s, op);
			folders = true;
		}
		for (size_t j = 0; j < op->n && op_has_messages(op); j++)
			*(uint64_t *)array_push(&roots) = op->messages[j].root;
	}
	pthread_rwlock_unlock(&s->lock);
	ok = show_roots(s, &roots, err);
	for (size_t i = 0; ok && i < ops->len; i++)
		ok = show_created(s, *(struct op **)array_at(ops, i), err);
	// What the cache could not take is laid over it again later.
	s->midway--;
	s->behind = s->behind || !ok;
	array_done(&roots);
	array_clear(ops);
	if (folders)
		store_tell(s, STORE_FOLDERS, 0, 0, 0, NULL);
	store_tell(s, STORE_PENDING, 0, 0, 0, NULL);
	return ok;
}

void
show_tell_failed(struct store *s, const struct error *why)
{
	// A damaged cache is filled anew by itself, and says so.
	if (why->kind != ERROR_STORE)
		return;
	char *text = str_printf("this is done but cannot be shown yet: %s", why->text);
	log_error("%s", text);
	store_tell(s, STORE_REFUSED, 0, 0, 0, text);
	free(text);
}
