// SPDX-License-Identifier: GPL-3.0-or-later
// What is neither plain text nor HTML: reports of machines, enriched text, files
// within a text, pieces of messages.
#include "config.h"

#include "mail-test.h"

#include "base/buf.h"
#include "base/mem.h"
#include "document-dump.h"
#include "mail/document.h"
#include "mail/enclosed.h"
#include "mail/enriched.h"
#include "mail/read.h"
#include "mail/report.h"

#include <stdlib.h>
#include <string.h>

#define FINAL "This is final: the same message would be refused again"

static const struct {
	const char *subtype;
	const char *text;
	const char *wanted;
} report_rows[] = {
	{ "delivery-status", "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822;bob@x.example\n"
		"Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 No such\n   user\n",
		"L: Not delivered: bob@x.example: there is no such mailbox (550 No such user). "
		"This is final: check the address, or ask for another one|" },
	{ "delivery-status", "Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822;bob@x.example\r\n"
		"Action: Failed\r\nStatus: 5.2.2\r\n\r\nOriginal-Recipient: rfc822;eve@x.example\r\n"
		"Action: failed\r\nStatus: 5.9.9 (strange)\r\n",
		"L: Not delivered: bob@x.example: the mailbox is full. This is final: ask by "
		"another way, or send it again later|"
		"L: Not delivered: eve@x.example: 5.9.9 (strange). This is final: the same "
		"message would be refused again|" },
	{ "delivery-status", "\n\n\nAction: delayed\nFinal-Recipient: bob@x.example\n"
		"Will-Retry-Until: Mon, 10 Aug 2026 10:00:00 +0000\nStatus: 4.4.1\n",
		"L: Not delivered yet: bob@x.example: the host does not answer. It is "
		"still tried, until Mon 10 Aug 2026 10:00: nothing is to be done yet|" },
	{ "delivery-status", "\n\nAction: delayed\nFinal-Recipient: bob@x.example\n"
		"Will-Retry-Until: tomorrow\nDiagnostic-Code: smtp; 451 Busy.\n",
		"L: Not delivered yet: bob@x.example: 451 Busy. It is still tried, until "
		"tomorrow: nothing is to be done yet|" },
	// Given up in the end; the server's words say what the status does not.
	{ "delivery-status", "a: b\n\nAction: failed\nFinal-Recipient: rfc822;b@x.example\n"
		"Original-Recipient: rfc822; <list@x.example>\nStatus: 4.4.7\n\n"
		"Action: failed\nFinal-Recipient: rfc822;c@x.example\nStatus: 5.0.0\n"
		"Diagnostic-Code: smtp;550-192.5.1.1 552 5.3.4 Too big...\n",
		"L: Not delivered: b@x.example (for list@x.example): it took too long. It was "
		"tried for a while and given up: ask by another way, or send it again later|"
		"L: Not delivered: c@x.example: the message is too large (550-192.5.1.1 552 "
		"5.3.4 Too big). This is final: send less at once, or tell where it is to be had|" },
	{ "delivery-status", "a: b\n\nAction: failed\nFinal-Recipient: x@y\nStatus: 5.7.999\n\n"
		"Action: failed\nFinal-Recipient: x@y\nStatus: 5.\n\nAction: failed\n"
		"Final-Recipient: x@y\nStatus: 4.9999.1\n",
		"L: Not delivered: x@y: 5.7.999. This is final: ask by another way, or tell who "
		"runs your server|L: Not delivered: x@y: 5.. This is final: the same message "
		"would be refused again|L: Not delivered: x@y: 4.9999.1. It was tried "
		"for a while and given up: send it again later|" },
	{ "delivery-status", "A: b\n\nAction: delivered\nStatus: 2.0.0\nFinal-Recipient: "
		"rfc822; bob@x.example", "L: Delivered:  bob@x.example|" },
	{ "delivery-status", "A: b\n\nAction: failed\nFinal-Recipient: x@y\nStatus: 5.3.0\n\n"
		"Action: failed\nFinal-Recipient: x@y\nDiagnostic-Code: smtp; 501 5.1.8 Who?\n",
		"L: Not delivered: x@y: 5.3.0. This is final: the same message would be refused "
		"again|L: Not delivered: x@y: the sender's address is not accepted (501 5.1.8 "
		"Who?). This is final: ask by another way, or tell who runs your server|" },
	// An address or a version is no code, and no other class than the status.
	{ "delivery-status", "A: b\n\nAction: failed\nFinal-Recipient: x@y\nStatus: 5.0.0\n"
		"Diagnostic-Code: smtp; host mx[5.1.1.20] said: 550 No\n\n"
		"Action: failed\nFinal-Recipient: x@y\nStatus: 5.0.0\n"
		"Diagnostic-Code: smtp; [4.4.8.8] said: 550 No\n\n"
		"Action: failed\nFinal-Recipient: x@y\nStatus: 5.0.0\n"
		"Diagnostic-Code: smtp; 550 No (Exim 4.94.2)\n\n"
		"Action: failed\nFinal-Recipient: x@y\n"
		"Diagnostic-Code: smtp; mx5.1.1.y said: 550 No\n\n"
		"Action: failed\nFinal-Recipient: x@y\nStatus: 5.0.0\n"
		"Diagnostic-Code: smtp; [5.9.77.3] said: 550-5.7.1 No\n",
		"L: Not delivered: x@y: host mx[5.1.1.20] said: 550 No. " FINAL "|"
		"L: Not delivered: x@y: [4.4.8.8] said: 550 No. " FINAL "|"
		"L: Not delivered: x@y: 550 No (Exim 4.94.2). " FINAL "|"
		"L: Not delivered: x@y: mx5.1.1.y said: 550 No. " FINAL "|"
		"L: Not delivered: x@y: it is not allowed ([5.9.77.3] said: 550-5.7.1 No). This "
		"is final: ask by another way, or tell who runs your server|" },
	{ "delivery-status", "no fields\n\nAction: eaten\nFinal-Recipient: x\n", "" },
	{ "delivery-status", "", "" },
	{ "disposition-notification", "Final-Recipient: rfc822;bob@x.example\nDisposition: "
		"manual-action/MDN-sent-manually; displayed\n", "L: Shown to:   bob@x.example|" },
	{ "disposition-notification", "Disposition: automatic-action/MDN-sent-automatically;deleted",
		"L: Deleted, perhaps unread, by: somebody|" },
	{ "disposition-notification", "Final-Recipient: rfc822;\nDisposition: x;failed\n"
		"Failure: no receipts here\n", "L: No receipt from: somebody: no receipts here|" },
	{ "feedback-report", "Feedback-Type: abuse\nOriginal-Rcpt-To: bob@x.example\n",
		"L: Complaint:  abuse, about a message to bob@x.example|" },
	// The claims of others stay what they are: filtered text.
	{ "delivery-status", "x: y\n\nAction: failed\nFinal-Recipient: rfc822;a\x1b[2Jb\n",
		"L: Not delivered: a [2Jb. This is final: the same message would be refused "
		"again|" },
};

