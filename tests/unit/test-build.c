// SPDX-License-Identifier: GPL-3.0-or-later
// Messages as they are sent: read again they must be what was written, and no
// value may become a header line.
#include "config.h"

#include "mail-test.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "mail/build.h"
#include "mail/draft.h"
#include "mail/header.h"
#include "mail/part.h"

#define DATE 1795328880

static struct draft
make_draft(const char *subject, const char *body)
{
	struct draft d = { .subject = str_dup(subject), .body = str_dup(body) };

	address_list_add(&d.from, "Ann", "ann@example.org");
	address_list_add(&d.to, NULL, "bob@example.org");
	return d;
}

static const struct build_options plain_options = {
	.date = DATE,
	.date_offset = 120,
	.message_id = "0123@example.org",
};

// Built, and checked for what holds of every message.
static void
build(struct buf *out, const struct draft *d, const struct build_options *o)
{
	struct error err = {0};

	if (!build_message(out, d, o, &err))
		fail_msg("%s", err.text);
	size_t line = 0;
	for (size_t i = 0; i < out->len; i++) {
		if (out->data[i] == '\n')
			assert_true(i > 0 && out->data[i - 1] == '\r');
		if (out->data[i] == '\r')
			assert_true(i + 1 < out->len && out->data[i + 1] == '\n');
		line = out->data[i] == '\n' ? 0 : line + 1;
		assert_true(line <= 999); // with its CR
		assert_true(out->data[i] != '\0');
	}
	size_t header = header_block_len(out->data, out->len);
	for (size_t i = 0; i < header; i++)
		assert_true((unsigned char)out->data[i] < 0x7f);
}

// The text of one part, with \n.
static char *
text_of(const struct buf *message, const char *section)
{
	struct part *root = part_parse(message->data, message->len);
	struct part *p = part_find(root, section);
	struct buf decoded = {0}, text = {0};

	assert_non_null(p);
	assert_true(part_decode(p, message->data + p->body_start, p->body_len,
		10000000, &decoded));
	part_to_utf8(p, buf_text(&decoded), decoded.len, &text);
	part_free(&root);
	buf_done(&decoded);
	char *s = buf_take(&text), *to = s;
	for (const char *from = s; *from != '\0'; from++)
		if (*from != '\r')
			*to++ = *from;
	*to = '\0';
	return s;
}

#define LONG_LINE TIMES_1000("word ") "end\n"

static const struct {
	const char *body;
	const char *encoding;
} body_rows[] = {
	{ "", "7bit" },
	{ "Hello,\n\n-- \nAnn\n", "7bit" },
	{ "trailing \t \nblanks  \n", "7bit" },
	{ ".\n..\n.x\n", "7bit" },
	{ "From here to there\nFrom\n", "quoted-printable" },
	{ "x\n>From\n", "7bit" },
	{ "caf\xc3\xa9 and some more words in plain ASCII\n-- \nAnn \n",
		"quoted-printable" },
	{ "caf\xc3\xa9 and some more words in plain ASCII \nFrom a line = 3D\n.\n\t\n",
		"quoted-printable" },
	{ "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\n\xe3\x81\xa7\xe3\x81\x99\n-- \nA\n",
		"base64" },
	{ LONG_LINE, "quoted-printable" },
	{ TIMES_1000("\xc3\xa9") "\n", "base64" },
	{ "bell \x07 and escape \x1b among other words that are plain\n",
		"quoted-printable" },
	{ "\n\n\n", "7bit" },
};

static void
test_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(body_rows); i++) {
		struct draft d = make_draft("s", body_rows[i].body);
		struct buf out = {0};
		build(&out, &d, &plain_options);
		struct part *root = part_parse(out.data, out.len);
		assert_row_string(i, root->encoding, body_rows[i].encoding);
		part_free(&root);
		char *text = text_of(&out, "1");
		assert_row_string(i, text, body_rows[i].body);
		// Nothing that a mail store or a server would change.
		size_t header = header_block_len(out.data, out.len);
		assert_row(i, memmem(out.data + header, out.len - header, "\nFrom ", 6)
			== NULL);
		free(text);
		buf_done(&out);
		draft_done(&d);
	}
}

