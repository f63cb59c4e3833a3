// SPDX-License-Identifier: GPL-3.0-or-later
// Plain text as people send it: lines, flowed paragraphs, quotes of quotes,
// patches, signatures and the links in them.
#include "config.h"

#include "mail/text.h"

#include "base/buf.h"
#include "base/str.h"
#include "base/utf8.h"
#include "mail/document.h"
#include "mail/flowed.h"
#include "mail/part.h"
#include "mail/patch.h"

#include <stdlib.h>
#include <string.h>

#define QUOTE_MAX 50
#define TAB_CELLS 8
#define FIELD_CELLS 11   // of a label with the blanks behind its colon
// A longer line without columns in it was written as a paragraph by a program
// that wraps nothing.
#define LINE_CELLS_MAX 80

struct text {
	struct document *d;
	const char *section;
	bool flowed, delsp;
	struct patch patch;
	bool signature;      // behind "-- "
	int signature_quote; // of which quoting level
};

// One line of the input without its line end; *at moves behind that.
static const char *
next_line(const char *text, size_t len, size_t *at, size_t *line_len_r)
{
	const char *line = text + *at;
	size_t left = len - *at, n = 0;

	if (left == 0)
		return NULL;
	while (n < left && line[n] != '\n' && line[n] != '\r')
		n++;
	*at += n;
	if (*at < len && text[*at] == '\r')
		(*at)++;
	if (*at < len && text[*at] == '\n')
		(*at)++;
	*line_len_r = n;
	return line;
}

// Counts quote marks at the start and moves behind them. Flowed text has them
// without blanks (RFC 3676 section 4.5); elsewhere people write "> > ".
static int
take_quote(const char **s, size_t *len, bool flowed)
{
	int quote = 0;

	while (*len > 0 && **s == '>') {
		(*s)++;
		(*len)--;
		if (quote < QUOTE_MAX)
			quote++;
		if (!flowed && *len > 1 && (*s)[0] == ' ' && (*s)[1] == '>') {
			(*s)++;
			(*len)--;
		}
	}
	// The one blank that sets the text off from the marks.
	if (quote > 0 && *len > 0 && **s == ' ') {
		(*s)++;
		(*len)--;
	}
	return quote;
}

static void
expand_tabs(struct buf *out, const char *s, size_t len)
{
	int column = 0, cells;

	for (size_t at = 0; at < len;) {
		if (s[at] == '\t') {
			do
				buf_char(out, ' ');
			while (++column % TAB_CELLS != 0);
			at++;
			continue;
		}
		size_t used = utf8_cluster(s + at, len - at, &cells);
		buf_add(out, s + at, used);
		column += cells;
		at += used;
	}
}

static struct block *
begin(struct text *t, enum block_kind kind, int quote)
{
	struct block *b = document_add_block(t->d, kind);

	b->quote = quote;
	b->signature = t->signature;
	b->part = str_dup(t->section);
	return b;
}

// The length of the URL at s, without the punctuation of the sentence that it
// stands in; a bracket belongs to it only if it was opened in it.
static size_t
url_len(const char *s, size_t len)
{
	size_t n = 0;
	int round = 0;

	while (n < len && (unsigned char)s[n] > ' ' && strchr("<>\"", s[n]) == NULL)
		n++;
	for (size_t i = 0; i < n; i++)
		round += (s[i] == '(') - (s[i] == ')');
	while (n > 0) {
		char c = s[n - 1];
		if (c == ')' && round < 0)
			round++;
		else if (strchr(".,;:!?'*_]}|", c) == NULL)
			break;
		n--;
	}
	return n;
}

static bool
begins_url(const char *s, size_t len)
{
	return (len > 8 && str_compare_nocase_n(s, "http://", 7) == 0) ||
		(len > 9 && str_compare_nocase_n(s, "https://", 8) == 0) ||
		(len > 8 && str_compare_nocase_n(s, "mailto:", 7) == 0);
}

