// SPDX-License-Identifier: GPL-3.0-or-later
// Finds the message of a row again that went, so that what is here of it is not
// fetched a second time because somebody else moved it.
#include "config.h"

#include "store/left.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/when.h"
#include "store/bodies.h"
#include "store/bodies_inside.h"
#include "store/inside.h"
#include "store/links.h"
#include "store/rows.h"
#include "store/threads.h"

#include <stdlib.h>
#include <string.h>

// In the tree of bodies: id, LEFT -> the row; 0, LEFT, key of what it is, id ->
// when it left, bytes.
#define LEFT 'G'
// More with the same key are nothing that is looked through.
#define LEFT_LOOK_MAX 16

// Equal for twins; 0: this message is not known again.
static uint64_t
left_key(const struct row *row)
{
	if (row->same != 0)
		return row->same;
	if (row->links[LINK_OWN] == 0 || row->size == 0 || row->received <= 0 ||
		row->envelope.len == 0 || (row->state & ROW_UNREADABLE) != 0 ||
		(row->flags.bits & FLAG_DRAFT) != 0)
		return 0;
	return row->links[LINK_OWN];
}

bool
left_twins(const struct row *a, const struct row *b)
{
	if (a->account != b->account || a->size != b->size ||
		a->links[LINK_OWN] != b->links[LINK_OWN])
		return false;
	if (a->same != 0 || b->same != 0)
		return a->same == b->same;
	return left_key(a) != 0 && left_key(b) != 0 && a->folder != b->folder &&
		a->received == b->received && a->envelope.len == b->envelope.len &&
		memcmp(a->envelope.data, b->envelope.data, a->envelope.len) == 0;
}

static void
left_row_key(struct key *k, uint64_t id)
{
	k->len = 0;
	key_u64(k, id);
	key_u8(k, LEFT);
}

static void
left_index_key(struct key *k, uint64_t key)
{
	left_row_key(k, 0);
	key_u64(k, key);
}

static bool
left_load(struct txn *t, struct cache *c, uint64_t id, struct row *row)
{
	struct buf b = { 0 };
	struct key k;

	left_row_key(&k, id);
	bool found = txn_get(t, c->bodies, k.at, k.len, &b) &&
		row_unpack(row, id, b.data, b.len);
	buf_done(&b);
	return found;
}

bool
left_is(struct txn *t, struct cache *c, uint64_t id)
{
	struct row row = { 0 };
	bool found = rows_load(t, c, id, &row);

	row_done(&row);
	found = found || left_load(t, c, id, &row);
	row_done(&row);
	return found;
}

bool
left_any(struct txn *t, struct cache *c)
{
	struct cursor at;
	struct key k;

	left_row_key(&k, 0);
	cursor_open(&at, t, c->bodies);
	bool any = cursor_seek(&at, k.at, k.len) && cursor_in(&at, k.at, k.len);
	cursor_close(&at);
	return any;
}

bool
left_keep(struct write *w, const struct row *row)
{
	struct body_state body;
	struct buf b = { 0 };
	struct key k, v = { .len = 0 };

	if (left_key(row) == 0 ||
		!bodies_state(&w->txn, w->cache, row->id, &body) || body.bytes == 0) {
		bodies_forget(w, row->id);
		return false;
	}
	row_pack(&b, row);
	left_row_key(&k, row->id);
	txn_put(&w->txn, w->cache->bodies, k.at, k.len, b.data, b.len);
	buf_done(&b);
	left_index_key(&k, left_key(row));
	key_u64(&k, row->id);
	key_u64(&v, (uint64_t)when_now());
	key_u64(&v, body.bytes);
	txn_put(&w->txn, w->cache->bodies, k.at, k.len, v.at, v.len);
	return true;
}

void
left_forget(struct write *w, uint64_t id)
{
	struct row row = { 0 };
	struct key k;

	if (left_load(&w->txn, w->cache, id, &row)) {
		left_index_key(&k, left_key(&row));
		key_u64(&k, id);
		txn_del(&w->txn, w->cache->bodies, k.at, k.len);
		left_row_key(&k, id);
		txn_del(&w->txn, w->cache->bodies, k.at, k.len);
	}
	row_done(&row);
}

// --- who is it ------------------------------------------------------------------

