// SPDX-License-Identifier: GPL-3.0-or-later
// Holds the views and gives each its place: the folders at the side, the view in
// front, the status and the hints below. Draws what changed once a turn.
#include "config.h"

#include "ui/app.h"
#include "ui/child.h"
#include "ui/colours.h"

#include "account/event.h"
#include "base/door.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "base/when.h"
#include "command/option.h"
#include "command/script.h"
#include "engine.h"
#include "loop/loop.h"
#include "ui/term/keys.h"
#include "ui/view/drafts.h"
#include "ui/widget/palette.h"
#include "ui/widget/prompt.h"

#include <assert.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define APP_SAVE_MS 2000       // after something worth keeping changed
#define APP_SIDEBAR_MIN 16
#define APP_SIDEBAR_MAX 30

const struct view_ops *const view_table[] = {
	&view_accounts, &view_attachments, &view_compose, &view_drafts, &view_folders, &view_help, &view_index,
	&view_message, &view_outbox, &view_output, &view_pending, &view_setup, NULL,
};

const struct view_ops *
view_find(const char *name)
{
	for (size_t i = 0; view_table[i]; i++) {
		if (str_equal(view_table[i]->name, name))
			return view_table[i];
	}
	return NULL;
}

// --- views ---------------------------------------------------------------------

static struct view *
app_view_new(struct app *a, const struct view_ops *ops, const char *argument,
	struct error *err)
{
	struct view *v = mem_alloc(1, ops->size);

	v->ops = ops;
	v->app = a;
	v->dirty = true;
	if (ops->open(v, argument, err))
		return v;
	if (ops->close)
		ops->close(v);
	free(v);
	return NULL;
}

static void
app_view_free(struct view **v)
{
	if (!*v)
		return;
	if ((*v)->ops->close)
		(*v)->ops->close(*v);
	free(*v);
	*v = NULL;
}

struct view *
app_find(const struct app *a, const char *name)
{
	for (size_t i = a->n_views; i > 0; i--) {
		if (str_equal(a->views[i - 1]->ops->name, name))
			return a->views[i - 1];
	}
	return NULL;
}

static void
app_take_out(struct app *a, size_t at)
{
	a->n_views--;
	memmove(&a->views[at], &a->views[at + 1],
		(a->n_views - at) * sizeof a->views[0]);
}

static size_t
app_place_of(const struct app *a, const struct view *v)
{
	size_t at = 0;

	while (at < a->n_views && a->views[at] != v)
		at++;
	return at;
}

static void
app_bring_front(struct app *a, struct view *v)
{
	app_take_out(a, app_place_of(a, v));
	a->views[a->n_views++] = v;
}

struct view *
app_open(struct app *a, const char *name, const char *argument, struct error *err)
{
	const struct view_ops *ops = view_find(name);

	if (!ops) {
		error_set(err, ERROR_INPUT, "there is no view \"%s\"", name);
		return NULL;
	}
	app_draw_all(a);
	app_changed_place(a);
	if (ops == a->sidebar->ops) {
		app_focus_sidebar(a, true);
		return a->sidebar;
	}
	struct view *v = ops->once ? app_find(a, name) : NULL;

	if (v) {
		if (!ops->open(v, argument, err))
			return NULL;
		app_bring_front(a, v);
	} else if (a->n_views == APP_VIEWS_MAX) {
		error_set(err, ERROR_REFUSED, "%d views are open already: close some",
			APP_VIEWS_MAX);
		return NULL;
	} else {
		v = app_view_new(a, ops, argument, err);
		if (!v)
			return NULL;
		a->views[a->n_views++] = v;
	}
	a->sidebar_focus = false;
	return v;
}

bool
app_close(struct app *a, struct view *v)
{
	if (v == a->sidebar) {
		app_focus_sidebar(a, false);
		return true;
	}
	if (v->ops == &view_index) {
		// All else stands on it: those beneath come forward.
		if (a->n_views < 2)
			return false;
		memmove(&a->views[1], &a->views[0], (a->n_views - 1) * sizeof a->views[0]);
		a->views[0] = v;
		app_draw_all(a);
		app_changed_place(a);
		return true;
	}
	if (v->ops->leave && !v->ops->leave(v))
		return false;
	app_take_out(a, app_place_of(a, v));
	app_view_free(&v);
	if (a->n_views == 0)
		app_open(a, "index", NULL, NULL);
	app_draw_all(a);
	app_changed_place(a);
	return true;
}

struct view *
app_focus(const struct app *a)
{
	if (a->sidebar_focus || a->n_views == 0)
		return a->sidebar;
	return a->views[a->n_views - 1];
}

void
app_focus_sidebar(struct app *a, bool focus)
{
	a->sidebar_focus = focus;
	app_draw_all(a);
}

