// SPDX-License-Identifier: GPL-3.0-or-later
// MIME trees: their shape, their numbers, where the bodies lie, what is shown
// of them, and bodies decoded.
#include "config.h"

#include "mail-test.h"

#include <iconv.h>
#include <sys/resource.h>

#include "mail/charset.h"

#include <time.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "mail/part.h"

// A tree on one line: section:type/subtype'body' and its children in brackets.
static void
draw(struct buf *out, const struct part *p, const char *message)
{
	buf_printf(out, "%s:%s/%s", p->section, p->type, p->subtype);
	if (p->n_children == 0) {
		buf_char(out, '\'');
		buf_add(out, message + p->body_start, p->body_len);
		buf_char(out, '\'');
		return;
	}
	buf_char(out, '[');
	for (size_t i = 0; i < p->n_children; i++) {
		if (i > 0)
			buf_char(out, ' ');
		draw(out, p->children[i], message);
	}
	buf_char(out, ']');
}

#define MIXED(b) "Content-Type: multipart/mixed; boundary=" b "\n\n"

static const struct {
	const char *message;
	const char *wanted;
} tree_rows[] = {
	{ "", "1:text/plain''" },
	{ "Subject: x\n\nbody\n", "1:text/plain'body\n'" },
	{ "just text\nno header\n", "1:text/plain'just text\nno header\n'" },
	{ "Content-Type: text/html; charset=utf-8\r\n\r\n<p>\r\n",
		"1:text/html'<p>\r\n'" },
	{ "Content-Type: TEXT/HTML\n\nx", "1:text/html'x'" },
	{ "Content-Type: text\n\nx", "1:text/plain'x'" },
	{ "Content-Type: nonsense and more\n\nx", "1:text/plain'x'" },
	{ "Content-Type:\n\nx", "1:text/plain'x'" },
	{ MIXED("b") "pre\n--b\n\none\n--b\n\ntwo\n--b--\npost\n",
		":multipart/mixed[1:text/plain'one' 2:text/plain'two']" },
	{ MIXED("b") "--b\r\n\r\none\r\n\r\n--b--\r\n",
		":multipart/mixed[1:text/plain'one\r\n']" },
	// The end is missing; a part without header; an empty part.
	{ MIXED("b") "--b\n\none\n--b\nA: b\n--b\n--b\n\n",
		":multipart/mixed[1:text/plain'one' 2:text/plain'' "
		"3:text/plain'' 4:text/plain'']" },
	{ MIXED("b") "--b\nno header\n\nat all\n--b--",
		":multipart/mixed[1:text/plain'no header\n\nat all']" },
	// Blanks behind a delimiter; longer ones are none.
	{ MIXED("b") "--b \t\n\none\n--bb\n--b-\n-- b\n --b\n--b--x\n--b--  \n",
		":multipart/mixed[1:text/plain'one\n--bb\n--b-\n-- b\n --b\n--b--x']" },
	// Nested; the inner end is missing.
	{ MIXED("a") "--a\n" MIXED("b") "--b\n\none\n--a\n\ntwo\n--a--\n",
		":multipart/mixed[1:multipart/mixed[1.1:text/plain'one'] "
		"2:text/plain'two']" },
	{ MIXED("a") "--a\n" MIXED("b") "--b\n\none\n--b--\nignored\n--b\n\nno\n"
		"--a\n\ntwo\n--a--\n",
		":multipart/mixed[1:multipart/mixed[1.1:text/plain'one'] "
		"2:text/plain'two']" },
	// The same delimiter inside and outside; one the start of the other.
	{ MIXED("a") "--a\n" MIXED("a") "--a\n\none\n--a--\n--a\n\ntwo\n--a--\n",
		":multipart/mixed[1:multipart/mixed[1.1:text/plain'one'] "
		"2:text/plain'two']" },
	{ MIXED("a") "--a\n" MIXED("a--") "--a--\n\none\n--a----\n--a\n\ntwo\n",
		":multipart/mixed[1:multipart/mixed[1.1:text/plain'one'] "
		"2:text/plain'two\n']" },
	{ "Content-Type: multipart/mixed; boundary=\"\\\"\"\n\n--\"\n\nx\n--\"--\n",
		":multipart/mixed[1:text/plain'x']" },
	{ "Content-Type: multipart/mixed; boundary=\"a b \"\n\n--a b\n\nx\n--a b--\n",
		":multipart/mixed[1:text/plain'x']" },
	// Multiparts that are none.
	{ "Content-Type: multipart/mixed\n\ntext", "1:text/plain'text'" },
	{ "Content-Type: multipart/mixed; boundary=\"\"\n\ntext", "1:text/plain'text'" },
	{ MIXED("b") "no part at all\n", "1:text/plain'no part at all\n'" },
	{ MIXED("b") "--b--\n", "1:text/plain'--b--\n'" },
	// Messages within messages: RFC 9051 numbers.
	{ "Content-Type: message/rfc822\n\nSubject: in\n\nbody",
		"1:message/rfc822[1.1:text/plain'body']" },
	{ MIXED("b") "--b\n\none\n--b\nContent-Type: message/rfc822\n\n"
		"Subject: in\n" MIXED("c") "--c\n\nx\n--c\n\ny\n--c--\n--b--\n",
		":multipart/mixed[1:text/plain'one' 2:message/rfc822["
		"2.TEXT:multipart/mixed[2.1:text/plain'x' 2.2:text/plain'y']]]" },
	{ "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: one\n\nx\n"
		"--b\nContent-Type: text/plain\n\ny\n--b--\n",
		":multipart/digest[1:message/rfc822[1.1:text/plain'x'] "
		"2:text/plain'y']" },
	{ "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\neA==",
		"1:message/rfc822'eA=='" },
	{ "Content-Type: message/rfc822\n\n", "1:message/rfc822[1.1:text/plain'']" },
};

