// SPDX-License-Identifier: GPL-3.0-or-later
// What the commands of the list of messages do: opening, stepping, limiting,
// selecting.
#include "config.h"

#include "ui/view/index_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "account/event.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "command/saved.h"
#include "engine.h"
#include "mail/flags.h"
#include "mail/query.h"
#include "ui/app.h"

static bool
index_open_message(struct view *v, const char *argument, struct error *err)
{
	uint64_t id = index_message(v);
	char text[32];

	(void)argument;
	if (!id)
		return error_set(err, ERROR_INPUT, "there is no message to open");
	// Where one was before is left for good once another is read.
	((struct index *)v)->wanted = 0;
	snprintf(text, sizeof text, "%" PRIx64, id);
	return app_open(v->app, "message", text, err) != NULL;
}

// A message in a folder of drafts is one to go on with.
static bool
index_open_under(struct view *v, const char *argument, struct error *err)
{
	struct index *x = (struct index *)v;
	uint64_t id = index_message(v);
	struct message m;

	if (!id || !store_message(v->app->engine->store, id, &m))
		return index_open_message(v, argument, err);
	const struct folder *f = x->rows.base ? index_rows_folder(&x->rows, m.folder)
		: &x->folder;
	bool draft = f && f->role == ROLE_DRAFTS;

	message_done(&m);
	if (!draft)
		return index_open_message(v, argument, err);
	app_run(v->app, "continue");
	return true;
}

// The parts of a message are chosen from where it is read.
static bool
index_attachments(struct view *v, const char *argument, struct error *err)
{
	return index_open_message(v, argument, err) &&
		app_verb(v->app, "attachments", argument, err);
}

// Goes on to another message; where one is being read, that one is read next.
static bool
index_step(struct index *x, int step, const char *which, struct error *err)
{
	uint32_t row = x->list.cursor, flags = 0, unset = 0;
	struct app *a = x->view.app;

	index_settle(x);
	if (str_equal(which, "unread"))
		unset = FLAG_SEEN;
	else if (str_equal(which, "flagged"))
		flags = FLAG_FLAGGED;
	if (x->list.count == 0)
		return error_set(err, ERROR_INPUT, "there are no messages here");
	bool found = step > 0 ? row + 1 < x->list.count : row > 0;

	if (found && which)
		found = index_rows_next(&x->rows, row + step, step, flags, unset, &row);
	else
		row += step;
	// Past the end one begins again at the top: unread mail is often above.
	if (!found && which && step > 0)
		found = index_rows_next(&x->rows, 0, 1, flags, unset, &row) &&
			row != x->list.cursor;
	if (!found) {
		app_notice(a, SAY_INFO, which ? "No %s message is left here"
			: "That was the %s message", which ? which
			: step > 0 ? "last" : "first");
		return true;
	}
	index_go_row(x, row);
	struct view *front = app_focus(a);

	return front->ops != &view_message || index_open_message(&x->view, NULL, err);
}

static bool
index_next(struct view *v, const char *argument, struct error *err)
{
	return index_step((struct index *)v, 1, argument, err);
}

static bool
index_previous(struct view *v, const char *argument, struct error *err)
{
	return index_step((struct index *)v, -1, argument, err);
}

// Shows the same otherwise, the cursor on the message it was on.
static void
index_show_again(struct index *x, const char *limit, enum message_order order)
{
	struct index_place place = { .folder = x->folder, .base = x->rows.base,
		.name = x->name, .limit = limit, .order = order };
	uint64_t id = index_message(&x->view);

	// A limit that shows nothing, or not it, does not forget where one was.
	if (x->wanted)
		id = x->wanted;
	memset(&x->folder, 0, sizeof x->folder);
	index_show(x, &place);
	x->wanted = id;
	x->fills = false;
}

static bool
index_limit(struct view *v, const char *argument, struct error *err)
{
	struct index *x = (struct index *)v;
	struct query *query;

	if (argument && !query_parse(&query, argument, 0, err))
		return false;
	if (argument)
		query_free(&query);
	while (app_focus(v->app)->ops == &view_message)
		app_close(v->app, app_focus(v->app));
	index_show_again(x, str_empty(argument) ? NULL : argument, x->rows.order);
	return true;
}

static bool
index_set_order(struct view *v, const char *argument, struct error *err)
{
	struct index *x = (struct index *)v;
	bool date = argument ? str_equal(argument, "date") : x->rows.order != ORDER_DATE;

	(void)err;
	index_show_again(x, x->rows.limit, date ? ORDER_DATE : ORDER_THREAD);
	app_notice(v->app, SAY_INFO, "Ordered by %s", date ? "date" : "thread");
	return true;
}

// --- selecting -----------------------------------------------------------------------

static void
index_mark(struct index *x, uint64_t id, bool on)
{
	if (!on)
		free(map_remove_u64(x->marks, id));
	else if (!map_get_u64(x->marks, id))
		map_put_u64(x->marks, id, mem_copy(&id, sizeof id));
}