static void
test_unfinished_line(void **state)
{
	struct draft d = make_draft("s", "no line end");
	struct buf out = {0};

	(void)state;
	build(&out, &d, &plain_options);
	char *text = text_of(&out, "1");
	assert_string_equal(text, "no line end\n");
	free(text);
	buf_done(&out);
	draft_done(&d);
}

static const char *const subjects[] = {
	"", "plain", "caf\xc3\xa9", "=?utf-8?q?not_encoded?=", "a  b", "a = ? b",
	"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe4\xbb\xb6\xe5\x90\x8d\xe3\x81"
	"\x8c\xe9\x95\xb7\xe3\x81\x84\xe5\xa0\xb4\xe5\x90\x88\xe3\x80\x81\xe5\x88\x86"
	"\xe5\x89\xb2\xe3\x81\x95\xe3\x82\x8c\xe3\x81\xbe\xe3\x81\x99\xe3\x80\x82",
	"caf\xc3\xa9 plain words between \xc3\xa9t\xc3\xa9 and more of them to fold the line",
	"a long subject of plain words that has to be folded somewhere because it is longer "
	"than a line of a header should be, and then longer still",
	TIMES_1000("x"), TIMES_1000("\xc3\xa9"), "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9",
};

static void
test_subjects(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(subjects); i++) {
		struct draft d = make_draft(subjects[i], "x\n");
		struct buf out = {0};
		struct envelope e;
		build(&out, &d, &plain_options);
		envelope_parse(&e, out.data, out.len);
		assert_row_string(i, str_or_empty(e.subject), subjects[i]);
		envelope_done(&e);
		buf_done(&out);
		draft_done(&d);
	}
}

static const struct {
	const char *name;
	const char *mail;
} people[] = {
	{ NULL, "a@example.org" },
	{ "Ann Example", "a@example.org" },
	{ "Example, Ann", "a@example.org" },
	{ "J\xc3\xbcrgen M\xc3\xbcller", "a@example.org" },
	{ "J\xc3\xbcrgen \"the\" <M>, \\", "a@example.org" },
	{ "\xe5\xb1\xb1\xe7\x94\xb0\xe5\xa4\xaa\xe9\x83\x8e", "a@example.org" },
	{ "ann@other.example", "a@example.org" },
	{ "=?utf-8?q?x?=", "a@example.org" },
	{ "a \"quoted\" name", "a+b=c@example.org" },
	{ TIMES_10("long name of somebody "), "a@example.org" },
	{ TIMES_1000("x"), "a@example.org" },
	{ TIMES_1000("\xc3\xa9"), "a@example.org" },
};

static void
test_people(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(people); i++) {
		struct draft d = make_draft("s", "x\n");
		struct buf out = {0};
		struct envelope e;
		char *name = str_dup(str_or_empty(people[i].name));
		address_list_add(&d.cc, name, people[i].mail);
		address_list_add(&d.cc, "B", "b@example.org");
		address_list_add(&d.reply_to, name, people[i].mail);
		build(&out, &d, &plain_options);
		envelope_parse(&e, out.data, out.len);
		assert_row(i, e.cc.len == 2 && e.reply_to.len == 1);
		str_trim(name);
		assert_row_string(i, str_or_empty(e.cc.items[0].name), name);
		assert_row_string(i, e.cc.items[0].mail, people[i].mail);
		assert_row_string(i, str_or_empty(e.reply_to.items[0].name), name);
		free(name);
		envelope_done(&e);
		buf_done(&out);
		draft_done(&d);
	}
}

