// SPDX-License-Identifier: GPL-3.0-or-later
// The document as a record: it comes out of a process that has read hostile
// mail, so nothing in it is believed until it has been checked here.
#include "config.h"

#include "mail/document.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

#define DOCUMENT_VERSION 1
#define QUOTE_MAX 10000
#define INDENT_MAX 1000

static void
pack_blocks(struct buf *out, const struct document *d)
{
	buf_u32(out, (uint32_t)d->blocks.len);
	for (size_t i = 0; i < d->blocks.len; i++) {
		const struct block *b = array_at(&d->blocks, i);
		buf_u32(out, (uint32_t)b->len);
		buf_u8(out, (uint8_t)b->kind);
		buf_u8(out, b->signature);
		buf_u32(out, (uint32_t)b->quote);
		buf_u32(out, (uint32_t)b->indent);
		buf_pack_str(out, b->part);
	}
}

static void
pack_spans(struct buf *out, const struct document *d)
{
	buf_u32(out, (uint32_t)d->spans.len);
	for (size_t i = 0; i < d->spans.len; i++) {
		const struct span *s = array_at(&d->spans, i);
		buf_u32(out, (uint32_t)s->start);
		buf_u32(out, (uint32_t)s->len);
		buf_u8(out, (uint8_t)s->kind);
		buf_u32(out, (uint32_t)s->link);
	}
}

void
document_pack(struct buf *out, const struct document *d)
{
	buf_u8(out, DOCUMENT_VERSION);
	buf_pack_bytes(out, buf_text(&d->text), d->text.len);
	pack_blocks(out, d);
	pack_spans(out, d);
	buf_u32(out, (uint32_t)d->links.len);
	for (size_t i = 0; i < d->links.len; i++)
		buf_pack_str(out, d->links.items[i]);
	envelope_pack(out, &d->envelope);
	buf_u32(out, (uint32_t)d->fields.len);
	for (size_t i = 0; i < d->fields.len; i++) {
		const struct document_field *f = array_at(&d->fields, i);
		buf_pack_str(out, f->name);
		buf_pack_str(out, f->value);
	}
	buf_u8(out, d->root != NULL);
	if (d->root != NULL)
		part_pack(out, d->root);
}

// Letters that need no look at the tables: Latin without the soft hyphen,
// Cyrillic, kana, CJK and Hangul without its filler.
static bool
is_common_letter(uint32_t c)
{
	return (c >= 0xa1 && c < 0x300 && c != 0xad) || (c >= 0x400 && c < 0x480) ||
		(c >= 0x3041 && c <= 0xd7a3 && c != 0x3164);
}

// True if the filter would let every character of s pass where it stands; the
// filter itself would also judge what stands beside it, and text that was
// filtered piece by piece is not always what it is as a whole.
static bool
text_is_safe(const char *s, size_t len)
{
	struct buf safe = {0};
	uint32_t c;
	bool good = true;

	for (size_t at = 0; at < len && good;) {
		if (s[at] >= ' ' && s[at] <= '~') {
			at++;
			continue;
		}
		size_t used = utf8_decode(s + at, len - at, &c);
		// Joiners and style selectors are safe anywhere, a mark needs a
		// letter before it, U+FFFD must not stand for a broken byte.
		bool joiner = c == 0x200d || c == 0xfe0e || c == 0xfe0f;
		if (!joiner && !is_common_letter(c)) {
			buf_clear(&safe);
			buf_char(&safe, 'a');
			char one[8] = "a";
			memcpy(one + 1, s + at, used);
			utf8_filter_line(&safe, one, used + 1);
			good = safe.len == used + 2 &&
				memcmp(safe.data + 2, s + at, used) == 0;
		}
		at += used;
	}
	buf_done(&safe);
	return good;
}

static bool
line_is_safe(const char *s)
{
	return s == NULL || text_is_safe(s, strlen(s));
}

static void
require(struct reader *in, bool good)
{
	if (!good)
		in->bad = true;
}

// Blocks lie behind one another with one line end between, so their starts
// need not be told.
static void
unpack_blocks(struct document *d, struct reader *in)
{
	uint32_t n = read_u32(in);
	size_t at = 0;

	require(in, n <= DOCUMENT_BLOCKS_MAX + DOCUMENT_NOTES_MAX);
	for (uint32_t i = 0; i < n && !in->bad; i++) {
		struct block *b = array_push(&d->blocks);
		if (i > 0) {
			require(in, at < d->text.len && d->text.data[at] == '\n');
			at++;
		}
		b->start = at;
		b->len = read_u32(in);
		uint8_t kind = read_u8(in);
		b->kind = (enum block_kind)kind;
		b->signature = read_u8(in) != 0;
		uint32_t quote = read_u32(in), indent = read_u32(in);
		b->part = read_str(in);
		if (*b->part == '\0') {
			free(b->part);
			b->part = NULL;
		}
		require(in, kind <= BLOCK_PART && quote <= QUOTE_MAX &&
			indent <= INDENT_MAX && at <= d->text.len &&
			b->len <= d->text.len - at && line_is_safe(b->part));
		if (in->bad)
			return;
		b->quote = (int)quote;
		b->indent = (int)indent;
		require(in, text_is_safe(d->text.data + at, b->len));
		at += b->len;
	}
	require(in, at == d->text.len);
}

