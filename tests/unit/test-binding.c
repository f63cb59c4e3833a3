// SPDX-License-Identifier: GPL-3.0-or-later
// Keys: their names, and what typed keys mean in a context and its parents.
#include "config.h"

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "command/binding.h"

static const struct {
	const char *text;
	size_t len;
	const char *printed;   // NULL: as it was written
} good[] = {
	{ "d", 1, NULL }, { "gg", 2, NULL }, { ",t", 2, NULL },
	{ "<C-x>s", 2, NULL }, { "<Enter>", 1, NULL }, { "<F1>", 1, NULL },
	{ "<F12>", 1, NULL }, { "<Space>", 1, NULL }, { "<lt>", 1, NULL },
	{ "<A-x>", 1, NULL }, { "<S-Tab>", 1, NULL }, { "<C-A-Left>", 1, NULL },
	{ "<S-Up>", 1, NULL }, { "\xc3\xa9", 1, NULL }, { "<C-Space>", 1, NULL },
	{ "<cr>", 1, "<Enter>" }, { "<PgDn>", 1, "<PageDown>" },
	{ "<C-X>", 1, "<C-x>" }, { "<c-x>", 1, "<C-x>" }, { "<M-x>", 1, "<A-x>" },
	{ "<S-x>", 1, "X" }, { "<A-C-x>", 1, "<C-A-x>" }, { "<>>", 1, ">" },
	{ "<Del>", 1, "<Delete>" }, { "abcdefgh", 8, NULL },
};

static void
test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct key_sequence s, again;
		struct buf out = {0};
		struct error err;

		if (!key_sequence_parse(&s, good[i].text, &err))
			fail_msg("%s: %s", good[i].text, err.text);
		assert_int_equal(s.len, good[i].len);
		key_sequence_print(&out, &s);
		assert_string_equal(buf_text(&out), good[i].printed != NULL ?
			good[i].printed : good[i].text);
		assert_true(key_sequence_parse(&again, buf_text(&out), NULL));
		assert_memory_equal(&again, &s, sizeof(s));
		buf_done(&out);
	}
}

static void
test_no_names(void **state)
{
	static const char *const bad[] = {
		"", "<", "<Nosuch>", "<F13>", "<F0>", "<X-a>", "abcdefghi", "a\tb",
		"\x1b", "<C->", "<S-1>", "<\x7f>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct key_sequence s;
		struct error err = {0};

		if (key_sequence_parse(&s, bad[i], &err))
			fail_msg("%s is taken for keys", bad[i]);
		assert_int_equal(err.kind, ERROR_INPUT);
	}
}

static void
match(const struct bindings *b, const char *context, const char *typed,
	enum binding_match want, const char *block)
{
	struct key_sequence s;
	const struct binding *found;

	assert_true(key_sequence_parse(&s, typed, NULL));
	assert_int_equal(bindings_match(b, context, &s, &found), want);
	if (block != NULL)
		assert_string_equal(found->block, block);
	else
		assert_null(found);
}

static void
set(struct bindings *b, const char *context, const char *keys, const char *block)
{
	assert_true(bindings_set(b, context, keys, block, NULL, false, "t:1", NULL));
}

static void
test_match(void **state)
{
	struct bindings *b = bindings_new();
	struct error err;

	(void)state;
	set(b, "global", "q", "quit");
	set(b, "global", "g", "global-g");
	set(b, "list", "j", "down");
	set(b, "index", "gg", "first");
	set(b, "index", "d", "delete");
	match(b, "index", "d", BINDING_FOUND, "delete");
	match(b, "index", "j", BINDING_FOUND, "down");
	match(b, "index", "q", BINDING_FOUND, "quit");
	// Nearer keys win, also as the beginning of longer ones.
	match(b, "index", "g", BINDING_PREFIX, NULL);
	match(b, "index", "gg", BINDING_FOUND, "first");
	match(b, "folders", "g", BINDING_FOUND, "global-g");
	match(b, "folders", "d", BINDING_NONE, NULL);
	// Where text is typed, keys of elsewhere do not hold.
	match(b, "setup", "q", BINDING_NONE, NULL);
	set(b, "index", "d", "archive");
	match(b, "index", "d", BINDING_FOUND, "archive");
	assert_true(bindings_unset(b, "index", "d", &err));
	match(b, "index", "d", BINDING_NONE, NULL);
	assert_false(bindings_unset(b, "index", "d", &err));
	assert_false(bindings_set(b, "nowhere", "d", "x", NULL, false, "t", &err));
	bindings_free(&b);
}

static void
test_in(void **state)
{
	struct bindings *b = bindings_new();
	const struct binding **all;
	struct buf seen = {0};

	(void)state;
	set(b, "global", "q", "quit");
	set(b, "global", "g", "hidden");
	set(b, "list", "j", "down");
	set(b, "index", "gg", "first");
	set(b, "index", "q", "close");
	size_t n = bindings_in(b, "index", &all);
	for (size_t i = 0; i < n; i++)
		buf_printf(&seen, "%s ", all[i]->block);
	assert_string_equal(buf_text(&seen), "first close down ");
	free(all);
	buf_clear(&seen);
	assert_true(bindings_print_keys(b, "index", "first", &seen));
	assert_string_equal(buf_text(&seen), "gg");
	assert_false(bindings_print_keys(b, "index", "nothing", &seen));
	buf_done(&seen);
	bindings_free(&b);
}

static void
test_contexts(void **state)
{
	(void)state;
	for (const struct key_context *c = key_contexts; c->name != NULL; c++) {
		size_t depth = 0;

		assert_non_null(c->help);
		for (const struct key_context *p = c; p->parent != NULL; depth++) {
			p = key_context_find(p->parent);
			assert_non_null(p);
			assert_true(depth < 10);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_names),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_in),
		cmocka_unit_test(test_contexts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
