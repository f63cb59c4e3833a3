// SPDX-License-Identifier: GPL-3.0-or-later
// Lays a document out for a width, only as far as somebody has looked, and
// draws the lines that are on screen.
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/array.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "mail/document.h"
#include "ui/widget/pager.h"

#define PAGER_WIDTH_MAX 100     // longer lines are hard to read
#define PAGER_QUOTE_MAX 8       // bars drawn; deeper ones look the same
#define PAGER_QUOTES_KEPT 1     // lines shown of a folded quote
#define PAGER_TAB 8

struct pager_line {
	size_t start, len;     // of the document's text
	uint32_t block;
	bool first;            // of its block
	uint32_t folded;       // lines hidden here when quotes are folded; 0
};

struct pager {
	const struct document *document;
	int width;
	struct array lines;    // struct pager_line, laid out so far
	size_t next_block;     // the first that is not laid out
	int64_t top;           // of the lead and the lines behind it
	int rows;              // at the last draw
	int lead;              // rows before the text
	void (*draw_lead)(void *arg, struct screen *s, struct area row, int at);
	void *lead_arg;
	int fold;              // quotes of that level and deeper are folded; 0: none
	char *needle;
};

struct pager *
pager_new(void)
{
	struct pager *p = mem_new(struct pager);

	p->lines = ARRAY_OF(struct pager_line);
	return p;
}

void
pager_free(struct pager **p_r)
{
	struct pager *p = *p_r;

	if (!p)
		return;
	array_done(&p->lines);
	free(p->needle);
	free(p);
	*p_r = NULL;
}

static void
pager_forget(struct pager *p)
{
	array_clear(&p->lines);
	p->next_block = 0;
}

void
pager_set(struct pager *p, const struct document *d)
{
	bool same = p->document && d && p->document->envelope.message_id &&
		str_equal(p->document->envelope.message_id, d->envelope.message_id);

	p->document = d;
	pager_forget(p);
	if (!same)
		p->top = 0;
}

void
pager_lead(struct pager *p, int rows,
	void (*draw)(void *arg, struct screen *s, struct area row, int at), void *arg)
{
	p->lead = rows;
	p->draw_lead = draw;
	p->lead_arg = arg;
}

static const struct block *
pager_block(const struct pager *p, size_t at)
{
	return array_at(&p->document->blocks, at);
}

// Cells to the left of a block's text.
static int
pager_margin(const struct block *b)
{
	int quote = b->quote < PAGER_QUOTE_MAX ? b->quote : PAGER_QUOTE_MAX;

	return quote * 2 + b->indent;
}

// How many bytes fit into `cells`, broken between words, or beside a wide
// character, where it can be. Blanks at the start are no word's end: a line
// that was moved in keeps its first word beside them.
static size_t
pager_break(const char *s, size_t len, int cells)
{
	size_t at = 0, good = 0;
	int used = 0;
	bool word = false;

	while (at < len) {
		int wide;
		size_t n = utf8_cluster(s + at, len - at, &wide);
		bool blank = s[at] == ' ' || s[at] == '\t';

		if (s[at] == '\t')
			wide = PAGER_TAB - used % PAGER_TAB;
		if (wide == 2 && !blank && word)
			good = at;
		if (used + wide > cells)
			break;
		used += wide;
		at += n;
		word = word || !blank;
		if (word && (blank || wide == 2))
			good = at;
	}
	if (at >= len)
		return len;
	if (word && s[at] == ' ')
		return at + 1;
	if (good > 0)
		return good;
	if (at == 0) {  // not even one fits: go on all the same
		int wide;

		at = utf8_cluster(s, len, &wide);
	}
	return at;
}

