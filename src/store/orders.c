// SPDX-License-Identifier: GPL-3.0-or-later
// Rows by number: counted trees, so that a jump into a million rows costs what
// a jump into ten does.
#include "config.h"

#include "store/orders.h"

#include "base/mem.h"
#include "mail/message.h"
#include "store/inside.h"
#include "store/messages.h"
#include "store/rows.h"
#include "store/threads.h"

#include <stdlib.h>
#include <string.h>

// dates: folder 0, ~date 4, id 8; talks: folder 0, ~latest 4, thread 8, id 16.
#define DATE_DATE 4
#define DATE_ID 8
#define TALK_LATEST 4
#define TALK_THREAD 8
#define TALK_GROUP 16 // bytes that all messages of a thread in a folder share

static void
date_key(struct key *k, uint32_t folder, uint32_t date, uint64_t id)
{
	k->len = 0;
	key_u32(k, folder);
	key_u32(k, ~date);
	key_u64(k, id);
}

static void
talk_key(struct key *k, uint32_t folder, uint32_t latest, uint64_t thread,
	uint64_t id)
{
	k->len = 0;
	key_u32(k, folder);
	key_u32(k, ~latest);
	key_u64(k, thread);
	key_u64(k, id);
}

void
orders_date_put(struct write *w, uint32_t folder, uint32_t date, uint64_t id)
{
	struct key k;

	date_key(&k, folder, date, id);
	txn_put(&w->txn, w->cache->dates, k.at, k.len, "", 0);
}

void
orders_date_del(struct write *w, uint32_t folder, uint32_t date, uint64_t id)
{
	struct key k;

	date_key(&k, folder, date, id);
	txn_del(&w->txn, w->cache->dates, k.at, k.len);
}

void
orders_talk_put(struct write *w, uint32_t folder, uint32_t latest, uint64_t thread,
	uint64_t id)
{
	struct key k;

	talk_key(&k, folder, latest, thread, id);
	txn_put(&w->txn, w->cache->talks, k.at, k.len, "", 0);
}

void
orders_talk_del(struct write *w, uint32_t folder, uint32_t latest, uint64_t thread,
	uint64_t id)
{
	struct key k;

	talk_key(&k, folder, latest, thread, id);
	txn_del(&w->txn, w->cache->talks, k.at, k.len);
}

// Puts the cursor on row `from` of the folder.
static bool
order_seek(struct cursor *c, const struct key *folder, uint32_t from)
{
	if (!cursor_seek(c, folder->at, folder->len) ||
		!cursor_in(c, folder->at, folder->len))
		return false;
	return from == 0 || (cursor_seek_row(c, cursor_row(c) + from) &&
		cursor_in(c, folder->at, folder->len));
}

static size_t
order_by_date(struct view *v, uint32_t folder, uint32_t from, size_t n,
	struct thread_row *out)
{
	struct key k = { .len = 0 };
	struct cursor c;
	size_t got = 0;

	key_u32(&k, folder);
	cursor_open(&c, &v->txn, v->cache->dates);
	for (bool more = order_seek(&c, &k, from); more && got < n &&
		cursor_in(&c, k.at, k.len); more = cursor_next(&c))
		out[got++] = (struct thread_row){ key_get_u64(c.key.data, DATE_ID), 0 };
	cursor_close(&c);
	return got;
}

// The cursor stands in a thread, `skip` of whose messages come before it; on to
// the thread behind it.
static size_t
order_one_thread(struct view *v, struct cursor *c, size_t skip, size_t n,
	struct thread_row *out, bool *more_r)
{
	uint64_t thread = key_get_u64(c->key.data, TALK_THREAD);
	struct key next = { .len = TALK_GROUP };
	struct thread_row *rows;
	size_t got = 0, len;

	memcpy(next.at, c->key.data, TALK_GROUP);
	len = threads_read(v, thread, key_get_u32(c->key.data, 0), &rows);
	for (size_t i = skip; i < len && got < n; i++)
		out[got++] = rows[i];
	free(rows);
	key_u64(&next, UINT64_MAX);
	*more_r = cursor_seek(c, next.at, next.len);
	return got;
}

static size_t
order_by_thread(struct view *v, uint32_t folder, uint32_t from, size_t n,
	struct thread_row *out)
{
	struct key k = { .len = 0 }, group;
	struct cursor c;
	size_t got = 0, skip = 0;

