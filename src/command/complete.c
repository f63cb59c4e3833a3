// SPDX-License-Identifier: GPL-3.0-or-later
// What may stand at the end of a line: the row of its command says which kind of
// word is due there, and the tables give the words.
#include "config.h"

#include "command/script.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"
#include "base/path.h"
#include "base/str.h"
#include "base/utf8.h"
#include "command/binding.h"
#include "command/command.h"
#include "command/hook.h"
#include "command/option.h"
#include "command/saved.h"
#include "command/tags.h"
#include "engine.h"
#include "mail/flags.h"
#include "mail/query.h"
#include "store/folders.h"

#include <stdlib.h>
#include <string.h>

#define COMPLETE_MAX 500

struct completion {
	struct engine *engine;
	const char *word;              // that has been begun
	char quote;                    // in which it stands
	struct strlist *words, *helps;
	const struct command *row;
	struct script_command *line;   // the words before it
};

static void
offer(struct completion *k, const char *word, const char *help)
{
	if (k->words->len >= COMPLETE_MAX || !str_has_prefix_nocase(word, k->word) ||
		strlist_has(k->words, word))
		return;
	strlist_add(k->words, word);
	strlist_add(k->helps, str_or_empty(help));
}

// --- one function for each kind -----------------------------------------------------

static void
offer_commands(struct completion *k)
{
	size_t n;
	const struct command *const *rows = commands_all(k->engine->commands, &n);
	const struct definition *const *defined;

	for (size_t i = 0; i < n; i++)
		offer(k, rows[i]->name, rows[i]->help);
	n = commands_definitions(k->engine->commands, &defined);
	for (size_t i = 0; i < n; i++)
		offer(k, defined[i]->name, defined[i]->help);
}

static void
offer_options(struct completion *k)
{
	size_t n;
	const struct option *const *rows = options_all(k->engine->options, &n);

	for (size_t i = 0; i < n; i++)
		offer(k, rows[i]->name, rows[i]->help);
}

static void
offer_choices(struct completion *k, const char *choices)
{
	struct strlist words = {0};

	strlist_split(&words, str_or_empty(choices), ' ');
	for (size_t i = 0; i < words.len; i++)
		offer(k, words.items[i], NULL);
	strlist_done(&words);
}

static void
offer_values(struct completion *k)
{
	const struct option *row = k->line->words.len < 2 ? NULL :
		options_find(k->engine->options, k->line->words.items[1]);

	if (row == NULL)
		return;
	if (row->kind == OPTION_SWITCH)
		offer_choices(k, "on off toggle");
	else if (row->kind != OPTION_URL)
		offer_choices(k, row->choices);
	const char *now = row->secret ? NULL :
		options_text(k->engine->options, NULL, row->name);
	if (now != NULL)
		offer(k, now, "as it is now");
}

static void
offer_folders(struct completion *k)
{
	struct folder *folders = NULL;

	if (k->engine->store == NULL)
		return;
	size_t n = store_folders(k->engine->store, 0, &folders);
	for (size_t i = 0; i < n; i++) {
		if (!(folders[i].attributes & FOLDER_NOSELECT))
			offer(k, folders[i].name,
				engine_account_name(k->engine, folders[i].account));
		folder_done(&folders[i]);
	}
	free(folders);
}

// Names that more than one account has, each with the account before it.
static void
offer_of_accounts(struct completion *k)
{
	struct folder *folders = NULL;
	struct map *seen = map_new();   // by name; k: several have it
	size_t n = k->engine->store == NULL || options_accounts(
		k->engine->options)->len < 2 ? 0 :
		store_folders(k->engine->store, 0, &folders);

	for (size_t i = 0; i < n; i++)
		if (!(folders[i].attributes & FOLDER_NOSELECT))
			map_put(seen, folders[i].name, map_get(seen, folders[i].name)
				? (void *)k : (void *)seen);
	for (size_t i = 0; i < n; i++) {
		if (map_get(seen, folders[i].name) == k) {
			char *word = str_printf("%s/%s", str_or_empty(engine_account_name(
				k->engine, folders[i].account)), folders[i].name);
			offer(k, word, "of this account");
			free(word);
		}
		folder_done(&folders[i]);
	}
	free(folders);
	map_free(&seen, NULL);
}

