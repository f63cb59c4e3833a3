// SPDX-License-Identifier: GPL-3.0-or-later
// Drafts: the file that an editor changes, answers, forwards and mailto: links.
#include "config.h"

#include "mail-test.h"

#include "base/buf.h"
#include "base/error.h"
#include "mail/draft.h"
#include "mail/header.h"

static struct draft
parsed(const char *text)
{
	struct error err = {0};
	struct draft d;

	if (!draft_parse(&d, text, strlen(text), NULL, &err))
		fail_msg("%s", err.text);
	return d;
}

static char *
printed(const struct draft *d)
{
	struct buf out = {0};

	draft_print(&out, d);
	return buf_take(&out);
}

static char *
people(const struct address_list *list)
{
	struct buf out = {0};

	address_list_format(&out, list);
	return buf_take(&out);
}

// Each printed as it was written: the file does not change by itself.
static const char *const round_rows[] = {
	"From: Ann <ann@example.org>\nTo:\nCc:\nBcc:\nSubject:\n\n",
	"From: Ann <ann@example.org>\nTo: bob@example.org, \"C, D\" <c@example.org>\n"
		"Cc: J\xc3\xbcrgen <j@example.org>\nBcc: x@example.org\n"
		"Subject: caf\xc3\xa9 & more\nReply-To: r@example.org\n"
		"Attach: /tmp/a b.txt\nAttach: message:1f\n"
		"X-Postern-Account: home\nX-Postern-Original: 7b\n"
		"X-Postern-Kind: reply\nIn-Reply-To: <2@example.org>\n"
		"X-Postern-References: <1@example.org> <2@example.org>\n"
		"\nHello,\n\n-- \nAnn\n",
	"From:\nTo:\nCc:\nBcc:\nSubject:\nX-Postern-Kind: forward\n\n\n\nSubject: no\n",
	"From:\nTo: nobody:;\nCc:\nBcc:\nSubject:\n\nno line end",
};

static void
test_round(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(round_rows); i++) {
		struct draft d = parsed(round_rows[i]);
		char *again = printed(&d);
		assert_row_string(i, again, round_rows[i]);
		free(again);
		draft_done(&d);
	}
}

// What programs keep of a draft comes back from beside it, and what was written
// by hand comes first.
static void
test_hidden(void **state)
{
	struct draft d = parsed("To: a@b\nAttach: /tmp/x\nAttach: part:7b:2 a b.pdf\n"
		"X-Postern-Account: home\n"
		"X-Postern-Original: 7b\nX-Postern-Kind: forward\n"
		"In-Reply-To: <1@x>\nX-Postern-References: <0@x> <1@x>\n"
		"X-Postern-Stored: 9\nX-Postern-Copies: <c@x>\n"
		"X-Postern-Attached: 3 0 text/plain /tmp/x\n"
		"X-Postern-Attached: 9 0 application/pdf part:7b:2 a b.pdf\n\ntext\n");
	struct buf written = {0}, beside = {0};

	(void)state;
	draft_print_written(&written, &d);
	draft_print_hidden(&beside, &d);
	assert_null(strstr(written.data, "X-Postern"));
	assert_null(strstr(written.data, "In-Reply-To"));
	assert_non_null(strstr(written.data, "Attach: /tmp/x\n"));
	// With its name for people.
	assert_non_null(strstr(written.data, "Attach: part:7b:2 a b.pdf\n"));
	assert_string_equal(d.attach.items[1], "part:7b:2");
	assert_null(strstr(beside.data, "Attach: "));
	char *all = printed(&d);
	struct draft again = parsed(written.data), hidden = parsed(beside.data);
	draft_adopt(&again, &hidden);
	char *back = printed(&again);
	assert_string_equal(back, all);
	draft_done(&again);
	again = parsed("X-Postern-Account: work\nX-Postern-Kind: reply\n\n");
	draft_adopt(&again, &hidden);
	assert_string_equal(again.account, "work");
	assert_int_equal(again.kind, DRAFT_REPLY);
	assert_string_equal(again.original, "7b");
	assert_int_equal(again.copies.len, 1);
	draft_done(&again);
	draft_done(&hidden);
	draft_done(&d);
	free(all);
	free(back);
	buf_done(&written);
	buf_done(&beside);
}

