// SPDX-License-Identifier: GPL-3.0-or-later
// Bodies in chunks, so that no write holds readers up for long, with a list by
// the hour of the last reading, so that there is never too much of it.
#include "config.h"

#include "store/bodies.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "mail/part.h"
#include "store/bodies_inside.h"
#include "store/inside.h"
#include "store/left.h"
#include "store/rows.h"

#include <stdlib.h>
#include <string.h>

// Keys: id, kind, and for parts the section; chunks have a number at the end.
// Id 0 is the list: kind, hour, id. What left.c keeps stands between.
enum body_kind {
	BODY_INFO = 'I',        // struct body
	BODY_RAW = 'R',         // chunk
	BODY_STRUCTURE = 'S',
	BODY_PART = 'P',        // length; written after its chunks
	BODY_PART_CHUNK = 'p',
	BODY_READ = 'L',
};

#define BODIES_MAX ((uint64_t)2 * 1024 * 1024 * 1024)
#define BODY_SECTION_MAX 200
#define BODY_STRUCTURE_MAX (4u * 1024 * 1024)
#define BODY_HOUR 3600

struct body {
	uint64_t have;       // bytes of the raw message
	bool complete;
	uint64_t bytes;      // all that is kept of it
	uint32_t hour;       // of the last reading
};

static void
body_key(struct key *k, uint64_t id, enum body_kind kind)
{
	k->len = 0;
	key_u64(k, id);
	key_u8(k, (uint8_t)kind);
}

static void
body_read_key(struct key *k, uint32_t hour, uint64_t id)
{
	body_key(k, 0, BODY_READ);
	key_u32(k, hour);
	key_u64(k, id);
}

static void
body_part_key(struct buf *b, uint64_t id, enum body_kind kind, const char *section)
{
	struct key k;

	body_key(&k, id, kind);
	buf_clear(b);
	buf_add(b, k.at, k.len);
	buf_add(b, section, strnlen(section, BODY_SECTION_MAX) + 1);
}

static bool
body_get(struct txn *t, struct cache *c, uint64_t id, struct body *body)
{
	struct buf b = { 0 };
	struct key k;

	*body = (struct body){ 0 };
	body_key(&k, id, BODY_INFO);
	bool found = txn_get(t, c->bodies, k.at, k.len, &b);
	if (found) {
		struct reader in = reader_of(b.data, b.len);
		body->have = read_u64(&in);
		body->complete = read_u8(&in) != 0;
		body->bytes = read_u64(&in);
		body->hour = read_u32(&in);
	}
	buf_done(&b);
	return found;
}

// Of `was` (bytes 0: not there) it becomes `body`.
static void
body_put(struct write *w, uint64_t id, const struct body *was,
	const struct body *body)
{
	struct key k;
	struct buf b = { 0 };

	w->cache->meta.bodies += body->bytes - was->bytes;
	if (was->hour != body->hour) {
		body_read_key(&k, was->hour, id);
		txn_del(&w->txn, w->cache->bodies, k.at, k.len);
		body_read_key(&k, body->hour, id);
		txn_put(&w->txn, w->cache->bodies, k.at, k.len, "", 0);
	}
	buf_u64(&b, body->have);
	buf_u8(&b, body->complete);
	buf_u64(&b, body->bytes);
	buf_u32(&b, body->hour);
	body_key(&k, id, BODY_INFO);
	txn_put(&w->txn, w->cache->bodies, k.at, k.len, b.data, b.len);
	buf_done(&b);
}

static uint32_t
body_hour(void)
{
	return (uint32_t)(when_now() / BODY_HOUR);
}

static void
body_del_kind(struct write *w, uint64_t id, enum body_kind kind)
{
	struct cursor c;
	struct key k;

	body_key(&k, id, kind);
	cursor_open(&c, &w->txn, w->cache->bodies);
	for (bool more = cursor_seek(&c, k.at, k.len);
		more && cursor_in(&c, k.at, k.len); more = cursor_next(&c))
		cursor_del(&c);
	cursor_close(&c);
}