static void
pager_lay_block(struct pager *p, size_t number)
{
	const struct block *b = pager_block(p, number);
	const char *text = buf_text(&p->document->text);
	int width = p->width < PAGER_WIDTH_MAX || b->kind == BLOCK_LINE
		? p->width : PAGER_WIDTH_MAX;
	int cells = width - pager_margin(b);
	size_t at = 0;

	if (cells < 8)
		cells = 8;
	do {
		struct pager_line *line = array_push(&p->lines);
		size_t n = pager_break(text + b->start + at, b->len - at, cells);

		*line = (struct pager_line){ .start = b->start + at, .len = n,
			.block = number, .first = at == 0 };
		at += n;
	} while (at < b->len);
}

// A run of quoted blocks becomes one line that says how many it hides.
static size_t
pager_fold(struct pager *p, size_t number)
{
	size_t end = number;

	while (end < p->document->blocks.len && pager_block(p, end)->quote >= p->fold)
		end++;
	if (end - number <= PAGER_QUOTES_KEPT + 1)
		return number;
	for (int i = 0; i < PAGER_QUOTES_KEPT; i++)
		pager_lay_block(p, number + i);
	struct pager_line *line = array_push(&p->lines);

	*line = (struct pager_line){
		.start = pager_block(p, number + PAGER_QUOTES_KEPT)->start,
		.block = number, .first = true,
		.folded = end - number - PAGER_QUOTES_KEPT };
	return end;
}

// Lays out until there are `want` lines, or all.
static void
pager_lay(struct pager *p, int64_t want)
{
	if (!p->document)
		return;
	while (p->next_block < p->document->blocks.len &&
	       (int64_t)p->lines.len < want) {
		if (p->fold > 0 && pager_block(p, p->next_block)->quote >= p->fold) {
			size_t end = pager_fold(p, p->next_block);

			if (end > p->next_block) {
				p->next_block = end;
				continue;
			}
		}
		pager_lay_block(p, p->next_block++);
	}
}

static enum style
pager_style(const struct block *b)
{
	static const enum style quotes[] = { STYLE_QUOTE_1, STYLE_QUOTE_2, STYLE_QUOTE_3 };

	switch (b->kind) {
	case BLOCK_HEADING:
		return STYLE_HEADING;
	case BLOCK_NOTE:
		return STYLE_NOTE;
	case BLOCK_PART:
		return STYLE_TITLE;
	case BLOCK_RULE:
		return STYLE_BORDER;
	default:
		break;
	}
	if (b->signature)
		return STYLE_SIGNATURE;
	return b->quote > 0 ? quotes[(b->quote - 1) % 3] : STYLE_NORMAL;
}

static void
pager_look(struct look *look, const struct span *span)
{
	switch (span->kind) {
	case SPAN_BOLD:
		look->bold = true;
		break;
	case SPAN_ITALIC:
		look->italic = true;
		break;
	case SPAN_UNDERLINE:
		look->underline = true;
		break;
	case SPAN_STRIKE:
		look->style = STYLE_DELETED;
		break;
	case SPAN_CODE:
		look->style = STYLE_CODE;
		break;
	case SPAN_LINK:
		look->style = STYLE_LINK;
		break;
	case SPAN_ADDED:
		look->style = STYLE_ADDED;
		break;
	case SPAN_REMOVED:
		look->style = STYLE_REMOVED;
		break;
	case SPAN_WARNING:
		look->style = STYLE_WARNING;
		break;
	}
}

