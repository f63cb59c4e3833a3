// SPDX-License-Identifier: GPL-3.0-or-later
// Runs commands one after another; a command that waits leaves the thread free
// and the list goes on when it is finished.
#include "config.h"

#include "command/run.h"

#include "base/mem.h"
#include "command/answer.h"
#include "command/run_inside.h"
#include "engine.h"

#include <stdlib.h>
#include <string.h>

// --- values ------------------------------------------------------------------------

struct run_values *
run_values_new(void)
{
	struct run_values *v = mem_new(struct run_values);

	v->users = 1;
	return v;
}

void
run_values_add(struct run_values *v, const char *name, const char *value)
{
	strlist_add(&v->names, name);
	strlist_add(&v->values, str_or_empty(value));
}

struct run_values *
run_values_use(struct run_values *v)
{
	if (v != NULL)
		v->users++;
	return v;
}

void
run_values_drop(struct run_values **v)
{
	if (*v != NULL && --(*v)->users == 0) {
		strlist_done(&(*v)->names);
		strlist_done(&(*v)->values);
		free(*v);
	}
	*v = NULL;
}

static const char *
value_of(void *arg, const char *name)
{
	const struct run_values *v = arg;

	for (size_t i = 0; i < v->names.len; i++) {
		if (str_equal(v->names.items[i], name))
			return v->values.items[i];
	}
	return NULL;
}

// --- ending ---------------------------------------------------------------------------

static void
run_end(struct run *r, const struct error *err)
{
	struct run **at = &r->engine->runs;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;

	struct error last = err != NULL ? *err : r->error;
	bool failed = err != NULL || r->failed;
	void (*done)(void *arg, const struct error *err) = r->done;
	void *arg = r->arg;

	run_values_drop(&r->values);
	free(r->ids);
	free(r->text);
	free(r->where);
	free(r->account);
	free(r);
	if (done != NULL)
		done(arg, failed ? &last : NULL);
}

static void
error_place(struct run *r, int line, struct error *err)
{
	// What was typed just now needs no place.
	if (r->where[0] != ':' && r->where[0] != '-' &&
		err->kind != ERROR_CANCELLED)
		error_prefix(err, "%s:%d", r->where, line);
}

static void
say_error(struct run *r, const struct error *err)
{
	struct answer *a = answer_new();

	answer_str(a, "error", err->text);
	answer_str(a, "kind", error_kind_name(err->kind));
	answer_text(a, "%s", err->text);
	if (r->voice->alive)
		r->voice->ops->say(r->voice, SAY_ERROR, a);
	answer_free(&a);
}

// False when the run has ended.
static bool
run_failed(struct run *r, const struct error *err, bool said)
{
	if (!r->keep_going || err->kind == ERROR_CANCELLED) {
		run_end(r, err);
		return false;
	}
	if (!said)
		say_error(r, err);
	r->failed = true;
	r->error = *err;
	return true;
}

bool
run_call_over(struct run *r)
{
	struct run_call *rc = r->current;
	bool failed = rc->failed, was_block = rc->was_block;
	struct error err = rc->error;

	if (failed && !was_block)
		error_place(r, rc->words.line, &err);
	r->current = NULL;
	call_free(rc);
	// A block has told its mistakes itself.
	return !failed || run_failed(r, &err, was_block);
}

bool
run_was_cancelled(struct run *r)
{
	struct run_call *rc = r->current;
	struct error err;

	if (!r->cancelled)
		return false;
	r->current = NULL;
	if (rc->finished)
		call_free(rc);
	else
		call_abandon(rc);
	error_set(&err, ERROR_CANCELLED, "cancelled");
	run_end(r, &err);
	return true;
}

// --- one command after another ----------------------------------------------------------

static bool
row_may_run(struct run *r, const struct command *row, struct error *err)
{
	if (row->screen && !str_equal(r->front->ops->name, "screen"))
		return error_set(err, ERROR_INPUT,
			"%s needs the screen; give it with --remote", row->name);
	if (!row->early && r->engine->store == NULL)
		return error_set(err, ERROR_INPUT,
			"%s cannot stand in the configuration", row->name);
	return true;
}

