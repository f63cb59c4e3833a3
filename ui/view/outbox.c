// SPDX-License-Identifier: GPL-3.0-or-later
// Messages on their way out, and what servers said of those that did not go.
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include "account/event.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/when.h"
#include "engine.h"
#include "store/outbox.h"
#include "ui/app.h"
#include "ui/widget/list.h"

struct outbox {
	struct view view;      // first
	struct send *sends;
	size_t n;
	struct list list;
};

static void
outbox_clear(struct outbox *o)
{
	for (size_t i = 0; i < o->n; i++)
		send_done(&o->sends[i]);
	free(o->sends);
	o->sends = NULL;
	o->n = 0;
}

static void
outbox_load(struct outbox *o)
{
	outbox_clear(o);
	if (o->view.app->engine->store)
		o->n = store_sends(o->view.app->engine->store, 0, &o->sends);
	list_set_count(&o->list, (uint32_t)o->n);
	o->view.dirty = true;
}

static bool
outbox_open(struct view *v, const char *argument, struct error *err)
{
	(void)argument;
	(void)err;
	outbox_load((struct outbox *)v);
	return true;
}

static void
outbox_close(struct view *v)
{
	outbox_clear((struct outbox *)v);
}

static void
outbox_event(struct view *v, const struct event *event)
{
	if (event && (event->kind == EVENT_OUTBOX || event->kind == EVENT_RESET))
		outbox_load((struct outbox *)v);
}

static const struct {
	const char *word;
	enum style style;
} outbox_states[] = {
	[SEND_WAITING] = { "waits", STYLE_PENDING },
	[SEND_STARTED] = { "unsure", STYLE_WARNING },
	[SEND_SENT] = { "sent", STYLE_DIM },
	[SEND_FAILED] = { "refused", STYLE_ERROR },
};

static enum send_state
outbox_state(const struct send *send)
{
	return send_is_doubt(send) ? SEND_STARTED : send->state;
}

static void
outbox_draw_row(void *arg, struct screen *s, struct area row, uint32_t at, bool under)
{
	const struct outbox *o = arg;
	const struct send *send = &o->sends[at];
	enum style base = under ? STYLE_CURSOR : STYLE_NORMAL;
	char *when = when_short(send->when, when_now());
	struct buf to = {0};

	for (size_t i = 0; i < send->n_recipients && i < 3; i++)
		buf_printf(&to, "%s%s", i > 0 ? ", " : "", send->recipients[i].mail);
	if (send->n_recipients > 3)
		buf_printf(&to, " +%zu", send->n_recipients - 3);
	if (under)
		screen_fill(s, row, 0, 0, base);
	screen_text(s, row, 0, 1, 8, outbox_states[outbox_state(send)].word,
		under ? base : outbox_states[outbox_state(send)].style);
	screen_text(s, row, 0, 10, 9, when, under ? base : STYLE_DIM);
	int cells = row.cols / 4, col = 20 + cells + 1;

	screen_text(s, row, 0, 20, cells, buf_text(&to), base);
	col += screen_text(s, row, 0, col, 0, str_empty(send->subject) ? "(no subject)"
		: send->subject, base) + 2;
	if (!str_empty(send->error))
		screen_text(s, row, 0, col, 0, send->error, under ? base : STYLE_ERROR);
	free(when);
	buf_done(&to);
}

static void
outbox_draw(struct view *v, struct screen *s, struct area a)
{
	struct outbox *o = (struct outbox *)v;

	list_draw(&o->list, s, a, outbox_draw_row, o);
	if (o->n == 0)
		screen_text(s, a, a.rows / 3, 2, 0, "Nothing waits to be sent", STYLE_DIM);
}

static void
outbox_title(struct view *v, struct buf *out)
{
	buf_printf(out, "Outbox\t%zu", ((struct outbox *)v)->n);
}

static void
outbox_move(struct view *v, int64_t by)
{
	list_move(&((struct outbox *)v)->list, by);
}

