// SPDX-License-Identifier: GPL-3.0-or-later
// Checks commands without running them: every mistake with its place, from the
// same tables that running uses.
#include "config.h"

#include "command/script.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "command/colour.h"
#include "command/command.h"
#include "command/hook.h"
#include "command/line.h"
#include "command/option.h"
#include "engine.h"

#include <stdlib.h>
#include <string.h>

struct check {
	struct engine *engine;
	const char *where;
	void (*found)(void *arg, const char *line);
	void *arg;
	size_t count;
	struct options *options;      // what the text sets, over the engine's
	struct strlist definitions;   // that the text makes
};

static void check_text(struct check *k, const char *text, int first_line,
	const char *account, int depth);

static void
found(struct check *k, const char *text)
{
	k->count++;
	k->found(k->arg, text);
}

static void
found_at(struct check *k, int line, const struct error *err)
{
	char *text = str_printf("%s:%d: %s", k->where, line, err->text);

	found(k, text);
	free(text);
}

// --- what the words alone do not tell ---------------------------------------------

static bool
check_set(struct check *k, const struct line *l, const char *account,
	struct error *err)
{
	struct buf value = {0};

	if (l->args.len == 0)
		return true;
	for (size_t i = 1; i < l->args.len; i++)
		buf_printf(&value, "%s%s", i > 1 ? " " : "", l->args.items[i]);
	for (size_t i = 0; i < l->n_flags; i++) {
		if (str_equal(l->flags[i].row->name, "a"))
			account = l->flags[i].value;
	}
	const struct option *row = options_find(k->options, l->args.items[0]);
	bool shows = row != NULL && (l->args.len == 1 ||
		(row->kind == OPTION_SWITCH && str_equal(buf_text(&value), "toggle")));
	bool ok = shows || options_set(k->options, account, l->args.items[0],
		buf_text(&value), "", err);
	buf_done(&value);
	return ok;
}

static bool
check_unset(struct check *k, const struct line *l, const char *account,
	struct error *err)
{
	return options_unset(k->options, account, l->args.items[0], err);
}

static bool
check_hook(struct check *k, const struct line *l, const char *account,
	struct error *err)
{
	(void)k;
	(void)account;
	return hook_event_find(l->args.items[0]) != NULL || error_set(err,
		ERROR_INPUT, "there is no event \"%s\" (see: manual events)",
		l->args.items[0]);
}

static bool
check_define(struct check *k, const struct line *l, const char *account,
	struct error *err)
{
	(void)account;
	if (commands_find(k->engine->commands, l->args.items[0]) != NULL)
		return error_set(err, ERROR_INPUT,
			"%s is a command already; choose another name",
			l->args.items[0]);
	strlist_add(&k->definitions, l->args.items[0]);
	return true;
}

static bool
check_colour(struct check *k, const struct line *l, const char *account,
	struct error *err)
{
	struct colours *c = colours_new();
	struct buf style = {0};
	struct colour_style parsed;
	bool ok;

	(void)k;
	(void)account;
	for (size_t i = 1; i < l->args.len; i++)
		buf_printf(&style, "%s%s", i > 1 ? " " : "", l->args.items[i]);
	ok = colour_style_parse(&parsed, buf_text(&style), err);
	if (!ok && l->args.len > 2) {
		buf_drop(&style, strlen(l->args.items[1]) + 1);
		ok = colours_set(c, l->args.items[0], l->args.items[1],
			buf_text(&style), "", err);
	}
	buf_done(&style);
	colours_free(&c);
	return ok;
}

static const struct {
	const char *command;
	bool (*check)(struct check *k, const struct line *l, const char *account,
		struct error *err);
} checks[] = {
	{ "set", check_set }, { "unset", check_unset }, { "hook", check_hook },
	{ "define", check_define }, { "colour", check_colour },
};

static bool
check_meaning(struct check *k, const struct command *row, const struct line *l,
	const char *account, struct error *err)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (str_equal(checks[i].command, row->name))
			return checks[i].check(k, l, account, err);
	}
	return true;
}

// --- one command after another --------------------------------------------------------

static void
check_blocks(struct check *k, const struct command *row,
	const struct script_command *c, const char *account, int depth)
{
	if (str_equal(row->name, "account") && c->words.len > 1)
		account = c->words.items[1];
	for (size_t i = 1; i < c->words.len; i++) {
		if (c->is_block[i])
			check_text(k, c->words.items[i], c->lines[i], account,
				depth + 1);
	}
}

static void
check_command(struct check *k, const struct script_command *c,
	const char *account, int depth)
{
	const char *name = c->words.items[0];
	const struct command *row = commands_find(k->engine->commands, name);
	struct line l = {0};
	struct error err;

	if (row == NULL) {
		if (strlist_has(&k->definitions, name) ||
			commands_definition(k->engine->commands, name) != NULL)
			return;
		commands_unknown(k->engine->commands, name, &err);
		found_at(k, c->line, &err);
		return;
	}
	if (!line_bind(&l, row, c, &err) ||
		!check_meaning(k, row, &l, account, &err))
		found_at(k, c->line, &err);
	line_done(&l);
	check_blocks(k, row, c, account, depth);
}

static void
check_text(struct check *k, const char *text, int first_line,
	const char *account, int depth)
{
	struct script_reader r;
	struct script_command c;
	struct error err;
	enum script_next next;

	if (depth > SCRIPT_DEPTH_MAX) {
		error_set(&err, ERROR_INPUT, "blocks more than %d deep",
			SCRIPT_DEPTH_MAX);
		found_at(k, first_line, &err);
		return;
	}
	script_reader_init(&r, text, k->where, first_line);
	while ((next = script_next(&r, &c, &err)) != SCRIPT_END) {
		if (next == SCRIPT_BAD) {
			found(k, err.text);
			continue;
		}
		check_command(k, &c, account, depth);
		script_command_done(&c);
	}
}

size_t
script_check(struct engine *e, const char *text, const char *where,
	void (*found_r)(void *arg, const char *line), void *arg)
{
	struct check k = {
		.engine = e, .where = where, .found = found_r, .arg = arg,
		.options = options_overlay(e->options),
	};

	check_text(&k, text, 1, NULL, 0);
	options_free(&k.options);
	strlist_done(&k.definitions);
	return k.count;
}
