// SPDX-License-Identifier: GPL-3.0-or-later
// Keys of Message-IDs: gathered in a table in memory, written in sorted runs.
#include "config.h"

#include "store/links.h"

#include "base/mem.h"
#include "store/inside.h"
#include "store/messages.h"
#include "store/rows.h"
#include "store/threads.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define LINKS_SLOTS_FIRST 1024
#define LINKS_SLOTS_MAX 65536 // 1 MB; three quarters of them are used

struct link {
	uint64_t key;     // mixed with the account; 0: the slot is free
	uint64_t thread;  // 0: removed
};

struct links {
	struct link *slots;
	size_t cap, len;
	uint64_t seed;    // so that nobody outside can make all meet in one slot
	bool partial;     // does not hold all rows above meta.linked
	unsigned forgets; // a flush that is under way notices by this
};

struct links *
links_new(void)
{
	struct links *l = mem_new(struct links);

	if (getrandom(&l->seed, sizeof(l->seed), GRND_NONBLOCK) != sizeof(l->seed))
		l->seed = (uint64_t)(uintptr_t)l;
	l->seed |= 1;
	return l;
}

void
links_free(struct links **l)
{
	if (*l != NULL)
		free((*l)->slots);
	free(*l);
	*l = NULL;
}

static uint64_t
link_key(uint32_t account, uint64_t key)
{
	uint64_t mixed = key ^ (uint64_t)account * 0x9e3779b97f4a7c15;

	return mixed == 0 ? 1 : mixed;
}

static void
links_clear(struct links *l)
{
	free(l->slots);
	l->slots = NULL;
	l->cap = l->len = 0;
}

static struct link *
links_slot(const struct links *l, uint64_t key)
{
	size_t at = (size_t)((key * l->seed) >> 20) & (l->cap - 1);

	while (l->slots[at].key != 0 && l->slots[at].key != key)
		at = (at + 1) & (l->cap - 1);
	return &l->slots[at];
}

static void
links_grow(struct links *l)
{
	struct link *old = l->slots;
	size_t cap = l->cap;

	l->cap = cap == 0 ? LINKS_SLOTS_FIRST : cap * 2;
	l->slots = mem_alloc(l->cap, sizeof(*l->slots));
	for (size_t i = 0; i < cap; i++) {
		if (old[i].key != 0)
			*links_slot(l, old[i].key) = old[i];
	}
	free(old);
}

static void
links_gather(struct links *l, uint64_t key, uint64_t thread)
{
	if ((l->len + 1) * 4 > l->cap * 3)
		links_grow(l);
	struct link *slot = links_slot(l, key);
	if (slot->key == 0)
		l->len++;
	*slot = (struct link){ .key = key, .thread = thread };
}

static struct link *
links_gathered(const struct links *l, uint64_t key)
{
	if (l->cap == 0)
		return NULL;
	struct link *slot = links_slot(l, key);
	return slot->key == 0 ? NULL : slot;
}

static uint64_t
links_in_tree(struct txn *t, DB *tree, uint64_t key)
{
	struct key k = { .len = 0 };
	struct buf b = { 0 };
	uint64_t thread = 0;

	key_u64(&k, key);
	if (txn_get(t, tree, k.at, k.len, &b) && b.len == 8)
		thread = key_get_u64(b.data, 0);
	buf_done(&b);
	return thread;
}

static void
links_to_tree(struct write *w, uint64_t key, uint64_t thread)
{
	struct key k = { .len = 0 }, v = { .len = 0 };

	key_u64(&k, key);
	key_u64(&v, thread);
	txn_put(&w->txn, w->cache->links, k.at, k.len, v.at, v.len);
}

uint64_t
links_find(struct write *w, uint32_t account, uint64_t key, bool deep)
{
	uint64_t mixed = link_key(account, key);
	const struct link *link = links_gathered(w->s->links, mixed);

	if (link != NULL)
		return link->thread;
	return deep ? links_in_tree(&w->txn, w->cache->links, mixed) : 0;
}

void
links_set(struct write *w, uint32_t account, uint64_t key, uint64_t thread,
	bool deep)
{
	uint64_t mixed = link_key(account, key);
	struct link *link = links_gathered(w->s->links, mixed);

	if (link != NULL)
		link->thread = thread;
	else if (deep)
		links_to_tree(w, mixed, thread);
	else
		links_gather(w->s->links, mixed, thread);
}

void
links_remove(struct write *w, uint32_t account, uint64_t key, uint64_t thread)
{
	uint64_t mixed = link_key(account, key);
	struct link *link = links_gathered(w->s->links, mixed);
	struct key k = { .len = 0 };

	if (link != NULL && link->thread == thread)
		link->thread = 0;
	key_u64(&k, mixed);
	if (links_in_tree(&w->txn, w->cache->links, mixed) == thread)
		txn_del(&w->txn, w->cache->links, k.at, k.len);
}