static void
test_reports(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(report_rows); i++) {
		struct document *d = document_new();
		struct part *p = part_new("message", report_rows[i].subtype);
		struct buf got = {0};
		assert_row(i, part_is_report(p));
		report_to_document(d, p, report_rows[i].text, strlen(report_rows[i].text));
		dump_blocks(&got, d);
		assert_row_string(i, buf_text(&got), report_rows[i].wanted);
		buf_done(&got);
		part_free(&p);
		document_free(&d);
	}
}

static const struct {
	const char *subtype;
	const char *text;
	const char *blocks, *spans;
} enriched_rows[] = {
	{ "enriched", "", "", "" },
	{ "enriched", "one\ntwo\n\nthree\n\n\nfour", "P: one two|L|P: three|L|P: four|", "" },
	{ "enriched", "<bold>Now</bold> is <italic>the <underline>time</italic> x</underline>",
		"P: Now is the time x|", "b(Now)|i(the time)|u(time)|" },
	{ "enriched", "a <<b> <unknown>c</unknown> d > e", "P: a <b> c d > e|", "" },
	{ "enriched", "<color><param>red</param>red</color> <x-y>z", "P: red z|", "" },
	{ "enriched", "a\n\n<excerpt>b\nc</excerpt>\n\nd", "P: a|L|P>: b c|L|P: d|", "" },
	{ "enriched", "<nofill>a\n  b\n\nc</nofill>d", "L: a|L:   b|L|L: c|P: d|", "" },
	{ "enriched", "<fixed>http://example.org/</fixed>", "P: http://example.org/|",
		"c(http://example.org/)|L(http://example.org/)http://example.org/|" },
	{ "enriched", "</bold></excerpt>x<", "P: x<|", "" },
	{ "richtext", "one<nl>two\n<lt>three<nl><nl>four", "P: one|P: two <three|L|P: four|", "" },
	{ "enriched", "a\x1b]0;x\x07 <b\xe2\x80\xae>", "P: a ]0;x  |", "" },
};

