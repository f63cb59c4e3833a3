// SPDX-License-Identifier: GPL-3.0-or-later
// What was done here and has not reached its server: tried again, taken back or
// led to another folder from here.
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include "account/event.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "command/rows.h"
#include "command/title.h"
#include "engine.h"
#include "store/folders.h"
#include "store/pending.h"
#include "ui/app.h"
#include "ui/widget/list.h"

struct pending_row {
	uint64_t seq;
	enum operation_state state;
	enum act_kind kind;
	uint32_t account;
	int64_t when;
	unsigned tries;
	char *text, *error;
};

struct pending {
	struct view view;      // first
	struct array rows;     // struct pending_row
	bool loaded;
	struct list list;
	struct pending_load *load;   // that is under way; NULL
};

// --- loading ------------------------------------------------------------------------

// Done by the worker: there may be many.
struct pending_load {
	struct engine *engine;
	struct pending *page;  // NULL: gone, or a later one is under way
	struct array rows;
};

static void
pending_clear(struct array *rows)
{
	for (size_t i = 0; i < rows->len; i++) {
		struct pending_row *row = array_at(rows, i);

		free(row->text);
		free(row->error);
	}
	array_done(rows);
}

static void
pending_add(struct pending_load *l, const struct operation *op,
	const struct folder_names *names)
{
	struct pending_row *row = array_push(&l->rows);
	const struct folder *f = folder_names_find(names, op->folder);
	struct buf text = {0};

	title_print(&text, str_or_empty(op->title), op->kind == ACT_APPEND ? 0 : op->n,
		f ? f->name : NULL);
	*row = (struct pending_row){
		.seq = op->seq, .state = op->state, .kind = op->kind,
		.account = op->account, .when = op->when, .tries = op->tries,
		.text = str_dup(buf_text(&text)), .error = str_dup(op->error),
	};
	buf_done(&text);
}

static bool
pending_read(void *arg, struct error *err)
{
	struct pending_load *l = arg;
	struct operation *ops = NULL;
	struct folder_names names;
	size_t n = store_operations(l->engine->store, 0, &ops);

	(void)err;
	folder_names_read(&names, l->engine->store);
	for (size_t i = 0; i < n; i++) {
		pending_add(l, &ops[i], &names);
		operation_done(&ops[i]);
	}
	free(ops);
	folder_names_done(&names);
	return true;
}

static void
pending_loaded(void *arg, const struct error *err)
{
	struct pending_load *l = arg;
	struct pending *p = l->page;

	(void)err;
	if (p) {
		pending_clear(&p->rows);
		p->rows = l->rows;
		p->load = NULL;
		p->loaded = p->view.dirty = true;
		list_set_count(&p->list, (uint32_t)p->rows.len);
	} else {
		pending_clear(&l->rows);
	}
	free(l);
}

static void
pending_reload(struct pending *p)
{
	struct engine *e = p->view.app->engine;
	struct pending_load *l = mem_new(struct pending_load);

	if (p->load)
		p->load->page = NULL;   // what it brings is old
	*l = (struct pending_load){ .engine = e, .page = p,
		.rows = ARRAY_OF(struct pending_row) };
	p->load = l;
	engine_work(e, false, pending_read, pending_loaded, l);
}

// --- the view -------------------------------------------------------------------------

static bool
pending_open(struct view *v, const char *argument, struct error *err)
{
	struct pending *p = (struct pending *)v;

	(void)argument;
	if (!v->app->engine->store)
		return error_set(err, ERROR_STORE, "the store is not open");
	if (p->rows.size == 0)
		p->rows = ARRAY_OF(struct pending_row);
	pending_reload(p);
	return true;
}

static void
pending_close(struct view *v)
{
	struct pending *p = (struct pending *)v;

	if (p->load)
		p->load->page = NULL;
	pending_clear(&p->rows);
}

static void
pending_event(struct view *v, const struct event *event)
{
	if (event && (event->kind == EVENT_PENDING || event->kind == EVENT_RESET))
		pending_reload((struct pending *)v);
}

static const struct {
	const char *word;
	enum style style;
} pending_states[] = {
	[OPERATION_WAITING] = { "waits", STYLE_PENDING },
	[OPERATION_STARTED] = { "begun", STYLE_WARNING },
	[OPERATION_FAILED] = { "refused", STYLE_ERROR },
};

