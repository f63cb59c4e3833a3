// SPDX-License-Identifier: GPL-3.0-or-later
// Says of a command that is not there which ones may have been meant: what begins
// so, else what one or two slips of the fingers make of it. None of them is run.
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

static void
gather(const struct commands *c, const char *typed, unsigned far, struct strlist *names)
{
	const struct definition *const *defined;
	size_t n;
	const struct command *const *rows = commands_all(c, &n);

	for (size_t i = 0; i < n; i++) {
		if (farness(rows[i]->name, typed) == far)
			strlist_add(names, rows[i]->name);
	}
	n = commands_definitions(c, &defined);
	for (size_t i = 0; i < n; i++) {
		if (farness(defined[i]->name, typed) == far)
			strlist_add(names, defined[i]->name);
	}
}

bool
commands_unknown(const struct commands *c, const char *name, struct error *err)
{
	struct strlist names = {0};
	struct buf meant = {0};

	for (unsigned far = 0; far <= UNKNOWN_SLIPS_MAX && names.len == 0; far++)
		gather(c, name, far, &names);
	for (size_t i = 0; i < names.len && i < UNKNOWN_NAMED_MAX; i++) {
		bool last = i + 1 == names.len;

		buf_printf(&meant, "%s%s", i == 0 ? "" : last ? " or " : ", ",
			names.items[i]);
	}
	if (names.len > UNKNOWN_NAMED_MAX)
		buf_str(&meant, ", …");
	if (names.len > 0)
		error_set(err, ERROR_INPUT, "there is no command \"%s\": did you mean %s?",
			name, meant.data);
	else
		error_set(err, ERROR_INPUT, "there is no command \"%s\" (see: help)", name);
	buf_done(&meant);
	strlist_done(&names);
	return false;
}