bool
app_verb(struct app *a, const char *name, const char *argument, struct error *err)
{
	struct view *focus = app_focus(a);
	size_t at = a->n_views;

	// Those beneath answer too, in their order: `next` in a message.
	for (struct view *v = focus; v; v = at > 0 ? a->views[--at] : NULL) {
		for (const struct view_verb *verb = v->ops->verbs;
		     verb && verb->name; verb++) {
			if (str_equal(verb->name, name))
				return verb->run(v, argument, err);
		}
		// One comes from anywhere to a folder, which covers this view.
		if (v == focus && focus->ops->only && !str_equal(name, "go") &&
		    !str_equal(name, "find"))
			break;
	}
	return error_set(err, ERROR_INPUT, "%s has no meaning here (%s)", name,
		focus->ops->name);
}

// --- drawing --------------------------------------------------------------------

void
app_draw_all(struct app *a)
{
	a->dirty = true;
}

struct app_layout {
	struct area sidebar;       // no columns: not shown
	struct area upper, front;  // upper: the index above a message; or no rows
	struct area status, bottom;
	int lines;                 // at the bottom: 2, or 1 without hints
};

static bool
app_wants_sidebar(const struct app *a, int cols)
{
	if (!app_find(a, "index"))
		return false;
	const struct view_ops *front = a->views[a->n_views - 1]->ops;

	if (a->sidebar_wish == 0 && !a->sidebar_focus &&
	    (front->wide || (front->text && cols < APP_TEXT_COLS)))
		return false;
	return a->sidebar_wish > 0 ? cols >= 2 * APP_SIDEBAR_MIN
		: a->sidebar_wish == 0 && cols >= APP_SIDEBAR_COLS;
}

bool
app_is_split(const struct app *a)
{
	if (a->n_views < 2 || a->views[a->n_views - 1]->ops != &view_message ||
	    a->views[a->n_views - 2]->ops != &view_index || a->split_wish < 0)
		return false;
	int rows = screen_area(a->screen).rows;

	return a->split_wish > 0 ? rows >= 12 : rows >= APP_SPLIT_ROWS;
}

static struct app_layout
app_layout(struct app *a)
{
	struct area all = screen_area(a->screen);
	struct app_layout l = {
		.lines = options_on(a->engine->options, NULL, "hint-line") ? 2 : 1,
	};
	int height = all.rows - l.lines, width = 0;

	l.status = (struct area){ height, 0, 1, all.cols };
	l.bottom = (struct area){ all.rows - 1, 0, 1, all.cols };
	a->sidebar_shown = app_wants_sidebar(a, all.cols);
	if (a->sidebar_shown) {
		width = all.cols / 5;
		if (width < APP_SIDEBAR_MIN)
			width = APP_SIDEBAR_MIN;
		if (width > APP_SIDEBAR_MAX)
			width = APP_SIDEBAR_MAX;
		l.sidebar = (struct area){ 0, 0, height, width };
		width++;   // the line between
	}
	l.front = (struct area){ 0, width, height, all.cols - width };
	if (app_is_split(a) && !(a->sidebar_focus && !l.sidebar.cols)) {
		l.upper = l.front;
		l.upper.rows = height / 3;
		l.front.row = l.upper.rows;
		l.front.rows -= l.upper.rows;
	}
	return l;
}

// The line above a view: its name at the left, counts at the right.
static void
app_draw_title(struct app *a, struct view *v, struct area row, bool focus)
{
	struct buf text = {0};
	enum style style = focus ? STYLE_TITLE_FOCUS : STYLE_TITLE;

	screen_fill(a->screen, row, 0, 0, style);
	v->ops->title(v, &text);
	char *left = text.data ? buf_take(&text) : str_dup("");
	char *right = strchr(left, '\t');

	if (right)
		*right++ = '\0';
	int room = row.cols - 2, wide = right ? utf8_cells(right) : 0;

	if (wide > 0 && wide < room / 2 + 4) {
		screen_text(a->screen, row, 0, row.cols - 1 - wide, wide, right, style);
		room -= wide + 1;
	}
	if (room > 0)
		screen_text(a->screen, row, 0, 1, room, left, style);
	free(left);
}

static void
app_draw_view(struct app *a, struct view *v, struct area place)
{
	if (place.rows < 1 || place.cols < 1 || !(v->dirty || a->dirty))
		return;
	struct area title = place, body = place;

	title.rows = 1;
	body.row++;
	body.rows--;
	v->dirty = false;
	if (body.rows > 0)
		v->ops->draw(v, a->screen, body);
	// Behind the body: drawing may have found out what there is to count.
	app_draw_title(a, v, title, v == app_focus(a));
}

