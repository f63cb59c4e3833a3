// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that show what has not reached a server yet, and drop, retry or change it.
#include "config.h"

#include "account/account.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "command/acts.h"
#include "command/answer.h"
#include "command/command.h"
#include "command/rows.h"
#include "command/title.h"
#include "engine.h"
#include "store/folders.h"
#include "store/pending.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdlib.h>

// --- pending ------------------------------------------------------------------------

struct pending {
	struct engine *engine;
	struct array answers;     // struct answer *
};

static void
pending_free(void *arg)
{
	struct pending *p = arg;

	for (size_t i = 0; i < p->answers.len; i++)
		answer_free(array_at(&p->answers, i));
	array_done(&p->answers);
	free(p);
}

static const char *const operation_states[] = {
	[OPERATION_WAITING] = "waiting", [OPERATION_STARTED] = "started",
	[OPERATION_FAILED] = "failed",
};

static const char *
name_of(const struct folder_names *names, uint32_t id)
{
	const struct folder *f = folder_names_find(names, id);

	return f == NULL ? NULL : f->name;
}

static struct answer *
operation_answer(struct engine *e, const struct operation *op,
	const struct folder_names *names)
{
	struct answer *a = answer_new();
	char *when = date_iso(op->when);

	answer_u64(a, "seq", op->seq);
	answer_str(a, "act", act_kind_name(op->kind));
	answer_str(a, "title", op->title);
	answer_str(a, "account", engine_account_name(e, op->account));
	answer_str(a, "folder", name_of(names, op->folder));
	answer_str(a, "target", name_of(names, op->target));
	answer_u64(a, "messages", op->n);
	answer_str(a, "state", operation_states[op->state]);
	answer_str(a, "when", when);
	answer_u64(a, "tries", op->tries);
	answer_str(a, "error", op->error);
	struct buf what = {0};
	title_print(&what, str_or_empty(op->title),
		op->kind == ACT_APPEND ? 0 : op->n, name_of(names, op->folder));
	answer_text(a, "%" PRIu64 "  %s  %s  %s%s%s", op->seq,
		operation_states[op->state],
		str_or_empty(engine_account_name(e, op->account)), buf_text(&what),
		op->error != NULL ? ": " : "", str_or_empty(op->error));
	buf_done(&what);
	free(when);
	return a;
}

static bool
read_pending(void *arg, struct error *err)
{
	struct pending *p = arg;
	struct operation *ops = NULL;
	struct folder_names names;
	size_t n = store_operations(p->engine->store, 0, &ops);

	(void)err;
	folder_names_read(&names, p->engine->store);
	for (size_t i = 0; i < n; i++) {
		*(struct answer **)array_push(&p->answers) =
			operation_answer(p->engine, &ops[i], &names);
		operation_done(&ops[i]);
	}
	free(ops);
	folder_names_done(&names);
	return true;
}

static void
say_pending(struct call *c, const struct error *err)
{
	struct pending *p = c->data;

	for (size_t i = 0; i < p->answers.len; i++)
		call_say(c, SAY_ROW, *(struct answer **)array_at(&p->answers, i));
	call_finish(c, err);
}

static struct pending *
pending_new(struct call *c)
{
	struct pending *p = mem_new(struct pending);

	p->engine = c->engine;
	p->answers = ARRAY_OF(struct answer *);
	c->data = p;
	c->free_data = pending_free;
	return p;
}

static void
said_retry(struct call *c, size_t n, const char *title)
{
	(void)n;
	(void)title;
	engine_job(c->engine, &(struct job){ .kind = JOB_PLAY }, NULL, NULL);
}

// The folder of that name in the account of the operation.
static bool
other_target(struct call *c, uint64_t seq, uint32_t *target_r, struct error *err)
{
	struct store *s = c->engine->store;
	struct operation *ops = NULL;
	size_t n = store_operations(s, 0, &ops);
	char *name = call_rest(c, 0);
	uint32_t account = 0;
	struct folder f;

	for (size_t i = 0; i < n; i++) {
		if (ops[i].seq == seq)
			account = ops[i].account;
		operation_done(&ops[i]);
	}
	free(ops);
	bool ok = account != 0 || error_set(err, ERROR_INPUT,
		"there is no operation %" PRIu64, seq);
	if (ok && str_empty(name))
		ok = error_set(err, ERROR_INPUT,
			"pending -change: say which folder, after the number");
	if (ok && !store_folder_find(s, account, name, &f))
		ok = error_set(err, ERROR_INPUT, "account %s has no folder \"%s\"",
			str_or_empty(engine_account_name(c->engine, account)), name);
	if (ok) {
		*target_r = f.id;
		folder_done(&f);
	}
	free(name);
	return ok;
}

static enum command_result
change_pending(struct call *c, const char *number, struct error *err)
{
	struct act_reply reply;
	uint32_t target = 0;
	uint64_t seq = 0;

	str_to_u64(number, INT64_MAX, &seq);
	if (!other_target(c, seq, &target, err))
		return COMMAND_FAILED;
	reply = acts_reply(c, said_retry);
	store_operation_change(c->engine->store, seq, target, &reply);
	return COMMAND_WAIT;
}

static enum command_result
run_pending(struct call *c, struct error *err)
{
	const char *drop = call_flag(c, "drop"), *retry = call_flag(c, "retry");
	const char *change = call_flag(c, "change");
	uint64_t seq = 0;

	if (change != NULL)
		return change_pending(c, change, err);
	if (drop == NULL && retry == NULL && str_equal(c->front->ops->name, "screen"))
		return call_block(c, "view pending", c->where, c->line, NULL, NULL, 0);
	if (drop == NULL && retry == NULL)
		return call_work(c, true, read_pending, pending_new(c), say_pending);
	str_to_u64(drop != NULL ? drop : retry, INT64_MAX, &seq);
	struct act_reply reply = acts_reply(c, drop != NULL ? NULL : said_retry);
	if (drop != NULL)
		store_operation_drop(c->engine->store, seq, &reply);
	else
		store_operation_retry(c->engine->store, seq, &reply);
	return COMMAND_WAIT;
}

static const struct argument change_arguments[] = {
	{ "folder", ARGUMENT_FOLDER, "Where it is to go, with -change",
		.optional = true, .many = true },
	{ NULL },
};

static const struct command_flag pending_flags[] = {
	{ "change", "seq", ARGUMENT_NUMBER,
		"Tries this failed one again, to another folder" },
	{ "drop", "seq", ARGUMENT_NUMBER, "Takes this one back" },
	{ "retry", "seq", ARGUMENT_NUMBER, "Tries this one again" },
	{ NULL },
};

static const struct command rows[] = {
	{ "pending", "Lists what was done here and has not reached the server",
		"What a server refused stays listed as failed, with its words, until it "
		"is tried again, changed or dropped. doc/conflicts.md has the rules.",
		change_arguments, pending_flags, .run = run_pending },
};

void
commands_add_pending(struct commands *c)
{
	commands_add(c, rows, sizeof(rows) / sizeof(rows[0]));
}
