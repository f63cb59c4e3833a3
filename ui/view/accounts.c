// SPDX-License-Identifier: GPL-3.0-or-later
// Each account with how it stands and what it needs.
#include "config.h"

#include <stdlib.h>
#include "account/event.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "command/option.h"
#include "engine.h"
#include "store/pending.h"
#include "ui/app.h"
#include "ui/text.h"
#include "ui/widget/list.h"

#define ACCOUNTS_MAX 64
#define ACCOUNTS_ROWS 4        // of the screen for each

struct accounts_view {
	struct view view;      // first
	struct list list;
	uint32_t ids[ACCOUNTS_MAX];
};

static void
accounts_load(struct accounts_view *v)
{
	list_set_count(&v->list, (uint32_t)engine_account_ids(v->view.app->engine,
		v->ids, ACCOUNTS_MAX));
	v->view.dirty = true;
}

static bool
accounts_open(struct view *v, const char *argument, struct error *err)
{
	(void)argument;
	(void)err;
	accounts_load((struct accounts_view *)v);
	return true;
}

static void
accounts_event(struct view *v, const struct event *event)
{
	if (!event || event->kind == EVENT_ACCOUNT || event->kind == EVENT_PENDING)
		accounts_load((struct accounts_view *)v);
}

// In two rows where it needs them: the reason stands at its end.
static void
accounts_draw_error(struct screen *s, struct area a, int row, const char *error)
{
	size_t len = text_break(error, a.cols - 4);
	struct look look = { .style = STYLE_ERROR };

	screen_piece(s, a, row, 3, error, len, look);
	while (error[len] == ' ')
		len++;
	if (row + 1 < a.rows)
		screen_text(s, a, row + 1, 3, 0, error + len, STYLE_ERROR);
}

static void
accounts_draw_one(struct accounts_view *v, struct screen *s, struct area a, int row,
	size_t at)
{
	struct engine *e = v->view.app->engine;
	const char *name = engine_account_name(e, v->ids[at]);
	const struct account_status *status = engine_account_status(e, v->ids[at]);
	bool under = at == v->list.cursor;
	struct area line = { a.row + row, a.col, 1, a.cols };
	struct buf text = {0};

	screen_fill(s, line, 0, 0, under ? STYLE_CURSOR : STYLE_NORMAL);
	screen_look(s, line, 0, 1, 0, str_or_empty(name), (struct look){
		.style = under ? STYLE_CURSOR : STYLE_TITLE, .bold = true });
	if (row + 1 < a.rows) {
		buf_printf(&text, "%s%s", status ? status->text : "starting",
			store_operations_count(e->store, v->ids[at]) ? ", changes wait" : "");
		if (status && status->quota_limit > 0)
			buf_printf(&text, ", %llu of %llu MB used there",
				(unsigned long long)(status->quota_used >> 20),
				(unsigned long long)(status->quota_limit >> 20));
		screen_text(s, a, row + 1, 3, 0, text.data, STYLE_NORMAL);
	}
	if (row + 2 < a.rows && status && *status->error)
		accounts_draw_error(s, a, row + 2, status->error);
	else if (row + 2 < a.rows)
		screen_text(s, a, row + 2, 3, 0, options_text(e->options, name, "incoming"),
			STYLE_DIM);
	buf_done(&text);
}

static void
accounts_draw(struct view *view, struct screen *s, struct area a)
{
	struct accounts_view *v = (struct accounts_view *)view;
	uint32_t shown = a.rows / ACCOUNTS_ROWS > 0 ? a.rows / ACCOUNTS_ROWS : 1;
	uint32_t first = v->list.cursor >= shown ? v->list.cursor - shown + 1 : 0;

	screen_clear(s, a);
	for (uint32_t i = first; i < v->list.count && i < first + shown; i++)
		accounts_draw_one(v, s, a, (int)(i - first) * ACCOUNTS_ROWS, i);
	if (v->list.count == 0)
		screen_text(s, a, a.rows / 3, 2, 0,
			"There is no account yet: :view setup makes one", STYLE_DIM);
}

static void
accounts_title(struct view *v, struct buf *out)
{
	buf_printf(out, "Accounts\t%u", ((struct accounts_view *)v)->list.count);
}

static void
accounts_move(struct view *v, int64_t by)
{
	list_move(&((struct accounts_view *)v)->list, by);
}

static void
accounts_page(struct view *v, int half_pages)
{
	list_move(&((struct accounts_view *)v)->list, half_pages);
}

static void
accounts_end(struct view *v, bool bottom)
{
	struct accounts_view *x = (struct accounts_view *)v;

	list_go(&x->list, bottom ? (int64_t)x->list.count - 1 : 0);
}

// Tries again now.
static bool
accounts_retry(struct view *view, const char *argument, struct error *err)
{
	struct accounts_view *v = (struct accounts_view *)view;

	(void)argument;
	if (v->list.cursor >= v->list.count)
		return error_set(err, ERROR_INPUT, "there is no account");
	app_runf(view->app, "account-ask; sync %s",
		engine_account_name(view->app->engine, v->ids[v->list.cursor]));
	return true;
}

static const struct view_verb accounts_verbs[] = {
	{ "open", accounts_retry },
	{ "refresh", accounts_retry },
	{ NULL, NULL },
};

const struct view_ops view_accounts = {
	.name = "accounts",
	.size = sizeof(struct accounts_view),
	.once = true,
	.only = true,
	.open = accounts_open,
	.draw = accounts_draw,
	.event = accounts_event,
	.title = accounts_title,
	.move = accounts_move,
	.page = accounts_page,
	.end = accounts_end,
	.verbs = accounts_verbs,
};
