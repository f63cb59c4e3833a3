// SPDX-License-Identifier: GPL-3.0-or-later
// A search for text that is not here: a server looks through it, or, where the mail
// lies on this disk, we do. Off line it is said that something is missing.
#include "config.h"

#include "account/lane.h"

#include "account/found.h"
#include "account/gate.h"
#include "account/inside.h"
#include "account/job.h"
#include "account/visit.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "loop/cancel.h"
#include "loop/queue.h"
#include "mail/part.h"
#include "mail/query.h"
#include "remote/remote.h"
#include "store/folders.h"
#include "store/messages.h"

#include <stdlib.h>
#include <string.h>

// Answers that are remembered, for a search that is asked again and again.
#define ASKED_MAX 32
#define ASKED_RANGES_MAX 20000
#define ASKED_TEXT_MAX 1000
#define TEXT_MAX (4u * 1024 * 1024)    // bytes of a message looked at on this disk

// What a server found for one text in one folder, below some UID: bodies never change.
struct asked {
	uint32_t folder, uidvalidity, uidnext;
	char *text;
	struct remote_range *ranges;
	size_t n;
};

struct asking {
	struct lane *l;
	struct job_item *item;
	struct query *q;
	const char **texts;
	size_t n_texts;
	struct found found;
	uint32_t folder;          // at work
	struct array ids;         // lacking there
	struct asked *answers;    // one a text; lent ranges and text
	struct buf text;          // of the message asked for last
	struct buf raw;
	struct error failed;      // of a message on this disk
	size_t left;              // messages that could not be looked through
	struct error why;
};

// --- what is remembered ---------------------------------------------------------------

static void
asked_done(struct asked *a)
{
	free(a->text);
	free(a->ranges);
	*a = (struct asked){0};
}

void
lane_search_forget(struct lane *l)
{
	for (size_t i = 0; i < l->asked.len; i++)
		asked_done(array_at(&l->asked, i));
	array_done(&l->asked);
	l->asked = ARRAY_OF(struct asked);
}

static struct asked *
asked_find(struct lane *l, uint32_t folder, const char *text)
{
	for (size_t i = 0; i < l->asked.len; i++) {
		struct asked *a = array_at(&l->asked, i);
		if (a->folder == folder && str_equal(a->text, text))
			return a;
	}
	return NULL;
}

static struct asked *
asked_add(struct lane *l, uint32_t folder, const char *text)
{
	if (l->asked.len >= ASKED_MAX) {
		asked_done(array_at(&l->asked, 0));
		array_remove(&l->asked, 0);
	}
	struct asked *a = array_push(&l->asked);
	a->folder = folder;
	a->text = str_dup(text);
	return a;
}

static bool
asked_has(const struct asked *a, uint32_t uid)
{
	size_t from = 0, to = a->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;
		if (uid > a->ranges[mid].to)
			from = mid + 1;
		else if (uid < a->ranges[mid].from)
			to = mid;
		else
			return true;
	}
	return false;
}

// "n:*" names the last message also where that is below n.
static void
asked_take(struct asked *a, const struct remote_range *ranges, size_t n)
{
	a->ranges = mem_grow(a->ranges, a->n + n + 1, sizeof(*a->ranges));
	for (size_t i = 0; i < n; i++) {
		struct remote_range r = ranges[i];
		if (r.to < a->uidnext)
			continue;
		if (r.from < a->uidnext)
			r.from = a->uidnext;
		a->ranges[a->n++] = r;
	}
}

// --- asking a server ------------------------------------------------------------------

static bool
ask_text(struct asking *as, const struct folder *f, const char *text,
	struct asked **answer_r, struct error *err)
{
	struct lane *l = as->l;
	struct asked *a = asked_find(l, f->id, text);
	struct remote_range *ranges = NULL;
	size_t n = 0;

