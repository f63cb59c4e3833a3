// SPDX-License-Identifier: GPL-3.0-or-later
// The tests' own front end: the third of three, beside the screen and batch.
#include "config.h"

#include "tests/unit/fake-frontend.h"

#include "command/answer.h"
#include "command/script.h"
#include "engine.h"
#include "loop/loop.h"

#include <stdlib.h>
#include <string.h>

static struct fake *
fake_of(struct frontend *f)
{
	return (struct fake *)f;
}

static bool
fake_target(struct frontend *f, enum target_kind kind,
	struct target *target_r, struct error *err)
{
	const struct target *t = &fake_of(f)->target;
	bool has = kind == TARGET_VIEW ? t->folder != 0 || t->within != NULL :
		kind == TARGET_FOLDER ? t->folder != 0 :
		kind == TARGET_DRAFT ? t->path != NULL : t->n > 0;

	*target_r = (struct target){0};
	if (!has)
		return error_set(err, ERROR_INPUT, "there is nothing under the cursor");
	target_r->ids = calloc(t->n + 1, sizeof(*t->ids));
	if (t->n > 0)
		memcpy(target_r->ids, t->ids, t->n * sizeof(*t->ids));
	target_r->n = t->n;
	target_r->account = t->account;
	target_r->folder = t->folder;
	target_r->path = str_dup(t->path);
	target_r->within = str_dup(t->within);
	return true;
}

static void
fake_ask(struct frontend *front, const struct question *q,
	void (*answered)(void *arg, const char *answer), void *arg)
{
	struct fake *f = fake_of(front);

	strlist_add(&f->asked, q->text);
	if (f->ask_later) {
		f->answered = answered;
		f->answered_arg = arg;
	} else {
		answered(arg, f->answer);
	}
}

void
fake_answer(struct fake *f, const char *answer)
{
	void (*answered)(void *arg, const char *answer) = f->answered;

	f->answered = NULL;
	answered(f->answered_arg, answer);
}

static void
fake_say(struct frontend *front, enum say_kind kind, const struct answer *answer)
{
	struct fake *f = fake_of(front);
	struct strlist *to = kind == SAY_ROW ? &f->rows :
		kind == SAY_INFO ? &f->infos : &f->errors;
	struct buf json = {0};

	strlist_add(to, answer_line(answer));
	if (kind == SAY_ROW) {
		answer_json(&json, answer);
		strlist_add(&f->json, buf_text(&json));
		buf_done(&json);
	}
}

static void
fake_edit(struct frontend *front, enum edit_kind kind, const char *path,
	void (*done)(void *arg, bool ok), void *arg)
{
	(void)kind;
	str_set(&fake_of(front)->edited, path);
	done(arg, true);
}

static void
fake_changed(struct frontend *front, const struct event *event)
{
	(void)event;
	fake_of(front)->changes++;
}

void
fake_init(struct fake *f, struct engine *e, const char *name)
{
	struct frontend_ops *ops = calloc(1, sizeof(*ops));

	*ops = (struct frontend_ops){
		.name = name, .target = fake_target, .ask = fake_ask,
		.say = fake_say, .edit = fake_edit, .changed = fake_changed,
	};
	*f = (struct fake){ .engine = e };
	f->front.ops = ops;
	f->front.alive = true;
}

void
fake_clear(struct fake *f)
{
	strlist_done(&f->rows);
	strlist_done(&f->infos);
	strlist_done(&f->errors);
	strlist_done(&f->json);
	strlist_done(&f->asked);
}

void
fake_done(struct fake *f)
{
	fake_clear(f);
	target_done(&f->target);
	free(f->edited);
	free(f->front.folder);
	free((void *)f->front.ops);
}

static void
fake_over(void *arg, const struct error *err)
{
	struct fake *f = arg;

	f->over = true;
	f->ok = err == NULL;
	f->error = (struct error){0};
	if (err != NULL)
		f->error = *err;
}

void
fake_start(struct fake *f, const char *text, const char *where)
{
	f->over = false;
	script_run(f->engine, &f->front, text, where, 1, fake_over, f);
}

bool
fake_run(struct fake *f, const char *text)
{
	fake_start(f, text, ":");
	while (!f->over)
		loop_turn(f->engine->loop, -1);
	return f->ok;
}
