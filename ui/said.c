// SPDX-License-Identifier: GPL-3.0-or-later
// Speaks to the person in the last line, and keeps what was said, so that what a
// key has wiped away can be read again.
#include "config.h"

#include "ui/app.h"

#include <stdarg.h>
#include <stdlib.h>
#include "base/error.h"
#include "base/utf8.h"
#include "base/when.h"
#include "engine.h"
#include "loop/loop.h"

static void
said_keep(struct app *a, const char *text)
{
	char *when = when_local(when_now(), "%H:%M:%S");
	char *line = str_printf("%s  %s", when, text);
	size_t n = a->messages.len;

	free(when);
	if (n > 0 && str_equal(a->messages.items[n - 1], line)) {
		free(line);
		return;
	}
	strlist_take(&a->messages, line);
	if (n >= APP_MESSAGES_MAX)
		strlist_remove(&a->messages, 0);
}

bool
app_show_messages(struct app *a, struct error *err)
{
	if (a->messages.len == 0)
		return error_set(err, ERROR_INPUT, "nothing was said yet");
	buf_clear(&a->rows);
	for (size_t i = 0; i < a->messages.len; i++)
		buf_printf(&a->rows, "%s%s", i > 0 ? "\n" : "", a->messages.items[i]);
	struct view *v = app_open(a, "output", "Messages", err);

	if (v)
		v->ops->end(v, true);
	buf_clear(&a->rows);
	return v != NULL;
}

// A notice that stands over the views leaves them to be drawn anew.
static void
said_redraw(struct app *a)
{
	a->dirty_lines = true;
	if (lines_notice_is_long(a))
		app_draw_all(a);
}

static void __attribute__((format(printf, 4, 0)))
said_say(struct app *a, enum say_kind kind, bool news, const char *format, va_list ap)
{
	struct buf text = {0}, clean = {0};

	buf_vprintf(&text, format, ap);
	utf8_filter_line(&clean, buf_text(&text), text.len);
	buf_done(&text);
	if (clean.len > 0) {
		said_keep(a, clean.data);
		said_redraw(a);
		if (news)
			notices_news(&a->notice, kind, clean.data);
		else
			notices_answer(&a->notice, kind, clean.data, when_mono_ms());
		said_redraw(a);
	}
	buf_done(&clean);
}

void
app_notice(struct app *a, enum say_kind kind, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	said_say(a, kind, false, format, ap);
	va_end(ap);
}

void
app_news(struct app *a, enum say_kind kind, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	said_say(a, kind, true, format, ap);
	va_end(ap);
}

void
said_read(struct app *a)
{
	said_redraw(a);
	notices_read(&a->notice);
}

static void
said_due(void *arg)
{
	struct app *a = arg;

	loop_remove_timer(&a->notice_timer);   // the turn that follows looks
}

void
said_turn(struct app *a)
{
	if (a->notice.waiting.len == 0 || a->prompt || a->palette ||
	    a->questions.len > 0 || a->quitting)
		return;
	size_t before = a->notice.waiting.len;
	bool was_long = lines_notice_is_long(a);
	int64_t left = notices_turn(&a->notice, when_mono_ms());

	if (a->notice.waiting.len != before) {
		said_redraw(a);
		if (was_long)
			app_draw_all(a);
	}
	if (left < 0)
		return;
	if (!a->notice_timer)
		a->notice_timer = loop_add_timer(a->engine->loop, left, said_due, a);
	else
		loop_timer_set(a->notice_timer, left);
}
