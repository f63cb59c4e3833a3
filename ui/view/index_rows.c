// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the rows of an index as they are looked at, from the order of a folder
// or from the ids that a search has found. What was sought is sought again when
// something came or went, and stays on the screen until that is done.
#include "config.h"

#include "ui/view/index_rows.h"

#include <stdlib.h>
#include "account/event.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "command/tags.h"
#include "engine.h"
#include "loop/loop.h"
#include "mail/query.h"
#include "store/folders.h"
#include "ui/view/index_merge.h"

#define INDEX_NEXT_MAX 20000   // rows looked at for the next unread one
#define INDEX_DEPTH_MAX 100    // levels of a thread told apart
#define INDEX_NEXT_IDS 5000    // the same, where each is read by its id

static void
index_rows_forget(struct index_rows *r)
{
	for (size_t i = 0; i < r->read.len; i++)
		message_done(array_at(&r->read, i));
	array_clear(&r->read);
	array_clear(&r->levels);
	r->valid = false;
}

static void
index_rows_end_search(struct index_rows *r)
{
	if (r->job)
		engine_job_cancel(r->engine, r->job);
	r->job = 0;
	r->again = false;
	loop_remove_timer(&r->timer);
	array_clear(&r->coming);
}

static void
index_rows_free_folder(void *folder)
{
	if (folder) {
		folder_done(folder);
		free(folder);
	}
}

void
index_rows_forget_folders(struct index_rows *r)
{
	if (r->folders)
		map_free(&r->folders, index_rows_free_folder);
	r->folders = map_new();
}

const struct folder *
index_rows_folder(struct index_rows *r, uint32_t id)
{
	struct folder *f = map_get_u64(r->folders, id), found;

	if (f || !store_folder(r->engine->store, id, &found))
		return f;
	f = mem_copy(&found, sizeof found);
	map_put_u64(r->folders, id, f);
	return f;
}

bool
index_rows_holds(struct index_rows *r, uint32_t folder)
{
	if (!r->base)
		return folder == r->folder;
	const struct folder *f = index_rows_folder(r, folder);

	return f && r->parsed && query_looks_in(r->parsed, f->name, folder_role_name(f->role),
		engine_account_name(r->engine, f->account));
}

bool
index_rows_any(const struct index_rows *r)
{
	return (r->folder || r->base) && r->engine->store;
}

void
index_rows_done(struct index_rows *r)
{
	if (!r->engine)
		return;
	index_rows_end_search(r);
	index_rows_forget(r);
	array_done(&r->read);
	array_done(&r->levels);
	array_done(&r->ids);
	array_done(&r->coming);
	map_free(&r->folders, index_rows_free_folder);
	query_free(&r->parsed);
	free(r->base);
	free(r->limit);
	free(r->query);
}

static void
index_rows_swap(struct index_rows *r)
{
	struct array old = r->ids;

	r->ids = r->coming;
	r->coming = old;
	array_clear(&r->coming);
}

static void
index_rows_found(void *arg, struct event *event)
{
	struct index_rows *r = arg;
	struct array *to = r->fresh ? &r->ids : &r->coming;

	// What comes from here is in the order; what a server finds comes behind.
	for (size_t i = 0; i < event->n_ids; i++) {
		if (event->account)
			index_merge(r->engine->store, to, r->order, event->ids[i]);
		else
			*(uint64_t *)array_push(to) = event->ids[i];
	}
	if (event->kind == EVENT_REPLY) {
		int64_t now = when_mono_ms();

		r->job = 0;
		r->rests_until = now + now - r->began;
		if (!r->fresh && event->error.kind == ERROR_NONE)
			index_rows_swap(r);
	}
	if (event->kind == EVENT_REPLY || r->fresh) {
		index_rows_forget(r);
		r->changed(r->arg, event->error.kind == ERROR_NONE ||
			event->error.kind == ERROR_CANCELLED ? NULL : event->error.text);
	}
	if (event->kind == EVENT_REPLY && r->again)
		index_rows_stale(r, true);
}

static void
index_rows_search(struct index_rows *r)
{
	index_rows_end_search(r);
	r->began = when_mono_ms();
	r->job = engine_search(r->engine, r->query, r->folder, r->order,
		index_rows_found, r);
}

static void
index_rows_rested(void *arg)
{
	struct index_rows *r = arg;

	r->fresh = false;
	index_rows_search(r);
}

static void
index_rows_set_query(struct index_rows *r, const char *base, const char *limit)
{
	char *copy = str_dup(limit), *base_copy = str_dup(base);   // may be our own

	free(r->limit);
	free(r->base);
	free(r->query);
	query_free(&r->parsed);
	r->limit = copy;
	r->base = base_copy;
	r->query = !r->base ? str_dup(r->limit) : !r->limit ? str_dup(r->base)
		: str_printf("(%s) (%s)", r->base, r->limit);
	// One that cannot be read shows nothing; its search says why.
	if (r->base)
		query_parse(&r->parsed, r->base, when_now(), NULL);
}

void
index_rows_show(struct index_rows *r, uint32_t folder, const char *base,
	enum message_order order, const char *limit)
{
	index_rows_end_search(r);
	index_rows_forget(r);
	if (r->ids.size == 0) {
		r->read = ARRAY_OF(struct message);
		r->levels = ARRAY_OF(int);
		r->ids = ARRAY_OF(uint64_t);
		r->coming = ARRAY_OF(uint64_t);
	}
	index_rows_forget_folders(r);
	array_clear(&r->ids);
	r->folder = folder;
	r->order = order;
	index_rows_set_query(r, base, limit);
	r->fresh = true;
	if (r->query && index_rows_any(r))
		index_rows_search(r);
}

