// SPDX-License-Identifier: GPL-3.0-or-later
// Runs commands one after another; a command that waits leaves the thread free
// and the list goes on when it is finished.
#include "config.h"

#include "command/run.h"

#include "account/account.h"
#include "account/event.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "command/answer.h"
#include "command/command.h"
#include "command/line.h"
#include "command/option.h"
#include "command/script.h"
#include "engine.h"
#include "mail/query.h"
#include "store/folders.h"
#include "store/store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER_ACCOUNTS_MAX 64

struct run_call {
	struct call call;            // first: commands know only this
	struct run_call *next;       // among those given up
	struct run *run;             // NULL: given up, nobody waits for it any more
	struct script_command words;
	struct line line;
	struct run *nested;          // the block that runs in its place
	void (*then)(struct call *c);// instead of its end; NULL
	uint64_t job;                // that it waits for
	bool was_block;              // its error says already where
	bool inside;                 // its run function has not returned
	bool finished, failed;
	struct error error;
	// What it waits for calls back.
	void (*replied)(struct call *c, struct event *event);
	void (*worked)(struct call *c, const struct error *err);
	bool (*work)(void *arg, struct error *err);
	void *work_arg;
	void (*answered)(struct call *c, const char *answer);
	void (*edited)(struct call *c, bool ok);
};

struct run {
	struct run *next;
	struct engine *engine;
	struct frontend *front, *voice;
	char *text, *where, *account;
	struct script_reader reader;
	struct run_values *values;
	uint64_t *ids;
	size_t n_ids;
	bool has_ids, keep_going;
	int depth;
	struct run_call *parent;     // whose block it is; NULL
	struct run_call *current;
	bool cancelled;              // while a command is inside its run function
	bool failed;                 // of keep_going: some command did
	struct error error;
	char **rest_r;               // asked to hand over
	void (*done)(void *arg, const struct error *err);
	void *arg;
};

static void run_go(struct run *r);

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

// --- calls --------------------------------------------------------------------------

static struct run_call *
call_of(struct call *c)
{
	return (struct run_call *)c;
}

static void
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

// Nobody waits for it: it ends by itself when what it waits for is done.
static void
call_abandon(struct run_call *rc)
{
	if (rc->job != 0) {
		engine_job_cancel(rc->call.engine, rc->job);
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

void
run_done(struct engine *e)
{
	run_cancel_all(e);
	while (e->given_up != NULL)
		call_free(e->given_up);
}

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

// The current call is over; false when the run has ended with it.
static bool
call_over(struct run *r)
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
	if (!rc->inside && call_over(r))
		run_go(r);
}

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

static void
block_done(void *arg, const struct error *err)
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
		.done = block_done, .arg = rc,
	});
	return COMMAND_WAIT;
}

// --- targets ---------------------------------------------------------------------------

static bool
wants_messages(const struct command *row)
{
	return row->target == TARGET_MESSAGE || row->target == TARGET_MESSAGES;
}