static void
test_trees(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(tree_rows); i++) {
		const char *message = tree_rows[i].message;
		struct part *root = part_parse(message, strlen(message));
		struct buf got = {0};
		draw(&got, root, message);
		assert_row_string(i, buf_text(&got), tree_rows[i].wanted);
		buf_done(&got);
		part_free(&root);
		assert_null(root);
	}
}

static void
test_fields(void **state)
{
	const char *message =
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n"
		"\n"
		"--b\n"
		"Content-Type: text/plain; charset=\"ISO-8859-1\"; format=Flowed; delsp=yes\n"
		"Content-Transfer-Encoding: Quoted-Printable (really)\n"
		"Content-Description: =?utf-8?q?caf=C3=A9?=\n"
		"\n"
		"one\ntwo\n"
		"--b\n"
		"Content-Type: IMAGE/PNG; name=\"ignored.png\"\n"
		"Content-Disposition: INLINE;\n"
		" filename*0*=utf-8''%e2%82%ac%20; filename*1=\"b/../c.png\"\n"
		"Content-ID:  <abc@example.org>\n"
		"Content-Transfer-Encoding: base64\n"
		"\n"
		"AAAA\n"
		"--b\n"
		"Content-Type: application/x-thing; name=\"=?utf-8?q?n=1B[31m=0Ax?=\"\n"
		"Content-Disposition: something-new\n"
		"\n"
		"--b--\n";
	struct part *root = part_parse(message, strlen(message));

	(void)state;
	assert_string_equal(root->report_type, "delivery-status");
	struct part *text = part_find(root, "1");
	assert_string_equal(text->charset, "ISO-8859-1");
	assert_true(text->flowed);
	assert_true(text->delsp);
	assert_string_equal(text->encoding, "quoted-printable");
	assert_string_equal(text->description, "caf\xc3\xa9");
	assert_int_equal(text->size, 7);
	assert_int_equal(text->lines, 1);
	assert_null(text->name);
	assert_null(text->disposition);
	struct part *image = part_find(root, "2");
	assert_string_equal(image->name, "\xe2\x82\xac b/../c.png");
	assert_string_equal(image->disposition, "inline");
	assert_string_equal(image->content_id, "abc@example.org");
	struct part *thing = part_find(root, "3");
	assert_string_equal(thing->name, "n [31m x");
	assert_string_equal(thing->disposition, "attachment");
	assert_string_equal(thing->encoding, "7bit");
	assert_null(part_find(root, "4"));
	part_free(&root);
}

// An attached message is named after what it says.
static const struct {
	const char *head;    // of the part
	const char *message; // what is attached
	const char *name;
} message_rows[] = {
	{ "", "Subject: plan\n\nx\n", "plan.eml" },
	{ "", "Subject: =?utf-8?q?caf=C3=A9?=\n\nx\n", "caf\xc3\xa9.eml" },
	{ "", "Subject: a/../b =?utf-8?q?=1B[2J?=\n\nx\n", "a-..-b  [2J.eml" },
	{ "", "Subject: \xe2\x80\xaegpj.x\n\nx\n", "gpj.x.eml" },
	{ "", "From: a@b.example\n\nx\n", "message.eml" },
	{ "", "", "message.eml" },
	{ "Content-Description: the plan\n", "\nx\n", "the plan.eml" },
	{ "Content-Disposition: attachment; filename=own.msg\n", "Subject: x\n\nx\n",
		"own.msg" },
	{ "Content-Transfer-Encoding: base64\n", "U3ViamVjdDogeAoKeAo=\n",
		"message.eml" },
};

