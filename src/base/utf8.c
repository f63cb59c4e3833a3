// SPDX-License-Identifier: GPL-3.0-or-later
// The door to libunistring. Its own cluster search looks at two characters at
// a time and so cuts flags and joined emoji; those two rules are added here.
#include "config.h"

#include "base/utf8.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <unictype.h>
#include <unigbrk.h>
#include <uninorm.h>
#include <unistr.h>
#include <uniwidth.h>

#define U_BROKEN 0xfffd
#define U_ZWJ 0x200d
#define U_EMOJI_STYLE 0xfe0f
#define U_KEYCAP 0x20e3

// A longer cluster is cut into several: nothing that people write comes near,
// and text made of marks alone must not be read to its end again and again.
#define CLUSTER_MAX 256
// How far back utf8_cluster_back looks for a sure beginning.
#define CLUSTER_BACK_MAX (4 * CLUSTER_MAX)

static bool
is_ascii(char c)
{
	return (unsigned char)c < 0x80;
}

static bool
is_printable_ascii(char c)
{
	return c >= ' ' && c <= '~';
}

static bool
is_regional(uint32_t c)
{
	return c >= 0x1f1e6 && c <= 0x1f1ff;
}

size_t
utf8_decode(const char *s, size_t len, uint32_t *c_r)
{
	ucs4_t c;

	if (is_ascii(*s)) {
		*c_r = (unsigned char)*s;
		return 1;
	}
	int used = u8_mbtoucr(&c, (const uint8_t *)s, len);
	*c_r = used > 0 ? c : U_BROKEN;
	return used > 0 ? (size_t)used : 1;
}

size_t
utf8_encode(uint32_t c, char out[4])
{
	int used = u8_uctomb((uint8_t *)out, c, 4);

	if (used <= 0)
		used = u8_uctomb((uint8_t *)out, U_BROKEN, 4);
	return (size_t)used;
}

bool
utf8_valid(const char *s, size_t len)
{
	return u8_check((const uint8_t *)s, len) == NULL;
}

static void
add_char(struct buf *out, uint32_t c)
{
	char bytes[4];

	buf_add(out, bytes, utf8_encode(c, bytes));
}

char *
utf8_clean(const char *s, size_t len)
{
	struct buf out = {0};
	uint32_t c;

	buf_reserve(&out, len);
	if (utf8_valid(s, len)) {
		buf_add(&out, s, len);
		return buf_take(&out);
	}
	for (size_t at = 0; at < len;) {
		at += utf8_decode(s + at, len - at, &c);
		add_char(&out, c);
	}
	return buf_take(&out);
}

// What the rules of UAX 29 remember of the cluster so far.
struct cluster {
	uint32_t last;
	bool pictograph; // an emoji, with nothing but extenders behind it
	bool half_flag;  // a regional indicator that waits for its second
};

static void
cluster_take(struct cluster *k, uint32_t c)
{
	bool extends = uc_graphemeclusterbreak_property(c) == GBP_EXTEND ||
		c == U_ZWJ;

	k->half_flag = is_regional(c) && !k->half_flag;
	k->pictograph = uc_is_property_extended_pictographic(c) ||
		(k->pictograph && extends);
	k->last = c;
}

static bool
cluster_goes_on(const struct cluster *k, uint32_t next)
{
	if (k->last == U_ZWJ && k->pictograph &&
	    uc_is_property_extended_pictographic(next))
		return true;
	if (k->half_flag && is_regional(next))
		return true;
	return !uc_is_grapheme_break(k->last, next);
}

static int
char_cells(uint32_t c)
{
	int cells = uc_width(c, "UTF-8");

	// Emoji newer than libunistring's tables, which count them as one.
	if (cells == 1 && c >= 0x1fa70 && uc_is_property_extended_pictographic(c))
		return 2;
	return cells < 0 ? 0 : cells;
}

size_t
utf8_cluster(const char *s, size_t len, int *cells_r)
{
	// The common case: a plain letter with another one behind it.
	if (is_printable_ascii(s[0]) && (len == 1 || is_ascii(s[1]))) {
		*cells_r = 1;
		return 1;
	}

	struct cluster k = {0};
	uint32_t c;
	size_t at = utf8_decode(s, len, &c);
	int cells = char_cells(c);
	bool emoji = uc_is_property_emoji(c);
	cluster_take(&k, c);
	while (at < len && at < CLUSTER_MAX) {
		size_t used = utf8_decode(s + at, len - at, &c);
		if (!cluster_goes_on(&k, c))
			break;
		cluster_take(&k, c);
		at += used;
		if (cells < 2)
			cells += c == U_EMOJI_STYLE && emoji ? 2 : char_cells(c);
	}
	*cells_r = cells > 2 ? 2 : cells;
	return at;
}

