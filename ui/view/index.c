// SPDX-License-Identifier: GPL-3.0-or-later
// The list of a folder's messages: what is on screen and nothing else is read,
// the cursor stays on its message, and selected ones are kept by id.
#include "config.h"

#include "ui/view/index_inside.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "account/event.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "command/option.h"
#include "engine.h"
#include "mail/flags.h"
#include "ui/app.h"
#include "ui/view/counts.h"
#include "ui/view/index_draw.h"

// Selected ones looked at here, before an act and, for undo, after it. With more a
// key would wait: the act itself finds those that are elsewhere.
#define INDEX_MARKS_LOOKED 500

// --- where the cursor stands --------------------------------------------------------

void
index_settle(struct index *x)
{
	int64_t moved = (int64_t)x->list.cursor - x->under_row;
	int64_t above = (int64_t)x->list.cursor - x->list.top;
	bool at_top = x->list.top == 0;
	uint32_t row;

	if (!x->stale)
		return;
	x->stale = false;
	list_set_count(&x->list, index_rows_count(&x->rows));
	if (x->wanted && index_rows_find(&x->rows, x->wanted, &row)) {
		x->wanted = 0;
		if (row >= (uint32_t)x->list.height)
			x->list.top = row - (uint32_t)x->list.height / 2;
		list_go(&x->list, row);
		return;
	}
	if (!x->under || !index_rows_find(&x->rows, x->under, &row))
		return;
	int64_t to = row + moved;

	// Where the first row was in sight, as much as there is room for of what came
	// above stays so.
	if (!at_top)
		x->list.top = to > above ? (uint32_t)(to - above) : 0;
	list_go(&x->list, to);
}

uint64_t
index_message(struct view *v)
{
	struct index *x = (struct index *)v;

	index_settle(x);
	return x->list.count > 0 ? index_rows_id(&x->rows, x->list.cursor) : 0;
}

// Where the cursor is to be is given up only for another place.
void
index_moved(struct index *x)
{
	if (x->list.count > 0)
		x->wanted = 0;
	x->fills = false;
	x->view.dirty = true;
	app_changed_place(x->view.app);
}

void
index_go_row(struct index *x, uint32_t row)
{
	list_go(&x->list, row);
	index_moved(x);
}

uint32_t
index_folder(struct view *v)
{
	return ((struct index *)v)->folder.id;
}

const char *
index_query(struct view *v)
{
	return ((struct index *)v)->rows.base;
}

bool
index_holds(struct view *v, uint32_t folder)
{
	struct index *x = (struct index *)v;

	return index_rows_any(&x->rows) && index_rows_holds(&x->rows, folder);
}

// --- which folder -----------------------------------------------------------------

void
index_stale(struct index *x, bool search)
{
	index_rows_stale(&x->rows, search);
	x->stale = true;
	x->view.dirty = true;
}

void
index_tell_found(struct index *x, bool ended)
{
	void (*found)(void *arg, bool ended) = x->found;

	x->found = NULL;
	if (found)
		found(x->found_arg, ended);
}

bool
index_when_found(struct view *v, void (*found)(void *arg, bool ended), void *arg)
{
	struct index *x = (struct index *)v;

	if (!x->rows.job)
		return false;
	index_tell_found(x, false);
	x->found = found;
	x->found_arg = arg;
	return true;
}

static void
index_searched(void *arg, const char *error)
{
	struct index *x = arg;

	str_set(&x->error, error);
	x->stale = true;
	x->view.dirty = true;
	if (!x->rows.job)
		index_tell_found(x, true);
}

// Of several folders the inboxes are looked at.
static void
index_look_at_inboxes(struct index *x)
{
	struct engine *e = x->view.app->engine;
	struct folder *all = NULL;
	size_t n = store_folders(e->store, 0, &all);

	for (size_t i = 0; i < n; i++) {
		if (all[i].role == ROLE_INBOX && index_rows_holds(&x->rows, all[i].id))
			engine_look_at(e, all[i].id);
		folder_done(&all[i]);
	}
	free(all);
}

