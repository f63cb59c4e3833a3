// SPDX-License-Identifier: GPL-3.0-or-later
// The words of a page put into blocks: where white space, line ends and margins
// of HTML become those of text.
#include "config.h"

#include "mail/html_layout.h"

#include "base/str.h"
#include "base/utf8.h"
#include "mail/document.h"
#include "mail/part.h"

#include <string.h>

#define QUOTE_MAX 50
#define INDENT_MAX 40

void
html_block_end(struct html_layout *l)
{
	l->open = false;
	l->gap = false;
	l->cell = false;
}

void
html_margin(struct html_layout *l)
{
	html_block_end(l);
	l->margin = l->d->blocks.len > l->blocks_before;
}

static struct block *
add_block(struct html_layout *l, enum block_kind kind)
{
	struct block *b = document_add_block(l->d, kind);

	b->quote = l->quote < QUOTE_MAX ? l->quote : QUOTE_MAX;
	b->part = str_dup(l->part->section);
	return b;
}

static void
block_begin(struct html_layout *l)
{
	enum block_kind kind = BLOCK_PARAGRAPH;
	int indent = 2 * l->lists;

	if (l->margin)
		add_block(l, BLOCK_LINE);
	if (l->pre > 0)
		kind = BLOCK_LINE;
	else if (*l->bullet != '\0')
		kind = BLOCK_ITEM;
	else if (l->heading > 0)
		kind = BLOCK_HEADING;
	if (kind == BLOCK_ITEM && indent > 0)
		indent -= 2;
	add_block(l, kind)->indent = indent < INDENT_MAX ? indent : INDENT_MAX;
	if (*l->bullet != '\0')
		document_add_text(l->d, l->bullet, strlen(l->bullet));
	*l->bullet = '\0';
	l->margin = false;
	l->open = true;
	l->gap = false;
	l->cell = false;
}

// A word of the page. What the filter leaves nothing of is not there at all:
// newsletters are full of invisible padding.
void
html_word(struct html_layout *l, const char *s, size_t len)
{
	struct buf safe = {0};

	utf8_filter_line(&safe, s, len);
	if (safe.len > 0) {
		if (!l->open)
			block_begin(l);
		if (l->cell)
			document_add_text(l->d, " | ", 3);
		else if (l->gap)
			document_add_text(l->d, " ", 1);
		l->gap = false;
		l->cell = false;
		document_add_text(l->d, safe.data, safe.len);
	}
	buf_done(&safe);
}

// The length of the white space at s: a no-break space is one too, because
// mail uses it for layout.
static size_t
space_len(const char *s)
{
	if (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r' || *s == '\f')
		return 1;
	return strncmp(s, "\xc2\xa0", 2) == 0 ? 2 : 0;
}

void
html_text(struct html_layout *l, const char *s)
{
	while (*s != '\0' && !document_full(l->d)) {
		size_t space = space_len(s), n = 0;
		if (space > 0) {
			l->gap = l->open;
			s += space;
			continue;
		}
		while (s[n] != '\0' && space_len(s + n) == 0)
			n++;
		html_word(l, s, n);
		s += n;
	}
}

void
html_pre(struct html_layout *l, const char *s)
{
	while (*s != '\0' && !document_full(l->d)) {
		size_t n = strcspn(s, "\n");
		if (!l->open)
			block_begin(l);
		for (size_t at = 0; at < n;) {
			size_t run = strcspn(s + at, "\t\n");
			document_add_text(l->d, s + at, run);
			at += run;
			if (at < n) { // a tab
				document_add_text(l->d, "        ", 8 - at % 8);
				at++;
			}
		}
		s += n;
		if (*s == '\n') {
			html_block_end(l);
			s++;
		}
	}
}

void
html_rule(struct html_layout *l)
{
	html_margin(l);
	if (l->margin)
		add_block(l, BLOCK_LINE);
	add_block(l, BLOCK_RULE);
	html_margin(l);
}

void
html_break(struct html_layout *l)
{
	if (l->open)
		html_block_end(l);
	else
		html_margin(l);
}

size_t
html_text_start(const struct html_layout *l)
{
	size_t at = l->d->text.len;

	if (!l->open)
		return (l->d->blocks.len == 0 ? 0 : at + 1 + l->margin) +
			strlen(l->bullet);
	return at + (l->cell ? 3 : l->gap ? 1 : 0);
}