static void
offer_places(struct completion *k)
{
	size_t n;
	const struct saved_query *all = saved_all(k->engine->saved, &n);

	offer_folders(k);
	offer_of_accounts(k);
	for (size_t i = 0; i < n; i++)
		offer(k, all[i].name, all[i].text);
}

static void
offer_accounts(struct completion *k)
{
	const struct strlist *names = options_accounts(k->engine->options);

	for (size_t i = 0; i < names->len; i++)
		offer(k, names->items[i], options_text(k->engine->options,
			names->items[i], "incoming"));
}

static void
offer_addresses(struct completion *k)
{
	const struct address_list *own = engine_own_addresses(k->engine);

	for (size_t i = 0; i < own->len; i++) {
		struct buf text = {0};

		address_format(&text, &own->items[i]);
		offer(k, buf_text(&text), "your own");
		buf_done(&text);
	}
}

// What people call it, in front of it `before`; in a query with the quotes that a blank
// needs there.
static void
offer_tag(struct completion *k, const char *before, const char *keyword, bool query)
{
	struct buf text = {0}, word = {0};

	flags_word_text(&text, keyword);
	bool quoted = query && strpbrk(buf_text(&text), " \"()") != NULL;
	buf_printf(&word, "%s%s", before, quoted ? "\"" : "");
	utf8_filter_line(&word, buf_text(&text), text.len);
	buf_str(&word, quoted ? "\"" : "");
	// What quotes cannot hold is not proposed.
	if (!quoted || strchr(buf_text(&text), '"') == NULL)
		offer(k, buf_text(&word), "a tag");
	buf_done(&text);
	buf_done(&word);
}

static void
offer_tags(struct completion *k)
{
	static const char *const names[] = {
		"seen", "flagged", "answered", "forwarded", "draft", "junk", "notjunk",
	};
	static const char signs[] = "+-!";
	const struct strlist *own = tags_known(k->engine);

	for (const char *sign = signs; *sign != '\0'; sign++) {
		for (size_t i = own->len; i > 0; i--) {
			char before[] = { *sign, '\0' };
			offer_tag(k, before, own->items[i - 1], false);
		}
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			char *word = str_printf("%c%s", *sign, names[i]);
			offer(k, word, NULL);
			free(word);
		}
	}
}

static void
offer_known_tags(struct completion *k)
{
	const struct strlist *own = tags_known(k->engine);

	for (size_t i = own->len; i > 0; i--)
		offer_tag(k, "tag:", own->items[i - 1], true);
}

static void
offer_query(struct completion *k)
{
	struct query_help row;

	for (size_t i = 0; query_help(i, &row); i++) {
		if (row.typed != NULL)
			offer(k, row.typed, row.help);
		if (str_equal(row.typed, "tag:"))
			offer_known_tags(k);
		if (str_equal(row.typed, "inbox:"))
			offer(k, "inbox:all", "the inboxes of all accounts");
	}
}

// As it is typed on the line: quoted where it must be, a folder's quotes still open.
static void
offer_path(struct completion *k, const char *path)
{
	size_t len = strlen(path);
	bool folder = len > 0 && path[len - 1] == '/';
	struct buf word = {0}, quoted = {0};

	script_quote(&quoted, path);
	if (k->quote != '\0')
		buf_printf(&word, "%s%.1s", path, folder ? "" : &k->quote);
	else
		buf_printf(&word, "%.*s", (int)quoted.len - (folder &&
			quoted.data[0] != path[0]), quoted.data);
	// A quote within would end it too early.
	if (k->words->len < COMPLETE_MAX && strpbrk(path, "'\"\\$") == NULL &&
		!strlist_has(k->words, word.data)) {
		strlist_add(k->words, word.data);
		strlist_add(k->helps, "");
	}
	buf_done(&quoted);
	buf_done(&word);
}

