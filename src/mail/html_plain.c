// SPDX-License-Identifier: GPL-3.0-or-later
// HTML without its tags, for pages made to exhaust a parser: whatever is in
// them can still be read, and in linear time.
#include "config.h"

#include "mail/html_plain.h"

#include "base/buf.h"
#include "base/str.h"
#include "base/utf8.h"
#include "mail/document.h"
#include "mail/part.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	bool block;  // begins a new paragraph
	bool drop;   // with all that is in it
} plain_tags[] = {
	{ "p", true, false }, { "div", true, false }, { "br", true, false },
	{ "tr", true, false }, { "table", true, false }, { "li", true, false },
	{ "ul", true, false }, { "ol", true, false }, { "h1", true, false },
	{ "h2", true, false }, { "h3", true, false }, { "hr", true, false },
	{ "blockquote", true, false }, { "pre", true, false },
	{ "script", false, true }, { "style", false, true },
	{ "title", false, true }, { "textarea", false, true },
};

static const struct {
	const char *name;
	uint32_t c;
} plain_entities[] = {
	{ "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' },
	{ "apos", '\'' }, { "nbsp", ' ' },
};

struct plain {
	struct document *d;
	const struct part *part;
	struct buf text; // of the paragraph so far
};

static void
end_paragraph(struct plain *p)
{
	char *text = buf_take(&p->text), *trimmed = str_trim(text);

	if (*trimmed != '\0') {
		struct block *b = document_add_block(p->d, BLOCK_PARAGRAPH);
		b->part = str_dup(p->part->section);
		document_add_text(p->d, trimmed, strlen(trimmed));
	}
	free(text);
}

static void
add_space(struct plain *p)
{
	if (p->text.len > 0 && p->text.data[p->text.len - 1] != ' ')
		buf_char(&p->text, ' ');
}

// One entity at s, which begins with '&'; the bytes used, 0 if it is none.
static size_t
add_entity(struct plain *p, const char *s, size_t len)
{
	char name[12] = "", out[4];
	size_t n = 1;
	uint32_t c = 0;

	while (n < len && n < sizeof(name) && s[n] != ';' && s[n] > ' ' && s[n] < 0x7f) {
		name[n - 1] = s[n];
		n++;
	}
	if (n >= len || s[n] != ';')
		return 0;
	if (name[0] == '#' && (name[1] == 'x' || name[1] == 'X'))
		c = (uint32_t)strtoul(name + 2, NULL, 16);
	else if (name[0] == '#')
		c = (uint32_t)strtoul(name + 1, NULL, 10);
	for (size_t i = 0; i < sizeof(plain_entities) / sizeof(*plain_entities); i++)
		if (str_equal(plain_entities[i].name, name))
			c = plain_entities[i].c;
	if (c == 0)
		return 0;
	buf_add(&p->text, out, utf8_encode(c, out));
	return n + 1;
}

// Behind the tag at s, which begins with '<'. What it opens is dropped or
// begins a paragraph.
static size_t
skip_tag(struct plain *p, const char *s, size_t len)
{
	size_t n = 1, name_len;

	if (len >= 4 && memcmp(s, "<!--", 4) == 0) {
		const char *end = memmem(s + 4, len - 4, "-->", 3);
		return end == NULL ? len : (size_t)(end - s) + 3;
	}
	bool end_tag = n < len && s[n] == '/';
	n += end_tag;
	size_t name = n;
	while (n < len && ((s[n] | 0x20) >= 'a' || (s[n] >= '0' && s[n] <= '9')) &&
	       s[n] != '>')
		n++;
	name_len = n - name;
	const char *close = memchr(s + n, '>', len - n);
	n = close == NULL ? len : (size_t)(close - s) + 1;
	for (size_t i = 0; i < sizeof(plain_tags) / sizeof(*plain_tags); i++) {
		if (strlen(plain_tags[i].name) != name_len ||
		    str_compare_nocase_n(plain_tags[i].name, s + name, name_len) != 0)
			continue;
		if (plain_tags[i].block)
			end_paragraph(p);
		if (plain_tags[i].drop && !end_tag) {
			const char *end = memmem(s + n, len - n, "</", 2);
			while (end != NULL && ((size_t)(s + len - end) < name_len + 2 ||
			       !str_has_prefix_nocase(end + 2, plain_tags[i].name)))
				end = memmem(end + 2, (size_t)(s + len - end) - 2, "</", 2);
			n = end == NULL ? len : (size_t)(end - s);
		}
	}
	return n;
}

void
html_plain(struct document *d, const struct part *part, const char *html,
	size_t len)
{
	struct plain p = { .d = d, .part = part };

	for (size_t at = 0; at < len && !document_full(d);) {
		size_t used = 0, left = len - at;
		const char *s = html + at;
		bool tag = *s == '<' && left > 1 &&
			(s[1] == '/' || s[1] == '!' || s[1] == '?' ||
			 ((s[1] | 0x20) >= 'a' && (s[1] | 0x20) <= 'z'));
		if (tag)
			used = skip_tag(&p, s, left);
		else if (*s == '&')
			used = add_entity(&p, s, left);
		else if ((unsigned char)*s <= ' ')
			add_space(&p), used = 1;
		if (used == 0) {
			buf_char(&p.text, *s);
			used = 1;
		}
		at += used;
	}
	end_paragraph(&p);
	buf_done(&p.text);
}
