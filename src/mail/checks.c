// SPDX-License-Identifier: GPL-3.0-or-later
// Authentication-Results is written for programs, with comments and quotes that
// may hold its separators; people want its verdicts.
#include "config.h"

#include "mail/checks.h"

#include "base/buf.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#define WORD_MAX 64

// The property of a method that says who was looked at, where it tells a person
// more than From does (RFC 8601 section 2.7).
static const struct { const char *method, *property; } subjects[] = {
	{ "dkim", "header.d=" }, { "dkim", "header.i=" }, { "spf", "smtp.mailfrom=" },
	{ "dmarc", "header.from=" },
};

// The value without comments, which may nest, and without quotes; a separator
// within these is a blank.
static char *
strip(const char *s)
{
	struct buf out = {0};
	bool quoted = false;
	int depth = 0;

	for (; *s != '\0'; s++) {
		bool escaped = *s == '\\' && s[1] != '\0' && (quoted || depth > 0);
		if (escaped)
			s++;
		else if (*s == '"' && depth == 0)
			quoted = !quoted;
		else if (*s == '(' && !quoted)
			depth++;
		if (depth == 0 && (escaped || *s != '"'))
			buf_char(&out, (quoted || escaped) && *s == ';' ? ' ' : *s);
		if (*s == ')' && depth > 0 && !escaped && --depth == 0)
			buf_char(&out, ' ');
	}
	return buf_take(&out);
}

static size_t
word_len(const char *s, const char *end)
{
	size_t n = 0;

	while (s + n < end && s[n] != ' ' && s[n] != '\t')
		n++;
	if (n <= WORD_MAX)
		return n;
	// Not within a character.
	for (n = WORD_MAX; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80; n--)
		;
	return n;
}

static const char *
skip_blanks(const char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	return s;
}

static void
add_subject(struct buf *out, const char *method, size_t method_len, const char *s,
	const char *end)
{
	for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++) {
		size_t len = strlen(subjects[i].property);
		if (strlen(subjects[i].method) != method_len ||
		    str_compare_nocase_n(subjects[i].method, method, method_len) != 0)
			continue;
		for (const char *at = s; at < end; at++) {
			if (at[-1] != ' ' || (size_t)(end - at) <= len ||
			    str_compare_nocase_n(at, subjects[i].property, len) != 0 ||
			    word_len(at + len, end) == 0)
				continue;
			buf_str(out, " (");
			buf_add(out, at + len, word_len(at + len, end));
			buf_char(out, ')');
			return;
		}
	}
}

// "dkim=pass header.d=example.org": false when it is none.
static bool
add_result(struct buf *out, const char *s, const char *end, bool first)
{
	s = skip_blanks(s, end);
	const char *sign = memchr(s, '=', (size_t)(end - s));
	if (sign == NULL)
		return false;
	// A method may have a version: "dkim/1".
	const char *slash = memchr(s, '/', (size_t)(sign - s));
	size_t method = word_len(s, slash != NULL ? slash : sign);
	const char *result = skip_blanks(sign + 1, end);
	size_t len = word_len(result, end);
	if (method == 0 || len == 0)
		return false;
	buf_str(out, first ? "" : ", ");
	buf_add(out, s, method);
	buf_char(out, ' ');
	buf_add(out, result, len);
	add_subject(out, s, method, result + len, end);
	return true;
}

bool
checks_print(struct buf *out, const char *value)
{
	char *plain = strip(value);
	const char *id = plain + strspn(plain, " \t"), *at = strchr(plain, ';');
	size_t id_len = word_len(id, id + strcspn(id, " \t;")), n = 0;
	struct buf results = {0};

	while (at != NULL && n < CHECKS_MAX) {
		const char *end = at + 1 + strcspn(at + 1, ";");
		n += add_result(&results, at + 1, end, n == 0);
		at = *end == ';' ? end : NULL;
	}
	// First, so that no number of results pushes it out of what is shown.
	if (n > 0 && id_len > 0)
		buf_printf(out, "%.*s says: ", (int)id_len, id);
	if (n > 0)
		buf_printf(out, "%s%s", buf_text(&results), at != NULL ? ", …" : "");
	buf_done(&results);
	free(plain);
	return n > 0;
}
