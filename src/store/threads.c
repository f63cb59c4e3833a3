// SPDX-License-Identifier: GPL-3.0-or-later
// Membership of threads and the counted tree that orders a folder by them.
// Where a message stands within its thread is worked out when it is read: a
// screenful has few threads, a sync brings many messages.
#include "config.h"

#include "store/threads.h"

#include "base/array.h"
#include "base/mem.h"
#include "mail/thread.h"
#include "store/inside.h"
#include "store/links.h"
#include "store/orders.h"
#include "store/rows.h"

#include <stdlib.h>

enum { MEMBER_HEAD, MEMBER_MESSAGE };

struct head {
	uint32_t latest, count;
};

struct member {
	uint64_t id;
	uint32_t folder, date;
	uint64_t own, parent;
};

static void
head_key(struct key *k, uint64_t thread, uint32_t folder)
{
	k->len = 0;
	key_u64(k, thread);
	key_u8(k, MEMBER_HEAD);
	key_u32(k, folder);
}

static void
member_key(struct key *k, uint64_t thread, uint64_t id)
{
	k->len = 0;
	key_u64(k, thread);
	key_u8(k, MEMBER_MESSAGE);
	key_u64(k, id);
}

static void
member_put(struct write *w, uint64_t thread, const struct row *row, uint32_t folder)
{
	struct key k, v = { .len = 0 };

	member_key(&k, thread, row->id);
	key_u32(&v, folder);
	key_u32(&v, row->date);
	key_u64(&v, row->links[LINK_OWN]);
	key_u64(&v, row->links[LINK_PARENT]);
	txn_put(&w->txn, w->cache->members, k.at, k.len, v.at, v.len);
}

// Appends struct member to out.
static void
members_read(struct txn *t, struct cache *cache, uint64_t thread, struct array *out)
{
	struct key k;
	struct cursor c;

	member_key(&k, thread, 0);
	cursor_open(&c, t, cache->members);
	for (bool more = cursor_seek(&c, k.at, k.len); more && cursor_in(&c, k.at, 9);
		more = cursor_next(&c)) {
		if (c.key.len != 17 || c.data.len != 24)
			continue;
		struct member *m = array_push(out);
		*m = (struct member){
			.id = key_get_u64(c.key.data, 9),
			.folder = key_get_u32(c.data.data, 0),
			.date = key_get_u32(c.data.data, 4),
			.own = key_get_u64(c.data.data, 8),
			.parent = key_get_u64(c.data.data, 16),
		};
	}
	cursor_close(&c);
}

// Most threads are small: of those the members tell it.
static void
head_get(struct txn *t, struct cache *c, uint64_t thread, uint32_t folder,
	struct head *h)
{
	struct cursor at;
	struct key k;

	*h = (struct head){ 0 };
	head_key(&k, thread, folder);
	cursor_open(&at, t, c->members);
	bool more = cursor_seek(&at, k.at, k.len) && cursor_in(&at, k.at, 8);
	if (more && at.data.len == 8 && cursor_in(&at, k.at, k.len)) {
		*h = (struct head){ key_get_u32(at.data.data, 0),
			key_get_u32(at.data.data, 4) };
		more = false;
	}
	for (; more && cursor_in(&at, k.at, 8); more = cursor_next(&at)) {
		if (at.data.len != 24 || key_get_u32(at.data.data, 0) != folder)
			continue;
		uint32_t date = key_get_u32(at.data.data, 4);
		h->latest = h->count == 0 || date > h->latest ? date : h->latest;
		h->count++;
	}
	cursor_close(&at);
}

static void
head_put(struct write *w, uint64_t thread, uint32_t folder, const struct head *h)
{
	struct key k, v = { .len = 0 };

	head_key(&k, thread, folder);
	key_u32(&v, h->latest);
	key_u32(&v, h->count);
	if (h->count >= THREAD_HEAD_FROM)
		txn_put(&w->txn, w->cache->members, k.at, k.len, v.at, v.len);
	else if (h->count == THREAD_HEAD_FROM - 1)
		txn_del(&w->txn, w->cache->members, k.at, k.len);
}

// They were read in the order of their ids.
static const struct member *
members_find(const struct array *members, uint64_t id)
{
	size_t low = 0, high = members->len;

	while (low + 1 < high) {
		size_t mid = (low + high) / 2;
		const struct member *m = array_at(members, mid);
		if (m->id <= id)
			low = mid;
		else
			high = mid;
	}
	return array_at(members, low);
}

