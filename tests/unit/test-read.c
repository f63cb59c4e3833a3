// SPDX-License-Identifier: GPL-3.0-or-later
// Messages read from end to end, whole and from parts fetched alone, and mail
// made to break a reader.
#include "config.h"

#include "mail-test.h"

#include <sys/resource.h>
#include <time.h>

#include "document-dump.h"
#include "mail/read.h"

static struct document *
read_raw(const char *message, size_t len)
{
	struct read_input in = { .raw = message, .raw_len = len };

	return read_message(&in);
}

#define MIXED(b) "Content-Type: multipart/mixed; boundary=" b "\n\n"

static const struct {
	const char *message;
	const char *wanted;
} read_rows[] = {
	{ "", "N: this message has no text|" },
	{ "Subject: x\n\n", "N: this message has no text|" },
	{ "Subject: x\n\nHello,\n> quoted\n", "L: Hello,|L>: quoted|" },
	{ "no header", "L: no header|" },
	{ "Subject: x\n\n\n \t\n  Hello\n\nyou\n\n \n\n", "L:   Hello|L|L: you|" },
	{ "Content-Type: text/plain; name=a.txt\nContent-Disposition: attachment\n\nx\n",
		"A: a.txt (text/plain, 2 bytes)|L: x|L|A: a.txt (text/plain, 2 bytes)|" },
	{ MIXED("b") "--b\n\none\n--b\nContent-Type: application/ms-tnef\n\nx\n--b--\n",
		"L: one|L|A: application/ms-tnef (1 byte)|N: not shown: winmail.dat, in "
		"which Outlook put what belongs to this message (TNEF)|" },
	{ "Content-Type: text/plain; charset=iso-8859-1\n"
		"Content-Transfer-Encoding: quoted-printable\n\ncaf=E9 =\nx\n",
		"L: caf\xc3\xa9 x|" },
	{ "Content-Type: text/html\n\n<p>a<p>b", "P: a|L|P: b|" },
	{ "Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\n"
		"QUJD\n", "A: a.png (image/png, 3 bytes)|" },
	{ MIXED("b") "--b\n\none\n--b\nContent-Type: application/pdf; name=\"a\x1b.pdf\""
		"\n\nx\n--b\n\ntwo\n--b--\n",
		"L: one|L|L: two|L|A: a .pdf (application/pdf, 1 byte)|" },
	{ MIXED("b") "--b\n\none\n--b\nContent-Type: text/x-patch; name=a.patch\n\n"
		"+x\n--b--\n", "L: one|L|A: a.patch (text/x-patch, 2 bytes)|L: +x|" },
	{ MIXED("b") "--b\n\none\n--b\nContent-Type: message/rfc822\n\n"
		"From: Ann <a@b.example>\nSubject: in\n"
		"Date: Sun, 22 Nov 2026 06:28:00 +0000\n\nbody\n--b--\n",
		"L: one|L|A: in.eml (message/rfc822, 79 bytes)|L: From: Ann <a@b.example>|"
		"L: Date: Sun, 22 Nov 2026 06:28:00 +0000|L: Subject: in|L|L: body|" },
	// What cannot be shown of it still has its place in the list.
	{ MIXED("b") "--b\n\none\n--b\nContent-Type: message/rfc822\n\n"
		"Subject: in\nContent-Type: image/png\n\nx\n--b--\n",
		"L: one|L|A: in.eml (message/rfc822, 38 bytes)|A: image/png (1 byte)|" },
	{ MIXED("b") "--b\n\none\n--b\nContent-Type: message/rfc822\n\n"
		"Subject: in\n" MIXED("c") "--c\n\ntwo\n--c\nContent-Type: image/png\n\n"
		"x\n--c--\n--b--\n",
		"L: one|L|A: in.eml (message/rfc822, 100 bytes)|L: Subject: in|L|L: two|L|"
		"A: image/png (1 byte)|" },
	{ "Content-Type: multipart/encrypted; boundary=b\n\n--b\n\nx\n--b--\n",
		"N: not shown: this message is encrypted|" },
	{ "From: a@b\nFrom: c@d\n\nx",
		"N: take care: this message names its sender 2 times|L: x|" },
	{ "From: \"ceo@bank.example\" <evil@attacker.example>\n\nx",
		"N: take care: the sender's name looks like an address, but the message "
		"comes from evil@attacker.example|L: x|" },
	{ "From: \"a@b.example\" <a@b.example>\n\nx", "L: x|" },
	{ "From: =?utf-8?b?0LA=?= <x@p\xd0\xb0ypal.example>\n\nx",
		"N: take care: the sender's address mixes alphabets: "
		"x@p\xd0\xb0ypal.example|L: x|" },
};

