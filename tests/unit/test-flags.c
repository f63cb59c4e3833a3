// SPDX-License-Identifier: GPL-3.0-or-later
// Flags: names in and out, sets, and changes with their inverse.
#include "config.h"

#include "mail-test.h"

#include "base/buf.h"
#include "mail/flags.h"

static const struct {
	const char *text;
	const char *imap;
	const char *words;
} parse_rows[] = {
	{ "", "", "" },
	{ "\\Seen", "\\Seen", "seen" },
	{ "  seen   FLAGGED ", "\\Seen \\Flagged", "seen flagged" },
	{ "$forwarded $MDNSENT $Junk", "$Forwarded $MDNSent $Junk",
		"forwarded mdnsent junk" },
	{ "NonJunk", "$NotJunk", "notjunk" },
	{ "todo Alpha todo TODO beta", "Alpha beta todo", "Alpha beta todo" },
	{ "\\Recent \\* \\Unheard", "", "" },
	{ "a\"b c(d e{f g%h i*j k]l m\\n", "", "" },
	{ "caf\xc3\xa9 del\x7f tab\tin", "", "" },
	{ "\\Deleted x \\Draft \\Answered", "\\Answered \\Deleted \\Draft x",
		"answered deleted draft x" },
	{ "ab a abc", "a ab abc", "a ab abc" },
};

static void
test_parse_and_format(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(parse_rows); i++) {
		struct flags f, again;
		struct buf imap = {0}, words = {0};
		flags_parse(&f, parse_rows[i].text);
		flags_format_imap(&imap, &f);
		flags_format(&words, &f);
		assert_row_string(i, buf_text(&imap), parse_rows[i].imap);
		assert_row_string(i, buf_text(&words), parse_rows[i].words);
		flags_parse(&again, buf_text(&words));
		assert_row(i, flags_equal(&f, &again));
		flags_done(&again);
		flags_parse(&again, buf_text(&imap));
		assert_row(i, flags_equal(&f, &again));
		flags_done(&again);
		flags_done(&f);
		buf_done(&imap);
		buf_done(&words);
	}
}

static void
test_has_and_add(void **state)
{
	struct flags f = {0};

	(void)state;
	assert_true(flags_empty(&f));
	assert_true(flags_add(&f, "todo"));
	assert_true(flags_add(&f, "\\SEEN"));
	assert_false(flags_add(&f, ""));
	assert_false(flags_add(&f, "two words"));
	assert_false(flags_add(&f, "\\Recent"));
	assert_true(flags_has(&f, "ToDo"));
	assert_false(flags_has(&f, "tod"));
	assert_true(flags_has(&f, "seen"));
	assert_false(flags_has(&f, "flagged"));
	assert_false(flags_empty(&f));
	flags_done(&f);
}

static void
test_words_are_bounded(void **state)
{
	struct flags f = {0};
	char name[16];

	(void)state;
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "word%d", i);
		flags_add(&f, name);
	}
	assert_true(strlen(f.words) <= FLAGS_WORDS_MAX);
	assert_true(strlen(f.words) > FLAGS_WORDS_MAX - 20);
	assert_true(flags_has(&f, "word0"));
	assert_false(flags_has(&f, "word4999"));
	flags_done(&f);
}

// As people write tags, and what that is as a keyword; NULL: it cannot be one.
static const struct { const char *text, *word, *shown; } text_rows[] = {
	{ "todo", "todo", NULL },
	{ "to do", "to&ACA-do", NULL },
	{ "a b  c", "a&ACA-b&ACAAIA-c", NULL },
	{ "Muy B\xc3\xbc" "eno", "Muy&ACA-B&APw-eno", NULL },
	{ "50%*(\"\\{]", "50&ACUAKgAoACIAXAB7AF0-", NULL },
	{ "R&D", "R&D", NULL },
	{ "R & D", "R&ACA-&-&ACA-D", NULL },
	{ "a&-b", "a&--b", NULL },        // reads as "a&b" as it is
	{ "&APw-", "&-APw-", NULL },
	{ "\xf0\x9f\x98\x80", "&2D3eAA-", NULL },
	{ "", NULL, NULL },
	{ "seen", NULL, NULL },
	{ "Junk", NULL, NULL },
	{ "\\Inbox", NULL, NULL }, { "(", NULL, NULL }, { " \"", NULL, NULL },
	{ "a\nb", NULL, NULL },
	{ "\xff", NULL, NULL },
};

static void
test_words_of_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(text_rows); i++) {
		struct flags f = {0};
		struct buf shown = {0};
		char *word = flags_word(text_rows[i].text);

		assert_row(i, (word == NULL) == (text_rows[i].word == NULL));
		if (word != NULL) {
			assert_row_string(i, word, text_rows[i].word);
			assert_row(i, flags_add_text(&f, text_rows[i].text));
			assert_row_string(i, f.words, word);
			assert_row(i, flags_has_text(&f, text_rows[i].text));
			flags_word_text(&shown, word);
			assert_row_string(i, buf_text(&shown), text_rows[i].text);
		}
		free(word);
		flags_done(&f);
		buf_done(&shown);
	}
	struct flags f = {0};
	assert_true(flags_add_text(&f, "seen"));
	assert_int_equal(f.bits, FLAG_SEEN);
	assert_false(flags_add_text(&f, "\x1b[31m"));
	flags_done(&f);
}

// Case is nothing in a keyword, but for what stands for other letters.
static void
test_case_of_coded_words(void **state)
{
	static const struct { const char *a, *b; bool equal; } rows[] = {
		{ "to&ACA-do", "TO&ACA-DO", true }, { "&BB8-", "&bb8-", false },
		{ "a&BB8-b c", "A&BB8-B C", true }, { "R&D", "r&D", true },
		{ "x&BB8-", "x&BB9-", false }, { "b&ACA-", "b&ACA-c", false },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct flags a, b;
		flags_parse(&a, rows[i].a);
		flags_parse(&b, rows[i].b);
		assert_row(i, flags_equal(&a, &b) == rows[i].equal);
		flags_merge(&a, &b);
		assert_row(i, flags_equal(&a, &b) == rows[i].equal);
		flags_done(&a);
		flags_done(&b);
	}
}

// Every set of a few flags, changed by every change: the inverse undoes it.
static const char *const sets[] = {
	"", "seen", "todo", "seen todo", "flagged x y", "y", "seen flagged x",
	"junk Todo",
};

static void
test_inverse(void **state)
{
	size_t n = LENGTH(sets);

	(void)state;
	for (size_t i = 0; i < n * n * n; i++) {
		struct flags before, after;
		struct flag_change c, copy, back;
		flags_parse(&before, sets[i % n]);
		flags_parse(&c.add, sets[i / n % n]);
		flags_parse(&c.remove, sets[i / n / n]);
		flag_change_copy(&copy, &c);
		flags_copy(&after, &before);
		flag_change_apply(&after, &copy);
		flag_change_inverse(&back, &before, &c);
		flag_change_apply(&after, &back);
		assert_row(i, flags_equal(&before, &after));
		flags_done(&before);
		flags_done(&after);
		flag_change_done(&c);
		flag_change_done(&copy);
		flag_change_done(&back);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_and_format),
		cmocka_unit_test(test_has_and_add),
		cmocka_unit_test(test_words_are_bounded),
		cmocka_unit_test(test_words_of_texts),
		cmocka_unit_test(test_case_of_coded_words),
		cmocka_unit_test(test_inverse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