static uint32_t
members_count(struct write *w, uint64_t thread)
{
	struct key k;
	struct cursor c;
	uint32_t n = 0;

	member_key(&k, thread, 0);
	cursor_open(&c, &w->txn, w->cache->members);
	for (bool more = cursor_seek(&c, k.at, k.len); more && cursor_in(&c, k.at, 9);
		more = cursor_next(&c))
		n++;
	cursor_close(&c);
	return n;
}

// The thread's latest date in a folder changed: all its rows move.
static void
threads_rekey(struct write *w, uint64_t thread, uint32_t folder, uint32_t from,
	uint32_t to)
{
	struct array members = ARRAY_OF(struct member);

	members_read(&w->txn, w->cache, thread, &members);
	for (size_t i = 0; i < members.len; i++) {
		const struct member *m = array_at(&members, i);
		if (m->folder != folder)
			continue;
		orders_talk_del(w, folder, from, thread, m->id);
		orders_talk_put(w, folder, to, thread, m->id);
	}
	array_done(&members);
}

// h: the head without this row; with it when this is done.
static void
threads_enter_at(struct write *w, const struct row *row, uint64_t thread,
	uint32_t folder, struct head *h)
{
	if (h->count == 0 || row->date > h->latest) {
		if (h->count > 0)
			threads_rekey(w, thread, folder, h->latest, row->date);
		h->latest = row->date;
	}
	h->count++;
	head_put(w, thread, folder, h);
	member_put(w, thread, row, folder);
	orders_talk_put(w, folder, h->latest, thread, row->id);
}

static void
threads_enter(struct write *w, const struct row *row, uint64_t thread,
	uint32_t folder)
{
	struct head h;

	head_get(&w->txn, w->cache, thread, folder, &h);
	threads_enter_at(w, row, thread, folder, &h);
}

static void
threads_exit(struct write *w, const struct row *row)
{
	struct head h;
	struct key k;
	struct array members = ARRAY_OF(struct member);
	uint32_t latest = 0;

	head_get(&w->txn, w->cache, row->thread, row->shown, &h);
	member_key(&k, row->thread, row->id);
	txn_del(&w->txn, w->cache->members, k.at, k.len);
	if (h.count == 0)
		return;
	orders_talk_del(w, row->shown, h.latest, row->thread, row->id);
	h.count--;
	if (h.count > 0 && row->date == h.latest) {
		members_read(&w->txn, w->cache, row->thread, &members);
		for (size_t i = 0; i < members.len; i++) {
			const struct member *m = array_at(&members, i);
			if (m->folder == row->shown && m->date > latest)
				latest = m->date;
		}
		array_done(&members);
		if (latest != h.latest)
			threads_rekey(w, row->thread, row->shown, h.latest, latest);
		h.latest = latest;
	}
	head_put(w, row->thread, row->shown, &h);
}

void
threads_leave(struct write *w, const struct row *row)
{
	threads_exit(w, row);
	if (members_count(w, row->thread) > 0)
		return;
	// Nobody is left: its keys would lead nowhere.
	for (int i = 0; i < ROW_LINKS_MAX; i++) {
		if (row->links[i] != 0)
			links_remove(w, row->account, row->links[i], row->thread);
	}
}

void
threads_refile(struct write *w, const struct row *row, uint32_t to)
{
	threads_exit(w, row);
	threads_enter(w, row, row->thread, to);
}

uint64_t
threads_merge(struct write *w, uint64_t a, uint64_t b)
{
	struct array members = ARRAY_OF(struct member);
	uint32_t n_a = members_count(w, a), n_b = members_count(w, b);
	uint64_t from = n_a < n_b ? a : b, to = from == a ? b : a;

	if (a == b)
		return a;
	if (n_a + n_b > THREAD_MESSAGES_MAX)
		return 0;
	members_read(&w->txn, w->cache, from, &members);
	for (size_t i = 0; i < members.len; i++) {
		const struct member *m = array_at(&members, i);
		struct row row;
		if (!rows_load(&w->txn, w->cache, m->id, &row))
			continue;
		threads_exit(w, &row);
		threads_enter(w, &row, to, row.shown);
		row.thread = to;
		rows_save(w, &row);
		for (int j = 0; j < ROW_LINKS_MAX; j++) {
			if (row.links[j] != 0)
				links_set(w, row.account, row.links[j], to, true);
		}
		write_tell(w, STORE_MESSAGES, row.account, row.shown, 0);
		row_done(&row);
	}
	array_done(&members);
	return to;
}

