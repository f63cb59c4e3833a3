// SPDX-License-Identifier: GPL-3.0-or-later
// Prints the tables for people and for programs; nothing is said here that is
// not in a row.
#include "config.h"

#include "command/manual.h"

#include "base/buf.h"
#include "base/str.h"
#include "command/answer.h"
#include "command/binding.h"
#include "command/command.h"
#include "command/hook.h"
#include "command/option.h"
#include "command/script.h"
#include "engine.h"
#include "mail/query.h"

#include <stdlib.h>
#include <string.h>



static void
give(struct answer *a, void (*row)(void *arg, const struct answer *a), void *arg)
{
	row(arg, a);
	answer_free(&a);
}

// --- one command, one option ------------------------------------------------------------

static void
print_flag(struct buf *out, const char *name, const char *value, const char *help)
{
	buf_printf(out, "    -%s%s%s: %s\n", name, value != NULL ? " " : "",
		str_or_empty(value), help);
}

void
manual_command(struct buf *out, const struct command *row)
{
	command_usage(out, row);
	buf_printf(out, "\n    %s.\n", row->help);
	if (row->target == TARGET_MESSAGE || row->target == TARGET_MESSAGES)
		print_flag(out, "t", "query", row->target == TARGET_MESSAGE ?
			"the newest message that matches, instead of the one at the cursor" :
			"all messages that match, instead of the selected ones or the one at the cursor");
	else if (row->target == TARGET_DRAFT)
		print_flag(out, "t", "name", "the draft of that name");
	for (const struct command_flag *f = row->flags; f != NULL &&
		f->name != NULL; f++)
		print_flag(out, f->name, f->value, f->help);
	for (const struct argument *a = row->arguments; a != NULL &&
		a->name != NULL; a++)
		buf_printf(out, "    %s: %s\n", a->name, a->help);
	if (row->more != NULL)
		buf_printf(out, "    %s\n", row->more);
	if (row->screen)
		buf_str(out, "    Only on the screen.\n");
}

void
manual_option(struct buf *out, const struct option *row)
{
	struct buf expects = {0};

	option_expects(&expects, row);
	buf_printf(out, "%s\n    %s.\n    It is %s", row->name, row->help,
		buf_text(&expects));
	if (row->initial != NULL)
		buf_printf(out, "; at first %s", row->initial);
	buf_printf(out, ".%s\n", row->scope == OPTION_ACCOUNT ?
		" Each account may have its own." : "");
	buf_done(&expects);
}

const char *
manual_block_help(struct engine *e, const char *block)
{
	struct script_reader r;
	struct script_command c;
	const char *help = NULL;

	script_reader_init(&r, block, "", 1);
	if (script_next(&r, &c, NULL) != SCRIPT_COMMAND)
		return "";
	const struct command *row = commands_find(e->commands, c.words.items[0]);
	const struct definition *d = commands_definition(e->commands,
		c.words.items[0]);
	if (row != NULL)
		help = row->help;
	else if (d != NULL)
		help = d->help;
	script_command_done(&c);
	return str_or_empty(help);
}

// --- the tables ----------------------------------------------------------------------------

static void
print_commands(struct engine *e, void (*row)(void *arg, const struct answer *a), void *arg)
{
	size_t n;
	const struct command *const *rows = commands_all(e->commands, &n);
	const struct definition *const *defined;
	size_t n_defined = commands_definitions(e->commands, &defined);

	for (size_t i = 0; i < n; i++) {
		struct answer *a = answer_new();
		struct buf usage = {0}, text = {0};

		command_usage(&usage, rows[i]);
		manual_command(&text, rows[i]);
		answer_str(a, "command", rows[i]->name);
		answer_str(a, "usage", buf_text(&usage));
		answer_str(a, "help", rows[i]->help);
		answer_bool(a, "screen", rows[i]->screen);
		answer_text(a, "%s", buf_text(&text));
		give(a, row, arg);
		buf_done(&usage);
		buf_done(&text);
	}
	for (size_t i = 0; i < n_defined; i++) {
		struct answer *a = answer_new();

		answer_str(a, "command", defined[i]->name);
		answer_str(a, "help", defined[i]->help);
		answer_str(a, "where", defined[i]->where);
		answer_text(a, "%s\n    Defined in %s:%d: %s\n", defined[i]->name,
			defined[i]->where, defined[i]->line, defined[i]->help);
		give(a, row, arg);
	}
}