static void
test_header(void **state)
{
	struct draft d = make_draft("s", "x\n");
	struct buf out = {0};
	struct envelope e;

	(void)state;
	address_list_add(&d.bcc, "Secret", "secret@example.org");
	str_set(&d.in_reply_to, "2@example.org");
	for (int i = 0; i < 90; i++) {
		char *id = str_printf("%d.0123456789abcdef@example.org", i);
		strlist_take(&d.references, id);
	}
	build(&out, &d, &plain_options);
	assert_null(memmem(out.data, out.len, "ecret", 5));
	assert_non_null(memmem(out.data, out.len, "MIME-Version: 1.0\r\n", 19));
	envelope_parse(&e, out.data, out.len);
	assert_int_equal(e.date, DATE);
	assert_int_equal(e.date_offset, 120);
	assert_string_equal(e.from.items[0].name, "Ann");
	assert_string_equal(e.message_id, "0123@example.org");
	assert_string_equal(e.in_reply_to.items[0], "2@example.org");
	assert_int_equal(e.references.len, 90);
	assert_string_equal(e.references.items[89], "89.0123456789abcdef@example.org");
	assert_int_equal(e.bcc.len, 0);
	envelope_done(&e);
	buf_clear(&out);

	// Everybody is in Bcc: the field To says so.
	address_list_done(&d.to);
	build(&out, &d, &plain_options);
	envelope_parse(&e, out.data, out.len);
	assert_int_equal(e.to.len, 1);
	assert_string_equal(e.to.items[0].mail, "");
	envelope_done(&e);
	buf_done(&out);
	draft_done(&d);
}

static const char *const evil[] = {
	"x\r\nBcc: evil@x.example", "x\nBcc: evil@x.example", "x\rBcc: evil@x.example",
	"x\r\n\r\nbody", "x\xe2\x80\xa8" "Bcc: evil@x.example", "x\xc2\x85" "Bcc: e@x.example",
	"x\x0b" "Bcc: evil@x.example", "=?utf-8?q?x=0D=0ABcc:_evil=40x.example?=",
	"x\x1b[2J", "\xe2\x80\xaex",
};

static void
test_injection(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(evil); i++) {
		struct draft d = make_draft(evil[i], "x\n");
		struct build_attachment a = { .name = evil[i], .type = evil[i],
			.data = "data", .len = 4 };
		struct build_options o = plain_options;
		struct buf out = {0};
		struct envelope e;
		o.attachments = &a;
		o.n_attachments = 1;
		address_list_add(&d.cc, evil[i], "c@example.org");
		strlist_add(&d.references, evil[i]);
		str_set(&d.in_reply_to, evil[i]);
		build(&out, &d, &o);
		envelope_parse(&e, out.data, out.len);
		assert_row(i, e.bcc.len == 0 && e.cc.len == 1);
		assert_row(i, e.references.len == 0 && e.in_reply_to.len == 0);
		char *bcc = header_get(out.data, out.len, "Bcc");
		assert_row(i, bcc == NULL);
		struct part *root = part_parse(out.data, out.len);
		assert_row(i, root->n_children == 2);
		char *evil_part = header_get(out.data + root->children[0]->body_start,
			out.len - root->children[0]->body_start, "Bcc");
		assert_row(i, evil_part == NULL);
		part_free(&root);
		envelope_done(&e);
		buf_done(&out);
		draft_done(&d);
	}
	// What cannot be made safe is refused.
	for (size_t i = 0; i < LENGTH(evil); i++) {
		struct draft d = make_draft("s", "x\n");
		struct error err = {0};
		struct buf out = {0};
		struct build_options o = plain_options;
		o.message_id = evil[i];
		assert_row(i, !build_message(&out, &d, &o, &err));
		assert_row(i, err.kind == ERROR_INPUT);
		char *mail = str_printf("%s@example.org", evil[i]);
		address_list_add(&d.cc, "C", mail);
		assert_row(i, !build_message(&out, &d, &plain_options, &err) ||
			i == 7); // printable ASCII, if odd
		free(mail);
		buf_done(&out);
		draft_done(&d);
	}
}

