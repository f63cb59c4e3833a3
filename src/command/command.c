// SPDX-License-Identifier: GPL-3.0-or-later
// The table of commands and the names that `define` gave to blocks.
#include "config.h"

#include "command/command.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct commands {
	struct array rows;          // const struct command *, sorted by name
	struct array definitions;   // struct definition *, sorted by name
};

struct commands *
commands_new(void)
{
	struct commands *c = mem_new(struct commands);

	c->rows = ARRAY_OF(const struct command *);
	c->definitions = ARRAY_OF(struct definition *);
	return c;
}

static void
definition_free(struct definition *d)
{
	free(d->name);
	free(d->block);
	free(d->where);
	free(d->help);
	free(d);
}

void
commands_free(struct commands **c)
{
	if (*c == NULL)
		return;
	for (size_t i = 0; i < (*c)->definitions.len; i++)
		definition_free(*(struct definition **)array_at(
			&(*c)->definitions, i));
	array_done(&(*c)->definitions);
	array_done(&(*c)->rows);
	free(*c);
	*c = NULL;
}

// Rows and definitions both begin with their name.
static int
compare_names(const void *a, const void *b)
{
	const char *const *const *left = a, *const *const *right = b;

	return strcmp(**left, **right);
}

static_assert(offsetof(struct command, name) == 0, "compare_names");
static_assert(offsetof(struct definition, name) == 0, "compare_names");

// The index of a name, or where it would stand.
static size_t
find_name(const struct array *sorted, const char *name, bool *found_r)
{
	size_t low = 0, high = sorted->len;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const char *const *at =
			*(const char *const **)array_at(sorted, middle);
		int order = strcmp(*at, name);

		if (order == 0) {
			*found_r = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*found_r = false;
	return low;
}

void
commands_add(struct commands *c, const struct command *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*(const struct command **)array_push(&c->rows) = &rows[i];
	array_sort(&c->rows, compare_names);
}

const struct command *
commands_find(const struct commands *c, const char *name)
{
	bool found;
	size_t at = find_name(&c->rows, name, &found);

	return found ? *(const struct command **)array_at(&c->rows, at) : NULL;
}

const struct command *const *
commands_all(const struct commands *c, size_t *n_r)
{
	*n_r = c->rows.len;
	return c->rows.items;
}

static char *
one_line(const char *block)
{
	struct buf out = {0};
	bool blank = false;

	for (const char *s = block; *s != '\0'; s++) {
		if (strchr(" \t\r\n", *s) != NULL) {
			blank = out.len > 0;
			continue;
		}
		if (blank)
			buf_char(&out, ' ');
		blank = false;
		buf_char(&out, *s);
	}
	return buf_take(&out);
}

static bool
name_holds(const char *name)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";

	return name[0] >= 'a' && name[0] <= 'z' &&
		name[strspn(name, chars)] == '\0' && strlen(name) <= 40;
}

bool
commands_define(struct commands *c, const char *name, const char *block,
	const char *help, const char *where, int line, struct error *err)
{
	bool found;

	if (!name_holds(name))
		return error_set(err, ERROR_INPUT,
			"\"%s\" is no name: small letters, digits and '-'", name);
	if (commands_find(c, name) != NULL)
		return error_set(err, ERROR_INPUT,
			"%s is a command already; choose another name", name);

	struct definition *d = mem_new(struct definition);
	d->name = str_dup(name);
	d->block = str_dup(block);
	d->where = str_dup(where);
	d->line = line;
	d->help = help != NULL ? str_dup(help) : one_line(block);

	size_t at = find_name(&c->definitions, name, &found);
	if (found)
		definition_free(*(struct definition **)array_at(
			&c->definitions, at));
	else
		array_insert(&c->definitions, at);
	*(struct definition **)array_at(&c->definitions, at) = d;
	return true;
}

const struct definition *
commands_definition(const struct commands *c, const char *name)
{
	bool found;
	size_t at = find_name(&c->definitions, name, &found);

	return found ? *(struct definition **)array_at(&c->definitions, at) : NULL;
}

size_t
commands_definitions(const struct commands *c,
	const struct definition *const **all_r)
{
	*all_r = c->definitions.items;
	return c->definitions.len;
}

static void
add_upper(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		buf_char(out, *s >= 'a' && *s <= 'z' ? (char)(*s - 0x20) : *s);
}

void
command_usage(struct buf *out, const struct command *row)
{
	buf_str(out, row->name);
	if (row->target == TARGET_MESSAGE || row->target == TARGET_MESSAGES)
		buf_str(out, " [-t QUERY]");
	else if (row->target != TARGET_NONE)
		buf_str(out, " [-t NAME]");
	for (const struct command_flag *f = row->flags; f != NULL &&
		f->name != NULL; f++) {
		buf_printf(out, " [-%s", f->name);
		if (f->value != NULL) {
			buf_char(out, ' ');
			add_upper(out, f->value);
		}
		buf_char(out, ']');
	}
	for (const struct argument *a = row->arguments; a != NULL &&
		a->name != NULL; a++) {
		buf_str(out, a->optional ? " [" : " ");
		if (a->kind == ARGUMENT_BLOCK)
			buf_str(out, "{ ... }");
		else if (a->kind == ARGUMENT_CHOICE)
			for (const char *s = a->choices; *s != '\0'; s++)
				buf_char(out, *s == ' ' ? '|' : *s);
		else
			add_upper(out, a->name);
		if (a->many)
			buf_str(out, "...");
		if (a->optional)
			buf_char(out, ']');
	}
}
