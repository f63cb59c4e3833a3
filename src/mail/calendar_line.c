// SPDX-License-Identifier: GPL-3.0-or-later
// Content lines (RFC 5545 section 3.1), from programs that keep to it and others.
#include "config.h"

#include "mail/calendar_line.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

struct calendar_line
calendar_lines(const char *text, size_t len)
{
	return (struct calendar_line){ .text = text, .len = len };
}

void
calendar_line_done(struct calendar_line *l)
{
	buf_done(&l->line);
}

// The next line with those that continue it.
static bool
unfold(struct calendar_line *l)
{
	buf_clear(&l->line);
	if (l->at >= l->len)
		return false;
	do {
		const char *s = l->text + l->at, *end = memchr(s, '\n', l->len - l->at);
		size_t n = end == NULL ? l->len - l->at : (size_t)(end - s);
		l->at += n + (end != NULL);
		n -= n > 0 && s[n - 1] == '\r';
		// The blank that says so is no part of it.
		size_t skip = l->line.len > 0 && n > 0;
		if (l->line.len + n <= CALENDAR_LINE_MAX)
			buf_add(&l->line, s + skip, n - skip);
	} while (l->at < l->len && l->line.len > 0 &&
	         (l->text[l->at] == ' ' || l->text[l->at] == '\t'));
	return true;
}

static bool
take_apart(struct calendar_line *l)
{
	char *s = l->line.data, *colon = s;
	bool quoted = false;

	if (s == NULL || strlen(s) != l->line.len)
		return false;
	for (; *colon != '\0' && (quoted || *colon != ':'); colon++)
		quoted ^= *colon == '"';
	if (*colon == '\0')
		return false;
	*colon = '\0';
	size_t name = strcspn(s, ";");
	for (size_t i = 0; i < name; i++)
		s[i] -= s[i] >= 'a' && s[i] <= 'z' ? 'a' - 'A' : 0;
	l->value = colon + 1;
	l->params = s[name] == '\0' ? "" : s + name + 1;
	s[name] = '\0';
	l->name = s;
	return name > 0;
}

bool
calendar_line_next(struct calendar_line *l)
{
	while (unfold(l))
		if (take_apart(l))
			return true;
	return false;
}

bool
calendar_line_is(const struct calendar_line *l, const char *name)
{
	return strcmp(l->name, name) == 0;
}

char *
calendar_line_param(const struct calendar_line *l, const char *name)
{
	size_t len = strlen(name);

	for (const char *s = l->params; *s != '\0';) {
		const char *end = s;
		bool quoted = false;
		for (; *end != '\0' && (quoted || *end != ';'); end++)
			quoted ^= *end == '"';
		if (str_compare_nocase_n(s, name, len) == 0 && s[len] == '=') {
			const char *value = s + len + 1;
			size_t n = (size_t)(end - value);
			bool both = n > 1 && value[0] == '"' && value[n - 1] == '"';
			return both ? str_ndup(value + 1, n - 2) : str_ndup(value, n);
		}
		s = end + (*end == ';');
	}
	return NULL;
}

int
calendar_number(const char *value)
{
	long n = strtol(value, NULL, 10);

	if (n > CALENDAR_NUMBER_MAX)
		return CALENDAR_NUMBER_MAX;
	return n < -CALENDAR_NUMBER_MAX ? -CALENDAR_NUMBER_MAX : (int)n;
}

char *
calendar_line_text(const struct calendar_line *l)
{
	struct buf out = {0};

	for (const char *s = l->value; *s != '\0'; s++) {
		if (*s != '\\' || s[1] == '\0')
			buf_char(&out, *s);
		else if (*++s == 'n' || *s == 'N')
			buf_char(&out, '\n');
		else
			buf_char(&out, *s);
	}
	return buf_take(&out);
}