static void
print_options(struct engine *e, void (*row)(void *arg, const struct answer *a), void *arg)
{
	size_t n;
	const struct option *const *rows = options_all(e->options, &n);

	for (size_t i = 0; i < n; i++) {
		struct answer *a = answer_new();
		struct buf text = {0}, expects = {0};

		manual_option(&text, rows[i]);
		option_expects(&expects, rows[i]);
		answer_str(a, "option", rows[i]->name);
		answer_str(a, "scope", rows[i]->scope == OPTION_ACCOUNT ?
			"account" : "global");
		answer_str(a, "initial", rows[i]->initial);
		answer_str(a, "expects", buf_text(&expects));
		answer_str(a, "help", rows[i]->help);
		answer_text(a, "%s", buf_text(&text));
		give(a, row, arg);
		buf_done(&text);
		buf_done(&expects);
	}
}

static void
print_keys_of(struct engine *e, const char *context, void (*row)(void *arg, const struct answer *a), void *arg)
{
	const struct binding **all;
	size_t n = bindings_in(e->bindings, context, &all);

	for (size_t i = 0; i < n; i++) {
		const struct binding *b = all[i];
		struct buf keys = {0};

		if (!str_equal(b->context, context))
			continue;
		key_sequence_print(&keys, &b->keys);
		const char *help = b->note != NULL ? b->note :
			manual_block_help(e, b->block);
		struct answer *a = answer_new();
		answer_str(a, "context", context);
		answer_str(a, "keys", buf_text(&keys));
		answer_str(a, "commands", b->block);
		answer_str(a, "help", help);
		answer_text(a, "%-10s %-12s %s", context, buf_text(&keys), help);
		give(a, row, arg);
		buf_done(&keys);
	}
	free(all);
}

static void
print_keys(struct engine *e, void (*row)(void *arg, const struct answer *a), void *arg)
{
	for (const struct key_context *c = key_contexts; c->name != NULL; c++)
		print_keys_of(e, c->name, row, arg);
}

static void
print_contexts(struct engine *e, void (*row)(void *arg, const struct answer *a), void *arg)
{
	(void)e;
	for (const struct key_context *c = key_contexts; c->name != NULL; c++) {
		struct answer *a = answer_new();

		answer_str(a, "context", c->name);
		answer_str(a, "parent", c->parent);
		answer_str(a, "help", c->help);
		answer_text(a, "%-10s %s%s%s", c->name, c->help,
			c->parent != NULL ? ", with the keys of " : "",
			str_or_empty(c->parent));
		give(a, row, arg);
	}
}

static void
print_events(struct engine *e, void (*row)(void *arg, const struct answer *a), void *arg)
{
	(void)e;
	for (const struct hook_event *h = hook_events; h->name != NULL; h++) {
		struct answer *a = answer_new();
		struct strlist values = {0};
		char *dollars;

		strlist_split(&values, h->values, ' ');
		dollars = strlist_join(&values, " $");
		answer_str(a, "event", h->name);
		answer_strs(a, "values", &values);
		answer_bool(a, "messages", h->messages);
		answer_str(a, "help", h->help);
		answer_text(a, "%s\n    %s.%s%s%s", h->name, h->help,
			values.len > 0 ? " Values: $" : "", dollars,
			h->messages ? ". Its messages are what commands act on" : "");
		give(a, row, arg);
		free(dollars);
		strlist_done(&values);
	}
}

static void
print_queries(struct engine *e, void (*row)(void *arg, const struct answer *a), void *arg)
{
	struct query_help help;

	(void)e;
	for (size_t i = 0; query_help(i, &help); i++) {
		struct answer *a = answer_new();

		answer_str(a, "term", help.term);
		answer_str(a, "help", help.help);
		answer_text(a, "%-18s %s", help.term, help.help);
		give(a, row, arg);
	}
}

const struct manual_table manual_tables[] = {
	{ "commands", "every command with its arguments", print_commands },
	{ "options", "every option with what it takes", print_options },
	{ "keys", "every key by context", print_keys },
	{ "contexts", "where keys hold", print_contexts },
	{ "events", "what a hook can wait for", print_events },
	{ "queries", "how messages are sought: for limit, find, list and -t", print_queries },
	{ NULL },
};

const struct manual_table *
manual_table_find(const char *name)
{
	for (const struct manual_table *t = manual_tables; t->name != NULL; t++) {
		if (str_equal(t->name, name))
			return t;
	}
	return NULL;
}