static void
test_message_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(message_rows); i++) {
		char *message = str_printf("Content-Type: multipart/mixed; boundary=b\n\n"
			"--b\nContent-Type: message/rfc822\n%s\n%s\n--b--\n",
			message_rows[i].head, message_rows[i].message);
		struct part *root = part_parse(message, strlen(message));
		struct part *p = part_find(root, "1");
		assert_row(i, p != NULL && part_is_message(p) && part_is_attachment(p));
		assert_row_string(i, p->name, message_rows[i].name);
		part_free(&root);
		free(message);
	}
}

// What is shown, as sections, and what is listed as an attachment.
#define TEXT "Content-Type: text/plain\n\ntext\n"
#define HTML "Content-Type: text/html\n\n<p>html\n"
#define IMAGE "Content-Type: image/png\n\nx\n"
#define KIND(kind, b) "Content-Type: multipart/" kind "; boundary=" b "\n\n"

static const struct {
	const char *message;
	const char *plain, *html;
	const char *attached;
	bool has_attachments;
} shown_rows[] = {
	{ TEXT, "1", "1", "", false },
	{ HTML, "1", "1", "", false },
	{ IMAGE, "", "", "1", true },
	{ KIND("alternative", "b") "--b\n" TEXT "--b\n" HTML "--b--\n",
		"1", "2", "", false },
	{ KIND("alternative", "b") "--b\n" HTML "--b\n" TEXT "--b--\n",
		"2", "1", "", false },
	{ KIND("alternative", "b") "--b\n" HTML "--b--\n", "1", "1", "", false },
	// An empty text beside the real one.
	{ KIND("alternative", "b") "--b\n\n\n--b\n" HTML "--b--\n",
		"2", "2", "", false },
	{ KIND("alternative", "a") "--a\n" TEXT "--a\n" KIND("related", "b") "--b\n"
		HTML "--b\nContent-ID: <x>\n" IMAGE "--b--\n--a--\n",
		"1", "2.1", "2.2", false },
	{ KIND("mixed", "b") "--b\n" TEXT "--b\n" IMAGE "--b\n" HTML "--b--\n",
		"1,3", "1,3", "2", true },
	{ KIND("mixed", "b") "--b\n" TEXT "--b\nContent-Disposition: attachment\n"
		TEXT "--b--\n", "1", "1", "2", true },
	{ KIND("mixed", "b") "--b\n" TEXT "--b\nContent-Type: text/x-patch; "
		"name=a.patch\n\n+x\n--b\nContent-Type: text/csv; name=a.csv\n\n1\n--b--\n",
		"1,2", "1,2", "3", true },
	{ KIND("signed", "b") "--b\n" TEXT "--b\nContent-Type: "
		"application/pgp-signature; name=s.asc\n\nx\n--b--\n", "1", "1", "", false },
	{ KIND("signed", "b") "--b\n" TEXT "--b\n" TEXT "--b--\n", "1", "1", "", false },
	{ KIND("encrypted", "b") "--b\n" TEXT "--b\n" TEXT "--b--\n", "", "", "", false },
	{ KIND("mixed", "b") "--b\n" TEXT "--b\nContent-Type: message/rfc822\n\n"
		"Subject: x\n\nin\n--b--\n", "1,2.1", "1,2.1", "2", true },
	{ KIND("digest", "b") "--b\n\nSubject: x\n\nin\n--b\n\nSubject: y\n\nin\n"
		"--b--\n", "1.1,2.1", "1.1,2.1", "1,2", false },
	{ KIND("report", "b") "--b\n" TEXT "--b\nContent-Type: "
		"message/delivery-status\n\nx: y\n--b\nContent-Type: message/rfc822\n\n"
		"Subject: x\n\nin\n--b--\n", "1,2,3.1", "1,2,3.1", "3", false },
	{ "Content-Type: message/rfc822\n\nSubject: x\n\nin\n", "1.1", "1.1", "1",
		true },
	{ KIND("mixed", "b") "--b\n" TEXT "--b\nContent-Disposition: attachment\n"
		"Content-Type: message/rfc822\n\nSubject: x\n\nin\n--b--\n",
		"1", "1", "2", true },
	{ KIND("report", "b") "--b\n" TEXT "--b\nContent-Type: "
		"message/delivery-status\n\nx: y\n--b--\n", "1,2", "1,2", "", false },
	{ KIND("alternative", "b") "--b\n" TEXT "--b\nContent-Type: text/calendar\n\n"
		"BEGIN\n--b--\n", "1,2", "1,2", "2", false },
	// Once, and the one that stands beside the text if it is there too.
	{ KIND("mixed", "m") "--m\n" KIND("alternative", "b") "--b\nContent-Type: "
		"text/calendar\n\nx\n--b\n" TEXT "--b--\n--m\nContent-Type: "
		"application/ics; name=a.ics\n\nx\n--m--\n", "1.1,1.2", "1.1,1.2",
		"1.1,2", true },
	{ KIND("related", "b") "--b\n" TEXT "--b\n" HTML "--b--\n", "1", "1", "", false },
};