static void
offer_paths(struct completion *k)
{
	struct strlist paths = {0};

	script_complete_path(k->word, &paths);
	for (size_t i = 0; i < paths.len; i++)
		offer_path(k, paths.items[i]);
	strlist_done(&paths);
}

static void
offer_events(struct completion *k)
{
	for (const struct hook_event *h = hook_events; h->name != NULL; h++)
		offer(k, h->name, h->help);
}

static void
offer_contexts(struct completion *k)
{
	for (const struct key_context *c = key_contexts; c->name != NULL; c++)
		offer(k, c->name, c->help);
}

static void (*const offers[])(struct completion *k) = {
	[ARGUMENT_FOLDER] = offer_folders,
	[ARGUMENT_ACCOUNT] = offer_accounts,
	[ARGUMENT_QUERY] = offer_query,
	[ARGUMENT_TAG] = offer_tags,
	[ARGUMENT_PATH] = offer_paths,
	[ARGUMENT_COMMAND] = offer_commands,
	[ARGUMENT_OPTION] = offer_options,
	[ARGUMENT_VALUE] = offer_values,
	[ARGUMENT_EVENT] = offer_events,
	[ARGUMENT_CONTEXT] = offer_contexts,
	[ARGUMENT_ADDRESS] = offer_addresses,
	[ARGUMENT_CHOICE] = NULL,
	[ARGUMENT_PLACE] = offer_places,
};

static void
offer_kind(struct completion *k, enum argument_kind kind, const char *choices)
{
	if (kind == ARGUMENT_CHOICE)
		offer_choices(k, choices);
	else if (offers[kind] != NULL)
		offers[kind](k);
}

// --- which kind is due ----------------------------------------------------------------

static void
offer_flags(struct completion *k)
{
	if (k->row->target != TARGET_NONE)
		offer(k, "-t", "what it acts on");
	for (const struct command_flag *f = k->row->flags; f != NULL &&
		f->name != NULL; f++) {
		char *word = str_printf("-%s", f->name);
		offer(k, word, f->help);
		free(word);
	}
}

static const struct command_flag *
flag_with_value(const struct command *row, const char *word)
{
	for (const struct command_flag *f = row->flags; f != NULL &&
		f->name != NULL; f++) {
		if (f->value != NULL && str_equal(f->name, word))
			return f;
	}
	return NULL;
}

// The argument that the begun word is, NULL past the end; *flag_r when it is a
// flag's value.
static const struct argument *
due_from(const struct completion *k, const struct argument *a,
	const struct command_flag **flag_r)
{
	const struct script_command *c = k->line;

	*flag_r = NULL;
	for (size_t i = 1; i < c->words.len; i++) {
		const char *word = c->words.items[i];
		const struct command_flag *flag = word[0] == '-' ?
			flag_with_value(k->row, word + 1) : NULL;

		if (flag != NULL) {
			*flag_r = i + 1 == c->words.len ? flag : NULL;
			i++;
		} else if (a != NULL && a->name != NULL && !a->many) {
			a++;
		}
	}
	return a != NULL && a->name != NULL ? a : NULL;
}

// Most often no id is given where one may be: `save 2 PATH`.
static const struct argument *
due(const struct completion *k, const struct command_flag **flag_r)
{
	const struct argument *first = k->row->arguments, *a = NULL;

	if (first != NULL && first->kind == ARGUMENT_ID && first->optional)
		a = due_from(k, first + 1, flag_r);
	return a != NULL || first == NULL ? a : due_from(k, first, flag_r);
}

static void
offer_argument(struct completion *k)
{
	const struct command_flag *flag;
	const struct argument *a = due(k, &flag);
	const struct script_command *c = k->line;

	if (k->row->target != TARGET_NONE && c->words.len > 1 &&
		str_equal(c->words.items[c->words.len - 1], "-t")) {
		if (k->row->target == TARGET_FOLDER)
			offer_folders(k);
		else
			offer_query(k);
		return;
	}
	if (flag != NULL) {
		offer_kind(k, flag->kind, NULL);
		return;
	}
	if (k->word[0] == '-')
		offer_flags(k);
	if (a != NULL)
		offer_kind(k, a->kind, a->choices);
}

