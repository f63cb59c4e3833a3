// SPDX-License-Identifier: GPL-3.0-or-later
// Answers as lines and as JSON, and styles of colours.
#include "config.h"

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "command/answer.h"
#include "base/utf8.h"
#include "command/colour.h"
#include "command/rows.h"
#include "store/folders.h"
#include "store/messages.h"

static void
test_json(void **state)
{
	struct answer *a = answer_new();
	struct strlist words = {0};
	struct buf out = {0};
	size_t len;

	(void)state;
	answer_json(&out, a);
	assert_string_equal(buf_text(&out), "{}");
	buf_clear(&out);
	strlist_add(&words, "seen");
	strlist_add(&words, "a\"b");
	answer_str(a, "id", "1f");
	answer_str(a, "none", NULL);
	answer_u64(a, "n", UINT64_MAX);
	answer_bool(a, "yes", true);
	answer_strs(a, "flags", &words);
	answer_raw(a, "raw", "[{}]");
	answer_text(a, "%d", 1);
	answer_text(a, "%d", 2);
	answer_json(&out, a);
	assert_string_equal(buf_text(&out), "{\"id\":\"1f\",\"none\":null,"
		"\"n\":18446744073709551615,\"yes\":true,"
		"\"flags\":[\"seen\",\"a\\\"b\"],\"raw\":[{}]}");
	assert_string_equal(answer_line(a), "12");
	assert_null(answer_data(a, &len));
	answer_bytes(a, "x\0y", 3);
	assert_memory_equal(answer_data(a, &len), "x\0y", 3);
	assert_int_equal(len, 3);
	buf_done(&out);
	strlist_done(&words);
	answer_free(&a);
}

static const struct {
	const char *in, *out;
} strings[] = {
	{ "", "\"\"" },
	{ "a/b", "\"a/b\"" },
	{ "\"\\\n\r\t\b\f", "\"\\\"\\\\\\n\\r\\t\\b\\f\"" },
	{ "\x01\x1b[31m\x7f", "\"\\u0001\\u001b[31m\\u007f\"" },
	{ "\xc2\x9b", "\"\\u009b\"" },
	{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
	{ "a\xff\xc3", "\"a\xef\xbf\xbd\xef\xbf\xbd\"" },
};

static void
test_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		struct buf out = {0};

		json_string(&out, strings[i].in);
		assert_string_equal(buf_text(&out), strings[i].out);
		buf_done(&out);
	}
}

static const struct {
	const char *text, *printed;   // printed NULL: refused
} styles[] = {
	{ "bold", "bold" }, { "red", "red" }, { "bold red on black", "bold red on black" },
	{ "bright-yellow underline", "underline bright-yellow" },
	{ "#Ff8800", "#ff8800" }, { "214 on 17", "214 on 17" },
	{ "7", "white" }, { "on default", "on default" }, { "normal", "normal" },
	{ "", NULL }, { "on", NULL }, { "blink", NULL }, { "#12345", NULL },
	{ "256", NULL }, { "red on bold", NULL },
};

static void
test_styles(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++) {
		struct colour_style s;
		struct buf out = {0};
		struct error err = {0};
		bool ok = colour_style_parse(&s, styles[i].text, &err);

		if (ok != (styles[i].printed != NULL))
			fail_msg("\"%s\": %s", styles[i].text, ok ? "taken" : err.text);
		if (ok) {
			colour_style_print(&out, &s);
			assert_string_equal(buf_text(&out), styles[i].printed);
		}
		buf_done(&out);
	}
}

static void
test_rules(void **state)
{
	struct colours *c = colours_new();
	struct error err;
	size_t n;

	(void)state;
	assert_true(colours_set(c, "index", "from:boss", "bold", "t", &err));
	assert_true(colours_set(c, "index", NULL, "dim", "t", &err));
	assert_true(colours_set(c, "index", "from:boss", "red", "t", &err));
	assert_false(colours_set(c, "index", "(", "red", "t", &err));
	assert_false(colours_set(c, "index", NULL, "reddish", "t", &err));
	const struct colour_rule *rules = colours_all(c, &n);
	assert_int_equal(n, 2);
	assert_null(rules[0].query);
	assert_string_equal(rules[1].query_text, "from:boss");
	assert_int_equal(rules[1].style.foreground, 1);
	colours_free(&c);
}

// Columns are as wide as what is seen, not as its bytes.
static void
test_columns(void **state)
{
	static const struct { const char *name, *line; } names[] = {
		{ "Ann", "Ann                       Hello" },
		{ "J\xc3\xbcrgen M\xc3\xbc\xc3\x9fig", "J\xc3\xbcrgen M\xc3\xbc\xc3\x9fig              Hello" },
		{ "\xe5\xb1\xb1\xe7\x94\xb0", "\xe5\xb1\xb1\xe7\x94\xb0                      Hello" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct message m = {0};
		address_list_add(&m.envelope.from, names[i].name, "x@example.org");
		str_set(&m.envelope.subject, "Hello");
		struct answer *a = message_answer(&m, "INBOX");
		assert_true(str_has_suffix(answer_line(a), names[i].line));
		assert_int_equal(utf8_cells(names[i].line), 31);
		answer_free(&a);
		message_done(&m);
	}
	struct folder f = { .name = "INBOX", .total = 2 };
	struct answer *a = folder_answer(&f, "b\xc3\xbcro");
	assert_true(str_has_prefix(answer_line(a), "b\xc3\xbcro              0 unread"));
	answer_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_styles),
		cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