static void
list_shown(struct buf *out, struct part *root, bool prefer_html)
{
	struct part **parts;
	size_t n;

	buf_clear(out);
	part_shown(root, prefer_html, &parts, &n);
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s%s", i > 0 ? "," : "", parts[i]->section);
	free(parts);
}

static void
list_attached(struct buf *out, const struct part *p)
{
	if (part_is_attachment(p))
		buf_printf(out, "%s%s", out->len > 0 ? "," : "", p->section);
	else
		for (size_t i = 0; i < p->n_children; i++)
			list_attached(out, p->children[i]);
}

static void
test_shown(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(shown_rows); i++) {
		const char *message = shown_rows[i].message;
		struct part *root = part_parse(message, strlen(message));
		struct buf got = {0};
		list_shown(&got, root, false);
		assert_row_string(i, buf_text(&got), shown_rows[i].plain);
		list_shown(&got, root, true);
		assert_row_string(i, buf_text(&got), shown_rows[i].html);
		buf_clear(&got);
		list_attached(&got, root);
		if (i != 13 && i != 12) // what encryption and signatures hide
			assert_row_string(i, buf_text(&got), shown_rows[i].attached);
		assert_row(i, part_has_attachments(root) == shown_rows[i].has_attachments);
		buf_done(&got);
		part_free(&root);
	}
}

static const struct {
	const char *encoding;
	const char *body;
	const char *wanted;
} decode_rows[] = {
	{ "7bit", "a=3Db\n", "a=3Db\n" },
	{ "x-unknown", "abc", "abc" },
	{ "base64", "aGVsbG8=", "hello" },
	{ "base64", "aGVs\r\nbG8=\r\n", "hello" },
	{ "base64", "aGVs!!bG8", "hello" },
	{ "base64", "aGVsbA", "hell" },
	{ "base64", "aGVsbA==", "hell" },
	{ "base64", "aGVsb", "hel" },
	{ "base64", "", "" },
	{ "base64", "====", "" },
	{ "quoted-printable", "a=3Db =\nc=E9\n", "a=b c\xe9\n" },
	{ "quoted-printable", "a=ZZ=\r\n=", "a=ZZ" },
	{ "x-uuencode", "begin 644 x\n%:&5L;&\\`\n`\nend\n", "hello" },
};

static void
test_decode(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(decode_rows); i++) {
		struct part *p = part_new("text", "plain");
		struct buf out = {0};
		str_set(&p->encoding, decode_rows[i].encoding);
		assert_row(i, part_decode(p, decode_rows[i].body,
			strlen(decode_rows[i].body), 1000, &out));
		assert_row_string(i, buf_text(&out), decode_rows[i].wanted);
		buf_done(&out);
		part_free(&p);
	}
}

static void
test_decode_is_bounded(void **state)
{
	static const char *const encodings[] = {
		"binary", "base64", "quoted-printable", "x-uuencode",
	};
	char *body = mem_alloc(1, 1000000);

	(void)state;
	memset(body, 'A', 1000000);
	for (size_t i = 0; i < LENGTH(encodings); i++) {
		struct part *p = part_new("text", "plain");
		struct buf out = {0};
		buf_str(&out, "before");
		str_set(&p->encoding, encodings[i]);
		bool all = part_decode(p, body, 1000000, 5000, &out);
		assert_row(i, out.len <= 5006);
		assert_row(i, i == 3 || !all); // no "begin", so nothing
		assert_memory_equal(out.data, "before", 6);
		buf_done(&out);
		part_free(&p);
	}
	free(body);
}

