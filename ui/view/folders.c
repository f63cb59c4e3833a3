// SPDX-License-Identifier: GPL-3.0-or-later
// The named queries and the folders of all accounts with their counts: at the side
// of the index, or in its place where there is no room.
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "account/event.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "command/saved.h"
#include "command/script.h"
#include "engine.h"
#include "mail/query.h"
#include "store/folders.h"
#include "ui/app.h"
#include "ui/view/counts.h"
#include "ui/view/index.h"
#include "ui/view/tally.h"
#include "ui/widget/list.h"

// A named query, a folder, or the name of an account above its folders.
// What a person misses in a folder; who may make others in it matters less.
#define FOLDERS_DENIED (FOLDER_NO_SEEN | FOLDER_NO_FLAGS | FOLDER_NO_INSERT | \
	FOLDER_NO_DELETE)

struct folders_row {
	struct folder folder;      // id 0: none, or an account
	char *query, *name;        // of a query; NULL. Its counts are in folder
	bool uncounted;            // but are not known
	int depth;
	const char *label;         // of a folder: the last of its name; lent from it
	size_t rank;               // of its first level, as the store orders them
};

struct folders {
	struct view view;          // first
	struct array rows;         // struct folders_row
	struct tally tally;        // of the queries that folders' counts do not tell
	struct list list;
	uint32_t shown;            // the folder of the index at the last draw
	char *shown_query;         // or its query; NULL
};

static void
folders_clear(struct folders *f)
{
	for (size_t i = 0; i < f->rows.len; i++) {
		struct folders_row *row = array_at(&f->rows, i);

		folder_done(&row->folder);
		free(row->query);
		free(row->name);
	}
	array_clear(&f->rows);
}

// '/' sorts before all else, so that children follow their parent.
static int
folders_compare_names(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	int x = *a == '/' ? 1 : (unsigned char)*a, y = *b == '/' ? 1 : (unsigned char)*b;

	return x - y;
}

static int
folders_compare(const void *a, const void *b)
{
	const struct folders_row *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return folders_compare_names(x->folder.name, y->folder.name);
}

// Ranks by the first folder of the same top level; the store's order has those
// with roles in front.
static void
folders_rank(struct folders_row *rows, size_t n)
{
	struct map *tops = map_new();

	for (size_t i = 0; i < n; i++) {
		const char *name = rows[i].folder.name;
		char *top = str_ndup(name, strcspn(name, "/"));
		void *first = map_get(tops, top);

		if (!first)
			map_put(tops, top, first = (void *)(uintptr_t)(i + 1));
		rows[i].rank = (uintptr_t)first;
		free(top);
	}
	map_free(&tops, NULL);
}

// Depth and label by the nearest folder above that contains it.
static void
folders_label(struct folders_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		rows[i].depth = 0;
		rows[i].label = rows[i].folder.name;
		for (size_t k = i; k > 0; k--) {
			const char *above = rows[k - 1].folder.name;
			size_t len = strlen(above);

			if (strncmp(above, rows[i].folder.name, len) ||
			    rows[i].folder.name[len] != '/')
				continue;
			rows[i].depth = rows[k - 1].depth + 1;
			rows[i].label = rows[i].folder.name + len + 1;
			break;
		}
	}
}

static void
folders_add_account(struct folders *f, uint32_t account, bool named)
{
	struct app *a = f->view.app;
	struct folder *all = NULL;
	size_t n = store_folders(a->engine->store, account, &all);

	if (named) {
		struct folders_row *head = array_push(&f->rows);

		head->folder.account = account;
	}
	size_t start = f->rows.len;

	for (size_t i = 0; i < n; i++)
		((struct folders_row *)array_push(&f->rows))->folder = all[i];
	free(all);
	if (n == 0)
		return;
	struct folders_row *rows = array_at(&f->rows, start);

	folders_rank(rows, n);
	qsort(rows, n, sizeof *rows, folders_compare);
	folders_label(rows, n);
}

static void
folders_count_query(struct folders *f, struct folders_row *row)
{
	struct engine *e = f->view.app->engine;
	struct query *query = NULL;
	uint64_t total = 0, unread = 0;

	bool known = query_parse(&query, row->query, when_now(), NULL) &&
		counts_of_query(e, query, &total, &unread);

	query_free(&query);
	row->folder.total = (uint32_t)total;
	row->folder.unread = (uint32_t)unread;
	row->uncounted = !known && !tally_unread(&f->tally, row->query,
		&row->folder.unread);
}

