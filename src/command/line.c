// SPDX-License-Identifier: GPL-3.0-or-later
// Lays words against a command's row; running and checking both begin here, so
// that they cannot differ.
#include "config.h"

#include "command/line.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/when.h"
#include "command/binding.h"
#include "command/command.h"
#include "command/script.h"
#include "mail/query.h"

#include <stdlib.h>
#include <string.h>

void
line_done(struct line *l)
{
	strlist_done(&l->args);
	strlist_done(&l->raws);
	free(l->arg_lines);
	for (size_t i = 0; i < l->n_flags; i++)
		free(l->flags[i].value);
	free(l->flags);
	free(l->query);
	free(l->id);
	*l = (struct line){0};
}

static bool __attribute__((format(printf, 3, 4)))
usage(struct error *err, const struct command *row, const char *format, ...)
{
	struct buf what = {0}, how = {0};
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&what, format, ap);
	va_end(ap);
	command_usage(&how, row);
	error_set(err, ERROR_INPUT, "%s: %s (usage: %s)", row->name,
		buf_text(&what), buf_text(&how));
	buf_done(&what);
	buf_done(&how);
	return false;
}

const char *
line_query_word(const struct script_command *c, size_t at)
{
	const char *raw = c->raws.items[at];

	// subject:"q3 report": the quotes are the query's own.
	return !c->is_quoted[at] && strpbrk(raw, "\"'") != NULL ? raw :
		c->words.items[at];
}

static bool
choice_has(const char *choices, const char *word)
{
	struct strlist words = {0};

	strlist_split(&words, choices, ' ');
	bool has = strlist_has(&words, word);
	strlist_done(&words);
	return has;
}

static bool
check_query(const char *text, struct error *err)
{
	struct query *q = NULL;
	bool ok = query_parse(&q, text, when_now(), err);

	query_free(&q);
	return ok || error_prefix(err, "\"%.60s\"", text);
}

// One word against its kind; a block is passed as such.
static bool
check_word(const struct command *row, enum argument_kind kind, const char *name,
	const char *choices, const char *word, struct error *err)
{
	struct key_sequence keys;
	uint64_t n;

	if (kind == ARGUMENT_NUMBER && !str_to_u64(word, INT64_MAX, &n))
		return usage(err, row, "%s is a number, not \"%s\"", name, word);
	if (kind == ARGUMENT_CHOICE && !choice_has(choices, word))
		return usage(err, row, "%s is one of %s, not \"%s\"", name, choices,
			word);
	if (kind == ARGUMENT_KEYS && !key_sequence_parse(&keys, word, err))
		return error_prefix(err, "%s", row->name);
	if (kind == ARGUMENT_CONTEXT && key_context_find(word) == NULL)
		return usage(err, row, "there is no context \"%s\"", word);
	return true;
}

static const struct command_flag target_flag = {
	"t", "query", ARGUMENT_QUERY, "the messages that it acts on",
};

static const struct command_flag *
find_flag(const struct command *row, const char *word)
{
	if (row->target != TARGET_NONE && str_equal(word, "t"))
		return &target_flag;
	for (const struct command_flag *f = row->flags; f != NULL &&
		f->name != NULL; f++) {
		if (str_equal(f->name, word))
			return f;
	}
	return NULL;
}

static bool
take_flag(struct line *l, const struct command *row,
	const struct script_command *c, const struct command_flag *flag,
	size_t *at, struct error *err)
{
	const char *value = "";

	if (flag->value != NULL) {
		if (*at + 1 >= c->words.len)
			return usage(err, row, "-%s wants a value", flag->name);
		++*at;
		value = flag->kind == ARGUMENT_QUERY ? line_query_word(c, *at) :
			c->words.items[*at];
		if (c->is_block[*at] != (flag->kind == ARGUMENT_BLOCK))
			return usage(err, row, "-%s wants %s", flag->name,
				c->is_block[*at] ? "a word" : "a block in { }");
		if (!check_word(row, flag->kind, flag->value, NULL, value, err))
			return false;
	}
	if (flag == &target_flag) {
		free(l->query);
		l->query = str_dup(value);
		return true;
	}
	if (flag->kind == ARGUMENT_QUERY && flag->value != NULL &&
		!check_query(value, err))
		return false;
	l->flags = mem_grow(l->flags, l->n_flags + 1, sizeof(*l->flags));
	l->flags[l->n_flags++] = (struct line_flag){ flag, str_dup(value) };
	return true;
}

struct words {
	size_t *at;     // indexes of the arguments among the command's words
	size_t n;
};

// Sorts the words into flags and arguments.
static bool
sort_words(struct line *l, struct words *w, const struct command *row,
	const struct script_command *c, struct error *err)
{
	bool flags = true;

	for (size_t i = 1; i < c->words.len; i++) {
		const char *word = c->words.items[i];
		bool dashed = flags && !c->is_quoted[i] && !c->is_block[i] &&
			word[0] == '-' && word[1] != '\0';

		// Behind a program's name it is the program's: it keeps a subject
		// from being one of its options.
		bool ours = row->flags != NULL || row->target != TARGET_NONE ||
			w->n == 0;
		if (dashed && ours && str_equal(word, "--")) {
			flags = false;
			continue;
		}
		const struct command_flag *flag = dashed ?
			find_flag(row, word + 1) : NULL;
		if (flag != NULL) {
			if (!take_flag(l, row, c, flag, &i, err))
				return false;
			continue;
		}
		// A short word with a dash where no argument wants one is a slip.
		if (dashed && !row->plus_minus && row->arguments == NULL)
			return usage(err, row, "there is no flag %s", word);
		w->at[w->n++] = i;
	}
	return true;
}

