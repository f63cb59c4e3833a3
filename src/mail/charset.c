// SPDX-License-Identifier: GPL-3.0-or-later
// Charsets as mail really uses them: names that mean a larger set than they
// say, names that lie, and bytes without a name. The usual ones need no iconv.
#include "config.h"

#include "mail/charset.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHARSET_NAME_MAX 40
// Broken characters after which a declared charset is not believed any more:
// each costs a call, and eight megabytes of them would take a second.
#define CHARSET_ERRORS_MAX 20000
// What one call of iconv is given: what checks memory looks at all of it in each
// call, and a call ends at each broken character.
#define CHARSET_PIECE 4096

#define BROKEN "\xef\xbf\xbd"

// What a declared charset is read as. Senders on Windows name the standard set
// and use the larger one of their system.
static const struct {
	const char *declared;
	const char *read_as;
} charset_aliases[] = {
	{ "us-ascii", NULL },
	{ "ascii", NULL },
	{ "ansi_x3.4-1968", NULL },
	{ "646", NULL },
	{ "unknown-8bit", NULL },
	{ "x-unknown", NULL },
	{ "unknown", NULL },
	{ "default", NULL },
	{ "utf8", "utf-8" },
	{ "utf-8", "utf-8" },
	{ "unicode-1-1-utf-8", "utf-8" },
	{ "iso-8859-1", "windows-1252" },
	{ "iso8859-1", "windows-1252" },
	{ "iso_8859-1", "windows-1252" },
	{ "8859_1", "windows-1252" },
	{ "latin1", "windows-1252" },
	{ "cp1252", "windows-1252" },
	{ "windows-1252", "windows-1252" },
	{ "iso-8859-9", "WINDOWS-1254" },
	{ "iso-8859-8-i", "ISO-8859-8" },
	{ "iso-8859-6-i", "ISO-8859-6" },
	{ "iso-8859-11", "CP874" },
	{ "tis-620", "CP874" },
	{ "gb2312", "GB18030" },
	{ "gbk", "GB18030" },
	{ "cp936", "GB18030" },
	{ "x-gbk", "GB18030" },
	{ "ks_c_5601-1987", "CP949" },
	{ "euc-kr", "CP949" },
	{ "shift_jis", "CP932" },
	{ "shift-jis", "CP932" },
	{ "sjis", "CP932" },
	{ "x-sjis", "CP932" },
	{ "unicode-1-1-utf-7", "UTF-7" },
	{ "x-mac-roman", "MACINTOSH" },
	{ "x-mac-cyrillic", "MAC-CYRILLIC" },
};

// windows-1252, 0x80 to 0x9f.
static const uint16_t windows_1252[32] = {
	0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd,
	0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178,
};

static void
from_windows_1252(struct buf *out, const char *data, size_t len)
{
	char bytes[4];

	for (size_t at = 0; at < len;) {
		size_t run = at;
		while (run < len && (unsigned char)data[run] < 0x80)
			run++;
		buf_add(out, data + at, run - at);
		at = run;
		if (at < len) {
			unsigned char c = (unsigned char)data[at++];
			uint32_t u = c < 0xa0 ? windows_1252[c - 0x80] : c;
			buf_add(out, bytes, utf8_encode(u, bytes));
		}
	}
}

// UTF-8 that was cut or damaged here and there, not some other 8-bit set whose
// letters happen to form a sequence.
static bool
is_mostly_utf8(const char *data, size_t len)
{
	size_t good = 0, broken = 0;
	uint32_t c;

	for (size_t at = 0; at < len;) {
		size_t used = utf8_decode(data + at, len - at, &c);
		good += used > 1;
		broken += used == 1 && (unsigned char)data[at] >= 0x80;
		at += used;
	}
	return good > broken;
}

static void
from_utf8(struct buf *out, const char *data, size_t len)
{
	if (utf8_valid(data, len)) {
		buf_add(out, data, len);
	} else if (is_mostly_utf8(data, len)) {
		char *clean = utf8_clean(data, len);
		buf_str(out, clean);
		free(clean);
	} else {
		from_windows_1252(out, data, len);
	}
}

// One call of iconv on the next piece of what is left; false when the charset is to
// be given up.
static bool
convert_some(iconv_t cd, struct buf *out, char **in, size_t *left,
	size_t *errors)
{
	size_t piece = *left < CHARSET_PIECE ? *left : CHARSET_PIECE, rest = piece;

	buf_reserve(out, piece + piece / 2 + 64);
	char *to = out->data + out->len;
	size_t room = out->cap - out->len - 1, room_before = room;
	size_t got = iconv(cd, in, &rest, &to, &room);
	bool cut = got == (size_t)-1 && errno == EINVAL;

	*left -= piece - rest;
	out->len += room_before - room;
	out->data[out->len] = '\0';
	if (got != (size_t)-1 || errno == E2BIG)
		return true;
	// A letter that the piece ends within begins the next one.
	if (cut && rest < piece && *left > rest)
		return true;
	buf_str(out, BROKEN);
	if (*left == 0 || (cut && *left == rest)) {
		*left = 0;
		return true;
	}
	(*in)++;
	(*left)--;
	return ++*errors < CHARSET_ERRORS_MAX;
}

// A letter that was kept back for a mark behind it (windows-1255).
static void
convert_rest(iconv_t cd, struct buf *out)
{
	buf_reserve(out, 64);
	char *to = out->data + out->len;
	size_t room = out->cap - out->len - 1, room_before = room;

	if (iconv(cd, NULL, NULL, &to, &room) != (size_t)-1)
		out->len += room_before - room;
	out->data[out->len] = '\0';
}