static const struct {
	const char *charset;
	const char *data;
	const char *wanted;
} charset_rows[] = {
	{ NULL, "abc", "abc" },
	{ NULL, "caf\xc3\xa9", "caf\xc3\xa9" },
	{ NULL, "caf\xe9 \x80", "caf\xc3\xa9 \xe2\x82\xac" },
	{ NULL, "\x1b$B11\x1b(B.", "\xe8\x87\xbc." },
	{ NULL, "\x1b$B11 caf\xe9", "\x1b$B11 caf\xc3\xa9" },
	{ NULL, "\xc3\xa9\xc3\xa9\xc3\xa9 cut \xc3", "\xc3\xa9\xc3\xa9\xc3\xa9 cut \xef\xbf\xbd" },
	{ "us-ascii", "caf\xe9", "caf\xc3\xa9" },
	{ "US-ASCII", "caf\xc3\xa9", "caf\xc3\xa9" },
	{ "utf-8", "caf\xc3\xa9 \xe2\x80\x9c \xc3", "caf\xc3\xa9 \xe2\x80\x9c \xef\xbf\xbd" },
	{ "utf-8", "caf\xe9s", "caf\xc3\xa9s" },
	{ "UTF8", "\xc3\xa9", "\xc3\xa9" },
	{ "iso-8859-1", "\x93" "a\x94", "\xe2\x80\x9c" "a\xe2\x80\x9d" },
	{ "iso-8859-2", "\xb1", "\xc4\x85" },
	{ "koi8-r", "\xf4\xc5\xd3\xd4", "\xd0\xa2\xd0\xb5\xd1\x81\xd1\x82" },
	{ "windows-1251", "\xd2\xe5\xf1\xf2", "\xd0\xa2\xd0\xb5\xd1\x81\xd1\x82" },
	{ "gb2312", "\xc4\xe3", "\xe4\xbd\xa0" },
	{ "big5", "\xa7\x41", "\xe4\xbd\xa0" },
	{ "shift_jis", "\x93\xfa", "\xe6\x97\xa5" },
	{ "euc-kr", "\xc7\xd1", "\xed\x95\x9c" },
	{ "iso-2022-jp", "\x1b$B11\x1b(B", "\xe8\x87\xbc" },
	{ "utf-7", "+AOk-", "\xc3\xa9" },
	{ "no-such", "caf\xe9", "caf\xc3\xa9" },
	{ "utf-8//TRANSLIT", "caf\xe9", "caf\xc3\xa9" },
	{ "../../etc/passwd", "abc", "abc" },
	{ "euc-jp", "a\xff" "b", "a\xef\xbf\xbd" "b" },
	{ TIMES_1000("x"), "abc", "abc" },
	// Without a name: what fits as a whole.
	{ NULL, "\xbc\xa1\xa4\xce\xa4\xa2\xa4\xc6\xc0\xe8\xa4\xd8\xa4\xce\xa5\xe1\xa5\xc3\xa5\xbb\xa1\xbc\xa5\xb8\xa4\xcf\xa5\xa8\xa5\xe9\xa1\xbc\xa4\xce\xa4\xbf\xa4\xe1",
		"\xe6\xac\xa1\xe3\x81\xae\xe3\x81\x82\xe3\x81\xa6\xe5\x85\x88\xe3\x81\xb8\xe3\x81\xae\xe3\x83\xa1\xe3\x83\x83\xe3\x82\xbb\xe3\x83\xbc\xe3\x82\xb8\xe3\x81\xaf\xe3\x82\xa8\xe3\x83\xa9\xe3\x83\xbc\xe3\x81\xae\xe3\x81\x9f\xe3\x82\x81" },
	{ "us-ascii", "\x83\x81\x81[\x83\x8b\x82\xf0\x8a\xc8\x92P\x82\xc9\x81" "BA",
		"\xe3\x83\xa1\xe3\x83\xbc\xe3\x83\xab\xe3\x82\x92\xe7\xb0\xa1\xe5\x8d\x98\xe3\x81\xab\xe3\x80\x82" "A" },
	// With one that cannot be.
	{ "utf8", "\x82\xe0\x82\xe0\x82\xaa\x82\xcd\x82\xb6\x82\xaf\x82\xc4",
		"\xe3\x82\x82\xe3\x82\x82\xe3\x81\x8c\xe3\x81\xaf\xe3\x81\x98\xe3\x81\x91\xe3\x81\xa6" },
	{ "iso-2022-jp", "\xbc\xa1\xa4\xce\xa4\xa2\xa4\xc6\xc0\xe8\xa4\xd8\xa4\xce\xa5\xe1\xa5\xc3\xa5\xbb\xa1\xbc\xa5\xb8\xa4\xcf\xa5\xa8\xa5\xe9\xa1\xbc\xa4\xce\xa4\xbf\xa4\xe1",
		"\xe6\xac\xa1\xe3\x81\xae\xe3\x81\x82\xe3\x81\xa6\xe5\x85\x88\xe3\x81\xb8\xe3\x81\xae\xe3\x83\xa1\xe3\x83\x83\xe3\x82\xbb\xe3\x83\xbc\xe3\x82\xb8\xe3\x81\xaf\xe3\x82\xa8\xe3\x83\xa9\xe3\x83\xbc\xe3\x81\xae\xe3\x81\x9f\xe3\x82\x81" },
	{ "iso-2022-jp", "\xe6\xac\xa1\xe3\x81\xae\xe3\x81\x82\xe3\x81\xa6\xe5\x85\x88\xe3\x81\xb8\xe3\x81\xae\xe3\x83\xa1\xe3\x83\x83\xe3\x82\xbb\xe3\x83\xbc\xe3\x82\xb8\xe3\x81\xaf\xe3\x82\xa8\xe3\x83\xa9\xe3\x83\xbc\xe3\x81\xae\xe3\x81\x9f\xe3\x82\x81",
		"\xe6\xac\xa1\xe3\x81\xae\xe3\x81\x82\xe3\x81\xa6\xe5\x85\x88\xe3\x81\xb8\xe3\x81\xae\xe3\x83\xa1\xe3\x83\x83\xe3\x82\xbb\xe3\x83\xbc\xe3\x82\xb8\xe3\x81\xaf\xe3\x82\xa8\xe3\x83\xa9\xe3\x83\xbc\xe3\x81\xae\xe3\x81\x9f\xe3\x82\x81" },
	{ NULL, "\xaf\xc2\xb0\xd3\xb7~\xbf\xec\xa4\xbd\xab\xc7\xa5X\xaf\xb2\xa1" "A\xa7\xef\xb5\xbd\xb1\xbc\xbev\xa1" "A\xb9w\xa8\xbe\xa8r\xc0Y\xaa\xba\xb3\xcc\xa8\xce\xbf\xef\xbe\xdc",
		"\xe7\xb4\x94\xe5\x95\x86\xe6\xa5\xad\xe8\xbe\xa6\xe5\x85\xac\xe5\xae\xa4\xe5\x87\xba\xe7\xa7\x9f\xef\xbc\x8c\xe6\x94\xb9\xe5\x96\x84\xe6\x8e\x89\xe9\xab\xae\xef\xbc\x8c\xe9\xa0\x90\xe9\x98\xb2\xe7\xa6\xbf\xe9\xa0\xad\xe7\x9a\x84\xe6\x9c\x80\xe4\xbd\xb3\xe9\x81\xb8\xe6\x93\x87" },
	{ NULL, "\xb1\xbe\xd3\xca\xbc\xfe\xd3\xc9\xcb\xd1\xd2\xd7\xca\xd7\xb4\xb4\xb7\xa2\xcb\xcd\xa3\xac\xc4\xda\xc8\xdd\xd3\xeb\xb1\xbe\xb9\xab\xcb\xbe\xce\xde\xb9\xd8\xa1\xa3",
		"\xe6\x9c\xac\xe9\x82\xae\xe4\xbb\xb6\xe7\x94\xb1\xe6\x90\x9c\xe6\x98\x93\xe9\xa6\x96\xe5\x88\x9b\xe5\x8f\x91\xe9\x80\x81\xef\xbc\x8c\xe5\x86\x85\xe5\xae\xb9\xe4\xb8\x8e\xe6\x9c\xac\xe5\x85\xac\xe5\x8f\xb8\xe6\x97\xa0\xe5\x85\xb3\xe3\x80\x82" },
	{ NULL, "\xbd\xc5\xbc\xb1\xc7\xd1 \xc3\xd0\xba\xd2 \xc6\xc4\xc6\xbc\xbf\xa1 \xc3\xca\xb4\xeb \xc7\xd5\xb4\xcf\xb4\xd9",
		"\xec\x8b\xa0\xec\x84\xa0\xed\x95\x9c \xec\xb4\x9b\xeb\xb6\x88 \xed\x8c\x8c\xed\x8b\xb0\xec\x97\x90 \xec\xb4\x88\xeb\x8c\x80 \xed\x95\xa9\xeb\x8b\x88\xeb\x8b\xa4" },
	{ NULL, "\xf0\xd2\xc9\xd7\xc5\xd4, \xcd\xcf\xd1 \xd3\xc5\xcd\xd8\xd1",
		"\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82, \xd0\xbc\xd0\xbe\xd1\x8f \xd1\x81\xd0\xb5\xd0\xbc\xd1\x8c\xd1\x8f" },
	{ NULL, "\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xee\xff \xf1\xe5\xec\xfc\xff",
		"\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82, \xd0\xbc\xd0\xbe\xd1\x8f \xd1\x81\xd0\xb5\xd0\xbc\xd1\x8c\xd1\x8f" },
	{ NULL, "\xca\xe1\xeb\xe7\xec\xdd\xf1\xe1 \xf3\xe1\xf2, \xe1\xf5\xf4\xfc \xe5\xdf\xed\xe1\xe9 \xdd\xed\xe1 \xe3\xf1\xdc\xec\xec\xe1",
		"\xce\x9a\xce\xb1\xce\xbb\xce\xb7\xce\xbc\xce\xad\xcf\x81\xce\xb1 \xcf\x83\xce\xb1\xcf\x82, \xce\xb1\xcf\x85\xcf\x84\xcf\x8c \xce\xb5\xce\xaf\xce\xbd\xce\xb1\xce\xb9 \xce\xad\xce\xbd\xce\xb1 \xce\xb3\xcf\x81\xce\xac\xce\xbc\xce\xbc\xce\xb1" },
	{ NULL, "\xf9\xec\xe5\xed \xec\xeb\xe5\xec\xed \xe6\xe4 \xee\xeb\xfa\xe1 \xf7\xf6\xf8 \xee\xe0\xe5\xe3 \xf9\xe0\xe9\xef \xe1\xe5 \xf9\xe5\xed \xe3\xe1\xf8 \xe7\xf9\xe5\xe1 \xec\xe5\xee\xf8",
		"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xd7\x9c\xd7\x9b\xd7\x95\xd7\x9c\xd7\x9d \xd7\x96\xd7\x94 \xd7\x9e\xd7\x9b\xd7\xaa\xd7\x91 \xd7\xa7\xd7\xa6\xd7\xa8 \xd7\x9e\xd7\x90\xd7\x95\xd7\x93 \xd7\xa9\xd7\x90\xd7\x99\xd7\x9f \xd7\x91\xd7\x95 \xd7\xa9\xd7\x95\xd7\x9d \xd7\x93\xd7\x91\xd7\xa8 \xd7\x97\xd7\xa9\xd7\x95\xd7\x91 \xd7\x9c\xd7\x95\xd7\x9e\xd7\xa8" },
	// Latin letters stay what they are.
	{ NULL, "Gr\xfc\xdf" "e aus dem S\xfc" "den, sch\xf6ne \xc4pfel f\xfcr 5 \x80, \xe0 c\xf4t\xe9",
		"Gr\xc3\xbc\xc3\x9f" "e aus dem S\xc3\xbc" "den, sch\xc3\xb6ne \xc3\x84pfel f\xc3\xbcr 5 \xe2\x82\xac, \xc3\xa0 c\xc3\xb4t\xc3\xa9" },
	{ NULL, "\xc4RGER \xdc" "BER \xd6L",
		"\xc3\x84RGER \xc3\x9c" "BER \xc3\x96L" },
	{ "us-ascii", "\x93O\xf9\x94",
		"\xe2\x80\x9cO\xc3\xb9\xe2\x80\x9d" },
};