static void
body_del_parts(struct write *w, uint64_t id)
{
	body_del_kind(w, id, BODY_PART);
	body_del_kind(w, id, BODY_PART_CHUNK);
	body_del_kind(w, id, BODY_STRUCTURE);
}

void
bodies_forget(struct write *w, uint64_t id)
{
	struct body body;
	struct key k;

	if (!body_get(&w->txn, w->cache, id, &body))
		return;
	left_forget(w, id);
	body_del_kind(w, id, BODY_RAW);
	body_del_parts(w, id);
	body_del_kind(w, id, BODY_INFO);
	body_read_key(&k, body.hour, id);
	txn_del(&w->txn, w->cache->bodies, k.at, k.len);
	w->cache->meta.bodies -= body.bytes;
}

bool
bodies_state(struct txn *t, struct cache *c, uint64_t id, struct body_state *state_r)
{
	struct body body;
	bool found = body_get(t, c, id, &body);

	*state_r = (struct body_state){ body.have, body.bytes, body.complete };
	return found;
}

// --- raw ------------------------------------------------------------------------

bool
store_raw_state(struct store *s, uint64_t id, uint64_t *have_r, bool *complete_r)
{
	struct body body = { 0 };
	struct view v;

	*have_r = 0;
	*complete_r = false;
	if (!view_open(&v, s))
		return false;
	bool found = body_get(&v.txn, v.cache, id, &body);
	if (!view_close(&v) || !found)
		return false;
	*have_r = body.have;
	*complete_r = body.complete;
	return true;
}

struct body_call {
	uint64_t id;
	uint64_t offset;
	const void *data;
	size_t len;
	bool last;
	const char *section;
};

static bool
touch_run(struct store *s, void *arg, struct error *err)
{
	struct body_call *call = arg;
	struct body body, now;
	struct write w;

	write_begin(&w, s);
	if (body_get(&w.txn, w.cache, call->id, &body)) {
		now = body;
		now.hour = body_hour();
		body_put(&w, call->id, &body, &now);
	}
	return write_commit(&w, err);
}

struct touch_job {
	struct job job;
	struct body_call call;
};

static void
touch_job_run(struct store *s, struct job *job)
{
	touch_run(s, &((struct touch_job *)job)->call, NULL);
	free(job);
}

// Once an hour is often enough.
static void
body_touch(struct store *s, uint64_t id, const struct body *body)
{
	if (body->hour == body_hour())
		return;
	struct touch_job *touch = mem_new(struct touch_job);
	touch->job = (struct job){ .priority = JOB_UPKEEP, .run = touch_job_run };
	touch->call.id = id;
	writer_post(s, &touch->job);
}

bool
store_raw_read(struct store *s, uint64_t id, uint64_t offset, size_t max,
	struct buf *out, struct error *err)
{
	struct buf chunk = { 0 };
	struct body body = { 0 };
	size_t began = out->len;
	bool ok = true;

	while (ok && max > 0) {
		struct key k;
		struct view v;
		size_t skip = offset % BODY_CHUNK;
		if (!view_open(&v, s)) {
			ok = false;
			break;
		}
		bool found = body_get(&v.txn, v.cache, id, &body);
		body_key(&k, id, BODY_RAW);
		key_u32(&k, (uint32_t)(offset / BODY_CHUNK));
		bool end = found && body.complete && offset >= body.have;
		ok = end || (found && txn_get(&v.txn, v.cache->bodies, k.at, k.len, &chunk) &&
			chunk.len > skip);
		ok = view_close(&v) && ok;
		if (!ok || end)
			break;
		size_t n = chunk.len - skip < max ? chunk.len - skip : max;
		buf_add(out, chunk.data + skip, n);
		offset += n;
		max -= n;
	}
	buf_done(&chunk);
	if (!ok) {
		buf_cut(out, began);
		return error_set(err, ERROR_GONE, "the message is not here");
	}
	body_touch(s, id, &body);
	return true;
}

