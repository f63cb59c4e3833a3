// SPDX-License-Identifier: GPL-3.0-or-later
// The screen as commands see it: the five functions by which they ask for a
// target, put questions, speak, edit, and tell what changed.
#include "config.h"

#include "command/frontend.h"

#include "account/event.h"
#include "base/error.h"
#include "base/mem.h"
#include "command/answer.h"
#include "engine.h"
#include "ui/app.h"
#include "ui/child.h"
#include "ui/colours.h"

#include <stdlib.h>

struct app *
app_of(struct frontend *f)
{
	return (struct app *)f;
}

static bool
frontend_target(struct frontend *f, enum target_kind kind, struct target *target_r,
	struct error *err)
{
	static const char *const what[] = {
		[TARGET_NONE] = "nothing", [TARGET_MESSAGE] = "message",
		[TARGET_MESSAGES] = "message", [TARGET_FOLDER] = "folder",
		[TARGET_DRAFT] = "draft", [TARGET_VIEW] = "folder",
	};
	struct view *v = app_focus(app_of(f));

	*target_r = (struct target){0};
	if (!v->ops->target)
		return error_set(err, ERROR_INPUT, "there is no %s here", what[kind]);
	return v->ops->target(v, kind, target_r, err);
}

struct frontend_question {
	void (*answered)(void *arg, const char *answer);
	void *arg;
};

static void
frontend_yes_no(void *arg, const char *answer)
{
	struct frontend_question q = *(struct frontend_question *)arg;

	free(arg);
	q.answered(q.arg, answer ? answer : "no");
}

// Whoever leaves a question was asked: to a command that is a no, where nothing
// at all would mean that there is nobody.
static void
frontend_ask(struct frontend *f, const struct question *q,
	void (*answered)(void *arg, const char *answer), void *arg)
{
	if (q->kind != QUESTION_YES_NO) {
		app_ask(app_of(f), q, answered, arg);
		return;
	}
	struct frontend_question *mine = mem_new(struct frontend_question);

	*mine = (struct frontend_question){ answered, arg };
	app_ask(app_of(f), q, frontend_yes_no, mine);
}

static void
frontend_say(struct frontend *f, enum say_kind kind, const struct answer *answer)
{
	struct app *a = app_of(f);

	if (kind != SAY_ROW) {
		app_notice(a, kind, "%s", answer_line(answer));
		return;
	}
	buf_str(&a->rows, answer_line(answer));
	buf_char(&a->rows, '\n');
}

static void
frontend_edit(struct frontend *f, enum edit_kind kind, const char *path,
	void (*done)(void *arg, bool ok), void *arg)
{
	struct app *a = app_of(f);
	struct error err;

	if (kind != EDIT_PAGE) {
		child_edit(a, kind, path, done, arg);
		return;
	}
	if (!app_open(a, "compose", path, &err))
		app_notice(a, SAY_ERROR, "%s", err.text);
	done(arg, true);
}

static void
frontend_tell_views(struct app *a, const struct event *event)
{
	if (a->sidebar->ops->event)
		a->sidebar->ops->event(a->sidebar, event);
	for (size_t i = 0; i < a->n_views; i++) {
		if (a->views[i]->ops->event)
			a->views[i]->ops->event(a->views[i], event);
	}
}

static void
frontend_changed(struct frontend *f, const struct event *event)
{
	struct app *a = app_of(f);

	if (a->quitting)
		return;
	frontend_tell_views(a, event);
	if (!event) {
		colours_apply(a);
		app_draw_all(a);
		return;
	}
	switch (event->kind) {
	case EVENT_ACCOUNT:
		account_told(a, event->account, event->status);
		a->dirty_lines = true;
		break;
	case EVENT_NOTICE:
		app_news(a, event->error.kind == ERROR_NONE ? SAY_INFO : SAY_ERROR,
			"%s", event->text ? event->text : event->error.text);
		break;
	case EVENT_OUTBOX:
		a->to_send = -1;
		a->dirty_lines = true;
		break;
	case EVENT_PENDING:
		a->dirty_lines = true;
		break;
	case EVENT_RESET:
		a->to_send = -1;
		app_draw_all(a);
		break;
	default:
		break;
	}
}

const struct frontend_ops frontend_screen = {
	.name = "screen",
	.target = frontend_target,
	.ask = frontend_ask,
	.say = frontend_say,
	.edit = frontend_edit,
	.changed = frontend_changed,
};
