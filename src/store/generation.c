// SPDX-License-Identifier: GPL-3.0-or-later
// One cache after another: a damaged one is set aside and a new one begun, while
// the program runs; the journal's acts are laid over what arrives.
#include "config.h"

#include "store/inside.h"

#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "store/disk.h"
#include "store/links.h"
#include "store/rows.h"
#include "store/show.h"
#include "store/unbound.h"

#include <stdlib.h>

#define CACHE_BYTES (16u * 1024 * 1024)

// A stand-in while none can be opened: it is broken, so nobody reads it.
static struct cache *
generation_none(void)
{
	struct cache *c = mem_new(struct cache);

	atomic_store(&c->broken, true);
	return c;
}

static bool
generation_number(struct store *s, struct error *err)
{
	struct journal_txn t;

	journal_begin(&t, s->journal);
	s->journal->meta.generation++;
	return journal_commit(&t, err);
}

static bool
generation_try(struct store *s, const char *folder, struct cache **c,
	bool *damaged_r, struct error *err)
{
	size_t bytes = s->cache_bytes != 0 ? s->cache_bytes : CACHE_BYTES;

	return cache_open(c, folder, s->journal->meta.generation, bytes,
		damaged_r, err);
}

// The folder is opened; what is damaged or foreign is set aside, and then a new
// one is opened under a new number.
static bool
generation_make(struct store *s, const char *folder, bool aside,
	struct cache **c, struct error *err)
{
	bool damaged;

	if (s->journal->meta.generation != 0 && !aside) {
		if (generation_try(s, folder, c, &damaged, err))
			return true;
		log_error("%s", err->text);
		if (!damaged)
			return false;
	}
	if (!cache_set_aside(folder, err) || !generation_number(s, err))
		return false;
	if (generation_try(s, folder, c, &damaged, err))
		return true;
	// Half of a cache, as on a full disk, is no use to anybody.
	path_remove_tree(folder, NULL);
	return false;
}

static bool
generation_load(struct store *s)
{
	return folders_load_cache(s) && unbound_load(s);
}

bool
generation_open(struct store *s, bool *fresh_r, struct error *err)
{
	char *folder = str_printf("%s/cache", s->folder);
	struct error why = { 0 };
	uint64_t before = s->journal->meta.generation;
	bool ok = generation_make(s, folder, false, &s->cache, &why);

	if (!ok) {
		if (err != NULL)
			*err = why;
		s->cache = generation_none();
	} else if (!generation_load(s)) {
		// Its first pages are fine, others are not.
		ok = generation_next(s, "the cache was damaged", err);
	}
	// Rows may be left from a run that was killed.
	links_forget(s);
	*fresh_r = s->journal->meta.generation != before;
	atomic_store(&s->generation, s->journal->meta.generation);
	free(folder);
	return ok;
}

// Nothing is known of the server's folders any more. Write lock held.
static void
generation_forget(struct store *s)
{
	for (size_t i = 0; i < s->folders.len; i++) {
		struct folder_row *f = array_at(&s->folders, i);
		f->f.total = f->f.unread = f->f.uidvalidity = f->f.uidnext = 0;
		f->f.lowest_uid = f->f.remote_exists = 0;
		f->f.highestmodseq = 0;
		f->dirty = false;
		f->wanted.set = false;
	}
}

// Readers leave it; they find nothing until generation_put.
static struct cache *
generation_take(struct store *s)
{
	pthread_rwlock_wrlock(&s->lock);
	struct cache *old = s->cache;
	s->cache = generation_none();
	links_forget(s);
	generation_forget(s);
	pthread_rwlock_unlock(&s->lock);
	return old;
}

static void
generation_put(struct store *s, struct cache *next)
{
	pthread_rwlock_wrlock(&s->lock);
	free(s->cache);
	s->cache = next;
	links_forget(s);
	operations_rebuild(&s->operations);
	pthread_rwlock_unlock(&s->lock);
	unbound_load(s);
	atomic_store(&s->generation, s->journal->meta.generation);
}

bool
generation_next(struct store *s, const char *why, struct error *err)
{
	char *folder = str_printf("%s/cache", s->folder);
	struct cache *old = generation_take(s), *next = NULL;
	struct error failed = { 0 };

	log_error("%s: a new cache is begun", why);
	map_free(&s->gone, NULL);
	s->gone = map_new();
	array_clear(&s->unbound);
	flusher_rest(s);
	cache_close(&old, false);
	disk_take_lost(); // of it; that is over
	bool ok = generation_make(s, folder, true, &next, &failed);
	free(folder);
	if (ok) {
		generation_put(s, next);
		ok = store_lay_all(s, &failed);
	}
	if (!ok && err != NULL)
		*err = failed;
	store_tell(s, STORE_RESET, 0, 0, 0, why);
	return ok;
}

static bool
store_lay_marked(struct store *s, struct array *ids)
{
	struct cursor c;
	struct view v;

	if (!view_open(&v, s))
		return false;
	cursor_open(&c, &v.txn, v.cache->laid);
	for (bool more = cursor_first(&c); more; more = cursor_next(&c))
		*(uint64_t *)array_push(ids) = key_get_u64(c.key.data, 0);
	cursor_close(&c);
	return view_close(&v);
}

static bool
store_lay_rows(struct store *s, const struct array *ids, struct error *err)
{
	struct write w;

	write_begin(&w, s);
	for (size_t i = 0; i < ids->len; i++) {
		rows_relay_id(&w, *(uint64_t *)array_at(ids, i));
		if (write_due(&w) && !write_cut(&w, false, err))
			return false;
	}
	return write_commit(&w, err);
}

bool
store_lay_all(struct store *s, struct error *err)
{
	struct array ids = ARRAY_OF(uint64_t), roots = ARRAY_OF(uint64_t);
	const struct array *ops = &s->operations.items;

	s->behind = true;
	bool ok = store_lay_marked(s, &ids) ||
		error_set(err, ERROR_GONE, "the cache was damaged");
	ok = ok && store_lay_rows(s, &ids, err);
	for (size_t i = 0; i < ops->len; i++) {
		const struct op *op = *(struct op **)array_at(ops, i);
		for (size_t j = 0; j < op->n && op_has_messages(op); j++)
			*(uint64_t *)array_push(&roots) = op->messages[j].root;
	}
	ok = ok && show_roots(s, &roots, err);
	for (size_t i = 0; ok && i < ops->len; i++)
		ok = show_created(s, *(struct op **)array_at(ops, i), err);
	s->behind = !ok;
	array_done(&ids);
	array_done(&roots);
	return ok;
}
