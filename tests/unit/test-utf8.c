// SPDX-License-Identifier: GPL-3.0-or-later
// Clusters, cells and the filter that every remote byte passes.
#include "config.h"

#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"

static void
test_decode(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len, used;
		uint32_t c;
	} cases[] = {
		{ "a", 1, 1, 'a' },
		{ "\0", 1, 1, 0 },
		{ "\xc3\xa4", 2, 2, 0xe4 },
		{ "\xe2\x82\xac", 3, 3, 0x20ac },
		{ "\xf0\x9f\x98\x80", 4, 4, 0x1f600 },
		{ "\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff },
		{ "\xe2\x82", 2, 1, 0xfffd },          // cut
		{ "\x80", 1, 1, 0xfffd },              // no lead
		{ "\xc0\x80", 2, 1, 0xfffd },          // overlong
		{ "\xe0\x80\xaf", 3, 1, 0xfffd },      // overlong
		{ "\xed\xa0\x80", 3, 1, 0xfffd },      // surrogate
		{ "\xf4\x90\x80\x80", 4, 1, 0xfffd },  // past the last
		{ "\xff", 1, 1, 0xfffd },
		{ "\xc3(", 2, 1, 0xfffd },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *exact = mem_copy(cases[i].bytes, cases[i].len);
		uint32_t c;
		assert_int_equal(utf8_decode(exact, cases[i].len, &c),
			cases[i].used);
		assert_int_equal(c, cases[i].c);
		assert_int_equal(utf8_valid(exact, cases[i].len),
			cases[i].c != 0xfffd);
		free(exact);
	}
}

static void
test_encode(void **state)
{
	(void)state;
	static const uint32_t points[] = { 0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff,
		0xe000, 0xffff, 0x10000, 0x10ffff };
	char out[4];
	uint32_t c;

	for (size_t i = 0; i < COUNT_OF(points); i++) {
		size_t len = utf8_encode(points[i], out);
		assert_int_equal(utf8_decode(out, len, &c), len);
		assert_int_equal(c, points[i]);
	}
	assert_int_equal(utf8_encode(0xd800, out), 3);
	assert_memory_equal(out, "\xef\xbf\xbd", 3);
	assert_int_equal(utf8_encode(0x110000, out), 3);
	char *clean = utf8_clean("a\xff\xc3\xa4\xe2\x82", 6);
	assert_string_equal(clean, "a\uFFFD\u00e4\uFFFD\uFFFD");
	free(clean);
}

// A text, and for each of its clusters bytes and cells: "1:1 6:2".
static const struct {
	const char *text, *clusters;
} cluster_cases[] = {
	{ "ab", "1:1 1:1" },
	{ "a\u0301b", "3:1 1:1" },                              // combining
	{ "\u0301", "2:0" },                                    // alone
	{ "\u4f60\u597d", "3:2 3:2" },                          // wide
	{ "\uff76\uff9e", "6:2" },                              // half width kana, voiced
	{ "\u1100\u1161\u11a8", "9:2" },                        // conjoining jamo
	{ "\uac01x", "3:2 1:1" },
	{ "\u0915\u094d\u0937\u093f", "6:1 6:2" },              // Devanagari
	{ "\U0001F1E9\U0001F1EA\U0001F1EB\U0001F1F7", "8:2 8:2" }, // two flags
	{ "\U0001F1E9\U0001F1EA\U0001F1EB", "8:2 4:1" },        // and half a one
	{ "\U0001F600", "4:2" },
	{ "\U0001F44D\U0001F3FDx", "8:2 1:1" },                 // skin tone
	{ "\U0001F469\u200d\U0001F469\u200d\U0001F467", "18:2" }, // family
	{ "\U0001F3F3\uFE0F\u200d\U0001F308", "14:2" },         // rainbow flag
	{ "\u2764\uFE0F", "6:2" },                              // emoji style
	{ "\u2764", "3:1" },
	{ "\u2764\uFE0E", "6:1" },                              // text style
	{ "1\uFE0F\u20E3", "7:2" },                             // keycap
	{ "a\uFE0F", "4:1" },                                   // no emoji at all
	{ "a\u200db", "4:1 1:1" },                              // joins no letters
	{ "\U0001FAE8", "4:2" },                                // Unicode 15
	{ "\u0600" "1\u0301x", "5:1 1:1" },                     // a sign before digits
	{ "\x01" "a", "1:0 1:1" },
	{ "\xff\xfe" "a", "1:1 1:1 1:1" },                      // broken
	{ "a\xcc", "1:1 1:1" },                                 // cut mark
};