static bool
raw_put_chunk(struct write *w, struct body_call *call, struct error *err)
{
	size_t skip = call->offset % BODY_CHUNK;
	size_t n = BODY_CHUNK - skip < call->len ? BODY_CHUNK - skip : call->len;
	struct buf chunk = { 0 };
	struct body body, now;
	struct key k;

	body_get(&w->txn, w->cache, call->id, &body);
	if (w->txn.failed == 0 && (body.have != call->offset || body.complete))
		return error_set(err, ERROR_GONE, "more of the message is here by now");
	body_key(&k, call->id, BODY_RAW);
	key_u32(&k, (uint32_t)(call->offset / BODY_CHUNK));
	if (skip > 0)
		txn_get(&w->txn, w->cache->bodies, k.at, k.len, &chunk);
	buf_add(&chunk, call->data, n);
	if (n > 0)
		txn_put(&w->txn, w->cache->bodies, k.at, k.len, chunk.data, chunk.len);
	buf_done(&chunk);
	now = (struct body){ .have = body.have + n, .bytes = body.bytes + n,
		.hour = body_hour() };
	call->offset += n;
	call->data = (const char *)call->data + n;
	call->len -= n;
	if (call->last && call->len == 0) {
		now.complete = true;
		now.bytes = now.have;
		body_del_parts(w, call->id);
	}
	body_put(w, call->id, &body, &now);
	return true;
}

static bool
raw_put_run(struct store *s, void *arg, struct error *err)
{
	struct body_call *call = arg;
	bool ok = true;

	do {
		struct write w;
		struct row row;
		write_begin(&w, s);
		if (!rows_load(&w.txn, w.cache, call->id, &row)) {
			if (w.txn.failed != 0)
				return write_commit(&w, err);
			write_abort(&w);
			return error_set(err, ERROR_GONE, "the message is no longer there");
		}
		ok = raw_put_chunk(&w, call, err);
		if (ok && call->last && call->len == 0) {
			row.state |= ROW_RAW;
			rows_save(&w, &row);
			write_tell(&w, STORE_MESSAGE, row.account, row.shown, row.id);
		}
		write_tell(&w, STORE_BODY, row.account, row.shown, row.id);
		row_done(&row);
		if (!ok) {
			write_abort(&w);
			return false;
		}
		ok = write_commit(&w, err);
		if (ok && call->len > 0)
			writer_breathe(s);
	} while (ok && call->len > 0);
	bodies_trim(s);
	return ok;
}

bool
bodies_put_raw(struct store *s, uint64_t id, const void *data, size_t len,
	struct error *err)
{
	struct body_call call = { .id = id, .data = data, .len = len, .last = true };

	return raw_put_run(s, &call, err);
}

bool
store_raw_put(struct store *s, uint64_t id, uint64_t offset, const void *data,
	size_t len, bool last, struct error *err)
{
	struct body_call call = {
		.id = id, .offset = offset, .data = data, .len = len, .last = last,
	};

	return writer_call(s, JOB_SYNC, raw_put_run, &call, err);
}

bool
bodies_drop(struct store *s, uint64_t id, struct error *err)
{
	struct write w;
	struct row row;

	write_begin(&w, s);
	bodies_forget(&w, id);
	if (rows_load(&w.txn, w.cache, id, &row)) {
		row.state &= ~(unsigned)ROW_RAW;
		rows_save(&w, &row);
		wanted_row(s, &row);
		write_tell(&w, STORE_MESSAGE, row.account, row.shown, id);
		row_done(&row);
	}
	return write_commit(&w, err);
}

static bool
body_drop_run(struct store *s, void *arg, struct error *err)
{
	return bodies_drop(s, ((struct body_call *)arg)->id, err);
}

