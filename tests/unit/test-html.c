// SPDX-License-Identifier: GPL-3.0-or-later
// HTML to blocks: what a page of mail reads like, what is left out, and pages
// made to exhaust a parser.
#include "config.h"

#include "mail-test.h"

#include <time.h>

#include "document-dump.h"
#include "mail/html.h"
#include "mail/html_link.h"
#include "mail/part.h"

static struct document *
read_html(const char *html, size_t len)
{
	struct document *d = document_new();
	struct part *p = part_new("text", "html");

	str_set(&p->section, "2");
	html_to_document(d, p, html, len);
	part_free(&p);
	return d;
}

static const struct {
	const char *html;
	const char *wanted;
} block_rows[] = {
	{ "", "" },
	{ "plain &amp; simple &eacute;&#x1b;[31m&nbsp;x", "P: plain & simple \xc3\xa9 [31m x|" },
	{ "<p>one\n two</p><p>three</p>", "P: one two|L|P: three|" },
	{ "<div>one</div><div>two</div>", "P: one|P: two|" },
	{ "one<br>two<br><br>three", "P: one|P: two|L|P: three|" },
	{ "<h1>Title</h1>text", "H: Title|L|P: text|" },
	{ "<ul><li>one<li>two<ul><li>in</ul></ul>after",
		"I: \xe2\x80\xa2 one|I: \xe2\x80\xa2 two|I2: \xe2\x80\xa2 in|L|P: after|" },
	{ "<ol start=9><li>a</li><li><p>b</p></li></ol>", "I: 9. a|I: 10. b|" },
	{ "<ul><li><p>a</p><p>b</p></li></ul>", "I: \xe2\x80\xa2 a|L|P2: b|" },
	{ "a<blockquote>b<blockquote>c</blockquote></blockquote>d",
		"P: a|L|P>: b|L>|P>>: c|L|P: d|" },
	{ "<pre>a  b\n\n c\td</pre>", "L: a  b|L|L:  c      d|" },
	{ "a<hr>b", "P: a|L|R|L|P: b|" },
	{ "<table><tr><td>a</td><td>b</td></tr><tr><th>c</th><td></td><td>d</td></tr>"
		"</table>", "L: a  b|L: c     d|" },
	{ "<table><tr><td>a</td><td>b</td></tr></table>", "P: a | b|" },
	{ "<table><tr><td><p>a</p></td><td><div>b</div></td></tr></table>", "P: a | b|" },
	{ "<table><tr><td><table><tr><td>in</td></tr></table></td><td>side</td></tr>"
		"</table>", "P: in|P: side|" },
	{ "a <img src=cid:x alt=' logo '> b<img>", "P: a [logo] b|" },
	{ "<a href='http://x.example/'><img src=cid:x></a>", "P: [image]|" },
	{ "<title>t</title><style>s</style><script>x</script>a<template>b</template>"
		"<!-- c --><iframe>d</iframe><svg><text>e</text></svg>", "P: a|" },
	{ "a<span style='display: NONE'>b</span><div hidden>c</div>"
		"<p style='font-size:0px;color:red'>d</p>", "P: a|N: not shown: 3 hidden texts|" },
	{ "a<img src='http://track.example/x.gif'>",
		"P: a|N: not shown: a picture from the network|" },
	{ "<form action=http://e.example/>Name: <input name=x><select><option>a</select>"
		"<textarea>b</textarea></form>",
		"P: Name:|N: not shown: 3 fields of a form|" },
	{ "a&zwnj;&nbsp;&zwnj;&nbsp;b&#8203;&#173;c", "P: a bc|" },
	{ "<div>&zwnj;&nbsp;</div><div>x</div>", "P: x|" },
	{ "a &lrm;&rlm;&#x202e;b&#x9b;31m", "P: a b\xe2\x80\xba" "31m|" },
	{ "<b>x", "P: x|" },
	{ "</p></div>x<p", "P: x|" },
	{ "<dl><dt>a<dd>b</dl>", "P: a|P: b|" },
	{ "x<plaintext><b>y", "P: x<b>y|" },
	{ "<hr>a<hr><hr>b", "P: a|L|R|L|P: b|" },
	// Columns: numbers flush right, a title of one cell apart from them.
	{ "<table><tr><th>Item</th><th>Price</th></tr><tr><td>Tea, green</td><td>$4.50"
		"</td></tr><tr><td colspan=2>a title that is longer</td></tr>"
		"<tr><td>Cup</td><td>$12.00</td></tr></table>after",
		"L: Item         Price|L: Tea, green   $4.50|P: a title that is longer|"
		"L: Cup         $12.00|L|P: after|" },
	{ "<table><tbody><tr><td></td><td>x</td></tr><tr><td>ab</td><td>y</td></tr>"
		"</tbody></table>", "P: x|P: ab | y|" },
	{ "<table><tr><td>1.</td><td>one</td></tr></table><table><tr><td>&bull;</td>"
		"<td>two</td></tr></table>", "I: 1. one|I: \xe2\x80\xa2 two|" },
	// Tables of layout: what is long stands apart, short lines stay together.
	{ "<table><tr><td><div>Title</div></td></tr><tr><td><p style='margin:0'>A text "
		"of more than sixty letters, which makes it a paragraph.</p></td></tr>"
		"<tr><td>Next</td></tr></table>", "P: Title|P: A text of more than sixty "
		"letters, which makes it a paragraph.|L|P: Next|" },
	{ "<table><tr><td>a<br>b</td><td>c<br>d</td></tr></table>",
		"P: a|P: b|L|P: c|P: d|" },
	{ "<table><tr><td>a</td></tr><tr><td height=9><img src=cid:s></td></tr><tr>"
		"<td>b</td></tr></table>", "P: a|L|P: b|" },
	// Space by style, and its absence.
	{ "<div style='padding: 10px 0'>a</div><div>b</div>", "P: a|L|P: b|" },
	{ "<p style='margin:0'>a</p><p style='margin:0'>b</p>", "P: a|P: b|" },
	{ "<style><!-- p.x, .y {margin:0cm} --></style><p class=x>a<p class='z y'>b",
		"P: a|P: b|" },
	{ "<p class=MsoNormal>a</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>b",
		"P: a|L|P: b|" },
	{ "<div>a</div><div><br></div><div>b</div>", "P: a|L|P: b|" },
	{ "a <span style='display:block'>b</span> c", "P: a|P: b|P: c|" },
	{ "<div style='font-size:24px'>Title</div>text", "H: Title|P: text|" },
	// Hidden by a rule; by letters of no size, which those within may undo; not
	// by a rule for telephones.
	{ "<style>.h{display:none}@media screen{.m{display:none}}</style>a<b class=h>b"
		"</b><b class=m>c</b>", "P: ac|N: not shown: a hidden text|" },
	{ "<div style='font-size:0px'>x<div style='font-size:13px'>a</div></div>",
		"P: a|N: not shown: a hidden text|" },
	{ "<div style='max-height: 0px'>x</div><div style='opacity:0.9'>a</div>"
		"<i style='OPACITY : 0'>y</i>", "P: a|N: not shown: 2 hidden texts|" },
	// Pictures: those of one pixel are none, those without words say nothing.
	{ "a<img src=http://t.example/ width=1 height=1 alt=pixel>",
		"P: a|N: not shown: a picture from the network|" },
	{ "<a href=http://x.example/1><img src=cid:a></a><a href=http://x.example/1>a"
		"</a>", "P: a|" },
	{ "<a href=http://x.example/1><img src=cid:a></a>a",
		"P: a|N: not shown: a link that is a picture without words|" },
	// What Outlook puts above and beside an original.
	{ "a<div style='border:none;border-top:solid #E1E1E1 1.0pt'>From: x</div>"
		"<div style='border-left:solid blue 1.5pt'>b</div>c",
		"P: a|L|R|L|P: From: x|L|P>: b|L|P: c|" },
	{ "a<div class=gmail_signature>b</div>c", "P: a|P~: b|P: c|" },
};

