// SPDX-License-Identifier: GPL-3.0-or-later
// An act's title is a verb and the rest ("move to Archive"): where it is about
// messages, they stand between the two.
#include "config.h"

#include "command/title.h"

#include "base/buf.h"
#include "base/str.h"

#include <string.h>

// The verbs that are about messages.
static const struct verb {
	const char *verb, *past, *where;
} verbs[] = {
	{ "archive", "Archived", "from" }, { "copy", "Copied", "from" },
	{ "delete", "Deleted", "from" }, { "mark", "Marked", "in" },
	{ "move", "Moved", "from" },
};

// Titles that begin like those, of acts that are about something else.
static const char *const others[] = { "delete folder " };

static const struct verb *
verb_of(const char *title)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (str_has_prefix(title, others[i]))
			return NULL;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		size_t len = strlen(verbs[i].verb);
		if (str_has_prefix(title, verbs[i].verb) &&
			strchr(" ,", title[len]) != NULL)
			return &verbs[i];
	}
	return NULL;
}

static void
count_print(struct buf *out, size_t n)
{
	buf_printf(out, "%zu message%s", n, n == 1 ? "" : "s");
}

void
title_print(struct buf *out, const char *title, size_t n, const char *folder)
{
	const struct verb *verb = verb_of(title);

	if (verb == NULL || n == 0) {
		buf_str(out, title);
		return;
	}
	buf_printf(out, "%s ", verb->verb);
	count_print(out, n);
	if (!str_empty(folder))
		buf_printf(out, " %s %s", verb->where, folder);
	buf_str(out, title + strlen(verb->verb));
}

void
title_print_past(struct buf *out, const char *title, size_t n)
{
	const struct verb *verb = verb_of(title);

	if (verb == NULL) {
		size_t at = out->len;
		buf_str(out, title);
		if (title[0] >= 'a' && title[0] <= 'z')
			out->data[at] = (char)(title[0] - 'a' + 'A');
		return;
	}
	buf_str(out, verb->past);
	if (n != 1) {
		buf_char(out, ' ');
		count_print(out, n);
	}
	buf_str(out, title + strlen(verb->verb));
}

void
title_print_turned(struct buf *out, const char *word, const char *title, size_t n)
{
	buf_printf(out, "%s: %s", word, title);
	if (verb_of(title) == NULL || n == 0)
		return;
	buf_str(out, " (");
	count_print(out, n);
	buf_char(out, ')');
}