static struct document *
enriched(const char *subtype, const char *text)
{
	struct document *d = document_new();
	struct part *p = part_new("text", subtype);

	enriched_to_document(d, p, text, strlen(text));
	part_free(&p);
	return d;
}

static void
test_enriched(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(enriched_rows); i++) {
		struct document *d = enriched(enriched_rows[i].subtype, enriched_rows[i].text);
		struct buf got = {0};
		dump_blocks(&got, d);
		assert_row_string(i, buf_text(&got), enriched_rows[i].blocks);
		buf_clear(&got);
		dump_spans(&got, d);
		assert_row_string(i, buf_text(&got), enriched_rows[i].spans);
		buf_done(&got);
		document_free(&d);
	}
}

#define UU "begin 644 two.bin\n$``$\"`P``\n`\nend\n"

static const struct {
	const char *text;
	size_t n;            // files
	const char *name;    // of the first
	size_t start, len, size;
} enclosed_rows[] = {
	{ "", 0, NULL, 0, 0, 0 },
	{ "x\n" UU "y\n", 1, "two.bin", 2, 34, 4 },
	{ UU UU, 2, "two.bin", 0, 34, 4 },
	// Prose, and what only looks like one.
	{ "begin 644 it\nend of it\n", 0, NULL, 0, 0, 0 },
	{ "begin the day\n", 0, NULL, 0, 0, 0 },
	{ "begin 644 x\nThis is a sentence.\nend\n", 0, NULL, 0, 0, 0 },
	{ "> begin 644 x\n`\nend\n", 0, NULL, 0, 0, 0 },
	// Cut off on the way.
	{ "begin 644 x\n#AAAA\n#AAAA\n#AAAA\n", 1, "x", 0, 30, 9 },
	{ "begin 644 x\n#AAAA\n", 0, NULL, 0, 0, 0 },
	{ "=ybegin line=128 size=584 name=a b.txt\nxyz\n=yend size=584\nrest", 1, "a b.txt",
		0, 58, 584 },
	{ "=ybegin line=128\n", 0, NULL, 0, 0, 0 },
};

static void
test_enclosed(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(enclosed_rows); i++) {
		const char *text = enclosed_rows[i].text;
		struct enclosed f, first = {0};
		size_t at = 0, n = 0;
		while (enclosed_next(text, strlen(text), &at, &f))
			first = n++ == 0 ? f : first;
		assert_row(i, n == enclosed_rows[i].n);
		if (n == 0)
			continue;
		assert_row_string(i, first.name, enclosed_rows[i].name);
		assert_row(i, first.start == enclosed_rows[i].start);
		assert_row(i, first.len == enclosed_rows[i].len);
		assert_row(i, first.size == enclosed_rows[i].size);
	}
	struct buf text = {0};
	struct enclosed f;
	buf_str(&text, "=ybegin line=1 size=1 name=y\n=yend\n" UU);
	assert_true(enclosed_take(&text, 1, &f));
	assert_int_equal(text.len, 4);
	assert_memory_equal(text.data, "\0\1\2\3", 4);
	assert_false(enclosed_take(&text, 2, &f));
	buf_done(&text);
}

static void
test_sections(void **state)
{
	size_t number;

	(void)state;
	assert_int_equal(enclosed_section("1.2.U13", &number), 3);
	assert_int_equal(number, 13);
	static const char *const none[] = { "1", "1.2", "1.U", "1.U0", "1.Ux", "1.U101", "", "1.TEXT" };
	for (size_t i = 0; i < LENGTH(none); i++) {
		enclosed_section(none[i], &number);
		assert_row(i, number == 0);
	}
}

