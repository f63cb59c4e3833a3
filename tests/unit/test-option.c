// SPDX-License-Identifier: GPL-3.0-or-later
// Options: which values each kind takes, whose value holds, and that the
// engine's own rows are whole.
#include "config.h"

#include "tests/unit/test.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "command/option.h"

static const struct {
	const char *name, *value;
	bool taken;
} values[] = {
	{ "address", "Ann Example <ann@example.org>", true },
	{ "address", "ann@example.org, Ann <a@example.net>", true },
	{ "address", "nobody", false },
	{ "address", "", false },
	{ "incoming", "imaps://ann@imap.example.org", true },
	{ "incoming", "pop3://ann@127.0.0.1:1100", true },
	{ "incoming", "maildir:///home/ann/Mail", true },
	{ "incoming", "http://example.org", false },
	{ "incoming", "imap.example.org", false },
	{ "incoming", "imaps://", false },
	{ "outgoing", "smtps://ann@smtp.example.org", true },
	{ "outgoing", "sendmail:///usr/sbin/sendmail", true },
	{ "outgoing", "imaps://ann@imap.example.org", false },
	{ "password-command", "pass show mail/home", true },
	{ "password-command", "sh -c 'echo x'", true },
	{ "password-command", "pass 'show", false },
	{ "password-command", "a; b", false },
	{ "password-command", "", false },
	{ "tls", "off", true },
	{ "tls", "no", false },
	{ "keep", "30", true },
	{ "keep", "all", true },
	{ "keep", "-1", false },
	{ "keep", "none", false },
	{ "pop3-keep", "none", true },
	{ "pop3-keep", "deleted", true },
	{ "pop3-keep", "7", true },
	{ "pop3-keep", "0", false },
	{ "keep-size", "10M", true },
	{ "keep-size", "many", false },
	{ "connections", "3", true },
	{ "connections", "0", false },
	{ "connections", "11", false },
	{ "check-interval", "5m", true },
	{ "check-interval", "1s", false },
	{ "check-interval", "soon", false },
	{ "log", "debug", true },
	{ "log", "much", false },
	{ "attribution", "On %d,\n%n wrote:", true },
	{ "tls-ca", "", false },
	{ "tls-ca", "/etc/x\n.pem", false },
};

static void
test_values(void **state)
{
	struct options *o = options_new();

	(void)state;
	options_add_engine(o);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct error err = {0};
		bool taken = options_set(o, NULL, values[i].name, values[i].value,
			"test:1", &err);

		if (taken != values[i].taken)
			fail_msg("%s \"%s\": %s", values[i].name, values[i].value,
				taken ? "was taken" : err.text);
		if (taken) {
			assert_string_equal(options_text(o, NULL, values[i].name),
				values[i].value);
		} else {
			assert_int_equal(err.kind, ERROR_INPUT);
			assert_non_null(strstr(err.text, values[i].name));
		}
	}
	options_free(&o);
}

static void
test_scopes(void **state)
{
	struct options *o = options_new();
	struct error err;

	(void)state;
	options_add_engine(o);
	assert_int_equal(options_number(o, "home", "connections"), 3);
	assert_null(options_where(o, "home", "connections"));
	assert_true(options_set(o, NULL, "connections", "5", "c:1", &err));
	assert_true(options_set(o, "home", "connections", "2", "c:2", &err));
	assert_int_equal(options_number(o, "home", "connections"), 2);
	assert_int_equal(options_number(o, "work", "connections"), 5);
	assert_string_equal(options_where(o, "home", "connections"), "c:2");
	assert_true(options_unset(o, "home", "connections", &err));
	assert_int_equal(options_number(o, "home", "connections"), 5);
	assert_false(options_set(o, "home", "editor", "vi", "c:3", &err));
	assert_false(options_set(o, NULL, "no-such", "x", "c:4", &err));
	assert_false(options_unset(o, NULL, "no-such", &err));
	options_free(&o);
}

static void
test_kinds(void **state)
{
	struct options *o = options_new();
	struct strlist argv = {0};

	(void)state;
	options_add_engine(o);
	assert_int_equal(options_number(o, NULL, "check-interval"), 300);
	assert_int_equal(options_number(o, NULL, "keep-size"), 10 * 1024 * 1024);
	assert_int_equal(options_number(o, NULL, "keep"), 30);
	assert_true(options_set(o, NULL, "keep", "all", "t", NULL));
	assert_int_equal(options_number(o, NULL, "keep"), -1);
	assert_true(options_on(o, NULL, "tls"));
	assert_true(options_set(o, NULL, "editor", "'my editor' -c \"set tw=72\"", "t",
		NULL));
	options_argv(o, NULL, "editor", &argv);
	assert_int_equal(argv.len, 3);
	assert_string_equal(argv.items[0], "my editor");
	assert_string_equal(argv.items[2], "set tw=72");
	strlist_done(&argv);
	options_free(&o);
}

// A client's values end with it and never reach those below.
static void
test_overlay(void **state)
{
	struct options *o = options_new();

	(void)state;
	options_add_engine(o);
	assert_true(options_set(o, NULL, "connections", "5", "c:1", NULL));
	struct options *own = options_overlay(o);
	assert_int_equal(options_number(own, "home", "connections"), 5);
	assert_true(options_set(own, NULL, "connections", "7", "-e:1", NULL));
	assert_int_equal(options_number(own, "home", "connections"), 7);
	assert_int_equal(options_number(o, "home", "connections"), 5);
	// The account's own wins, however near the global one is.
	assert_true(options_set(o, "home", "connections", "2", "c:2", NULL));
	assert_int_equal(options_number(own, "home", "connections"), 2);
	options_free(&own);
	options_free(&o);
}

static void
test_rows(void **state)
{
	struct options *o = options_new();
	size_t n;

	(void)state;
	options_add_engine(o);
	const struct option *const *rows = options_all(o, &n);
	assert_true(n > 20);
	for (size_t i = 0; i < n; i++) {
		struct buf expects = {0};
		struct error err = {0};

		assert_true(i == 0 || strcmp(rows[i - 1]->name, rows[i]->name) < 0);
		assert_non_null(rows[i]->help);
		assert_true(strlen(rows[i]->help) > 10);
		assert_true(rows[i]->help[strlen(rows[i]->help) - 1] != '.');
		option_expects(&expects, rows[i]);
		assert_true(expects.len > 0);
		buf_done(&expects);
		// The initial value is one that could be set.
		if (rows[i]->initial != NULL && !options_set(o, NULL, rows[i]->name,
			rows[i]->initial, "t", &err))
			fail_msg("%s", err.text);
		assert_ptr_equal(options_find(o, rows[i]->name), rows[i]);
	}
	options_free(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_overlay),
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
