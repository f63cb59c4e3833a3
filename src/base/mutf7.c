// SPDX-License-Identifier: GPL-3.0-or-later
// Modified UTF-7 both ways, strictly: what decodes encodes to the same again, so
// that no two spellings name one folder.
#include "config.h"

#include "base/mutf7.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"

static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static bool
is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

// RFC 9051: what an atom may hold stands for itself in a keyword.
static bool
is_plain(uint32_t c, bool keyword)
{
	return c < 0x7f && (!keyword ||
		(c > ' ' && strchr("(){%*\"\\]", (int)c) == NULL));
}

static void
put_char(struct buf *out, uint32_t c)
{
	char text[4];

	buf_add(out, text, utf8_encode(c, text));
}

// UTF-16 units into characters; *high holds the first half of a pair.
static bool
put_unit(struct buf *out, uint32_t unit, uint32_t *high, bool keyword)
{
	bool first = unit >= 0xd800 && unit < 0xdc00;
	bool second = unit >= 0xdc00 && unit < 0xe000;

	if (second != (*high != 0))
		return false;
	if (first) {
		*high = unit;
		return true;
	}
	uint32_t c = second
		? 0x10000 + ((*high - 0xd800) << 10) + (unit - 0xdc00) : unit;
	*high = 0;
	if (is_control(c) || is_plain(c, keyword))
		return false;
	put_char(out, c);
	return true;
}

// Behind '&'; returns where the run ends, behind its '-'; NULL: broken.
static const char *
decode_run(struct buf *out, const char *at, bool keyword)
{
	uint32_t bits = 0, high = 0;
	int n = 0;

	for (; *at != '-'; at++) {
		const char *digit = *at == '\0' ? NULL : strchr(digits, *at);
		if (digit == NULL)
			return NULL;
		bits = bits << 6 | (uint32_t)(digit - digits);
		n += 6;
		if (n < 16)
			continue;
		n -= 16;
		if (!put_unit(out, bits >> n & 0xffff, &high, keyword))
			return NULL;
		bits &= (1u << n) - 1;
	}
	// What is left over is padding: fewer than six bits, all zero.
	return high == 0 && n < 6 && bits == 0 ? at + 1 : NULL;
}

static bool
decode(struct buf *out, const char *name, bool keyword)
{
	size_t start = out->len;
	const char *at = name;
	bool run = false; // two runs beside each other would be one

	while (*at != '\0') {
		unsigned char c = (unsigned char)*at;
		if (c != '&') {
			if (c < 0x20 || !is_plain(c, keyword))
				goto broken;
			buf_char(out, *at++);
			run = false;
		} else if (at[1] == '-') {
			buf_char(out, '&');
			at += 2;
			run = false;
		} else {
			at = run ? NULL : decode_run(out, at + 1, keyword);
			if (at == NULL)
				goto broken;
			run = true;
		}
	}
	return true;
broken:
	if (out->len > start)
		buf_cut(out, start);
	return false;
}

bool
mutf7_decode(struct buf *out, const char *name)
{
	return decode(out, name, false);
}

bool
mutf7_decode_keyword(struct buf *out, const char *keyword)
{
	return decode(out, keyword, true);
}

struct run {
	uint32_t bits;
	int n;
	bool open;
};

static void
run_put(struct buf *out, struct run *r, uint32_t unit)
{
	if (!r->open)
		buf_char(out, '&');
	r->open = true;
	r->bits = r->bits << 16 | unit;
	r->n += 16;
	while (r->n >= 6) {
		r->n -= 6;
		buf_char(out, digits[r->bits >> r->n & 63]);
		r->bits &= (1u << r->n) - 1;
	}
}

static void
run_end(struct buf *out, struct run *r)
{
	if (!r->open)
		return;
	if (r->n > 0)
		buf_char(out, digits[r->bits << (6 - r->n) & 63]);
	buf_char(out, '-');
	*r = (struct run){0};
}

static bool
encode(struct buf *out, const char *text, bool keyword)
{
	size_t len = strlen(text);
	struct run run = {0};

	if (!utf8_valid(text, len))
		return false;
	size_t start = out->len;
	for (size_t at = 0; at < len;) {
		uint32_t c;
		at += utf8_decode(text + at, len - at, &c);
		if (is_control(c)) {
			if (out->len > start)
				buf_cut(out, start);
			return false;
		}
		if (is_plain(c, keyword)) {
			run_end(out, &run);
			buf_char(out, (char)c);
			if (c == '&')
				buf_char(out, '-');
		} else if (c < 0x10000) {
			run_put(out, &run, c);
		} else {
			run_put(out, &run, 0xd800 + ((c - 0x10000) >> 10));
			run_put(out, &run, 0xdc00 + ((c - 0x10000) & 0x3ff));
		}
	}
	run_end(out, &run);
	return true;
}

bool
mutf7_encode(struct buf *out, const char *text)
{
	return encode(out, text, false);
}

bool
mutf7_encode_keyword(struct buf *out, const char *text)
{
	return encode(out, text, true);
}