void
index_show(struct index *x, const struct index_place *place)
{
	char *name = str_dup(place->name);   // it may be our own

	index_tell_found(x, false);
	folder_done(&x->folder);
	x->folder = place->folder;
	free(x->name);
	x->name = name;
	map_free(&x->marks, free);
	x->marks = map_new();
	index_forget_left(x);
	str_set(&x->error, NULL);
	index_rows_show(&x->rows, x->folder.id, place->base, place->order, place->limit);
	x->under = x->under_row = x->wanted = 0;
	if (x->mark_job)
		engine_job_cancel(x->view.app->engine, x->mark_job);
	x->mark_job = 0;
	x->list = (struct list){ .height = x->list.height };
	list_set_count(&x->list, index_rows_count(&x->rows));
	x->fills = !place->limit && x->list.count == 0;
	x->stale = x->view.dirty = true;
	if (x->folder.id)
		engine_look_at(x->view.app->engine, x->folder.id);
	else if (x->rows.base && x->view.app->engine->store)
		index_look_at_inboxes(x);
	app_draw_all(x->view.app);
	app_changed_place(x->view.app);
}

static bool
index_open(struct view *v, const char *argument, struct error *err)
{
	struct index *x = (struct index *)v;

	x->rows.engine = v->app->engine;
	x->rows.changed = index_searched;
	x->rows.arg = x;
	if (!x->marks)
		x->marks = map_new();
	if (!x->left)
		x->left = map_new();
	return index_open_place(x, argument, err);
}

static void
index_save(struct view *v, struct buf *out)
{
	struct index *x = (struct index *)v;
	uint64_t id;

	if (!index_rows_any(&x->rows))
		return;
	id = index_message(v);
	// A first search that has not come there yet does not forget the place.
	if (x->wanted)
		id = x->wanted;
	if (x->rows.base)
		buf_printf(out, "* %u %" PRIx64 " %s\t%s\t%s", x->rows.order, id,
			str_or_empty(x->name), x->rows.base,
			str_or_empty(x->rows.limit));
	else
		buf_printf(out, "%u %u %" PRIx64 " %s", x->folder.id, x->rows.order,
			id, str_or_empty(x->rows.limit));
}

static void
index_close(struct view *v)
{
	struct index *x = (struct index *)v;

	index_tell_found(x, false);
	if (x->mark_job)
		engine_job_cancel(v->app->engine, x->mark_job);
	index_rows_done(&x->rows);
	folder_done(&x->folder);
	map_free(&x->marks, free);
	map_free(&x->left, free);
	free(x->name);
	free(x->error);
}

// --- drawing ------------------------------------------------------------------------

struct index_drawing {
	struct index *index;
	struct index_look look;
};

static void
index_draw_row(void *arg, struct screen *s, struct area row, uint32_t at, bool under)
{
	struct index_drawing *d = arg;
	struct index *x = d->index;

	d->look.top = x->list.top;   // known by now: the list has its height
	if (at == x->list.top)
		index_rows_want(&x->rows, at, x->list.count - at <
			(uint32_t)x->list.height ? x->list.count - at
			: (uint32_t)x->list.height);
	const struct message *m = index_row(&x->rows, at);

	if (!m)
		return;
	if (x->rows.base)
		index_look_folder(&d->look, index_rows_folder(&x->rows, m->folder));
	d->look.marked = map_get_u64(x->marks, m->id) != NULL;
	index_draw_message(s, row, &x->rows, at, under, &d->look);
}

