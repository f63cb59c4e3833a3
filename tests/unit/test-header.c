// SPDX-License-Identifier: GPL-3.0-or-later
// Header blocks: fields, values, dates, envelopes and their records.
#include "config.h"

#include "mail-test.h"

#include <pthread.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/utf8.h"
#include "mail/checks.h"
#include "mail/header.h"

static const struct {
	const char *block;
	const char *wanted; // "name=value;", folds as they stand
	size_t body;
} block_rows[] = {
	{ "", "", 0 },
	{ "\n", "", 1 },
	{ "\r\nbody", "", 2 },
	{ "A: b\n\nbody", "A=b;", 6 },
	{ "A: b\r\nC:d \r\n\r\nbody", "A=b;C=d;", 14 },
	{ "A: b\n c\n\td\nE: f", "A=b\n c\n\td;E=f;", 15 },
	{ "From ann Thu Jan  1 00:00:00 1970\nA: b\n\nx", "A=b;", 40 },
	{ ">From ann\nA: b\n\n", "A=b;", 16 },
	{ "A: b\ngarbage\nC: d\n\n", "A=b;C=d;", 19 },
	{ "A : b\n\n", "A=b;", 7 },
	{ "no header at all\nbut text\n\nmore", "", 0 },
	{ "A:\n\n", "A=;", 4 },
	{ "A:", "A=;", 2 },
	{ ": b\nC: d\n\n", "C=d;", 0 },
	{ "A: b\n \n\n", "A=b;", 8 },
	{ "A: b\r\r\n\r\nx", "A=b;", 9 },
	{ "\xef\xbb\xbf" "A: b\n\nx", "A=b;", 9 },
	{ "\xef\xbb\xbf" "text\n", "", 0 },
};

static void
test_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(block_rows); i++) {
		const char *block = block_rows[i].block;
		struct header_field f;
		struct buf got = {0};
		for (size_t at = 0; header_next(block, strlen(block), &at, &f);)
			buf_printf(&got, "%.*s=%.*s;", (int)f.name_len, f.name,
				(int)f.value_len, f.value);
		assert_row_string(i, buf_text(&got), block_rows[i].wanted);
		assert_row(i, header_block_len(block, strlen(block)) ==
			block_rows[i].body);
		buf_done(&got);
	}
}

static const struct {
	const char *raw;
	const char *wanted;
} decode_rows[] = {
	{ "", "" },
	{ "  plain  ", "plain" },
	{ "a\r\n b", "a b" },
	{ "a\n\tb", "a b" },
	{ "=?utf-8?q?caf=C3=A9?=", "caf\xc3\xa9" },
	{ "=?UTF-8?B?Y2Fmw6k=?= x", "caf\xc3\xa9 x" },
	{ "=?utf-8?q?a?= =?utf-8?q?b?=", "ab" },
	{ "=?utf-8?b?w6?= =?utf-8?b?k=?=", "\xc3\xa9" },
	{ "=?iso-2022-jp?B?GyRCMTEbKEI=?=", "\xe8\x87\xbc" },
	{ "=?iso-8859-1?q?caf=E9?=", "caf\xc3\xa9" },
	{ "caf\xc3\xa9", "caf\xc3\xa9" },
	{ "caf\xe9", "caf\xc3\xa9" },
	{ "50\x80", "50\xe2\x82\xac" },
	{ "=?no-such-charset?q?abc?=", "abc" },
	{ "=?utf-8?q?unfinished", "=?utf-8?q?unfinished" },
	{ "=?utf-8?q?a=0D=0AX-Bad:_1?=", "a X-Bad: 1" },
	{ "=?utf-8?q?a=1B]52;c;eA=3D=3D=07?=", "a ]52;c;eA==" },
	{ "=?utf-8?q?a=C2=9B31m?=", "a 31m" },
	{ "=?utf-8?q?a=E2=80=AE=E2=81=A6b?=", "ab" },
	{ "\x1b[2Ja", "[2Ja" },
	{ "a = ? b", "a = ? b" },
};

