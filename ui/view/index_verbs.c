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
	snprintf(text, sizeof text, "%" PRIx64, id);
	return app_open(v->app, "message", text, err) != NULL;
}

// A message in a folder of drafts is one to go on with.
static bool
index_open_under(struct view *v, const char *argument, struct error *err)
{
	struct index *x = (struct index *)v;

	if (x->folder.role != ROLE_DRAFTS || !index_message(v))
		return index_open_message(v, argument, err);
	app_run(v->app, "continue");
	return true;
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

// Shows the same folder otherwise, the cursor on the message it was on.
static void
index_show_again(struct index *x, const char *limit, enum message_order order)
{
	struct folder folder = x->folder;
	uint64_t id = index_message(&x->view);

	// A limit that shows nothing, or not it, does not forget where one was.
	if (x->wanted)
		id = x->wanted;
	memset(&x->folder, 0, sizeof x->folder);
	index_show(x, &folder, limit, order);
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
	if (str_equal(argument, "none")) {
		map_free(&x->marks, free);
		x->marks = map_new();
		return true;
	}
	if (!id)
		return error_set(err, ERROR_INPUT, "there are no messages here");
	if (str_equal(argument, "all")) {
		x->mark_job = engine_search(v->app->engine, x->rows.limit ? x->rows.limit : "",
			x->folder.id, x->rows.order, index_mark_found, x);
	} else if (str_equal(argument, "thread")) {
		index_mark_thread(x, id);
	} else {
		index_mark(x, id, !map_get_u64(x->marks, id));
		view_index.move(v, 1);
	}
	return true;
}

static bool
index_go(struct view *v, const char *argument, struct error *err)
{
	struct app *a = v->app;
	struct index *x = (struct index *)v;
	struct folder folder;
	uint32_t ids[64];
	size_t n = engine_account_ids(a->engine, ids, 64);
	bool found = x->folder.id && store_folder_find(a->engine->store,
		x->folder.account, argument, &folder);

	// The account in which one is comes first.
	for (size_t i = 0; !found && i < n; i++)
		found = store_folder_find(a->engine->store, ids[i], argument, &folder);
	if (!found)
		return error_set(err, ERROR_INPUT, "there is no folder \"%s\"", argument);
	char text[16];

	snprintf(text, sizeof text, "%u", folder.id);
	folder_done(&folder);
	// A page that one goes on from is done with; a draft or a message stays.
	struct view *from = app_focus(a);

	if (from->ops->only && from->ops->once)
		app_close(a, from);
	return app_open(a, "index", text, err) != NULL;
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
	{ "next", index_next },
	{ "previous", index_previous },
	{ "limit", index_limit },
	{ "order", index_set_order },
	{ "select", index_select },
	{ "go", index_go },
	{ "refresh", index_refresh },
	{ NULL, NULL },
};