// What is said where there is nothing to list.
static void
index_draw_empty(struct index *x, struct screen *s, struct area a)
{
	struct app *app = x->view.app;
	struct buf text = {0};
	const struct account_status *status =
		engine_account_status(app->engine, x->folder.account);

	if (x->error)
		buf_printf(&text, "The search failed: %s", x->error);
	else if (!index_rows_any(&x->rows))
		buf_str(&text, options_accounts(app->engine->options)->len
			? "No folders yet: they come with a connection"
			: "There is no account yet: :view setup makes one");
	else if (x->rows.job)
		buf_str(&text, "Searching…");
	else if (x->rows.limit)
		buf_printf(&text, "Nothing here matches %s", x->rows.limit);
	else if (x->rows.base && x->name)
		buf_str(&text, "No messages");
	else if (x->rows.base)
		buf_printf(&text, "Nothing matches %s", x->rows.base);
	else if (x->folder.uidvalidity || !status)
		buf_str(&text, "No messages");
	else if (status->state == ACCOUNT_OFFLINE || status->state == ACCOUNT_PAUSED)
		buf_str(&text, "Nothing was fetched yet, and there is no connection");
	else
		buf_str(&text, "Fetching messages…");
	screen_text(s, a, a.rows / 3, 2, 0, text.data, STYLE_DIM);
	buf_done(&text);
}

static void
index_draw(struct view *v, struct screen *s, struct area a)
{
	struct index *x = (struct index *)v;
	struct index_drawing d = { .index = x };
	// Nobody has moved since the last drawing: this is to be under the cursor.
	uint64_t under = !x->fills && x->list.cursor == x->under_row ? x->under : 0;
	uint32_t row;

	x->list.height = a.rows;
	index_settle(x);
	if (x->fills)
		list_go(&x->list, 0);
	index_look_init(&d.look, v->app, x->rows.base ? NULL : &x->folder,
		app_focus(v->app) != v->app->sidebar);
	list_draw(&x->list, s, a, index_draw_row, &d);
	// Rows that went while they were read: what is left moves up.
	if (x->rows.query && x->rows.ids.len != x->list.count) {
		list_set_count(&x->list, (uint32_t)x->rows.ids.len);
		index_rows_stale(&x->rows, false);
		list_draw(&x->list, s, a, index_draw_row, &d);
	}
	// The store may have gone on between where it was found and what was read.
	if (under && index_rows_id(&x->rows, x->list.cursor) != under &&
	    index_rows_find(&x->rows, under, &row)) {
		list_set_count(&x->list, index_rows_count(&x->rows));
		list_go(&x->list, row);
		index_rows_stale(&x->rows, false);
		list_draw(&x->list, s, a, index_draw_row, &d);
	}
	index_look_done(&d.look);
	x->under = index_message(v);
	x->under_row = x->list.cursor;
	if (x->list.count == 0)
		index_draw_empty(x, s, a);
}

// What is unread of it, where the folders' counts tell that.
static uint64_t
index_unread(struct index *x)
{
	uint64_t total = 0, unread = 0;

	// Beside the number of rows that a limit leaves it would seem to be theirs.
	if (x->rows.limit)
		return 0;
	if (!x->rows.base)
		return x->folder.unread;
	return x->rows.parsed && counts_of_query(x->view.app->engine, x->rows.parsed,
		&total, &unread) ? unread : 0;
}

static void
index_title_name(struct index *x, struct buf *out)
{
	struct engine *e = x->view.app->engine;
	const char *account = engine_account_name(e, x->folder.account);
	uint32_t ids[2];

	if (x->rows.base) {
		buf_str(out, x->name ? x->name : x->rows.base);
		return;
	}
	buf_str(out, x->folder.id ? x->folder.name : "Postern");
	if (account && engine_account_ids(e, ids, 2) > 1)
		buf_printf(out, " · %s", account);
	struct buf denied = {0};

	folder_denied(&x->folder, &denied);
	if (x->folder.id && denied.len > 0)
		buf_printf(out, " · not allowed: %s", denied.data);
	buf_done(&denied);
}

static void
index_title(struct view *v, struct buf *out)
{
	struct index *x = (struct index *)v;

	index_title_name(x, out);
	if (x->rows.limit)
		buf_printf(out, " · %s", x->rows.limit);
	buf_char(out, '\t');
	if (!index_rows_any(&x->rows))
		return;
	uint64_t unread = index_unread(x);

	if (map_len(x->marks) > 0)
		buf_printf(out, "%zu selected  ", map_len(x->marks));
	if (unread > 0)
		buf_printf(out, "%" PRIu64 " unread  ", unread);
	buf_printf(out, "%u/%u%s", x->list.count > 0 ? x->list.cursor + 1 : 0,
		x->list.count, x->rows.job ? "…" : "");
}

