// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that show and check the tables: help, manual, check.
#include "config.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/path.h"
#include "base/str.h"
#include "base/utf8.h"
#include "command/answer.h"
#include "command/command.h"
#include "command/manual.h"
#include "command/option.h"
#include "command/script.h"
#include "engine.h"

#include <stdlib.h>

static void
say_row(void *arg, const struct answer *a)
{
	call_say(arg, SAY_ROW, a);
}

// --- manual --------------------------------------------------------------------------

static enum command_result
run_manual(struct call *c, struct error *err)
{
	const char *name = call_arg(c, 0);
	const struct manual_table *t;

	if (name == NULL) {
		for (t = manual_tables; t->name != NULL; t++)
			call_row(c, "%-10s %s", t->name, t->help);
		return COMMAND_DONE;
	}
	t = manual_table_find(name);
	if (t == NULL) {
		error_set(err, ERROR_INPUT, "there is no table \"%s\" (see: manual)", name);
		return COMMAND_FAILED;
	}
	t->print(c->engine, say_row, c);
	return COMMAND_DONE;
}

// --- help ----------------------------------------------------------------------------

static bool
holds(const char *text, const char *word)
{
	char *folded = utf8_fold(text);
	bool found = utf8_contains_folded(folded, word);

	free(folded);
	return found;
}

static void
help_line(struct call *c, const char *kind, const char *name, const char *help)
{
	struct answer *a = answer_new();

	answer_str(a, kind, name);
	answer_str(a, "help", help);
	answer_text(a, "%-26s %s", name, help);
	call_say(c, SAY_ROW, a);
	answer_free(&a);
}

// Every command, option and definition that speaks of the word.
static size_t
help_search(struct call *c, const char *word)
{
	size_t n, found = 0;
	const struct command *const *commands = commands_all(c->engine->commands, &n);

	for (size_t i = 0; i < n; i++) {
		if (!holds(commands[i]->name, word) && !holds(commands[i]->help, word))
			continue;
		help_line(c, "command", commands[i]->name, commands[i]->help);
		found++;
	}
	const struct definition *const *defined;
	n = commands_definitions(c->engine->commands, &defined);
	for (size_t i = 0; i < n; i++) {
		if (!holds(defined[i]->name, word) && !holds(defined[i]->help, word))
			continue;
		help_line(c, "command", defined[i]->name, defined[i]->help);
		found++;
	}
	const struct option *const *options = options_all(c->engine->options, &n);
	for (size_t i = 0; i < n && word[0] != '\0'; i++) {
		if (!holds(options[i]->name, word) && !holds(options[i]->help, word))
			continue;
		help_line(c, "option", options[i]->name, options[i]->help);
		found++;
	}
	return found;
}

static void
help_text(struct call *c, struct buf *text)
{
	if (text->len > 0 && text->data[text->len - 1] == '\n')
		buf_cut(text, text->len - 1);
	call_row(c, "%s", buf_text(text));
	buf_done(text);
}

static enum command_result
run_help(struct call *c, struct error *err)
{
	char *word = call_rest(c, 0);
	const struct command *command = word == NULL ? NULL :
		commands_find(c->engine->commands, word);
	const struct option *option = word == NULL ? NULL :
		options_find(c->engine->options, word);
	struct buf text = {0};
	bool ok = true;

	if (command != NULL)
		manual_command(&text, command);
	if (option != NULL)
		manual_option(&text, option);
	if (text.len > 0) {
		help_text(c, &text);
	} else {
		char *folded = utf8_fold(str_or_empty(word));
		ok = help_search(c, folded) > 0 || error_set(err, ERROR_GONE,
			"nothing here speaks of \"%s\"", word);
		free(folded);
	}
	free(word);
	return ok ? COMMAND_DONE : COMMAND_FAILED;
}

// --- check ------------------------------------------------------------------------------

static void
check_found(void *arg, const char *line)
{
	struct answer *a = answer_new();

	answer_str(a, "mistake", line);
	answer_text(a, "%s", line);
	call_say(arg, SAY_ROW, a);
	answer_free(&a);
}

static enum command_result
run_check(struct call *c, struct error *err)
{
	char *path = call_arg(c, 0) != NULL ? call_path(c, call_arg(c, 0)) :
		str_dup(engine_config_path(c->engine));
	struct buf text = {0};
	bool ok = path_read(path, SCRIPT_SIZE_MAX, &text, err);

	if (ok) {
		// As it was written: people follow it with their editor.
		size_t n = script_check(c->engine, buf_text(&text),
			call_arg(c, 0) != NULL ? call_arg(c, 0) : path, check_found, c);
		ok = n == 0 || error_set(err, ERROR_INPUT, "%zu mistake%s in %s",
			n, n == 1 ? "" : "s", path);
	}
	buf_done(&text);
	free(path);
	return ok ? COMMAND_DONE : COMMAND_FAILED;
}

static const struct argument manual_arguments[] = {
	{ "table", ARGUMENT_TEXT, "Which one; without it, the tables there are",
		.optional = true },
	{ NULL },
};
static const struct argument help_arguments[] = {
	{ "word", ARGUMENT_COMMAND, "A command, an option, or a word that is sought",
		.optional = true, .many = true },
	{ NULL },
};
static const struct argument check_arguments[] = {
	{ "path", ARGUMENT_PATH, "A file of commands or keys; without it, the configuration",
		.optional = true },
	{ NULL },
};

static const struct command rows[] = {
	{ "check", "Checks a configuration or keys: every mistake as FILE:LINE: what",
		NULL, check_arguments, .early = true, .run = run_check },
	{ "help", "Explains a command or option, or finds those with a word",
		NULL, help_arguments, .early = true, .run = run_help },
	{ "manual", "Prints a table of the reference manual", NULL,
		manual_arguments, .early = true, .run = run_manual },
};

void
commands_add_manual(struct commands *c)
{
	commands_add(c, rows, sizeof(rows) / sizeof(rows[0]));
}