// Where the last word begins; within quotes it begins with the quote.
static size_t
word_start(const char *text, size_t *command_r)
{
	size_t start = 0;
	char quote = '\0';
	bool between = true;

	*command_r = 0;
	for (size_t i = 0; text[i] != '\0'; i++) {
		char ch = text[i];

		if (between && strchr(" \t\n;", ch) == NULL) {
			start = i;
			between = false;
		}
		if (quote != '\0') {
			if (ch == quote)
				quote = '\0';
		} else if (ch == '"' || ch == '\'') {
			quote = ch;
		} else if (ch == ';' || ch == '{' || ch == '\n') {
			*command_r = i + 1;
			between = true;
		} else if (ch == ' ' || ch == '\t') {
			between = true;
		}
		if (between)
			start = i + 1;
	}
	return start;
}

// Looks at the line: which command it is, and where the word begins that is due.
static bool
completion_begin(struct completion *k, struct engine *e, const char *text,
	size_t *start_r)
{
	size_t command, start = word_start(text, &command);
	struct script_reader r;
	char *before = str_ndup(text + command, start - command);

	k->engine = e;
	if (text[start] == '"' || text[start] == '\'')
		k->quote = text[start++];
	k->word = text + start;
	*start_r = start;
	script_reader_init(&r, before, "", 1);
	bool has = script_next(&r, k->line, NULL) ==
		SCRIPT_COMMAND;
	if (has)
		k->row = commands_find(e->commands, k->line->words.items[0]);
	free(before);
	return has;
}

void
script_complete(struct engine *e, const char *text, struct strlist *words,
	struct strlist *helps, size_t *word_start_r)
{
	struct script_command line = {0};
	struct completion k = { .words = words, .helps = helps, .line = &line };

	if (!completion_begin(&k, e, text, word_start_r))
		offer_commands(&k);
	else if (k.row != NULL)
		offer_argument(&k);
	script_command_done(&line);
}

bool
script_completes_path(struct engine *e, const char *text)
{
	const struct command_flag *flag = NULL;
	struct script_command line = {0};
	struct completion k = { .line = &line };
	size_t start;
	bool is = completion_begin(&k, e, text, &start) && k.row != NULL;

	if (is) {
		const struct argument *a = due(&k, &flag);
		is = flag != NULL ? flag->kind == ARGUMENT_PATH :
			a != NULL && a->kind == ARGUMENT_PATH;
	}
	script_command_done(&line);
	return is;
}

bool
script_is_choice(struct engine *e, const char *text)
{
	static const bool choices[] = {
		[ARGUMENT_FOLDER] = true, [ARGUMENT_PLACE] = true,
		[ARGUMENT_ACCOUNT] = true, [ARGUMENT_CHOICE] = true,
		[ARGUMENT_OPTION] = true, [ARGUMENT_EVENT] = true,
		[ARGUMENT_CONTEXT] = true, [ARGUMENT_COMMAND] = true,
	};
	size_t command, start = word_start(text, &command);
	char *before = str_ndup(text + command, start - command);
	struct script_reader r;
	struct script_command line = {0};
	const struct command_flag *flag = NULL;
	const struct argument *a = NULL;
	bool is = false;

	script_reader_init(&r, before, "", 1);
	if (script_next(&r, &line, NULL) == SCRIPT_COMMAND) {
		struct completion k = { .engine = e, .line = &line,
			.row = commands_find(e->commands, line.words.items[0]) };

		a = k.row != NULL ? due(&k, &flag) : NULL;
		// A name of several words is taken as it is typed.
		const char *last = line.words.items[line.words.len - 1];
		is = a != NULL && flag == NULL && text[start] != '-' &&
			(size_t)a->kind < sizeof(choices) / sizeof(choices[0]) &&
			choices[a->kind] && !str_equal(last, "-t") &&
			(!a->many || line.words.len == 1 +
			(size_t)(a - k.row->arguments) || last[0] == '-');
	}
	script_command_done(&line);
	free(before);
	return is;
}