void
threads_join(struct write *w, struct row *row, bool deep)
{
	uint64_t found[ROW_LINKS_MAX] = { 0 }, thread = 0;
	struct head h = { 0 };
	bool known = true; // the head is the thread's as it is now

	for (int i = 0; i < ROW_LINKS_MAX; i++) {
		if (row->links[i] == 0)
			continue;
		found[i] = links_find(w, row->account, row->links[i], deep);
		if (found[i] == 0 || thread != 0)
			continue;
		head_get(&w->txn, w->cache, found[i], row->shown, &h);
		if (h.count < THREAD_MESSAGES_MAX)
			thread = found[i];
	}
	// It brings together what seemed to be several.
	for (int i = 0; i < ROW_LINKS_MAX; i++) {
		if (found[i] != 0 && thread != 0 && found[i] != thread) {
			uint64_t merged = threads_merge(w, found[i], thread);
			thread = merged != 0 ? merged : thread;
			known = false;
		}
	}
	// A thread of this number is there already where the row comes back.
	if (thread == 0) {
		h = (struct head){ 0 };
		known = row->thread == 0;
		thread = row->id;
	}
	row->thread = thread;
	if (known)
		threads_enter_at(w, row, thread, row->shown, &h);
	else
		threads_enter(w, row, thread, row->shown);
	for (int i = 0; i < ROW_LINKS_MAX; i++) {
		if (row->links[i] != 0 && found[i] == 0)
			links_set(w, row->account, row->links[i], thread, deep);
	}
	// Of a full thread it begins the next: answers to it follow it there.
	if (row->links[LINK_OWN] != 0 && found[LINK_OWN] != 0)
		links_set(w, row->account, row->links[LINK_OWN], thread, deep);
}

size_t
threads_with(struct txn *t, struct cache *c, uint64_t thread, uint64_t own,
	uint64_t *ids, size_t max)
{
	struct array members = ARRAY_OF(struct member);
	size_t n = 0;

	members_read(t, c, thread, &members);
	for (size_t i = 0; n < max && i < members.len; i++) {
		const struct member *m = array_at(&members, i);
		if (m->own == own)
			ids[n++] = m->id;
	}
	array_done(&members);
	return n;
}

bool
threads_latest(struct view *v, uint64_t thread, uint32_t folder,
	uint32_t *latest_r)
{
	struct head h;

	head_get(&v->txn, v->cache, thread, folder, &h);
	*latest_r = h.latest;
	return h.count > 0;
}

size_t
threads_read(struct view *v, uint64_t thread, uint32_t folder,
	struct thread_row **rows_r)
{
	struct array members = ARRAY_OF(struct member);
	struct array items = ARRAY_OF(struct thread_item);
	size_t n = 0;

	members_read(&v->txn, v->cache, thread, &members);
	for (size_t i = 0; i < members.len; i++) {
		const struct member *m = array_at(&members, i);
		struct thread_item *item = array_push(&items);
		*item = (struct thread_item){
			.id = m->id, .key = m->own, .parent = m->parent, .date = m->date,
		};
	}
	if (items.len > 1)
		thread_arrange(items.items, items.len);
	struct thread_row *rows = mem_alloc(items.len + 1, sizeof(*rows));
	for (size_t i = 0; i < items.len; i++) {
		const struct thread_item *item = array_at(&items, i);
		rows[n++] = (struct thread_row){ item->id, item->depth };
	}
	array_done(&items);
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		const struct member *m = members_find(&members, rows[i].id);
		if (folder == 0 || m->folder == folder)
			rows[kept++] = rows[i];
	}
	array_done(&members);
	*rows_r = rows;
	return kept;
}

static int
members_older(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->date != y->date)
		return x->date < y->date ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

size_t
threads_read_by_date(struct view *v, uint64_t thread, struct thread_row **rows_r)
{
	struct array members = ARRAY_OF(struct member);

	members_read(&v->txn, v->cache, thread, &members);
	if (members.len > 1)
		array_sort(&members, members_older);
	*rows_r = mem_alloc(members.len + 1, sizeof(**rows_r));
	for (size_t i = 0; i < members.len; i++) {
		const struct member *m = array_at(&members, i);
		(*rows_r)[i] = (struct thread_row){ m->id, 0 };
	}
	size_t n = members.len;
	array_done(&members);
	return n;
}
