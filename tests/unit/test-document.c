// SPDX-License-Identifier: GPL-3.0-or-later
// Documents: building, links, the record that a damaged reader may send, and
// the text as lines.
#include "config.h"

#include "mail-test.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "document-dump.h"

static struct block *
add(struct document *d, enum block_kind kind, const char *text)
{
	size_t at = d->blocks.len;

	document_add_block(d, kind);
	document_add_text(d, text, strlen(text));
	return array_at(&d->blocks, at);
}

static const struct {
	const char *url;
	const char *wanted; // NULL: refused
} link_rows[] = {
	{ "http://example.org/", "http://example.org/" },
	{ " HTTPS://example.org/a b\n", "HTTPS://example.org/a%20b" },
	{ "mailto:ann@example.org", "mailto:ann@example.org" },
	{ "http://example.org/\x1b]8;;\x07", "http://example.org/%1B]8;;%07" },
	{ "http://\xd0\xb0pple.example/", "http://%D0%B0pple.example/" },
	{ "java\nscript:alert(1)", NULL },
	{ "javascript:alert(1)", NULL },
	{ "data:text/html,x", NULL },
	{ "file:///etc/passwd", NULL },
	{ "ftp://example.org/", NULL },
	{ "cid:x", NULL },
	{ "http://", NULL },
	{ "http:///etc", NULL },
	{ "https://?x", NULL },
	{ "mailto:", NULL },
	{ "//example.org", NULL },
	{ "", NULL },
};

static void
test_links(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(link_rows); i++) {
		struct document *d = document_new();
		int link = document_link(d, link_rows[i].url);
		assert_row(i, (link < 0) == (link_rows[i].wanted == NULL));
		if (link >= 0)
			assert_row_string(i, d->links.items[link], link_rows[i].wanted);
		assert_row(i, document_link(d, link_rows[i].url) == link);
		document_free(&d);
	}
}

static void
test_spans_are_sorted(void **state)
{
	struct document *d = document_new();
	struct buf got = {0};

	(void)state;
	add(d, BLOCK_PARAGRAPH, "a");
	document_add_text(d, "b", 1);
	document_add_span(d, 1, SPAN_ITALIC, -1);
	document_add_text(d, "c", 1);
	document_add_span(d, 0, SPAN_BOLD, -1);
	document_add_span(d, 2, SPAN_CODE, -1);
	document_add_span(d, 3, SPAN_CODE, -1); // nothing there
	dump_spans(&got, d);
	assert_string_equal(buf_text(&got), "b(abc)|i(b)|c(c)|");
	buf_done(&got);
	document_free(&d);
}

static struct document *
make_document(void)
{
	struct document *d = document_new();
	const char *header = "From: Ann <ann@example.org>\nSubject: caf\xc3\xa9\n\n";

	add(d, BLOCK_HEADING, "Caf\xc3\xa9");
	add(d, BLOCK_PARAGRAPH, "a \xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9 link");
	document_add_span(d, 8, SPAN_LINK, document_link(d, "http://example.org/"));
	struct block *b = add(d, BLOCK_LINE, "e\xcc\x81 quoted");
	b->quote = 2;
	b->indent = 4;
	b->signature = true;
	b->part = str_dup("1.2");
	document_note(d, "not shown: %d parts", 3);
	add(d, BLOCK_RULE, "");
	envelope_parse(&d->envelope, header, strlen(header));
	struct document_field *f = array_push(&d->fields);
	f->name = str_dup("Subject");
	f->value = str_dup("caf\xc3\xa9");
	d->root = part_parse(header, strlen(header));
	return d;
}

