// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that the view in front answers to, or one beneath it: the views
// have the functions, here are their names, arguments and help.
#include "config.h"

#include <stdlib.h>
#include "base/error.h"
#include "command/command.h"
#include "ui/app.h"
#include "ui/command/commands.h"
#include "ui/view/index.h"

static enum command_result
run_verb(struct call *c, struct error *err)
{
	char *argument = call_rest(c, 0);
	bool ok = app_verb(app_of(c->front), c->command->name, argument, err);

	free(argument);
	return ok ? COMMAND_DONE : COMMAND_FAILED;
}

static void
verb_found(void *arg, bool ended)
{
	struct error err;

	// Else what stands behind it would act on what came in its place.
	error_set(&err, ERROR_CANCELLED, "something else is shown");
	call_finish(arg, ended ? NULL : &err);
}

// What shows other messages has done so when they were found: what stands behind it
// in a block acts on them.
static enum command_result
run_showing(struct call *c, struct error *err)
{
	struct app *a = app_of(c->front);
	enum command_result result = run_verb(c, err);
	struct view *index = app_find(a, "index");

	return result == COMMAND_DONE && index && app_focus(a) == index &&
		index_when_found(index, verb_found, c) ? COMMAND_WAIT : result;
}

#define ARGUMENT(name, ...) \
	static const struct argument name[] = { { __VA_ARGS__ }, { NULL } }

ARGUMENT(unread_argument, "which", ARGUMENT_CHOICE,
	"Passes over all others", "unread flagged", .optional = true);
ARGUMENT(query_argument, "query", ARGUMENT_QUERY,
	"What is shown; nothing: all again", .optional = true, .many = true);
ARGUMENT(order_argument, "order", ARGUMENT_CHOICE,
	"Which; without it, the other one", "thread date", .optional = true);
ARGUMENT(select_argument, "which", ARGUMENT_CHOICE,
	"Which messages; without it, the one under the cursor",
	"toggle thread all none", .optional = true);
ARGUMENT(text_argument, "text", ARGUMENT_TEXT,
	"What is sought; without it, what was sought last", .optional = true,
	.many = true);
ARGUMENT(place_argument, "place", ARGUMENT_PLACE, "A folder's name (work/INBOX where "
	"several accounts have it), a role (inbox, sent), or what query gave a name", .many = true);
ARGUMENT(find_argument, "query", ARGUMENT_QUERY,
	"What is shown, of all folders and accounts", .many = true);
ARGUMENT(change_argument, "folder", ARGUMENT_FOLDER, "Which; without it, one chooses",
	.optional = true, .many = true);
ARGUMENT(number_argument, "number", ARGUMENT_NUMBER, "Which; without it, one chooses",
	.optional = true);
ARGUMENT(level_argument, "level", ARGUMENT_NUMBER, "Quotes of this level and deeper are "
	"folded; 0: none; without it, one level more is unfolded", .optional = true);
ARGUMENT(field_argument, "field", ARGUMENT_CHOICE, "Which; without it, the one "
	"under the cursor", "to cc bcc subject from reply-to", .optional = true);
#define VERB(verb, text, argument) \
	{ .name = verb, .help = text, .arguments = argument, .screen = true, .run = run_verb }
#define SHOWING(verb, text, argument) \
	{ .name = verb, .help = text, .arguments = argument, .screen = true, .run = run_showing }

static const struct command rows[] = {
	VERB("open", "Opens what is under the cursor", NULL),
	SHOWING("go", "Shows a folder, or a named query", place_argument),
	SHOWING("find", "Shows what a query matches in all folders and accounts",
		find_argument),
	VERB("next", "Goes to the next message", unread_argument),
	VERB("previous", "Goes to the message before", unread_argument),
	SHOWING("limit", "Shows only the messages that a query matches",
		query_argument),
	VERB("order", "Orders the messages by date or by thread", order_argument),
	VERB("select", "Selects messages: the next command acts on them",
		select_argument),
	VERB("search", "Finds a text in what is shown", text_argument),
	VERB("search-back", "Finds a text upwards", text_argument),
	VERB("headers", "Shows all fields of the header, or the usual ones", NULL),
	VERB("html", "Shows the HTML of a message, or its plain text", NULL),
	VERB("quotes", "Folds quoted text, or unfolds it level by level", level_argument),
	VERB("skip-quoted", "Goes on to what stands behind the next quoted text", NULL),
	VERB("link", "Opens a link of the message in the browser",
		number_argument),
	VERB("attachments", "Lists what is attached: to open, save, or pipe", NULL),
	VERB("save-part", "Saves the attachment under the cursor: asks where", NULL),
	VERB("save-parts", "Saves all of the attachments: asks where", NULL),
	VERB("pipe-part", "Gives the attachment under the cursor to a program", NULL),
	VERB("as-text", "Shows the attachment under the cursor as text", NULL),
	VERB("as-hex", "Shows the bytes of the attachment under the cursor", NULL),
	VERB("rename", "Gives the folder under the cursor another name", NULL),
	VERB("field", "Changes a field", field_argument),
	VERB("drop", "Takes away what is under the cursor", NULL),
	VERB("change", "Leads what was refused to another folder", change_argument),
	VERB("take-back", "Takes a message out of the outbox, back to its draft", NULL),
	VERB("refresh", "Fetches what is shown anew", NULL),
};

void
commands_add_verbs(struct commands *c)
{
	commands_add(c, rows, sizeof rows / sizeof rows[0]);
}
