// SPDX-License-Identifier: GPL-3.0-or-later
// What a part says of itself, and its body decoded: through GMime, which knows
// RFC 2231 and all the ways in which senders break it.
#include "config.h"

#include "mail/part.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/gmime.h"
#include "mail/part_scan.h"

#include <stdlib.h>
#include <string.h>

#define DECODE_STEP (32 * 1024)
#define PAGE_HEAD_MAX 2048   // bytes of a page that may name its charset

// One safe line, NULL when nothing is left of it.
static char *
safe_text(const char *s)
{
	struct buf safe = {0};

	if (s == NULL)
		return NULL;
	utf8_filter_line(&safe, s, strlen(s));
	char *text = buf_take(&safe), *start = str_trim(text);
	if (*start == '\0') {
		free(text);
		return NULL;
	}
	if (start != text)
		memmove(text, start, strlen(start) + 1);
	return text;
}

static void
set_safe(char **where, const char *s)
{
	free(*where);
	*where = safe_text(s);
}

static void
set_lower(char **where, const char *s)
{
	char *text = safe_text(s);

	if (text == NULL)
		return;
	str_lower(text);
	free(*where);
	*where = text;
}

// The token at the start of a value, whatever is around it.
static char *
first_token(const char *s)
{
	s += strspn(s, " \t\"'");
	return str_ndup(s, strcspn(s, " \t\"';,("));
}

static void
take_type(struct part *p, const char *value, char **boundary_r)
{
	char *token = first_token(value);
	bool named = strchr(token, '/') != NULL && token[0] != '/' &&
		token[strlen(token) - 1] != '/';

	free(token);
	// RFC 2045 section 5.2: what cannot be read is plain text.
	GMimeContentType *ct = named
		? g_mime_content_type_parse(gmime_ready(), value) : NULL;
	if (ct == NULL)
		return;
	set_lower(&p->type, g_mime_content_type_get_media_type(ct));
	set_lower(&p->subtype, g_mime_content_type_get_media_subtype(ct));
	set_safe(&p->charset, g_mime_content_type_get_parameter(ct, "charset"));
	set_safe(&p->name, g_mime_content_type_get_parameter(ct, "name"));
	const char *format = g_mime_content_type_get_parameter(ct, "format");
	const char *delsp = g_mime_content_type_get_parameter(ct, "delsp");
	if (part_is(p, "text", "plain")) {
		p->flowed = format != NULL && str_equal_nocase(format, "flowed");
		p->delsp = delsp != NULL && str_equal_nocase(delsp, "yes");
	}
	if (part_is(p, "multipart", NULL)) {
		const char *boundary = g_mime_content_type_get_parameter(ct, "boundary");
		*boundary_r = str_dup(boundary);
		set_lower(&p->report_type,
			g_mime_content_type_get_parameter(ct, "report-type"));
	}
	g_object_unref(ct);
}

static void
take_disposition(struct part *p, const char *value)
{
	GMimeContentDisposition *cd = g_mime_content_disposition_parse(gmime_ready(),
		value);

	if (cd == NULL)
		return;
	const char *kind = g_mime_content_disposition_get_disposition(cd);
	const char *name = g_mime_content_disposition_get_parameter(cd, "filename");
	// RFC 2183 section 2.8: an unknown one is treated as an attachment.
	if (kind != NULL && *kind != '\0')
		str_set(&p->disposition,
			str_equal_nocase(kind, "inline") ? "inline" : "attachment");
	if (name != NULL && *name != '\0')
		set_safe(&p->name, name);
	g_object_unref(cd);
}

static void
take_encoding(struct part *p, const char *value)
{
	char *token = first_token(value);

	set_lower(&p->encoding, token);
	free(token);
}

static void
take_id(struct part *p, const char *value)
{
	const char *open = strchr(value, '<');
	const char *start = open != NULL ? open + 1 : value;
	char *id = str_ndup(start, strcspn(start, "<> \t"));

	set_safe(&p->content_id, id);
	free(id);
}

static void
take_description(struct part *p, const char *value)
{
	char *text = header_decode(value, strlen(value));

	set_safe(&p->description, text);
	free(text);
}

struct part *
part_describe(const char *block, size_t len, bool in_digest, char **boundary_r)
{
	static const struct {
		const char *name;
		void (*take)(struct part *p, const char *value);
	} fields[] = {
		{ "Content-Type", NULL },
		{ "Content-Disposition", take_disposition },
		{ "Content-Transfer-Encoding", take_encoding },
		{ "Content-ID", take_id },
		{ "Content-Description", take_description },
	};
	struct part *p = in_digest ? part_new("message", "rfc822")
	                           : part_new("text", "plain");
	struct header_field f;
	unsigned seen = 0; // the first of each counts

	*boundary_r = NULL;
	if (len > HEADER_BLOCK_MAX)
		len = HEADER_BLOCK_MAX;
	for (size_t at = 0; header_next(block, len, &at, &f);) {
		if (f.name_len < 10 || str_compare_nocase_n(f.name, "Content-", 8) != 0)
			continue;
		for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
			if (strlen(fields[i].name) != f.name_len || (seen & 1U << i) != 0 ||
			    str_compare_nocase_n(fields[i].name, f.name, f.name_len) != 0)
				continue;
			char *value = header_unfold(f.value, f.value_len);
			seen |= 1U << i;
			if (fields[i].take != NULL)
				fields[i].take(p, value);
			else
				take_type(p, value, boundary_r);
			free(value);
		}
	}
	return p;
}

