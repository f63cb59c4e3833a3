// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses: what mail writes, what a list row shows, what may be sent to.
#include "config.h"

#include "mail-test.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "mail/address.h"

// The list as "name|mail" joined by ";", for tables.
static char *
parsed(const char *text)
{
	struct address_list list = {0};
	struct buf out = {0};

	address_list_parse(&list, text);
	for (size_t i = 0; i < list.len; i++)
		buf_printf(&out, "%s%s|%s", i > 0 ? ";" : "",
			str_or_empty(list.items[i].name), list.items[i].mail);
	address_list_done(&list);
	return buf_take(&out);
}

static const struct {
	const char *text;
	const char *wanted;
} parse_rows[] = {
	{ "", "" },
	{ " , ,, ", "" },
	{ "ann@example.org", "|ann@example.org" },
	{ "<ann@example.org>", "|ann@example.org" },
	{ "Ann Example <ann@example.org>", "Ann Example|ann@example.org" },
	{ "\"Example, Ann\" <ann@example.org>, bob@example.org",
		"Example, Ann|ann@example.org;|bob@example.org" },
	{ "\"A \\\"B\\\" C\" <a@b.example>", "A \"B\" C|a@b.example" },
	{ "ann@example.org (Ann Example)", "Ann Example|ann@example.org" },
	{ "Ann (the one) <ann@example.org>", "Ann|ann@example.org" },
	{ "=?utf-8?q?J=C3=BCrgen?= <j@example.org>", "J\xc3\xbcrgen|j@example.org" },
	{ "J\xfcrgen <j@example.org>", "J\xc3\xbcrgen|j@example.org" },
	{ "J\xc3\xbcrgen <j@example.org>", "J\xc3\xbcrgen|j@example.org" },
	{ "=?utf-8?b?5bGx55Sw?=\r\n =?utf-8?b?5aSq6YOO?= <y@example.org>",
		"\xe5\xb1\xb1\xe7\x94\xb0\xe5\xa4\xaa\xe9\x83\x8e|y@example.org" },
	{ "undisclosed-recipients:;", "undisclosed-recipients|" },
	{ "Team: ann@example.org, Bob <bob@example.org>;, c@example.org",
		"|ann@example.org;Bob|bob@example.org;|c@example.org" },
	{ "<@relay.example,@other.example:ann@example.org>", "|ann@example.org" },
	{ "Ann <ann @ example . org>", "Ann|ann@example.org" },
	{ "Ann Example <ann@example.org", "Ann Example|ann@example.org" },
	// What the full parser refuses is still a row that says who.
	{ "Ann Example ann@example.org", "Ann Example|ann@example.org" },
	{ "Ann <mailto:ann@example.org>", "Ann|ann@example.org" },
	{ "a..b@example.org", "|a..b@example.org" },
	{ "somebody else", "somebody else|" },
	// Nothing in a name or an address reaches a terminal or a new line.
	{ "=?utf-8?q?a=1B[31m=0Ab=00c?= <x@example.org>", "a [31m b?c|x@example.org" },
	{ "=?utf-8?q?a=E2=80=AEb?= <x@example.org>", "ab|x@example.org" },
	{ "=?utf-8?q?a=E2=80=8Bb?= <x@example.org>", "ab|x@example.org" },
	{ "\"ceo@bank.example\" <evil@attacker.example>",
		"ceo@bank.example|evil@attacker.example" },
};

static void
test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(parse_rows); i++) {
		char *got = parsed(parse_rows[i].text);
		assert_row_string(i, got, parse_rows[i].wanted);
		free(got);
	}
}