static size_t
count_arguments(const struct command *row, size_t *least_r, bool *many_r)
{
	size_t n = 0;

	*least_r = 0;
	*many_r = false;
	for (const struct argument *a = row->arguments; a != NULL &&
		a->name != NULL; a++) {
		n++;
		*least_r += !a->optional;
		*many_r = *many_r || a->many;
	}
	return n;
}

static void
take_argument(struct line *l, const struct script_command *c, size_t at,
	enum argument_kind kind)
{
	size_t n = l->args.len + 1;

	strlist_add(&l->args, kind == ARGUMENT_QUERY ? line_query_word(c, at) :
		c->words.items[at]);
	strlist_add(&l->raws, c->raws.items[at]);
	l->arg_lines = mem_grow(l->arg_lines, n, sizeof(int));
	l->arg_lines[n - 1] = c->lines[at];
}

// A first argument that may be left out and names the target: it is meant when
// it is written as one, or when all places are filled.
static bool
names_target(const struct command *row, const struct script_command *c,
	const struct words *w, size_t declared)
{
	const struct argument *first = row->arguments;

	return first != NULL && first->name != NULL &&
		first->kind == ARGUMENT_ID && first->optional &&
		row->target != TARGET_NONE && w->n > 0 &&
		(w->n >= declared ||
		str_has_prefix(c->words.items[w->at[0]], "id:"));
}

static bool
check_id(const struct command *row, const char *word, struct error *err)
{
	uint64_t id;

	return query_parse_id(str_has_prefix(word, "id:") ? word + 3 : word, &id) ||
		usage(err, row, "\"%s\" is no id of a message", word);
}

// The query that an argument of many words makes when they are put together.
static bool
check_joined_query(const struct line *l, size_t from, struct error *err)
{
	struct buf all = {0};

	for (size_t i = from; i < l->args.len; i++)
		buf_printf(&all, "%s%s", i > from ? " " : "", l->args.items[i]);
	bool ok = check_query(buf_text(&all), err);
	buf_done(&all);
	return ok;
}

static bool
take_arguments(struct line *l, const struct command *row,
	const struct script_command *c, const struct words *w, size_t at,
	const struct argument *a, struct error *err)
{
	size_t first_query = SIZE_MAX;

	for (; at < w->n; at++) {
		size_t word = w->at[at];

		if (c->is_block[word] != (a->kind == ARGUMENT_BLOCK))
			return usage(err, row, c->is_block[word] ?
				"%s is no block" : "%s is a block in { }", a->name);
		if (!check_word(row, a->kind, a->name, a->choices,
			c->words.items[word], err))
			return false;
		if (a->kind == ARGUMENT_ID && !check_id(row,
			c->words.items[word], err))
			return false;
		if (a->kind == ARGUMENT_QUERY && first_query == SIZE_MAX)
			first_query = l->args.len;
		take_argument(l, c, word, a->kind);
		if (!a->many) {
			if (a->kind == ARGUMENT_QUERY &&
				!check_query(l->args.items[l->args.len - 1], err))
				return false;
			first_query = SIZE_MAX;
			a++;
		}
	}
	return first_query == SIZE_MAX || check_joined_query(l, first_query, err);
}

static bool
bind_words(struct line *l, const struct command *row,
	const struct script_command *c, const struct words *w, struct error *err)
{
	const struct argument *a = row->arguments;
	size_t least, at = 0;
	bool many;
	size_t declared = count_arguments(row, &least, &many);

	if (names_target(row, c, w, declared)) {
		const char *word = c->words.items[w->at[0]];

		if (!check_id(row, word, err))
			return false;
		l->id = str_dup(str_has_prefix(word, "id:") ? word + 3 : word);
		at++;
	}
	// What names the target has a place of its own.
	if (a != NULL && a->name != NULL && a->kind == ARGUMENT_ID &&
		a->optional && row->target != TARGET_NONE) {
		a++;
		declared--;
	}
	if (w->n - at < least) {
		for (size_t i = w->n - at; i > 0 && a->name != NULL && !a->many; i--)
			a++;
		return usage(err, row, "%s is missing", a->name);
	}
	if (w->n - at > declared && !many) {
		if (declared == 0)
			return usage(err, row, "it takes no arguments");
		return usage(err, row, "too many arguments");
	}
	if (w->n == at)
		return true;
	return take_arguments(l, row, c, w, at, a, err);
}

bool
line_bind(struct line *l, const struct command *row,
	const struct script_command *c, struct error *err)
{
	struct words w = { mem_alloc(c->words.len + 1, sizeof(size_t)), 0 };

	*l = (struct line){0};
	bool ok = sort_words(l, &w, row, c, err) && bind_words(l, row, c, &w, err);
	if (ok && l->query != NULL &&
		(row->target == TARGET_MESSAGE || row->target == TARGET_MESSAGES))
		ok = check_query(l->query, err);
	free(w.at);
	return ok;
}
