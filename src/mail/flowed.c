// SPDX-License-Identifier: GPL-3.0-or-later
// format=flowed for what people write: a paragraph in one long line reaches every
// reader, those that reflow it and those that cannot.
#include "config.h"

#include "mail/flowed.h"

#include "base/buf.h"
#include "base/str.h"
#include "base/utf8.h"

#include <string.h>

struct flowed_line {
	const char *s;      // behind the marks
	size_t len;         // without blanks at its end
	int quote;
	bool signature;     // "-- "
	bool blank;         // at its end
};

static bool
begins(const char *s, size_t len, const char *with)
{
	return strlen(with) <= len && memcmp(s, with, strlen(with)) == 0;
}

static struct flowed_line
line_of(const char *s, size_t len)
{
	struct flowed_line l = { .s = s, .len = len };

	// People and programs write "> > " and ">> ".
	while (l.len > 0 && *l.s == '>') {
		l.quote++;
		l.s++;
		l.len--;
		if (l.len > 1 && l.s[0] == ' ' && l.s[1] == '>') {
			l.s++;
			l.len--;
		}
	}
	if (l.quote > 0 && l.len > 0 && *l.s == ' ') {
		l.s++;
		l.len--;
	}
	l.signature = l.len == 3 && memcmp(l.s, "-- ", 3) == 0;
	l.blank = l.len > 0 && l.s[l.len - 1] == ' ';
	while (!l.signature && l.len > 0 && (l.s[l.len - 1] == ' ' ||
	       l.s[l.len - 1] == '\r'))
		l.len--;
	return l;
}

// Text that stands where it stands: columns, code, a table.
static bool
is_set(const struct flowed_line *l)
{
	return l->len == 0 || *l->s == ' ' || memchr(l->s, '\t', l->len) != NULL ||
		memmem(l->s, l->len, "   ", 3) != NULL;
}

// How many bytes go on a line of so many cells, blanks behind them not counted;
// all of it where there is no place to break.
static size_t
fit(const char *s, size_t len, int room)
{
	size_t at = 0, good = 0;
	int used = 0, cells;

	while (at < len) {
		if (s[at] == ' ' && at > 0 && s[at - 1] != ' ') {
			if (used > room && good > 0)
				return good;
			// What follows would be taken for a mark or be stuffed.
			if (at + 1 < len && s[at + 1] != '>' && s[at + 1] != ' ' &&
			    !begins(s + at + 1, len - at - 1, "From "))
				good = at;
		}
		at += utf8_cluster(s + at, len - at, &cells);
		used += cells;
	}
	return used > room && good > 0 ? good : len;
}

static bool
is_long(const struct flowed_line *l)
{
	int cells = 0;

	if (is_set(l) || l->len <= FLOWED_LINE_MAX / 4)
		return false;
	for (size_t at = 0; at < l->len && cells <= FLOWED_LINE_MAX;) {
		int more;
		at += utf8_cluster(l->s + at, l->len - at, &more);
		cells += more;
	}
	return cells + l->quote > FLOWED_LINE_MAX;
}

bool
flowed_helps(const char *text)
{
	bool helps = false;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		struct flowed_line l = line_of(text, len);
		if (begins(text, len, "diff --git ") || begins(text, len, "Index: ") ||
		    begins(text, len, "@@ -"))
			return false;
		helps = helps || (is_long(&l) && fit(l.s, l.len, FLOWED_FILL) < l.len);
		text += len + (text[len] == '\n');
	}
	return helps;
}

static void
write_line(struct buf *out, const struct flowed_line *l, const char *s, size_t len,
	bool soft)
{
	for (int i = 0; i < l->quote; i++)
		buf_char(out, '>');
	if (len > 0 && (l->quote > 0 || *s == ' ' || *s == '>' ||
	    begins(s, len, "From ")))
		buf_char(out, ' ');
	buf_add(out, s, len);
	buf_str(out, soft ? " \n" : "\n");
}

static void
write_paragraph(struct buf *out, const struct flowed_line *l, bool soft)
{
	int room = FLOWED_FILL - l->quote - 2;
	const char *s = l->s;
	size_t left = l->len, n;

	if (room < FLOWED_FILL / 2)
		room = FLOWED_FILL / 2;
	for (bool wrap = is_long(l); wrap && (n = fit(s, left, room)) < left;) {
		write_line(out, l, s, n, true);
		while (n < left && s[n] == ' ')
			n++;
		s += n;
		left -= n;
	}
	write_line(out, l, s, left, soft);
}

void
flowed_write(struct buf *out, const char *text, bool blanks)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		struct flowed_line l = line_of(text, len);
		text += len + (text[len] == '\n');
		struct flowed_line next = line_of(text, strcspn(text, "\n"));
		// Nothing flows into another's words, a signature or an empty line.
		bool soft = blanks && l.blank && l.len > 0 && !l.signature &&
			next.len > 0 && next.quote == l.quote && !next.signature;
		if (l.signature)
			write_line(out, &l, l.s, l.len, false);
		else
			write_paragraph(out, &l, soft);
	}
}

size_t
flowed_end(const char *line, size_t len, bool delsp, bool *blank_r)
{
	size_t end = len;

	while (end > 0 && line[end - 1] == ' ')
		end--;
	// However many there were: they were to mark the end, not to be seen.
	*blank_r = len - end > (delsp ? 1 : 0);
	return end;
}

static void
end_paragraph(struct buf *out)
{
	// A blank at its end says nothing.
	while (out->len > 0 && out->data[out->len - 1] == ' ')
		buf_cut(out, out->len - 1);
	buf_char(out, '\n');
}

// Section 4.4 in the order that it gives: marks, stuffing, then what flows.
void
flowed_read(struct buf *out, const char *text, bool delsp)
{
	size_t open_quote = 0;
	bool open = false;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n"), end = len, quote = strspn(text, ">");
		const char *s = text;
		text += len + (text[len] == '\n');
		end -= end > 0 && s[end - 1] == '\r';
		size_t from = quote + (quote < end && s[quote] == ' ');
		size_t blanks = strspn(s + from, " ");
		bool signature = end - from == 3 && memcmp(s + from, "-- ", 3) == 0;
		bool empty = from + blanks == end, blank = false;
		bool soft = !empty && !signature && s[end - 1] == ' ';

		if (open && (quote != open_quote || signature || empty)) {
			end_paragraph(out);
			open = false;
		}
		if (open && out->data[out->len - 1] == ' ')
			from += blanks;
		if (!open) {
			buf_add(out, s, quote);
			buf_str(out, quote > 0 && !empty ? " " : "");
		}
		if (soft)
			end = from + flowed_end(s + from, end - from, delsp, &blank);
		buf_add(out, s + from, empty ? 0 : end - from);
		buf_str(out, !soft ? "\n" : blank ? " " : "");
		open = soft;
		open_quote = quote;
	}
	if (open)
		end_paragraph(out);
}
