// SPDX-License-Identifier: GPL-3.0-or-later
// Drafts that are not finished: one goes on with them here.
#include "config.h"

#include <stdlib.h>
#include "account/event.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/when.h"
#include "command/binding.h"
#include "command/drafts.h"
#include "command/script.h"
#include "engine.h"
#include "ui/app.h"
#include "ui/view/drafts.h"
#include "ui/widget/list.h"

struct drafts {
	struct view view;      // first
	struct draft_entry *entries;
	size_t n;
	bool loaded;
	bool wanted;           // somebody typed ahead: continue the first when it is there
	struct list list;
	struct drafts_load *load;   // that is under way; NULL
};

// --- loading ------------------------------------------------------------------------

// Done by the worker for files.
struct drafts_load {
	struct engine *engine;
	struct app *app;       // that wants to know their number; NULL: gone
	struct drafts *page;   // NULL: gone, or nobody wants more than their number
	struct draft_entry *entries;
	size_t n;
};

static void
drafts_clear(struct draft_entry **entries, size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		draft_entry_done(&(*entries)[i]);
	free(*entries);
	*entries = NULL;
	*n = 0;
}

static bool
drafts_read_files(void *arg, struct error *err)
{
	struct drafts_load *l = arg;

	(void)err;
	l->n = drafts_read(l->engine, &l->entries);
	return true;
}

static bool drafts_continue(struct view *v, const char *argument, struct error *err);

static void
drafts_loaded(void *arg, const struct error *err)
{
	struct drafts_load *l = arg;
	struct drafts *d = l->page;

	(void)err;
	if (d) {
		drafts_clear(&d->entries, &d->n);
		d->load = NULL;
		d->loaded = true;
		d->entries = l->entries;
		d->n = l->n;
		list_set_count(&d->list, (uint32_t)d->n);
		d->view.dirty = true;
		if (d->wanted && d->n > 0)
			drafts_continue(&d->view, NULL, NULL);
		d->wanted = false;
	} else {
		drafts_clear(&l->entries, &l->n);
	}
	free(l);
}

static void
drafts_reload(struct drafts *d)
{
	struct drafts_load *l = mem_new(struct drafts_load);

	if (d->load)
		d->load->page = NULL;   // what it brings is old
	*l = (struct drafts_load){ .engine = d->view.app->engine, .page = d };
	d->load = l;
	engine_work(l->engine, false, drafts_read_files, drafts_loaded, l);
}

// --- said at the start ----------------------------------------------------------------

static void
drafts_counted(void *arg, const struct error *err)
{
	struct drafts_load *l = arg;
	struct app *a = l->app;
	struct buf keys = {0};
	size_t n = a ? l->n : 0;

	(void)err;
	if (a)
		a->drafts_counting = NULL;
	// Those whose page is open again say so themselves.
	for (size_t i = 0; n > 0 && i < a->n_views; i++)
		n -= a->views[i]->ops == &view_compose;
	if (n > 0 && !a->quitting) {
		bool bound = bindings_print_keys(a->engine->bindings, "index", "drafts",
			&keys);

		app_news(a, SAY_INFO, "%zu unfinished draft%s: :drafts%s%s%s continues %s",
			n, n == 1 ? "" : "s", bound ? " (" : "", buf_text(&keys),
			bound ? ")" : "", n == 1 ? "it" : "them");
	}
	buf_done(&keys);
	drafts_clear(&l->entries, &l->n);
	free(l);
}

void
drafts_announce(struct app *a)
{
	struct drafts_load *l = mem_new(struct drafts_load);

	*l = (struct drafts_load){ .engine = a->engine, .app = a };
	a->drafts_counting = l;
	engine_work(a->engine, false, drafts_read_files, drafts_counted, l);
}

void
drafts_forget(struct app *a)
{
	if (a->drafts_counting)
		a->drafts_counting->app = NULL;
}

// --- the view ---------------------------------------------------------------------------

static bool
drafts_open(struct view *v, const char *argument, struct error *err)
{
	(void)argument;
	(void)err;
	drafts_reload((struct drafts *)v);
	return true;
}

static void
drafts_close(struct view *v)
{
	struct drafts *d = (struct drafts *)v;

	if (d->load)
		d->load->page = NULL;
	drafts_clear(&d->entries, &d->n);
}