static void
test_record(void **state)
{
	struct document *d = make_document();
	struct buf record = {0}, again = {0};

	(void)state;
	document_pack(&record, d);
	document_free(&d);
	d = document_unpack(record.data, record.len);
	assert_non_null(d);
	document_pack(&again, d);
	assert_int_equal(again.len, record.len);
	assert_memory_equal(again.data, record.data, record.len);
	document_free(&d);
	for (size_t len = 0; len < record.len; len++) {
		char *cut = mem_copy(record.data, len);
		d = document_unpack(cut, len);
		assert_row(len, d == NULL);
		free(cut);
	}
	// Any byte changed to any of a few values: refused, or clean and sound.
	static const unsigned char values[] = { 0, 1, 7, 0x1b, 0x7f, 0x80, 0x9b, 0xff };
	for (size_t i = 0; i < record.len * LENGTH(values); i++) {
		char *bad = mem_copy(record.data, record.len);
		bad[i / LENGTH(values)] = (char)values[i % LENGTH(values)];
		d = document_unpack(bad, record.len);
		if (d != NULL) {
			assert_row(i, dump_is_clean(buf_text(&d->text), d->text.len));
			const char *subject = str_or_empty(d->envelope.subject);
			assert_row(i, dump_is_clean(subject, strlen(subject)));
			buf_clear(&again);
			document_print(&again, d, 20);
		}
		document_free(&d);
		free(bad);
	}
	buf_done(&record);
	buf_done(&again);
}

// What a reader taken over by a mail might send.
static const char *const hostile[] = {
	"\x1b[2J", "a\nb", "\xc2\x9b", "\xe2\x80\xae", "\xe2\x80\x8b", "\xff",
	"\x7f", "\t", "\xf3\xa0\x80\x81", "\xef\xbb\xbf", "\xee\x80\x80",
};

static void
test_hostile_record(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(hostile) * 3; i++) {
		const char *text = hostile[i / 3];
		struct document *d = make_document();
		struct buf record = {0};
		if (i % 3 == 0) {
			buf_insert(&d->text, 1, text, strlen(text));
			((struct block *)array_at(&d->blocks, 0))->len += strlen(text);
		} else if (i % 3 == 1) {
			str_set(&d->envelope.subject, text);
		} else {
			strlist_add(&d->links, text);
		}
		document_pack(&record, d);
		document_free(&d);
		d = document_unpack(record.data, record.len);
		assert_row(i, d == NULL);
		buf_done(&record);
	}
}

static const struct {
	enum block_kind kind;
	int quote, indent, width;
	const char *text;
	const char *wanted;
} print_rows[] = {
	{ BLOCK_PARAGRAPH, 0, 0, 0, "one two", "one two\n" },
	{ BLOCK_PARAGRAPH, 0, 0, 10, "one two three four", "one two\nthree four\n" },
	{ BLOCK_PARAGRAPH, 0, 0, 10, "one two   three", "one two\nthree\n" },
	{ BLOCK_PARAGRAPH, 0, 0, 10, "abcdefghijklmno p", "abcdefghij\nklmno p\n" },
	{ BLOCK_PARAGRAPH, 0, 0, 10, "0123456789 x", "0123456789\nx\n" },
	{ BLOCK_PARAGRAPH, 0, 0, 10, "", "\n" },
	{ BLOCK_LINE, 0, 0, 10, "one two three", "one two\nthree\n" },
	{ BLOCK_LINE, 0, 0, 10, "  onetwothree", "  onetwoth\nree\n" },
	{ BLOCK_LINE, 0, 0, 10, "-- ", "-- \n" },
	{ BLOCK_PARAGRAPH, 1, 0, 14, "one two three", "> one two\n> three\n" },
	{ BLOCK_LINE, 2, 0, 0, "", "> >\n" },
	{ BLOCK_ITEM, 0, 2, 14, "\xe2\x80\xa2 one two three",
		"  \xe2\x80\xa2 one two\n    three\n" },
	{ BLOCK_ITEM, 0, 0, 13, "10. one two three", "10. one two\n    three\n" },
	{ BLOCK_NOTE, 0, 0, 0, "not shown", "[not shown]\n" },
	{ BLOCK_PART, 0, 0, 0, "a.png", "[a.png]\n" },
	{ BLOCK_RULE, 0, 0, 10, "", "----------\n" },
	// Wide characters: two cells each, a break on either side.
	{ BLOCK_PARAGRAPH, 0, 0, 9, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5"
		"\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\n"
		"\xe6\x9c\xac\n" },
	{ BLOCK_LINE, 0, 0, 9, "12345678\xe6\x97\xa5", "12345678\n\xe6\x97\xa5\n" },
	// A cluster is never cut.
	{ BLOCK_LINE, 0, 0, 8, "1234567e\xcc\x81" "8", "1234567e\xcc\x81\n8\n" },
	// However deep the quotes, there is room for text.
	{ BLOCK_PARAGRAPH, 9, 0, 16, "one two", "> > > > one two\n" },
};