size_t
utf8_cluster_back(const char *s, size_t at)
{
	size_t from = at, begin;
	int cells;

	if (at == 0)
		return 0;
	// Between two plain ASCII characters there is always a border; from
	// there the clusters are walked forward, which alone knows all rules.
	while (from > 0 && at - from < CLUSTER_BACK_MAX) {
		from--;
		if (from > 0 && from + 1 < at && is_printable_ascii(s[from]) &&
		    is_ascii(s[from - 1]))
			break;
	}
	while (from > 0 && ((unsigned char)s[from] & 0xc0) == 0x80)
		from--;
	do {
		begin = from;
		from += utf8_cluster(s + from, at - from, &cells);
	} while (from < at);
	return begin;
}

int
utf8_cells(const char *s)
{
	int cells;

	utf8_fit(s, INT_MAX, &cells);
	return cells;
}

size_t
utf8_fit(const char *s, int cells, int *used_r)
{
	size_t at = 0;
	int total = 0, more;

	while (s[at] != '\0') {
		// No strlen: wrapping a long text calls this for every line.
		size_t len = is_ascii(s[at + 1]) ? 2
			: strnlen(s + at, CLUSTER_MAX + 4);
		size_t used = utf8_cluster(s + at, len, &more);
		if (more > cells - total)
			break;
		total += more;
		at += used;
	}
	if (used_r != NULL)
		*used_r = total;
	return at;
}

enum filter_act { FILTER_KEEP, FILTER_DROP, FILTER_BREAK, FILTER_TAB };

// Characters that libunistring does not count among the invisible ones.
static const struct {
	uint32_t first, last;
	enum filter_act act;
} filter_extra[] = {
	{ 0x061c, 0x061c, FILTER_DROP },     // Arabic letter mark
	{ 0x200e, 0x200f, FILTER_DROP },     // left-to-right mark and its like
	{ 0x2028, 0x2029, FILTER_BREAK },    // line and paragraph separator
	{ 0x202a, 0x202e, FILTER_DROP },     // embeddings and overrides
	{ 0x2066, 0x2069, FILTER_DROP },     // isolates
	{ 0xe000, 0xf8ff, FILTER_DROP },     // private use
	{ 0xfff9, 0xfffb, FILTER_DROP },     // interlinear annotation
	{ 0xf0000, 0x10ffff, FILTER_DROP },  // private use
};

static enum filter_act
filter_act(uint32_t c)
{
	if (c == '\t')
		return FILTER_TAB;
	if (c < ' ' || (c >= 0x7f && c < 0xa0))
		return FILTER_BREAK;
	if (c < 0xa0)
		return FILTER_KEEP;
	for (size_t i = 0; i < sizeof(filter_extra) / sizeof(*filter_extra); i++)
		if (c >= filter_extra[i].first && c <= filter_extra[i].last)
			return filter_extra[i].act;
	return uc_is_property_default_ignorable_code_point(c) ? FILTER_DROP
	                                                      : FILTER_KEEP;
}

static bool
is_mark(uint32_t c)
{
	return c >= 0x300 && uc_is_general_category_withtable(c,
		UC_CATEGORY_MASK_Mn | UC_CATEGORY_MASK_Me);
}

// Where the filter is within a line.
struct filter {
	struct buf *out;
	bool lines;     // keep line ends and tabs
	bool gap;       // the last thing written stands for a control character
	uint32_t last;  // the last character kept; 0 at the start of a line
	int marks;      // combining marks on the letter so far
};

// A joiner or a style selector only where it changes what is seen: alone it is
// an invisible difference between two names.
static bool
filter_keeps_joiner(const struct filter *f, uint32_t c, uint32_t next)
{
	if (c == U_ZWJ)
		return f->last >= 0x80 && f->last != U_ZWJ &&
			(uc_is_property_extended_pictographic(next) ||
			 uc_combining_class(f->last) == UC_CCC_VR);
	if (c == U_EMOJI_STYLE || c == U_EMOJI_STYLE - 1)
		return uc_is_property_emoji(f->last) &&
			(f->last >= 0x80 || next == U_KEYCAP);
	return false;
}