uint64_t
links_read(struct view *v, uint32_t account, uint64_t key)
{
	uint64_t mixed = link_key(account, key);
	const struct link *link = links_gathered(v->s->links, mixed);

	return link != NULL ? link->thread :
		links_in_tree(&v->txn, v->cache->links, mixed);
}

bool
links_behind(const struct store *s)
{
	const struct cache_meta *m = &s->cache->meta;

	return !atomic_load(&s->cache->broken) && m->linked + 1 < m->next_id;
}

void
links_forget(struct store *s)
{
	links_clear(s->links);
	s->links->partial = links_behind(s);
	s->links->forgets++;
}

bool
links_partial(const struct store *s)
{
	return s->links->partial && links_behind(s);
}

static bool
links_is_full(const struct links *l)
{
	return (l->len + SYNC_BATCH_ROWS * ROW_LINKS_MAX) * 4 > LINKS_SLOTS_MAX * 3;
}

bool
links_full(const struct store *s)
{
	return links_is_full(s->links);
}

// Gathers from the row after *upto on what fits; *upto is then the last of them.
static bool
links_reload(struct store *s, struct links *fresh, uint64_t *upto)
{
	struct view v;
	struct cursor c;
	struct key k = { .len = 0 };

	if (!view_open(&v, s))
		return false;
	key_u64(&k, *upto + 1);
	cursor_open(&c, &v.txn, v.cache->messages);
	bool more = cursor_seek(&c, k.at, k.len);
	for (; more && !links_is_full(fresh); more = cursor_next(&c)) {
		struct row r;
		*upto = key_get_u64(c.key.data, 0);
		if (row_unpack(&r, *upto, c.data.data, c.data.len) && r.shown != 0) {
			for (int i = 0; i < ROW_LINKS_MAX; i++) {
				if (r.links[i] != 0)
					links_gather(fresh, link_key(r.account, r.links[i]),
						r.thread);
			}
		}
		row_done(&r);
	}
	if (!more) {
		*upto = s->cache->meta.next_id - 1;
		fresh->partial = false;
	}
	cursor_close(&c);
	return view_close(&v);
}

// What was gathered was lost with a transaction or a run: from the rows again.
static bool
links_regain(struct store *s, uint64_t *upto_r)
{
	struct links *l = s->links;
	struct links fresh = { .seed = l->seed, .partial = true, .forgets = l->forgets };

	*upto_r = s->cache->meta.linked;
	bool ok = links_reload(s, &fresh, upto_r);
	pthread_rwlock_wrlock(&s->lock);
	links_clear(l);
	*l = fresh;
	pthread_rwlock_unlock(&s->lock);
	return ok;
}

static int
links_compare(const void *a, const void *b)
{
	uint64_t x = ((const struct link *)a)->key, y = ((const struct link *)b)->key;

	return x < y ? -1 : x > y;
}

static void
links_flush_one(struct write *w, uint64_t key)
{
	const struct link *link = links_gathered(w->s->links, key);
	uint64_t there = links_in_tree(&w->txn, w->cache->links, key);

	if (link == NULL || link->thread == 0 || link->thread == there)
		return;
	// Two halves of one thread that did not know of each other.
	uint64_t merged = there == 0 ? 0 : threads_merge(w, there, link->thread);
	links_to_tree(w, key, merged != 0 ? merged : link->thread);
}

static struct link *
links_sorted(const struct links *l, size_t *n_r)
{
	struct link *sorted = mem_alloc(l->len + 1, sizeof(*sorted));
	size_t n = 0;

	for (size_t i = 0; i < l->cap; i++) {
		if (l->slots[i].key != 0)
			sorted[n++] = l->slots[i];
	}
	qsort(sorted, n, sizeof(*sorted), links_compare);
	*n_r = n;
	return sorted;
}

bool
links_flush(struct store *s, struct error *err)
{
	struct links *l = s->links;
	uint64_t upto = 0;
	struct write w;
	size_t n;
	bool ok = true;

	if (l->partial && !links_regain(s, &upto))
		return error_set(err, ERROR_GONE, "the cache was damaged");
	struct link *sorted = links_sorted(l, &n);
	unsigned forgets = l->forgets;
	write_begin(&w, s);
	for (size_t i = 0; ok && i < n && l->forgets == forgets; i++) {
		links_flush_one(&w, sorted[i].key);
		if (write_due(&w))
			ok = write_cut(&w, true, err);
	}
	free(sorted);
	if (!ok)
		return false;
	if (l->forgets == forgets) {
		w.cache->meta.linked = l->partial ? upto : w.cache->meta.next_id - 1;
		links_clear(l);
	}
	return write_commit(&w, err);
}