static bool
begin_definition(struct run_call *rc, const struct definition *d,
	struct error *err)
{
	if (rc->words.words.len > 1)
		return error_set(err, ERROR_INPUT, "%s takes no arguments", d->name);
	rc->inside = true;
	call_block(&rc->call, d->block, d->where, d->line, NULL, NULL, 0);
	rc->inside = false;
	return true;
}

static struct run_call *
call_new(struct run *r, const struct script_command *words)
{
	struct run_call *rc = mem_new(struct run_call);

	rc->run = r;
	rc->words = *words;
	rc->call.engine = r->engine;
	rc->call.front = r->front;
	rc->call.account = r->account;
	rc->call.where = r->where;
	rc->call.line = words->line;
	r->current = rc;
	return rc;
}

// Begins the current call: it then is finished, or waits. False: it could not
// be begun.
static bool
call_begin(struct run *r, struct run_call *rc, struct error *err)
{
	const char *name = rc->words.words.items[0];
	const struct command *row = commands_find(r->engine->commands, name);
	const struct definition *d;

	if (rc->words.is_block[0])
		return error_set(err, ERROR_INPUT, "a block needs a command before it");
	if (row == NULL && (d = commands_definition(r->engine->commands, name)) != NULL)
		return begin_definition(rc, d, err);
	if (row == NULL)
		return commands_unknown(r->engine->commands, name, err);
	rc->call.command = row;
	if (!line_bind(&rc->line, row, &rc->words, err) || !row_may_run(r, row, err))
		return false;
	rc->call.args = (const char *const *)rc->line.args.items;
	rc->call.n_args = rc->line.args.len;
	return call_aim(rc, err);
}

// What is left of the text, when there is anything in it.
static char *
run_rest(const struct run *r, size_t from)
{
	const char *rest = r->text + from;

	return rest[strspn(rest, " \t\r\n;")] == '\0' ? NULL : str_dup(rest);
}

static bool
run_hands_over(struct run *r, size_t from)
{
	struct error err;

	if (r->rest_r == NULL)
		return false;
	char *rest = run_rest(r, from);
	if (rest == NULL)
		return false;
	*r->rest_r = rest;
	error_set(&err, ERROR_CANCELLED, "handed over");
	run_end(r, &err);
	return true;
}

// Runs until a command waits, or all is done.
void
run_go(struct run *r)
{
	for (;;) {
		struct script_command words;
		struct error err = {0};

		if (run_hands_over(r, r->reader.at))
			return;
		enum script_next next = script_next(&r->reader, &words, &err);
		if (next == SCRIPT_END) {
			run_end(r, NULL);
			return;
		}
		if (next == SCRIPT_BAD) {
			if (!run_failed(r, &err, false))
				return;
			continue;
		}

		struct run_call *rc = call_new(r, &words);
		if (!call_begin(r, rc, &err)) {
			rc->finished = rc->failed = true;
			rc->error = err;
		}
		if (run_was_cancelled(r) || !rc->finished || !run_call_over(r))
			return;
	}
}

// The one that was begun first; runs stand newest first.
static struct run *
first_held(struct engine *e)
{
	struct run *found = NULL;

	for (struct run *r = e->runs; r != NULL; r = r->next) {
		if (r->current != NULL && r->current->held)
			found = r;
	}
	return found;
}

void
run_acts_over(struct engine *e)
{
	struct run *r;

	// One of them may be such an act again, for which the next ones wait.
	while (e->acts_open == 0 && (r = first_held(e)) != NULL) {
		struct run_call *rc = r->current;

		struct error err = {0};
		if (rc->aimed) {
			call_run(rc);
		} else if (!call_aim(rc, &err)) {
			rc->finished = rc->failed = true;
			rc->error = err;
		}
		if (!run_was_cancelled(r) && rc->finished && run_call_over(r))
			run_go(r);
	}
}