// What is there from the start is of use with several accounts.
static void
folders_add_queries(struct folders *f, size_t accounts)
{
	size_t n;
	const struct saved_query *all = saved_all(f->view.app->engine->saved, &n);

	for (size_t i = 0; accounts > 0 && i < n; i++) {
		if (!all[i].where && accounts < 2)
			continue;
		struct folders_row *row = array_push(&f->rows);

		row->query = str_dup(all[i].text);
		row->name = str_dup(all[i].name);
		row->label = row->name;
		folders_count_query(f, row);
	}
}

static const struct folders_row *
folders_row_under(struct folders *f)
{
	return f->list.cursor < f->rows.len ? array_at(&f->rows, f->list.cursor) : NULL;
}

static uint32_t
folders_under(struct folders *f)
{
	const struct folders_row *row = folders_row_under(f);

	return row ? row->folder.id : 0;
}

static bool
folders_row_is(const struct folders_row *row, uint32_t id, const char *query)
{
	return query ? str_equal(row->query, query) : id && row->folder.id == id;
}

static void
folders_go(struct folders *f, uint32_t id, const char *query)
{
	for (size_t i = 0; i < f->rows.len; i++) {
		if (folders_row_is(array_at(&f->rows, i), id, query)) {
			list_go(&f->list, (int64_t)i);
			return;
		}
	}
}

// The first that is something to open.
static void
folders_go_first(struct folders *f)
{
	for (size_t i = 0; i < f->rows.len; i++) {
		const struct folders_row *row = array_at(&f->rows, i);

		if (row->folder.id || row->query) {
			list_go(&f->list, (int64_t)i);
			return;
		}
	}
}

static void
folders_load(struct folders *f)
{
	struct app *a = f->view.app;
	const struct folders_row *row = folders_row_under(f);
	uint32_t ids[64], under = folders_under(f);
	char *query = str_dup(row ? row->query : NULL);
	size_t n = a->engine->store ? engine_account_ids(a->engine, ids, 64) : 0;

	folders_clear(f);
	folders_add_queries(f, n);
	for (size_t i = 0; i < n; i++)
		folders_add_account(f, ids[i], true);
	list_set_count(&f->list, (uint32_t)f->rows.len);
	folders_go_first(f);
	folders_go(f, under, query);
	free(query);
	f->view.dirty = true;
}

static void
folders_tallied(void *arg)
{
	struct folders *f = arg;

	for (size_t i = 0; i < f->rows.len; i++) {
		struct folders_row *row = array_at(&f->rows, i);

		if (row->query)
			folders_count_query(f, row);
	}
	f->view.dirty = true;
}

static bool
folders_open(struct view *v, const char *argument, struct error *err)
{
	struct folders *f = (struct folders *)v;

	(void)argument;
	(void)err;
	f->rows = ARRAY_OF(struct folders_row);
	tally_init(&f->tally, v->app->engine, folders_tallied, f);
	folders_load(f);
	return true;
}

static void
folders_close(struct view *v)
{
	struct folders *f = (struct folders *)v;

	folders_clear(f);
	tally_done(&f->tally);
	array_done(&f->rows);
	free(f->shown_query);
}

static void
folders_count(struct folders *f, uint32_t id)
{
	for (size_t i = 0; i < f->rows.len; i++) {
		struct folders_row *row = array_at(&f->rows, i);
		struct folder now;

		if (row->query) {
			folders_count_query(f, row);
			f->view.dirty = true;
		}
		if (!row->folder.id || (id && row->folder.id != id) ||
		    !store_folder(f->view.app->engine->store, row->folder.id, &now))
			continue;
		row->folder.total = now.total;
		row->folder.unread = now.unread;
		row->folder.attributes = now.attributes;
		folder_done(&now);
		f->view.dirty = true;
	}
}