static void
test_blocks(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(block_rows); i++) {
		struct document *d = read_html(block_rows[i].html,
			strlen(block_rows[i].html));
		struct buf got = {0};
		dump_blocks(&got, d);
		assert_row_string(i, buf_text(&got), block_rows[i].wanted);
		buf_done(&got);
		document_free(&d);
	}
}

static const struct {
	const char *html;
	const char *wanted;
} span_rows[] = {
	{ "a <b>b</b> <i>c<u>d</u></i>", "b(b)|i(cd)|u(d)|" },
	{ "<s>a</s><code>b</code><strong> c </strong>d", "s(a)|c(b)|b( c)|" },
	{ "see <a href='http://x.example/'>this page</a>.",
		"L(this page)http://x.example/|" },
	{ "<a href='javascript:alert(1)'>a</a><a href='file:///x'>b</a>"
		"<a href='data:x'>c</a><a href=#top>d</a><a name=e>f</a>", "" },
	{ "<ul><li><a href='http://x.example/'>x</a></ul>", "L(x)http://x.example/|" },
	{ "<p>a</p><p><b>b</b></p>", "b(b)|" },
	// Text that names another place than where the link goes.
	{ "<a href='http://evil.example/'>https://bank.example/login</a>",
		"L(https://bank.example/login)http://evil.example/|"
		"!([goes to evil.example])|" },
	{ "<a href='http://bank.example@evil.example/'>click</a>",
		"L(click)http://bank.example@evil.example/|!([goes to evil.example])|" },
};