static void
app_draw_views(struct app *a, const struct app_layout *l)
{
	struct view *front = a->views[a->n_views - 1];
	bool overall = a->sidebar_focus && l->sidebar.cols == 0;

	if (l->sidebar.cols > 0) {
		app_draw_view(a, a->sidebar, l->sidebar);
		if (a->dirty)
			screen_line(a->screen, (struct area){ 0, l->sidebar.cols,
				l->sidebar.rows, 1 }, 0, 0, true, l->sidebar.rows,
				STYLE_BORDER);
	}
	if (overall) {
		app_draw_view(a, a->sidebar, l->front);
		return;
	}
	if (l->upper.rows > 0)
		app_draw_view(a, a->views[a->n_views - 2], l->upper);
	app_draw_view(a, front, l->front);
}

static bool
app_is_dirty(struct app *a)
{
	if (a->dirty || a->dirty_lines || a->sidebar->dirty)
		return true;
	for (size_t i = 0; i < a->n_views; i++) {
		if (a->views[i]->dirty)
			return true;
	}
	return false;
}

static void
app_draw_small(struct app *a, struct area all)
{
	screen_clear(a->screen, all);
	screen_text(a->screen, all, 0, 0, 0, "too small", STYLE_NORMAL);
	screen_cursor(a->screen, all, 0, 0, false);
}

static void
app_draw_typing(struct app *a, struct area all)
{
	const struct app_question *q = a->questions.len > 0 && !a->palette
		? array_at(&a->questions, 0) : NULL;

	if (q && (q->kind == QUESTION_YES_NO || input_is_long(q->text)))
		lines_draw_question(a, all);
	else if (!a->palette && lines_notice_is_long(a))
		lines_draw_notice(a, all);
	if (a->palette)
		palette_draw(a->palette, a->screen, all);
	else if (a->prompt)
		prompt_draw(a->prompt, a->screen, all);
}

static void
app_paint(struct app *a)
{
	if (a->child || a->dead || a->quitting || !app_is_dirty(a))
		return;
	struct area all = screen_area(a->screen);
	bool small = all.rows < APP_ROWS_MIN || all.cols < APP_COLS_MIN;

	if (small) {
		app_draw_small(a, all);
	} else {
		struct app_layout l = app_layout(a);

		screen_cursor(a->screen, all, all.rows - 1, all.cols - 1, false);
		// What is typed may stand over the views: they are drawn below it.
		if (a->palette || a->prompt || a->questions.len > 0)
			a->dirty = true;
		app_draw_views(a, &l);
		lines_draw_status(a, l.status);
		lines_draw_bottom(a, l.bottom);
		app_draw_typing(a, all);
	}
	a->dirty = a->dirty_lines = false;
	screen_write(a->screen);
}

// --- keeping ------------------------------------------------------------------

static void
app_save_due(void *arg)
{
	struct app *a = arg;

	loop_remove_timer(&a->save_timer);
	place_save(a);
}

void
app_changed_place(struct app *a)
{
	if (!a->save_timer && !a->quitting)
		a->save_timer = loop_add_timer(a->engine->loop, APP_SAVE_MS,
			app_save_due, a);
}

// --- running commands -------------------------------------------------------------

// What a command answered: a line is a notice, more of them are a page.
static void
app_show_rows(struct app *a)
{
	struct error err;

	if (a->rows.len == 0)
		return;
	buf_cut(&a->rows, a->rows.len - 1);
	if (!strchr(a->rows.data, '\n'))
		app_notice(a, SAY_INFO, "%s", a->rows.data);
	else if (!app_open(a, "output", NULL, &err))
		app_notice(a, SAY_ERROR, "%s", err.text);
	buf_clear(&a->rows);
}

// What can be mended on the screen is said to be: the advice of those who know no
// screen is to mend the configuration.
static void
app_say_failed(struct app *a, const struct error *err)
{
	uint32_t ids[64];
	size_t n = engine_account_ids(a->engine, ids, 64);
	struct buf keys = {0};
	bool waits = false;

	for (size_t i = 0; i < n; i++)
		waits = waits || account_waits_for_answer(a, ids[i]);
	if (waits && (err->kind == ERROR_AUTH || err->kind == ERROR_TRUST))
		account_keys(a, &keys);
	app_notice(a, SAY_ERROR, "%s%s%s", err->text, keys.len > 0 ? "; or answer it: " : "",
		buf_text(&keys));
	buf_done(&keys);
}

static void
app_ran(void *arg, const struct error *err)
{
	struct app *a = arg;

	a->running--;
	a->dirty_lines = true;
	if (a->quitting)
		return;
	if (err && err->kind == ERROR_CANCELLED)
		app_notice(a, SAY_INFO, "Cancelled");
	else if (err)
		app_say_failed(a, err);
	if (a->running == 0)
		app_show_rows(a);
}