static void
filter_control(struct filter *f, uint32_t c)
{
	if (f->lines && c == '\t') {
		buf_char(f->out, '\t');
		f->last = ' ';
		return;
	}
	bool line_end = c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029;
	if (f->lines && line_end) {
		buf_char(f->out, '\n');
		f->last = 0;
		return;
	}
	// A run of them is one space: "a\r\n\tb" is a folded "a b".
	if (!f->gap)
		buf_char(f->out, ' ');
	f->gap = true;
	f->last = ' ';
}

static void
filter_mark(struct filter *f, uint32_t c)
{
	// Without a letter of its own it would sit on whatever stands before
	// the text on the screen.
	if (f->last == 0) {
		buf_char(f->out, ' ');
		f->last = ' ';
	}
	if (++f->marks <= UTF8_STACK_MAX)
		add_char(f->out, c);
}

static void
filter_char(struct filter *f, uint32_t c, uint32_t next)
{
	enum filter_act act = filter_act(c);

	if (act == FILTER_BREAK || act == FILTER_TAB) {
		f->marks = 0;
		filter_control(f, c);
		return;
	}
	if (act == FILTER_DROP && !filter_keeps_joiner(f, c, next))
		return;
	f->gap = false;
	if (act == FILTER_KEEP && is_mark(c)) {
		filter_mark(f, c);
		// An accent hides no joiner behind it, a virama may have one.
		if (uc_combining_class(c) == UC_CCC_VR)
			f->last = c;
		return;
	}
	add_char(f->out, c);
	f->last = c;
	if (act == FILTER_KEEP)
		f->marks = 0;
}

static void
filter(struct filter *f, const char *s, size_t len)
{
	uint32_t c, next = 0;

	buf_reserve(f->out, len);
	for (size_t at = 0; at < len;) {
		// Plain text passes in runs.
		size_t run = at;
		while (run < len && is_printable_ascii(s[run]))
			run++;
		if (run > at) {
			buf_add(f->out, s + at, run - at);
			f->last = (unsigned char)s[run - 1];
			f->gap = false;
			f->marks = 0;
			at = run;
			continue;
		}
		if (s[at] == '\r' && at + 1 < len && s[at + 1] == '\n')
			at++;
		at += utf8_decode(s + at, len - at, &c);
		if (at < len)
			utf8_decode(s + at, len - at, &next);
		else
			next = 0;
		filter_char(f, c, next);
	}
}

void
utf8_filter_line(struct buf *out, const char *s, size_t len)
{
	filter(&(struct filter){ .out = out }, s, len);
}

void
utf8_filter_text(struct buf *out, const char *s, size_t len)
{
	filter(&(struct filter){ .out = out, .lines = true }, s, len);
}

char *
utf8_fold(const char *s)
{
	size_t len = 0, folded_len = 0;

	while (is_ascii(s[len]) && s[len] != '\0')
		len++;
	if (s[len] == '\0') {
		char *copy = str_ndup(s, len);
		str_lower(copy);
		return copy;
	}

	char *clean = utf8_clean(s, strlen(s));
	uint8_t *folded = u8_casefold((const uint8_t *)clean, strlen(clean), NULL,
		UNINORM_NFKC, NULL, &folded_len);
	// NULL only without memory, or for broken text, which this is not.
	char *copy = folded == NULL ? str_dup(clean)
	                            : str_ndup((const char *)folded, folded_len);
	free(folded);
	free(clean);
	return copy;
}

bool
utf8_contains_folded(const char *text, const char *word)
{
	return strstr(text, word) != NULL;
}

// The scripts of East Asia are written together, and with Latin.
static bool
is_east_asian(const uc_script_t *script)
{
	static const char *const names[] = {
		"Han", "Hiragana", "Katakana", "Hangul", "Bopomofo",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(script->name, names[i]) == 0)
			return true;
	return false;
}

bool
utf8_mixes_scripts(const char *s)
{
	const uc_script_t *first = NULL;
	size_t len = strlen(s);
	uint32_t c;

	for (size_t at = 0; at < len;) {
		at += utf8_decode(s + at, len - at, &c);
		const uc_script_t *script = uc_script(c);
		if (script == NULL || strcmp(script->name, "Common") == 0 ||
		    strcmp(script->name, "Inherited") == 0 || is_east_asian(script))
			continue;
		if (first != NULL && script != first)
			return true;
		first = script;
	}
	return false;
}
