// SPDX-License-Identifier: GPL-3.0-or-later
// The part of IMAP's grammar that must hold even when the server does not: what
// it says in numbers is compared with what is there before it is believed.
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "remote/imap_scan.h"

struct scan
scan_of(const char *data, size_t len)
{
	return (struct scan){ .at = data, .end = data + len };
}

static bool
scan_bad(struct scan *s)
{
	s->bad = true;
	return false;
}

bool
scan_done(const struct scan *s)
{
	return s->bad || s->at == s->end;
}

char
scan_peek(const struct scan *s)
{
	return scan_done(s) ? '\0' : *s->at;
}

bool
scan_accept(struct scan *s, char c)
{
	if (scan_done(s) || *s->at != c)
		return false;
	s->at++;
	return true;
}

bool
scan_need(struct scan *s, char c)
{
	return scan_accept(s, c) || scan_bad(s);
}

void
scan_spaces(struct scan *s)
{
	while (scan_accept(s, ' '))
		;
}

bool
scan_u64(struct scan *s, uint64_t max, uint64_t *value_r)
{
	uint64_t value = 0;
	const char *start = s->at;
	while (!scan_done(s) && *s->at >= '0' && *s->at <= '9') {
		unsigned digit = (unsigned)(*s->at - '0');
		if (value > max / 10 || value * 10 > max - digit)
			return scan_bad(s);
		value = value * 10 + digit;
		s->at++;
	}
	if (s->bad || s->at == start)
		return scan_bad(s);
	*value_r = value;
	return true;
}

bool
scan_u32(struct scan *s, uint32_t *value_r)
{
	uint64_t value;
	if (!scan_u64(s, UINT32_MAX, &value))
		return false;
	*value_r = (uint32_t)value;
	return true;
}

static bool
ends_word(char c)
{
	return c == ' ' || c == '(' || c == ')' || c == '"' || c == '\r' || c == '\n' ||
		c == ']' || c == '{';
}

bool
scan_word(struct scan *s, struct slice *word_r)
{
	const char *start = s->at;
	int depth = 0;
	while (!scan_done(s)) {
		char c = *s->at;
		if (depth == 0 && ends_word(c))
			break;
		if (c == '[')
			depth++;
		else if (c == ']')
			depth--;
		else if (depth > 0 && (c == '\r' || c == '\n'))
			return scan_bad(s);
		s->at++;
	}
	if (s->bad || s->at == start || depth != 0)
		return scan_bad(s);
	*word_r = (struct slice){ start, (size_t)(s->at - start) };
	return true;
}

static bool
scan_quoted(struct scan *s, struct buf *scratch, struct slice *text_r)
{
	const char *start = ++s->at;
	bool escaped = false;
	for (; s->at < s->end && *s->at != '"'; s->at++) {
		if (*s->at == '\r' || *s->at == '\n')
			return scan_bad(s);
		if (*s->at == '\\') {
			escaped = true;
			s->at++;
		}
	}
	if (s->at >= s->end)
		return scan_bad(s);
	*text_r = (struct slice){ start, (size_t)(s->at - start) };
	s->at++;
	if (!escaped)
		return true;
	buf_clear(scratch);
	for (size_t i = 0; i < text_r->len; i++) {
		if (start[i] == '\\')
			i++;
		buf_char(scratch, start[i]);
	}
	*text_r = (struct slice){ scratch->data, scratch->len };
	return true;
}

static bool
scan_literal(struct scan *s, struct slice *text_r)
{
	uint64_t len;
	scan_accept(s, '~');
	if (!scan_need(s, '{') || !scan_u64(s, SIZE_MAX, &len))
		return false;
	scan_accept(s, '+');
	if (!scan_need(s, '}') || !scan_need(s, '\r') || !scan_need(s, '\n'))
		return false;
	if (len > (size_t)(s->end - s->at))
		return scan_bad(s);
	*text_r = (struct slice){ s->at, (size_t)len };
	s->at += len;
	return true;
}

bool
scan_string(struct scan *s, struct buf *scratch, struct slice *text_r, bool *nil_r)
{
	char c = scan_peek(s);
	if (nil_r)
		*nil_r = false;
	if (c == '"')
		return scan_quoted(s, scratch, text_r);
	if (c == '{' || c == '~')
		return scan_literal(s, text_r);
	struct slice word;
	if (!nil_r || !scan_word(s, &word) || !slice_is(word, "NIL"))
		return scan_bad(s);
	*nil_r = true;
	*text_r = (struct slice){ "", 0 };
	return true;
}

bool
scan_astring(struct scan *s, struct buf *scratch, struct slice *text_r)
{
	char c = scan_peek(s);
	if (c == '"' || c == '{')
		return scan_string(s, scratch, text_r, NULL);
	// Names may hold brackets that do not match: "[Gmail]" does, "a]" too.
	const char *start = s->at;
	while (!scan_done(s) && !strchr(" ()\"{\r\n", *s->at))
		s->at++;
	if (s->bad || s->at == start)
		return scan_bad(s);
	*text_r = (struct slice){ start, (size_t)(s->at - start) };
	return true;
}

static bool
scan_skip_string(struct scan *s)
{
	struct slice text;
	if (scan_peek(s) != '"')
		return scan_literal(s, &text);
	for (s->at++; s->at < s->end && *s->at != '"'; s->at++) {
		if (*s->at == '\\')
			s->at++;
	}
	if (s->at >= s->end)
		return scan_bad(s);
	s->at++;
	return true;
}

bool
scan_skip(struct scan *s)
{
	int depth = 0;
	do {
		char c = scan_peek(s);
		struct slice word;
		if (c == '(') {
			s->at++;
			if (++depth > SCAN_DEPTH_MAX)
				return scan_bad(s);
		} else if (c == ')' && depth > 0) {
			s->at++;
			depth--;
		} else if (c == ' ' && depth > 0) {
			s->at++;
		} else if (c == '"' || c == '{' || c == '~') {
			scan_skip_string(s);
		} else {
			scan_word(s, &word);
		}
	} while (depth > 0 && !s->bad);
	return !s->bad;
}

bool
slice_is(struct slice word, const char *text)
{
	return strlen(text) == word.len && slice_begins(word, text);
}

bool
slice_begins(struct slice word, const char *text)
{
	for (size_t i = 0; text[i]; i++) {
		if (i >= word.len)
			return false;
		char a = word.data[i], b = text[i];
		if (a >= 'a' && a <= 'z')
			a = (char)(a - 'a' + 'A');
		if (b >= 'a' && b <= 'z')
			b = (char)(b - 'a' + 'A');
		if (a != b)
			return false;
	}
	return true;
}

bool
slice_u32(struct slice word, uint32_t *value_r)
{
	struct scan s = scan_of(word.data, word.len);
	return scan_u32(&s, value_r) && scan_done(&s);
}

static bool
scan_set_number(struct scan *s, uint32_t *value_r)
{
	*value_r = UINT32_MAX;
	return scan_accept(s, '*') || (scan_u32(s, value_r) && *value_r != 0) ||
		scan_bad(s);
}

bool
scan_set(struct scan *s, bool (*range)(void *arg, uint32_t from, uint32_t to),
	void *arg)
{
	do {
		uint32_t from, to;
		if (!scan_set_number(s, &from))
			return false;
		to = from;
		if (scan_accept(s, ':') && !scan_set_number(s, &to))
			return false;
		if (!range(arg, from < to ? from : to, from < to ? to : from))
			return false;
	} while (scan_accept(s, ','));
	return true;
}
