// SPDX-License-Identifier: GPL-3.0-or-later
// The words of a page put into blocks: where white space, line ends and margins
// of HTML become those of text.
#include "config.h"

#include "mail/html_layout.h"

#include "base/str.h"
#include "base/utf8.h"
#include "mail/document.h"
#include "mail/html_table.h"
#include "mail/part.h"

#include <string.h>

#define QUOTE_MAX 50
#define INDENT_MAX 40
#define PARAGRAPH_BYTES 60 // a shorter one may be a title or an item

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
	l->blank = false;
}

void
html_soft_margin(struct html_layout *l)
{
	html_block_end(l);
	l->soft = true;
}

static struct block *
last_block(const struct html_layout *l)
{
	return l->d->blocks.len > l->blocks_before
		? array_at(&l->d->blocks, l->d->blocks.len - 1) : NULL;
}

static bool
wants_margin(const struct html_layout *l)
{
	const struct block *last = last_block(l);

	return l->margin || (l->between && last != NULL) || (l->soft && last != NULL && last->len >= PARAGRAPH_BYTES);
}

static struct block *
add_block(struct html_layout *l, enum block_kind kind)
{
	struct block *b = document_add_block(l->d, kind);

	b->quote = l->quote < QUOTE_MAX ? l->quote : QUOTE_MAX;
	b->signature = l->signature > 0;
	b->part = str_dup(l->part->section);
	return b;
}

// An empty line belongs to the shallower of its neighbours.
static void
add_margin(struct html_layout *l)
{
	const struct block *last = last_block(l);
	int quote = last != NULL ? last->quote : 0;
	struct block *b = add_block(l, BLOCK_LINE);

	if (b->quote > quote)
		b->quote = quote;
}

static void
block_begin(struct html_layout *l)
{
	enum block_kind kind = BLOCK_PARAGRAPH;
	int indent = 2 * l->lists;

	if (wants_margin(l))
		add_margin(l);
	if (l->pre > 0 || l->line > 0)
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
	l->soft = l->between = l->data = false;
	l->blank = false;
	l->open = true;
	l->gap = false;
	l->cell = false;
}

// What stands before the text of a cell; its blanks in *pad_r.
static const char *
cell_mark(const struct html_layout *l, int *pad_r)
{
	const struct block *b = l->open ? last_block(l) : NULL;
	const char *text = b == NULL ? "" : buf_text(&l->d->text) + b->start;
	size_t len = b == NULL ? 0 : b->len;

	*pad_r = 0;
	if (l->column < 0) {
		if (len == 0)
			return "";
		return html_is_bullet(text, len) ? " " : " | ";
	}
	int used = len == 0 ? 0 : utf8_cells(text);
	*pad_r = l->column - used;
	if (len > 0 && *pad_r < TABLE_GAP)
		*pad_r = TABLE_GAP;
	return "";
}

static void
cell_begin(struct html_layout *l)
{
	int pad;
	const char *mark = cell_mark(l, &pad);

	if (strcmp(mark, " ") == 0)
		last_block(l)->kind = BLOCK_ITEM;
	document_add_text(l->d, mark, strlen(mark));
	while (pad-- > 0)
		document_add_text(l->d, " ", 1);
}

// A word of the page. What the filter leaves nothing of is not there at all:
// newsletters are full of invisible padding.
void
html_word(struct html_layout *l, const char *s, size_t len)
{
	struct buf safe = {0};
	bool cell = l->cell;

	utf8_filter_line(&safe, s, len);
	if (safe.len > 0) {
		if (!l->open)
			block_begin(l);
		if (cell)
			cell_begin(l);
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
			l->blank = l->blank || (!l->open && space > 1);
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

// Not as the first thing, and not twice.
void
html_rule(struct html_layout *l)
{
	const struct block *last = last_block(l);

	html_margin(l);
	if (last == NULL || last->kind == BLOCK_RULE)
		return;
	add_margin(l);
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
	int pad = 0;
	const char *mark = l->cell ? cell_mark(l, &pad) : "";

	if (pad < 0)
		pad = 0;
	if (!l->open)
		return (l->d->blocks.len == 0 ? 0 : at + 1 + wants_margin(l)) +
			strlen(l->bullet) + (size_t)pad;
	return at + (l->cell ? strlen(mark) + (size_t)pad : l->gap ? 1 : 0);
}