static void
test_fields(void **state)
{
	struct draft d = parsed("to: a@b,\n\tc@d\nSUBJECT:  one\r\n two\r\n"
		"Cc: e@f\nCc: g@h\nAttach:\n\ntext\r\nmore\rend");

	(void)state;
	assert_int_equal(d.to.len, 2);
	assert_int_equal(d.cc.len, 2);
	assert_string_equal(d.subject, "one two");
	assert_int_equal(d.attach.len, 0);
	assert_string_equal(d.body, "text\nmore\nend");
	assert_int_equal(d.kind, DRAFT_NEW);
	draft_done(&d);
	d = parsed("Subject: x\n");
	assert_string_equal(d.body, "");
	draft_done(&d);
	d = parsed("\nSubject: x\n");
	assert_string_equal(d.subject, "");
	assert_string_equal(d.body, "Subject: x\n");
	draft_done(&d);
	// An editor in an old charset loses nothing.
	d = parsed("Subject: caf\xe9\n\ncaf\xe9\n");
	assert_string_equal(d.subject, "caf\xc3\xa9");
	assert_string_equal(d.body, "caf\xc3\xa9\n");
	draft_done(&d);
	// What a value hides does not come back as a field.
	d = parsed("Subject: a\x1b[2J\x07" "b\nTo: \"x\x0b\" <a@b>\n\n");
	assert_string_equal(d.subject, "a [2J b");
	draft_done(&d);
}

static const struct {
	const char *text;
	const char *error;
} error_rows[] = {
	{ "To: a@b\nhello\n\n", "line 2: expected a field" },
	{ "To: a@b\nSubject: x\n y\nDear Ann: hello\n", "line 4: expected a field" },
	{ ": x\n\n", "line 1: expected a field" },
	{ " x\n", "line 1: expected a field" },
};

static void
test_errors(void **state)
{
	struct error err = {0};
	struct draft d;

	(void)state;
	for (size_t i = 0; i < LENGTH(error_rows); i++) {
		const char *text = error_rows[i].text;
		assert_row(i, !draft_parse(&d, text, strlen(text), NULL, &err));
		assert_row(i, err.kind == ERROR_INPUT && d.body == NULL);
		assert_row(i, str_has_prefix(err.text, error_rows[i].error));
	}
	assert_false(draft_parse(&d, "To: a@b\n\n\0x", 11, NULL, &err));
	// A field that is not known is left out and said; the rest is there.
	const char *text = "To: a@b\nX-Strange: y\nSubject: s\n\nbody";
	char *left_out;
	err = (struct error){0};
	assert_true(draft_parse(&d, text, strlen(text), &left_out, &err));
	assert_string_equal(d.subject, "s");
	assert_int_equal(err.kind, ERROR_NONE);
	assert_true(str_has_prefix(left_out, "line 2: \"X-Strange\""));
	free(left_out);
	draft_done(&d);
	assert_true(draft_parse(&d, "To: a@b\n\n", 9, &left_out, &err));
	assert_null(left_out);
	draft_done(&d);
}

