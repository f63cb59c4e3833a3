// SPDX-License-Identifier: GPL-3.0-or-later
// format=flowed as it is written and taken up again.
#include "config.h"

#include "mail-test.h"

#include "base/buf.h"
#include "base/mem.h"
#include "mail/flowed.h"

#include <stdlib.h>
#include <string.h>

#define LONG "The quick brown fox jumps over the lazy dog and then over all of " \
	"the other dogs too."
#define FIRST "The quick brown fox jumps over the lazy dog and then over all of the"
#define REST "other dogs too."

static const struct {
	const char *text;
	bool helps;
} help_rows[] = {
	{ "", false },
	{ "short\nlines \n", false },
	{ LONG, true },
	{ "> " LONG "\n", true },
	{ LONG "\ndiff --git a/x b/x\n", false },
	{ "@@ -1 +1 @@\n" LONG "\n", false },
	// Nothing to break it at, or it stands where it stands.
	{ "https://example.org/a/very/long/address/that/goes/on/and/on/and/on/and/on/and/on", false },
	{ "\t" LONG, false },
	{ " " LONG, false },
	{ "one   two   three   four   five   six   seven   eight   nine   ten   eleven  12", false },
};

static void
test_helps(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(help_rows); i++)
		assert_row(i, flowed_helps(help_rows[i].text) == help_rows[i].helps);
}

static const struct {
	const char *text;
	bool blanks;
	const char *wanted;
} write_rows[] = {
	{ "", false, "" },
	{ "one\n\ntwo", false, "one\n\ntwo\n" },
	{ LONG "\n", false, FIRST " \n" REST "\n" },
	{ "> > " LONG "\n", false, ">> " FIRST " \n>> " REST "\n" },
	{ ">>" LONG, false, ">> " FIRST " \n>> " REST "\n" },
	// Blanks that nobody sees are not sent, but for the one of a signature.
	{ "one \ntwo  \n   \n-- \nAnn \n", false, "one\ntwo\n\n-- \nAnn\n" },
	{ "> one \n> \n> -- \n>\n", false, "> one\n>\n> -- \n>\n" },
	// Unless they are meant.
	{ "one \ntwo \n\nthree \n> a \n> b \n>> c\nd \n-- \nAnn", true,
		"one \ntwo\n\nthree\n> a \n> b\n>> c\nd\n-- \nAnn\n" },
	// What would be taken for something else.
	{ " code\nFrom here\n\tx\n", false, "  code\n From here\n\tx\n" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb > From it\n",
		false, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa \n"
		"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb > From it\n" },
	// Wide characters count twice; a word of any length is not cut.
	{ "\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad"
		"\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad "
		"\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87"
		"\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87"
		"\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87"
		"\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87", false,
		"\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad"
		"\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad \n"
		"\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87"
		"\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87"
		"\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87"
		"\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87\n" },
};

static void
test_write(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(write_rows); i++) {
		struct buf got = {0};
		flowed_write(&got, write_rows[i].text, write_rows[i].blanks);
		assert_row_string(i, buf_text(&got), write_rows[i].wanted);
		buf_done(&got);
	}
}

static const struct {
	bool delsp;
	const char *text;
	const char *wanted;
} read_rows[] = {
	{ false, "", "" },
	{ false, "one \r\ntwo\r\n\r\nthree", "one two\n\nthree\n" },
	{ false, "one \n\n  two \n-- \nAnn \n", "one\n\n two\n-- \nAnn\n" },
	{ false, "> a  \n>   b \n>> c\n>\n> \nd ", "> a b\n>> c\n>\n>\nd\n" },
	{ true, "eins- \nzwei  \ndrei\n", "eins-zwei drei\n" },
	{ false, " >x\n From y\n", ">x\nFrom y\n" },
};

static void
test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(read_rows); i++) {
		struct buf got = {0};
		flowed_read(&got, read_rows[i].text, read_rows[i].delsp);
		assert_row_string(i, buf_text(&got), read_rows[i].wanted);
		buf_done(&got);
	}
}

// What was written is what is read, and what is sent twice does not change.
static void
test_there_and_back(void **state)
{
	static const char text[] = LONG "\n\n  code > x\n> " LONG " " LONG "\n>> " LONG
		"\nshort\n\xc3\xa4\xc3\xb6\xc3\xbc " LONG " From where > it goes " LONG
		"\n-- \nAnn\n";
	struct buf sent = {0}, back = {0}, again = {0};

	(void)state;
	flowed_write(&sent, text, false);
	for (const char *s = buf_text(&sent); *s != '\0'; s += strcspn(s, "\n") + 1)
		assert_true(strcspn(s, "\n") <= FLOWED_LINE_MAX);
	flowed_read(&back, buf_text(&sent), false);
	assert_string_equal(buf_text(&back), text);
	flowed_write(&again, buf_text(&sent), true);
	// Only what is stuffed has its mark stuffed again.
	assert_non_null(strstr(buf_text(&again), "\n    code > x\n"));
	buf_done(&sent);
	buf_done(&back);
	buf_done(&again);
}

static void
test_bombs(void **state)
{
	static const char *const seeds[] = {
		" ", "a ", ">", "> ", "> a \n", "\n", " \n", "From ", "\xcc\x81", "\xff",
		"\t", "a\n\n", "-- \n", "a   b",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(seeds); i++) {
		struct buf bomb = {0}, got = {0};
		while (bomb.len < 400000)
			buf_str(&bomb, seeds[i]);
		flowed_helps(buf_text(&bomb));
		flowed_write(&got, buf_text(&bomb), true);
		assert_row(i, got.len <= 3 * bomb.len + 2);
		buf_clear(&got);
		flowed_read(&got, buf_text(&bomb), true);
		assert_row(i, got.len <= 2 * bomb.len + 2);
		buf_done(&bomb);
		buf_done(&got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_helps),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_bombs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
