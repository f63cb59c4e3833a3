// SPDX-License-Identifier: GPL-3.0-or-later
// Searching: the orders of the folders are walked in short steps, newest first,
// and each message is asked about outside of any lock. Of a folder that matches as
// a whole no message is read at all.
#include "config.h"

#include "store/messages.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/cancel.h"
#include "mail/part.h"
#include "mail/query.h"
#include "store/bodies.h"
#include "store/inside.h"
#include "store/orders.h"
#include "store/rows.h"
#include "store/threads.h"

#include <stdlib.h>
#include <string.h>

#define SEARCH_STEP 64
#define SEARCH_STEP_WHOLE 512 // of a folder none of which is read
#define SEARCH_BODY_MAX (4u * 1024 * 1024) // bytes of text looked at

struct stream_item {
	struct order_item order;
	struct row row;         // not of a folder that matches as a whole
};

// One folder's rows, some at a time.
struct stream {
	struct folder folder;
	const char *account;
	bool whole;             // whatever is in it matches
	bool doubles;           // a message may be in another stream as well
	struct order_position position;
	struct array items;     // struct stream_item, matched or not yet
	size_t at;
	bool end;
};

struct search {
	struct store *s;
	const struct query *q;
	const struct cancel *cancel;
	enum message_order order;
	bool wants_body, wants_envelope;
	const struct store_search_calls *calls;
	const char *(*text_of)(void *arg, uint64_t id); // NULL: what is here
	struct array accounts;  // struct account_row
	struct array streams;   // struct stream
	bool joins;             // a thread may be in several of them
	uint64_t thread;        // the one that is being told; 0
	struct map *told;       // threads that were joined, so as not to come again
	struct map *same;       // messages that are in several folders, and were found
};

static const char *
search_account(const struct search *search, uint32_t id)
{
	for (size_t i = 0; i < search->accounts.len; i++) {
		const struct account_row *a = array_at(&search->accounts, i);
		if (a->id == id)
			return a->name;
	}
	return NULL;
}

static void
search_accounts(struct search *search)
{
	struct store *s = search->s;

	search->accounts = ARRAY_OF(struct account_row);
	reading_begin(s);
	for (size_t i = 0; i < s->accounts.len; i++) {
		const struct account_row *a = array_at(&s->accounts, i);
		struct account_row *copy = array_push(&search->accounts);
		*copy = (struct account_row){ a->id, str_dup(a->name) };
	}
	reading_end(s);
}

static int
search_holds(const void *a, const void *b)
{
	const struct folder *x = a, *y = b;
	int x_all = x->role == ROLE_ALL || x->role == ROLE_FLAGGED;
	int y_all = y->role == ROLE_ALL || y->role == ROLE_FLAGGED;

	if (x_all != y_all)
		return x_all - y_all;
	if (x->role != y->role)
		return x->role == ROLE_NONE ? 1 : y->role == ROLE_NONE ? -1 :
			(int)x->role - (int)y->role;
	return strcmp(x->name, y->name);
}

static void
search_folders(struct search *search, uint32_t account, uint32_t folder)
{
	struct folder *folders;
	size_t n = store_folders(search->s, account, &folders);

	search->streams = ARRAY_OF(struct stream);
	// Folders that show what others hold come last: see search_again.
	if (n > 1)
		qsort(folders, n, sizeof(*folders), search_holds);
	for (size_t i = 0; i < n; i++) {
		struct folder *f = &folders[i];
		const char *name = search_account(search, f->account);
		const char *role = folder_role_name(f->role);
		bool wanted = f->total > 0 && (folder == 0 && search->text_of == NULL ?
			query_looks_in(search->q, f->name, role, name) :
			(folder == 0 || f->id == folder) && query_may_match_folder(search->q, f->name,
				role, name));
		if (!wanted) {
			folder_done(f);
			continue;
		}
		struct stream *st = array_push(&search->streams);
		st->folder = *f;
		st->account = name;
		st->whole = query_of_folder(search->q, f->name, role, name) ==
			QUERY_EVERY;
		st->items = ARRAY_OF(struct stream_item);
		st->position.folder = f->id;
		for (size_t j = 0; j + 1 < search->streams.len; j++) {
			struct stream *other = array_at(&search->streams, j);
			bool both = f->attributes & other->folder.attributes & FOLDER_SAME;
			search->joins |= other->folder.account == f->account;
			if (both && other->folder.account == f->account)
				st->doubles = other->doubles = true;
		}
	}
	search->joins &= search->order == ORDER_THREAD;
	free(folders);
}