void
index_rows_stale(struct index_rows *r, bool search)
{
	int64_t rest = r->rests_until - when_mono_ms();

	index_rows_forget(r);
	if (!search || !r->query || !index_rows_any(r) || r->timer)
		return;
	if (r->job)
		r->again = true;
	else if (rest > 0)
		r->timer = loop_add_timer(r->engine->loop, rest, index_rows_rested, r);
	else
		index_rows_rested(r);
}

uint32_t
index_rows_count(struct index_rows *r)
{
	if (!index_rows_any(r))
		return 0;
	return r->query ? (uint32_t)r->ids.len
		: store_order_count(r->engine->store, r->folder);
}

static void
index_rows_read_ids(struct index_rows *r, uint32_t from, uint32_t n)
{
	for (uint32_t at = from; at < from + n && at < r->ids.len; ) {
		struct message *m = array_push(&r->read);

		if (store_message(r->engine->store,
		    *(uint64_t *)array_at(&r->ids, at), m) && index_rows_holds(r, m->folder)) {
			at++;
			continue;
		}
		// It is gone from here: so is its row.
		message_done(m);
		array_remove(&r->read, r->read.len - 1);
		array_remove(&r->ids, at);
	}
	if (r->order == ORDER_THREAD && r->read.len > 1)
		store_thread_depths(r->engine->store, r->read.items, r->read.len);
}

// A thread runs through the folders: what is missing here must not leave a gap
// in its tree. Each row stands one level below the nearest one above it that is
// less deep.
static void
index_rows_set_levels(struct index_rows *r)
{
	int depths[INDEX_DEPTH_MAX], n = 0;
	uint64_t thread = 0;

	for (size_t i = 0; i < r->read.len; i++) {
		const struct message *m = array_at(&r->read, i);

		if (m->thread != thread || r->order != ORDER_THREAD)
			n = 0;
		thread = m->thread;
		while (n > 0 && depths[n - 1] >= m->depth)
			n--;
		*(int *)array_push(&r->levels) = n;
		if (n < INDEX_DEPTH_MAX)
			depths[n++] = m->depth;
	}
}

static void
index_rows_read_order(struct index_rows *r, uint32_t from, uint32_t n)
{
	struct message *rows = mem_alloc(n, sizeof *rows);
	size_t got = store_order_rows(r->engine->store, r->folder, r->order, from, n, rows);

	for (size_t i = 0; i < got; i++)
		*(struct message *)array_push(&r->read) = rows[i];
	free(rows);
}

void
index_rows_want(struct index_rows *r, uint32_t from, uint32_t n)
{
	if (!index_rows_any(r) || (r->valid && from >= r->from &&
	    from + n <= r->from + r->read.len))
		return;
	uint32_t above = from < INDEX_AROUND ? from : INDEX_AROUND;

	index_rows_forget(r);
	r->from = from - above;
	r->valid = true;
	n += above + INDEX_AROUND;
	if (r->query)
		index_rows_read_ids(r, r->from, n);
	else
		index_rows_read_order(r, r->from, n);
	index_rows_set_levels(r);
	for (size_t i = 0; i < r->read.len; i++)
		tags_note(r->engine, &((struct message *)array_at(&r->read, i))->flags);
}

int
index_row_level(const struct index_rows *r, uint32_t at)
{
	return index_row(r, at) ? *(int *)array_at(&r->levels, at - r->from) : 0;
}

const struct message *
index_row(const struct index_rows *r, uint32_t at)
{
	if (!r->valid || at < r->from || at - r->from >= r->read.len)
		return NULL;
	return array_at(&r->read, at - r->from);
}

uint64_t
index_rows_id(struct index_rows *r, uint32_t at)
{
	const struct message *m = index_row(r, at);
	uint64_t id = 0;

	if (m)
		return m->id;
	if (!index_rows_any(r))
		return 0;
	if (r->query)
		return at < r->ids.len ? *(uint64_t *)array_at(&r->ids, at) : 0;
	return store_order_ids(r->engine->store, r->folder, r->order, at, 1, &id) == 1
		? id : 0;
}

bool
index_rows_find(struct index_rows *r, uint64_t id, uint32_t *at_r)
{
	if (!id || !index_rows_any(r))
		return false;
	if (!r->query)
		return store_order_find(r->engine->store, r->folder, r->order, id, at_r);
	for (size_t i = 0; i < r->ids.len; i++) {
		if (*(uint64_t *)array_at(&r->ids, i) == id) {
			*at_r = (uint32_t)i;
			return true;
		}
	}
	return false;
}

bool
index_rows_next(struct index_rows *r, uint32_t from, int step, uint32_t set,
	uint32_t unset, uint32_t *at_r)
{
	if (!index_rows_any(r))
		return false;
	if (!r->query)
		return store_order_next(r->engine->store, r->folder, r->order, from, step,
			set, unset, INDEX_NEXT_MAX, at_r);
	int64_t at = from;

	for (int i = 0; i < INDEX_NEXT_IDS && at >= 0 && at < (int64_t)r->ids.len;
	     i++, at += step) {
		struct message m;

		if (!store_message(r->engine->store, *(uint64_t *)array_at(&r->ids, at), &m))
			continue;
		uint32_t bits = m.flags.bits;

		message_done(&m);
		if ((bits & set) == set && !(bits & unset)) {
			*at_r = (uint32_t)at;
			return true;
		}
	}
	return false;
}