static void
test_clusters(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cluster_cases); i++) {
		const char *s = cluster_cases[i].text;
		size_t len = strlen(s), begins[16], count = 0;
		struct buf got = {0};
		int cells, total = 0;
		for (size_t at = 0; at < len;) {
			begins[count++] = at;
			size_t used = utf8_cluster(s + at, len - at, &cells);
			buf_printf(&got, "%s%zu:%d", at > 0 ? " " : "", used, cells);
			at += used;
			total += cells;
		}
		assert_string_equal(buf_text(&got), cluster_cases[i].clusters);
		assert_int_equal(utf8_cells(s), total);
		for (size_t at = len; count-- > 0; at = begins[count])
			assert_int_equal(utf8_cluster_back(s, at), begins[count]);
		assert_int_equal(utf8_cluster_back(s, 0), 0);
		buf_done(&got);
	}
}

// The same sequences one after another, walked back from the end.
static void
test_cluster_back(void **state)
{
	(void)state;
	struct buf b = {0};
	size_t begins[4000], count = 0;
	int cells;

	for (int round = 0; round < 8; round++)
		for (size_t i = 0; i < COUNT_OF(cluster_cases); i++)
			buf_printf(&b, "%s--", cluster_cases[i].text);
	for (size_t at = 0; at < b.len;
	     at += utf8_cluster(b.data + at, b.len - at, &cells))
		begins[count++] = at;
	for (size_t at = b.len; count-- > 0; at = begins[count])
		assert_int_equal(utf8_cluster_back(b.data, at), begins[count]);
	buf_done(&b);
}

// A million marks on one letter are no single cluster, and cost no square.
static void
test_cluster_long(void **state)
{
	(void)state;
	struct buf b = {0};
	int cells;

	buf_char(&b, 'a');
	for (int i = 0; i < 1000000; i++)
		buf_str(&b, "\u0301");
	size_t first = utf8_cluster(b.data, b.len, &cells);
	assert_in_range(first, 200, 300);
	assert_int_equal(cells, 1);
	assert_int_equal(utf8_cells(b.data), 1);
	for (size_t at = b.len, i = 0; i < 1000; i++) {
		size_t before = utf8_cluster_back(b.data, at);
		assert_true(before < at);
		at = before;
	}
	buf_done(&b);
}

// Wrapping one long line from its front.
static void
test_fit_long(void **state)
{
	(void)state;
	struct buf b = {0};
	size_t lines = 0;

	for (int i = 0; i < 500000; i++)
		buf_str(&b, "ab\u4f60");
	for (const char *s = b.data; *s != '\0'; lines++)
		s += utf8_fit(s, 80, NULL);
	assert_int_equal(lines, 500000 * 4 / 80);
	buf_done(&b);
}

static void
test_fit(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int cells, used;
		size_t bytes;
	} cases[] = {
		{ "", 5, 0, 0 },
		{ "hello", 3, 3, 3 },
		{ "hello", 9, 5, 5 },
		{ "hello", 0, 0, 0 },
		{ "\u4f60\u597d", 3, 2, 3 },         // never half a letter
		{ "e\u0301e\u0301", 1, 1, 3 },       // with its marks
		{ "\U0001F1E9\U0001F1EAx", 1, 0, 0 },
		{ "\U0001F1E9\U0001F1EAx", 2, 2, 8 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int used;
		assert_int_equal(utf8_fit(cases[i].text, cases[i].cells, &used),
			cases[i].bytes);
		assert_int_equal(used, cases[i].used);
		assert_int_equal(utf8_fit(cases[i].text, cases[i].cells, NULL),
			cases[i].bytes);
	}
}

#define FAMILY "\U0001F469\u200d\U0001F467"

static const struct {
	const char *text, *line, *lines;
} filter_cases[] = {
	{ "plain", "plain", "plain" },
	{ "a\tb", "a b", "a\tb" },
	{ "a\r\nb", "a b", "a\nb" },
	{ "a\rb\n\nc", "a b c", "a\nb\n\nc" },
	{ "a\r\n\tb", "a b", "a\n\tb" },
	{ "a\u2028b", "a b", "a\nb" },
	{ "\x1b[31mred\x1b]8;;x\x07", " [31mred ]8;;x ", " [31mred ]8;;x " },
	{ "c1\xc2\x9b" "31m\xc2\x90x", "c1 31m x", "c1 31m x" },
	{ "raw c1 \x9b" "31m", "raw c1 \uFFFD31m", "raw c1 \uFFFD31m" },
	{ "del\x7f.", "del .", "del ." },
	{ "a\u202egpj.exe\u202c", "agpj.exe", "agpj.exe" },
	{ "\u2066x\u2069\u200e\u200f\u061cy", "xy", "xy" },
	{ "p\u200bay\u2060pal\ufeff\u00ad", "paypal", "paypal" },
	{ "\U000E0041\u3164x\u180ey", "xy", "xy" },
	{ "\ue000\U000F0000x", "x", "x" },
	{ "a\u200db", "ab", "ab" },
	{ FAMILY, FAMILY, FAMILY },
	{ "\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937",
	  "\u0915\u094d\u200d\u0937" },
	{ "\u2764\uFE0F", "\u2764\uFE0F", "\u2764\uFE0F" },
	{ "1\uFE0F\u20E3", "1\uFE0F\u20E3", "1\uFE0F\u20E3" },
	{ "1\uFE0F2a\uFE0F", "12a", "12a" },
	{ "\uFE0Fx", "x", "x" },
	{ "\u0301x", " \u0301x", " \u0301x" },
	{ "a\n\u0301x", "a \u0301x", "a\n \u0301x" },
	{ "a\u0301\u0302\u0303\u0304\u0305\u0306b",
	  "a\u0301\u0302\u0303\u0304b", "a\u0301\u0302\u0303\u0304b" },
	{ "\xc3\xa4\xff\xc3", "\u00e4\uFFFD\uFFFD", "\u00e4\uFFFD\uFFFD" },
	{ "\u05e9\u05dc\u05d5\u05dd", "\u05e9\u05dc\u05d5\u05dd",
	  "\u05e9\u05dc\u05d5\u05dd" },
};