// --- events and targets --------------------------------------------------------------

static void
index_reload_folder(struct index *x)
{
	struct folder now;

	x->view.dirty = true;
	if (!x->folder.id || !x->view.app->engine->store)
		return;
	if (store_folder(x->view.app->engine->store, x->folder.id, &now)) {
		folder_done(&x->folder);
		x->folder = now;
	}
}

static void
index_folders_changed(struct index *x)
{
	struct index_place place = { .order = x->rows.order };
	struct folder now;

	index_rows_forget_folders(&x->rows);
	if (x->rows.base) {
		index_stale(x, true);
	} else if (x->folder.id &&
	    store_folder(x->view.app->engine->store, x->folder.id, &now)) {
		folder_done(&now);
		index_reload_folder(x);
	} else if (index_first_folder(x->view.app, &place.folder)) {
		index_show(x, &place);
		x->fills = true;
	}
}

static void
index_account_changed(struct index *x, const struct event *event)
{
	if (x->rows.base) {
		x->view.dirty |= x->list.count == 0;
	} else if (!x->folder.id) {
		index_folders_changed(x);
		x->view.dirty = true;
	} else if (x->list.count == 0) {
		// An empty folder has no other event when it was looked at.
		index_reload_folder(x);
	} else if (event->account == x->folder.account &&
	    event->status->state == ACCOUNT_IDLE) {
		x->fills = false;
	}
}

// One message changed where it stands: it may be one that a query wants now. One
// that it no longer wants stays until something comes or goes.
static void
index_message_changed(struct index *x, uint64_t id)
{
	uint32_t row;
	bool search = x->rows.query && id && !index_rows_find(&x->rows, id, &row);

	if (search)
		index_stale(x, true);
	else
		index_rows_stale(&x->rows, false);
	x->view.dirty = true;
}

static bool
index_is_here(struct index *x, uint64_t id)
{
	struct message m;

	if (!store_message(x->view.app->engine->store, id, &m))
		return false;
	bool here = index_rows_holds(&x->rows, m.folder);

	message_done(&m);
	return here;
}

// Moves those that are here, or are not, from one set to another.
static void
index_sift_marks(struct index *x, struct map *from, struct map *to, bool here)
{
	struct array ids = ARRAY_OF(uint64_t);
	size_t at = 0;
	void *value;

	while (map_next(from, &at, NULL, &value))
		*(uint64_t *)array_push(&ids) = *(uint64_t *)value;
	for (size_t i = 0; i < ids.len; i++) {
		uint64_t id = *(uint64_t *)array_at(&ids, i);

		if (index_is_here(x, id) == here)
			free(map_put_u64(to, id, map_remove_u64(from, id)));
	}
	array_done(&ids);
}

void
index_forget_left(struct index *x)
{
	map_free(&x->left, free);
	x->left = map_new();
}

// What was selected and acted on is gone: nothing else may be hit. It is selected
// again if it comes back before anything else is done: by undo.
static void
index_messages_changed(struct index *x)
{
	bool many = map_len(x->marks) > INDEX_MARKS_LOOKED;

	if (map_len(x->left) > 0)
		index_sift_marks(x, x->left, x->marks, true);
	if (x->marks_used && many) {
		map_free(&x->marks, free);
		x->marks = map_new();
	} else if (x->marks_used) {
		index_sift_marks(x, x->marks, x->left, false);
	}
	x->marks_used &= !many && map_len(x->marks) > 0;
	index_stale(x, true);
}

static void
index_event(struct view *v, const struct event *event)
{
	struct index *x = (struct index *)v;

	if (!event) {
		v->dirty = true;
		if (!index_rows_any(&x->rows))
			index_folders_changed(x);
		return;
	}
	bool mine = event->folder == 0 || index_holds(v, event->folder);

	switch (event->kind) {
	case EVENT_MESSAGES:
		if (mine)
			index_messages_changed(x);
		break;
	case EVENT_MESSAGE:
		if (mine)
			index_message_changed(x, event->id);
		break;
	case EVENT_COUNTS:
		if (mine)
			index_reload_folder(x);
		break;
	case EVENT_FOLDERS:
		index_folders_changed(x);
		break;
	case EVENT_RESET:
		index_folders_changed(x);
		index_stale(x, true);
		break;
	case EVENT_ACCOUNT:
		index_account_changed(x, event);
		break;
	default:
		break;
	}
}