// As typed: end 0 is no mistake; else the byte behind the first.
static const struct {
	const char *text, *wanted;
	size_t end;
} typed_rows[] = {
	{ "", "", 0 },
	{ " , ,, ", "", 0 },
	{ "ann@example.org, Bob <bob@example.org>", "ann@example.org, Bob <bob@example.org>", 0 },
	{ "\"Example, Ann\" <a@b>,c@d", "\"Example, Ann\" <a@b>, c@d", 0 },
	{ "friends: a@b, c@d;, e@f", "a@b, c@d, e@f", 0 },
	{ "nobody:;", "nobody:;", 0 },
	{ "Ann Example ann@example.org", "Ann Example <ann@example.org>", 0 },
	// Mail from elsewhere would lose these.
	{ "bob, ann@example.org", "bob, ann@example.org", 3 },
	{ "ann@example.org,  bob , c@d", "ann@example.org, bob, c@d", 21 },
	{ "carol@@example.org, dave@example.org", "carol@@example.org, dave@example.org", 18 },
	{ "a@b; c@d", "a@b; c@d", 8 },
	{ "a@b c@d, e@f", "a@b c@d, e@f", 7 },
	{ "friends: bob, c@d;", "friends: bob, c@d;", 18 },
	{ "carol@", "carol@", 6 },
	{ "x@y, @z, w@", "x@y, @z, w@", 7 },
};

static void
test_typed(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(typed_rows); i++) {
		struct address_list list = {0}, again = {0};
		struct buf out = {0}, twice = {0};
		struct error err;
		size_t end = 0;
		error_clear(&err);
		bool ok = address_list_typed(&list, typed_rows[i].text, &end, &err);
		assert_row(i, ok == (typed_rows[i].end == 0));
		assert_row(i, end == typed_rows[i].end);
		assert_row(i, ok == (err.kind == ERROR_NONE));
		address_list_format(&out, &list);
		assert_row_string(i, buf_text(&out), typed_rows[i].wanted);
		// Kept as a draft and read again it is the same.
		address_list_typed(&again, buf_text(&out), NULL, NULL);
		address_list_format(&twice, &again);
		assert_row_string(i, buf_text(&twice), typed_rows[i].wanted);
		address_list_done(&list);
		address_list_done(&again);
		buf_done(&out);
		buf_done(&twice);
	}
}

// A comment in front means nothing but sends the text through the full
// parser: the quick one must give the same.
static void
test_quick_as_full(void **state)
{
	static const char *const rows[] = {
		"ann@example.org", "<ann@example.org>", "a b <a@b>", "a  b <a@b>",
		"\"a, b\" <a@b>", "\" a \" <a@b>", "\"\" <a@b>", "a <a@b>,b <c@d>",
		"a. b. c <a@b>", "'a' <a@b>", "a/b <a@b>", "a=b <a@b>",
		"a.b <a@b>", ".a <a@b>", "a_b+c@d-e.f", "a@b, , c@d,", "a <a@b> ,c@d",
		"\"a@b\" <c@d>", "a@b.", ".a@b", "a@b>", "<a@b", "a b", "a",
		"a <b>", "\"a <b@c>", "a@b c@d", "\"a\" b <c@d>", "a \"b\" <c@d>",
		"! # $ % & * <a@b>", "~a`{|} <a@b>", "a?= <a@b>", "=?x <a@b>",
		"a\tb <a@b>", "a@b@c", "a <a@b@c>", "<a@b>c", "a <a@b>c, d@e",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char *slow_text = str_printf("() %s", rows[i]);
		char *quick = parsed(rows[i]), *slow = parsed(slow_text);
		assert_row_string(i, quick, slow);
		free(quick);
		free(slow);
		free(slow_text);
	}
}

static const struct {
	const char *name;
	const char *mail;
	const char *wanted;
} format_rows[] = {
	{ NULL, "a@b", "a@b" },
	{ "Ann", "a@b", "Ann <a@b>" },
	{ "Ann Example", "a@b", "Ann Example <a@b>" },
	{ "Ann B. Example", "a@b", "\"Ann B. Example\" <a@b>" },
	{ "Example, Ann", "a@b", "\"Example, Ann\" <a@b>" },
	{ "a \"b\" \\c", "a@b", "\"a \\\"b\\\" \\\\c\" <a@b>" },
	{ "x@y", "a@b", "\"x@y\" <a@b>" },
	{ "J\xc3\xbcrgen", "a@b", "J\xc3\xbcrgen <a@b>" },
	{ "J\xc3\xbcrgen (home)", "a@b", "\"J\xc3\xbcrgen (home)\" <a@b>" },
	{ "nobody", "", "nobody:;" },
	{ "=?utf-8?q?x?=", "a@b", "=?utf-8?b?PT91dGYtOD9xP3g/PQ==?= <a@b>" },
	{ "<script>", "a@b", "\"<script>\" <a@b>" },
};