static void
test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(read_rows); i++) {
		const char *message = read_rows[i].message;
		struct document *d = read_raw(message, strlen(message));
		struct buf got = {0};
		dump_blocks(&got, d);
		// An empty text is one empty line at most.
		assert_row_string(i, buf_text(&got), read_rows[i].wanted);
		buf_done(&got);
		document_free(&d);
	}
}

static void
test_fields(void **state)
{
	const char *message = "Received: by x\n\tfor y\nSubject: =?utf-8?q?caf=C3=A9?=\n"
		"X-Odd\xc3\xa9: no field\nX-Evil: =?utf-8?q?=1B[2J?=\n\nbody: x\n";
	struct document *d = read_raw(message, strlen(message));

	(void)state;
	assert_int_equal(d->fields.len, 3);
	struct document_field *f = array_at(&d->fields, 0);
	assert_string_equal(f[0].name, "Received");
	assert_string_equal(f[0].value, "by x for y");
	assert_string_equal(f[1].value, "caf\xc3\xa9");
	assert_string_equal(f[2].value, "[2J");
	assert_string_equal(d->envelope.subject, "caf\xc3\xa9");
	document_free(&d);
}

static void
test_parts_alone(void **state)
{
	const char *header = "Subject: x\n" MIXED("b");
	const char *message = "Subject: x\n" MIXED("b") "--b\n"
		"Content-Transfer-Encoding: base64\n\naGk=\n--b\n"
		"Content-Type: text/plain\n\ntwo\n--b\nContent-Type: image/png\n\nx\n--b--\n";
	struct read_body bodies[] = { { "1", "aGk=\r\n", 6 } };
	struct read_input in = {
		.header = header,
		.header_len = strlen(header),
		.root = part_parse(message, strlen(message)),
		.bodies = bodies,
		.n_bodies = 1,
		.prefer_html = true,
	}, unpacked;
	struct buf record = {0}, got = {0};

	(void)state;
	read_input_pack(&record, &in);
	assert_true(read_input_unpack(&unpacked, record.data, record.len));
	assert_true(unpacked.prefer_html);
	struct document *d = read_message(&unpacked);
	dump_blocks(&got, d);
	assert_string_equal(buf_text(&got), "L: hi|L|N: not here yet: part 2 "
		"(text/plain)|L|A: image/png (1 byte)|");
	assert_string_equal(d->envelope.subject, "x");
	document_free(&d);
	read_input_done(&unpacked);
	for (size_t len = 0; len < record.len; len++)
		assert_row(len, !read_input_unpack(&unpacked, record.data, len));

	// Without a tree there is a note, never nothing.
	part_free(&in.root);
	in.n_bodies = 0;
	d = read_message(&in);
	buf_clear(&got);
	dump_blocks(&got, d);
	assert_string_equal(buf_text(&got), "N: not here yet: the text of this message|");
	document_free(&d);
	buf_done(&record);
	buf_done(&got);
}

#define INNER "Subject: in\nFrom: Bob <bob@b.example>\n" MIXED("c") "--c\n\n" \
	"inner text\n--c\nContent-Type: image/png; name=p.png\n\nx\n--c--\n"
#define OUTER "Subject: out\n" MIXED("b") "--b\n\nouter text\n--b\n" \
	"Content-Type: message/rfc822\n"

static const struct {
	const char *message, *within;
	const char *wanted;      // its blocks
	const char *subject;
	const char *image;       // section
} within_rows[] = {
	{ OUTER "\n" INNER "--b--\n", "2",
		"L: inner text|L|A: p.png (image/png, 1 byte)|", "in", "2.2" },
	{ OUTER "Content-Disposition: attachment\n\n" INNER "--b--\n", "2",
		"L: inner text|L|A: p.png (image/png, 1 byte)|", "in", "2.2" },
	{ OUTER "Content-Transfer-Encoding: base64\n\n"
		"U3ViamVjdDogaW4KCmNvZGVkCg==\n--b--\n", "2", "L: coded|", "in", NULL },
	{ OUTER "\nSubject: in\nContent-Type: message/rfc822\n\nSubject: deep\n\n"
		"x\n--b--\n", "2.1", "L: x|", "deep", NULL },
	{ OUTER "\n" INNER "--b--\n", "7", "N: the message has no part 7|", NULL, NULL },
};

static void
check_within(size_t i, const struct read_input *in)
{
	struct buf record = {0}, got = {0};
	struct read_input unpacked;

	read_input_pack(&record, in);
	assert_row(i, read_input_unpack(&unpacked, record.data, record.len));
	struct document *d = read_message(&unpacked);
	dump_blocks(&got, d);
	assert_row_string(i, buf_text(&got), within_rows[i].wanted);
	assert_row(i, str_equal(d->envelope.subject, within_rows[i].subject));
	assert_row(i, within_rows[i].image == NULL ||
		str_equal(part_find(d->root, within_rows[i].image)->name, "p.png"));
	document_free(&d);
	read_input_done(&unpacked);
	buf_done(&record);
	buf_done(&got);
}