void
run_start(struct engine *e, const struct run_plan *plan)
{
	struct run *r = mem_new(struct run);
	struct error err;

	r->engine = e;
	r->front = plan->front;
	r->voice = plan->voice != NULL ? plan->voice : plan->front;
	r->text = str_dup(plan->text);
	r->where = str_dup(plan->where);
	r->account = str_dup(plan->account);
	r->values = run_values_use(plan->values);
	r->has_ids = plan->has_ids;
	r->n_ids = plan->n_ids;
	if (plan->has_ids) {
		r->ids = mem_alloc(plan->n_ids + 1, sizeof(*r->ids));
		memcpy(r->ids, plan->ids, plan->n_ids * sizeof(*r->ids));
	}
	r->depth = plan->depth;
	r->keep_going = plan->keep_going;
	r->done = plan->done;
	r->arg = plan->arg;
	script_reader_init(&r->reader, r->text, r->where,
		plan->line > 0 ? plan->line : 1);
	if (r->values != NULL) {
		r->reader.value = value_of;
		r->reader.arg = r->values;
	}
	r->next = e->runs;
	e->runs = r;
	if (plan->done == call_block_done) {
		r->parent = plan->arg;
		r->parent->nested = r;
	}
	if (strlen(r->text) > SCRIPT_SIZE_MAX) {
		error_set(&err, ERROR_INPUT, "%s: longer than %d bytes", r->where,
			SCRIPT_SIZE_MAX);
		run_end(r, &err);
	} else if (r->depth > SCRIPT_DEPTH_MAX) {
		error_set(&err, ERROR_INPUT,
			"blocks and definitions within each other more than %d deep",
			SCRIPT_DEPTH_MAX);
		run_end(r, &err);
	} else {
		run_go(r);
	}
}

void
script_run(struct engine *e, struct frontend *front, const char *text,
	const char *where, int first_line,
	void (*done)(void *arg, const struct error *err), void *arg)
{
	run_start(e, &(struct run_plan){
		.front = front, .text = text, .where = where, .line = first_line,
		.done = done, .arg = arg,
	});
}

// --- ending early ----------------------------------------------------------------------

// A run that waits itself, not for a block of its own.
static bool
is_leaf(const struct run *r)
{
	return r->current != NULL && r->current->nested == NULL;
}

static void
run_cancel(struct run *r)
{
	struct run_call *rc = r->current;
	struct error err;

	if (rc->inside) {
		r->cancelled = true;
		return;
	}
	r->current = NULL;
	call_abandon(rc);
	error_set(&err, ERROR_CANCELLED, "cancelled");
	run_end(r, &err);
}

static void
cancel_on(struct engine *e, const struct frontend *front)
{
	for (struct run *r = e->runs; r != NULL; ) {
		if ((front == NULL || r->front == front || r->voice == front) &&
			is_leaf(r) && !r->cancelled) {
			run_cancel(r);
			r = e->runs; // others may have ended with it
			continue;
		}
		r = r->next;
	}
}

void
script_cancel(struct engine *e, struct frontend *front)
{
	cancel_on(e, front);
}

void
run_cancel_all(struct engine *e)
{
	cancel_on(e, NULL);
}

bool
run_is_busy(const struct engine *e, const struct frontend *front)
{
	for (const struct run *r = e->runs; r != NULL; r = r->next) {
		if (r->front == front || r->voice == front)
			return true;
	}
	return false;
}

void
script_hand_over(struct engine *e, struct frontend *front, char **rest_r)
{
	for (struct run *r = e->runs; r != NULL; r = r->next) {
		struct run_call *rc = r->current;

		if (r->front != front || r->depth > 0)
			continue;
		r->rest_r = rest_r;
		if (rc == NULL || rc->inside || rc->job == 0 ||
			rc->call.command == NULL || !rc->call.command->again)
			return;
		size_t from = rc->words.start;
		r->current = NULL;
		call_abandon(rc);
		run_hands_over(r, from);
		return;
	}
}

void
run_done(struct engine *e)
{
	run_cancel_all(e);
	while (e->given_up != NULL)
		call_free(e->given_up);
}