static void
pending_draw_row(void *arg, struct screen *s, struct area row, uint32_t at, bool under)
{
	const struct pending *p = arg;
	const struct pending_row *r = array_at(&p->rows, at);
	enum style base = under ? STYLE_CURSOR : STYLE_NORMAL;
	const char *account = engine_account_name(p->view.app->engine, r->account);
	char *when = when_short(r->when, when_now());
	int col = 32;

	if (under)
		screen_fill(s, row, 0, 0, base);
	screen_text(s, row, 0, 1, 8, pending_states[r->state].word,
		under ? base : pending_states[r->state].style);
	screen_text(s, row, 0, 10, 9, when, under ? base : STYLE_DIM);
	screen_text(s, row, 0, 20, 11, str_or_empty(account), under ? base : STYLE_DIM);
	col += screen_text(s, row, 0, col, 0, r->text, base) + 2;
	if (!str_empty(r->error))
		screen_text(s, row, 0, col, 0, r->error, under ? base : STYLE_ERROR);
	free(when);
}

static void
pending_draw(struct view *v, struct screen *s, struct area a)
{
	struct pending *p = (struct pending *)v;

	list_draw(&p->list, s, a, pending_draw_row, p);
	if (p->loaded && p->rows.len == 0)
		screen_text(s, a, a.rows / 3, 2, 0, "Everything has reached its server",
			STYLE_DIM);
}

static void
pending_title(struct view *v, struct buf *out)
{
	buf_printf(out, "Not yet on a server\t%zu", ((struct pending *)v)->rows.len);
}

static void
pending_move(struct view *v, int64_t by)
{
	list_move(&((struct pending *)v)->list, by);
}

static void
pending_page(struct view *v, int half_pages)
{
	struct pending *p = (struct pending *)v;

	list_move(&p->list, (int64_t)half_pages * p->list.height / 2);
}

static void
pending_end(struct view *v, bool bottom)
{
	struct pending *p = (struct pending *)v;

	list_go(&p->list, bottom ? (int64_t)p->list.count - 1 : 0);
}

static const struct pending_row *
pending_under(struct view *v, struct error *err)
{
	struct pending *p = (struct pending *)v;

	if (p->list.cursor < p->rows.len)
		return array_at(&p->rows, p->list.cursor);
	error_set(err, ERROR_INPUT, "nothing waits here");
	return NULL;
}

// What is known of it, and what the server said, in full.
static bool
pending_tell(struct view *v, const char *argument, struct error *err)
{
	const struct pending_row *r = pending_under(v, err);
	struct buf *rows = &v->app->rows;

	(void)argument;
	if (!r)
		return false;
	char *when = when_local(r->when, "%a %e %b %Y %H:%M");

	buf_printf(rows, "Number    %" PRIu64 "\nAct       %s\nAccount   %s\nDone      %s\n"
		"State     %s\nTried     ", r->seq, r->text,
		str_or_empty(engine_account_name(v->app->engine, r->account)), when,
		pending_states[r->state].word);
	if (r->tries == 0)
		buf_str(rows, "not yet\n");
	else
		buf_printf(rows, "%u time%s\n", r->tries, r->tries == 1 ? "" : "s");
	if (r->error)
		buf_printf(rows, "\n%s\n", r->error);
	free(when);
	return true;
}

static bool
pending_run(struct view *v, const char *flag, struct error *err)
{
	const struct pending_row *r = pending_under(v, err);

	if (r)
		app_runf(v->app, "pending -%s %" PRIu64, flag, r->seq);
	return r != NULL;
}

static bool
pending_drop(struct view *v, const char *argument, struct error *err)
{
	(void)argument;
	return pending_run(v, "drop", err);
}

static bool
pending_retry(struct view *v, const char *argument, struct error *err)
{
	(void)argument;
	return pending_run(v, "retry", err);
}

static bool
pending_change(struct view *v, const char *argument, struct error *err)
{
	const struct pending_row *r = pending_under(v, err);

	if (!r)
		return false;
	if (r->kind != ACT_MOVE && r->kind != ACT_COPY && r->kind != ACT_APPEND)
		return error_set(err, ERROR_INPUT,
			"only what goes to a folder can be led to another one");
	if (argument) {
		app_runf(v->app, "pending -change %" PRIu64 " %s", r->seq, argument);
		return true;
	}
	char *text = str_printf("pending -change %" PRIu64 " ", r->seq);

	app_palette(v->app, text, true);
	free(text);
	return true;
}

static const struct view_verb pending_verbs[] = {
	{ "open", pending_tell },
	{ "drop", pending_drop },
	{ "refresh", pending_retry },
	{ "change", pending_change },
	{ NULL, NULL },
};

static void
pending_save(struct view *v, struct buf *out)
{
	(void)v;
	buf_str(out, "-");
}

const struct view_ops view_pending = {
	.name = "pending",
	.size = sizeof(struct pending),
	.once = true,
	.only = true,
	.open = pending_open,
	.close = pending_close,
	.draw = pending_draw,
	.event = pending_event,
	.title = pending_title,
	.move = pending_move,
	.page = pending_page,
	.end = pending_end,
	.verbs = pending_verbs,
	.save = pending_save,
};
