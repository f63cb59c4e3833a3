// SPDX-License-Identifier: GPL-3.0-or-later
// The command language: what text becomes which words, and where a mistake is.
#include "config.h"

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "command/script.h"

// Commands as "name|word|{block};name|...", words that were quoted with a "'".
static char *
dump(const struct script *s)
{
	struct buf out = {0};

	for (size_t i = 0; i < s->len; i++) {
		const struct script_command *c = &s->items[i];

		buf_str(&out, i > 0 ? ";" : "");
		for (size_t j = 0; j < c->words.len; j++) {
			buf_str(&out, j > 0 ? "|" : "");
			buf_str(&out, c->is_quoted[j] ? "'" : "");
			buf_printf(&out, c->is_block[j] ? "{%s}" : "%s",
				c->words.items[j]);
		}
	}
	buf_str(&out, "");
	return buf_take(&out);
}

static const struct {
	const char *text, *words;
} good[] = {
	{ "", NULL },
	{ " \n;; # nothing\n", NULL },
	{ "undo", "undo" },
	{ "mark +seen; archive", "mark|+seen;archive" },
	{ "a\nb # c\n\nd", "a;b;d" },
	{ "echo a#b 'c#d'", "echo|a#b|'c#d" },
	{ "echo 'it is' \"so \\\"quoted\\\" \\\\ \\$x\"",
		"echo|'it is|'so \"quoted\" \\ $x" },
	{ "echo \"a\\nb\\tc\\d\"", "echo|'a\nb\tc\\d" },
	{ "echo a\\ b \\-t \\{", "echo|a b|'-t|'{" },
	{ "echo a \\\n  b", "echo|a|b" },
	{ "list subject:\"q3 report\"", "list|subject:q3 report" },
	{ "echo '' \"\"", "echo|'|'" },
	{ "define t { mark +seen; archive }", "define|t|{ mark +seen; archive }" },
	{ "if q { a { b } } else { c }", "if|q|{ a { b } }|else|{ c }" },
	{ "bind x y { echo '}' \"{\" \\} # }\n}", "bind|x|y|{ echo '}' \"{\" \\} # }\n}" },
	{ "a { b };c {}", "a|{ b };c|{}" },
	{ "\xc3\xa9 \xe2\x82\xac", "\xc3\xa9|\xe2\x82\xac" },
	{ "echo $x $", "echo|$x|$" },
	{ "a\r\nb\r\n", "a;b" },
};

static void
test_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct script s;
		struct error err;

		if (!script_parse(&s, good[i].text, "t", 1, &err))
			fail_msg("%s: %s", good[i].text, err.text);
		char *words = dump(&s);
		assert_string_equal(words, str_or_empty(good[i].words));
		free(words);
		script_done(&s);
	}
}

static const struct {
	const char *text, *where;
} bad[] = {
	{ "echo 'a", "t:1: column 6: " },
	{ "a\n\n echo \"b", "t:3: column 7: " },
	{ "a\necho 'b\nc'", "t:2: column 6: " },
	{ "a {\nb\n", "t:1: column 3: '{' without its '}'" },
	{ "a }", "t:1: column 3: '}' without its '{'" },
	{ "a b{c}", "t:1: column 4: " },
	{ "a {b}c", "t:1: column 6: " },
	{ "ok\n}\n", "t:2: column 1: " },
};

static void
test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct script s;
		struct error err;

		assert_false(script_parse(&s, bad[i].text, "t", 1, &err));
		assert_int_equal(err.kind, ERROR_INPUT);
		if (!str_has_prefix(err.text, bad[i].where))
			fail_msg("%s: %s", bad[i].text, err.text);
	}
}

