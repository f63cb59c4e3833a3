// SPDX-License-Identifier: GPL-3.0-or-later
// Searching: the orders of the folders are walked in short steps, newest first,
// and each message is asked about outside of any lock.
#include "config.h"

#include "store/messages.h"

#include "base/mem.h"
#include "base/str.h"
#include "loop/cancel.h"
#include "mail/part.h"
#include "mail/query.h"
#include "store/bodies.h"
#include "store/inside.h"
#include "store/orders.h"
#include "store/rows.h"

#include <stdlib.h>
#include <string.h>

#define SEARCH_STEP 64
#define SEARCH_BODY_MAX (4u * 1024 * 1024) // bytes of text looked at

// One folder's rows, some at a time.
struct stream {
	struct folder folder;
	const char *account;
	struct order_position position;
	struct array rows;      // struct row, matched or not yet
	size_t at;
	bool end;
};

struct search {
	struct store *s;
	const struct query *q;
	const struct cancel *cancel;
	enum message_order order;
	bool wants_body, wants_envelope;
	struct array accounts;  // struct account_row
	struct array streams;   // struct stream
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

static void
search_folders(struct search *search, uint32_t account, uint32_t folder)
{
	struct folder *folders;
	size_t n = store_folders(search->s, account, &folders);
	bool named = folder != 0 || query_names_folder(search->q);

	search->streams = ARRAY_OF(struct stream);
	for (size_t i = 0; i < n; i++) {
		struct folder *f = &folders[i];
		const char *name = search_account(search, f->account);
		bool wanted = (folder == 0 || f->id == folder) && f->total > 0 &&
			(named || (f->role != ROLE_TRASH && f->role != ROLE_JUNK)) &&
			query_may_match_folder(search->q, f->name,
				folder_role_name(f->role), name);
		if (!wanted) {
			folder_done(f);
			continue;
		}
		struct stream *st = array_push(&search->streams);
		st->folder = *f;
		st->account = name;
		st->rows = ARRAY_OF(struct row);
		st->position.folder = f->id;
	}
	free(folders);
}

static void
stream_clear(struct stream *st)
{
	for (size_t i = 0; i < st->rows.len; i++)
		row_done(array_at(&st->rows, i));
	array_clear(&st->rows);
	st->at = 0;
}

// False: the cache failed.
static bool
stream_fill(struct search *search, struct stream *st)
{
	struct array ids = ARRAY_OF(uint64_t);
	struct view v;

	stream_clear(st);
	if (!view_open(&v, search->s))
		return false;
	st->end = !orders_walk(&v, search->order, &st->position, SEARCH_STEP, &ids);
	for (size_t i = 0; i < ids.len; i++) {
		struct row row;
		if (rows_load(&v.txn, v.cache, *(uint64_t *)array_at(&ids, i), &row))
			*(struct row *)array_push(&st->rows) = row;
	}
	array_done(&ids);
	return view_close(&v);
}

// --- text of bodies ----------------------------------------------------------------

static void
body_add_part(struct buf *out, const struct part *p, const char *data, size_t len)
{
	struct buf decoded = { 0 };

	part_decode(p, data, len, SEARCH_BODY_MAX, &decoded);
	part_to_utf8(p, buf_text(&decoded), decoded.len, out);
	buf_char(out, '\n');
	buf_done(&decoded);
}

// The text that is here of a message: of the raw form, else of parts.
static bool
search_body(struct search *search, uint64_t id, struct buf *out)
{
	struct buf raw = { 0 };
	struct part *root, **shown;
	uint64_t have;
	bool complete;
	size_t n;

	store_raw_state(search->s, id, &have, &complete);
	if (complete && !store_raw_read(search->s, id, 0, SEARCH_BODY_MAX, &raw, NULL))
		complete = false;
	root = complete ? part_parse(buf_text(&raw), raw.len) :
		store_structure(search->s, id);
	if (root == NULL) {
		buf_done(&raw);
		return false;
	}
	part_shown(root, false, &shown, &n);
	for (size_t i = 0; i < n; i++) {
		struct buf part = { 0 };
		if (complete)
			body_add_part(out, shown[i], buf_text(&raw) + shown[i]->body_start,
				shown[i]->body_len);
		else if (store_part_read(search->s, id, shown[i]->section, &part))
			body_add_part(out, shown[i], buf_text(&part), part.len);
		buf_done(&part);
	}
	free(shown);
	part_free(&root);
	buf_done(&raw);
	return out->len > 0;
}

static bool
search_matches(struct search *search, const struct stream *st, const struct row *row)
{
	struct buf body = { 0 };
	struct message m;

	if (query_is_all(search->q))
		return true;
	row_message_of(&m, row, search->wants_envelope);
	if (search->wants_body)
		search_body(search, row->id, &body);
	const struct query_subject subject = {
		.message = &m, .folder = st->folder.name,
		.role = folder_role_name(st->folder.role), .account = st->account,
		.body = body.len > 0 ? buf_text(&body) : NULL,
	};
	bool matches = query_match(search->q, &subject);
	message_done(&m);
	buf_done(&body);
	return matches;
}

// --- the walk --------------------------------------------------------------------------

// The stream whose next row is the newest; NULL at the end.
static struct stream *
search_newest(struct search *search, bool *failed_r)
{
	struct stream *newest = NULL;
	const struct row *best = NULL;

	for (size_t i = 0; i < search->streams.len; i++) {
		struct stream *st = array_at(&search->streams, i);
		while (st->at == st->rows.len && !st->end) {
			if (!stream_fill(search, st)) {
				*failed_r = true;
				return NULL;
			}
		}
		if (st->at == st->rows.len)
			continue;
		const struct row *row = array_at(&st->rows, st->at);
		if (best == NULL || row->date > best->date) {
			newest = st;
			best = row;
		}
	}
	return newest;
}

static bool
search_walk(struct search *search, bool (*found)(void *arg, uint64_t id), void *arg,
	struct error *err)
{
	struct stream *st;
	bool failed = false;

