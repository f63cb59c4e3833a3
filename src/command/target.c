// SPDX-License-Identifier: GPL-3.0-or-later
// Finds what a command acts on before it runs: what -t names, what its hook or
// block was given, or what is under the front end's cursor.
#include "config.h"

#include "command/run_inside.h"

#include "account/event.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "engine.h"
#include "mail/query.h"
#include "store/folders.h"

#include <stdlib.h>
#include <string.h>

#define TARGET_ACCOUNTS_MAX 64

static bool
wants_messages(const struct command *row)
{
	return row->target == TARGET_MESSAGE || row->target == TARGET_MESSAGES;
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
	if (!run_was_cancelled(r) && rc->finished && run_call_over(r))
		run_go(r);
}

// Where a query says nothing itself it means the folder that is shown, or what a
// view over several shows.
static bool
target_search(struct run_call *rc, struct error *err)
{
	struct engine *e = rc->run->engine;
	const char *text = rc->line.query;
	struct query *q = NULL;
	struct target shown = {0};
	char *within = NULL;

	if (!query_parse(&q, text, 0, err))
		return error_prefix(err, "%s: \"%.60s\"", rc->call.command->name, text);
	if (!query_names_folder(q) &&
		call_target(&rc->call, TARGET_VIEW, &shown, NULL) &&
		shown.within != NULL)
		within = query_is_all(q) ? str_dup(shown.within) :
			str_printf("(%s) (%s)", shown.within, text);
	rc->job = engine_search(e, within != NULL ? within : text, shown.folder,
		ORDER_DATE, target_found, rc);
	free(within);
	target_done(&shown);
	query_free(&q);
	return true;
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
	uint32_t accounts[TARGET_ACCOUNTS_MAX];
	size_t n = engine_account_ids(rc->call.engine, accounts,
		TARGET_ACCOUNTS_MAX);
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

bool
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
		*wait_r = target_search(rc, err);
		return *wait_r;
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
	if (row->or_message && call_target(&rc->call, TARGET_MESSAGE, t, NULL))
		return true;
	return error_prefix(err, "%s", row->name);
}
