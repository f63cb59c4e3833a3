// SPDX-License-Identifier: GPL-3.0-or-later
// Plain text: lines, flowed paragraphs, quotes, signatures, links, patches.
#include "config.h"

#include "mail-test.h"

#include "document-dump.h"
#include "mail/part.h"
#include "mail/text.h"

#define LONG "The quick brown fox jumps over the lazy dog and then over all of " \
	"the other dogs too."

static const struct {
	const char *type; // "flowed", "delsp", "x-patch" or ""
	const char *text;
	const char *wanted;
} text_rows[] = {
	{ "", "", "" },
	{ "", "one", "L: one|" },
	{ "", "one\ntwo\n", "L: one|L: two|" },
	{ "", "one\r\ntwo\rthree\n\n", "L: one|L: two|L: three|L|" },
	{ "", LONG "\n", "P: " LONG "|" },
	{ "", "  " LONG "\n", "L:   " LONG "|" },
	{ "", LONG "   x\n", "L: " LONG "   x|" },
	{ "", "> a\n>> b\n> > c\n>d\n>\n", "L>: a|L>>: b|L>>: c|L>: d|L>|" },
	{ "", ">  a\n", "L>:  a|" },
	{ "", "a > b\n", "L: a > b|" },
	{ "", "hi\n-- \nAnn\nExample", "L: hi|L~: -- |L~: Ann|L~: Example|" },
	{ "", "> -- \n> Ann\nhi\n", "L>~: -- |L>~: Ann|L: hi|" },
	{ "", "--\nnot one\n", "L: --|L: not one|" },
	{ "", "a\tb\n\tc\n1234567\tx\n12345678\tx",
		"L: a       b|L:         c|L: 1234567 x|L: 12345678        x|" },
	{ "", "a\x1b[31mb\x07" "c\x7f" "d", "L: a [31mb c d|" },
	{ "", "a\xc2\x9b" "31mb \xe2\x80\xae" "evil\xe2\x80\xac", "L: a 31mb evil|" },
	{ "", "broken \xff\xfe bytes", "L: broken \xef\xbf\xbd\xef\xbf\xbd bytes|" },
	{ "", "zero\xe2\x80\x8bwidth", "L: zerowidth|" },
	// RFC 3676.
	{ "flowed", "one \ntwo \nthree\nfour\n", "P: one two three|L: four|" },
	// To the letter the empty line would be the end of its paragraph.
	{ "flowed", "one \n\ntwo\n", "P: one|L|L: two|" },
	{ "flowed", "one \n  \n> \n>\n> two \n", "P: one|L|L>|L>|P>: two|" },
	{ "flowed", "> a \n> b\n>> c \n> d\n", "P>: a b|P>>: c|L>: d|" },
	// However many blanks mark the end of a line, there is one to be seen.
	{ "flowed", "one.  \ntwo   \n   three\n", "P: one. two three|" },
	{ "flowed", "> one  \n>   two\n", "P>: one two|" },
	{ "flowed", "one  two \nthree\n", "P: one  two three|" },
	{ "delsp", "one  \ntwo   \n  three\n", "P: one two three|" },
	{ "delsp", "\xe4\xb8\xad \n\xe6\x96\x87\n", "P: \xe4\xb8\xad\xe6\x96\x87|" },
	{ "flowed", " stuffed\n >x\n From y\n", "L: stuffed|L: >x|L: From y|" },
	{ "flowed", "one \n-- \nAnn \nExample\n", "P: one|L~: -- |P~: Ann Example|" },
	{ "delsp", "eins- \nzwei \ndrei\n", "P: eins-zweidrei|" },
	{ "flowed", "open \nend ", "P: open end|" },
	// Lines of a patch stay lines, and an open paragraph keeps its looks.
	{ "flowed", "a \n@@ -1,2 +1,2 @@\n  x \n  y \nb \nc\n",
		"P: a|L: @@ -1,2 +1,2 @@|L:  x |L:  y |P: b c|" },
	{ "flowed", "> a \n-- \nAnn \n> b \n", "P>: a|L~: -- |P~: Ann|P>: b|" },
};

static struct document *
read_text(const char *type, const char *text)
{
	struct document *d = document_new();
	struct part *p = part_new("text", "plain");

	p->delsp = strcmp(type, "delsp") == 0;
	p->flowed = p->delsp || strcmp(type, "flowed") == 0;
	if (strcmp(type, "x-patch") == 0)
		str_set(&p->subtype, "x-patch");
	str_set(&p->section, "1.2");
	text_to_document(d, p, text, strlen(text));
	part_free(&p);
	return d;
}

static void
test_blocks(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(text_rows); i++) {
		struct document *d = read_text(text_rows[i].type, text_rows[i].text);
		struct buf got = {0};
		dump_blocks(&got, d);
		assert_row_string(i, buf_text(&got), text_rows[i].wanted);
		for (size_t b = 0; b < d->blocks.len; b++)
			assert_row_string(i,
				((struct block *)array_at(&d->blocks, b))->part, "1.2");
		buf_done(&got);
		document_free(&d);
	}
}

