// SPDX-License-Identifier: GPL-3.0-or-later
// A document as one text, for tables of cases: each block as its letter, a '>'
// for each quoting level, its indent, '~' in a signature, then ": text|".
#ifndef TESTS_UNIT_DOCUMENT_DUMP_H
#define TESTS_UNIT_DOCUMENT_DUMP_H

#include "base/buf.h"
#include "mail/document.h"

static inline void
dump_blocks(struct buf *out, const struct document *d)
{
	for (size_t i = 0; i < d->blocks.len; i++) {
		const struct block *b = array_at(&d->blocks, i);
		buf_char(out, "PLHIRNA"[b->kind]);
		for (int q = 0; q < b->quote; q++)
			buf_char(out, '>');
		if (b->indent > 0)
			buf_printf(out, "%d", b->indent);
		if (b->signature)
			buf_char(out, '~');
		buf_str(out, b->len > 0 ? ": " : "");
		buf_add(out, buf_text(&d->text) + b->start, b->len);
		buf_char(out, '|');
	}
}

// Each span as its letter, "(text)" and the link's URL.
static inline void
dump_spans(struct buf *out, const struct document *d)
{
	for (size_t i = 0; i < d->spans.len; i++) {
		const struct span *s = array_at(&d->spans, i);
		buf_char(out, "biuscLar!"[s->kind]);
		buf_char(out, '(');
		buf_add(out, buf_text(&d->text) + s->start, s->len);
		buf_char(out, ')');
		if (s->link >= 0)
			buf_str(out, d->links.items[s->link]);
		buf_char(out, '|');
	}
}

// No control character, nothing that turns the line: whatever was read.
static inline bool
dump_is_clean(const char *s, size_t len)
{
	bool clean = true;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		clean = clean && (c >= ' ' || c == '\n') && c != 0x7f;
		if (i + 1 < len && c == 0xc2)
			clean = clean && (unsigned char)s[i + 1] >= 0xa0;
		if (i + 2 < len && c == 0xe2 && (unsigned char)s[i + 1] == 0x80) {
			unsigned char last = (unsigned char)s[i + 2];
			clean = clean && last != 0x8b && !(last >= 0xa8 && last <= 0xae);
		}
	}
	return clean;
}

#endif