static void
test_print(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(print_rows); i++) {
		struct document *d = document_new();
		struct buf got = {0};
		struct block *b = add(d, print_rows[i].kind, print_rows[i].text);
		b->quote = print_rows[i].quote;
		b->indent = print_rows[i].indent;
		document_print(&got, d, print_rows[i].width);
		assert_row_string(i, buf_text(&got), print_rows[i].wanted);
		buf_done(&got);
		document_free(&d);
	}
}

static void
test_quote(void **state)
{
	struct document *d = document_new();
	struct buf got = {0};

	(void)state;
	const struct document_form answer = { .width = 70, .answer = true };
	const struct document_form pass = { .width = 70, .words = true };
	document_print_as(&got, d, &answer);
	assert_int_equal(got.len, 0);
	add(d, BLOCK_NOTE, "take care");
	add(d, BLOCK_LINE, "one");
	add(d, BLOCK_LINE, "");
	add(d, BLOCK_LINE, "-- ")->signature = true;
	add(d, BLOCK_LINE, "Ann")->signature = true;
	add(d, BLOCK_PART, "a.png");
	document_print_as(&got, d, &answer);
	assert_string_equal(buf_text(&got), "one\n");
	// What is passed on has the signature too, and nothing of ours.
	buf_clear(&got);
	document_print_as(&got, d, &pass);
	assert_string_equal(buf_text(&got), "one\n\n-- \nAnn\n");
	buf_done(&got);
	document_free(&d);
}

// Paragraphs are set anew, also those of quotes within; lines stay as they are.
static void
test_fill(void **state)
{
	struct document_form form = { .width = 20, .fill = 12, .answer = true };
	struct document *d = document_new();
	struct buf got = {0};

	(void)state;
	add(d, BLOCK_PARAGRAPH, "one two three four");
	add(d, BLOCK_PARAGRAPH, "five six seven")->quote = 1;
	add(d, BLOCK_LINE, "a line of its own");
	add(d, BLOCK_PARAGRAPH, "abcdefghijklmnop");
	document_print_as(&got, d, &form);
	assert_string_equal(buf_text(&got), "one two\nthree four\n> five six\n"
		"> seven\na line of its own\nabcdefghijkl\nmnop\n");
	form.flowed = true;
	buf_clear(&got);
	document_print_as(&got, d, &form);
	assert_string_equal(buf_text(&got), "one two \nthree four\n> five six \n"
		"> seven\na line of its own\nabcdefghijkl\nmnop\n");
	buf_done(&got);
	document_free(&d);
}

static void
link_to(struct document *d, const char *url, const char *text)
{
	size_t start = d->text.len;

	document_add_text(d, text, strlen(text));
	document_add_span(d, start, SPAN_LINK, document_link(d, url));
}

