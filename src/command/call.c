// SPDX-License-Identifier: GPL-3.0-or-later
// What a command may do while it runs: look at its words, answer, wait for
// others, and end.
#include "config.h"

#include "command/run_inside.h"

#include "account/account.h"
#include "account/event.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "command/answer.h"
#include "command/option.h"
#include "engine.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

// --- its life ------------------------------------------------------------------------

struct run_call *
call_of(struct call *c)
{
	return (struct run_call *)c;
}

void
call_free(struct run_call *rc)
{
	struct run_call **at = &rc->call.engine->given_up;

	while (rc->run == NULL && *at != NULL && *at != rc)
		at = &(*at)->next;
	if (rc->run == NULL && *at == rc)
		*at = rc->next;
	if (rc->call.data != NULL && rc->call.free_data != NULL)
		rc->call.free_data(rc->call.data);
	target_done(&rc->call.target);
	line_done(&rc->line);
	script_command_done(&rc->words);
	free(rc);
}

void
call_abandon(struct run_call *rc)
{
	if (rc->job != 0)
		engine_job_cancel(rc->call.engine, rc->job);
	if (rc->job != 0 || rc->held) {
		call_free(rc);
		return;
	}
	rc->run = NULL;
	rc->next = rc->call.engine->given_up;
	rc->call.engine->given_up = rc;
	rc->call.front = &rc->call.engine->nobody;
	rc->call.account = rc->call.where = NULL;
	if (rc->call.given_up != NULL)
		rc->call.given_up(&rc->call);
}

// Each line that is typed runs by itself: one that names a folder may come while
// the line before it, which made that folder, still waits for the journal. -t may
// name one, too; what is under the cursor is what was there when it was typed.
static bool
waits_for_acts(struct run_call *rc, bool names_folder)
{
	rc->held = names_folder && rc->call.engine->acts_open > 0;
	return rc->held;
}

static bool
arguments_name_folder(const struct call *c)
{
	const struct argument *a = c->command->arguments;

	for (size_t i = 0; a != NULL && i < c->n_args && a->name != NULL; i++, a++) {
		if (a->kind == ARGUMENT_FOLDER || a->kind == ARGUMENT_PLACE ||
		    a->kind == ARGUMENT_QUERY)
			return true;
	}
	return false;
}

bool
call_aim(struct run_call *rc, struct error *err)
{
	bool wait = false;

	if (waits_for_acts(rc, rc->line.query != NULL))
		return true;
	if (!call_resolve(rc, &wait, err))
		return false;
	if (!wait)
		call_run(rc);
	return true;
}

void
call_run(struct run_call *rc)
{
	enum command_result result;
	struct error err = {0};

	rc->aimed = true;
	if (waits_for_acts(rc, arguments_name_folder(&rc->call)))
		return;
	rc->inside = true;
	result = rc->call.command->run(&rc->call, &err);
	rc->inside = false;
	if (rc->run == NULL) {
		// Given up while it was inside: is it still waiting?
		if (result != COMMAND_WAIT || rc->finished)
			call_free(rc);
		return;
	}
	if (result == COMMAND_WAIT)
		return;
	rc->finished = true;
	rc->failed = result == COMMAND_FAILED;
	rc->error = err;
}

void
call_finish(struct call *c, const struct error *err)
{
	struct run_call *rc = call_of(c);
	struct run *r = rc->run;

	if (r == NULL) {
		if (!rc->inside)
			call_free(rc);
		return;
	}
	assert(!rc->finished && r->current == rc);
	rc->finished = true;
	rc->failed = err != NULL;
	if (err != NULL)
		rc->error = *err;
	if (!rc->inside && run_call_over(r))
		run_go(r);
}

// --- its words and answers -----------------------------------------------------------

const char *
call_arg(const struct call *c, size_t at)
{
	return at < c->n_args ? c->args[at] : NULL;
}

int
call_arg_line(const struct call *c, size_t at)
{
	const struct run_call *rc = (const struct run_call *)c;

	return at < c->n_args ? rc->line.arg_lines[at] : c->line;
}

const char *
call_flag(const struct call *c, const char *name)
{
	const struct line *l = &((const struct run_call *)c)->line;

	for (size_t i = l->n_flags; i > 0; i--) {
		if (str_equal(l->flags[i - 1].row->name, name))
			return l->flags[i - 1].value;
	}
	return NULL;
}

char *
call_rest(const struct call *c, size_t at)
{
	struct buf out = {0};

	if (at >= c->n_args)
		return NULL;
	for (size_t i = at; i < c->n_args; i++)
		buf_printf(&out, "%s%s", i > at ? " " : "", c->args[i]);
	buf_str(&out, "");
	return out.data == NULL ? str_dup("") : buf_take(&out);
}

void
call_say(struct call *c, enum say_kind kind, const struct answer *answer)
{
	struct run *r = call_of(c)->run;

	if (r != NULL && r->voice->alive)
		r->voice->ops->say(r->voice, kind, answer);
}