static void
test_filter(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(filter_cases); i++) {
		const char *s = filter_cases[i].text;
		struct buf line = {0}, lines = {0};
		utf8_filter_line(&line, s, strlen(s));
		utf8_filter_text(&lines, s, strlen(s));
		assert_string_equal(buf_text(&line), filter_cases[i].line);
		assert_string_equal(buf_text(&lines), filter_cases[i].lines);
		buf_done(&line);
		buf_done(&lines);
	}
	struct buf nul = {0};
	buf_str(&nul, "before ");
	utf8_filter_line(&nul, "a\0b", 3);
	assert_string_equal(buf_text(&nul), "before a b");
	buf_done(&nul);
}

// Whatever goes in, what comes out holds no control and is valid, and a second
// pass changes nothing.
static void
test_filter_random(void **state)
{
	(void)state;
	static const char *const pieces[] = { "\x1b", "\u200d", "\uFE0F",
		"\U0001F469", "\u0301", "\xff", "\xe2", "a", " ", "\r", "\n",
		"\xc2\x9b", "\u202e", "\u0915", "\u094d", "1", "\u20e3", "\x80" };
	uint32_t seed = 7;

	for (int round = 0; round < 3000; round++) {
		struct buf in = {0}, out = {0}, again = {0};
		for (int i = 0; i < 12; i++) {
			seed = seed * 1664525 + 1013904223;
			buf_str(&in, pieces[(seed >> 8) % COUNT_OF(pieces)]);
		}
		utf8_filter_line(&out, in.data, in.len);
		assert_true(utf8_valid(buf_text(&out), out.len));
		uint32_t c;
		for (size_t at = 0; at < out.len;) {
			at += utf8_decode(out.data + at, out.len - at, &c);
			assert_true(c >= ' ' && c != 0x202e &&
				(c < 0x7f || c >= 0xa0));
		}
		utf8_filter_line(&again, buf_text(&out), out.len);
		assert_string_equal(buf_text(&again), buf_text(&out));
		buf_done(&in);
		buf_done(&out);
		buf_done(&again);
	}
}

static void
test_fold(void **state)
{
	(void)state;
	static const struct {
		const char *text, *folded;
	} cases[] = {
		{ "", "" },
		{ "Hello", "hello" },
		{ "\u00c4rger", "\u00e4rger" },
		{ "A\u0308rger", "\u00e4rger" },          // composed the same
		{ "Stra\u00dfe", "strasse" },
		{ "\uff21\uff22", "ab" },                 // full width
		{ "\ufb01n", "fin" },                     // ligature
		{ "\u0391\u03a3", "\u03b1\u03c3" },
		{ "bad\xff", "bad\uFFFD" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *folded = utf8_fold(cases[i].text);
		assert_string_equal(folded, cases[i].folded);
		char *twice = utf8_fold(folded);
		assert_string_equal(twice, folded);
		free(twice);
		free(folded);
	}
	assert_true(utf8_contains_folded("some strasse here", "strasse"));
	assert_false(utf8_contains_folded("some", "strasse"));
}

static void
test_mixed_scripts(void **state)
{
	static const struct {
		const char *text;
		bool mixed;
	} rows[] = {
		{ "", false },
		{ "paypal.example", false },
		{ "p\xd0\xb0ypal.example", true },                  // Cyrillic a
		{ "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80-1", false },
		{ "\xce\xb1" "bc", true },                           // Greek alpha
		{ "caf\xc3\xa9-e\xcc\x81", false },
		{ "nihon-\xe6\x97\xa5\xe6\x9c\xac\xe3\x81\xae", false },
		{ "\xe6\x97\xa5\xd0\xb0x", true },
		{ "\xff", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (utf8_mixes_scripts(rows[i].text) != rows[i].mixed)
			fail_msg("row %zu", i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_encode),
		cmocka_unit_test(test_clusters),
		cmocka_unit_test(test_cluster_back),
		cmocka_unit_test(test_cluster_long),
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_fit_long),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_filter_random),
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_mixed_scripts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