	key_u32(&k, folder);
	cursor_open(&c, &v->txn, v->cache->talks);
	bool more = order_seek(&c, &k, from);
	if (more) {
		uint32_t at = cursor_row(&c);
		group.len = TALK_GROUP;
		memcpy(group.at, c.key.data, TALK_GROUP);
		more = cursor_seek(&c, group.at, group.len);
		skip = more ? at - cursor_row(&c) : 0;
	}
	while (more && got < n && cursor_in(&c, k.at, k.len)) {
		got += order_one_thread(v, &c, skip, n - got, out + got, &more);
		skip = 0;
	}
	cursor_close(&c);
	return got;
}

static size_t
order_read(struct view *v, uint32_t folder, enum message_order order,
	uint32_t from, size_t n, struct thread_row *out)
{
	return order == ORDER_DATE ? order_by_date(v, folder, from, n, out) :
		order_by_thread(v, folder, from, n, out);
}

static void
orders_walk_row(struct view *v, struct cursor *c, enum message_order order,
	struct order_position *position, struct array *items)
{
	position->after.len = 0;
	if (order == ORDER_DATE) {
		*(struct order_item *)array_push(items) = (struct order_item){
			.id = key_get_u64(c->key.data, DATE_ID),
			.date = ~key_get_u32(c->key.data, DATE_DATE) };
		position->after.len = c->key.len;
		memcpy(position->after.at, c->key.data, c->key.len);
		key_u8(&position->after, 0);
		return;
	}
	struct thread_row *rows;
	uint64_t thread = key_get_u64(c->key.data, TALK_THREAD);
	uint32_t latest = ~key_get_u32(c->key.data, TALK_LATEST);
	size_t n = threads_read(v, thread, position->folder, &rows);
	for (size_t i = 0; i < n; i++)
		*(struct order_item *)array_push(items) =
			(struct order_item){ rows[i].id, thread, latest };
	free(rows);
	position->after.len = TALK_GROUP;
	memcpy(position->after.at, c->key.data, TALK_GROUP);
	key_u64(&position->after, UINT64_MAX);
}

bool
orders_walk(struct view *v, enum message_order order,
	struct order_position *position, size_t n, struct array *items)
{
	size_t enough = items->len + n;
	struct cursor c;

	if (position->after.len == 0)
		key_u32(&position->after, position->folder);
	cursor_open(&c, &v->txn, order == ORDER_DATE ? v->cache->dates :
		v->cache->talks);
	bool more = cursor_seek(&c, position->after.at, position->after.len) &&
		key_get_u32(c.key.data, 0) == position->folder;
	while (more && items->len < enough) {
		orders_walk_row(v, &c, order, position, items);
		more = cursor_seek(&c, position->after.at, position->after.len) &&
			key_get_u32(c.key.data, 0) == position->folder;
	}
	cursor_close(&c);
	return more;
}

uint32_t
store_order_count(struct store *s, uint32_t folder)
{
	uint32_t n = 0;

	reading_begin(s);
	const struct folder_row *f = folder_row(s, folder);
	if (f != NULL)
		n = f->f.total;
	reading_end(s);
	return n;
}

size_t
store_order_rows(struct store *s, uint32_t folder, enum message_order order,
	uint32_t from, size_t n, struct message *rows)
{
	struct view v;
	size_t got = 0;

	if (n == 0 || !view_open(&v, s))
		return 0;
	struct thread_row *ids = mem_alloc(n, sizeof(*ids));
	size_t len = order_read(&v, folder, order, from, n, ids);
	for (size_t i = 0; i < len; i++) {
		struct row row;
		if (!rows_load(&v.txn, v.cache, ids[i].id, &row))
			continue;
		row_message(&rows[got], &row);
		rows[got++].depth = ids[i].depth;
		row_done(&row);
	}
	free(ids);
	if (!view_close(&v)) {
		while (got > 0)
			message_done(&rows[--got]);
	}
	return got;
}

size_t
store_order_ids(struct store *s, uint32_t folder, enum message_order order,
	uint32_t from, size_t n, uint64_t *ids)
{
	// In steps, so that a selection of all does not hold the lock.
	enum { STEP = 256 };
	struct thread_row step[STEP];
	size_t got = 0, len;

	do {
		struct view v;
		if (!view_open(&v, s))
			return 0;
		size_t want = n - got < STEP ? n - got : STEP;
		len = order_read(&v, folder, order, from + (uint32_t)got, want, step);
		if (!view_close(&v))
			return 0;
		for (size_t i = 0; i < len; i++)
			ids[got++] = step[i].id;
	} while (len == STEP && got < n);
	return got;
}