// What is known of the twins of a row: how many there are, and the best body.
struct twins {
	unsigned n;
	uint64_t id;
	struct body_state body;
};

static void
twins_add(struct twins *twins, struct txn *t, struct cache *c, uint64_t id)
{
	struct body_state body;

	bodies_state(t, c, id, &body);
	if (twins->n++ == 0 || (body.complete && !twins->body.complete) ||
		(body.complete == twins->body.complete &&
			body.bytes > twins->body.bytes)) {
		twins->id = id;
		twins->body = body;
	}
}

// Those whose rows went.
static void
twins_left(struct twins *twins, struct txn *t, struct cache *c, const struct row *row)
{
	uint64_t ids[LEFT_LOOK_MAX];
	struct cursor at;
	struct key k;
	size_t n = 0;

	left_index_key(&k, left_key(row));
	cursor_open(&at, t, c->bodies);
	for (bool more = cursor_seek(&at, k.at, k.len);
		n < LEFT_LOOK_MAX && more && cursor_in(&at, k.at, k.len);
		more = cursor_next(&at)) {
		if (at.key.len == k.len + 8)
			ids[n++] = key_get_u64(at.key.data, k.len);
	}
	cursor_close(&at);
	for (size_t i = 0; i < n; i++) {
		struct row left = { 0 };
		if (ids[i] != row->id && left_load(t, c, ids[i], &left) &&
			left_twins(&left, row))
			twins_add(twins, t, c, ids[i]);
		row_done(&left);
	}
}

// Those that have rows: in the thread that the Message-ID leads to.
static void
twins_here(struct twins *twins, struct txn *t, struct cache *c, uint64_t thread,
	const struct row *row)
{
	uint64_t ids[LEFT_LOOK_MAX];
	size_t n = thread == 0 ? 0 : threads_with(t, c, thread, row->links[LINK_OWN],
		ids, LEFT_LOOK_MAX);

	for (size_t i = 0; i < n; i++) {
		struct row other = { 0 };
		if (ids[i] != row->id && rows_load(t, c, ids[i], &other) &&
			left_twins(&other, row))
			twins_add(twins, t, c, ids[i]);
		row_done(&other);
	}
}

uint64_t
left_claim(struct write *w, struct row *fresh)
{
	struct twins left = { 0 }, here = { 0 };

	if (left_key(fresh) == 0)
		return 0;
	twins_left(&left, &w->txn, w->cache, fresh);
	if (left.n == 0)
		return 0;
	// The server said that they are the same, or only one can be meant.
	if (fresh->same == 0)
		twins_here(&here, &w->txn, w->cache, links_find(w, fresh->account,
			fresh->links[LINK_OWN], true), fresh);
	if (fresh->same == 0 && left.n + here.n != 1)
		return 0;
	left_forget(w, left.id);
	// It may have begun a thread that goes on without it.
	fresh->thread = left.id;
	fresh->state |= left.body.complete ? ROW_RAW : 0;
	return left.id;
}

// --- from one row to another -----------------------------------------------------

static uint64_t
left_thread(struct view *v, const struct row *row)
{
	return row->links[LINK_OWN] == 0 ? 0 :
		links_read(v, row->account, row->links[LINK_OWN]);
}

static bool
left_give(struct store *s, uint64_t id, uint64_t *bytes, struct error *err)
{
	struct twins left = { .n = 0 }, here = { .n = 0 };
	struct body_state body;
	struct row row = { 0 };
	struct view v;

	if (!view_open(&v, s))
		return true;
	bodies_state(&v.txn, v.cache, id, &body);
	bool found = left_load(&v.txn, v.cache, id, &row);
	if (found) {
		twins_here(&here, &v.txn, v.cache, left_thread(&v, &row), &row);
		if (row.same == 0)
			twins_left(&left, &v.txn, v.cache, &row);
	}
	row_done(&row);
	if (!view_close(&v) || !found || here.n == 0 ||
		(row.same == 0 && here.n + left.n != 1))
		return true;
	*bytes += body.bytes;
	return bodies_copy(s, id, here.id, err) && bodies_drop(s, id, err);
}