static const struct {
	const char *name, *type;
	const char *data;
	size_t len;
	const char *wanted_name, *wanted_type, *encoding;
} attachment_rows[] = {
	{ "a.txt", NULL, "text\n", 5, "a.txt", "text/plain", "base64" },
	{ "a.bin", NULL, "\0\1\2\r\n\n\r", 7, "a.bin", "application/octet-stream", "base64" },
	{ "photo", NULL, "\x89PNG\r\n\x1a\nxx", 10, "photo", "image/png", "base64" },
	{ "caf\xc3\xa9 \"menu\".pdf", NULL, "%PDF-1", 6, "caf\xc3\xa9 \"menu\".pdf",
		"application/pdf", "base64" },
	{ "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e.html", NULL, "<p>", 3,
		"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e.html", "text/html", "base64" },
	{ "x", "application/x-foo", "x", 1, "x", "application/x-foo", "base64" },
	{ "x", "bad type", "x", 1, "x", "text/plain", "base64" },
	{ "x", "multipart/mixed", "x", 1, "x", "text/plain", "base64" },
	{ "empty", NULL, "", 0, "empty", "text/plain", "base64" },
	{ "m.eml", "message/rfc822", "Subject: in\r\n\r\nbody\r\n", 21, "m.eml",
		"message/rfc822", "7bit" },
	{ "m.eml", NULL, "Subject: in\n\ncaf\xc3\xa9\n", 19, "m.eml",
		"message/rfc822", "8bit" },
	{ "m.eml", NULL, "Subject: in\n\n\0\n", 15, "m.eml",
		"application/octet-stream", "base64" },
};

static void
test_attachments(void **state)
{
	struct build_attachment a[LENGTH(attachment_rows)];
	struct build_options o = plain_options;
	struct draft d = make_draft("s", "text =_ and\n--=_ more\n");
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < LENGTH(attachment_rows); i++)
		a[i] = (struct build_attachment){ attachment_rows[i].name,
			attachment_rows[i].type, attachment_rows[i].data,
			attachment_rows[i].len };
	o.attachments = a;
	o.n_attachments = LENGTH(attachment_rows);
	build(&out, &d, &o);
	struct part *root = part_parse(out.data, out.len);
	assert_string_equal(root->subtype, "mixed");
	assert_int_equal(root->n_children, 1 + LENGTH(attachment_rows));
	for (size_t i = 0; i < LENGTH(attachment_rows); i++) {
		struct part *p = root->children[i + 1];
		struct buf data = {0};
		char *type = str_printf("%s/%s", p->type, p->subtype);
		assert_row_string(i, type, attachment_rows[i].wanted_type);
		assert_row_string(i, p->name, attachment_rows[i].wanted_name);
		assert_row_string(i, p->encoding, attachment_rows[i].encoding);
		assert_row_string(i, p->disposition, "attachment");
		part_decode(p, out.data + p->body_start, p->body_len, 1000, &data);
		if (strcmp(p->encoding, "base64") == 0)
			assert_row(i, data.len == attachment_rows[i].len &&
				memcmp(buf_text(&data), attachment_rows[i].data, data.len) == 0);
		else
			assert_row(i, memmem(data.data, data.len, "Subject: in\r\n\r\n", 15)
				!= NULL);
		free(type);
		buf_done(&data);
	}
	part_free(&root);
	char *text = text_of(&out, "1");
	assert_string_equal(text, d.body);
	free(text);
	buf_done(&out);
	draft_done(&d);
}

// The delimiter that would be used stands in the text already.
static void
test_boundary(void **state)
{
	struct build_attachment a = { .name = "a", .data = "x", .len = 1 };
	struct build_options o = plain_options;
	struct draft d = make_draft("s", "x\n");
	struct buf out = {0};

	(void)state;
	o.attachments = &a;
	o.n_attachments = 1;
	build(&out, &d, &o);
	const char *start = memmem(out.data, out.len, "--=_", 4);
	char *line = str_printf("x\n%.20s\ny\n", start);
	str_set(&d.body, line);
	buf_clear(&out);
	build(&out, &d, &o);
	char *text = text_of(&out, "1");
	assert_string_equal(text, line);
	free(text);
	free(line);
	buf_done(&out);
	draft_done(&d);
}