static void
test_format(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(format_rows); i++) {
		struct address_list list = {0}, again = {0};
		struct buf out = {0};
		address_list_add(&list, format_rows[i].name, format_rows[i].mail);
		address_list_format(&out, &list);
		assert_row_string(i, buf_text(&out), format_rows[i].wanted);
		address_list_parse(&again, buf_text(&out));
		assert_row(i, again.len == 1);
		assert_row_string(i, str_or_empty(again.items[0].name),
			str_or_empty(format_rows[i].name));
		assert_row_string(i, again.items[0].mail, format_rows[i].mail);
		address_list_done(&list);
		address_list_done(&again);
		buf_done(&out);
	}
}

static const struct {
	struct address a;
	const char *wanted;
} short_rows[] = {
	{ { NULL, "a@b" }, "a@b" },
	{ { "Ann", "a@b" }, "Ann" },
	{ { "Undisclosed", "" }, "Undisclosed" },
	{ { "ceo@bank.example", "evil@attacker.example" }, "evil@attacker.example" },
	{ { "ceo\xef\xbc\xa0" "bank.example", "evil@attacker.example" },
		"evil@attacker.example" },
	{ { "Ann @ home", "a@b" }, "a@b" },
};

static void
test_short(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(short_rows); i++)
		assert_row_string(i, address_short(&short_rows[i].a),
			short_rows[i].wanted);
}

static const struct {
	const char *mail;
	bool valid;
} valid_rows[] = {
	{ "a@b", true },
	{ "ann+tag@example.org", true },
	{ "\xc3\xbc@example.org", true },
	{ "a@[127.0.0.1]", true },
	{ "a..b@example.org", true },
	{ NULL, false },
	{ "", false },
	{ "a", false },
	{ "@b", false },
	{ "a@", false },
	{ "a b@c", false },
	{ "a@b\r\nRCPT TO:<x@y>", false },
	{ "a@b\n", false },
	{ "a@b>", false },
	{ "a@b,c@d", false },
	{ "\xff@b", false },
	{ "a@b\xc2\x85", false },
	{ "a@b\xe2\x80\xae", false },
	{ TIMES_1000("a") "@b", false },
};

static void
test_valid(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(valid_rows); i++)
		assert_row(i, address_valid(valid_rows[i].mail) == valid_rows[i].valid);
}

static void
test_sets(void **state)
{
	struct address_list list = {0}, copy = {0};

	(void)state;
	address_list_parse(&list, "Ann <ann@example.org>, bob@example.org, "
		"ANN@example.ORG");
	assert_int_equal(list.len, 3);
	assert_true(address_list_has(&list, "Bob@Example.org"));
	address_list_copy(&copy, &list);
	address_list_remove(&list, "ann@EXAMPLE.org");
	assert_int_equal(list.len, 1);
	assert_false(address_list_has(&list, "ann@example.org"));
	assert_int_equal(copy.len, 3);
	address_list_done(&list);
	address_list_done(&copy);
}

// Bombs: each must end at once and stay within the limit.
static void
test_bombs(void **state)
{
	static const char *const seeds[] = {
		"a@b,", "a:", "(", "<", "\"", "\\", "=?utf-8?q?a?= ", "a ", "@", ",",
		"<a:", "(a:", "g:a@b;,", "=?utf-8?b?", "[", ".", "a@b.", "\x1b$B",
		"\xff", "=?utf-7?q?+?= ", "a(b)c<d>:",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(seeds); i++) {
		struct address_list list = {0};
		struct buf bomb = {0};
		while (bomb.len < 1000000)
			buf_str(&bomb, seeds[i]);
		address_list_parse(&list, buf_text(&bomb));
		assert_row(i, list.len <= ADDRESS_LIST_MAX);
		address_list_done(&list);
		buf_done(&bomb);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_typed),
		cmocka_unit_test(test_quick_as_full),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_bombs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