static void
outbox_page(struct view *v, int half_pages)
{
	struct outbox *o = (struct outbox *)v;

	list_move(&o->list, (int64_t)half_pages * o->list.height / 2);
}

static void
outbox_end(struct view *v, bool bottom)
{
	struct outbox *o = (struct outbox *)v;

	list_go(&o->list, bottom ? (int64_t)o->list.count - 1 : 0);
}

// What the server said to each.
static void
outbox_tell_recipients(const struct send *send, struct buf *rows)
{
	for (size_t i = 0; i < send->n_recipients; i++) {
		const struct send_recipient *r = &send->recipients[i];
		const char *word = r->accepted ? "has it" : send_is_doubt(send) ?
			"unsure" : r->error && send->state == SEND_FAILED ?
			"refused" : "waits";

		buf_printf(rows, "%-9s %s%s%s\n", word, r->mail, r->error ? ": " : "",
			str_or_empty(r->error));
	}
}

// What the server said, in full.
static bool
outbox_tell(struct view *v, const char *argument, struct error *err)
{
	struct outbox *o = (struct outbox *)v;
	struct buf *rows = &v->app->rows;

	(void)argument;
	if (o->list.cursor >= o->n)
		return error_set(err, ERROR_INPUT, "nothing waits to be sent");
	const struct send *send = &o->sends[o->list.cursor];

	buf_printf(rows, "Number    %llu\nSubject   %s\nFrom      %s\nState     %s\n"
		"Tried     ", (unsigned long long)send->seq, str_or_empty(send->subject),
		str_or_empty(send->from), outbox_states[outbox_state(send)].word);
	// A doubt is no try that was answered, and yet one.
	if (send->tries == 0 && send_is_doubt(send))
		buf_str(rows, "once\n");
	else if (send->tries == 0)
		buf_str(rows, "not yet\n");
	else
		buf_printf(rows, "%u time%s\n", send->tries, send->tries == 1 ? "" : "s");
	if (send->state == SEND_WAITING && send->not_before > when_now()) {
		char *when = when_local(send->not_before, "%H:%M");

		buf_printf(rows, "Again     at %s\n", when);
		free(when);
	}
	outbox_tell_recipients(send, rows);
	if (send->error)
		buf_printf(rows, "\n%s\n", send->error);
	return true;
}

static bool
outbox_run(struct outbox *o, const char *flag, struct error *err)
{
	if (o->list.cursor >= o->n)
		return error_set(err, ERROR_INPUT, "nothing waits to be sent");
	app_runf(o->view.app, "outbox -%s %llu", flag,
		(unsigned long long)o->sends[o->list.cursor].seq);
	return true;
}

static bool
outbox_drop(struct view *v, const char *argument, struct error *err)
{
	(void)argument;
	return outbox_run((struct outbox *)v, "drop", err);
}

static bool
outbox_take_back(struct view *v, const char *argument, struct error *err)
{
	(void)argument;
	return outbox_run((struct outbox *)v, "edit", err);
}

static bool
outbox_refresh(struct view *v, const char *argument, struct error *err)
{
	(void)argument;
	return outbox_run((struct outbox *)v, "retry", err);
}

static const struct view_verb outbox_verbs[] = {
	{ "open", outbox_tell },
	{ "drop", outbox_drop },
	{ "take-back", outbox_take_back },
	{ "refresh", outbox_refresh },
	{ NULL, NULL },
};

static void
outbox_save(struct view *v, struct buf *out)
{
	(void)v;
	buf_str(out, "-");
}

const struct view_ops view_outbox = {
	.name = "outbox",
	.size = sizeof(struct outbox),
	.once = true,
	.only = true,
	.open = outbox_open,
	.close = outbox_close,
	.draw = outbox_draw,
	.event = outbox_event,
	.title = outbox_title,
	.move = outbox_move,
	.page = outbox_page,
	.end = outbox_end,
	.verbs = outbox_verbs,
	.save = outbox_save,
};