bool
store_body_drop(struct store *s, uint64_t id, struct error *err)
{
	struct body_call call = { .id = id };

	return writer_call(s, JOB_SYNC, body_drop_run, &call, err);
}

// --- structure and parts -----------------------------------------------------------

struct part *
store_structure(struct store *s, uint64_t id)
{
	struct part *root = NULL;
	struct buf b = { 0 };
	struct key k;
	struct view v;

	if (!view_open(&v, s))
		return NULL;
	body_key(&k, id, BODY_STRUCTURE);
	bool found = txn_get(&v.txn, v.cache->bodies, k.at, k.len, &b);
	if (view_close(&v) && found) {
		struct reader in = reader_of(b.data, b.len);
		root = part_unpack(&in);
	}
	buf_done(&b);
	return root;
}

static bool
structure_put_run(struct store *s, void *arg, struct error *err)
{
	const struct body_call *call = arg;
	struct body body, now;
	struct row row;
	struct write w;
	struct key k;

	write_begin(&w, s);
	if (rows_load(&w.txn, w.cache, call->id, &row)) {
		body_get(&w.txn, w.cache, call->id, &body);
		body_key(&k, call->id, BODY_STRUCTURE);
		txn_put(&w.txn, w.cache->bodies, k.at, k.len, call->data, call->len);
		now = body;
		now.bytes += call->len;
		now.hour = body_hour();
		body_put(&w, call->id, &body, &now);
		write_tell(&w, STORE_BODY, row.account, row.shown, call->id);
		row_done(&row);
	}
	return write_commit(&w, err);
}

bool
store_structure_put(struct store *s, uint64_t id, const struct part *root,
	struct error *err)
{
	struct buf b = { 0 };
	bool ok;

	part_pack(&b, root);
	if (b.len > BODY_STRUCTURE_MAX) {
		ok = error_set(err, ERROR_INPUT, "the message has too many parts");
	} else {
		struct body_call call = { .id = id, .data = b.data, .len = b.len };
		ok = writer_call(s, JOB_SYNC, structure_put_run, &call, err);
	}
	buf_done(&b);
	return ok;
}

static void
part_chunk_key(struct buf *b, uint64_t id, const char *section, uint64_t number)
{
	body_part_key(b, id, BODY_PART_CHUNK, section);
	buf_u32(b, (uint32_t)number);
}

bool
store_part_read(struct store *s, uint64_t id, const char *section, struct buf *out)
{
	struct buf key = { 0 }, value = { 0 };
	struct body body = { 0 };
	uint64_t len = UINT64_MAX, got = 0;
	size_t began = out->len;
	bool ok = true;

	while (ok && got < len) {
		struct view v;
		if (!view_open(&v, s)) {
			ok = false;
			break;
		}
		if (len == UINT64_MAX) {
			body_part_key(&key, id, BODY_PART, section);
			ok = txn_get(&v.txn, v.cache->bodies, key.data, key.len, &value) &&
				value.len == 8;
			len = ok ? key_get_u64(value.data, 0) : 0;
			body_get(&v.txn, v.cache, id, &body);
		} else {
			part_chunk_key(&key, id, section, got / BODY_CHUNK);
			ok = txn_get(&v.txn, v.cache->bodies, key.data, key.len, &value) &&
				value.len > 0;
			if (ok)
				buf_add(out, value.data, value.len);
			got += ok ? value.len : 0;
		}
		ok = view_close(&v) && ok;
	}
	buf_done(&key);
	buf_done(&value);
	if (ok && body.bytes > 0)
		body_touch(s, id, &body);
	if (!ok)
		buf_cut(out, began);
	return ok;
}

