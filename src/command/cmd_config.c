// SPDX-License-Identifier: GPL-3.0-or-later
// The commands of the configuration: options, accounts, keys, hooks, colours,
// definitions, files.
#include "config.h"

#include "account/event.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/path.h"
#include "base/str.h"
#include "command/answer.h"
#include "command/binding.h"
#include "command/colour.h"
#include "command/command.h"
#include "command/hook.h"
#include "command/option.h"
#include "command/script.h"
#include "engine.h"

#include <stdlib.h>
#include <string.h>

#define N_OF(table) (sizeof(table) / sizeof((table)[0]))

static char *
place(const struct call *c)
{
	return str_printf("%s:%d", c->where, c->line);
}

static enum command_result
result(bool ok)
{
	return ok ? COMMAND_DONE : COMMAND_FAILED;
}

// --- set, unset -------------------------------------------------------------------

static const char *
set_account(const struct call *c)
{
	const char *named = call_flag(c, "a");

	return named != NULL ? named : c->account;
}

// A client's own values end with it; an account that it declares stays.
static struct options *
set_options(const struct call *c)
{
	return c->front->own != NULL && c->account == NULL ? c->front->own :
		c->engine->options;
}

static bool
account_known(const struct call *c, const char *account, struct error *err)
{
	return account == NULL ||
		strlist_has(options_accounts(c->engine->options), account) ||
		error_set(err, ERROR_INPUT, "there is no account \"%s\"", account);
}

static void
show_option(struct call *c, const struct option *row, const char *account)
{
	const struct options *o = call_options(c);
	const char *value = row->secret ? NULL : options_text(o, account, row->name);
	const char *where = options_where(o, account, row->name);
	struct answer *a = answer_new();

	answer_str(a, "option", row->name);
	answer_str(a, "value", value);
	answer_str(a, "where", where);
	answer_text(a, "%s %s%s%s%s", row->name, value == NULL ? "(not set)" : value,
		where != NULL ? "  (" : "", str_or_empty(where), where != NULL ? ")" : "");
	call_say(c, SAY_ROW, a);
	answer_free(&a);
}

static enum command_result
show_options(struct call *c, const char *account)
{
	size_t n;
	const struct option *const *rows = options_all(call_options(c), &n);

	for (size_t i = 0; i < n; i++) {
		if (account == NULL || rows[i]->scope == OPTION_ACCOUNT)
			show_option(c, rows[i], account);
	}
	return COMMAND_DONE;
}

static const char *
toggled(struct call *c, const struct option *row, const char *account,
	const char *value)
{
	if (row->kind != OPTION_SWITCH || !str_equal(value, "toggle"))
		return value;
	return options_on(call_options(c), account, row->name) ? "off" : "on";
}

static enum command_result
run_set(struct call *c, struct error *err)
{
	const char *account = set_account(c), *name = call_arg(c, 0);
	struct options *o = set_options(c);
	const struct option *row = name == NULL ? NULL : options_find(o, name);
	char *value = call_rest(c, 1);

	if (!account_known(c, account, err)) {
		free(value);
		return COMMAND_FAILED;
	}
	if (name == NULL)
		return show_options(c, account);
	if (row != NULL && value == NULL) {
		show_option(c, row, account);
		return COMMAND_DONE;
	}
	char *where = place(c);
	bool ok = options_set(o, account, name, row == NULL ? "" :
		toggled(c, row, account, value), where, err);
	free(where);
	free(value);
	if (ok && c->front->own == NULL && c->engine->store != NULL) {
		// Within account { } its end does this, when all is set.
		if (c->account == NULL && row->scope == OPTION_ACCOUNT)
			engine_accounts_changed(c->engine);
		engine_tell(c->engine, NULL);
	}
	return result(ok);
}

static enum command_result
run_unset(struct call *c, struct error *err)
{
	struct options *o = set_options(c);
	const char *account = set_account(c);

	if (!account_known(c, account, err) ||
		!options_unset(o, account, call_arg(c, 0), err))
		return COMMAND_FAILED;
	if (c->front->own == NULL && c->engine->store != NULL) {
		engine_accounts_changed(c->engine);
		engine_tell(c->engine, NULL);
	}
	return COMMAND_DONE;
}

// --- account ------------------------------------------------------------------------

static bool
account_name_holds(const char *name)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	return name[0] != '\0' && name[0] != '.' && name[0] != '-' &&
		name[strspn(name, chars)] == '\0' && strlen(name) <= 60;
}