void
app_run(struct app *a, const char *commands)
{
	a->running++;
	a->dirty_lines = true;
	engine_run(a->engine, &a->front, commands, ":", app_ran, a);
}

void
app_runf(struct app *a, const char *format, ...)
{
	struct buf text = {0};
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	app_run(a, buf_text(&text));
	buf_done(&text);
}

// --- life -----------------------------------------------------------------------

static void
app_keys_ready(void *arg, short events)
{
	struct app *a = arg;

	if (events & POLLIN)
		input_keys(a);
	if (events & (POLLHUP | POLLERR | POLLNVAL)) {
		// Nobody is there any more: what there is was journalled already.
		a->dead = true;
		app_quit(a);
	}
}

void
app_take_keys(struct app *a, bool take)
{
	if (!take)
		loop_remove_fd(&a->keys);
	else if (!a->keys)
		a->keys = loop_add_fd(a->engine->loop, keys_fd(a->screen), POLLIN,
			app_keys_ready, a);
}

static void
app_resized(void *arg, int signo)
{
	struct app *a = arg;

	(void)signo;
	if (!a->child && screen_resize(a->screen))
		app_draw_all(a);
}

static void
app_ended(void *arg, int signo)
{
	struct app *a = arg;

	if (signo == SIGHUP)
		a->dead = true;
	app_quit(a);
}

static void
app_stopped(void *arg, int signo)
{
	(void)signo;
	child_suspend(arg);
}

// A program that has the terminal gets these too; they are not for us then.
static void
app_ignored(void *arg, int signo)
{
	(void)arg;
	(void)signo;
}

struct app *
app_new(struct engine *e, struct screen *s)
{
	struct app *a = mem_new(struct app);

	a->front = (struct frontend){ .ops = &frontend_screen, .alive = true };
	a->engine = e;
	a->screen = s;
	a->dirty = true;
	a->to_send = -1;
	a->questions = ARRAY_OF(struct app_question);
	a->asked = map_new();
	notices_init(&a->notice);
	a->typed_passwords = ARRAY_OF(struct account_typed);
	loop_add_signal(e->loop, SIGWINCH, app_resized, a);
	loop_add_signal(e->loop, SIGTSTP, app_stopped, a);
	loop_add_signal(e->loop, SIGHUP, app_ended, a);
	loop_add_signal(e->loop, SIGTERM, app_ended, a);
	loop_add_signal(e->loop, SIGINT, app_ignored, a);
	loop_add_signal(e->loop, SIGQUIT, app_ignored, a);
	app_take_keys(a, true);
	a->sidebar = app_view_new(a, &view_folders, NULL, NULL);
	assert(a->sidebar);
	colours_apply(a);
	engine_attach(e, &a->front);
	return a;
}

void
app_free(struct app **a_r)
{
	struct app *a = *a_r;

	if (!a)
		return;
	engine_detach(a->engine, &a->front);
	a->front.alive = false;
	drafts_forget(a);
	input_done(a);
	child_forget(a);
	while (a->n_views > 0)
		app_view_free(&a->views[--a->n_views]);
	app_view_free(&a->sidebar);
	loop_remove_timer(&a->save_timer);
	loop_remove_fd(&a->keys);
	array_done(&a->questions);
	map_free(&a->asked, NULL);
	account_forget(a);
	strlist_done(&a->messages);
	strlist_done(&a->history);
	strlist_done(&a->limits);
	strlist_done(&a->searches);
	strlist_done(&a->people);
	free(a->parts_folder);
	free(a->save_folder);
	loop_remove_timer(&a->notice_timer);
	notices_done(&a->notice);
	buf_done(&a->rows);
	free(a);
	*a_r = NULL;
}

void
app_restore(struct app *a)
{
	struct error err;

	error_clear(&err);
	if (a->engine->store && place_restore(a))
		return;
	if (options_accounts(a->engine->options)->len == 0)
		app_open(a, "setup", NULL, &err);
	else
		app_open(a, "index", NULL, &err);
	if (err.kind != ERROR_NONE)
		app_notice(a, SAY_ERROR, "%s", err.text);
}

static void
app_turn(void *arg)
{
	struct app *a = arg;
	struct error err;

	said_turn(a);
	app_paint(a);
	// The first picture is from the store alone: nothing else takes time before.
	if (!a->begun && !a->quitting) {
		a->begun = true;
		if (door_check(&err)) {
			engine_begin(a->engine);
		} else {
			app_notice(a, SAY_ERROR, "%s", err.text);
			app_paint(a);
		}
	}
}

void
app_run_loop(struct app *a)
{
	loop_run(a->engine->loop, app_turn, a);
}

void
app_quit(struct app *a)
{
	if (a->quitting)
		return;
	if (a->engine->store)
		place_save(a);
	a->quitting = true;
	loop_stop(a->engine->loop);
}
