// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that look after Postern itself: verify, rebuild, doctor.
#include "config.h"

#include "account/account.h"
#include "account/event.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "command/answer.h"
#include "command/command.h"
#include "command/option.h"
#include "command/script.h"
#include "engine.h"
#include "store/outbox.h"
#include "store/pending.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

#define DOCTOR_ACCOUNTS_MAX 64

// --- verify and rebuild ------------------------------------------------------------

struct verify {
	struct engine *engine;
	struct strlist lines;
};

static void
verify_free(void *arg)
{
	struct verify *v = arg;

	strlist_done(&v->lines);
	free(v);
}

static void
verify_found(void *arg, const char *line)
{
	strlist_add(&((struct verify *)arg)->lines, line);
}

// True also where it found something: that is told line by line.
static bool
verify_work(void *arg, struct error *err)
{
	struct verify *v = arg;

	return store_verify(v->engine->store, verify_found, v, err) ||
		v->lines.len > 0;
}

static void
say_problem(struct call *c, const char *line)
{
	struct answer *a = answer_new();

	answer_str(a, "problem", line);
	answer_text(a, "%s", line);
	call_say(c, SAY_ROW, a);
	answer_free(&a);
}

static void
verified(struct call *c, const struct error *err)
{
	struct verify *v = c->data;
	struct error differs;

	for (size_t i = 0; err == NULL && i < v->lines.len; i++)
		say_problem(c, v->lines.items[i]);
	if (err == NULL && v->lines.len > 0) {
		error_set(&differs, ERROR_STORE,
			"the cache has %zu mistake%s; rebuild makes it anew",
			v->lines.len, v->lines.len == 1 ? "" : "s");
		err = &differs;
	} else if (err == NULL) {
		call_info(c, "The store is sound.");
	}
	call_finish(c, err);
}

static struct verify *
verify_new(struct call *c)
{
	struct verify *v = mem_new(struct verify);

	v->engine = c->engine;
	c->data = v;
	c->free_data = verify_free;
	return v;
}

static enum command_result
run_verify(struct call *c, struct error *err)
{
	(void)err;
	return call_work(c, true, verify_work, verify_new(c), verified);
}

static bool
rebuild_work(void *arg, struct error *err)
{
	struct verify *v = arg;

	return store_rebuild(v->engine->store, err);
}

static enum command_result
run_rebuild(struct call *c, struct error *err)
{
	(void)err;
	return call_work(c, true, rebuild_work, verify_new(c), call_finish);
}

// --- doctor ---------------------------------------------------------------------------

struct doctor {
	struct verify verify;            // first: freed as such
	uint32_t accounts[DOCTOR_ACCOUNTS_MAX];
	size_t n, at;
	size_t problems;
};

static void
doctor_line(struct call *c, bool good, const char *what, const char *how)
{
	struct doctor *d = c->data;
	struct answer *a = answer_new();

	d->problems += !good;
	answer_str(a, "check", what);
	answer_bool(a, "good", good);
	answer_str(a, "text", how);
	answer_text(a, "%-4s %s: %s", good ? "good" : "BAD", what, how);
	call_say(c, SAY_ROW, a);
	answer_free(&a);
}

static void
doctor_mistake(void *arg, const char *line)
{
	doctor_line(arg, false, "configuration", line);
}

static void
doctor_configuration(struct call *c)
{
	const char *path = engine_config_path(c->engine);
	struct buf text = {0};
	struct error err;

	if (!path_exists(path))
		doctor_line(c, true, "configuration", "there is none yet");
	else if (!path_read(path, SCRIPT_SIZE_MAX, &text, &err))
		doctor_line(c, false, "configuration", err.text);
	else if (script_check(c->engine, buf_text(&text), path, doctor_mistake,
		c) == 0)
		doctor_line(c, true, "configuration", path);
	buf_done(&text);
}

static void
doctor_end(struct call *c)
{
	struct doctor *d = c->data;
	struct error err;

	if (d->problems == 0) {
		call_finish(c, NULL);
		return;
	}
	error_set(&err, ERROR_REFUSED, "doctor found %zu problem%s", d->problems,
		d->problems == 1 ? "" : "s");
	call_finish(c, &err);
}

static void doctor_account(struct call *c);

static void
doctor_reached(struct call *c, struct event *event)
{
	struct doctor *d = c->data;

	if (event->kind != EVENT_REPLY)
		return;
	char *what = str_printf("account %s",
		str_or_empty(engine_account_name(c->engine, d->accounts[d->at])));
	bool good = event->error.kind == ERROR_NONE;
	doctor_line(c, good, what, good ? "its server answers" : event->error.text);
	free(what);
	d->at++;
	doctor_account(c);
}

static void
doctor_account(struct call *c)
{
	struct doctor *d = c->data;

	if (d->at == d->n) {
		doctor_end(c);
		return;
	}
	call_job(c, &(struct job){
		.kind = JOB_RETRY, .account = d->accounts[d->at] }, doctor_reached);
}

static void
doctor_verified(struct call *c, const struct error *err)
{
	struct doctor *d = c->data;
	struct store *s = c->engine->store;
	struct send *sends = NULL;
	char text[160];

	if (err != NULL)
		doctor_line(c, false, "store", err->text);
	else if (d->verify.lines.len > 0)
		doctor_line(c, false, "store", d->verify.lines.items[0]);
	else
		doctor_line(c, true, "store", "sound");
	size_t n = store_sends(s, 0, &sends);
	for (size_t i = 0; i < n; i++)
		send_done(&sends[i]);
	free(sends);
	snprintf(text, sizeof(text), "%zu act%s waiting for a server, %zu message%s in the outbox",
		store_operations_count(s, 0),
		store_operations_count(s, 0) == 1 ? "" : "s", n, n == 1 ? "" : "s");
	doctor_line(c, true, "journal", text);
	d->n = engine_account_ids(c->engine, d->accounts, DOCTOR_ACCOUNTS_MAX);
	doctor_account(c);
}

static enum command_result
run_doctor(struct call *c, struct error *err)
{
	struct doctor *d = mem_new(struct doctor);

	(void)err;
	d->verify.engine = c->engine;
	c->data = d;
	c->free_data = verify_free;
	doctor_configuration(c);
	return call_work(c, true, verify_work, d, doctor_verified);
}

static const struct command rows[] = {
	{ "doctor", "Checks the configuration, the store, and whether servers answer",
		NULL, .run = run_doctor },
	{ "rebuild", "Throws the cache away and fetches it again", NULL,
		.run = run_rebuild },
	{ "verify", "Compares the store's indexes and counts with its rows", NULL,
		.run = run_verify },
};

void
commands_add_store(struct commands *c)
{
	commands_add(c, rows, sizeof(rows) / sizeof(rows[0]));
}