static void
test_decode(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(decode_rows); i++) {
		const char *raw = decode_rows[i].raw;
		char *got = header_decode(raw, strlen(raw));
		assert_row_string(i, got, decode_rows[i].wanted);
		free(got);
	}
	char *nul = header_decode("a\0b", 3);
	assert_string_equal(nul, "a b");
	free(nul);
}

static const struct {
	const char *value;
	int64_t when;
	int offset;
} date_rows[] = {
	{ "Sun, 22 Nov 2026 06:28:00 +0000", 1795328880, 0 },
	{ "22 Nov 2026 06:28 +0000", 1795328880, 0 },
	{ "Sun, 22 Nov 2026 08:28:00 +0200", 1795328880, 120 },
	{ "Sun, 22 Nov 2026 01:28:00 -0500 (EST)", 1795328880, -300 },
	{ "Sun, 22 Nov 2026 01:28:00 EST", 1795328880, -300 },
	{ "Sun,22 Nov 2026 06:28:00 GMT", 1795328880, 0 },
	{ "Thu, 29 Feb 2024 12:00:00 +0000", 1709208000, 0 },
	{ "Thu, 1 Jan 1970 00:00:01 +0000", 1, 0 },
	{ "Fri, 31 Dec 1999 23:59:60 +0000", 946684800, 0 },
	{ "", 0, 0 },
	{ "yesterday", 0, 0 },
};

static void
test_date(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(date_rows); i++) {
		int offset = 99;
		assert_row(i, header_date(date_rows[i].value, &offset) ==
			date_rows[i].when);
		assert_row(i, offset == date_rows[i].offset);
	}
	// What only the full reader knows: two-digit years, asctime's order.
	assert_int_equal(header_date("Sun, 06 Nov 94 08:49:37 GMT", NULL), 784111777);
	assert_int_equal(header_date("Sun Nov  6 08:49:37 1994", NULL), 784111777);
	// Nonsense ends in some number, not in a crash.
	header_date("99 Foo 99999 99:99:99 +9999", NULL);
	header_date("Sun, 31 Feb 2026 25:61:61 +9999", NULL);
}

static const char whole[] =
	"Return-Path: <x@example.org>\r\n"
	"Date: Sun, 22 Nov 2026 08:28:00 +0200\r\n"
	"From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\n"
	"Sender: list-bounces@example.org\r\n"
	"Reply-To: dev@example.org\r\n"
	"To: Ann <ann@example.org>,\r\n bob@example.org\r\n"
	"Cc: c@example.org\r\n"
	"Cc: d@example.org\r\n"
	"Bcc: e@example.org\r\n"
	"Subject: =?utf-8?q?caf=C3=A9?=\r\n and more\r\n"
	"Message-ID: <3@example.org>\r\n"
	"In-Reply-To: Your message <2@example.org>\r\n"
	"References: <1@example.org>\r\n <2@example.org>\r\n"
	"List-Id: The \"dev\" list <dev.example.org>\r\n"
	"Content-Type: multipart/mixed; boundary=x\r\n"
	"From: second@example.org\r\n"
	"Subject: second\r\n"
	"\r\n"
	"From: body@example.org\r\n";

static void
check_whole(const struct envelope *e)
{
	assert_int_equal(e->date, 1795328880);
	assert_int_equal(e->date_offset, 120);
	assert_int_equal(e->from.len, 1);
	assert_string_equal(e->from.items[0].name, "J\xc3\xbcrgen");
	assert_string_equal(e->from.items[0].mail, "j@example.org");
	assert_string_equal(e->sender.items[0].mail, "list-bounces@example.org");
	assert_string_equal(e->reply_to.items[0].mail, "dev@example.org");
	assert_int_equal(e->to.len, 2);
	assert_string_equal(e->to.items[1].mail, "bob@example.org");
	assert_int_equal(e->cc.len, 2);
	assert_string_equal(e->cc.items[1].mail, "d@example.org");
	assert_string_equal(e->bcc.items[0].mail, "e@example.org");
	assert_string_equal(e->subject, "caf\xc3\xa9 and more");
	assert_string_equal(e->message_id, "3@example.org");
	assert_int_equal(e->in_reply_to.len, 1);
	assert_string_equal(e->in_reply_to.items[0], "2@example.org");
	assert_int_equal(e->references.len, 2);
	assert_string_equal(e->references.items[1], "2@example.org");
	assert_string_equal(e->list_id, "dev.example.org");
	assert_true(e->maybe_attachments);
}