static void
order_depths(struct view *v, struct message *rows, size_t n)
{
	struct thread_row *members;
	size_t len = threads_read(v, rows[0].thread, 0, &members);

	for (size_t i = 0; i < n; i++) {
		size_t at = 0;
		while (at < len && members[at].id != rows[i].id)
			at++;
		rows[i].depth = at < len ? members[at].depth : 0;
	}
	free(members);
}

void
store_thread_depths(struct store *s, struct message *rows, size_t n)
{
	for (size_t i = 0, end; i < n; i = end) {
		struct view v;
		for (end = i + 1; end < n && rows[end].thread == rows[i].thread; end++)
			continue;
		if (end == i + 1)
			continue;
		if (!view_open(&v, s))
			return;
		order_depths(&v, rows + i, end - i);
		view_close(&v);
	}
}

static bool
order_row_by_date(struct view *v, const struct row_head *h, uint64_t id,
	uint32_t *row_r)
{
	struct key k, first = { .len = 0 };
	struct cursor c;
	bool found = false;

	key_u32(&first, h->shown);
	date_key(&k, h->shown, h->date, id);
	cursor_open(&c, &v->txn, v->cache->dates);
	if (order_seek(&c, &first, 0)) {
		uint32_t base = cursor_row(&c);
		found = cursor_seek(&c, k.at, k.len) && cursor_in(&c, k.at, k.len);
		if (found)
			*row_r = cursor_row(&c) - base;
	}
	cursor_close(&c);
	return found;
}

static bool
order_row_by_thread(struct view *v, const struct row_head *h, uint64_t id,
	uint32_t *row_r)
{
	struct key k, first = { .len = 0 };
	struct thread_row *rows = NULL;
	struct cursor c;
	uint32_t latest;
	bool found = false;

	if (!threads_latest(v, h->thread, h->shown, &latest))
		return false;
	key_u32(&first, h->shown);
	talk_key(&k, h->shown, latest, h->thread, 0);
	cursor_open(&c, &v->txn, v->cache->talks);
	if (order_seek(&c, &first, 0)) {
		uint32_t base = cursor_row(&c);
		size_t len = threads_read(v, h->thread, h->shown, &rows);
		size_t at = 0;
		while (at < len && rows[at].id != id)
			at++;
		found = at < len && cursor_seek(&c, k.at, k.len) &&
			cursor_in(&c, k.at, TALK_GROUP);
		if (found)
			*row_r = cursor_row(&c) - base + (uint32_t)at;
	}
	free(rows);
	cursor_close(&c);
	return found;
}

static bool
order_head(struct view *v, uint64_t id, struct row_head *h)
{
	struct key k = { .len = 0 };
	struct buf b = { 0 };

	key_u64(&k, id);
	bool found = txn_get(&v->txn, v->cache->messages, k.at, k.len, &b) &&
		row_head(h, b.data, b.len);
	buf_done(&b);
	return found;
}

bool
store_order_find(struct store *s, uint32_t folder, enum message_order order,
	uint64_t id, uint32_t *row_r)
{
	struct row_head h;
	struct view v;

	if (!view_open(&v, s))
		return false;
	bool found = order_head(&v, id, &h) && h.shown == folder &&
		(order == ORDER_DATE ? order_row_by_date(&v, &h, id, row_r) :
			order_row_by_thread(&v, &h, id, row_r));
	return view_close(&v) && found;
}

bool
store_order_next(struct store *s, uint32_t folder, enum message_order order,
	uint32_t from, int step, uint32_t set, uint32_t unset, uint32_t max,
	uint32_t *row_r)
{
	enum { AT_ONCE = 64 };
	struct thread_row rows[AT_ONCE];
	uint32_t looked = 0;

	while (looked < max) {
		struct view v;
		uint32_t want = max - looked < AT_ONCE ? max - looked : AT_ONCE;
		if (step < 0 && from < UINT32_MAX && want > from + 1)
			want = from + 1;
		uint32_t start = step < 0 ? from + 1 - want : from;
		if (!view_open(&v, s))
			return false;
		size_t n = order_read(&v, folder, order, start, want, rows);
		for (size_t i = 0; i < n; i++) {
			struct row_head h;
			size_t at = step < 0 ? n - 1 - i : i;
			if (order_head(&v, rows[at].id, &h) && (h.bits & set) == set &&
				(h.bits & unset) == 0) {
				*row_r = start + (uint32_t)at;
				return view_close(&v);
			}
		}
		if (!view_close(&v) || n < want)
			return false;
		looked += want;
		if (step < 0 && start == 0)
			return false;
		from = step < 0 ? start - 1 : start + want;
	}
	return false;
}