static void
stream_clear(struct stream *st)
{
	for (size_t i = 0; i < st->items.len; i++)
		row_done(&((struct stream_item *)array_at(&st->items, i))->row);
	array_clear(&st->items);
	st->at = 0;
}

// False: the cache failed.
static bool
stream_fill(struct search *search, struct stream *st)
{
	struct array items = ARRAY_OF(struct order_item);
	struct view v;

	stream_clear(st);
	if (!view_open(&v, search->s))
		return false;
	st->end = !orders_walk(&v, search->order, &st->position,
		st->whole && !st->doubles ? SEARCH_STEP_WHOLE : SEARCH_STEP, &items);
	for (size_t i = 0; i < items.len; i++) {
		const struct order_item *item = array_at(&items, i);
		struct stream_item one = { .order = *item };
		if ((st->whole && !st->doubles) ||
		    rows_load(&v.txn, v.cache, item->id, &one.row))
			*(struct stream_item *)array_push(&st->items) = one;
	}
	array_done(&items);
	return view_close(&v);
}

// --- text of bodies ----------------------------------------------------------------

// The text that is here of a message: of the raw form, else of parts.
static bool
search_body(struct search *search, uint64_t id, struct buf *out)
{
	struct buf raw = { 0 };
	struct part *root, **shown;
	uint64_t have;
	bool complete, any = false;
	size_t n;

	store_raw_state(search->s, id, &have, &complete);
	if (complete && store_raw_read(search->s, id, 0, SEARCH_BODY_MAX, &raw, NULL)) {
		part_text_of(out, buf_text(&raw), raw.len, SEARCH_BODY_MAX);
		buf_done(&raw);
		return true;
	}
	buf_done(&raw);
	root = store_structure(search->s, id);
	if (root == NULL)
		return false;
	part_shown(root, false, &shown, &n);
	for (size_t i = 0; i < n; i++) {
		struct buf part = { 0 };
		if (store_part_read(search->s, id, shown[i]->section, &part)) {
			any = true;
			part_add_text(out, shown[i], buf_text(&part), part.len,
				SEARCH_BODY_MAX);
		}
		buf_done(&part);
	}
	free(shown);
	part_free(&root);
	return any;
}

static bool
search_matches(struct search *search, const struct stream *st, const struct row *row)
{
	struct buf body = { 0 };
	struct message m;
	const char *text = NULL;

	if (query_is_all(search->q))
		return true;
	if (search->text_of != NULL)
		text = search->text_of(search->calls->arg, row->id);
	else if (search->wants_body && search_body(search, row->id, &body))
		text = buf_text(&body);
	else if (search->wants_body && search->calls->lacking != NULL) {
		search->calls->lacking(search->calls->arg, row->account, row->id);
		return false;
	}
	row_message_of(&m, row, search->wants_envelope);
	const struct query_subject subject = {
		.message = &m, .folder = st->folder.name,
		.role = folder_role_name(st->folder.role), .account = st->account,
		.body = text,
	};
	bool matches = query_match(search->q, &subject);
	message_done(&m);
	buf_done(&body);
	return matches;
}

static bool
search_found(struct search *search, uint64_t id)
{
	return search->calls->found(search->calls->arg, id);
}

// Was the same message found in another folder? Copies stand
// next to each other, in the order of the folders: the first is where one looks for it.
static bool
search_again(struct search *search, const struct stream *st, const struct row *row)
{
	if (!st->doubles || row->same == 0)
		return false;
	return map_put_u64(search->same, row->same, search) != NULL;
}

// --- the walk --------------------------------------------------------------------------