static bool
no_work(void *arg, struct error *err)
{
	(void)arg;
	(void)err;
	return true;
}

// The workers start on the engine's worker: who comes behind that finds them.
static void
account_over(struct call *c)
{
	engine_accounts_changed(c->engine);
	engine_tell(c->engine, NULL);
	call_work(c, false, no_work, NULL, call_finish);
}

static enum command_result
run_account(struct call *c, struct error *err)
{
	const char *name = call_arg(c, 0);

	if (c->account != NULL)
		return result(error_set(err, ERROR_INPUT,
			"an account cannot stand within account %s", c->account));
	if (!account_name_holds(name))
		return result(error_set(err, ERROR_INPUT,
			"\"%s\" is no name for an account: letters, digits, '-', '_', '.'",
			name));
	options_declare_account(c->engine->options, name);
	if (c->engine->accounts != NULL)
		call_then(c, account_over);
	return call_block(c, call_arg(c, 1), c->where, call_arg_line(c, 1), name,
		NULL, 0);
}

// --- keys, hooks, colours, definitions -----------------------------------------------

static enum command_result
run_bind(struct call *c, struct error *err)
{
	char *where = place(c);
	bool ok = bindings_set(c->engine->bindings, call_arg(c, 0), call_arg(c, 1),
		call_arg(c, 2), call_flag(c, "n"), call_flag(c, "h") != NULL, where,
		err);

	free(where);
	if (ok && c->engine->store != NULL)
		engine_tell(c->engine, NULL);
	return result(ok);
}

static enum command_result
run_unbind(struct call *c, struct error *err)
{
	bool ok = bindings_unset(c->engine->bindings, call_arg(c, 0),
		call_arg(c, 1), err);

	if (ok && c->engine->store != NULL)
		engine_tell(c->engine, NULL);
	return result(ok);
}

static enum command_result
run_hook(struct call *c, struct error *err)
{
	if (call_flag(c, "r") != NULL) {
		hooks_remove(c->engine->hooks, call_arg(c, 0));
		return COMMAND_DONE;
	}
	if (call_arg(c, 1) == NULL)
		return result(error_set(err, ERROR_INPUT,
			"hook: the block of commands is missing"));
	return result(hooks_add(c->engine->hooks, call_arg(c, 0), call_arg(c, 1),
		c->where, call_arg_line(c, 1), err));
}

static enum command_result
run_define(struct call *c, struct error *err)
{
	return result(commands_define(c->engine->commands, call_arg(c, 0),
		call_arg(c, 1), call_flag(c, "n"), c->where, call_arg_line(c, 1),
		err));
}

static enum command_result
run_colour(struct call *c, struct error *err)
{
	struct error first = {0};
	struct colour_style style;
	char *all = call_rest(c, 1), *rest = call_rest(c, 2);
	char *where = place(c);
	bool ok;

	// colour status bold - or - colour index "from:boss" bold
	if (rest == NULL || colour_style_parse(&style, all, &first))
		ok = colours_set(c->engine->colours, call_arg(c, 0), NULL, all,
			where, err);
	else
		ok = colours_set(c->engine->colours, call_arg(c, 0), call_arg(c, 1),
			rest, where, err);
	free(all);
	free(rest);
	free(where);
	if (ok && c->engine->store != NULL)
		engine_tell(c->engine, NULL);
	return result(ok);
}

// --- source -------------------------------------------------------------------------------

static enum command_result
run_source(struct call *c, struct error *err)
{
	char *path = call_path(c, call_arg(c, 0));
	struct buf text = {0};
	enum command_result r = COMMAND_FAILED;

	// A relative path in a file means beside that file.
	if (c->where[0] == '/' && !path_is_absolute(call_arg(c, 0)) &&
		call_arg(c, 0)[0] != '~') {
		char *folder = str_ndup(c->where,
			(size_t)(strrchr(c->where, '/') - c->where));
		free(path);
		path = path_join(folder, call_arg(c, 0));
		free(folder);
	}
	if (path_read(path, SCRIPT_SIZE_MAX, &text, err))
		r = call_block(c, buf_text(&text), path, 1, NULL, NULL, 0);
	buf_done(&text);
	free(path);
	return r;
}

// --- rows -----------------------------------------------------------------------------------