static const struct {
	const char *header;
	bool all, list;
	const char *to, *cc;
} reply_rows[] = {
	{ "From: Bob <bob@x.example>\nTo: ann@example.org\n", false, false,
		"Bob <bob@x.example>", "" },
	{ "From: bob@x.example\nReply-To: r@x.example\nTo: ann@example.org\n",
		false, false, "r@x.example", "" },
	{ "From: bob@x.example\nTo: Ann <ANN@example.org>, c@x.example\n"
		"Cc: d@x.example, bob@x.example\n", true, false,
		"bob@x.example", "c@x.example, d@x.example" },
	{ "From: bob@x.example\nTo: ann@example.org, ann@other.example\n", true, false,
		"bob@x.example", "" },
	{ "From: bob@x.example\nTo: c@x.example, C@X.example\nCc: c@x.example\n",
		true, false, "bob@x.example", "c@x.example" },
	// One's own message: to those it went to.
	{ "From: ann@example.org\nTo: bob@x.example\nCc: c@x.example\n", false, false,
		"bob@x.example", "" },
	{ "From: ann@example.org\nTo: bob@x.example\nCc: c@x.example\n", true, false,
		"bob@x.example", "c@x.example" },
	// Lists.
	{ "From: bob@x.example\nTo: dev@lists.example\nList-Id: <dev.lists.example>\n",
		false, true, "dev@lists.example", "" },
	{ "From: bob@x.example\nTo: c@x.example\nCc: Dev@Lists.example\n"
		"List-Id: Dev <dev.lists.example>\n", true, true,
		"Dev@Lists.example", "bob@x.example, c@x.example" },
	{ "From: bob@x.example\nTo: dev@lists.example\n", false, true,
		"bob@x.example", "" },
	{ "From: bob@x.example\nTo: undisclosed-recipients:;\n", true, false,
		"bob@x.example", "" },
	// The address for posts, before what is guessed; none where there are none.
	{ "From: bob@x.example\nTo: c@x.example\nList-Id: <c.x.example>\n"
		"List-Post: <https://x.example/>, <mailto:dev@lists.example?subject=x>\n",
		false, true, "dev@lists.example", "" },
	{ "From: bob@x.example\nTo: Dev <dev@lists.example>\n"
		"List-Post: <mailto:dev@lists.example>\nMail-Followup-To: d@x.example\n"
		"List-Id: <dev.lists.example>\n", false, true, "Dev <dev@lists.example>", "" },
	{ "From: bob@x.example\nTo: news@x.example\nList-Id: <news.x.example>\n"
		"List-Post: NO (posting not allowed)\n", false, true, "bob@x.example", "" },
	{ "From: bob@x.example\nTo: dev@x.example\nList-Id: <dev.x.example>\n"
		"List-Post: <mailto:>, <ftp://x.example>, <mailto:\n", false, true,
		"dev@x.example", "" },
	// Where the sender wants answers to go: for all and for the list only.
	{ "From: bob@x.example\nTo: c@x.example\n"
		"Mail-Followup-To: Dev <dev@lists.example>, ann@example.org\n", true, false,
		"Dev <dev@lists.example>", "" },
	{ "From: bob@x.example\nTo: c@x.example\nMail-Followup-To: dev@lists.example\n",
		false, true, "dev@lists.example", "" },
	{ "From: bob@x.example\nTo: c@x.example\nMail-Followup-To: dev@lists.example\n",
		false, false, "bob@x.example", "" },
	{ "From: bob@x.example\nTo: c@x.example\nMail-Followup-To: ann@example.org\n",
		true, false, "bob@x.example", "c@x.example" },
	{ "From: ann@example.org\nTo: c@x.example\nMail-Followup-To: dev@lists.example\n",
		true, false, "c@x.example", "" },
	{ "Sender: s@x.example\n", false, false, "s@x.example", "" },
	{ "", true, false, "", "" },
};

static struct draft_who
make_who(struct address_list *own)
{
	address_list_parse(own, "Ann <ann@example.org>, ann@other.example");
	return (struct draft_who){ .self = &own->items[0], .own = own };
}

static void
test_reply_recipients(void **state)
{
	struct address_list own = {0};
	struct draft_who who = make_who(&own);

	(void)state;
	for (size_t i = 0; i < LENGTH(reply_rows); i++) {
		struct envelope e;
		struct draft d;
		envelope_parse(&e, reply_rows[i].header, strlen(reply_rows[i].header));
		who.all = reply_rows[i].all;
		who.list = reply_rows[i].list;
		char *post = header_get(reply_rows[i].header,
			strlen(reply_rows[i].header), "List-Post");
		char *followup = header_get(reply_rows[i].header,
			strlen(reply_rows[i].header), "Mail-Followup-To");
		who.list_post = post;
		who.followup_to = followup;
		draft_reply(&d, &e, "", &who);
		free(post);
		free(followup);
		char *to = people(&d.to), *cc = people(&d.cc);
		assert_row_string(i, to, reply_rows[i].to);
		assert_row_string(i, cc, reply_rows[i].cc);
		assert_row_string(i, d.from.items[0].mail, "ann@example.org");
		free(to);
		free(cc);
		draft_done(&d);
		envelope_done(&e);
	}
	address_list_done(&own);
}