// The stream whose next row is the newest, or that is within a thread; NULL at
// the end.
static struct stream *
search_newest(struct search *search, bool *failed_r)
{
	struct stream *newest = NULL;
	const struct order_item *best = NULL;

	for (size_t i = 0; i < search->streams.len; i++) {
		struct stream *st = array_at(&search->streams, i);
		while (st->at == st->items.len && !st->end) {
			if (!stream_fill(search, st)) {
				*failed_r = true;
				return NULL;
			}
		}
		if (st->at == st->items.len)
			continue;
		const struct stream_item *item = array_at(&st->items, st->at);
		if (search->thread != 0 && item->order.thread == search->thread)
			return st;
		if (best == NULL || item->order.date > best->date) {
			newest = st;
			best = &item->order;
		}
	}
	return newest;
}

static struct stream *
search_stream(struct search *search, uint32_t folder)
{
	for (size_t i = 0; i < search->streams.len; i++) {
		struct stream *st = array_at(&search->streams, i);
		if (st->folder.id == folder)
			return st;
	}
	return NULL;
}

// A message of a thread, wherever it is shown now. It is noted in which of the streams
// the same message stands first.
struct member { uint64_t id, same; size_t stream; };

static bool
search_member(struct search *search, uint64_t id, struct member *m_r, bool *failed_r)
{
	struct row row;
	struct view v;

	if (!view_open(&v, search->s)) {
		*failed_r = true;
		return false;
	}
	bool here = rows_load(&v.txn, v.cache, id, &row);
	*failed_r = !view_close(&v);
	if (!here)
		return false;
	struct stream *st = search_stream(search, row.shown);
	bool matches = st != NULL && !*failed_r &&
		(st->whole || search_matches(search, st, &row));
	*m_r = (struct member){ .id = id };
	if (matches && st->doubles) {
		m_r->same = row.same;
		m_r->stream = 1 + (size_t)(st - (struct stream *)array_at(&search->streams, 0));
	}
	row_done(&row);
	return matches;
}

// What was found of a thread, each message once.
static bool
search_tell(struct search *search, const struct array *members)
{
	struct map *first = map_new();
	bool more = true;

	for (size_t i = 0; i < members->len; i++) {
		const struct member *m = array_at(members, i);
		uintptr_t at = (uintptr_t)map_get_u64(first, m->same);
		if (m->same != 0 && (at == 0 || m->stream < at))
			map_put_u64(first, m->same, (void *)(uintptr_t)m->stream);
	}
	for (size_t i = 0; more && i < members->len; i++) {
		const struct member *m = array_at(members, i);
		if (m->same != 0 && (uintptr_t)map_get_u64(first, m->same) != m->stream)
			continue;
		// Twice in one folder is once, too.
		if (m->same == 0 || map_put_u64(search->same, m->same, search) == NULL)
			more = search_found(search, m->id);
	}
	map_free(&first, NULL);
	return more;
}

// The thread of this item, once: what matches of it in all the folders. False:
// enough was found, or the cache failed.
static bool
search_thread(struct search *search, uint64_t thread, bool *failed_r)
{
	struct thread_row *rows;
	struct view v;
	bool more = true;

	if (map_get_u64(search->told, thread) != NULL)
		return true;
	if (!view_open(&v, search->s)) {
		*failed_r = true;
		return false;
	}
	size_t n = threads_read(&v, thread, 0, &rows);
	*failed_r = !view_close(&v);
	// Most are alone, and need not be remembered.
	if (n > 1)
		map_put_u64(search->told, thread, search);
	struct array members = ARRAY_OF(struct member);
	for (size_t i = 0; i < n && !*failed_r; i++) {
		struct member m;
		if (search_member(search, rows[i].id, &m, failed_r))
			*(struct member *)array_push(&members) = m;
	}
	more = !*failed_r && search_tell(search, &members);
	array_done(&members);
	free(rows);
	return more;
}