// With the tables of charset.c in memory no file is opened any more.
static void
test_charsets_without_files(void **state)
{
	struct charset_tables *tables = charset_tables_new();
	struct rlimit before, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_true(iconv_open("UTF-8", "EBCDIC-US") == (iconv_t)-1);
	for (size_t i = 0; i < LENGTH(charset_rows); i++) {
		struct part *p = part_new("text", "plain");
		struct buf out = {0};
		str_set(&p->charset, charset_rows[i].charset);
		part_to_utf8(p, charset_rows[i].data, strlen(charset_rows[i].data), &out);
		assert_row_string(i, buf_text(&out), charset_rows[i].wanted);
		buf_done(&out);
		part_free(&p);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	charset_tables_free(&tables);
}

// `again` many times behind some letters, so that a text of any length is cut anywhere,
// and `end`.
static const struct {
	const char *charset, *again, *wanted, *end, *wanted_end;
} long_rows[] = {
	{ "euc-jp", "\xa4\xa2", "\xe3\x81\x82", "", "" },
	{ "euc-jp", "\xa4\xa2", "\xe3\x81\x82", "\xa4", "\xef\xbf\xbd" },
	{ "euc-jp", "\xa4\xa2\xff\xa4\xa2", "\xe3\x81\x82\xef\xbf\xbd\xe3\x81\x82",
		"", "" },
	{ "gb18030", "\x81\x39\xee\x39", "\xe3\x90\x80", "", "" },
	{ "gb18030", "\x81\x39\xee\x39", "\xe3\x90\x80", "\x81\x39", "\xef\xbf\xbd" },
	{ "iso-2022-jp", "a\x1b$B$\"\x1b(B", "a\xe3\x81\x82", "", "" },
	{ "utf-7", "+MEI-x", "\xe3\x81\x82x", "", "" },
	{ "windows-1251", "\xc0", "\xd0\x90", "", "" },
};

static void
test_long_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(long_rows) * 8; i++) {
		struct buf text = {0}, wanted = {0}, out = {0};
		for (size_t n = i % 8; n > 0; n--) {
			buf_char(&text, 'x');
			buf_char(&wanted, 'x');
		}
		for (size_t n = 0; n < 5000; n++) {
			buf_str(&text, long_rows[i / 8].again);
			buf_str(&wanted, long_rows[i / 8].wanted);
		}
		buf_str(&text, long_rows[i / 8].end);
		buf_str(&wanted, long_rows[i / 8].wanted_end);
		charset_to_utf8(&out, long_rows[i / 8].charset, text.data, text.len);
		assert_row(i, out.len == wanted.len &&
			memcmp(out.data, wanted.data, out.len) == 0);
		buf_done(&text);
		buf_done(&wanted);
		buf_done(&out);
	}
}

