// SPDX-License-Identifier: GPL-3.0-or-later
// The document as plain lines: for `render`, for the quoted text of an answer,
// and for every test that reads a message.
#include "config.h"

#include "mail/document.h"

#include "base/utf8.h"
#include "mail/document_footnotes.h"

#include <string.h>

#define TEXT_CELLS_MIN 8   // however deep the quotes, so much is left for text
#define RULE_CELLS 40

struct printer {
	struct buf *out;
	int width;         // 0: not wrapped
	int quote;         // marks before each line
	int indent;
	int hang;          // more for all lines but the first
	bool first;
	bool kept;         // blanks at the end of a line stay
	bool flowed;       // a blank at the end of a line joins it to the next
	bool joined;       // this one is
};

static void
print_line(struct printer *p, const char *s, size_t len)
{
	size_t start = p->out->len;

	for (int i = 0; i < p->quote; i++)
		buf_str(p->out, "> ");
	int indent = p->indent + (p->first ? 0 : p->hang);
	for (int i = 0; i < indent && len > 0; i++)
		buf_char(p->out, ' ');
	buf_add(p->out, s, len);
	// The mark of an empty quoted line has no blank behind it.
	if (len == 0 && p->out->len > start)
		buf_cut(p->out, p->out->len - 1);
	buf_str(p->out, p->joined ? " \n" : "\n");
	p->first = false;
}

static int
room_of(const struct printer *p)
{
	int room = p->width - 2 * p->quote - p->indent - (p->first ? 0 : p->hang);

	return room < TEXT_CELLS_MIN ? TEXT_CELLS_MIN : room;
}

// How many bytes of s go on a line of `room` cells; *skip_r: blanks behind them
// that the break swallows.
static size_t
break_line(const char *s, size_t len, int room, size_t *skip_r)
{
	size_t at = 0, good = 0;
	int used = 0, cells;
	bool word = false;

	*skip_r = 0;
	while (at < len) {
		size_t cluster = utf8_cluster(s + at, len - at, &cells);
		if (used + cells > room && at > 0)
			break;
		// A line may end behind a blank and on either side of a wide
		// character, which is how scripts without blanks are broken.
		// Blanks at its start are no word's end.
		if (word && (s[at] == ' ' || cells == 2))
			good = at;
		word = word || s[at] != ' ';
		used += cells;
		at += cluster;
		if (cells == 2)
			good = at;
	}
	if (at == len)
		return at;
	if (word && s[at] == ' ')
		good = at;
	if (good == 0)
		return at;
	while (good + *skip_r < len && s[good + *skip_r] == ' ')
		(*skip_r)++;
	return good;
}

static void
print_text(struct printer *p, const char *s, size_t len)
{
	size_t skip;

	if (p->width <= 0) {
		print_line(p, s, len);
		return;
	}
	do {
		size_t n = break_line(s, len, room_of(p), &skip);
		size_t shown = n;
		while ((!p->kept || n < len) && shown > 0 && s[shown - 1] == ' ')
			shown--;
		p->joined = p->flowed && skip > 0 && n + skip < len;
		print_line(p, s, shown);
		s += n + skip;
		len -= n + skip;
	} while (len > 0);
}

// The bullet or number at the start of a list item, with its blank.
static int
bullet_cells(const char *s, size_t len)
{
	int total = 0, cells;

	for (size_t at = 0; at < len && total < 8;) {
		bool blank = s[at] == ' ';
		at += utf8_cluster(s + at, len - at, &cells);
		total += cells;
		if (blank)
			return total;
	}
	return 0;
}

static void
print_ours(struct printer *p, const char *s, size_t len)
{
	struct buf text = {0};

	buf_char(&text, '[');
	buf_add(&text, s, len);
	buf_char(&text, ']');
	print_text(p, buf_text(&text), text.len);
	buf_done(&text);
}

static void
print_rule(struct printer *p)
{
	char dashes[RULE_CELLS];
	int n = p->width > 0 && room_of(p) < RULE_CELLS ? room_of(p) : RULE_CELLS;

	memset(dashes, '-', sizeof(dashes));
	print_line(p, dashes, (size_t)n);
}

static void
print_block(struct buf *out, const struct document *d, const struct block *b,
	const struct document_form *form, struct footnotes *notes)
{
	bool filled = form->fill > 0 && (b->kind == BLOCK_PARAGRAPH ||
		b->kind == BLOCK_ITEM);
	int width = filled && form->width > 0 ? form->fill : form->width;
	int quote_max = width > 0 ? width / 4 : b->quote;
	struct buf text = {0};
	struct printer p = {
		.out = out,
		.width = width,
		.quote = b->quote < quote_max ? b->quote : quote_max,
		.indent = width <= 0 || b->indent < width / 2 ? b->indent : width / 2,
		.first = true,
		.kept = b->kind == BLOCK_LINE,
		.flowed = form->flowed && b->kind == BLOCK_PARAGRAPH && b->indent == 0,
	};

	if (notes != NULL)
		footnotes_block(notes, &text, b);
	else
		buf_add(&text, buf_text(&d->text) + b->start, b->len);
	if (b->kind == BLOCK_ITEM)
		p.hang = bullet_cells(buf_text(&text), text.len);
	if (b->kind == BLOCK_RULE)
		print_rule(&p);
	else if (b->kind == BLOCK_NOTE || b->kind == BLOCK_PART)
		print_ours(&p, buf_text(&text), text.len);
	else
		print_text(&p, buf_text(&text), text.len);
	buf_done(&text);
}

static bool
is_printed(const struct block *b, const struct document_form *form)
{
	if (!form->words && !form->answer)
		return true;
	return b->kind != BLOCK_NOTE && b->kind != BLOCK_PART &&
		(!form->answer || !b->signature || b->quote > 0);
}

void
document_print_as(struct buf *out, const struct document *d,
	const struct document_form *form)
{
	struct footnotes *notes = form->footnotes ? footnotes_new(d) : NULL;
	bool words = form->words || form->answer;
	size_t end = out->len;

	for (size_t i = 0; i < d->blocks.len; i++) {
		const struct block *b = array_at(&d->blocks, i);
		if (!is_printed(b, form))
			continue;
		print_block(out, d, b, form, notes);
		if (b->len > 0 || !words)
			end = out->len;
	}
	// Empty lines before what was left out say nothing any more.
	if (out->data != NULL)
		buf_cut(out, end);
	if (notes != NULL)
		footnotes_list(notes, out);
	footnotes_free(&notes);
}

void
document_print(struct buf *out, const struct document *d, int width)
{
	document_print_as(out, d, &(struct document_form){ .width = width });
}
