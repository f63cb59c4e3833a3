// SPDX-License-Identifier: GPL-3.0-or-later
// Options: a table of name, kind, scope, default, range and help; the values
// that `set` gave them.
#ifndef COMMAND_OPTION_H
#define COMMAND_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/str.h"

struct error;
struct buf;

enum option_kind {
	OPTION_TEXT, OPTION_NUMBER, OPTION_SIZE, OPTION_SWITCH /* on off */,
	OPTION_CHOICE, OPTION_ARGV, OPTION_ADDRESSES, OPTION_URL, OPTION_PATH,
	OPTION_SPAN /* 5m */, OPTION_KEEP /* DAYS|all */,
};
enum option_scope { OPTION_GLOBAL, OPTION_ACCOUNT };

struct option {
	const char *name;
	enum option_kind kind;
	enum option_scope scope;
	const char *initial;       // as one would write it; NULL: none
	const char *choices;       // of CHOICE: "a b c"
	int64_t min, max;          // of NUMBER, SIZE, SPAN, KEEP
	bool secret;
	const char *help;
};

// The rows, sorted by name; more may be added by a screen before files are read.
struct options;
struct options *options_new(void);
// Values of its own over those of another, which must outlive it.
struct options *options_overlay(const struct options *below);
void options_free(struct options **o);
void options_add(struct options *o, const struct option *rows, size_t n);
const struct option *options_find(const struct options *o, const char *name);
const struct option *const *options_all(const struct options *o, size_t *n_r);

// account NULL: global. The value is checked against the row: ERROR_INPUT says
// what was expected. where: "config:12", kept for `why`.
bool options_set(struct options *o, const char *account, const char *name,
	const char *value, const char *where, struct error *err);
bool options_unset(struct options *o, const char *account, const char *name,
	struct error *err);
// The value as text; an account's own, else the global one, else the initial
// one; NULL when none. Lent until the next set.
const char *options_text(const struct options *o, const char *account, const char *name);
int64_t options_number(const struct options *o, const char *account, const char *name);
bool options_on(const struct options *o, const char *account, const char *name);
void options_argv(const struct options *o, const char *account, const char *name,
	struct strlist *argv_r);
// Where it was set: "config:12"; NULL when it has its initial value.
const char *options_where(const struct options *o, const char *account, const char *name);
// "a text", "on or off", "one of a b c", "a number from 1 to 9": what a row wants.
void option_expects(struct buf *out, const struct option *row);
// The rows of the engine itself.
void options_add_engine(struct options *o);
// Names of the accounts that were declared, in order.
const struct strlist *options_accounts(const struct options *o);
void options_declare_account(struct options *o, const char *name);
// As if it had never been declared: its values go too.
void options_forget_account(struct options *o, const char *name);

#endif