static bool
search_walk(struct search *search, struct error *err)
{
	struct stream *st;
	bool failed = false, more = true;

	while (more && (st = search_newest(search, &failed)) != NULL) {
		const struct stream_item *item = array_at(&st->items, st->at++);
		if (cancel_is_set(search->cancel))
			return error_set(err, ERROR_CANCELLED, "cancelled");
		search->thread = item->order.thread;
		// It may have gone elsewhere since the step was read.
		if (search->joins)
			more = search_thread(search, item->order.thread, &failed);
		else if ((st->whole || search_matches(search, st, &item->row)) &&
			 !search_again(search, st, &item->row))
			more = search_found(search, item->order.id);
	}
	return !failed || error_set(err, ERROR_STORE, "the cache cannot be read");
}

static int
search_compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->date > y->date ? -1 : x->date < y->date;
}

// A query for certain ids looks nowhere else.
static bool
search_ids(struct search *search, const uint64_t *ids, size_t n)
{
	struct array rows = ARRAY_OF(struct row);
	bool more = true;

	for (size_t i = 0; i < n; i++) {
		struct view v;
		struct row row;
		if (!view_open(&v, search->s))
			break;
		if (rows_load(&v.txn, v.cache, ids[i], &row)) {
			if (row.shown != 0)
				*(struct row *)array_push(&rows) = row;
			else
				row_done(&row);
		}
		view_close(&v);
	}
	if (rows.len > 1)
		array_sort(&rows, search_compare);
	for (size_t i = 0; i < rows.len; i++) {
		struct row *row = array_at(&rows, i);
		for (size_t j = 0; more && j < search->streams.len; j++) {
			const struct stream *st = array_at(&search->streams, j);
			if (st->folder.id == row->shown && search_matches(search, st, row))
				more = search_found(search, row->id);
		}
		row_done(row);
	}
	array_done(&rows);
	return true;
}

static void
search_begin(struct search *search, uint32_t account, uint32_t folder)
{
	search->wants_body = query_wants_body(search->q);
	search->wants_envelope = query_needs_envelope(search->q);
	search->told = map_new();
	search->same = map_new();
	search_accounts(search);
	search_folders(search, account, folder);
}

static void
search_end(struct search *search)
{
	for (size_t i = 0; i < search->streams.len; i++) {
		struct stream *st = array_at(&search->streams, i);
		stream_clear(st);
		array_done(&st->items);
		folder_done(&st->folder);
	}
	for (size_t i = 0; i < search->accounts.len; i++)
		free(((struct account_row *)array_at(&search->accounts, i))->name);
	map_free(&search->told, NULL);
	map_free(&search->same, NULL);
	array_done(&search->streams);
	array_done(&search->accounts);
}

bool
store_search_here(struct store *s, const struct query *q, uint32_t account,
	uint32_t folder, enum message_order order, const struct cancel *cancel,
	const struct store_search_calls *calls, struct error *err)
{
	struct search search = {
		.s = s, .q = q, .cancel = cancel, .calls = calls,
		.order = order,
	};
	const uint64_t *ids;
	size_t n;

	search_begin(&search, account, folder);
	bool ok = query_ids(q, &ids, &n) ? search_ids(&search, ids, n) :
		search_walk(&search, err);
	search_end(&search);
	return ok;
}

bool
store_search(struct store *s, const struct query *q, uint32_t account,
	uint32_t folder, enum message_order order, const struct cancel *cancel,
	bool (*found)(void *arg, uint64_t id), void *arg, struct error *err)
{
	const struct store_search_calls calls = { .found = found, .arg = arg };

	return store_search_here(s, q, account, folder, order, cancel, &calls, err);
}

// Rows are held in memory while they are put in order.
#define SEARCH_AGAIN 1000

void
store_search_again(struct store *s, const struct query *q, const uint64_t *ids,
	size_t n, const char *(*text_of)(void *arg, uint64_t id),
	bool (*found)(void *arg, uint64_t id), void *arg)
{
	const struct store_search_calls calls = { .found = found, .arg = arg };
	struct search search = { .s = s, .q = q, .calls = &calls, .text_of = text_of };

	search_begin(&search, 0, 0);
	// Whatever folder they are in: that was decided before.
	for (size_t i = 0; i < n; i += SEARCH_AGAIN)
		search_ids(&search, ids + i, n - i < SEARCH_AGAIN ? n - i : SEARCH_AGAIN);
	search_end(&search);
}