static bool
part_put_run(struct store *s, void *arg, struct error *err)
{
	const struct body_call *call = arg;
	struct buf key = { 0 };
	struct key len = { .len = 0 };
	struct body body, now;
	bool ok = true, done = false;
	size_t at = 0;

	key_u64(&len, call->len);
	while (ok && !done) {
		struct write w;
		struct row row;
		write_begin(&w, s);
		if (!rows_load(&w.txn, w.cache, call->id, &row)) {
			ok = write_commit(&w, err) &&
				error_set(err, ERROR_GONE, "the message is no longer there");
			break;
		}
		size_t n = call->len - at < BODY_CHUNK ? call->len - at : BODY_CHUNK;
		body_get(&w.txn, w.cache, call->id, &body);
		now = body;
		now.hour = body_hour();
		if (n > 0) {
			part_chunk_key(&key, call->id, call->section, at / BODY_CHUNK);
			txn_put(&w.txn, w.cache->bodies, key.data, key.len,
				(const char *)call->data + at, n);
			now.bytes += n;
			at += n;
		}
		done = at == call->len;
		if (done) {
			body_part_key(&key, call->id, BODY_PART, call->section);
			txn_put(&w.txn, w.cache->bodies, key.data, key.len, len.at, len.len);
			write_tell(&w, STORE_BODY, row.account, row.shown, call->id);
		}
		body_put(&w, call->id, &body, &now);
		row_done(&row);
		ok = write_commit(&w, err);
		if (ok && !done)
			writer_breathe(s);
	}
	buf_done(&key);
	bodies_trim(s);
	return ok;
}

bool
store_part_put(struct store *s, uint64_t id, const char *section, const void *data,
	size_t len, struct error *err)
{
	struct body_call call = {
		.id = id, .data = data, .len = len, .section = section,
	};

	return writer_call(s, JOB_SYNC, part_put_run, &call, err);
}

// --- from one message to another --------------------------------------------------

static bool
copy_raw(struct store *s, uint64_t from, uint64_t to, uint64_t len, struct error *err)
{
	struct buf b = { 0 };
	uint64_t at = 0;
	bool ok = true;

	do {
		struct body_call call = { .id = to, .offset = at };
		buf_clear(&b);
		ok = store_raw_read(s, from, at, BODY_CHUNK, &b, err);
		at += b.len;
		call.data = b.data;
		call.len = b.len;
		call.last = at == len;
		ok = ok && raw_put_run(s, &call, err);
		if (ok && at < len)
			writer_breathe(s);
	} while (ok && at < len && b.len > 0);
	buf_done(&b);
	return ok;
}

static void
copy_sections(struct view *v, uint64_t from, struct strlist *sections)
{
	struct cursor c;
	struct key k;

	body_key(&k, from, BODY_PART);
	cursor_open(&c, &v->txn, v->cache->bodies);
	for (bool more = cursor_seek(&c, k.at, k.len);
		more && cursor_in(&c, k.at, k.len); more = cursor_next(&c))
		strlist_take(sections, str_ndup((const char *)c.key.data + k.len,
			c.key.len - k.len));
	cursor_close(&c);
}

static bool
copy_parts(struct store *s, uint64_t from, uint64_t to, struct error *err)
{
	struct body_call call = { .id = to };
	struct strlist sections = { 0 };
	struct buf b = { 0 };
	bool ok = true;
	struct key k;
	struct view v;

	if (!view_open(&v, s))
		return true;
	body_key(&k, from, BODY_STRUCTURE);
	bool tree = txn_get(&v.txn, v.cache->bodies, k.at, k.len, &b);
	copy_sections(&v, from, &sections);
	if (view_close(&v) && tree) {
		call.data = b.data;
		call.len = b.len;
		ok = structure_put_run(s, &call, err);
		for (size_t i = 0; ok && i < sections.len; i++) {
			buf_clear(&b);
			if (!store_part_read(s, from, sections.items[i], &b))
				continue;
			call.section = sections.items[i];
			call.data = b.data;
			call.len = b.len;
			ok = part_put_run(s, &call, err);
		}
	}
	buf_done(&b);
	strlist_done(&sections);
	return ok;
}

