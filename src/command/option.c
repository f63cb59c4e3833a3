// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps the values that `set` gave, checked against the rows before they are
// taken.
#include "config.h"

#include "command/option.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/when.h"
#include "command/command.h"
#include "command/script.h"
#include "mail/address.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct value {
	char *text;
	char *where;
};

struct options {
	const struct options *below;   // of an overlay
	struct array rows;             // const struct option *, sorted by name
	struct map *values;            // "account\nname" to struct value
	struct strlist accounts;
};

struct options *
options_new(void)
{
	struct options *o = mem_new(struct options);

	o->rows = ARRAY_OF(const struct option *);
	o->values = map_new();
	return o;
}

struct options *
options_overlay(const struct options *below)
{
	struct options *o = options_new();

	o->below = below;
	return o;
}

static void
value_free(void *arg)
{
	struct value *v = arg;

	free(v->text);
	free(v->where);
	free(v);
}

void
options_free(struct options **o)
{
	if (*o == NULL)
		return;
	array_done(&(*o)->rows);
	map_free(&(*o)->values, value_free);
	strlist_done(&(*o)->accounts);
	free(*o);
	*o = NULL;
}

// --- rows -----------------------------------------------------------------------

static int
compare_rows(const void *a, const void *b)
{
	const struct option *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

void
options_add(struct options *o, const struct option *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*(const struct option **)array_push(&o->rows) = &rows[i];
	array_sort(&o->rows, compare_rows);
}

const struct option *
options_find(const struct options *o, const char *name)
{
	size_t low = 0, high = o->rows.len;

	if (o->below != NULL)
		return options_find(o->below, name);
	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct option *row =
			*(const struct option **)array_at(&o->rows, middle);
		int order = strcmp(row->name, name);

		if (order == 0)
			return row;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct option *const *
options_all(const struct options *o, size_t *n_r)
{
	if (o->below != NULL)
		return options_all(o->below, n_r);
	*n_r = o->rows.len;
	return o->rows.items;
}

// --- what a row takes -------------------------------------------------------------

static bool
word_in(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; at != NULL && *at != '\0'; ) {
		size_t n = strcspn(at, " ");

		if (n == len && memcmp(at, word, len) == 0)
			return true;
		at += n;
		at += strspn(at, " ");
	}
	return false;
}

static bool
takes_number(const struct option *row, const char *value)
{
	bool negative = value[0] == '-';
	uint64_t n;

	if (!str_to_u64(value + negative, INT64_MAX, &n))
		return false;
	int64_t v = negative ? -(int64_t)n : (int64_t)n;
	return v >= row->min && v <= row->max;
}

static bool
takes_size(const struct option *row, const char *value)
{
	uint64_t n;

	return str_to_size(value, &n) && n <= INT64_MAX &&
		(int64_t)n >= row->min && (int64_t)n <= row->max;
}

static bool
takes_span(const struct option *row, const char *value)
{
	int64_t n;

	return when_parse_span(value, &n) && n >= row->min && n <= row->max;
}

static bool
takes_switch(const struct option *row, const char *value)
{
	(void)row;
	return str_equal(value, "on") || str_equal(value, "off");
}

static bool
takes_choice(const struct option *row, const char *value)
{
	return word_in(row->choices, value);
}

static bool
takes_keep(const struct option *row, const char *value)
{
	return word_in(row->choices, value) || takes_number(row, value);
}

static bool
split_argv(const char *value, struct strlist *argv_r)
{
	struct script s;
	bool ok = script_parse(&s, value, "", 1, NULL) && s.len == 1;

	for (size_t i = 0; ok && i < s.items[0].words.len; i++) {
		ok = !s.items[0].is_block[i];
		if (ok && argv_r != NULL)
			strlist_add(argv_r, s.items[0].words.items[i]);
	}
	script_done(&s);
	return ok;
}

static bool
takes_argv(const struct option *row, const char *value)
{
	(void)row;
	return split_argv(value, NULL);
}

static bool
takes_addresses(const struct option *row, const char *value)
{
	struct address_list list = {0};

	(void)row;
	address_list_parse(&list, value);
	bool ok = list.len > 0;
	for (size_t i = 0; ok && i < list.len; i++)
		ok = address_valid(list.items[i].mail);
	address_list_done(&list);
	return ok;
}

static bool
takes_url(const struct option *row, const char *value)
{
	const char *end = strstr(value, "://");

	if (end == NULL || end[3] == '\0')
		return false;
	char *scheme = str_ndup(value, (size_t)(end - value));
	bool ok = word_in(row->choices, scheme);
	free(scheme);
	return ok;
}

static bool
takes_path(const struct option *row, const char *value)
{
	(void)row;
	return value[0] != '\0';
}

static bool
takes_text(const struct option *row, const char *value)
{
	(void)row;
	(void)value;
	return true;
}

static const struct {
	bool (*takes)(const struct option *row, const char *value);
	const char *expects;   // NULL: with the range or the choices
} kinds[] = {
	[OPTION_TEXT] = { takes_text, "a text" },
	[OPTION_NUMBER] = { takes_number, NULL },
	[OPTION_SIZE] = { takes_size, "a size such as 512k or 20M" },
	[OPTION_SWITCH] = { takes_switch, "on or off" },
	[OPTION_CHOICE] = { takes_choice, NULL },
	[OPTION_ARGV] = { takes_argv, "a program with its arguments in one word: "
		"\"pass show mail\"" },
	[OPTION_ADDRESSES] = { takes_addresses, "one or more addresses such as "
		"\"Ann Example <ann@example.org>\"" },
	[OPTION_URL] = { takes_url, NULL },
	[OPTION_PATH] = { takes_path, "a path" },
	[OPTION_SPAN] = { takes_span, "a time such as 30s, 5m, 2h or 3d" },
	[OPTION_KEEP] = { takes_keep, NULL },
};

void
option_expects(struct buf *out, const struct option *row)
{
	if (kinds[row->kind].expects != NULL)
		buf_str(out, kinds[row->kind].expects);
	else if (row->kind == OPTION_NUMBER)
		buf_printf(out, "a number from %" PRId64 " to %" PRId64, row->min,
			row->max);
	else if (row->kind == OPTION_URL)
		buf_printf(out, "SCHEME://USER@HOST with one of the schemes %s",
			row->choices);
	else if (row->kind == OPTION_KEEP)
		buf_printf(out, "a number of days, or one of: %s", row->choices);
	else
		buf_printf(out, "one of: %s", row->choices);
}

// --- values -------------------------------------------------------------------------

static char *
key_of(const char *account, const char *name)
{
	return str_printf("%s\n%s", str_or_empty(account), name);
}

static void
option_unknown(const struct options *o, const char *name, struct error *err)
{
	struct strlist all = {0};
	struct buf meant = {0};
	size_t n;
	const struct option *const *rows = options_all(o, &n);

	for (size_t i = 0; i < n; i++)
		strlist_add(&all, rows[i]->name);
	if (name_meant(&meant, &all, name))
		error_set(err, ERROR_INPUT, "there is no option \"%s\": did you mean %s?",
			name, buf_text(&meant));
	else
		error_set(err, ERROR_INPUT, "there is no option \"%s\" (see: manual options)",
			name);
	buf_done(&meant);
	strlist_done(&all);
}

static const struct option *
row_for(const struct options *o, const char *account, const char *name,
	struct error *err)
{
	const struct option *row = options_find(o, name);

	if (row == NULL)
		option_unknown(o, name, err);
	else if (account != NULL && row->scope != OPTION_ACCOUNT) {
		error_set(err, ERROR_INPUT,
			"%s is no option of an account; set it outside", name);
		row = NULL;
	}
	return row;
}

static bool
check_value(const struct option *row, const char *value, struct error *err)
{
	bool controls = false;

	for (const char *s = value; *s != '\0'; s++)
		controls = controls || ((unsigned char)*s < 0x20 &&
			!(row->kind == OPTION_TEXT && (*s == '\n' || *s == '\t')));
	if (!controls && kinds[row->kind].takes(row, value))
		return true;

	struct buf wanted = {0};
	option_expects(&wanted, row);
	error_set(err, ERROR_INPUT, "%s cannot be \"%s\": it is %s", row->name,
		row->secret ? "..." : value, buf_text(&wanted));
	buf_done(&wanted);
	return false;
}

bool
options_set(struct options *o, const char *account, const char *name,
	const char *value, const char *where, struct error *err)
{
	const struct option *row = row_for(o, account, name, err);

	if (row == NULL || !check_value(row, value, err))
		return false;

	struct value *v = mem_new(struct value);
	v->text = str_dup(value);
	v->where = str_dup(where);
	char *key = key_of(account, name);
	struct value *old = map_put(o->values, key, v);
	free(key);
	if (old != NULL)
		value_free(old);
	return true;
}

bool
options_unset(struct options *o, const char *account, const char *name,
	struct error *err)
{
	if (row_for(o, account, name, err) == NULL)
		return false;
	char *key = key_of(account, name);
	struct value *old = map_remove(o->values, key);
	free(key);
	if (old != NULL)
		value_free(old);
	return true;
}

static const struct value *
own_value(const struct options *o, const char *account, const char *name)
{
	char *key = key_of(account, name);
	const struct value *v = map_get(o->values, key);

	free(key);
	return v;
}

static const struct value *
find_value(const struct options *o, const char *account, const char *name)
{
	// An account's own value wins over a global one, however near that is.
	for (int own = account != NULL; own >= 0; own--) {
		for (const struct options *at = o; at != NULL; at = at->below) {
			const struct value *v = own_value(at,
				own ? account : NULL, name);
			if (v != NULL)
				return v;
		}
	}
	return NULL;
}

const char *
options_text(const struct options *o, const char *account, const char *name)
{
	const struct value *v = find_value(o, account, name);

	if (v != NULL)
		return v->text;
	const struct option *row = options_find(o, name);
	return row == NULL ? NULL : row->initial;
}

const char *
options_where(const struct options *o, const char *account, const char *name)
{
	const struct value *v = find_value(o, account, name);

	return v == NULL ? NULL : v->where;
}

int64_t
options_number(const struct options *o, const char *account, const char *name)
{
	const struct option *row = options_find(o, name);
	const char *text = options_text(o, account, name);
	uint64_t n;
	int64_t span;

	if (row == NULL || text == NULL)
		return 0;
	if (row->kind == OPTION_SIZE)
		return str_to_size(text, &n) ? (int64_t)n : 0;
	if (row->kind == OPTION_SPAN)
		return when_parse_span(text, &span) ? span : 0;
	bool negative = text[0] == '-';
	if (str_to_u64(text + negative, INT64_MAX, &n))
		return negative ? -(int64_t)n : (int64_t)n;
	return row->kind == OPTION_KEEP ? -1 : 0;
}

bool
options_on(const struct options *o, const char *account, const char *name)
{
	return str_equal(options_text(o, account, name), "on");
}

void
options_argv(const struct options *o, const char *account, const char *name,
	struct strlist *argv_r)
{
	const char *text = options_text(o, account, name);

	if (text != NULL)
		split_argv(text, argv_r);
}

const struct strlist *
options_accounts(const struct options *o)
{
	return o->below != NULL ? options_accounts(o->below) : &o->accounts;
}

void
options_declare_account(struct options *o, const char *name)
{
	if (!strlist_has(&o->accounts, name))
		strlist_add(&o->accounts, name);
}

void
options_forget_account(struct options *o, const char *name)
{
	for (size_t i = o->accounts.len; i > 0; i--) {
		if (str_equal(o->accounts.items[i - 1], name))
			strlist_remove(&o->accounts, i - 1);
	}
	for (size_t i = 0; i < o->rows.len; i++) {
		const struct option *row = *(const struct option **)array_at(&o->rows, i);
		char *key = key_of(name, row->name);
		struct value *old = map_remove(o->values, key);

		free(key);
		if (old != NULL)
			value_free(old);
	}
}
