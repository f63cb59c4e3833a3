// SPDX-License-Identifier: GPL-3.0-or-later
// Text with marks in it, in the two forms of before HTML that still turn up.
#include "config.h"

#include "mail/enriched.h"

#include "base/buf.h"
#include "base/str.h"
#include "mail/document.h"
#include "mail/part.h"
#include "mail/text.h"

#include <string.h>

#define MARK_MAX 60       // bytes of a mark's name; a longer one is text
#define DEPTH_MAX 64      // marks within marks; deeper ones do nothing

enum mark_act {
	MARK_SPAN, MARK_QUOTE, MARK_INDENT, MARK_NOFILL, MARK_BLOCK, MARK_HIDDEN,
	MARK_BREAK, MARK_LESS,
};

static const struct mark {
	const char *name;
	enum mark_act act;
	enum span_kind span;
} marks[] = {
	{ "bold", MARK_SPAN, SPAN_BOLD }, { "italic", MARK_SPAN, SPAN_ITALIC },
	{ "underline", MARK_SPAN, SPAN_UNDERLINE }, { "fixed", MARK_SPAN, SPAN_CODE },
	{ "excerpt", MARK_QUOTE, 0 }, { "indent", MARK_INDENT, 0 },
	{ "paraindent", MARK_BLOCK, 0 }, { "nofill", MARK_NOFILL, 0 },
	{ "center", MARK_BLOCK, 0 }, { "flushleft", MARK_BLOCK, 0 },
	{ "flushright", MARK_BLOCK, 0 }, { "flushboth", MARK_BLOCK, 0 },
	{ "paragraph", MARK_BLOCK, 0 }, { "heading", MARK_BLOCK, 0 },
	{ "param", MARK_HIDDEN, 0 }, { "comment", MARK_HIDDEN, 0 },
	{ "nl", MARK_BREAK, 0 }, { "np", MARK_BREAK, 0 }, { "lt", MARK_LESS, 0 },
};

struct enriched {
	struct document *d;
	const struct part *part;
	bool richtext;          // RFC 1341: line ends are blanks, <nl> breaks
	struct buf line;        // of text that is not in the document yet
	struct { const struct mark *mark; size_t start; } open[DEPTH_MAX];
	int depth;
	int quote, indent, nofill, hidden;
	bool begun;             // a block is open
	int empty;              // lines at the end
};

static void
flush(struct enriched *e)
{
	if (e->line.len == 0)
		return;
	if (!e->begun) {
		struct block *b = document_add_block(e->d, e->nofill > 0 ? BLOCK_LINE
			: BLOCK_PARAGRAPH);
		b->quote = e->quote;
		b->indent = e->indent * 4;
		b->part = str_dup(e->part->section);
		e->begun = true;
		e->empty = 0;
	}
	text_add_linked(e->d, buf_text(&e->line), e->line.len);
	buf_clear(&e->line);
}

static void
end_block(struct enriched *e)
{
	flush(e);
	e->begun = false;
}

static void
line_break(struct enriched *e)
{
	bool text = e->begun || e->line.len > 0;

	end_block(e);
	// One empty line between paragraphs is enough.
	if (text || e->empty > 0 || e->d->blocks.len == 0)
		return;
	struct block *b = document_add_block(e->d, BLOCK_LINE);
	b->quote = e->quote;
	b->part = str_dup(e->part->section);
	e->empty++;
}

static void
mark_opens(struct enriched *e, const struct mark *m)
{
	if (m->act != MARK_SPAN && m->act != MARK_HIDDEN)
		end_block(e);
	e->quote += m->act == MARK_QUOTE;
	e->indent += m->act == MARK_INDENT && e->indent < 10;
	e->nofill += m->act == MARK_NOFILL;
	e->hidden += m->act == MARK_HIDDEN;
}

static void
mark_closes(struct enriched *e, const struct mark *m, size_t start)
{
	flush(e);
	if (m->act == MARK_SPAN)
		document_add_span(e->d, start, m->span, -1);
	else if (m->act != MARK_HIDDEN)
		end_block(e);
	e->quote -= m->act == MARK_QUOTE && e->quote > 0;
	e->indent -= m->act == MARK_INDENT && e->indent > 0;
	e->nofill -= m->act == MARK_NOFILL && e->nofill > 0;
	e->hidden -= m->act == MARK_HIDDEN && e->hidden > 0;
}

static const struct mark *
mark_of(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (strlen(marks[i].name) == len &&
		    str_compare_nocase_n(marks[i].name, name, len) == 0)
			return &marks[i];
	return NULL;
}

// "<bold>" or "</bold>" at s: its length with both signs, 0 if it is none.
static size_t
take_mark(struct enriched *e, const char *s, size_t len)
{
	const char *end = memchr(s, '>', len < MARK_MAX + 3 ? len : MARK_MAX + 3);
	size_t n = end == NULL ? 0 : (size_t)(end - s) + 1;
	bool closes = n > 2 && s[1] == '/';

	if (n < 3 || memchr(s + 1, '<', n - 1) != NULL || memchr(s, '\n', n) != NULL)
		return 0;
	const struct mark *m = mark_of(s + 1 + closes, n - 2 - closes);
	if (m == NULL)
		return n;
	if (m->act == MARK_BREAK || m->act == MARK_LESS) {
		if (m->act == MARK_LESS)
			buf_char(&e->line, '<');
		else if (!closes)
			line_break(e);
		return n;
	}
	flush(e);
	if (!closes && e->depth < DEPTH_MAX) {
		mark_opens(e, m);
		e->open[e->depth].mark = m;
		e->open[e->depth++].start = e->d->text.len;
	}
	// Those that were not closed before it end with it.
	for (int i = e->depth - 1; closes && i >= 0; i--) {
		if (e->open[i].mark != m)
			continue;
		while (e->depth > i) {
			e->depth--;
			mark_closes(e, e->open[e->depth].mark, e->open[e->depth].start);
		}
		break;
	}
	return n;
}

// One line end is a blank, more are one fewer, but where lines stand as they are.
static size_t
take_ends(struct enriched *e, const char *s, size_t len)
{
	size_t n = 0, ends = 0;

	for (; n < len && (s[n] == '\n' || s[n] == '\r'); n++)
		ends += s[n] == '\n';
	if (e->hidden > 0)
		return n;
	if (e->richtext || (ends == 1 && e->nofill == 0)) {
		buf_char(&e->line, ' ');
		return n;
	}
	for (size_t i = e->nofill == 0; i < ends; i++)
		line_break(e);
	// What comes next begins a line of its own, an empty one before it.
	if (ends > 1 && e->nofill == 0)
		line_break(e);
	return n;
}

void
enriched_to_document(struct document *d, const struct part *part,
	const char *text, size_t len)
{
	struct enriched e = { .d = d, .part = part,
		.richtext = part_is(part, "text", "richtext") };

	for (size_t at = 0; at < len && !document_full(d);) {
		char c = text[at];
		size_t n = 0;
		if (c == '\n' || c == '\r') {
			n = take_ends(&e, text + at, len - at);
		} else if (c == '<' && at + 1 < len && text[at + 1] == '<' && !e.richtext) {
			buf_str(&e.line, e.hidden > 0 ? "" : "<");
			n = 2;
		} else if (c == '<') {
			n = take_mark(&e, text + at, len - at);
		}
		if (n == 0) {
			if (e.hidden == 0)
				buf_char(&e.line, c);
			n = 1;
		}
		at += n;
	}
	flush(&e);
	buf_done(&e.line);
}