static void
test_spans(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(span_rows); i++) {
		struct document *d = read_html(span_rows[i].html,
			strlen(span_rows[i].html));
		struct buf got = {0};
		dump_spans(&got, d);
		assert_row_string(i, buf_text(&got), span_rows[i].wanted);
		buf_done(&got);
		document_free(&d);
	}
}

static const struct {
	const char *url;
	const char *text;
	const char *wanted; // NULL: it tells the truth
} warning_rows[] = {
	{ "http://bank.example/", "click here", NULL },
	{ "http://bank.example/", "https://bank.example/login", NULL },
	{ "http://bank.example/", "BANK.example", NULL },
	{ "http://www.bank.example/", "bank.example", NULL },
	{ "http://bank.example:8080/", "www.bank.example", NULL },
	{ "http://news.bank.example/", "bank.example", NULL },
	{ "http://evil.example/", "bank.example", "evil.example" },
	{ "http://evil.example/", "https://bank.example.", "evil.example" },
	{ "http://evil.example/", "see www.bank.example now", "evil.example" },
	{ "http://evilbank.example/", "bank.example", "evilbank.example" },
	{ "http://bank.example.evil.example/", "bank.example",
		"bank.example.evil.example" },
	{ "http://xn--bnk-sla.example/", "b\xc3\xa4nk.example", "xn--bnk-sla.example" },
	{ "http://a@b.example/", "text", "b.example" },
	{ "http://b.example\\@bank.example/", "bank.example", "b.example" },
	{ "mailto:ann@example.org", "ann@example.org", NULL },
	{ "mailto:ann@example.org?subject=x", "Ann", NULL },
	{ "mailto:evil@example.org", "ann@example.org", "evil@example.org" },
	{ "http://evil.example/", "ann@example.org", "evil.example" },
	{ "http://x.example/", "version 1.2", NULL },
	{ "http://x.example/", "3.14", NULL },
	{ "http://x.example/", "e.g.", NULL },
	{ "http://x.example/", "", NULL },
};

static void
test_link_warnings(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(warning_rows); i++) {
		char *got = html_link_warning(warning_rows[i].url, warning_rows[i].text,
			strlen(warning_rows[i].text));
		assert_row_string(i, got == NULL ? "(none)" : got,
			warning_rows[i].wanted == NULL ? "(none)" : warning_rows[i].wanted);
		free(got);
	}
}