	while ((st = search_newest(search, &failed)) != NULL) {
		const struct row *row = array_at(&st->rows, st->at++);
		if (cancel_is_set(search->cancel))
			return error_set(err, ERROR_CANCELLED, "cancelled");
		// It may have gone elsewhere since the step was read.
		if (search_matches(search, st, row) && !found(arg, row->id))
			return true;
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
search_ids(struct search *search, const uint64_t *ids, size_t n,
	bool (*found)(void *arg, uint64_t id), void *arg)
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
				more = found(arg, row->id);
		}
		row_done(row);
	}
	array_done(&rows);
	return true;
}

bool
store_search(struct store *s, const struct query *q, uint32_t account,
	uint32_t folder, enum message_order order, const struct cancel *cancel,
	bool (*found)(void *arg, uint64_t id), void *arg, struct error *err)
{
	struct search search = {
		.s = s, .q = q, .cancel = cancel, .wants_body = query_wants_body(q),
		.wants_envelope = query_needs_envelope(q),
		.order = folder != 0 ? order : ORDER_DATE,
	};
	const uint64_t *ids;
	size_t n;

	search_accounts(&search);
	search_folders(&search, account, folder);
	bool ok = query_ids(q, &ids, &n) ? search_ids(&search, ids, n, found, arg) :
		search_walk(&search, found, arg, err);
	for (size_t i = 0; i < search.streams.len; i++) {
		struct stream *st = array_at(&search.streams, i);
		stream_clear(st);
		array_done(&st->rows);
		folder_done(&st->folder);
	}
	for (size_t i = 0; i < search.accounts.len; i++)
		free(((struct account_row *)array_at(&search.accounts, i))->name);
	array_done(&search.streams);
	array_done(&search.accounts);
	return ok;
}