static void
test_reply_text(void **state)
{
	const char *header = "From: Bob <bob@x.example>\nSubject: Re: AW: lunch\n"
		"Date: Sun, 22 Nov 2026 08:28:00 +0200\nMessage-ID: <3@x>\n"
		"References: <1@x> <2@x>\n\n";
	struct address_list own = {0};
	struct draft_who who = make_who(&own);
	struct envelope e;
	struct draft d;

	(void)state;
	envelope_parse(&e, header, strlen(header));
	draft_reply(&d, &e, "Hi,\n\n> old\nbye", &who);
	assert_int_equal(d.kind, DRAFT_REPLY);
	assert_string_equal(d.subject, "Re: lunch");
	assert_string_equal(d.in_reply_to, "3@x");
	assert_int_equal(d.references.len, 3);
	assert_string_equal(d.references.items[2], "3@x");
	assert_string_equal(d.body, "On Sun, 22 Nov 2026 08:28:00 +0200, Bob wrote:\n"
		"> Hi,\n>\n> > old\n> bye\n");
	draft_done(&d);
	who.attribution = "%n <%a>, 100%%: %d%";
	draft_reply(&d, &e, "Hi", &who);
	assert_string_equal(d.body, "Bob <bob@x.example>, 100%: "
		"Sun, 22 Nov 2026 08:28:00 +0200%\n> Hi\n");
	draft_done(&d);
	draft_forward(&d, &e, "Hi,\n", &who);
	assert_int_equal(d.kind, DRAFT_FORWARD);
	assert_string_equal(d.subject, "Fwd: lunch");
	assert_null(d.in_reply_to);
	assert_int_equal(d.to.len, 0);
	assert_string_equal(d.body, "\n-------- Forwarded message --------\n"
		"From: Bob <bob@x.example>\nDate: Sun, 22 Nov 2026 08:28:00 +0200\n"
		"Subject: Re: AW: lunch\n\nHi,\n");
	draft_done(&d);
	envelope_done(&e);
	address_list_done(&own);
}

// A hostile original cannot put a field into the answer.
static void
test_no_injection(void **state)
{
	const char *header =
		"From: =?utf-8?q?x=0D=0ABcc:_evil=40x.example=0D=0A?= <bob@x.example>\n"
		"Reply-To: =?utf-8?q?a=0ABcc:_evil=40x.example?= <r@x.example>\n"
		"Subject: =?utf-8?q?lunch=0D=0ABcc:_evil=40x.example=0D=0A=0D=0Abody?=\n"
		"Message-ID: <3@x\n\t>\nReferences: <1\x0b@x>\n\n";
	struct address_list own = {0};
	struct draft_who who = make_who(&own);
	struct envelope e;
	struct draft d;

	(void)state;
	envelope_parse(&e, header, strlen(header));
	draft_reply(&d, &e, "text\n", &who);
	char *text = printed(&d);
	draft_done(&d);
	d = parsed(text);
	assert_int_equal(d.bcc.len, 0);
	assert_int_equal(d.to.len, 1);
	assert_string_equal(d.to.items[0].mail, "r@x.example");
	assert_string_equal(d.subject, "Re: lunch Bcc: evil@x.example body");
	free(text);
	draft_done(&d);
	envelope_done(&e);
	address_list_done(&own);
}

static const struct {
	const char *url;
	const char *wanted; // the draft printed, without the fields of From
} mailto_rows[] = {
	{ "mailto:ann@example.org", "To: ann@example.org\nCc:\nBcc:\nSubject:\n\n" },
	{ "MAILTO:a@b,c%40d?subject=one%20two&body=x%0D%0Ay&cc=e@f&bcc=g@h",
		"To: a@b, c@d\nCc: e@f\nBcc: g@h\nSubject: one two\n\nx\ny" },
	{ "mailto:?to=a@b&to=c@d", "To: a@b, c@d\nCc:\nBcc:\nSubject:\n\n" },
	{ "mailto:a@b?subject=x%0ABcc:%20evil@x.example%0A%0Abody",
		"To: a@b\nCc:\nBcc:\nSubject: x Bcc: evil@x.example body\n\n" },
	{ "mailto:a@b?attach=/etc/passwd&attachment=/etc/passwd&X-Foo=y&From=c@d",
		"To: a@b\nCc:\nBcc:\nSubject:\n\n" },
	{ "mailto:a@b?in-reply-to=%3C1@x%3E",
		"To: a@b\nCc:\nBcc:\nSubject:\nIn-Reply-To: <1@x>\n"
		"X-Postern-References: <1@x>\n\n" },
	{ "mailto:%22a%2Cb%22@c?subject=caf%C3%A9+x",
		"To: \"a,b\"@c\nCc:\nBcc:\nSubject: caf\xc3\xa9+x\n\n" },
	{ "mailto:a@b?subject=%1B%5B2J%00x&body=%1B]52;c;x%07",
		"To: a@b\nCc:\nBcc:\nSubject: [2Jx\n\n ]52;c;x " },
	{ "mailto:a@b?subject&body=%&x=%4", "To: a@b\nCc:\nBcc:\nSubject:\n\n%" },
	{ "mailto:", "To:\nCc:\nBcc:\nSubject:\n\n" },
};