static const struct {
	const char *start, *again;
	size_t bytes;
} bomb_rows[] = {
	{ "", "<div>", 2000000 },
	{ "", "<b>", 2000000 },
	{ "", "<b id=%d>", 2000000 },
	{ "", "<b id=%d><p>", 2000000 },
	{ "", "<a href=http://e.example/%d><b>", 2000000 },
	{ "", "<table>", 1000000 },
	{ "", "<table><tr><td>", 1000000 },
	{ "", "<table><tr><td>x</td><td>", 1000000 },
	{ "", "<ul><li>", 1000000 },
	{ "", "<blockquote>x", 1000000 },
	{ "<p ", "a%d=b ", 2000000 },
	{ "", "</x>", 2000000 },
	{ "", "<br>", 2000000 },
	{ "", "<p>x", 2000000 },
	{ "", "<svg><b>", 1000000 },
	{ "", "&amp;", 2000000 },
	{ "", "<font color=a%d>x</p>", 1000000 },
	{ "<!--", "x", 1000000 },
	{ "<style>", "x", 1000000 },
	{ "", "<", 1000000 },
	{ "", "<a href=http://bank.example@e%d/>x</a>", 1000000 },
	{ "<pre>", "\t", 1000000 },
	{ "<pre>", "\n", 1000000 },
	{ "", "&#x300;", 1000000 },
	{ "", "\xff", 1000000 },
	{ "", "x", 3000000 },
	{ "<table><tr><td>", "<td>", 1000000 },
	{ "", "<select><option>", 1000000 },
};

static void
test_bombs(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(bomb_rows); i++) {
		struct buf bomb = {0};
		int turn = 0;
		buf_str(&bomb, bomb_rows[i].start);
		while (bomb.len < bomb_rows[i].bytes) {
			for (const char *s = bomb_rows[i].again; *s != '\0'; s++)
				if (s[0] == '%')
					buf_printf(&bomb, "%d", turn), s++;
				else
					buf_char(&bomb, *s);
			turn++;
		}
		clock_t start = clock();
		struct document *d = read_html(bomb.data, bomb.len);
		assert_row(i, seconds_since(start) < SECONDS_AT_MOST(1));
		assert_row(i, d->blocks.len <= DOCUMENT_BLOCKS_MAX + 10);
		assert_row(i, d->spans.len <= DOCUMENT_SPANS_MAX);
		assert_row(i, dump_is_clean(buf_text(&d->text), d->text.len));
		document_free(&d);
		buf_done(&bomb);
	}
}

// What is too much for the parser is still there to read.
static void
test_too_complex(void **state)
{
	struct buf bomb = {0}, got = {0};

	(void)state;
	buf_str(&bomb, "<title>t</title><p>Dear &lt;Ann&gt;,</p><!-- x --><script>y"
		"</script>caf&#233;");
	for (int i = 0; bomb.len < 1500000; i++)
		buf_printf(&bomb, "<b id=%d><p>", i);
	buf_str(&bomb, "the end");
	struct document *d = read_html(bomb.data, bomb.len);
	dump_blocks(&got, d);
	assert_string_equal(buf_text(&got), "P: Dear <Ann>,|P: caf\xc3\xa9|P: the end|"
		"N: not laid out: the HTML is too complex|");
	buf_done(&got);
	document_free(&d);
	buf_done(&bomb);
}

static void
test_too_long(void **state)
{
	struct buf html = {0};

	(void)state;
	while (html.len < HTML_SIZE_MAX + 10000)
		buf_str(&html, "<p>one more paragraph of many words</p>\n");
	struct document *d = read_html(html.data, html.len);
	struct block *last = array_at(&d->blocks, d->blocks.len - 1);
	assert_int_equal(last->kind, BLOCK_NOTE);
	assert_string_equal(d->text.data + last->start, "not shown: 10 kB more of HTML");
	document_free(&d);
	buf_done(&html);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_link_warnings),
		cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_too_complex),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