// The first span that begins at or behind `start`.
static size_t
pager_span_from(const struct document *d, size_t start)
{
	size_t low = 0, high = d->spans.len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct span *span = array_at(&d->spans, mid);

		if (span->start < start)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

// The look at byte `at` and how far it holds. Spans do not leave their block.
static size_t
pager_look_at(const struct pager *p, const struct block *b, size_t at, size_t end,
	struct look *look)
{
	const struct document *d = p->document;

	*look = (struct look){ .style = pager_style(b) };
	for (size_t i = pager_span_from(d, b->start); i < d->spans.len; i++) {
		const struct span *span = array_at(&d->spans, i);

		if (span->start > at) {
			if (span->start < end)
				end = span->start;
			break;
		}
		if (at >= span->start + span->len)
			continue;
		pager_look(look, span);
		if (span->start + span->len < end)
			end = span->start + span->len;
	}
	return end;
}

static int
pager_draw_margin(struct screen *s, struct area a, int row, const struct block *b)
{
	static const enum style quotes[] = { STYLE_QUOTE_1, STYLE_QUOTE_2, STYLE_QUOTE_3 };
	int col = 0;

	for (int i = 0; i < b->quote && i < PAGER_QUOTE_MAX; i++)
		col += screen_text(s, a, row, col, 2, "│ ", quotes[i % 3]);
	return col + b->indent;
}

// A piece of one look; tabs go to their stops.
static int
pager_draw_piece(struct screen *s, struct area a, int row, int col, int margin,
	const char *text, size_t len, struct look look)
{
	int from = col;

	while (len > 0) {
		const char *tab = memchr(text, '\t', len);
		size_t n = tab ? (size_t)(tab - text) : len;

		col += screen_piece(s, a, row, col, text, n, look);
		if (!tab)
			break;
		col += PAGER_TAB - (col - margin) % PAGER_TAB;
		text += n + 1;
		len -= n + 1;
	}
	return col - from;
}

static void
pager_draw_line(struct pager *p, struct screen *s, struct area a, int row,
	const struct pager_line *line)
{
	const struct block *b = pager_block(p, line->block);
	const char *text = buf_text(&p->document->text);
	int margin = pager_draw_margin(s, a, row, b), col = margin;

	if (line->folded > 0) {
		char note[80];

		snprintf(note, sizeof note, "… %u more quoted lines", line->folded);
		screen_text(s, a, row, col, 0, note, STYLE_DIM);
		return;
	}
	if (b->kind == BLOCK_RULE) {
		screen_line(s, a, row, col, false, p->width - col, STYLE_BORDER);
		return;
	}
	size_t end = line->start + line->len;

	for (size_t at = line->start; at < end; ) {
		struct look look;
		size_t to = pager_look_at(p, b, at, end, &look);

		col += pager_draw_piece(s, a, row, col, margin, text + at, to - at, look);
		at = to;
	}
	if (!p->needle)
		return;
	// What was searched for stands out, over whatever look it has.
	char *copy = str_ndup(text + line->start, line->len);
	const char *found = str_find_nocase(copy, p->needle);

	if (found && !strchr(copy, '\t')) {
		char *head = str_ndup(copy, found - copy);

		screen_piece(s, a, row, margin + utf8_cells(head), found,
			strlen(p->needle), (struct look){ .style = STYLE_MATCH });
		free(head);
	}
	free(copy);
}

// After a change of the layout: the line that holds byte `place` is at the top again.
static void
pager_find_place(struct pager *p, size_t place)
{
	int64_t at = 0;

	for (;;) {
		pager_lay(p, at + 2);
		if (at + 1 >= (int64_t)p->lines.len)
			break;
		const struct pager_line *next = array_at(&p->lines, at + 1);

		if (next->start > place)
			break;
		at++;
	}
	p->top = p->lead + at;
}

static void
pager_lay_again(struct pager *p)
{
	size_t place = 0;
	int64_t line = p->top - p->lead;
	bool inside = line > 0 && line < (int64_t)p->lines.len;

	if (inside)
		place = ((struct pager_line *)array_at(&p->lines, line))->start;
	pager_forget(p);
	if (inside)
		pager_find_place(p, place);
}

void
pager_draw(struct pager *p, struct screen *s, struct area a)
{
	if (p->width != a.cols) {
		p->width = a.cols;
		pager_lay_again(p);
	}
	p->rows = a.rows;
	pager_scroll(p, 0);
	for (int i = 0; i < a.rows; i++) {
		struct area row = { a.row + i, a.col, 1, a.cols };
		int64_t at = p->top + i;

		screen_fill(s, row, 0, 0, STYLE_NORMAL);
		if (at < p->lead)
			p->draw_lead(p->lead_arg, s, row, (int)at);
		else if (p->document && at - p->lead < (int64_t)p->lines.len)
			pager_draw_line(p, s, row, 0, array_at(&p->lines, at - p->lead));
	}
}

bool
pager_scroll(struct pager *p, int64_t lines)
{
	int64_t top = p->top + lines;

	if (p->width > 0)
		pager_lay(p, top + p->rows + 1 - p->lead);
	int64_t last = p->lead + (int64_t)p->lines.len - p->rows;

	if (top > last)
		top = last;
	if (top < 0)
		top = 0;
	bool moved = top != p->top;

	p->top = top;
	return moved;
}

bool
pager_page(struct pager *p, int pages)
{
	int64_t step = p->rows > 2 ? p->rows - 1 : 1;

	return pager_scroll(p, pages * step);
}

void
pager_top(struct pager *p)
{
	p->top = 0;
}

void
pager_bottom(struct pager *p)
{
	pager_lay(p, INT64_MAX);
	pager_scroll(p, p->lead + (int64_t)p->lines.len);
}

bool
pager_find(struct pager *p, const char *text, bool forward)
{
	if (!p->document)
		return false;
	if (text)
		str_set(&p->needle, *text ? text : NULL);
	if (!p->needle)
		return false;
	pager_lay(p, INT64_MAX);
	const char *all = buf_text(&p->document->text);
	// A fresh search may find the line at the top, a repeated one goes on.
	int64_t step = forward ? 1 : -1;
	int64_t at = p->top - p->lead + (text ? 0 : step);

	if (at < 0 && forward)
		at = 0;

	for (; at >= 0 && at < (int64_t)p->lines.len; at += step) {
		const struct pager_line *line = array_at(&p->lines, at);
		char *copy = str_ndup(all + line->start, line->len);
		bool found = str_find_nocase(copy, p->needle) != NULL;

		free(copy);
		if (found) {
			p->top = at + p->lead;
			pager_scroll(p, 0);
			return true;
		}
	}
	return false;
}

int
pager_fold_quotes(struct pager *p, int level)
{
	int deepest = 0;

	for (size_t i = 0; level == PAGER_FOLD_NEXT && p->document &&
	     i < p->document->blocks.len; i++) {
		if (pager_block(p, i)->quote > deepest)
			deepest = pager_block(p, i)->quote;
	}
	if (level == PAGER_FOLD_NEXT)
		level = p->fold < deepest ? p->fold + 1 : 0;
	p->fold = level;
	pager_lay_again(p);
	pager_scroll(p, 0);
	return level;
}

bool
pager_skip_quotes(struct pager *p)
{
	int64_t at = p->top > p->lead ? p->top - p->lead : 0;
	bool quoted = false;

	if (!p->document)
		return false;
	pager_lay(p, INT64_MAX);
	// The line of the quote that was kept above the last time is behind us.
	if (at > 0 && at + 1 < (int64_t)p->lines.len)
		at++;
	for (; at < (int64_t)p->lines.len; at++) {
		const struct pager_line *line = array_at(&p->lines, at);
		const struct block *b = pager_block(p, line->block);

		if (b->quote > 0) {
			quoted = true;
		} else if (quoted && line->len > 0) {
			int64_t before = p->top;
			p->top = p->lead + at - 1;
			pager_scroll(p, 0);
			return p->top != before;
		}
	}
	return false;
}

int
pager_rows(const struct pager *p)
{
	return p->rows;
}

int
pager_percent(const struct pager *p)
{
	if (!p->document || p->document->text.len == 0)
		return 100;
	int64_t bottom = p->top + p->rows - p->lead;

	if (bottom < 0)
		return 0;

	if (p->next_block >= p->document->blocks.len && bottom >= (int64_t)p->lines.len)
		return 100;
	if (bottom >= (int64_t)p->lines.len)
		return 99;
	const struct pager_line *line = array_at(&p->lines, bottom);

	return (int)(line->start * 100 / p->document->text.len);
}

const char *
pager_link(const struct pager *p, int number)
{
	if (!p->document || number < 1 || (size_t)number > p->document->links.len)
		return NULL;
	return p->document->links.items[number - 1];
}