	if (a != NULL && (a->uidvalidity != f->uidvalidity ||
	    a->n > ASKED_RANGES_MAX)) {
		free(a->ranges);
		a->ranges = NULL;
		a->n = a->uidnext = 0;
	}
	*answer_r = a;
	if (a != NULL && a->uidnext >= f->uidnext && f->uidnext != 0)
		return true;
	struct remote_range new = { a == NULL || a->uidnext == 0 ? 1 : a->uidnext,
		UINT32_MAX };
	const struct remote_query items[] = {
		{ .kind = REMOTE_QUERY_BODY, .text = text },
		{ .kind = REMOTE_QUERY_UIDS, .set = { &new, 1 } },
	};
	const struct remote_query q = {
		.kind = REMOTE_QUERY_AND, .items = items,
		.n = new.from > 1 ? 2 : 1,
	};
	if (!l->driver->search(l->sync.remote, &q, &ranges, &n, err))
		return false;
	if (a == NULL)
		a = asked_add(l, f->id, text);
	a->uidvalidity = f->uidvalidity;
	asked_take(a, ranges, n);
	a->uidnext = f->uidnext;
	free(ranges);
	*answer_r = a;
	return true;
}

// All texts in the folder at work, which becomes the selected one.
static bool
ask_folder(struct asking *as, struct error *err)
{
	struct lane *l = as->l;
	struct folder f;

	if (!store_folder_any(l->a->store, as->folder, &f))
		return error_set(err, ERROR_GONE, "the folder is no longer there");
	bool ok = visit_use(&l->sync, as->folder, f.uidvalidity, err);
	for (size_t i = 0; ok && l->driver->search != NULL && i < as->n_texts; i++) {
		struct asked *a = NULL;
		ok = strlen(as->texts[i]) <= ASKED_TEXT_MAX ?
			ask_text(as, &f, as->texts[i], &a, err) :
			error_set(err, ERROR_REFUSED,
				"so long a text is not looked for");
		// A later one may push it out.
		if (ok)
			as->answers[i] = (struct asked){
				.text = a->text, .n = a->n,
				.ranges = mem_copy(a->ranges,
					(a->n + 1) * sizeof(*a->ranges)),
			};
	}
	folder_done(&f);
	return ok;
}

// Stands for the body: which of the texts are in it is all that the query asks.
static const char *
text_by_server(void *arg, uint64_t id)
{
	struct asking *as = arg;
	uint32_t folder, uid;

	buf_clear(&as->text);
	if (!store_message_place(as->l->a->store, id, &folder, &uid) ||
	    folder != as->folder)
		return NULL;
	for (size_t i = 0; i < as->n_texts; i++)
		if (asked_has(&as->answers[i], uid))
			buf_printf(&as->text, "%s\n", as->texts[i]);
	return buf_text(&as->text);
}

// --- mail on this disk ----------------------------------------------------------------

static bool
raw_more(void *arg, const void *bytes, size_t len)
{
	struct buf *raw = arg;

	if (raw->len + len <= TEXT_MAX)
		buf_add(raw, bytes, len);
	return true;
}

static const char *
text_by_file(void *arg, uint64_t id)
{
	struct asking *as = arg;
	struct lane *l = as->l;
	struct remote_sink sink = { .arg = &as->raw, .data = raw_more };
	struct error err = {0};
	uint32_t folder, uid;

	buf_clear(&as->text);
	buf_clear(&as->raw);
	if (as->failed.kind != ERROR_NONE)
		return NULL;
	if (cancel_is_set(l->cancel)) {
		error_set(&as->failed, ERROR_CANCELLED, "cancelled");
		return NULL;
	}
	if (!store_message_place(l->a->store, id, &folder, &uid) ||
	    folder != as->folder)
		return NULL;
	if (!l->driver->fetch_raw(l->sync.remote, uid, 0, TEXT_MAX, &sink, &err)) {
		if (lane_is_wide(&err))
			as->failed = err;
		return NULL;
	}
	part_text_of(&as->text, buf_text(&as->raw), as->raw.len, TEXT_MAX);
	return buf_text(&as->text);
}

// --- the job --------------------------------------------------------------------------

static bool
found_there(void *arg, uint64_t id)
{
	struct asking *as = arg;

	return as->failed.kind != ERROR_NONE || found_one(&as->found, id);
}

static const char *
text_unknown(void *arg, uint64_t id)
{
	(void)arg;
	(void)id;
	return NULL;
}

// What is known without their bodies is all that can be said of these.
static void
leave(struct asking *as, const struct error *why)
{
	if (as->left == 0)
		as->why = *why;
	as->left += as->ids.len;
	store_search_again(as->l->a->store, as->q, as->ids.items, as->ids.len,
		text_unknown, found_there, as);
	array_clear(&as->ids);
}

