// SPDX-License-Identifier: GPL-3.0-or-later
// Named queries: what a name may be, one name for one query, and the command
// that gives them.
#include "config.h"

#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "command/saved.h"

static const struct {
	const char *name, *text;
	const char *error;   // begins so; NULL: it is taken
} rows[] = {
	{ "Later", "tag:later", NULL },
	{ "To be read", "is:unread -list:dev", NULL },
	{ "J\xc3\xbcrgen", "from:j\xc3\xbcrgen", NULL },
	{ "", "x", "a name of 1 to" },
	{ "a\tb", "x", "a name cannot hold" },
	{ "a\nb", "x", "a name cannot hold" },
	{ "a\xff", "x", "a name of 1 to" },
	{ "Broken", "is:cold", "column 4" },
};

static void
test_names(void **state)
{
	struct saved *s = saved_new();
	struct error err;
	size_t n, taken = 1;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		bool ok = saved_set(s, rows[i].name, rows[i].text, "config:1", &err);

		assert_int_equal(ok, rows[i].error == NULL);
		if (!ok && strncmp(err.text, rows[i].error, strlen(rows[i].error)) != 0)
			fail_msg("%s: %s", rows[i].name, err.text);
		taken += ok;
		assert_true(!ok || saved_find(s, rows[i].name) != NULL);
	}
	saved_all(s, &n);
	assert_int_equal(n, taken);
	saved_free(&s);
}

static void
test_one_name(void **state)
{
	struct saved *s = saved_new();
	struct error err;
	size_t n;

	(void)state;
	// There from the start, and nobody's.
	const struct saved_query *q = saved_find(s, "all INBOXES");
	assert_non_null(q);
	assert_string_equal(q->text, "inbox:all");
	assert_null(q->where);
	assert_true(saved_set(s, "Work", "account:work", "config:1", &err));
	assert_true(saved_set(s, "work", "inbox:work", "config:2", &err));
	q = saved_find(s, "WORK");
	assert_string_equal(q->text, "inbox:work");
	assert_string_equal(q->where, "config:2");
	saved_all(s, &n);
	assert_int_equal(n, 2);
	assert_true(saved_remove(s, "All inboxes", &err));
	assert_false(saved_remove(s, "All inboxes", &err));
	assert_string_equal(err.text, "no query is named \"All inboxes\"");
	assert_string_equal(saved_all(s, &n)->name, "work");
	assert_int_equal(n, 1);
	saved_free(&s);
}

static void
test_many(void **state)
{
	struct saved *s = saved_new();
	struct error err;
	char name[20];
	size_t n;

	(void)state;
	for (int i = 0; i < SAVED_MAX + 5; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(saved_set(s, name, "x", NULL, &err), i < SAVED_MAX - 1);
	}
	saved_all(s, &n);
	assert_int_equal(n, SAVED_MAX);
	saved_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_one_name),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