bool
bodies_copy(struct store *s, uint64_t from, uint64_t to, struct error *err)
{
	struct body_state has, gets;
	struct view v;

	if (!view_open(&v, s))
		return true;
	bodies_state(&v.txn, v.cache, from, &has);
	bodies_state(&v.txn, v.cache, to, &gets);
	if (!view_close(&v) || gets.have > 0 || gets.complete)
		return true;
	if (!has.complete && gets.bytes > 0)
		return true;
	struct error failed = { 0 }, unsaid = { 0 };
	if (has.complete ? copy_raw(s, from, to, has.have, &failed) :
			copy_parts(s, from, to, &failed))
		return true;
	// Either of them went meanwhile, or there is no room.
	bodies_drop(s, to, &unsaid);
	if (failed.kind == ERROR_GONE)
		return true;
	*err = failed;
	return false;
}

// --- upkeep -----------------------------------------------------------------------------

// What is filled unasked: past it stays room for what is read.
#define BODIES_FILL(max) ((max) / 10 * 8)

uint64_t
bodies_max(const struct store *s)
{
	return s->bodies_max != 0 ? s->bodies_max : BODIES_MAX;
}

// The one read longest ago, 0 when there is none. Not one that waits for a
// server: there it may be the only copy.
static uint64_t
bodies_oldest(struct view *v, uint32_t *hour_r)
{
	struct cursor c;
	struct key k;
	uint64_t id = 0;

	body_key(&k, 0, BODY_READ);
	cursor_open(&c, &v->txn, v->cache->bodies);
	for (bool more = cursor_seek(&c, k.at, k.len);
		id == 0 && more && cursor_in(&c, k.at, k.len); more = cursor_next(&c)) {
		struct row row;
		id = key_get_u64(c.key.data, 13);
		*hour_r = key_get_u32(c.key.data, 9);
		// Without a row it waits for one (left.h), and may as well go.
		if (!rows_load(&v->txn, v->cache, id, &row))
			break;
		if (root_is_creation(row.root))
			id = 0;
		row_done(&row);
	}
	cursor_close(&c);
	return id;
}

void
bodies_list(struct txn *t, struct cache *cache, struct array *ids)
{
	struct cursor c;
	struct key k;

	body_key(&k, 0, BODY_READ);
	cursor_open(&c, t, cache->bodies);
	for (bool more = cursor_seek(&c, k.at, k.len); more && cursor_in(&c, k.at, k.len);
		more = cursor_next(&c))
		*(uint64_t *)array_push(ids) = key_get_u64(c.key.data, 13);
	cursor_close(&c);
}

uint64_t
bodies_room(struct view *v, int64_t *since, uint64_t *max_size)
{
	uint64_t max = bodies_max(v->s), fill = BODIES_FILL(max);
	uint32_t hour = 0;

	if (*max_size > max / 10)
		*max_size = max / 10;
	if (v->cache->meta.bodies < fill)
		return fill - v->cache->meta.bodies;
	bodies_oldest(v, &hour);
	// What arrived later than that was read takes its place. Strictly later:
	// what makes room now must never be wanted back.
	int64_t later = ((int64_t)hour + 1) * BODY_HOUR;
	if (later > *since)
		*since = later;
	return max / 10;
}

bool
bodies_trim(struct store *s)
{
	uint64_t max = bodies_max(s);

	if (s->cache->meta.bodies <= max)
		return false;
	while (s->cache->meta.bodies > max / 10 * 9) {
		struct error err;
		struct view v;
		uint32_t hour;
		if (!view_open(&v, s))
			break;
		uint64_t id = bodies_oldest(&v, &hour);
		if (!view_close(&v) || id == 0)
			break;
		if (!bodies_drop(s, id, &err)) {
			log_error("dropping bodies: %s", err.text);
			break;
		}
	}
	return true;
}