static void __attribute__((format(printf, 4, 0)))
say_line(struct call *c, enum say_kind kind, const char *name,
	const char *format, va_list ap)
{
	struct buf text = {0};
	struct answer *a = answer_new();

	buf_vprintf(&text, format, ap);
	answer_str(a, name, buf_text(&text));
	answer_text(a, "%s", buf_text(&text));
	call_say(c, kind, a);
	answer_free(&a);
	buf_done(&text);
}

void
call_info(struct call *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say_line(c, SAY_INFO, "info", format, ap);
	va_end(ap);
}

void
call_row(struct call *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say_line(c, SAY_ROW, "text", format, ap);
	va_end(ap);
}

const struct options *
call_options(const struct call *c)
{
	return c->front->own != NULL ? c->front->own : c->engine->options;
}

void
call_end_all(struct call *c)
{
	for (struct run_call *rc = call_of(c); rc != NULL && rc->run != NULL;
		rc = rc->run->parent)
		rc->run->reader.at = strlen(rc->run->text);
}

bool
call_target(struct call *c, enum target_kind kind, struct target *target_r,
	struct error *err)
{
	*target_r = (struct target){0};
	return c->front->ops->target(c->front, kind, target_r, err);
}

char *
call_path(const struct call *c, const char *path)
{
	char *expanded = path_expand(path);

	if (path_is_absolute(expanded) || c->front->folder == NULL)
		return expanded;
	char *joined = path_join(c->front->folder, expanded);
	free(expanded);
	return joined;
}

void
target_done(struct target *t)
{
	free(t->ids);
	free(t->path);
	free(t->within);
	*t = (struct target){0};
}

// --- waiting --------------------------------------------------------------------------

static void
job_replied(void *arg, struct event *event)
{
	struct run_call *rc = arg;

	if (event->kind == EVENT_REPLY)
		rc->job = 0;
	rc->replied(&rc->call, event);
}

enum command_result
call_job(struct call *c, const struct job *job,
	void (*replied)(struct call *c, struct event *event))
{
	struct run_call *rc = call_of(c);

	assert(rc->job == 0);
	rc->replied = replied;
	rc->job = engine_job(c->engine, job, job_replied, rc);
	return COMMAND_WAIT;
}

void
call_job_end(struct call *c)
{
	struct run_call *rc = call_of(c);

	if (rc->job != 0)
		engine_job_cancel(c->engine, rc->job);
	rc->job = 0;
}

static bool
do_work(void *arg, struct error *err)
{
	struct run_call *rc = arg;

	return rc->work(rc->work_arg, err);
}

static void
work_done(void *arg, const struct error *err)
{
	struct run_call *rc = arg;

	rc->worked(&rc->call, err);
}

enum command_result
call_work(struct call *c, bool slow, bool (*work)(void *arg, struct error *err),
	void *arg, void (*done)(struct call *c, const struct error *err))
{
	struct run_call *rc = call_of(c);

	rc->work = work;
	rc->work_arg = arg;
	rc->worked = done;
	engine_work(c->engine, slow, do_work, work_done, rc);
	return COMMAND_WAIT;
}

static void
ask_answered(void *arg, const char *answer)
{
	struct run_call *rc = arg;

	rc->answered(&rc->call, answer);
}

enum command_result
call_ask(struct call *c, const struct question *q,
	void (*answered)(struct call *c, const char *answer))
{
	struct run_call *rc = call_of(c);

	rc->answered = answered;
	c->front->ops->ask(c->front, q, ask_answered, rc);
	return COMMAND_WAIT;
}

static void
edit_done(void *arg, bool ok)
{
	struct run_call *rc = arg;

	rc->edited(&rc->call, ok);
}

enum command_result
call_edit(struct call *c, enum edit_kind kind, const char *path,
	void (*edited)(struct call *c, bool ok))
{
	struct run_call *rc = call_of(c);

	rc->edited = edited;
	c->front->ops->edit(c->front, kind, path, edit_done, rc);
	return COMMAND_WAIT;
}

void
call_block_done(void *arg, const struct error *err)
{
	struct run_call *rc = arg;

	void (*then)(struct call *c) = rc->then;

	rc->nested = NULL;
	rc->was_block = err != NULL;
	rc->then = NULL;
	if (err != NULL || then == NULL)
		call_finish(&rc->call, err);
	else
		then(&rc->call);
}

void
call_then(struct call *c, void (*then)(struct call *c))
{
	call_of(c)->then = then;
}

enum command_result
call_block(struct call *c, const char *text, const char *where, int line,
	const char *account, const uint64_t *ids, size_t n_ids)
{
	struct run_call *rc = call_of(c);
	struct run *r = rc->run;

	if (r == NULL) {
		struct error err;
		error_set(&err, ERROR_CANCELLED, "cancelled");
		call_finish(c, &err);
		return COMMAND_WAIT;
	}
	run_start(c->engine, &(struct run_plan){
		.front = r->front, .voice = r->voice, .text = text,
		.where = where, .line = line,
		.account = account != NULL ? account : r->account,
		.values = r->values,
		.ids = ids != NULL ? ids : r->ids,
		.n_ids = ids != NULL ? n_ids : r->n_ids,
		.has_ids = ids != NULL || r->has_ids,
		.depth = r->depth + 1, .keep_going = r->keep_going,
		.done = call_block_done, .arg = rc,
	});
	return COMMAND_WAIT;
}