// The target is known: runs the command and, if it did not wait, ends the call.
static void
call_run(struct run_call *rc)
{
	enum command_result result;
	struct error err = {0};

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

// Cancelled by what its command did: ends it; true when it had been.
static bool
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

static void
found_none(struct run_call *rc)
{
	if (rc->call.command->target == TARGET_MESSAGE) {
		rc->failed = true;
		error_set(&rc->error, ERROR_GONE, "%s: no message matches \"%s\"",
			rc->call.command->name, rc->line.query);
	} else {
		call_info(&rc->call, "No message matches \"%s\".", rc->line.query);
	}
	rc->finished = true;
}

static void
target_found(void *arg, struct event *event)
{
	struct run_call *rc = arg;
	struct target *t = &rc->call.target;
	struct run *r = rc->run;

	if (event->n_ids > 0) {
		t->ids = mem_grow(t->ids, t->n + event->n_ids, sizeof(*t->ids));
		memcpy(t->ids + t->n, event->ids,
			event->n_ids * sizeof(*t->ids));
		t->n += event->n_ids;
	}
	if (event->kind != EVENT_REPLY)
		return;
	rc->job = 0;
	if (event->error.kind != ERROR_NONE) {
		rc->finished = rc->failed = true;
		rc->error = event->error;
	} else if (t->n == 0) {
		found_none(rc);
	} else {
		if (rc->call.command->target == TARGET_MESSAGE)
			t->n = 1;
		call_run(rc);
	}
	if (!run_was_cancelled(r) && rc->finished && call_over(r))
		run_go(r);
}

// The folder that a query means where it says nothing itself: the one shown.
static uint32_t
folder_of_query(struct run_call *rc)
{
	struct query *q = NULL;
	struct target shown = {0};
	uint32_t folder = 0;

	if (query_parse(&q, rc->line.query, 0, NULL) && !query_names_folder(q) &&
		call_target(&rc->call, TARGET_FOLDER, &shown, NULL))
		folder = shown.folder;
	target_done(&shown);
	query_free(&q);
	return folder;
}

static bool
target_named(struct run_call *rc, struct error *err)
{
	const char *name = rc->line.query;
	struct target *t = &rc->call.target;
	struct folder folder;

	if (rc->call.command->target == TARGET_DRAFT) {
		t->path = path_is_absolute(name) ? str_dup(name) :
			str_printf("%s/drafts/%s", rc->call.engine->home.mail, name);
		return path_exists(t->path) || error_set(err, ERROR_GONE,
			"there is no draft %s", name);
	}
	uint32_t accounts[FOLDER_ACCOUNTS_MAX];
	size_t n = engine_account_ids(rc->call.engine, accounts,
		FOLDER_ACCOUNTS_MAX);
	for (size_t i = 0; i < n; i++) {
		if (!store_folder_find(rc->call.engine->store, accounts[i], name,
			&folder))
			continue;
		t->account = folder.account;
		t->folder = folder.id;
		folder_done(&folder);
		return true;
	}
	return error_set(err, ERROR_GONE, "there is no folder \"%s\"", name);
}

// Fills the target. *wait_r: a search does, and target_found goes on.
static bool
call_resolve(struct run_call *rc, bool *wait_r, struct error *err)
{
	struct run *r = rc->run;
	struct target *t = &rc->call.target;
	const struct command *row = rc->call.command;

	*wait_r = false;
	if (row->target == TARGET_NONE)
		return true;
	if (rc->line.id != NULL) {
		t->ids = mem_alloc(1, sizeof(*t->ids));
		t->n = 1;
		return query_parse_id(rc->line.id, &t->ids[0]);
	}
	if (rc->line.query != NULL && wants_messages(row)) {
		*wait_r = true;
		rc->job = engine_search(r->engine, rc->line.query,
			folder_of_query(rc), ORDER_DATE, target_found, rc);
		return true;
	}
	if (rc->line.query != NULL)
		return target_named(rc, err);
	if (r->has_ids && wants_messages(row)) {
		t->n = row->target == TARGET_MESSAGE && r->n_ids > 0 ? 1 : r->n_ids;
		t->ids = mem_alloc(t->n + 1, sizeof(*t->ids));
		memcpy(t->ids, r->ids, t->n * sizeof(*t->ids));
		return t->n > 0 || error_set(err, ERROR_GONE,
			"%s: there is no message here", row->name);
	}
	if (call_target(&rc->call, row->target, t, err))
		return true;
	return error_prefix(err, "%s", row->name);
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
	bool wait;

	if (rc->words.is_block[0])
		return error_set(err, ERROR_INPUT, "a block needs a command before it");
	if (row == NULL && (d = commands_definition(r->engine->commands, name)) != NULL)
		return begin_definition(rc, d, err);
	if (row == NULL)
		return error_set(err, ERROR_INPUT,
			"there is no command \"%s\" (see: help)", name);
	rc->call.command = row;
	if (!line_bind(&rc->line, row, &rc->words, err) || !row_may_run(r, row, err))
		return false;
	rc->call.args = (const char *const *)rc->line.args.items;
	rc->call.n_args = rc->line.args.len;
	if (!call_resolve(rc, &wait, err))
		return false;
	if (!wait)
		call_run(rc);
	return true;
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
static void
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
		if (run_was_cancelled(r) || !rc->finished || !call_over(r))
			return;
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
	if (plan->done == block_done) {
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