void
text_add_linked(struct document *d, const char *s, size_t len)
{
	size_t done = 0;

	for (size_t at = 0; at < len; at++) {
		if ((s[at] != 'h' && s[at] != 'H' && s[at] != 'm' && s[at] != 'M') ||
		    !begins_url(s + at, len - at))
			continue;
		if (at > 0 && ((s[at - 1] | 0x20) >= 'a' && (s[at - 1] | 0x20) <= 'z'))
			continue;
		size_t n = url_len(s + at, len - at);
		char *url = str_ndup(s + at, n);
		int link = document_link(d, url);
		free(url);
		if (link >= 0) {
			document_add_text(d, s + done, at - done);
			size_t start = d->text.len;
			document_add_text(d, s + at, n);
			document_add_span(d, start, SPAN_LINK, link);
			done = at + n;
		}
		// Behind it either way: it is never looked at twice.
		at += n > 0 ? n - 1 : 0;
	}
	document_add_text(d, s + done, len - done);
}

void
text_add_field(struct document *d, const struct part *part,
	const char *label, const char *value)
{
	if (str_empty(value))
		return;
	struct block *b = document_add_block(d, BLOCK_LINE);
	size_t start = d->text.len;
	int gap = FIELD_CELLS - (int)strlen(label);
	char *head = str_printf("%s:%*s", label, gap > 1 ? gap : 1, "");
	b->part = str_dup(part->section);
	document_add_text(d, head, strlen(head));
	document_add_span(d, start, SPAN_BOLD, -1);
	char *copy = str_dup(value), *trimmed = str_trim(copy);
	text_add_linked(d, trimmed, strlen(trimmed));
	free(copy);
	free(head);
}

static bool
line_is(const char *s, size_t len, const char *wanted)
{
	return strlen(wanted) == len && memcmp(s, wanted, len) == 0;
}

// RFC 3676 section 4.3; it ends where the quoting level changes.
static void
watch_signature(struct text *t, const char *s, size_t len, int quote)
{
	if (t->signature && quote != t->signature_quote)
		t->signature = false;
	if (line_is(s, len, "-- ") && !patch_wants_removed(&t->patch, quote)) {
		t->signature = true;
		t->signature_quote = quote;
		patch_end(&t->patch);
	}
}

static void
add_patch_line(struct text *t, const char *s, size_t len, enum patch_kind kind)
{
	static const enum span_kind spans[] = {
		[PATCH_HEAD] = SPAN_BOLD, [PATCH_HUNK] = SPAN_CODE,
		[PATCH_ADDED] = SPAN_ADDED, [PATCH_REMOVED] = SPAN_REMOVED,
	};
	size_t start = t->d->text.len;

	document_add_text(t->d, s, len);
	if (len > 0 && kind != PATCH_SAME)
		document_add_span(t->d, start, spans[kind], -1);
}

static bool
is_blank(const char *s, size_t len)
{
	while (len > 0 && *s == ' ') {
		s++;
		len--;
	}
	return len == 0;
}

static bool
has_columns(const char *s, size_t len)
{
	return len > 0 && (s[0] == ' ' || memmem(s, len, "   ", 3) != NULL);
}

static void
add_fixed(struct text *t, const char *s, size_t len, int quote, enum patch_kind kind)
{
	struct buf line = {0};
	bool tabs = memchr(s, '\t', len) != NULL;

	if (tabs) {
		expand_tabs(&line, s, len);
		s = buf_text(&line);
		len = line.len;
	}
	bool paragraph = kind == PATCH_NONE && !tabs && len > LINE_CELLS_MAX &&
		!has_columns(s, len);
	begin(t, paragraph ? BLOCK_PARAGRAPH : BLOCK_LINE, quote);
	if (kind != PATCH_NONE)
		add_patch_line(t, s, len, kind);
	else
		text_add_linked(t->d, s, len);
	buf_done(&line);
}