static bool
from_iconv(struct buf *out, const char *charset, const char *data, size_t len)
{
	iconv_t cd = iconv_open("UTF-8", charset);
	char *in = (char *)(uintptr_t)data;
	size_t left = len, start = out->len, errors = 0;
	bool good = true;

	if (cd == (iconv_t)-1)
		return false;
	while (left > 0 && good)
		good = convert_some(cd, out, &in, &left, &errors);
	convert_rest(cd, out);
	iconv_close(cd);
	if (!good)
		from_windows_1252(out, in, left);
	// No decoder of the C library is trusted with what the rest relies on.
	if (!utf8_valid(out->data + start, out->len - start)) {
		char *clean = utf8_clean(out->data + start, out->len - start);
		buf_cut(out, start);
		buf_str(out, clean);
		free(clean);
	}
	return true;
}

static bool
is_7bit(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)data[i] >= 0x80)
			return false;
	return true;
}

// ISO-2022 is told by its escapes; it has no byte with the eighth bit.
static const char *
guess(const char *data, size_t len)
{
	const char *esc = memchr(data, 0x1b, len);

	if (esc != NULL && data + len - esc >= 4 && is_7bit(data, len)) {
		if (memcmp(esc, "\x1b$)C", 4) == 0)
			return "ISO-2022-KR";
		if (esc[1] == '$' || esc[1] == '(')
			return "ISO-2022-JP-2";
	}
	if (utf8_valid(data, len) || is_mostly_utf8(data, len))
		return "utf-8";
	const char *like = charset_guess(data, len);
	return like == NULL ? "utf-8" : like;
}

static bool
name_is_sane(const char *name)
{
	return strlen(name) <= CHARSET_NAME_MAX && name[strspn(name,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789-_.:+")] == '\0';
}

// NULL: not known, to be guessed.
static const char *
read_as(const char *charset)
{
	if (str_empty(charset) || !name_is_sane(charset))
		return NULL;
	for (size_t i = 0; i < sizeof(charset_aliases) / sizeof(*charset_aliases); i++)
		if (str_equal_nocase(charset_aliases[i].declared, charset))
			return charset_aliases[i].read_as;
	return charset;
}

bool
charset_is_known(const char *charset)
{
	return read_as(charset) != NULL;
}

// What is declared cannot be: then it says nothing.
static bool
is_refuted(const char *charset, const char *data, size_t len)
{
	if (strcmp(charset, "utf-8") == 0)
		return !utf8_valid(data, len) && !is_mostly_utf8(data, len);
	return (str_has_prefix_nocase(charset, "iso-2022-") ||
		str_equal_nocase(charset, "utf-7") || str_equal_nocase(charset, "hz") ||
		str_equal_nocase(charset, "hz-gb-2312")) && !is_7bit(data, len);
}

static bool
convert(struct buf *out, const char *charset, const char *data, size_t len)
{
	if (charset == NULL)
		return false;
	if (strcmp(charset, "utf-8") == 0)
		from_utf8(out, data, len);
	else if (strcmp(charset, "windows-1252") == 0)
		from_windows_1252(out, data, len);
	else
		return from_iconv(out, charset, data, len);
	return true;
}

// Those of mail that need iconv, after the names they are read as.
static const char *const charsets[] = {
	"ISO-8859-2", "ISO-8859-3", "ISO-8859-4", "ISO-8859-5", "ISO-8859-6",
	"ISO-8859-7", "ISO-8859-8", "ISO-8859-10", "ISO-8859-13", "ISO-8859-14",
	"ISO-8859-15", "ISO-8859-16", "WINDOWS-1250", "WINDOWS-1251", "WINDOWS-1253",
	"WINDOWS-1254", "WINDOWS-1255", "WINDOWS-1256", "WINDOWS-1257",
	"WINDOWS-1258", "CP437", "CP850", "CP852", "CP866", "CP874", "KOI8-R",
	"KOI8-U", "MACINTOSH", "MAC-CYRILLIC", "GB18030", "HZ", "BIG5",
	"BIG5-HKSCS", "EUC-TW", "CP932", "EUC-JP", "ISO-2022-JP", "ISO-2022-JP-2",
	"ISO-2022-KR", "CP949", "UTF-7", "UTF-16",
};

#define N_CHARSETS (sizeof(charsets) / sizeof(*charsets))

struct charset_tables {
	iconv_t open[N_CHARSETS];   // -1: not known here
};

struct charset_tables *
charset_tables_new(void)
{
	struct charset_tables *t = mem_new(struct charset_tables);

	for (size_t i = 0; i < N_CHARSETS; i++)
		t->open[i] = iconv_open("UTF-8", charsets[i]);
	return t;
}

void
charset_tables_free(struct charset_tables **t)
{
	for (size_t i = 0; *t != NULL && i < N_CHARSETS; i++)
		if ((*t)->open[i] != (iconv_t)-1)
			iconv_close((*t)->open[i]);
	free(*t);
	*t = NULL;
}

void
charset_to_utf8(struct buf *out, const char *charset, const char *data,
	size_t len)
{
	if (len == 0)
		return;
	const char *name = read_as(charset);
	if (name != NULL && is_refuted(name, data, len))
		name = NULL;
	if (!convert(out, name, data, len) &&
	    !convert(out, guess(data, len), data, len))
		from_windows_1252(out, data, len);
}
