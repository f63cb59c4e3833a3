// SPDX-License-Identifier: GPL-3.0-or-later
// The document that a message becomes: built block by block under limits, so
// that no mail can make it larger than a pager bears.
#include "config.h"

#include "mail/document.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

struct document *
document_new(void)
{
	struct document *d = mem_new(struct document);

	d->blocks = ARRAY_OF(struct block);
	d->spans = ARRAY_OF(struct span);
	d->fields = ARRAY_OF(struct document_field);
	return d;
}

void
document_free(struct document **where)
{
	struct document *d = *where;

	*where = NULL;
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->blocks.len; i++)
		free(((struct block *)array_at(&d->blocks, i))->part);
	for (size_t i = 0; i < d->fields.len; i++) {
		struct document_field *f = array_at(&d->fields, i);
		free(f->name);
		free(f->value);
	}
	buf_done(&d->text);
	array_done(&d->blocks);
	array_done(&d->spans);
	array_done(&d->fields);
	strlist_done(&d->links);
	map_free(&d->link_index, NULL);
	envelope_done(&d->envelope);
	part_free(&d->root);
	free(d);
}

bool
document_full(const struct document *d)
{
	return d->text.len >= DOCUMENT_TEXT_MAX ||
		d->blocks.len >= DOCUMENT_BLOCKS_MAX;
}

struct block *
document_add_block(struct document *d, enum block_kind kind)
{
	if (d->blocks.len > 0)
		buf_char(&d->text, '\n');
	struct block *b = array_push(&d->blocks);
	b->kind = kind;
	b->start = d->text.len;
	return b;
}

static bool
is_plain(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] < ' ' || s[i] > '~')
			return false;
	return true;
}

// How much of s may still be added, cut between characters.
static size_t
room_for(const struct document *d, const char *s, size_t len)
{
	size_t room = d->text.len < DOCUMENT_TEXT_MAX
		? DOCUMENT_TEXT_MAX - d->text.len : 0;

	if (len <= room)
		return len;
	while (room > 0 && ((unsigned char)s[room] & 0xc0) == 0x80)
		room--;
	return room;
}

void
document_add_text(struct document *d, const char *s, size_t len)
{
	if (d->blocks.len == 0)
		document_add_block(d, BLOCK_PARAGRAPH);
	len = room_for(d, s, len);
	if (is_plain(s, len))
		buf_add(&d->text, s, len);
	else
		utf8_filter_line(&d->text, s, len);
	struct block *b = array_at(&d->blocks, d->blocks.len - 1);
	b->len = d->text.len - b->start;
}

void
document_add_span(struct document *d, size_t start, enum span_kind kind, int link)
{
	size_t at = d->spans.len;

	if (start >= d->text.len || d->spans.len >= DOCUMENT_SPANS_MAX)
		return;
	// An outer one ends after the inner ones and so comes after them; the
	// list is by start, the outer first.
	while (at > 0 && ((struct span *)array_at(&d->spans, at - 1))->start >= start)
		at--;
	struct span *s = array_insert(&d->spans, at);
	*s = (struct span){
		.start = start,
		.len = d->text.len - start,
		.kind = kind,
		.link = link,
	};
}

void
document_note(struct document *d, const char *format, ...)
{
	struct buf text = {0};
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	// Ours, so that it is there where the sender's text is too long.
	struct block *b = document_add_block(d, BLOCK_NOTE);
	utf8_filter_line(&d->text, buf_text(&text), text.len);
	b->len = d->text.len - b->start;
	buf_done(&text);
}

const char *
document_header(const struct document *d, const char *name)
{
	for (size_t i = 0; i < d->fields.len; i++) {
		const struct document_field *f = array_at(&d->fields, i);
		if (str_equal_nocase(f->name, name))
			return f->value;
	}
	return NULL;
}

static size_t
scheme_len(const char *url)
{
	static const char *const schemes[] = { "http://", "https://", "mailto:" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (str_has_prefix_nocase(url, schemes[i]))
			return strlen(schemes[i]);
	return 0;
}

static bool
url_allowed(const char *url)
{
	size_t len = scheme_len(url);

	return len > 0 && url[len] != '\0' && strchr("/?#: ", url[len]) == NULL;
}

// The URL in the characters that RFC 3986 allows: all else is written as %XX,
// so that neither a control character nor a look-alike letter hides in it.
static char *
url_clean(const char *url)
{
	struct buf out = {0};

	for (; *url != '\0' && out.len < DOCUMENT_URL_MAX; url++) {
		unsigned char c = (unsigned char)*url;
		if (strchr("\t\r\n", c) != NULL)
			continue;
		if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}", c) != NULL)
			buf_printf(&out, "%%%02X", c);
		else
			buf_char(&out, (char)c);
	}
	return buf_take(&out);
}

int
document_link(struct document *d, const char *url)
{
	char *clean = url_clean(url + strspn(url, " \t\r\n"));

	if (!url_allowed(clean)) {
		free(clean);
		return -1;
	}
	if (d->link_index == NULL)
		d->link_index = map_new();
	uintptr_t known = (uintptr_t)map_get(d->link_index, clean);
	if (known != 0 || d->links.len >= DOCUMENT_LINKS_MAX) {
		free(clean);
		return (int)known - 1;
	}
	strlist_take(&d->links, clean);
	map_put(d->link_index, clean, (void *)(uintptr_t)d->links.len);
	return (int)d->links.len - 1;
}

bool
document_link_shows(const char *url, const char *text, size_t len)
{
	char *shown = str_ndup(text, len);
	char *clean = url_clean(str_trim(shown));
	// People and programs leave out the scheme and the last stroke.
	const char *a = url + scheme_len(url), *b = clean + scheme_len(clean);
	size_t a_len = strlen(a), b_len = strlen(b);

	a_len -= a_len > 0 && a[a_len - 1] == '/';
	b_len -= b_len > 0 && b[b_len - 1] == '/';
	bool same = a_len == b_len && memcmp(a, b, a_len) == 0;
	free(clean);
	free(shown);
	return same;
}