static void
test_footnotes(void **state)
{
	const struct document_form all = { .footnotes = true };
	const struct document_form words = { .footnotes = true, .answer = true };
	const struct document_form narrow = { .footnotes = true, .width = 13 };
	struct document *d = document_new();
	struct buf got = {0};

	(void)state;
	document_print_as(&got, d, &all);
	assert_int_equal(got.len, 0);
	add(d, BLOCK_NOTE, "not shown: ");
	link_to(d, "https://ours.example/", "ours");
	add(d, BLOCK_PARAGRAPH, "See ");
	link_to(d, "https://a.example/one", "this");
	document_add_text(d, ", ", 2);
	link_to(d, "https://b.example/", "that");
	add(d, BLOCK_LINE, "again ")->quote = 1;
	link_to(d, "https://a.example/one", "this");
	// What shows where it goes needs no number.
	add(d, BLOCK_LINE, "");
	link_to(d, "http://c.example/\xc3\xa9", "http://c.example/\xc3\xa9");
	add(d, BLOCK_LINE, "");
	link_to(d, "https://d.example/", "D.example or d.example");
	add(d, BLOCK_LINE, "");
	link_to(d, "https://d.example/x/", " d.example/x ");
	add(d, BLOCK_LINE, "");
	link_to(d, "mailto:ann@example.org", "ann@example.org");
	document_print_as(&got, d, &words);
	// The numbers are those of the links of the document, whatever is printed of it.
	assert_string_equal(buf_text(&got), "See this [2], that [3]\n"
		"> again this [2]\nhttp://c.example/\xc3\xa9\n"
		"D.example or d.example [5]\n d.example/x \nann@example.org\n"
		"\n[2] https://a.example/one\n[3] https://b.example/\n"
		"[5] https://d.example/\n");
	assert_string_equal(d->links.items[5 - 1], "https://d.example/");
	// With ours; URLs are never broken.
	buf_clear(&got);
	document_print_as(&got, d, &narrow);
	assert_true(str_has_prefix(buf_text(&got), "[not shown:\nours [1]]\nSee this [2],\n"));
	assert_non_null(strstr(buf_text(&got), "\n[2] https://a.example/one\n"));
	buf_clear(&got);
	document_print(&got, d, 0);
	assert_null(strstr(buf_text(&got), "[1]"));
	buf_done(&got);
	document_free(&d);
}

// However many links, the list is bounded, and a number never falls into a
// character.
static void
test_footnotes_bounded(void **state)
{
	const struct document_form all = { .footnotes = true };
	struct document *d = document_new();
	struct buf got = {0};

	(void)state;
	add(d, BLOCK_LINE, "\xc3\xa9 ");
	int link = document_link(d, "https://a.example/");
	document_add_span(d, 0, SPAN_LINK, link);
	((struct span *)array_at(&d->spans, 0))->len = 1;
	for (int i = 0; i < 1200; i++) {
		char *url = str_printf("https://b.example/%d", i);
		link_to(d, url, "x");
		free(url);
	}
	document_print_as(&got, d, &all);
	assert_true(str_has_prefix(buf_text(&got), "\xc3\xa9 [1] x [2]x [3]"));
	assert_non_null(strstr(buf_text(&got), "\n[1000] https://b.example/998\n"
		"[not shown: where 201 more links go]\n"));
	buf_done(&got);
	document_free(&d);
}

static void
test_limits(void **state)
{
	struct document *d = document_new();
	char *text = mem_alloc(1, 1000001);

	(void)state;
	for (int i = 0; i < 1000000; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	while (!document_full(d))
		add(d, BLOCK_LINE, text);
	size_t len = d->text.len;
	assert_true(len <= DOCUMENT_TEXT_MAX + 10);
	assert_true(utf8_valid(d->text.data, d->text.len));
	add(d, BLOCK_LINE, text);
	assert_int_equal(d->text.len, len + 1);
	document_note(d, "not shown: the rest");
	assert_true(d->text.len > len + 1);
	free(text);
	document_free(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_spans_are_sorted),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_hostile_record),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_footnotes),
		cmocka_unit_test(test_footnotes_bounded),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