static void
test_mailto(void **state)
{
	struct draft d;

	(void)state;
	for (size_t i = 0; i < LENGTH(mailto_rows); i++) {
		assert_row(i, draft_mailto(&d, mailto_rows[i].url, NULL));
		char *text = printed(&d);
		assert_row_string(i, text + strlen("From:\n"), mailto_rows[i].wanted);
		free(text);
		draft_done(&d);
	}
	assert_false(draft_mailto(&d, "http://example.org", NULL));
	assert_false(draft_mailto(&d, "", NULL));
}

static const struct {
	const char *header;
	const char *error; // NULL: may be sent
} check_rows[] = {
	{ "From: a@b\nTo: c@d\n", NULL },
	{ "From: a@b\nBcc: c@d\n", NULL },
	{ "From: a@b\nTo: friends:;\nCc: c@d\n", NULL },
	{ "From: a@b\n", "nobody to send to" },
	{ "From: a@b\nTo: friends:;\n", "nobody to send to" },
	{ "To: c@d\n", "From: no address" },
	{ "From: a@b, e@f\nTo: c@d\n", "From: more than one" },
	{ "From: a@b\nTo: ann\n", "To: \"ann\" is no mail address" },
	{ "From: a@b\nTo: c@d\nCc: some body\n", "Cc: \"" },
	{ "From: a@b\nTo: c@d, [x]@y, e@f\n", "To: \"[x]@y\"" },
	{ "From: a@b\nTo: c@d, ann bob\n", "To: \"ann bob\"" },
	{ "From: a@b\nTo: \"x, y\" <c@d>, g: h@i, j@k;, l <m@n>\n", NULL },
	{ "From: a@b\nTo: c@d\nReply-To: x\n", "Reply-To: \"x\"" },
	{ "From: \"a b\"@c\nTo: c@d\n", "From: \"\"a b\"@c\"" },
};

static void
test_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(check_rows); i++) {
		struct error err = {0};
		char *text = str_printf("%s\nbody", check_rows[i].header);
		struct draft d = parsed(text);
		assert_row(i, draft_check(&d, &err) == (check_rows[i].error == NULL));
		if (check_rows[i].error != NULL &&
		    !str_has_prefix(err.text, check_rows[i].error))
			assert_row_string(i, err.text, check_rows[i].error);
		free(text);
		draft_done(&d);
	}
}

// Nobody is left out unsaid.
static void
test_check_many(void **state)
{
	(void)state;
	for (int n = ADDRESS_LIST_MAX - 1; n <= ADDRESS_LIST_MAX + 1; n++) {
		struct error err = {0};
		struct buf text = {0};
		buf_str(&text, "From: a@b\nTo: c@d");
		for (int i = 1; i < n; i++)
			buf_printf(&text, ",\n c%d@d", i);
		buf_str(&text, "\n\nbody");
		struct draft d = parsed(buf_text(&text));
		assert_int_equal(draft_check(&d, &err), n < ADDRESS_LIST_MAX);
		if (n >= ADDRESS_LIST_MAX)
			assert_true(str_has_prefix(err.text, "To: too many addresses"));
		draft_done(&d);
		buf_done(&text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_reply_recipients),
		cmocka_unit_test(test_reply_text),
		cmocka_unit_test(test_no_injection),
		cmocka_unit_test(test_mailto),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