static void
unpack_spans(struct document *d, struct reader *in, size_t n_links)
{
	uint32_t n = read_u32(in);
	size_t last = 0;

	require(in, n <= DOCUMENT_SPANS_MAX);
	for (uint32_t i = 0; i < n && !in->bad; i++) {
		struct span *s = array_push(&d->spans);
		s->start = read_u32(in);
		s->len = read_u32(in);
		uint8_t kind = read_u8(in);
		int32_t link = (int32_t)read_u32(in);
		require(in, s->start >= last && s->start <= d->text.len &&
			s->len <= d->text.len - s->start && kind <= SPAN_WARNING &&
			link >= -1 && (link < 0 || (size_t)link < n_links));
		s->kind = (enum span_kind)kind;
		s->link = link;
		last = s->start;
	}
}

static void
unpack_links(struct document *d, struct reader *in)
{
	uint32_t n = read_u32(in);

	require(in, n <= DOCUMENT_LINKS_MAX);
	for (uint32_t i = 0; i < n && !in->bad; i++) {
		char *url = read_str(in);
		// Added as any other link is: a bad one is not added.
		require(in, document_link(d, url) == (int)i &&
			strcmp(d->links.items[i], url) == 0);
		free(url);
	}
}

static bool
addresses_are_safe(const struct address_list *list)
{
	for (size_t i = 0; i < list->len; i++)
		if (!line_is_safe(list->items[i].name) ||
		    !line_is_safe(list->items[i].mail))
			return false;
	return true;
}

static bool
strings_are_safe(const struct strlist *l)
{
	for (size_t i = 0; i < l->len; i++)
		if (!line_is_safe(l->items[i]))
			return false;
	return true;
}

static bool
envelope_is_safe(const struct envelope *e)
{
	return addresses_are_safe(&e->from) && addresses_are_safe(&e->sender) &&
		addresses_are_safe(&e->reply_to) && addresses_are_safe(&e->to) &&
		addresses_are_safe(&e->cc) && addresses_are_safe(&e->bcc) &&
		line_is_safe(e->subject) && line_is_safe(e->message_id) &&
		strings_are_safe(&e->in_reply_to) &&
		strings_are_safe(&e->references) && line_is_safe(e->list_id);
}

// Unpacking has bounded the depth.
static bool
part_is_safe(const struct part *p)
{
	const char *texts[] = {
		p->section, p->type, p->subtype, p->charset, p->name,
		p->disposition, p->encoding, p->content_id, p->description,
		p->report_type,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (!line_is_safe(texts[i]))
			return false;
	if (p->envelope != NULL && !envelope_is_safe(p->envelope))
		return false;
	for (size_t i = 0; i < p->n_children; i++)
		if (!part_is_safe(p->children[i]))
			return false;
	return true;
}

static void
unpack_fields(struct document *d, struct reader *in)
{
	uint32_t n = read_u32(in);

	require(in, n <= DOCUMENT_FIELDS_MAX);
	for (uint32_t i = 0; i < n && !in->bad; i++) {
		struct document_field *f = array_push(&d->fields);
		f->name = read_str(in);
		f->value = read_str(in);
		require(in, line_is_safe(f->name) && line_is_safe(f->value));
	}
}

struct document *
document_unpack(const void *data, size_t len)
{
	struct reader in = reader_of(data, len);
	struct document *d = document_new();
	size_t text_len;

	require(&in, read_u8(&in) == DOCUMENT_VERSION);
	const char *text = read_bytes(&in, &text_len);
	require(&in, text_len <= DOCUMENT_TEXT_MAX + DOCUMENT_BLOCKS_MAX * 4);
	if (!in.bad) {
		buf_add(&d->text, text, text_len);
		unpack_blocks(d, &in);
	}
	// The links come behind the spans that point to them.
	if (!in.bad)
		unpack_spans(d, &in, DOCUMENT_LINKS_MAX);
	if (!in.bad)
		unpack_links(d, &in);
	for (size_t i = 0; i < d->spans.len && !in.bad; i++) {
		const struct span *s = array_at(&d->spans, i);
		require(&in, s->link < (int)d->links.len);
	}
	if (!in.bad)
		envelope_unpack(&d->envelope, &in);
	require(&in, !in.bad && envelope_is_safe(&d->envelope));
	if (!in.bad)
		unpack_fields(d, &in);
	if (read_u8(&in) != 0 && !in.bad)
		d->root = part_unpack(&in);
	require(&in, d->root == NULL || part_is_safe(d->root));
	if (in.bad || in.left != 0)
		document_free(&d);
	return d;
}
