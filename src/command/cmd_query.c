// SPDX-License-Identifier: GPL-3.0-or-later
// The command that gives a query a name.
#include "config.h"

#include "base/error.h"
#include "base/str.h"
#include "command/answer.h"
#include "command/command.h"
#include "command/saved.h"
#include "engine.h"

#include <stdlib.h>

static void
show(struct call *c, const struct saved_query *q)
{
	struct answer *a = answer_new();

	answer_str(a, "name", q->name);
	answer_str(a, "query", q->text);
	answer_str(a, "where", q->where);
	answer_text(a, "%-24s %s", q->name, q->text);
	call_say(c, SAY_ROW, a);
	answer_free(&a);
}

static enum command_result
show_all(struct call *c)
{
	size_t n;
	const struct saved_query *all = saved_all(c->engine->saved, &n);

	for (size_t i = 0; i < n; i++)
		show(c, &all[i]);
	return COMMAND_DONE;
}

static enum command_result
run_query(struct call *c, struct error *err)
{
	struct saved *s = c->engine->saved;
	const char *name = call_arg(c, 0);
	char *text = call_rest(c, 1);
	bool ok = true;

	if (name == NULL) {
		free(text);
		return show_all(c);
	}
	if (call_flag(c, "r") != NULL) {
		ok = saved_remove(s, name, err);
	} else if (text == NULL) {
		const struct saved_query *q = saved_find(s, name);

		if (q != NULL)
			show(c, q);
		else
			ok = error_set(err, ERROR_INPUT, "no query is named \"%s\"", name);
		return ok ? COMMAND_DONE : COMMAND_FAILED;
	} else {
		char *where = str_printf("%s:%d", c->where, c->line);

		ok = saved_set(s, name, text, where, err);
		free(where);
	}
	free(text);
	if (ok && c->engine->store != NULL)
		engine_tell(c->engine, NULL);
	return ok ? COMMAND_DONE : COMMAND_FAILED;
}

static const struct argument query_arguments[] = {
	{ "name", ARGUMENT_TEXT, "What it is to be called; without one, all are shown",
		.optional = true },
	{ "query", ARGUMENT_QUERY, "What it shows, of all folders and accounts; "
		"without it, what the name stands for", .optional = true, .many = true },
	{ NULL },
};
static const struct command_flag query_flags[] = {
	{ "r", NULL, ARGUMENT_TEXT, "Takes the name away" },
	{ NULL },
};

static const struct command rows[] = {
	{ "query", "Gives a query a name: a view beside the folders",
		"go NAME shows it, and it stands above the folders, with its counts "
		"where these need no look at the messages. \"All inboxes\" (inbox:all) "
		"is there from the start, and shown with several accounts.",
		query_arguments, query_flags, .early = true, .run = run_query },
};

void
commands_add_query(struct commands *c)
{
	commands_add(c, rows, sizeof(rows) / sizeof(rows[0]));
}