static void
test_envelope(void **state)
{
	struct envelope e, copy, unpacked;
	struct buf record = {0}, again = {0};

	(void)state;
	envelope_parse(&e, whole, strlen(whole));
	check_whole(&e);
	envelope_copy(&copy, &e);
	check_whole(&copy);
	envelope_pack(&record, &e);
	struct reader in = reader_of(record.data, record.len);
	envelope_unpack(&unpacked, &in);
	assert_false(in.bad);
	assert_int_equal(in.left, 0);
	check_whole(&unpacked);
	envelope_pack(&again, &unpacked);
	assert_int_equal(again.len, record.len);
	assert_memory_equal(again.data, record.data, record.len);

	// A record cut anywhere is found out.
	for (size_t len = 0; len < record.len; len++) {
		struct envelope cut;
		in = reader_of(record.data, len);
		envelope_unpack(&cut, &in);
		assert_row(len, in.bad);
		envelope_done(&cut);
	}
	envelope_done(&e);
	envelope_done(&copy);
	envelope_done(&unpacked);
	buf_done(&record);
	buf_done(&again);
}

// Account threads parse at the same time, and the first of them starts GMime.
static void *
parse_often(void *wanted)
{
	const struct buf *record = wanted;

	for (int i = 0; i < 500; i++) {
		struct buf mine = {0};
		struct envelope e;
		envelope_parse(&e, whole, strlen(whole));
		envelope_pack(&mine, &e);
		bool same = mine.len == record->len &&
			memcmp(mine.data, record->data, mine.len) == 0;
		envelope_done(&e);
		buf_done(&mine);
		if (!same)
			return wanted;
	}
	return NULL;
}

static void
test_threads(void **state)
{
	pthread_t threads[4];
	struct buf record = {0};
	struct envelope e;

	(void)state;
	envelope_parse(&e, whole, strlen(whole));
	envelope_pack(&record, &e);
	envelope_done(&e);
	for (size_t i = 0; i < LENGTH(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, parse_often, &record), 0);
	for (size_t i = 0; i < LENGTH(threads); i++) {
		void *failed;
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	buf_done(&record);
}

static void
test_absent(void **state)
{
	const char *block = "Subject:   \nMessage-ID: <>\nX: y\n\n";
	struct envelope e;

	(void)state;
	envelope_parse(&e, block, strlen(block));
	assert_null(e.subject);
	assert_null(e.message_id);
	assert_null(e.list_id);
	assert_int_equal(e.date, 0);
	assert_int_equal(e.from.len, 0);
	assert_false(e.maybe_attachments);
	envelope_done(&e);
	envelope_parse(&e, NULL, 0);
	envelope_done(&e);
}

static const struct {
	const char *value;
	const char *wanted;
} id_rows[] = {
	{ "<a@b>", "a@b" },
	{ " <a@b> <c@d>", "a@b" },
	{ "a@b", "a@b" },
	{ "<a b@c>", "ab@c" },
	{ "<a@b", "a@b" },
	{ "<<a@b>>", "a@b" },
	{ "<no-sign>", "no-sign" },
	{ "bare", "bare" },
	{ "<a\x1b[0m@b>", "a[0m@b" },
};

static void
test_message_id(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(id_rows); i++) {
		struct envelope e;
		char *block = str_printf("Message-ID: %s\n\n", id_rows[i].value);
		envelope_parse(&e, block, strlen(block));
		assert_row_string(i, str_or_empty(e.message_id), id_rows[i].wanted);
		envelope_done(&e);
		free(block);
	}
}