// A page may name what its mail does not, unless it is plainly wrong.
static void
test_page_charsets(void **state)
{
	static const struct {
		const char *charset, *html, *wanted;
	} rows[] = {
		{ NULL, "<meta charset=\"ISO-8859-7\">\xe1", "\xce\xb1" },
		{ "us-ascii", "<META http-equiv=x content=\"text/html; charset=iso-8859-2\">\xb1",
			"\xc4\x85" },
		{ "iso-8859-1", "<meta charset=iso-8859-7>\xe1", "\xc3\xa1" },
		{ NULL, "<meta charset=iso-8859-7>\xc3\xa1", "\xc3\xa1" },
		{ NULL, "<meta charset=no-such>\xe1", "\xc3\xa1" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct part *p = part_new("text", "html");
		struct buf out = {0};
		str_set(&p->charset, rows[i].charset);
		part_to_utf8(p, rows[i].html, strlen(rows[i].html), &out);
		assert_row_string(i, strchr(buf_text(&out), '>') + 1, rows[i].wanted);
		buf_done(&out);
		part_free(&p);
	}
}

static void
test_charsets(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(charset_rows); i++) {
		struct part *p = part_new("text", "plain");
		struct buf out = {0};
		str_set(&p->charset, charset_rows[i].charset);
		part_to_utf8(p, charset_rows[i].data, strlen(charset_rows[i].data), &out);
		assert_row_string(i, buf_text(&out), charset_rows[i].wanted);
		buf_done(&out);
		part_free(&p);
	}
}