// Behind a mistake the reader goes on at the next line.
static void
test_goes_on(void **state)
{
	static const char text[] = "one\ntwo 'x\nthree\nfour }\nfive { \nsix\n";
	struct script_reader r;
	struct script_command c;
	struct error err;
	struct buf seen = {0};
	enum script_next next;

	(void)state;
	script_reader_init(&r, text, "f", 10);
	while ((next = script_next(&r, &c, &err)) != SCRIPT_END) {
		if (next == SCRIPT_BAD) {
			buf_printf(&seen, "!%.4s ", err.text);
			continue;
		}
		buf_printf(&seen, "%s:%d ", c.words.items[0], c.line);
		script_command_done(&c);
	}
	assert_string_equal(buf_text(&seen), "one:10 !f:11 three:12 !f:13 !f:14 six:15 ");
	buf_done(&seen);
}

static void
test_places(void **state)
{
	struct script s;

	(void)state;
	assert_true(script_parse(&s, "a; b x\n  c {\n d\n} y", "f", 1, NULL));
	assert_int_equal(s.len, 3);
	assert_int_equal(s.items[1].line, 1);
	assert_int_equal(s.items[1].column, 4);
	assert_int_equal(s.items[2].line, 2);
	assert_int_equal(s.items[2].column, 3);
	assert_int_equal(s.items[2].lines[1], 2);
	assert_int_equal(s.items[2].lines[2], 4);
	assert_int_equal(s.items[1].start, 3);
	assert_int_equal(s.items[1].end, 6);
	assert_string_equal(s.items[2].raws.items[1], "{\n d\n}");
	script_done(&s);
}

static void
test_size(void **state)
{
	struct script s;
	struct error err;
	char *text = malloc(SCRIPT_SIZE_MAX + 2);

	(void)state;
	memset(text, ' ', SCRIPT_SIZE_MAX + 1);
	text[SCRIPT_SIZE_MAX + 1] = '\0';
	assert_false(script_parse(&s, text, "big", 1, &err));
	assert_true(str_has_prefix(err.text, "big: "));
	// Deep nesting is only counted here, never recursed into.
	memset(text, '{', SCRIPT_SIZE_MAX - 1);
	text[0] = 'a';
	text[1] = ' ';
	text[SCRIPT_SIZE_MAX - 1] = '\0';
	assert_false(script_parse(&s, text, "deep", 1, &err));
	free(text);
}

static void
test_quote(void **state)
{
	static const char *const words[] = {
		"", "plain", "two words", "it's", "a\"b", "'\"", "line\nend", "{", "}",
		"#x", "a;b", "$x", "\\", "tab\there", "-flag", "\xe2\x82\xac 5",
		"back\\slash's $y",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct buf text = {0};
		struct script s;

		buf_str(&text, "echo ");
		script_quote(&text, words[i]);
		assert_true(script_parse(&s, buf_text(&text), "q", 1, NULL));
		assert_int_equal(s.len, 1);
		assert_int_equal(s.items[0].words.len, 2);
		assert_string_equal(s.items[0].words.items[1], words[i]);
		script_done(&s);
		buf_done(&text);
	}
}

static const char *
value(void *arg, const char *name)
{
	(void)arg;
	if (str_equal(name, "subject"))
		return "-t evil; delete { x } $count 'y";
	return str_equal(name, "count") ? "3" : NULL;
}

// A value is one word, never read again, never a flag.
static void
test_values(void **state)
{
	static const char text[] =
		"exec say $subject \"n $count!\" '$count' \\$count $other $";
	struct script_reader r;
	struct script_command c;

	(void)state;
	script_reader_init(&r, text, "h", 1);
	r.value = value;
	assert_int_equal(script_next(&r, &c, NULL), SCRIPT_COMMAND);
	assert_int_equal(c.words.len, 8);
	assert_string_equal(c.words.items[2], "-t evil; delete { x } $count 'y");
	assert_true(c.is_quoted[2]);
	assert_string_equal(c.words.items[3], "n 3!");
	assert_string_equal(c.words.items[4], "$count");
	assert_string_equal(c.words.items[5], "$count");
	assert_string_equal(c.words.items[6], "$other");
	assert_string_equal(c.words.items[7], "$");
	script_command_done(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
