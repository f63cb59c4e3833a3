// SPDX-License-Identifier: GPL-3.0-or-later
// Says of a name that is not there which ones may have been meant: what begins
// so, else what one or two slips of the fingers make of it. None of them is taken.
#include "config.h"

#include "command/command.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

#include <string.h>

#define UNKNOWN_LEN_MAX 32     // longer names are not compared
#define UNKNOWN_SLIPS_MAX 2
#define UNKNOWN_NAMED_MAX 4

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

// Letters left out, put in, changed, or two of them exchanged.
static unsigned
slips(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	unsigned d[UNKNOWN_LEN_MAX + 1][UNKNOWN_LEN_MAX + 1];

	if (n > UNKNOWN_LEN_MAX || m > UNKNOWN_LEN_MAX)
		return UNKNOWN_SLIPS_MAX + 1;
	for (size_t i = 0; i <= n; i++) {
		for (size_t j = 0; j <= m; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = (unsigned)(i + j);
				continue;
			}
			d[i][j] = least(d[i - 1][j - 1] + (a[i - 1] != b[j - 1]),
				least(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[n][m];
}

// 0: begins so; then by slips. More than UNKNOWN_SLIPS_MAX: was not meant.
static unsigned
farness(const char *name, const char *typed)
{
	unsigned far = slips(typed, name);

	if (str_has_prefix_nocase(name, typed))
		return 0;
	// Of a short word too little is left by then.
	return far < strlen(typed) && (far == 1 || strlen(typed) > 3) ? far
		: UNKNOWN_SLIPS_MAX + 1;
}

bool
name_meant(struct buf *out, const struct strlist *all, const char *name)
{
	size_t n = 0, told = 0;
	unsigned far = 0, nearest = UNKNOWN_SLIPS_MAX + 1;

	for (size_t i = 0; i < all->len; i++) {
		far = farness(all->items[i], name);
		n = far < nearest ? 1 : n + (far == nearest);
		nearest = least(far, nearest);
	}
	if (nearest > UNKNOWN_SLIPS_MAX)
		return false;
	for (size_t i = 0; i < all->len && told < UNKNOWN_NAMED_MAX; i++) {
		if (farness(all->items[i], name) != nearest)
			continue;
		told++;
		buf_printf(out, "%s%s", told == 1 ? "" : told == n ? " or " : ", ",
			all->items[i]);
	}
	if (n > UNKNOWN_NAMED_MAX)
		buf_str(out, ", …");
	return true;
}

bool
commands_unknown(const struct commands *c, const char *name, struct error *err)
{
	struct strlist all = {0};
	struct buf meant = {0};
	const struct definition *const *defined;
	size_t n;
	const struct command *const *rows = commands_all(c, &n);

	for (size_t i = 0; i < n; i++)
		strlist_add(&all, rows[i]->name);
	n = commands_definitions(c, &defined);
	for (size_t i = 0; i < n; i++)
		strlist_add(&all, defined[i]->name);
	if (name_meant(&meant, &all, name))
		error_set(err, ERROR_INPUT, "there is no command \"%s\": did you mean %s?",
			name, meant.data);
	else
		error_set(err, ERROR_INPUT, "there is no command \"%s\" (see: help)", name);
	buf_done(&meant);
	strlist_done(&all);
	return false;
}
