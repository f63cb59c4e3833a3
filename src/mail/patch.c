// SPDX-License-Identifier: GPL-3.0-or-later
// Patches are known by their heads and held to the counts in them, so that a list
// with dashes below one is not taken for removed lines.
#include "config.h"

#include "mail/patch.h"

#include <string.h>

#define LINES_MAX 1000000

static bool
begins(const char *s, size_t len, const char *with)
{
	return strlen(with) <= len && memcmp(s, with, strlen(with)) == 0;
}

static bool
take_char(const char **s, const char *end, char c)
{
	if (*s == end || **s != c)
		return false;
	(*s)++;
	return true;
}

static bool
take_number(const char **s, const char *end, long *number_r)
{
	const char *from = *s;

	*number_r = 0;
	while (*s < end && **s >= '0' && **s <= '9') {
		*number_r = *number_r * 10 + (**s - '0');
		if (*number_r > LINES_MAX)
			*number_r = LINES_MAX;
		(*s)++;
	}
	return *s > from;
}

// "12,3", or "12" for one line.
static bool
take_range(const char **s, const char *end, long *lines_r)
{
	long at;

	if (!take_number(s, end, &at))
		return false;
	*lines_r = 1;
	return !take_char(s, end, ',') || take_number(s, end, lines_r);
}

// "@@ -12,3 +12,5 @@ whatever"
static bool
is_hunk(const char *s, size_t len, long *old_r, long *new_r)
{
	const char *end = s + len;

	if (!begins(s, len, "@@ -"))
		return false;
	s += 4;
	if (!take_range(&s, end, old_r) || !take_char(&s, end, ' ') ||
	    !take_char(&s, end, '+') || !take_range(&s, end, new_r))
		return false;
	return begins(s, (size_t)(end - s), " @@");
}

static bool
in_hunk(const struct patch *p, int quote)
{
	return p->quote == quote && (p->old_left > 0 || p->new_left > 0);
}

// An empty line is one of blanks whose writer's program took them away.
static enum patch_kind
take_counted(struct patch *p, char mark)
{
	switch (mark) {
	case '+':
		p->new_left--;
		return PATCH_ADDED;
	case '-':
		p->old_left--;
		return PATCH_REMOVED;
	case ' ':
		p->old_left--;
		p->new_left--;
		return PATCH_SAME;
	case '\\': // no newline at the end of the file
		return PATCH_SAME;
	default:
		p->old_left = p->new_left = 0;
		return PATCH_NONE;
	}
}

static enum patch_kind
take_uncounted(const char *s, size_t len)
{
	if (begins(s, len, "@@ "))
		return PATCH_HUNK;
	if (len > 0 && (*s == '+' || *s == '-'))
		return *s == '+' ? PATCH_ADDED : PATCH_REMOVED;
	return PATCH_SAME;
}

static bool
opens(const char *s, size_t len, const char *next, size_t next_len)
{
	return begins(s, len, "diff --git ") || begins(s, len, "Index: ") ||
		(begins(s, len, "--- ") && next != NULL && begins(next, next_len, "+++ "));
}

enum patch_kind
patch_take(struct patch *p, int quote, const char *s, size_t len,
	const char *next, size_t next_len)
{
	long before = 0, after = 0;
	enum patch_kind kind = in_hunk(p, quote) ? take_counted(p, len > 0 ? *s : ' ')
	                                         : PATCH_NONE;

	if (kind != PATCH_NONE)
		return kind;
	if (is_hunk(s, len, &before, &after)) {
		p->counted = true;
		p->quote = quote;
		p->old_left = before;
		p->new_left = after;
		return PATCH_HUNK;
	}
	if (opens(s, len, next, next_len)) {
		p->open = true;
		p->counted = false;
		p->quote = quote;
	}
	if (!p->whole && (!p->open || quote != p->quote))
		return PATCH_NONE;
	if (begins(s, len, "+++ ") || begins(s, len, "--- ") || begins(s, len, "diff "))
		return PATCH_HEAD;
	// Below a hunk that is complete words may stand.
	return p->counted && !p->whole ? PATCH_NONE : take_uncounted(s, len);
}

bool
patch_wants_removed(const struct patch *p, int quote)
{
	return p->quote == quote && p->old_left > 0;
}

void
patch_end(struct patch *p)
{
	*p = (struct patch){0};
}