static void
drafts_event(struct view *v, const struct event *event)
{
	if (!event || event->kind == EVENT_OUTBOX)
		drafts_reload((struct drafts *)v);
}

static void
drafts_draw_row(void *arg, struct screen *s, struct area row, uint32_t at, bool under)
{
	const struct drafts *d = arg;
	const struct draft_entry *e = &d->entries[at];
	enum style base = under ? STYLE_CURSOR : STYLE_NORMAL;
	char *when = when_short(e->changed, when_now());
	int cells = row.cols / 3, col = 12 + cells + 1;

	if (under)
		screen_fill(s, row, 0, 0, base);
	screen_text(s, row, 0, 1, 9, when, under ? base : STYLE_DIM);
	free(when);
	screen_text(s, row, 0, 12, cells, e->error ? "(cannot be read)"
		: str_empty(e->to) ? "(nobody yet)" : e->to, base);
	if (e->error) {
		screen_text(s, row, 0, col, 0, e->error, under ? base : STYLE_WARNING);
		return;
	}
	col += screen_text(s, row, 0, col, 0, str_empty(e->subject) ? "(no subject)"
		: e->subject, base) + 2;
	if (e->attachments > 0)
		screen_text(s, row, 0, col, 0, "with attachments",
			under ? base : STYLE_DIM);
}

static void
drafts_draw(struct view *v, struct screen *s, struct area a)
{
	struct drafts *d = (struct drafts *)v;

	list_draw(&d->list, s, a, drafts_draw_row, d);
	if (d->loaded && d->n == 0)
		screen_text(s, a, a.rows / 3, 2, 0, "There is no unfinished draft",
			STYLE_DIM);
}

static void
drafts_title(struct view *v, struct buf *out)
{
	buf_printf(out, "Unfinished drafts\t%zu", ((struct drafts *)v)->n);
}

static bool
drafts_target(struct view *v, enum target_kind kind, struct target *target,
	struct error *err)
{
	struct drafts *d = (struct drafts *)v;

	if (kind != TARGET_DRAFT || d->list.cursor >= d->n)
		return error_set(err, ERROR_INPUT, kind != TARGET_DRAFT
			? "there is no message here, only drafts" : "there is no draft here");
	target->path = str_dup(d->entries[d->list.cursor].path);
	return true;
}

static void
drafts_move(struct view *v, int64_t by)
{
	list_move(&((struct drafts *)v)->list, by);
}

static void
drafts_page(struct view *v, int half_pages)
{
	struct drafts *d = (struct drafts *)v;

	list_move(&d->list, (int64_t)half_pages * d->list.height / 2);
}

static void
drafts_end(struct view *v, bool bottom)
{
	struct drafts *d = (struct drafts *)v;

	list_go(&d->list, bottom ? (int64_t)d->list.count - 1 : 0);
}

static bool
drafts_continue(struct view *v, const char *argument, struct error *err)
{
	struct drafts *d = (struct drafts *)v;
	struct buf text = {0};

	(void)argument;
	if (!d->loaded) {
		d->wanted = true;
		return true;
	}
	if (d->list.cursor >= d->n)
		return error_set(err, ERROR_INPUT, "there is no draft here");
	buf_str(&text, "continue ");
	script_quote(&text, d->entries[d->list.cursor].path);
	app_run(v->app, text.data);
	buf_done(&text);
	return true;
}

static bool
drafts_refresh(struct view *v, const char *argument, struct error *err)
{
	return drafts_open(v, argument, err);
}

static const struct view_verb drafts_verbs[] = {
	{ "open", drafts_continue },
	{ "refresh", drafts_refresh },
	{ NULL, NULL },
};

static void
drafts_save(struct view *v, struct buf *out)
{
	(void)v;
	buf_str(out, "-");
}

const struct view_ops view_drafts = {
	.name = "drafts",
	.size = sizeof(struct drafts),
	.once = true,
	.only = true,
	.open = drafts_open,
	.close = drafts_close,
	.draw = drafts_draw,
	.event = drafts_event,
	.target = drafts_target,
	.title = drafts_title,
	.move = drafts_move,
	.page = drafts_page,
	.end = drafts_end,
	.verbs = drafts_verbs,
	.save = drafts_save,
};