static void
folders_event(struct view *v, const struct event *event)
{
	struct folders *f = (struct folders *)v;

	if (!event || event->kind == EVENT_COUNTS || event->kind == EVENT_MESSAGES ||
	    event->kind == EVENT_MESSAGE || event->kind == EVENT_RESET)
		tally_stale(&f->tally);
	if (!event || event->kind == EVENT_FOLDERS || event->kind == EVENT_RESET)
		folders_load(f);
	else if (event->kind == EVENT_COUNTS)
		folders_count(f, event->folder);
	else if (event->kind == EVENT_ACCOUNT && f->rows.len == 0)
		folders_load(f);
}

static enum style
folders_style(const struct folders *f, const struct folders_row *row, bool under)
{
	if (under && app_focus(f->view.app) == &f->view)
		return STYLE_CURSOR;
	if (folders_row_is(row, f->shown, f->shown_query))
		return STYLE_CURSOR_IDLE;
	return row->folder.attributes & FOLDER_NOSELECT ? STYLE_DIM : STYLE_NORMAL;
}

static void
folders_draw_row(void *arg, struct screen *s, struct area row, uint32_t at, bool under)
{
	struct folders *f = arg;
	const struct folders_row *r = array_at(&f->rows, at);
	struct look look = { .style = folders_style(f, r, under),
		.bold = r->folder.unread > 0 };
	char count[16] = "";
	int room = row.cols;

	screen_fill(s, row, 0, 0, look.style);
	if (!r->folder.id && !r->query) {
		const char *name = engine_account_name(f->view.app->engine, r->folder.account);

		screen_look(s, row, 0, 1, 0, str_or_empty(name), (struct look){
			.style = look.style == STYLE_NORMAL ? STYLE_HEADER_NAME : look.style,
			.bold = true });
		return;
	}
	// Drafts count as things to do, read or not.
	uint32_t number = r->folder.role == ROLE_DRAFTS ? r->folder.total
		: r->folder.unread;

	if (number > 0 || r->uncounted)
		snprintf(count, sizeof count, r->uncounted ? "?" : "%u", number);
	room -= (int)strlen(count);
	if (*count)
		screen_look(s, row, 0, room - 1, 0, count, look);
	// Not all may be done in it: its title says what not.
	if (r->folder.attributes & FOLDERS_DENIED) {
		room -= *count ? 2 : 1;
		screen_look(s, row, 0, room - 1 + !*count, 1, "%", look);
	}
	int indent = r->query ? 1 : 2 + 2 * r->depth;

	// Where we are is told by a sign too, not by the look alone.
	if (folders_row_is(r, f->shown, f->shown_query))
		screen_look(s, row, 0, indent - 1, 1, ">", look);
	if (room - 2 > indent)
		screen_look(s, row, 0, indent, room - 2 - indent, r->label, look);
}

static void
folders_draw(struct view *v, struct screen *s, struct area a)
{
	struct folders *f = (struct folders *)v;
	struct view *index = app_find(v->app, "index");
	uint32_t shown = index ? index_folder(index) : 0;
	const char *query = index ? index_query(index) : NULL;

	// The cursor waits at the folder that is shown.
	if (shown != f->shown || !str_equal(query, f->shown_query) ||
	    app_focus(v->app) != v)
		folders_go(f, shown, query);
	f->shown = shown;
	str_set(&f->shown_query, query);
	list_draw(&f->list, s, a, folders_draw_row, f);
	if (f->rows.len == 0)
		screen_text(s, a, 0, 1, 0, "no folders yet", STYLE_DIM);
}

static void
folders_title(struct view *v, struct buf *out)
{
	(void)v;
	buf_str(out, "Folders");
}

static bool
folders_target(struct view *v, enum target_kind kind, struct target *target,
	struct error *err)
{
	struct folders *f = (struct folders *)v;
	const struct folders_row *row = folders_row_under(f);

	if (kind == TARGET_VIEW && row && row->query) {
		target->within = str_dup(row->query);
		return true;
	}
	if ((kind != TARGET_FOLDER && kind != TARGET_VIEW) || folders_under(f) == 0)
		return error_set(err, ERROR_INPUT, "this needs a %s, and a %s is under the "
			"cursor", kind == TARGET_FOLDER || kind == TARGET_VIEW ? "folder"
			: "message", folders_under(f) ? "folder"
			: row && row->query ? "query" : "name of an account");
	target->folder = row->folder.id;
	target->account = row->folder.account;
	return true;
}