// Takes the messages of one folder out of those that are lacking.
static bool
next_folder(struct asking *as)
{
	struct job_item *item = as->item;
	size_t kept = 0;
	uint32_t folder, uid;

	as->folder = 0;
	array_clear(&as->ids);
	for (size_t i = 0; i < item->n_lacking; i++) {
		uint64_t id = item->lacking[i];
		if (!store_message_place(as->l->a->store, id, &folder, &uid))
			folder = UINT32_MAX; // not on the server yet: nowhere to ask
		if (as->folder == 0)
			as->folder = folder;
		if (folder == as->folder)
			*(uint64_t *)array_push(&as->ids) = id;
		else
			item->lacking[kept++] = id;
	}
	item->n_lacking = kept;
	return as->ids.len > 0;
}

static bool
search_folder(struct asking *as, struct error *err)
{
	struct lane *l = as->l;
	bool here = l->driver->abilities(l->sync.remote) & REMOTE_NEAR;

	if (as->folder == UINT32_MAX ||
	    (l->driver->search == NULL && !here)) {
		error_set(err, ERROR_REFUSED, "the server cannot look for text");
		leave(as, err);
		return true;
	}
	as->answers = mem_alloc(as->n_texts + 1, sizeof(*as->answers));
	bool ok = ask_folder(as, err);
	if (ok)
		store_search_again(l->a->store, as->q, as->ids.items, as->ids.len,
			l->driver->search != NULL ? text_by_server : text_by_file,
			found_there, as);
	for (size_t i = 0; i < as->n_texts; i++)
		free(as->answers[i].ranges);
	free(as->answers);
	as->answers = NULL;
	if (as->failed.kind != ERROR_NONE) {
		*err = as->failed;
		return false;
	}
	found_tell(&as->found);
	if (ok || lane_is_wide(err))
		return ok;
	leave(as, err);
	error_clear(err);
	return true;
}

// May be called again after a connection that broke: `ids` are those at work.
static bool
step_search(struct lane *l, void *arg, struct error *err)
{
	struct asking *as = arg;

	while (as->ids.len > 0 || next_folder(as)) {
		if (!search_folder(as, err))
			return false;
		array_clear(&as->ids);
		if (queue_len(l->inbox) > 0)
			break;
	}
	return true;
}

static void
tell_left(struct asking *as)
{
	struct error err;
	char *text = str_printf("%s: the text of %zu message%s is not here and was "
		"not looked through: %s", as->l->settings.name, as->left,
		as->left == 1 ? "" : "s", as->why.text);

	error_set(&err, ERROR_REFUSED, "%s", text);
	account_notice(as->l->a, &err, text);
	free(text);
}

// Is there a server to be asked, without waiting for one that was not there just now?
static bool
can_ask(struct lane *l, struct error *err)
{
	if (gate_wait_ms(l->gate) == 0)
		return true;
	if (!gate_error(l->gate, err))
		error_set(err, ERROR_OFFLINE, "off line");
	return false;
}

bool
lane_search(struct lane *l, struct job_item *item)
{
	struct asking as = { .l = l, .item = item, .ids = ARRAY_OF(uint64_t) };
	struct error err = {0};

	if (!query_parse(&as.q, str_or_empty(item->job.text), when_now(), &err)) {
		job_fail(item, &err);
		return true;
	}
	as.n_texts = query_body_texts(as.q, &as.texts);
	found_init(&as.found, l->a->events, item->number, l->a->id);
	bool ok = can_ask(l, &err) && lane_try(l, step_search, &as, &err);
	if (!ok && err.kind != ERROR_CANCELLED) {
		while (as.ids.len > 0 || next_folder(&as))
			leave(&as, &err);
	}
	found_tell(&as.found);
	if (as.left > 0 && err.kind != ERROR_CANCELLED)
		tell_left(&as);
	if (err.kind == ERROR_CANCELLED)
		job_fail(item, &err);
	found_done(&as.found);
	query_free(&as.q);
	free(as.texts);
	array_done(&as.ids);
	buf_done(&as.text);
	buf_done(&as.raw);
	return item->n_lacking == 0 || item->error.kind != ERROR_NONE ||
		lane_stopping(l);
}