static const struct {
	const char *message;
	const char *wanted;
} read_rows[] = {
	{ "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
		"--b\n\nI am sorry.\n--b\nContent-Type: message/delivery-status\n\n"
		"A: b\n\nFinal-Recipient: rfc822;bob@x.example\nAction: failed\nStatus: 5.1.1\n"
		"--b--\n",
		"Not delivered: bob@x.example: there is no such mailbox. This is final: check "
		"the address, or ask for another one\n\nI am sorry.\n\n"
		"A: b\n\nFinal-Recipient: rfc822;bob@x.example\nAction: failed\nStatus: 5.1.1\n" },
	{ "\nBefore.\n\n" UU "\nAfter.\n",
		"Before.\n\nAfter.\n\n[two.bin (application/octet-stream, 4 bytes)]\n" },
	{ "\n" UU, "[two.bin (application/octet-stream, 4 bytes)]\n" },
	{ "\nbegin 644 x\n#AAAA\n#AAAA\n#AAAA\n", "[x has no end: a piece of it may be in "
		"another message]\n\n[x (application/octet-stream, 9 bytes)]\n" },
	// The text beside the page is nothing but empty lines.
	{ "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n\n \n\n\n\n--b\n"
		"Content-Type: text/html\n\n<p>Page</p>\n--b--\n", "Page\n" },
	{ "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n\n\n\n\n--b\n"
		"Content-Type: text/html; name=a.html\nContent-Disposition: attachment\n\n"
		"<p>Page</p>\n--b--\n", "[a.html (text/html, 11 bytes)]\n" },
	// A page that calls itself plain text, and words about one.
	{ "Content-Type: text/plain\n\n\n<HTML><body><p>Hi<br>you</body></html>\n\n",
		"Hi\nyou\n" },
	{ "\n<html> is how a page begins, and it ends with </html>.\n",
		"<html> is how a page begins, and it ends with </html>.\n" },
	{ "\nThe page:\n<html><p>Hi</html>\n", "The page:\n<html><p>Hi</html>\n" },
	// Line ends of old Macs; no empty line behind the header.
	{ "Subject: x\rContent-Type: text/html\r\r<p>one\r<p>two\r", "one\n\ntwo\n" },
	{ "Subject: x\nTo: y\n z\nno field, but text\nmore: of it\n",
		"no field, but text\nmore: of it\n" },
	{ "Subject: x\nTo: y\n", "[this message has no text]\n" },
	{ "Content-Type: text/enriched\n\n<bold>Hi</bold>\nyou", "Hi you\n" },
	{ "Content-Type: message/partial; id=x; number=2; total=5\n\nxyz\n",
		"[message/partial (4 bytes)]\n[not put together: this is one piece of a "
		"message that was sent in several]\n" },
	{ "Content-Type: message/external-body; access-type=URL\n\nContent-Type: image/png\n",
		"[message/external-body (24 bytes)]\n[not here: what part 1 means lies "
		"elsewhere, and nothing was fetched]\n" },
};

static void
test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(read_rows); i++) {
		struct document *d = read_message(&(struct read_input){
			.raw = read_rows[i].message, .raw_len = strlen(read_rows[i].message) });
		struct buf got = {0}, record = {0};
		document_print(&got, d, 0);
		assert_row_string(i, buf_text(&got), read_rows[i].wanted);
		document_pack(&record, d);
		document_free(&d);
		d = document_unpack(record.data, record.len);
		assert_row(i, d != NULL);
		document_free(&d);
		buf_done(&got);
		buf_done(&record);
	}
}

static void
test_bombs(void **state)
{
	static const char *const seeds[] = {
		"<bold>", "<", "<<", "<nl>", "<excerpt>x", "</x>", "\n", "<param>", "<indent>y",
		"begin 644 x\n", UU, "#AAAA\n", "=ybegin line=1 size=1 name=x\n", "end\n",
		"Action: failed\nFinal-Recipient: x\n\n", "x\n\n", "\r\n\r\n", ";",
	};
	static const char *const types[] = {
		"text/enriched", "text/plain", "message/delivery-status",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(seeds) * LENGTH(types); i++) {
		struct buf bomb = {0};
		buf_printf(&bomb, "Content-Type: %s\n\n", types[i % LENGTH(types)]);
		while (bomb.len < 300000)
			buf_str(&bomb, seeds[i / LENGTH(types)]);
		struct document *d = read_message(&(struct read_input){
			.raw = buf_text(&bomb), .raw_len = bomb.len });
		assert_row(i, d->blocks.len <= DOCUMENT_BLOCKS_MAX + DOCUMENT_NOTES_MAX);
		assert_row(i, dump_is_clean(buf_text(&d->text), d->text.len));
		document_free(&d);
		buf_done(&bomb);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_enriched),
		cmocka_unit_test(test_enclosed),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_bombs),
	};

	setenv("TZ", "UTC0", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
