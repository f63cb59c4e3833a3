// SPDX-License-Identifier: GPL-3.0-or-later
// Short writes by the store thread: rows, orders, counts and the server's state
// in one transaction, readers kept away for some milliseconds, told after.
#include "config.h"

#include "store/inside.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/disk.h"
#include "store/links.h"
#include "store/places.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t
write_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void
write_begin(struct write *w, struct store *s)
{
	*w = (struct write){
		.s = s, .saved = ARRAY_OF(struct folder_row),
		.changes = ARRAY_OF(struct store_change),
	};
	pthread_rwlock_wrlock(&s->lock);
	disk_put_off(true);
	w->cache = s->cache;
	w->before = s->cache->meta;
	if (atomic_load(&s->cache->broken))
		w->txn = (struct txn){ .failed = DB_RUNRECOVERY };
	else
		txn_begin(&w->txn, s->cache->env);
	w->began = write_clock();
}

struct folder_row *
write_folder(struct write *w, uint32_t id)
{
	struct folder_row *f = folder_row(w->s, id);

	if (f == NULL)
		return NULL;
	if (!f->dirty) {
		struct folder_row *saved = array_push(&w->saved);
		*saved = *f; // the numbers; the strings are not looked at
		f->dirty = true;
	}
	return f;
}

void
write_tell(struct write *w, enum store_change_kind kind, uint32_t account,
	uint32_t folder, uint64_t id)
{
	for (size_t i = w->changes.len; i-- > 0;) {
		struct store_change *c = array_at(&w->changes, i);
		if (c->kind == kind && c->folder == folder && c->id == id &&
			c->account == account)
			return;
		// Rows one by one say no more than "rows of this folder".
		if (kind == STORE_MESSAGE && c->kind == STORE_MESSAGES &&
			c->folder == folder)
			return;
	}
	struct store_change *c = array_push(&w->changes);
	*c = (struct store_change){
		.kind = kind, .account = account, .folder = folder, .id = id,
	};
}

void
store_tell(struct store *s, enum store_change_kind kind, uint32_t account,
	uint32_t folder, uint64_t id, const char *text)
{
	const struct store_change change = {
		.kind = kind, .account = account, .folder = folder, .id = id,
		.text = text,
	};

	if (s->changed != NULL)
		s->changed(s->changed_arg, &change);
}

static void
write_restore(struct write *w)
{
	w->cache->meta = w->before;
	for (size_t i = 0; i < w->saved.len; i++) {
		const struct folder_row *saved = array_at(&w->saved, i);
		struct folder_row *f = folder_row(w->s, saved->f.id);
		if (f == NULL)
			continue;
		f->f.total = saved->f.total;
		f->f.unread = saved->f.unread;
		f->f.uidvalidity = saved->f.uidvalidity;
		f->f.uidnext = saved->f.uidnext;
		f->f.highestmodseq = saved->f.highestmodseq;
		f->f.lowest_uid = saved->f.lowest_uid;
		f->f.remote_exists = saved->f.remote_exists;
		f->dirty = false;
	}
	// Keys and places of rows that are not there after all.
	links_forget(w->s);
	places_drop(w->cache);
}

static void
write_unlock(struct write *w)
{
	disk_put_off(false);
	pthread_rwlock_unlock(&w->s->lock);
}

static void
write_done(struct write *w)
{
	array_done(&w->saved);
	array_done(&w->changes);
}

void
write_abort(struct write *w)
{
	txn_abort(&w->txn);
	write_restore(w);
	write_unlock(w);
	write_done(w);
}

static bool
write_failed(struct write *w, struct error *err)
{
	struct store *s = w->s;
	int code = w->txn.failed;

	if (env_is_damage(code))
		atomic_store(&s->cache->broken, true);
	write_restore(w);
	write_unlock(w);
	write_done(w);
	log_error("writing the cache: %s", db_strerror(code));
	if (!env_is_damage(code))
		return error_set(err, ERROR_STORE, "cannot write to %s: %s%s", s->folder,
			db_strerror(code), env_advice(code));
	if (!generation_next(s, "the cache was damaged", err))
		return false;
	return error_set(err, ERROR_GONE,
		"the cache was damaged and is filled anew");
}

bool
write_commit(struct write *w, struct error *err)
{
	struct store *s = w->s;

	for (size_t i = 0; i < w->saved.len; i++) {
		const struct folder_row *saved = array_at(&w->saved, i);
		struct folder_row *f = folder_row(s, saved->f.id);
		if (f != NULL && w->txn.failed == 0)
			folder_row_put(w, f);
	}
	places_flush(&w->txn, w->cache);
	w->cache->meta.laid = s->behind || s->midway > 0 ? 0 :
		s->journal->meta.changes;
	if (w->txn.failed == 0 &&
		memcmp(&w->before, &w->cache->meta, sizeof(w->before)) != 0)
		cache_meta_put(w->cache, &w->txn);
	if (!txn_commit(&w->txn))
		return write_failed(w, err);
	for (size_t i = 0; i < w->saved.len; i++) {
		const struct folder_row *saved = array_at(&w->saved, i);
		struct folder_row *f = folder_row(s, saved->f.id);
		if (f == NULL)
			continue;
		f->dirty = false;
		if (f->f.total != saved->f.total || f->f.unread != saved->f.unread)
			write_tell(w, STORE_COUNTS, f->f.account, f->f.id, 0);
	}
	write_unlock(w);
	for (size_t i = 0; i < w->changes.len; i++) {
		if (s->changed != NULL)
			s->changed(s->changed_arg, array_at(&w->changes, i));
	}
	write_done(w);
	upkeep_after_commit(s);
	return true;
}

bool
write_due(const struct write *w)
{
	int64_t piece = atomic_load_explicit(&w->s->waiting, memory_order_relaxed) > 0 ?
		WRITE_PIECE_WAITING_NS : WRITE_PIECE_NS;

	return w->txn.failed != 0 || write_clock() - w->began > piece;
}

bool
write_cut(struct write *w, bool acts_too, struct error *err)
{
	struct store *s = w->s;

	if (!write_commit(w, err))
		return false;
	if (acts_too)
		writer_breathe(s);
	write_begin(w, s);
	return true;
}