static GMimeContentEncoding
encoding_of(const struct part *p)
{
	static const struct {
		const char *name;
		GMimeContentEncoding encoding;
	} names[] = {
		{ "base64", GMIME_CONTENT_ENCODING_BASE64 },
		{ "quoted-printable", GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE },
		{ "x-uuencode", GMIME_CONTENT_ENCODING_UUENCODE },
		{ "uuencode", GMIME_CONTENT_ENCODING_UUENCODE },
		{ "x-uue", GMIME_CONTENT_ENCODING_UUENCODE },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_equal(p->encoding, names[i].name))
			return names[i].encoding;
	return GMIME_CONTENT_ENCODING_BINARY;
}

// GMime's decoder takes every line for data: it begins behind "begin 644 x".
static size_t
uuencode_start(const char *body, size_t len)
{
	for (size_t at = 0; at < len;) {
		const char *end = memchr(body + at, '\n', len - at);
		size_t line = end == NULL ? len - at : (size_t)(end - body) - at + 1;
		bool begin = line > 6 && memcmp(body + at, "begin ", 6) == 0;
		at += line;
		if (begin)
			return at;
	}
	return len;
}

// Four characters of base64 for three bytes, and a line end behind 76 of them.
uint64_t
part_decoded_size(const struct part *p)
{
	return str_equal(p->encoding, "base64") ?
		p->size / 78 * 57 + p->size % 78 * 3 / 4 : p->size;
}

void
part_print_size(struct buf *out, const struct part *p)
{
	uint64_t bytes = part_decoded_size(p);

	if (bytes < 1000)
		buf_printf(out, "%d byte%s", (int)bytes, bytes == 1 ? "" : "s");
	else if (bytes < 1000 * 1000)
		buf_printf(out, "%d kB", (int)(bytes / 1000));
	else
		buf_printf(out, "%.1f MB", (double)bytes / 1e6);
}

bool
part_decode(const struct part *p, const char *body, size_t len, size_t max,
	struct buf *out)
{
	GMimeContentEncoding encoding = encoding_of(p);
	GMimeEncoding state;
	size_t start = out->len;

	if (encoding == GMIME_CONTENT_ENCODING_BINARY) {
		buf_add(out, body, len < max ? len : max);
		return len <= max;
	}
	gmime_ready();
	g_mime_encoding_init_decode(&state, encoding);
	size_t at = encoding == GMIME_CONTENT_ENCODING_UUENCODE
		? uuencode_start(body, len) : 0;
	while (at < len && out->len - start <= max) {
		size_t step = len - at < DECODE_STEP ? len - at : DECODE_STEP;
		buf_reserve(out, g_mime_encoding_outlen(&state, step));
		out->len += g_mime_encoding_step(&state, body + at, step,
			out->data + out->len);
		at += step;
	}
	bool all = out->len - start <= max;
	// Padding that the sender left out; the state counts the odd letters.
	int odd = abs(state.state);
	if (all && encoding == GMIME_CONTENT_ENCODING_BASE64 && (odd == 2 || odd == 3)) {
		buf_reserve(out, 16);
		out->len += g_mime_encoding_step(&state, "==", (size_t)(4 - odd),
			out->data + out->len);
	}
	if (all) {
		buf_reserve(out, g_mime_encoding_outlen(&state, 0) + 64);
		out->len += g_mime_encoding_flush(&state, "", 0, out->data + out->len);
	}
	all = out->len - start <= max;
	if (out->data != NULL)
		buf_cut(out, all ? out->len : start + max);
	return all;
}

// What a page says of itself at its beginning, where the mail says nothing; NULL.
// Of its own it means something only if the text is no UTF-8. free()
static char *
html_charset(const char *html, size_t len)
{
	char *head = str_ndup(html, len < PAGE_HEAD_MAX ? len : PAGE_HEAD_MAX);
	const char *at = str_find_nocase(head, "charset=");
	char *charset = NULL;

	if (at != NULL && !utf8_valid(html, len)) {
		at += strlen("charset=");
		at += *at == '"' || *at == '\'';
		charset = str_ndup(at, strcspn(at, "\"'> \t\r\n;/"));
	}
	free(head);
	return charset;
}

void
part_to_utf8(const struct part *p, const char *data, size_t len, struct buf *out)
{
	char *charset = !charset_is_known(p->charset) && part_is(p, "text", "html")
		? html_charset(data, len) : NULL;

	charset_to_utf8(out, charset != NULL ? charset : p->charset, data, len);
	free(charset);
}
