// SPDX-License-Identifier: GPL-3.0-or-later
// Transfer encodings with what mail servers are known to change in mind: blanks
// at line ends, "From " at line starts, a lone dot, long lines.
#include "config.h"

#include "mail/build_encode.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <string.h>

#define LINE_MAX_BYTES 998  // RFC 5322 section 2.1.1
#define QUOTED_LINE_MAX 76  // RFC 2045 section 6.7
#define WORD_BYTES 42       // in base64 and with its frame under 75

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void
base64_group(struct buf *out, const unsigned char *s, size_t n)
{
	unsigned v = (unsigned)s[0] << 16 | (n > 1 ? (unsigned)s[1] << 8 : 0) |
		(n > 2 ? s[2] : 0);

	buf_char(out, base64_digits[v >> 18]);
	buf_char(out, base64_digits[v >> 12 & 63]);
	buf_char(out, n > 1 ? base64_digits[v >> 6 & 63] : '=');
	buf_char(out, n > 2 ? base64_digits[v & 63] : '=');
}

void
build_encode_base64(struct buf *out, const char *data, size_t len)
{
	const unsigned char *s = (const unsigned char *)data;

	buf_reserve(out, len / 57 * 77 + 80);
	for (size_t at = 0; at < len; at += 3) {
		base64_group(out, s + at, len - at < 3 ? len - at : 3);
		if ((at + 3) % 57 == 0 || at + 3 >= len)
			buf_char(out, '\n');
	}
}

static void
quoted_byte(struct buf *out, unsigned char c)
{
	static const char digits[] = "0123456789ABCDEF";

	buf_char(out, '=');
	buf_char(out, digits[c >> 4]);
	buf_char(out, digits[c & 15]);
}

static bool
quoted_must(const char *line, size_t at, size_t len)
{
	unsigned char c = (unsigned char)line[at];

	if (c == ' ' || c == '\t')
		return at + 1 == len;
	if (c == 'F' && at == 0)
		return len >= 5 && memcmp(line, "From ", 5) == 0;
	if (c == '.' && at == 0)
		return len == 1;
	return c < ' ' || c == '=' || c >= 0x7f;
}

static void
quoted_line(struct buf *out, const char *line, size_t len)
{
	size_t used = 0;

	for (size_t at = 0; at < len; at++) {
		bool must = quoted_must(line, at, len);
		size_t need = must ? 3 : 1;
		// One column stays free for the '=' of a soft line end.
		if (used + need > QUOTED_LINE_MAX - (at + 1 < len)) {
			buf_str(out, "=\n");
			used = 0;
		}
		if (must)
			quoted_byte(out, (unsigned char)line[at]);
		else
			buf_char(out, line[at]);
		used += need;
	}
	buf_char(out, '\n');
}

static void
encode_quoted(struct buf *out, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		quoted_line(out, text, len);
		text += len + (text[len] == '\n');
	}
}

// The lines of text as they are, with a line end at the last one too.
static void
encode_as_is(struct buf *out, const char *text)
{
	size_t len = strlen(text);

	buf_add(out, text, len);
	if (len > 0 && text[len - 1] != '\n')
		buf_char(out, '\n');
}

static void
encode_base64_text(struct buf *out, const char *text)
{
	struct buf lines = {0};

	// RFC 2045 section 6.8: text has CR LF line ends before it is encoded.
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			buf_char(&lines, '\r');
		buf_char(&lines, *text);
	}
	if (lines.len > 0 && lines.data[lines.len - 1] != '\n')
		buf_str(&lines, "\r\n");
	build_encode_base64(out, buf_text(&lines), lines.len);
	buf_done(&lines);
}

enum build_encoding
build_encode_text(struct buf *out, const char *text, bool *ascii_r)
{
	size_t must = 0, all = 0;
	bool safe = true;

	*ascii_r = true;
	for (const char *line = text; *line != '\0';) {
		size_t len = strcspn(line, "\n");
		safe = safe && len <= LINE_MAX_BYTES && (len < 5 ||
			memcmp(line, "From ", 5) != 0);
		for (size_t i = 0; i < len; i++) {
			unsigned char c = (unsigned char)line[i];
			must += quoted_must(line, i, len);
			*ascii_r = *ascii_r && c < 0x80;
			safe = safe && (c >= ' ' || c == '\t') && c < 0x7f;
		}
		all += len;
		line += len + (line[len] == '\n');
	}
	if (safe) {
		encode_as_is(out, text);
		return BUILD_7BIT;
	}
	if (must * 6 > all) { // where base64 is shorter
		encode_base64_text(out, text);
		return BUILD_BASE64;
	}
	encode_quoted(out, text);
	return BUILD_QUOTED;
}

enum build_encoding
build_plain_encoding(const char *data, size_t len)
{
	enum build_encoding encoding = BUILD_7BIT;
	size_t line = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)data[i];
		line = c == '\n' ? 0 : line + 1;
		if (c == '\0' || line > LINE_MAX_BYTES ||
		    (c == '\r' && (i + 1 == len || data[i + 1] != '\n')))
			return BUILD_BASE64;
		if (c >= 0x80)
			encoding = BUILD_8BIT;
	}
	return encoding;
}

void
build_encode_plain(struct buf *out, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] != '\r')
			buf_char(out, data[i]);
	if (out->len > 0 && out->data[out->len - 1] != '\n')
		buf_char(out, '\n');
}

void
build_encode_words(struct buf *out, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		// No character is cut in two between words.
		size_t n = len < WORD_BYTES ? len : WORD_BYTES;
		while (n < len && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
		if (n == 0)
			n = len < WORD_BYTES ? len : WORD_BYTES;
		if (out->len > 0)
			buf_char(out, ' ');
		buf_str(out, "=?utf-8?b?");
		for (size_t at = 0; at < n; at += 3)
			base64_group(out, (const unsigned char *)text + at,
				n - at < 3 ? n - at : 3);
		buf_str(out, "?=");
		text += n;
		len -= n;
	}
}