// Random texts and files, built and read again.
static void
test_random(void **state)
{
	static const char *const pieces[] = {
		"word", " ", "\n", "\t", "=", ".", "From ", "-- ", "\xc3\xa9", "--=_",
		"\xe6\x97\xa5", "\xf0\x9f\x98\x80", ">", "=?", "?=", "\"", "\n.\n", "x",
	};
	uint64_t seed = 3;

	(void)state;
	for (int turn = 0; turn < 500; turn++) {
		struct buf body = {0}, out = {0};
		size_t n = 0;
		do {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			buf_str(&body, pieces[(seed >> 33) % LENGTH(pieces)]);
		} while (++n < (size_t)(turn * 3 + 1));
		buf_char(&body, '\n');
		struct draft d = make_draft("s", body.data);
		build(&out, &d, &plain_options);
		char *text = text_of(&out, "1");
		assert_row_string(turn, text, body.data);
		free(text);
		draft_done(&d);
		buf_done(&body);
		buf_done(&out);
	}
}

static void
test_message_id(void **state)
{
	const unsigned char random[16] = { 0, 1, 0xff };
	char *id = build_message_id(random, "ann@example.org");

	(void)state;
	assert_string_equal(id, "0001ff00000000000000000000000000@example.org");
	free(id);
	id = build_message_id(random, "ann");
	assert_true(str_has_suffix(id, "@localhost"));
	free(id);
	id = build_message_id(random, "a@b\r\nx");
	assert_true(str_has_suffix(id, "@localhost"));
	free(id);
}

static void
test_recipients(void **state)
{
	struct draft d = make_draft("s", "x");
	struct address_list list = {0};

	(void)state;
	address_list_parse(&d.cc, "BOB@example.org, c@example.org, friends:;");
	address_list_parse(&d.bcc, "d@example.org, C@example.org");
	build_recipients(&list, &d);
	assert_int_equal(list.len, 3);
	assert_string_equal(list.items[2].mail, "d@example.org");
	address_list_done(&list);
	draft_done(&d);
}

// Long lines flow where that is wanted, and where it is not they stay.
static void
test_flowed(void **state)
{
	static const char text[] = "Gr\xc3\xbc\xc3\x9f" "e an alle, die diesen langen Satz "
		"lesen, der in keine Zeile passt, die man so schreibt. \n> > kurz \n";
	static const struct {
		enum build_flowed how;
		const char *body;
		const char *type; // NULL: not flowed
		const char *wanted;
	} rows[] = {
		{ BUILD_FIXED, text, NULL, text },
		{ BUILD_FLOWED_LONG, "kurz \n", NULL, "kurz \n" },
		{ BUILD_FLOWED_LONG, text, "format=flowed", "Gr\xc3\xbc\xc3\x9f" "e an alle, "
			"die diesen langen Satz lesen, der in keine Zeile passt, \n"
			"die man so schreibt.\n>> kurz\n" },
		{ BUILD_FLOWED_ALL, "kurz \nund gut\n", "format=flowed",
			"kurz \nund gut\n" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct draft d = make_draft("x", rows[i].body);
		struct build_options o = plain_options;
		struct buf out = {0};
		o.flowed = rows[i].how;
		build(&out, &d, &o);
		char *got = text_of(&out, "1");
		assert_row_string(i, got, rows[i].wanted);
		assert_row(i, (strstr(buf_text(&out), "format=flowed") != NULL) ==
			(rows[i].type != NULL));
		free(got);
		buf_done(&out);
		draft_done(&d);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_unfinished_line),
		cmocka_unit_test(test_subjects),
		cmocka_unit_test(test_people),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_injection),
		cmocka_unit_test(test_attachments),
		cmocka_unit_test(test_boundary),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_message_id),
		cmocka_unit_test(test_recipients),
		cmocka_unit_test(test_flowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