static void
index_mark_thread(struct index *x, uint64_t id)
{
	struct message m;
	uint64_t *ids = NULL;

	if (!store_message(x->view.app->engine->store, id, &m))
		return;
	size_t n = store_thread(x->view.app->engine->store, m.thread, &ids);
	bool on = !map_get_u64(x->marks, id);
	uint32_t row;

	for (size_t i = 0; i < n; i++) {
		if (index_rows_find(&x->rows, ids[i], &row))
			index_mark(x, ids[i], on);
	}
	free(ids);
	message_done(&m);
}

static void
index_mark_found(void *arg, struct event *event)
{
	struct index *x = arg;

	for (size_t i = 0; i < event->n_ids; i++)
		index_mark(x, event->ids[i], true);
	if (event->kind == EVENT_REPLY)
		x->mark_job = 0;
	x->view.dirty = true;
}

static bool
index_select(struct view *v, const char *argument, struct error *err)
{
	struct index *x = (struct index *)v;
	uint64_t id = index_message(v);

	v->dirty = true;
	index_forget_left(x);
	if (str_equal(argument, "none")) {
		map_free(&x->marks, free);
		x->marks = map_new();
		return true;
	}
	if (!id)
		return error_set(err, ERROR_INPUT, "there are no messages here");
	if (str_equal(argument, "all")) {
		x->mark_job = engine_search(v->app->engine, str_or_empty(x->rows.query),
			x->folder.id, x->rows.order, index_mark_found, x);
	} else if (str_equal(argument, "thread")) {
		index_mark_thread(x, id);
	} else {
		index_mark(x, id, !map_get_u64(x->marks, id));
		view_index.move(v, 1);
	}
	return true;
}

// A page that one goes on from is done with; a draft or a message stays.
static bool
index_go_on(struct app *a, const char *argument, struct error *err)
{
	struct view *from = app_focus(a);

	if (from->ops->only && from->ops->once)
		app_close(a, from);
	return app_open(a, "index", argument, err) != NULL;
}

static bool
index_go_query(struct app *a, const char *name, const char *query, struct error *err)
{
	struct buf argument = {0};

	index_argument(&argument, name, query);
	bool ok = index_go_on(a, buf_text(&argument), err);

	buf_done(&argument);
	return ok;
}

// A named query comes first: somebody gave it that name.
static bool
index_go(struct view *v, const char *argument, struct error *err)
{
	struct app *a = v->app;
	const struct saved_query *saved = saved_find(a->engine->saved, argument);
	struct folder folder;
	uint32_t ids[64];
	size_t n = engine_account_ids(a->engine, ids, 64);
	struct target here = {0};

	if (saved)
		return index_go_query(a, saved->name, saved->text, err);
	// The account in which one is comes first.
	v->ops->target(v, TARGET_VIEW, &here, NULL);
	bool found = here.account && store_folder_find(a->engine->store,
		here.account, argument, &folder);

	target_done(&here);
	for (size_t i = 0; !found && i < n; i++)
		found = store_folder_find(a->engine->store, ids[i], argument, &folder);
	for (size_t i = 0; !found && i < n; i++) {
		const char *name = engine_account_name(a->engine, ids[i]);
		size_t len = strlen(str_or_empty(name));

		// Of several accounts with such a folder: work/INBOX.
		found = len > 0 && str_has_prefix(argument, name) && argument[len] == '/' &&
			store_folder_find(a->engine->store, ids[i], argument + len + 1, &folder);
	}
	if (!found)
		return error_set(err, ERROR_INPUT, "there is no folder \"%s\"", argument);
	char text[16];

	snprintf(text, sizeof text, "%u", folder.id);
	folder_done(&folder);
	return index_go_on(a, text, err);
}

static bool
index_find(struct view *v, const char *argument, struct error *err)
{
	struct query *query;
	size_t n;
	const struct saved_query *all = saved_all(v->app->engine->saved, &n);
	const char *name = NULL;

	if (!query_parse(&query, argument, 0, err))
		return false;
	query_free(&query);
	for (size_t i = 0; i < n; i++) {
		if (str_equal(all[i].text, argument))
			name = all[i].name;
	}
	return index_go_query(v->app, name, argument, err);
}

static bool
index_refresh(struct view *v, const char *argument, struct error *err)
{
	struct index *x = (struct index *)v;

	(void)argument;
	(void)err;
	if (x->folder.id)
		engine_look_at(v->app->engine, x->folder.id);
	index_stale(x, true);
	return true;
}

const struct view_verb index_verbs[] = {
	{ "open", index_open_under },
	{ "attachments", index_attachments },
	{ "next", index_next },
	{ "previous", index_previous },
	{ "limit", index_limit },
	{ "order", index_set_order },
	{ "select", index_select },
	{ "go", index_go },
	{ "find", index_find },
	{ "refresh", index_refresh },
	{ NULL, NULL },
};