static const struct {
	const char *type;
	const char *text;
	const char *wanted;
} span_rows[] = {
	{ "", "no link", "" },
	{ "", "see http://example.org/a.", "L(http://example.org/a)http://example.org/a|" },
	{ "", "(https://example.org/a_(b))",
		"L(https://example.org/a_(b))https://example.org/a_(b)|" },
	{ "", "<https://example.org/?a=1&b=2>, HTTP://EXAMPLE.ORG/",
		"L(https://example.org/?a=1&b=2)https://example.org/?a=1&b=2|"
		"L(HTTP://EXAMPLE.ORG/)HTTP://EXAMPLE.ORG/|" },
	{ "", "mailto:ann@example.org?subject=x!",
		"L(mailto:ann@example.org?subject=x)mailto:ann@example.org?subject=x|" },
	{ "", "javascript:alert(1) file:///etc/passwd data:text/html,x ftp://x/", "" },
	{ "", "xhttp://example.org http:// https:///x", "" },
	{ "", "http://example.org/\xc3\xa9\xe2\x80\xae" "x",
		"L(http://example.org/\xc3\xa9x)http://example.org/%C3%A9%E2%80%AEx|" },
	{ "", "http://example.org http://example.org",
		"L(http://example.org)http://example.org|"
		"L(http://example.org)http://example.org|" },
	{ "flowed", "http://example.org/ \nand http://example.org/b\n",
		"L(http://example.org/)http://example.org/|"
		"L(http://example.org/b)http://example.org/b|" },
	{ "x-patch", "--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n same\n",
		"b(--- a)|b(+++ b)|c(@@ -1 +1 @@)|r(-old)|a(+new)|" },
	// Known by its hunks alone, and held to their counts: what follows are words.
	{ "", "Try this:\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@ main\n-old\n same\n+new\n"
		"- no\n+ patch http://e.example/\n", "b(--- a/x)|b(+++ b/x)|"
		"c(@@ -1,2 +1,2 @@ main)|r(-old)|a(+new)|L(http://e.example/)http://e.example/|" },
	{ "", "@@ -7 +7,0 @@\n-a\n-b\n", "c(@@ -7 +7,0 @@)|r(-a)|" },
	{ "", "--- a\n-- b\n@@ -x +y @@\n@@ -1,1 +1\n-z\n", "" },
	// A line that takes away a comment of two dashes is no signature.
	{ "", "@@ -1,2 +1 @@\n-- \n-x\n+y\n-- \n-z\n",
		"c(@@ -1,2 +1 @@)|r(-- )|r(-x)|a(+y)|" },
	// Quoted by who answers between its lines.
	{ "", "> @@ -1,2 +1,3 @@\n> +one\nWhy?\n- this\n> +two\n>  same\n> -old\n> -no\n",
		"c(@@ -1,2 +1,3 @@)|a(+one)|a(+two)|r(-old)|" },
	{ "", "> --- a\n> +++ b\n+++ c\n> -x\n", "b(--- a)|b(+++ b)|r(-x)|" },
	{ "", "> --- a\n+++ b\n", "" },
	{ "flowed", "see \n@@ -1,2 +1,2 @@\n  same \n-old \n+new \nafter \nit\n",
		"c(@@ -1,2 +1,2 @@)|r(-old )|a(+new )|" },
	{ "", "+no patch\ndiff --git a/x b/x\n+added\n-- \n+sig",
		"b(diff --git a/x b/x)|a(+added)|" },
};

static void
test_spans(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(span_rows); i++) {
		struct document *d = read_text(span_rows[i].type, span_rows[i].text);
		struct buf got = {0};
		dump_spans(&got, d);
		assert_row_string(i, buf_text(&got), span_rows[i].wanted);
		buf_done(&got);
		document_free(&d);
	}
}

static void
test_bombs(void **state)
{
	static const char *const seeds[] = {
		"x", "\n", "\r", ">", "> \n", " \n", "http://x ", "http:///", "http://",
		"http://a(", "\t", "\xcc\x81", "\xff", "\xe2\x80\x8d", "-- \n", "a \n",
		">>> a \n", "mailto:a", "@@ -9,9 +9,9 @@\n",
		"--- a\n", "--- a\n+++ b\n", "> @@ -1 +1 @@\n>+ \n", "\xf0\x9f\x91\xa8\xe2\x80\x8d",
	};
	static const char *const types[] = { "", "flowed", "x-patch" };

	(void)state;
	for (size_t i = 0; i < LENGTH(seeds) * LENGTH(types); i++) {
		struct buf bomb = {0};
		while (bomb.len < 700000)
			buf_str(&bomb, seeds[i / LENGTH(types)]);
		struct document *d = read_text(types[i % LENGTH(types)], buf_text(&bomb));
		assert_row(i, d->text.len <= DOCUMENT_TEXT_MAX + DOCUMENT_BLOCKS_MAX);
		assert_row(i, d->blocks.len <= DOCUMENT_BLOCKS_MAX);
		assert_row(i, d->spans.len <= DOCUMENT_SPANS_MAX);
		assert_row(i, d->links.len <= DOCUMENT_LINKS_MAX);
		assert_row(i, dump_is_clean(buf_text(&d->text), d->text.len));
		document_free(&d);
		buf_done(&bomb);
	}
}

// A million different links: the first are offered, none is sought for long.
static void
test_many_links(void **state)
{
	struct buf bomb = {0};

	(void)state;
	for (int i = 0; i < 200000; i++)
		buf_printf(&bomb, "http://e.example/%d ", i);
	struct document *d = read_text("", buf_text(&bomb));
	assert_int_equal(d->links.len, DOCUMENT_LINKS_MAX);
	document_free(&d);
	buf_done(&bomb);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_many_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