static void
test_references_are_bounded(void **state)
{
	struct buf block = {0};
	struct envelope e;

	(void)state;
	buf_str(&block, "References:");
	for (int i = 0; i < 3000; i++)
		buf_printf(&block, " <%d@x>\r\n", i);
	envelope_parse(&e, block.data, block.len);
	assert_int_equal(e.references.len, HEADER_REFERENCES_MAX);
	assert_string_equal(e.references.items[0], "0@x");
	assert_string_equal(e.references.items[99], "2999@x");
	assert_string_equal(e.references.items[1], "2901@x");
	envelope_done(&e);
	buf_done(&block);
}

// A million of each: all must end at once.
static void
test_bombs(void **state)
{
	static const char *const seeds[] = {
		"X: y\n", "Subject: a\n", "To: a@b,\n", " ", "a", ":", "\n ", "From \n",
		"Subject: =?utf-8?q?a?=\n", "References: <a@b>\n", "Date: x\n", "\r",
		"Cc: (", "To: a:", "Subject: =?utf-8?b?",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(seeds); i++) {
		struct envelope e;
		struct buf bomb = {0};
		buf_str(&bomb, "Subject: x\n");
		while (bomb.len < 3000000)
			buf_str(&bomb, seeds[i]);
		envelope_parse(&e, bomb.data, bomb.len);
		assert_row(i, e.subject == NULL ||
			strlen(e.subject) <= HEADER_VALUE_MAX * 3);
		assert_row(i, e.to.len <= ADDRESS_LIST_MAX);
		assert_row(i, header_block_len(bomb.data, bomb.len) <= bomb.len);
		envelope_done(&e);
		buf_done(&bomb);
	}
}

static void
test_get(void **state)
{
	const char *block = "A: 1\nb:  two\r\n more\nB: 3\n\nA: body\n";
	char *value = header_get(block, strlen(block), "B");

	(void)state;
	assert_string_equal(value, "two more");
	free(value);
	assert_null(header_get(block, strlen(block), "C"));
}

static const struct {
	const char *value;
	const char *wanted;
} checks_rows[] = {
	{ "", "" }, { "mx.example.org", "" }, { "mx.example.org; none", "" },
	{ ";", "" }, { "a;=;x=;=y;(", "" }, { "a; (b=c", "" }, { "\"", "" }, { "a;\\", "" },
	{ "mx.example.org; spf=pass", "mx.example.org says: spf pass" },
	{ "mx.example.org 1; spf=pass (good; really (so)) smtp.mailfrom=a@b.example;\t"
		"dkim/1 = fail reason=\"x; y=z\" header.i=@c.example header.d=c.example; "
		"DMARC=none header.from=d.example; iprev=pass policy.iprev=192.0.2.1",
		"mx.example.org says: spf pass (a@b.example), dkim fail (c.example), "
		"DMARC none (d.example), iprev pass" },
	{ " ; spf=pass", "spf pass" }, { "\"\"; spf=pass", "spf pass" },
	{ "i; a=1; b=2; c=3; d=4; e=5; f=6; g=7; h=8; i=9",
		"i says: a 1, b 2, c 3, d 4, e 5, f 6, g 7, h 8, …" },
#define X63 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	{ X63 "\xc3\xa4; a=" X63 "\xc3\xa4", X63 " says: a " X63 },
	{ "i; dkim=pass header.d= x", "i says: dkim pass" },
	{ "i; dkim=pass xheader.d=a header.d=", "i says: dkim pass" },
};

static void
test_checks(void **state)
{
	struct buf got = {0}, bomb = {0};

	(void)state;
	for (size_t i = 0; i < LENGTH(checks_rows); i++) {
		buf_clear(&got);
		bool some = checks_print(&got, checks_rows[i].value);
		assert_row_string(i, buf_text(&got), checks_rows[i].wanted);
		assert_row(i, some == (got.len > 0));
	}
	for (int i = 0; i < 60000; i++)
		buf_str(&bomb, i % 2 ? "(;" : "dkim=a header.d=");
	buf_clear(&got);
	checks_print(&got, buf_text(&bomb));
	assert_true(got.len < 4000);
	buf_done(&got);
	buf_done(&bomb);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_envelope),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_message_id),
		cmocka_unit_test(test_references_are_bounded),
		cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_checks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