static void
folders_move(struct view *v, int64_t by)
{
	list_move(&((struct folders *)v)->list, by);
	v->dirty = true;
}

static void
folders_page(struct view *v, int half_pages)
{
	struct folders *f = (struct folders *)v;

	list_move(&f->list, (int64_t)half_pages * f->list.height / 2);
	v->dirty = true;
}

static void
folders_end(struct view *v, bool bottom)
{
	struct folders *f = (struct folders *)v;

	list_go(&f->list, bottom ? (int64_t)f->rows.len - 1 : 0);
	v->dirty = true;
}

static bool
folders_open_under(struct view *v, const char *argument, struct error *err)
{
	struct folders *f = (struct folders *)v;
	const struct folders_row *row = folders_row_under(f);
	struct buf text = {0};

	(void)argument;
	if (!row || (!row->query && !row->folder.id))
		return error_set(err, ERROR_INPUT, "this is the name of an account");
	if (row->folder.attributes & FOLDER_NOSELECT)
		return error_set(err, ERROR_INPUT, "%s only contains other folders",
			row->folder.name);
	if (row->query)
		index_argument(&text, row->name, row->query);
	else
		buf_printf(&text, "%u", row->folder.id);
	bool ok = app_open(v->app, "index", buf_text(&text), err) != NULL;

	buf_done(&text);
	return ok;
}

// To the next folder with unread mail.
static bool
folders_step(struct view *v, int step, const char *which)
{
	struct folders *f = (struct folders *)v;
	int64_t at = f->list.cursor;

	for (at += step; at >= 0 && at < (int64_t)f->rows.len; at += step) {
		const struct folders_row *row = array_at(&f->rows, at);

		if ((!row->folder.id && !row->query) || (which && row->folder.unread == 0))
			continue;
		list_go(&f->list, at);
		v->dirty = true;
		return true;
	}
	app_notice(v->app, SAY_INFO, which ? "No more folders with unread mail"
		: "No more folders");
	return true;
}

static bool
folders_next(struct view *v, const char *argument, struct error *err)
{
	(void)err;
	return folders_step(v, 1, argument);
}

static bool
folders_previous(struct view *v, const char *argument, struct error *err)
{
	(void)err;
	return folders_step(v, -1, argument);
}

// --- another name -----------------------------------------------------------------------

struct folders_renaming {
	struct app *app;
	uint32_t account;
	char *name;
};

static void
folders_renamed(void *arg, const char *answer)
{
	struct folders_renaming *w = arg;
	const char *account = engine_account_name(w->app->engine, w->account);
	struct buf text = {0};

	if (!str_empty(answer) && !str_equal(answer, w->name) && account &&
	    !w->app->quitting) {
		buf_str(&text, "folder -a ");
		script_quote(&text, account);
		buf_str(&text, " rename -- ");
		script_quote(&text, w->name);
		buf_char(&text, ' ');
		script_quote(&text, answer);
		app_run(w->app, text.data);
	}
	buf_done(&text);
	free(w->name);
	free(w);
}

static bool
folders_rename(struct view *v, const char *argument, struct error *err)
{
	const struct folders_row *row = folders_row_under((struct folders *)v);

	(void)argument;
	if (!row || !row->folder.id)
		return error_set(err, ERROR_INPUT, "there is no folder under the cursor");
	struct folders_renaming *w = mem_new(struct folders_renaming);

	*w = (struct folders_renaming){ v->app, row->folder.account,
		str_dup(row->folder.name) };
	app_ask(v->app, &(struct question){ .kind = QUESTION_TEXT, .text = "New name:",
		.initial = w->name }, folders_renamed, w);
	return true;
}

static const struct view_verb folders_verbs[] = {
	{ "open", folders_open_under },
	{ "rename", folders_rename },
	{ "next", folders_next },
	{ "previous", folders_previous },
	{ NULL, NULL },
};

const struct view_ops view_folders = {
	.name = "folders",
	.size = sizeof(struct folders),
	.once = true,
	.open = folders_open,
	.close = folders_close,
	.draw = folders_draw,
	.event = folders_event,
	.target = folders_target,
	.title = folders_title,
	.move = folders_move,
	.page = folders_page,
	.end = folders_end,
	.verbs = folders_verbs,
};
