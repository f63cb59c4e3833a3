// SPDX-License-Identifier: GPL-3.0-or-later
// Words laid against a row: flags, arguments, targets, and what is refused with
// the usage.
#include "config.h"

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "command/command.h"
#include "command/line.h"
#include "command/script.h"

static const struct argument show_arguments[] = {
	{ "id", ARGUMENT_ID, "which", .optional = true }, { NULL },
};
static const struct argument save_arguments[] = {
	{ "id", ARGUMENT_ID, "which", .optional = true },
	{ "part", ARGUMENT_TEXT, "which" }, { "path", ARGUMENT_PATH, "where" }, { NULL },
};
static const struct argument list_arguments[] = {
	{ "query", ARGUMENT_QUERY, "which", .optional = true, .many = true }, { NULL },
};
static const struct argument if_arguments[] = {
	{ "query", ARGUMENT_QUERY, "what" }, { "then", ARGUMENT_BLOCK, "what" },
	{ "else", ARGUMENT_CHOICE, "word", .choices = "else", .optional = true },
	{ "otherwise", ARGUMENT_BLOCK, "what", .optional = true }, { NULL },
};
static const struct argument mark_arguments[] = {
	{ "flags", ARGUMENT_TAG, "which", .many = true }, { NULL },
};
static const struct argument bind_arguments[] = {
	{ "context", ARGUMENT_CONTEXT, "where" }, { "keys", ARGUMENT_KEYS, "which" },
	{ "block", ARGUMENT_BLOCK, "what" }, { NULL },
};
static const struct command_flag list_flags[] = {
	{ "n", "number", ARGUMENT_NUMBER, "at most" },
	{ "l", NULL, ARGUMENT_TEXT, "long" }, { NULL },
};

static const struct command rows[] = {
	{ "undo", "h" },
	{ "show", "h", .arguments = show_arguments, .target = TARGET_MESSAGE },
	{ "save", "h", .arguments = save_arguments, .target = TARGET_MESSAGE },
	{ "list", "h", .arguments = list_arguments, .flags = list_flags },
	{ "if", "h", .arguments = if_arguments, .target = TARGET_MESSAGES },
	{ "mark", "h", .arguments = mark_arguments, .target = TARGET_MESSAGES,
		.plus_minus = true },
	{ "bind", "h", .arguments = bind_arguments },
	{ "exec", "h", .arguments = mark_arguments },
};

static const struct command *
row_of(const char *name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (str_equal(rows[i].name, name))
			return &rows[i];
	}
	return NULL;
}

// "a|b -n=5 t=QUERY id=ID", or the error.
static char *
bind_text(const char *text, bool *ok_r)
{
	struct script s;
	struct line l;
	struct error err = {0};
	struct buf out = {0};

	assert_true(script_parse(&s, text, "t", 1, NULL));
	*ok_r = line_bind(&l, row_of(s.items[0].words.items[0]), &s.items[0], &err);
	for (size_t i = 0; *ok_r && i < l.args.len; i++)
		buf_printf(&out, "%s%s", i > 0 ? "|" : "", l.args.items[i]);
	for (size_t i = 0; *ok_r && i < l.n_flags; i++)
		buf_printf(&out, " -%s=%s", l.flags[i].row->name, l.flags[i].value);
	if (*ok_r && l.query != NULL)
		buf_printf(&out, " t=%s", l.query);
	if (*ok_r && l.id != NULL)
		buf_printf(&out, " id=%s", l.id);
	buf_str(&out, *ok_r ? "" : err.text);
	line_done(&l);
	script_done(&s);
	return buf_take(&out);
}

static const struct {
	const char *text, *bound;
} good[] = {
	{ "undo", "" },
	{ "show", "" },
	{ "show 1f", " id=1f" },
	{ "show id:1f", " id=1f" },
	{ "show -t 'from:ann'", " t=from:ann" },
	{ "save 2 /tmp/x", "2|/tmp/x" },
	{ "save 1f 2 /tmp/x", "2|/tmp/x id=1f" },
	{ "save id:1f 2 /tmp/x", "2|/tmp/x id=1f" },
	{ "list", "" },
	{ "list -n 5 from:ann is:unread", "from:ann|is:unread -n=5" },
	{ "list from:ann -n 5", "from:ann -n=5" },
	{ "list -l -list:dev", "-list:dev -l=" },
	{ "list subject:\"q3 report\"", "subject:\"q3 report\"" },
	{ "list \"from:a or from:b\"", "from:a or from:b" },
	{ "list (a or b)", "(a|or|b)" },
	{ "mark +seen -flagged", "+seen|-flagged" },
	{ "mark -t is:unread -x", "-x t=is:unread" },
	{ "mark -- -t", "-t" },
	{ "mark '-t'", "-t" },
	{ "exec notify-send -t 5", "notify-send|-t|5" },
	{ "exec -- notify-send -t -- -x", "notify-send|-t|--|-x" },
	{ "mark a -- -t -- b", "a|-t|--|b" },
	{ "if q { a } else { b }", "q| a |else| b " },
	{ "if q { a }", "q| a " },
	{ "bind index gg { a }", "index|gg| a " },
};

static const struct {
	const char *text, *what;
} bad[] = {
	{ "undo x", "undo: it takes no arguments (usage: undo)" },
	{ "undo -x", "undo: there is no flag -x" },
	{ "show a b", "show: " },
	{ "show zz", "is no id" },
	{ "show id:zz", "is no id" },
	{ "save", "part is missing" },
	{ "save 2", "path is missing" },
	{ "save 1 2 3 4", "too many arguments" },
	{ "list -n", "-n wants a value" },
	{ "list -n many", "number is a number" },
	{ "list (a", "" },
	{ "list -n 5 larger:x", "" },
	{ "mark", "flags is missing" },
	{ "if q", "then is missing" },
	{ "if q x", "then is a block" },
	{ "if { q } { x }", "query is no block" },
	{ "if q { x } or { y }", "else is one of else" },
	{ "bind nowhere x { }", "there is no context" },
	{ "bind index <Nosuch> { }", "there is no key" },
	{ "bind index x", "block is missing" },
	{ "mark -t (a +x", "" },
};

static void
test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		bool ok;
		char *bound = bind_text(good[i].text, &ok);

		if (!ok)
			fail_msg("%s: %s", good[i].text, bound);
		assert_string_equal(str_or_empty(bound), good[i].bound);
		free(bound);
	}
}

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		bool ok;
		char *said = bind_text(bad[i].text, &ok);

		if (ok || strstr(said, bad[i].what) == NULL)
			fail_msg("%s: %s", bad[i].text, ok ? "was taken" : said);
		free(said);
	}
}

static void
test_usage(void **state)
{
	static const struct {
		const char *name, *usage;
	} usages[] = {
		{ "undo", "undo" },
		{ "show", "show [-t QUERY] [ID]" },
		{ "save", "save [-t QUERY] [ID] PART PATH" },
		{ "list", "list [-n NUMBER] [-l] [QUERY...]" },
		{ "if", "if [-t QUERY] QUERY { ... } [else] [{ ... }]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(usages) / sizeof(usages[0]); i++) {
		struct buf out = {0};

		command_usage(&out, row_of(usages[i].name));
		assert_string_equal(buf_text(&out), usages[i].usage);
		buf_done(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_usage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