// Those that are still here: one that another client moved keeps its id, and would
// be taken from where it is now.
static void
index_target_marks(struct index *x, struct target *target)
{
	bool look = x->rows.base || map_len(x->marks) <= INDEX_MARKS_LOOKED;
	size_t at = 0;
	void *value;

	target->chosen_in = x->rows.base ? 0 : x->folder.id;
	target->ids = mem_alloc(map_len(x->marks), sizeof *target->ids);
	while (map_next(x->marks, &at, NULL, &value)) {
		uint64_t *id = value;

		if (!look || index_is_here(x, *id))
			target->ids[target->n++] = *id;
	}
	x->marks_used = true;
}

// What is shown, for a query that says no folder itself, and for a new message.
static bool
index_target_view(struct index *x, struct target *target, struct error *err)
{
	struct message m;
	uint64_t id;

	if (!index_rows_any(&x->rows))
		return error_set(err, ERROR_INPUT, "there is no folder here");
	if (!x->rows.base)
		return true;
	target->within = str_dup(x->rows.base);
	id = index_message(&x->view);
	if (id && store_message(x->view.app->engine->store, id, &m)) {
		target->account = m.account;
		message_done(&m);
	}
	return true;
}

static bool
index_target(struct view *v, enum target_kind kind, struct target *target,
	struct error *err)
{
	struct index *x = (struct index *)v;

	x->fills = false;
	target->folder = x->folder.id;
	target->account = x->folder.account;
	if (kind == TARGET_VIEW)
		return index_target_view(x, target, err);
	if (kind == TARGET_FOLDER && x->folder.id)
		return true;
	if (kind != TARGET_MESSAGE && kind != TARGET_MESSAGES)
		return error_set(err, ERROR_INPUT, x->rows.base && kind == TARGET_FOLDER
			? "several folders are shown here: name one" : "there is no %s here",
			kind == TARGET_DRAFT ? "draft" : "folder");
	index_forget_left(x);
	if (kind == TARGET_MESSAGES && map_len(x->marks) > 0) {
		index_target_marks(x, target);
		if (target->n > 0)
			return true;
		free(target->ids);
		target->ids = NULL;
		// Not on another one, which nobody selected.
		return error_set(err, ERROR_GONE, "nothing that was selected is here "
			"any more (:select none forgets it)");
	}
	uint64_t id = index_message(v);

	if (!id)
		return error_set(err, ERROR_INPUT, "there is no message under the cursor");
	target->ids = mem_alloc(1, sizeof *target->ids);
	target->ids[0] = id;
	target->n = 1;
	return true;
}

// --- motions ----------------------------------------------------------------------

static void
index_move(struct view *v, int64_t by)
{
	struct index *x = (struct index *)v;

	index_settle(x);
	list_move(&x->list, by);
	index_moved(x);
}

static void
index_page(struct view *v, int half_pages)
{
	struct index *x = (struct index *)v;

	index_settle(x);
	if (half_pages % 2 == 0)
		list_page(&x->list, half_pages / 2);
	else
		list_move(&x->list, (int64_t)half_pages * x->list.height / 2);
	index_moved(x);
}

static void
index_end(struct view *v, bool bottom)
{
	struct index *x = (struct index *)v;

	index_settle(x);
	list_go(&x->list, bottom ? (int64_t)x->list.count - 1 : 0);
	index_moved(x);
}

const struct view_ops view_index = {
	.name = "index",
	.size = sizeof(struct index),
	.once = true,
	.open = index_open,
	.close = index_close,
	.draw = index_draw,
	.event = index_event,
	.target = index_target,
	.title = index_title,
	.move = index_move,
	.page = index_page,
	.end = index_end,
	.verbs = index_verbs,
	.save = index_save,
};
