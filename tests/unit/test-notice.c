// SPDX-License-Identifier: GPL-3.0-or-later
// Who speaks in the last line: answers before news, and mistakes until a key.
#include "config.h"

#include "ui/notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

// Steps: "!text" and ".text" answer with a mistake or without, ">!text" and
// ">.text" are news, "k" is a key, "+N" milliseconds pass. The turn is taken after
// each, as the screen does.
static const struct {
	const char *name, *steps[10], *shown;
} cases[] = {
	{ "news alone", { ">.new" }, "new" },
	{ "an answer stays before news", { ".done", ">.new" }, "done" },
	{ "news come when it was read", { ".done", ">.new", "+1999", "+1" }, "new" },
	{ "or with the next key", { ".done", ">.new", "k" }, "new" },
	{ "a mistake stays", { "!no", ">.new", ">!bad", "+99999" }, "no" },
	{ "until the next key", { "!no", ">.new", "k" }, "new" },
	{ "what ended late is no answer to a mistake", { "!no", ".done", "+5000" }, "no" },
	{ "and comes behind it", { "!no", ".done", "k" }, "done" },
	{ "a mistake behind an answer", { ".done", "!no" }, "no" },
	{ "a later answer", { ".done", ".more" }, "more" },
	{ "news of a mistake stay before news", { ">!bad", ">.new", "+99999" }, "bad" },
	{ "but not before another mistake", { ">!bad", ">.new", ">!worse", "+2000" },
		"worse" },
	{ "an answer comes before news", { ">.new", ".done" }, "done" },
	{ "which come again where nobody had time", { ">.new", "+1999", ".done", "k" },
		"new" },
	{ "and do not where one had", { ">.new", "+2000", ".done", "k" }, "" },
	{ "one after another", { ">.a", ">.b", ">.c", "+2000", "+2000" }, "c" },
	{ "a key goes on", { ">.a", ">.b", "k" }, "b" },
	{ "a key ends it", { ".done", "k" }, "" },
};

static void
step(struct notices *n, const char *s, int64_t *now)
{
	bool news = *s == '>';
	long ms;

	if (*s == 'k')
		notices_read(n);
	else if (sscanf(s, "+%ld", &ms) == 1)
		*now += ms;
	else if (news)
		notices_news(n, s[1] == '!' ? SAY_ERROR : SAY_INFO, s + 2);
	else
		notices_answer(n, *s == '!' ? SAY_ERROR : SAY_INFO, s + 1, *now);
	notices_turn(n, *now);
}

static void
test_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct notices n;
		int64_t now = 1000;

		notices_init(&n);
		for (size_t k = 0; cases[i].steps[k]; k++)
			step(&n, cases[i].steps[k], &now);
		if (strcmp(buf_text(&n.text), cases[i].shown) != 0)
			fail_msg("%s: shows \"%s\"", cases[i].name, buf_text(&n.text));
		notices_done(&n);
	}
}

static void
test_time_that_is_left(void **state)
{
	struct notices n;

	(void)state;
	notices_init(&n);
	assert_int_equal(notices_turn(&n, 0), -1);
	notices_answer(&n, SAY_INFO, "done", 100);
	assert_int_equal(notices_turn(&n, 100), -1);
	notices_news(&n, SAY_INFO, "new");
	assert_int_equal(notices_turn(&n, 600), NOTICE_READ_MS - 500);
	notices_answer(&n, SAY_ERROR, "no", 700);
	assert_int_equal(notices_turn(&n, 700), -1);
	notices_done(&n);
}

static void
test_too_many(void **state)
{
	struct notices n;
	char text[16];

	(void)state;
	notices_init(&n);
	notices_answer(&n, SAY_INFO, "done", 0);
	notices_news(&n, SAY_ERROR, "bad");
	for (int i = 0; i < 3 * NOTICES_MAX; i++) {
		snprintf(text, sizeof text, "%d", i);
		notices_news(&n, SAY_INFO, text);
	}
	assert_int_equal(n.waiting.len, NOTICES_MAX);
	notices_read(&n);
	notices_turn(&n, 0);
	assert_string_equal(n.text.data, "bad");
	notices_read(&n);
	notices_turn(&n, 0);
	assert_string_equal(n.text.data, "17");
	notices_done(&n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_time_that_is_left),
		cmocka_unit_test(test_too_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