// What of a patch the line is; rest is the text behind it.
static enum patch_kind
watch_patch(struct text *t, const char *s, size_t len, int quote, const char *rest,
	size_t rest_len)
{
	const char *next = NULL;
	size_t next_len = 0, at = 0;

	// Only what may be the first line of one is looked behind.
	if (len > 4 && memcmp(s, "--- ", 4) == 0 &&
	    (next = next_line(rest, rest_len, &at, &next_len)) != NULL &&
	    take_quote(&next, &next_len, t->flowed) != quote)
		next = NULL;
	return patch_take(&t->patch, quote, s, len, next, next_len);
}

// RFC 3676 section 4.1: a line that ends in a blank goes on in the next one.
struct flow {
	struct buf text;
	int quote;
	bool open;
};

static void
flow_end(struct text *t, struct flow *f)
{
	if (!f->open)
		return;
	begin(t, BLOCK_PARAGRAPH, f->quote);
	while (f->text.len > 0 && f->text.data[f->text.len - 1] == ' ')
		buf_cut(&f->text, f->text.len - 1);
	text_add_linked(t->d, buf_text(&f->text), f->text.len);
	buf_clear(&f->text);
	f->open = false;
}

// A line of blanks ends a paragraph: to the letter the RFC has it flow on, but
// who wrote it left an empty line.
static void
add_flowed(struct text *t, struct flow *f, const char *s, size_t len, int quote,
	enum patch_kind kind)
{
	bool signature = t->signature && line_is(s, len, "-- "), blank = false;
	bool empty = !signature && is_blank(s, len);
	bool soft = !signature && !empty && s[len - 1] == ' ';

	if (empty || kind != PATCH_NONE)
		flow_end(t, f);
	if (signature || empty || kind != PATCH_NONE || (!f->open && !soft)) {
		add_fixed(t, s, empty ? 0 : len, quote, kind);
		return;
	}
	// One blank between the lines, wherever the writer's program put more.
	while (f->open && f->text.len > 0 && *s == ' ' &&
	       f->text.data[f->text.len - 1] == ' ') {
		s++;
		len--;
	}
	f->open = true;
	f->quote = quote;
	if (soft)
		len = flowed_end(s, len, t->delsp, &blank);
	if (f->text.len < DOCUMENT_TEXT_MAX) {
		buf_add(&f->text, s, len);
		buf_str(&f->text, blank ? " " : "");
	}
	if (!soft)
		flow_end(t, f);
}

static void
take_line(struct text *t, struct flow *f, const char *s, size_t len, const char *rest,
	size_t rest_len)
{
	int quote = t->patch.whole ? 0 : take_quote(&s, &len, t->flowed);

	// A stuffed blank; quoted lines have lost theirs with the marks already.
	if (t->flowed && quote == 0 && len > 0 && *s == ' ') {
		s++;
		len--;
	}
	// Before what was open gets the looks of what follows.
	if (f->quote != quote || line_is(s, len, "-- "))
		flow_end(t, f);
	watch_signature(t, s, len, quote);
	enum patch_kind kind = watch_patch(t, s, len, quote, rest, rest_len);
	if (t->flowed)
		add_flowed(t, f, s, len, quote, kind);
	else
		add_fixed(t, s, len, quote, kind);
}

void
text_to_document(struct document *d, const struct part *part,
	const char *text, size_t len)
{
	struct text t = {
		.d = d,
		.section = part->section,
		.flowed = part->flowed,
		.delsp = part->delsp,
		.patch.whole = part_is(part, "text", "x-patch") ||
			part_is(part, "text", "x-diff"),
	};
	struct flow flow = {0};
	const char *line;
	size_t line_len;

	// Empty lines before the first text say nothing.
	size_t empty = 0;
	while (empty < len && strchr(" \t\r\n", text[empty]) != NULL)
		empty++;
	while (empty > 0 && empty < len && text[empty - 1] != '\n' &&
	       text[empty - 1] != '\r')
		empty--;
	text += empty;
	len -= empty;

	for (size_t at = 0; !document_full(d) &&
	     (line = next_line(text, len, &at, &line_len)) != NULL;)
		take_line(&t, &flow, line, line_len, text + at, len - at);
	flow_end(&t, &flow);
	buf_done(&flow.text);
}