// An attached message opened as one, from the whole and from its part alone.
static void
test_within(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(within_rows); i++) {
		const char *message = within_rows[i].message;
		struct read_input in = {
			.raw = message, .raw_len = strlen(message),
			.within = within_rows[i].within,
		};
		check_within(i, &in);
		struct part *root = part_parse(message, strlen(message));
		struct part *p = part_find(root, in.within);
		if (p != NULL) {
			struct read_body body = { .section = in.within,
				.data = message + p->body_start, .len = p->body_len };
			check_within(i, &(struct read_input){ .root = root,
				.within = in.within, .bodies = &body, .n_bodies = 1 });
		}
		part_free(&root);
	}
}

static void
test_raw_record(void **state)
{
	const char *message = "Subject: x\n\nbody";
	struct read_input in = { .raw = message, .raw_len = strlen(message) };
	struct buf record = {0};

	(void)state;
	read_input_pack(&record, &in);
	assert_true(read_input_unpack(&in, record.data, record.len));
	assert_int_equal(in.raw_len, strlen(message));
	assert_memory_equal(in.raw, message, in.raw_len);
	read_input_done(&in);
	buf_done(&record);
}

// `start`, then `again` up to `bytes`; "%d" counts. The mail must be read in
// time, and say what it left out.
static const struct {
	const char *start, *again;
	size_t bytes;
	const char *note; // some note begins so; NULL: none is needed
} bomb_rows[] = {
	{ "Subject: ", "x", 20000000, "not shown: the rest of a header" },
	{ "", "X: y\n", 20000000, "not shown: the rest of a header" },
	{ "X: y\n\n", "text of a line\n", 20000000, "not shown: the rest" },
	{ MIXED("a"), "--a\n\n", 5000000, "not shown: " },
	{ MIXED("a"), "--a\n\nx\n", 5000000, "not shown: " },
	{ "", MIXED("b%d") "--b%d\n", 3000000, "not shown: " },
	{ "", "Content-Type: message/rfc822\n\n", 3000000, "not shown: " },
	{ "Content-Type: text/html\n\n", "<div>", 5000000, "not laid out" },
	{ MIXED("a"), "--a\nContent-Type: text/html\n\n<b id=1><p><b id=2><p><i><p>x\n",
		5000000, "not shown" },
	{ "Content-Transfer-Encoding: base64\n\n", "QUFB", 20000000,
		"not shown: the rest" },
	{ "Content-Transfer-Encoding: quoted-printable\n\n", "=00", 20000000, NULL },
	{ "Content-Type: text/plain; charset=iso-2022-jp\n\n", "\x1b$B\xff", 5000000, NULL },
	{ "Content-Type: text/plain; charset=utf-7\n\n", "+AAAA", 5000000, NULL },
	{ "Content-Type: text/plain; charset=gb18030\n\n", "\x81\x30", 5000000, NULL },
	{ "Content-Type: text/plain; format=flowed\n\n", "> > x \n", 5000000, NULL },
	{ "X: y\n\n", "http://x.example/%d ", 5000000, NULL },
	{ "From: ", "(", 1000000, NULL },
	{ "To: ", "a@b,", 1000000, NULL },
	{ "References: ", "<a%d@b> ", 1000000, NULL },
};

static bool
has_note(const struct document *d, const char *start)
{
	for (size_t i = 0; i < d->blocks.len; i++) {
		const struct block *b = array_at(&d->blocks, i);
		if (b->kind == BLOCK_NOTE && strncmp(d->text.data + b->start, start,
		    strlen(start)) == 0)
			return true;
	}
	return false;
}

static void
test_bombs(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(bomb_rows); i++) {
		struct buf bomb = {0}, record = {0};
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
		struct document *d = read_raw(bomb.data, bomb.len);
		assert_row(i, seconds_since(start) < SECONDS_AT_MOST(1));
		struct rusage used;
		getrusage(RUSAGE_SELF, &used);
		assert_row(i, SANITIZED || used.ru_maxrss < 256 * 1024);
		assert_row(i, dump_is_clean(buf_text(&d->text), d->text.len));
		if (bomb_rows[i].note != NULL)
			assert_row(i, has_note(d, bomb_rows[i].note));
		document_pack(&record, d);
		document_free(&d);
		d = document_unpack(record.data, record.len);
		assert_row(i, d != NULL);
		document_free(&d);
		buf_done(&record);
		buf_done(&bomb);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_parts_alone),
		cmocka_unit_test(test_within),
		cmocka_unit_test(test_raw_record),
		cmocka_unit_test(test_bombs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