void
left_settle(struct store *s, const struct array *ids)
{
	struct error err = { 0 };
	uint64_t bytes = 0;
	bool ok = true;

	// The rest waits, as far as the limits let it, until it is asked for.
	for (size_t i = 0; ok && i < ids->len && bytes < LEFT_BYTES_MAX; i++)
		ok = left_give(s, *(uint64_t *)array_at(ids, i), &bytes, &err);
	if (!ok)
		log_error("the body of what was moved: %s", err.text);
	if (ids->len > 0)
		left_sweep(s, when_now());
}

struct adopt {
	uint64_t from, to;
};

static bool
adopt_run(struct store *s, void *arg, struct error *err)
{
	const struct adopt *adopt = arg;

	return bodies_copy(s, adopt->from, adopt->to, err);
}

bool
store_body_adopt(struct store *s, uint64_t id)
{
	struct twins left = { .n = 0 }, here = { .n = 0 };
	struct body_state body;
	struct error unsaid = { 0 };
	struct row row = { 0 };
	struct view v;

	if (!view_open(&v, s))
		return false;
	bool wanted = rows_load(&v.txn, v.cache, id, &row) && left_key(&row) != 0;
	bodies_state(&v.txn, v.cache, id, &body);
	wanted = wanted && body.have == 0 && !body.complete;
	if (wanted) {
		twins_here(&here, &v.txn, v.cache, left_thread(&v, &row), &row);
		twins_left(&left, &v.txn, v.cache, &row);
	}
	// Of two that are here only the server can say that they are one: of a mail that
	// came twice the lines of its way differ.
	bool told = row.same != 0, sure = told || left.n + here.n == 1;
	const struct twins *from = told &&
		(here.body.complete || here.body.bytes > left.body.bytes) ? &here : &left;
	row_done(&row);
	if (!view_close(&v) || !wanted || !sure || from->body.bytes == 0 ||
		(!from->body.complete && body.bytes > 0))
		return false;
	struct adopt adopt = { from->id, id };
	return writer_call(s, JOB_SYNC, adopt_run, &adopt, &unsaid);
}

// --- limits -----------------------------------------------------------------------

struct left_entry {
	uint64_t id, when, bytes;
};

static int
left_later(const void *a, const void *b)
{
	const struct left_entry *x = a, *y = b;

	if (x->when != y->when)
		return x->when > y->when ? -1 : 1;
	return x->id > y->id ? -1 : x->id < y->id;
}

static void
left_read(struct store *s, struct array *entries)
{
	struct cursor at;
	struct view v;
	struct key k;

	if (!view_open(&v, s))
		return;
	left_row_key(&k, 0);
	cursor_open(&at, &v.txn, v.cache->bodies);
	for (bool more = cursor_seek(&at, k.at, k.len); more &&
		cursor_in(&at, k.at, k.len); more = cursor_next(&at)) {
		if (at.key.len != k.len + 16 || at.data.len != 16)
			continue;
		*(struct left_entry *)array_push(entries) = (struct left_entry){
			key_get_u64(at.key.data, k.len + 8),
			key_get_u64(at.data.data, 0), key_get_u64(at.data.data, 8) };
	}
	cursor_close(&at);
	if (!view_close(&v))
		array_clear(entries);
}

static void
left_trim(struct store *s, int64_t now, size_t most)
{
	struct array entries = ARRAY_OF(struct left_entry);
	uint64_t max = bodies_max(s) / LEFT_BYTES_SHARE, bytes = 0;
	struct error err = { 0 };
	bool ok = true;

	max = max < LEFT_BYTES_MAX ? max : LEFT_BYTES_MAX;
	left_read(s, &entries);
	if (entries.len > 0)
		qsort(entries.items, entries.len, sizeof(struct left_entry), left_later);
	for (size_t i = 0; ok && i < entries.len; i++) {
		const struct left_entry *e = array_at(&entries, i);
		int64_t age = now - (int64_t)e->when;
		bytes += e->bytes;
		// A clock that was set back makes none stay for ever.
		if (i >= most || bytes > max || age > LEFT_SECONDS ||
			age < -LEFT_SECONDS)
			ok = bodies_drop(s, e->id, &err);
	}
	array_done(&entries);
	if (!ok)
		log_error("the bodies of what went: %s", err.text);
}

void
left_sweep(struct store *s, int64_t now)
{
	left_trim(s, now, LEFT_MAX);
	s->left_swept = now;
}

void
left_empty(struct store *s)
{
	left_trim(s, when_now(), 0);
}