static const struct argument set_arguments[] = {
	{ "option", ARGUMENT_OPTION, "Its name; without one, all are shown",
		.optional = true },
	{ "value", ARGUMENT_VALUE, "Its value; without one, the value is shown. "
		"A switch also takes toggle", .optional = true, .many = true },
	{ NULL },
};
static const struct command_flag account_flags[] = {
	{ "a", "account", ARGUMENT_ACCOUNT, "For this account alone" },
	{ NULL },
};
static const struct argument unset_arguments[] = {
	{ "option", ARGUMENT_OPTION, "Its name" },
	{ NULL },
};
static const struct argument account_arguments[] = {
	{ "name", ARGUMENT_ACCOUNT, "A short name for it" },
	{ "block", ARGUMENT_BLOCK, "The options of the account: set lines" },
	{ NULL },
};
static const struct argument bind_arguments[] = {
	{ "context", ARGUMENT_CONTEXT, "Where the keys hold" },
	{ "keys", ARGUMENT_KEYS, "One key or several: d, gg, <C-x>s, <F1>" },
	{ "block", ARGUMENT_BLOCK, "The commands that they run" },
	{ NULL },
};
static const struct command_flag bind_flags[] = {
	{ "n", "note", ARGUMENT_TEXT, "What the help says, instead of the first command's help" },
	{ "h", NULL, ARGUMENT_TEXT, "Shown in the line of keys that matter here" },
	{ NULL },
};
static const struct argument unbind_arguments[] = {
	{ "context", ARGUMENT_CONTEXT, "Where the keys held" },
	{ "keys", ARGUMENT_KEYS, "As in bind" },
	{ NULL },
};
static const struct argument hook_arguments[] = {
	{ "event", ARGUMENT_EVENT, "What happens" },
	{ "block", ARGUMENT_BLOCK, "The commands that are run then", .optional = true },
	{ NULL },
};
static const struct command_flag hook_flags[] = {
	{ "r", NULL, ARGUMENT_TEXT, "Removes all hooks of the event" },
	{ NULL },
};
static const struct argument define_arguments[] = {
	{ "name", ARGUMENT_TEXT, "The new command: small letters, digits, '-'" },
	{ "block", ARGUMENT_BLOCK, "What it does" },
	{ NULL },
};
static const struct command_flag define_flags[] = {
	{ "n", "help", ARGUMENT_TEXT, "What the help says of it" },
	{ NULL },
};
static const struct argument colour_arguments[] = {
	{ "element", ARGUMENT_TEXT, "What is coloured: index, status and others" },
	{ "style", ARGUMENT_TEXT, "A query for rows of the index where only some are "
		"meant, then words: bold dim italic underline reverse strike normal, "
		"a colour, on and a colour", .many = true },
	{ NULL },
};
static const struct argument source_arguments[] = {
	{ "path", ARGUMENT_PATH, "A file of commands" },
	{ NULL },
};

static const struct command rows[] = {
	{ "set", "Gives an option its value, or shows it",
		"Within account NAME { } it is the account's. A value that another "
		"postern sets over the socket ends with that one.",
		set_arguments, account_flags, .early = true, .run = run_set },
	{ "unset", "Gives an option its initial value again", NULL,
		unset_arguments, account_flags, .early = true, .run = run_unset },
	{ "account", "Declares an account and sets its options", NULL,
		account_arguments, .early = true, .run = run_account },
	{ "bind", "Lets keys run commands",
		"Keys are characters, or names in brackets: <Enter> <Tab> <Space> <Esc> "
		"<Up> <PageDown> <F1> <lt>, with C- A- S- before them.",
		bind_arguments, bind_flags, .early = true, .run = run_bind },
	{ "unbind", "Takes keys away from their commands", NULL,
		unbind_arguments, .early = true, .run = run_unbind },
	{ "hook", "Runs commands whenever something happens",
		"In its block $name stands for a value of the event (manual events).",
		hook_arguments, hook_flags, .early = true, .run = run_hook },
	{ "define", "Gives a name to a list of commands", NULL,
		define_arguments, define_flags, .early = true, .run = run_define },
	{ "colour", "Colours an element of the screen, or rows of the index by query",
		"Colours are black red green yellow blue magenta cyan white, each also "
		"with bright- before it, default, 0 to 255, and #rrggbb.",
		colour_arguments, .early = true, .run = run_colour },
	{ "source", "Runs the commands of a file", NULL,
		source_arguments, .early = true, .run = run_source },
};

void
commands_add_config(struct commands *c)
{
	commands_add(c, rows, N_OF(rows));
}
