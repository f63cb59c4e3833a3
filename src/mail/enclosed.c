// SPDX-License-Identifier: GPL-3.0-or-later
// Files that people once put into the text itself, found by their first and last
// lines, each line of them checked: prose that begins with "begin" stays prose.
#include "config.h"

#include "mail/enclosed.h"

#include "base/buf.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#define LINES_CHECKED 3   // so many must be right for it to be a file

struct line {
	const char *s;
	size_t len;
};

static bool
next_line(const char *text, size_t len, size_t *at, struct line *l)
{
	if (*at >= len)
		return false;
	const char *end = memchr(text + *at, '\n', len - *at);
	l->s = text + *at;
	l->len = end == NULL ? len - *at : (size_t)(end - l->s);
	*at += l->len + (end != NULL);
	if (l->len > 0 && l->s[l->len - 1] == '\r')
		l->len--;
	return true;
}

static bool
line_begins(const struct line *l, const char *with)
{
	return l->len >= strlen(with) && memcmp(l->s, with, strlen(with)) == 0;
}

static void
take_name(struct enclosed *f, const char *s, size_t len)
{
	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	if (len > ENCLOSED_NAME_MAX)
		len = ENCLOSED_NAME_MAX;
	memcpy(f->name, s, len);
	f->name[len] = '\0';
}

// "begin 644 name"
static bool
begins_uu(const struct line *l, struct enclosed *f)
{
	size_t at = 6, mode = 0;

	if (!line_begins(l, "begin "))
		return false;
	while (at < l->len && l->s[at] >= '0' && l->s[at] <= '7') {
		at++;
		mode++;
	}
	if (mode < 3 || mode > 4 || at + 1 >= l->len || l->s[at] != ' ')
		return false;
	take_name(f, l->s + at + 1, l->len - at - 1);
	return true;
}

// The bytes that a line holds; -1: it is no line of such a file. Blanks at its
// end may have been lost on the way.
static int
uu_bytes(const struct line *l)
{
	if (l->len == 0)
		return -1;
	int n = (l->s[0] - ' ') & 63;
	size_t whole = (size_t)(n + 2) / 3 * 4;
	if (l->s[0] < ' ' || l->s[0] > '`' || l->len > whole + 3 ||
	    (n > 0 && l->len < 2))
		return -1;
	for (size_t i = 1; i < l->len; i++)
		if (l->s[i] < ' ' || l->s[i] > '`')
			return -1;
	return n;
}

static bool
find_end(const char *text, size_t len, size_t at, struct enclosed *f)
{
	int good = 0;
	struct line l;

	f->size = 0;
	f->cut = true;
	size_t end = at;
	while (next_line(text, len, &at, &l)) {
		if (l.len == 3 && line_begins(&l, "end")) {
			f->cut = false;
			end = at;
			break;
		}
		int n = uu_bytes(&l);
		if (n < 0 && l.len > 0)
			break;
		f->size += n > 0 ? (size_t)n : 0;
		good += n > 0;
		end = at;
	}
	f->len = end - f->start;
	return !f->cut || good >= LINES_CHECKED;
}

// "=ybegin line=128 size=1234 name=x", to "=yend".
static bool
find_yenc(const char *text, size_t len, size_t at, const struct line *l,
	struct enclosed *f)
{
	char head[512];
	struct line end;

	if (!line_begins(l, "=ybegin ") || l->len >= sizeof(head))
		return false;
	memcpy(head, l->s, l->len);
	head[l->len] = '\0';
	const char *size = strstr(head, " size="), *name = strstr(head, " name=");
	if (size == NULL || name == NULL || strstr(head, " line=") == NULL)
		return false;
	f->yenc = true;
	f->size = (size_t)strtoul(size + 6, NULL, 10);
	take_name(f, name + 6, strlen(name + 6));
	f->cut = true;
	while (f->cut && next_line(text, len, &at, &end))
		f->cut = !line_begins(&end, "=yend");
	f->len = at - f->start;
	return true;
}

bool
enclosed_next(const char *text, size_t len, size_t *at, struct enclosed *f)
{
	struct line l;
	size_t tried = 0;

	while (next_line(text, len, at, &l)) {
		*f = (struct enclosed){ .start = (size_t)(l.s - text) };
		if (l.len == 0 || (*l.s != 'b' && *l.s != '='))
			continue;
		// Texts of nothing but beginnings end somewhere.
		if (++tried > 10 * ENCLOSED_FILES_MAX)
			return false;
		if ((begins_uu(&l, f) && find_end(text, len, *at, f)) ||
		    find_yenc(text, len, *at, &l, f)) {
			*at = f->start + f->len;
			return true;
		}
	}
	return false;
}

static void
decode_line(struct buf *out, const struct line *l, int n)
{
	for (int i = 0; i < n; i += 3) {
		unsigned v = 0;
		for (int k = 0; k < 4; k++) {
			size_t at = 1 + (size_t)(i / 3 * 4 + k);
			v = v << 6 | (at < l->len ? (unsigned)(l->s[at] - ' ') & 63 : 0);
		}
		for (int k = 0; k < 3 && i + k < n; k++)
			buf_char(out, (char)(v >> (16 - 8 * k) & 0xff));
	}
}

void
enclosed_decode(struct buf *out, const char *text, const struct enclosed *f)
{
	size_t at = f->start, end = f->start + f->len;
	struct line l;

	if (!next_line(text, end, &at, &l))
		return;
	while (next_line(text, end, &at, &l)) {
		int n = uu_bytes(&l);
		if (l.len == 3 && line_begins(&l, "end"))
			return;
		if (n > 0)
			decode_line(out, &l, n);
	}
}

size_t
enclosed_section(const char *section, size_t *number_r)
{
	const char *mark = strstr(section, ".U");
	uint64_t number = 0;

	*number_r = 0;
	if (mark == NULL || !str_to_u64(mark + 2, ENCLOSED_FILES_MAX, &number) || number == 0)
		return 0;
	*number_r = (size_t)number;
	return (size_t)(mark - section);
}

bool
enclosed_take(struct buf *text, size_t number, struct enclosed *f)
{
	size_t at = 0;
	struct buf file = {0};

	while (number > 0 && enclosed_next(buf_text(text), text->len, &at, f))
		number -= !f->yenc;
	if (number > 0)
		return false;
	enclosed_decode(&file, buf_text(text), f);
	buf_done(text);
	*text = file;
	return true;
}