static void
test_record(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(tree_rows); i++) {
		const char *message = tree_rows[i].message;
		struct part *root = part_parse(message, strlen(message));
		struct buf record = {0}, again = {0}, drawn = {0};
		part_pack(&record, root);
		part_free(&root);
		struct reader in = reader_of(record.data, record.len);
		root = part_unpack(&in);
		assert_row(i, root != NULL && in.left == 0);
		draw(&drawn, root, message);
		assert_row_string(i, buf_text(&drawn), tree_rows[i].wanted);
		part_pack(&again, root);
		assert_row(i, again.len == record.len &&
			memcmp(again.data, record.data, record.len) == 0);
		for (size_t len = 0; len < record.len; len++) {
			in = reader_of(record.data, len);
			struct part *cut = part_unpack(&in);
			assert_row(i, cut == NULL);
		}
		part_free(&root);
		buf_done(&record);
		buf_done(&again);
		buf_done(&drawn);
	}
}

static size_t
count(const struct part *p, int depth, int *deepest)
{
	size_t n = 1;

	if (depth > *deepest)
		*deepest = depth;
	for (size_t i = 0; i < p->n_children; i++)
		n += count(p->children[i], depth + 1, deepest);
	return n;
}

// Bombs: `start` once, then `again` up to five million bytes ("%d" counts).
static const struct {
	const char *start, *again;
	bool left_out;
} bomb_rows[] = {
	{ MIXED("a"), "--a\n\n", true },
	{ MIXED("a"), "--a\n", true },
	{ MIXED("a"), "--a\nContent-Type: message/rfc822\n\n", true },
	{ "", "Content-Type: message/rfc822\n\n", true },
	{ "", "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", true },
	{ "", MIXED("a") "--a\n", true },
	{ MIXED("a"), "--a\n" MIXED("b") "--b\n\n\n", true },
	{ "", "X: y\n", false },
	{ "Content-Type: text/plain", "; a=b", false },
	{ "Content-Type: text/plain", ";\n a*%d*=utf-8''b", false },
	{ "Content-Type: text/plain; ", "(", false },
	{ "Content-Disposition: attachment; filename=\"", "=?utf-8?q?a?=", false },
	{ "Content-Type: multipart/mixed; boundary=\"", "a", false },
	{ MIXED("a"), "--b\n", false },
	{ MIXED("a"), "-", false },
	{ MIXED("a") "--a\n", "A: b\n", false },
	{ "Content-Type: message/rfc822\n", "\n", false },
};

static void
test_bombs(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(bomb_rows); i++) {
		struct buf bomb = {0};
		int deepest = 0, turn = 0;
		buf_str(&bomb, bomb_rows[i].start);
		while (bomb.len < 5000000) {
			const char *s = bomb_rows[i].again;
			for (; *s != '\0'; s++)
				if (s[0] == '%')
					buf_printf(&bomb, "%d", turn), s++;
				else
					buf_char(&bomb, *s);
			turn++;
		}
		clock_t start = clock();
		struct part *root = part_parse(bomb.data, bomb.len);
		assert_row(i, seconds_since(start) < SECONDS_AT_MOST(1));
		assert_row(i, count(root, 0, &deepest) <= PART_COUNT_MAX);
		assert_row(i, deepest <= PART_DEPTH_MAX);
		assert_row(i, (root->left_out > 0) == bomb_rows[i].left_out);
		part_free(&root);
		buf_done(&bomb);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trees),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_message_names),
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_decode_is_bounded),
		cmocka_unit_test(test_charsets_without_files),
		cmocka_unit_test(test_charsets),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_page_charsets),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_bombs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
