// SPDX-License-Identifier: GPL-3.0-or-later
// The IMAP driver against servers that strip, inject, lie, reorder and refuse.
#include "config.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "loop/cancel.h"
#include "mail/part.h"
#include "remote/remote.h"
#include "imap-session.h"

// --- opening --------------------------------------------------------------------------

enum { CLEAR, START, IMPLICIT };

static const struct {
	const char *what;
	int tls;
	const char *script;
	enum error_kind kind;     // NONE: it opens
	const char *says;         // in the error
} openings[] = {
	// Not a byte of a credential goes out in any of these: "W:" alone would
	// take it, but a script that ends with the client's silence says so by C:.
	{ "STARTTLS refused", START, "S: * OK hi\nC: P1 STARTTLS\nS: P1 BAD what?\nW:",
		ERROR_OFFLINE, "does not offer TLS" },
	{ "STARTTLS refused politely", START,
		"S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\nC: P1 STARTTLS\n"
		"S: P1 NO not now\nW:", ERROR_OFFLINE, "nothing was sent" },
	// Nobody in clear makes us ask a person for a password.
	{ "STARTTLS refused as a login is", START, "S: * OK hi\nC: P1 STARTTLS\n"
		"S: P1 NO [AUTHENTICATIONFAILED] your password\nW:", ERROR_OFFLINE,
		"nothing was sent" },
	{ "STARTTLS refused as gone", START, "S: * OK hi\nC: P1 STARTTLS\n"
		"S: P1 NO [NONEXISTENT] no\nW:", ERROR_OFFLINE, "nothing was sent" },
	{ "PREAUTH before TLS", START, "S: * PREAUTH come in\nW:", ERROR_OFFLINE,
		"before TLS" },
	{ "an answer injected behind STARTTLS", START, "S: * OK hi\nC: P1 STARTTLS\n"
		"s: P1 OK go\\r\\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\\r\\n\nW:",
		ERROR_OFFLINE, "in clear" },
	{ "BYE at STARTTLS", START, "S: * OK hi\nC: P1 STARTTLS\nS: * BYE no\nW:",
		ERROR_OFFLINE, "goodbye" },
	{ "what is told before TLS is forgotten", START,
		"S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=LOGIN LOGINDISABLED] hi\n"
		"C: P1 STARTTLS\nS: * LIST () \"/\" evil\nS: * 5 EXISTS\n"
		"S: * OK [ALERT] run\nS: P1 OK go\nT:\n"
		"C: P2 CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=PLAIN\nS: P2 OK done\n"
		"C: P3 AUTHENTICATE PLAIN\nS: +\nC: $64(\\0ann\\0secret)\n"
		"S: P3 OK in\nC: P4 CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: P4 OK\n"
		"C: PX LOGOUT", ERROR_NONE, NULL },
	{ "BYE as greeting", CLEAR, "S: * BYE too many\x1b[31m connections\nW:",
		ERROR_OFFLINE, "too many [31m connections" },
	{ "NO as greeting", CLEAR, "S: * NO\nW:", ERROR_OFFLINE, "not want us" },
	{ "a tagged greeting", CLEAR, "S: P1 OK hi\nW:", ERROR_OFFLINE, "not speak IMAP" },
	{ "another protocol", CLEAR, "S: 220 mail ESMTP\nW:", ERROR_OFFLINE,
		"not speak IMAP" },
	{ "no IMAP4rev1", CLEAR, "S: * OK hi\nC: P1 CAPABILITY\n"
		"S: * CAPABILITY IMAP2\nS: P1 OK\nW:", ERROR_OFFLINE, "IMAP4rev1" },
	{ "an initial response", CLEAR,
		"S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\n"
		"C: P1 AUTHENTICATE PLAIN $64(\\0ann\\0secret)\n"
		"S: P1 OK [CAPABILITY IMAP4rev1] in\nC: PX LOGOUT", ERROR_NONE, NULL },
	{ "AUTHENTICATE LOGIN", CLEAR,
		"S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=LOGIN] hi\n"
		"C: P1 AUTHENTICATE LOGIN\nS: + VXNlcm5hbWU6\nC: $64(ann)\n"
		"S: + UGFzc3dvcmQ6\nC: $64(secret)\n"
		"S: P1 OK [CAPABILITY IMAP4rev1] in\nC: PX LOGOUT", ERROR_NONE, NULL },
	{ "LOGIN where there is nothing else", CLEAR,
		"S: * OK [CAPABILITY IMAP4rev1 AUTH=GSSAPI] hi\n"
		"C: P1 LOGIN \"ann\" \"secret\"\n"
		"S: P1 OK [CAPABILITY IMAP4rev1] in\nC: PX LOGOUT", ERROR_NONE, NULL },
	{ "LOGINDISABLED", CLEAR,
		"S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\nW:", ERROR_REFUSED,
		"no way to log in" },
	{ "a wrong password", CLEAR,
		"S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\n"
		"C: P1 AUTHENTICATE PLAIN *\n"
		"S: P1 NO [AUTHENTICATIONFAILED] go\x07 away\nW:", ERROR_AUTH,
		"127.0.0.1 refused the password for ann: go  away" },
	{ "LOGIN with a wrong password", CLEAR,
		"S: * OK [CAPABILITY IMAP4rev1] hi\nC: P1 LOGIN *\nS: P1 NO no\nW:",
		ERROR_AUTH, "no" },
	{ "a server out of order", CLEAR,
		"S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\n"
		"C: P1 AUTHENTICATE PLAIN *\nS: P1 NO [UNAVAILABLE] later\nW:",
		ERROR_OFFLINE, "later" },
	{ "a challenge that is none", CLEAR,
		"S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256] hi\n"
		"C: P1 AUTHENTICATE SCRAM-SHA-256 *\nS: + !!!\nC: \\*\n"
		"S: P1 BAD cancelled\nW:", ERROR_AUTH, "base64" },
	{ "a server that does not prove itself", CLEAR,
		"S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256] hi\n"
		"C: P1 AUTHENTICATE SCRAM-SHA-256 *\n"
		"S: P1 OK [CAPABILITY IMAP4rev1] in\nW:", ERROR_AUTH, "without proving" },
	// In one piece: the client goes before the end.
	{ "endless nonsense", CLEAR, "S: * PREAUTH hi\nC: P1 CAPABILITY\ns: "
#define FIVE "x\\r\\ny\\r\\n\\r\\n* \\r\\n?\\r\\n"
#define TEN FIVE FIVE
		TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "\nW:", ERROR_OFFLINE,
		"not speak IMAP" },
	{ "QRESYNC and ID in one turn", CLEAR,
		"S: * PREAUTH [CAPABILITY IMAP4rev1 ENABLE QRESYNC ID] hi\n"
		"C: P1 ENABLE QRESYNC CONDSTORE\n"
		"C: P2 ID (\"name\" \"postern.test\" \"version\" \"*\")\nC: P3 NOOP\n"
		"S: P2 BAD no\nS: * ENABLED QRESYNC\nS: P1 OK\nS: P3 OK\nC: PX LOGOUT",
		ERROR_NONE, NULL },
	{ "nothing before somebody wants something", CLEAR,
		"S: * PREAUTH [CAPABILITY IMAP4rev1 ENABLE QRESYNC ID COMPRESS=DEFLATE] hi\n"
		"C: PX LOGOUT", ERROR_NONE, NULL },
	{ "an answer to nothing", CLEAR, "S: * PREAUTH hi\nC: P1 CAPABILITY\nS: P9 OK\nW:",
		ERROR_OFFLINE, "was not asked" },
};

static void
ways_to_open(void **state)
{
	struct script_fixture *f = *state;
	for (size_t i = 0; i < COUNT_OF(openings); i++) {
		int tls = openings[i].tls;
		struct script *s = script_start(&(struct script_options){
			.ca = tls == CLEAR ? NULL : f->ca, .tls = tls == IMPLICIT },
			openings[i].script);
		struct remote_settings settings;
		script_settings(s, "imap", &settings);
		struct remote *r = NULL;
		struct error err = { 0 };
		bool ok = remote_imap.open(&r, &settings, NULL, NULL, &err);
		if (ok && strstr(openings[i].script, "NOOP"))
			ok = remote_imap.noop(r, NULL, &err);
		if (ok != !openings[i].kind || err.kind != openings[i].kind)
			fail_msg("%s: %s: %s", openings[i].what, error_kind_name(err.kind),
				err.text);
		if (openings[i].says && !strstr(err.text, openings[i].says))
			fail_msg("%s: %s", openings[i].what, err.text);
		assert_null(strpbrk(err.text, "\033\007"));
		remote_imap.close(&r);
		script_finish(&s);
		remote_settings_done(&settings);
	}
}

// Whatever a server in clear says, nothing of the password reaches it.
static void
nothing_secret_in_clear(void **state)
{
	struct script_fixture *f = *state;
	static const char *const scripts[] = {
		"S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\nC: P1 STARTTLS\nS: P1 NO\nC: never",
		"S: * PREAUTH hi\nC: never",
		"S: * OK hi\nC: P1 STARTTLS\nS: + go on\nS: P1 BAD\nC: never",
		"S: * OK hi\nC: P1 STARTTLS\nS: * CAPABILITY AUTH=PLAIN\nX:",
	};
	for (size_t i = 0; i < COUNT_OF(scripts); i++) {
		struct script *s = script_start(&(struct script_options){ .ca = f->ca },
			scripts[i]);
		struct remote_settings settings;
		script_settings(s, "imap", &settings);
		settings.transcript = path_join(f->folder, "clear");
		struct remote *r = NULL;
		assert_false(remote_imap.open(&r, &settings, NULL, NULL, NULL));
		script_finish_early(&s);
		struct buf all = { 0 };
		assert_true(path_read(settings.transcript, 65536, &all, NULL));
		assert_null(strstr(buf_text(&all), "secret"));
		assert_null(strstr(buf_text(&all), "C: P2"));
		buf_done(&all);
		remote_settings_done(&settings);
	}
}

// --- a session ---------------------------------------------------------------------------

#define HEAD "BODY[HEADER.FIELDS (DATE)] {14}\\r\\nSubject: x\\r\\n\\r\\n"

static void
answers_in_any_order(void **state)
{
	(void)state;
	struct session n;
	session_select(&n, SELECTED("", "3000", "3001")
		"C: $2 UID FETCH 1:1000 *\nC: $3 UID FETCH 1001:2000 *\n"
		"C: $4 UID FETCH 2001:3000 *\n"
		"S: * 2001 FETCH (UID 2001 FLAGS () " HEAD ")\n"
		"S: $4 OK done\n"
		"S: * 1 FETCH (" HEAD " UID 1)\n"
		"S: $2 OK done\n"
		"S: * 1001 FETCH (FLAGS (\\\\Seen) UID 1001 " HEAD ")\n"
		"S: $3 OK done\nC: PX LOGOUT");
	if (!remote_imap.fetch(n.r, all(), REMOTE_FETCH_ENVELOPE, 0, &n.sink, &n.err))
		fail_msg("%s", n.err.text);
	assert_string_equal(buf_text(&n.heard.log), "2001fe 1e 1001fe ");
	session_close(&n);
}

static void
a_refusal_among_three(void **state)
{
	(void)state;
	struct session n;
	session_select(&n, SELECTED("", "3000", "3001")
		"C: $2 UID FETCH 1:1000 *\nC: $3 UID FETCH 1001:2000 *\n"
		"C: $4 UID FETCH 2001:3000 *\n"
		"S: $3 NO [LIMIT] too much\nS: $2 OK done\nS: $4 OK done\n"
		"C: $5 NOOP\nS: $5 OK\nC: PX LOGOUT");
	assert_false(remote_imap.fetch(n.r, all(), REMOTE_FETCH_ENVELOPE, 0, &n.sink,
		&n.err));
	assert_int_equal(n.err.kind, ERROR_REFUSED);
	assert_true(remote_imap.noop(n.r, &n.sink, NULL)); // it goes on
	session_close(&n);
}

static void
the_unreadable_is_told(void **state)
{
	(void)state;
	struct session n;
	session_select(&n, SELECTED("", "4", "5")
		"C: $2 UID FETCH 1:\\* (*\n"
		"S: * 1 FETCH (UID 1 FLAGS () " HEAD ")\n"
		"S: * 2 FETCH (UID 2 FLAGS ( " HEAD "\n"
		"S: * 3 FETCH (FLAGS () RFC822.SIZE 4x UID 3)\n"
		"S: * 4 FETCH (UID 4 " HEAD " FLAGS ())\n"
		"S: * 9 FETCH (UID 9 FLAGS ())\n"
		"S: $2 OK done\nC: PX LOGOUT");
	if (!remote_imap.fetch(n.r, all(), REMOTE_FETCH_ENVELOPE, 0, &n.sink, &n.err))
		fail_msg("%s", n.err.text);
	assert_string_equal(buf_text(&n.heard.log), "1fe 2! 3! 4fe 9f ");
	session_close(&n);
}

static void
news_beside_the_answer(void **state)
{
	(void)state;
	struct session n;
	session_select(&n, SELECTED("", "4", "5")
		"C: $2 NOOP\nS: * 5 EXISTS\nS: * 0 EXPUNGE\nS: * 77 EXPUNGE\n"
		"S: * 2 FETCH (UID 2 FLAGS (\\\\Seen))\nS: $2 OK\n"
		"C: $3 NOOP\nS: * 99 EXPUNGE\nS: * 5 EXISTS\nS: $3 OK\n"
		"C: $4 NOOP\nS: * VANISHED 3:4294967295\nS: $4 OK\n"
		"C: $5 UID STORE 2 +FLAGS.SILENT (\\\\Seen)\nS: * 1 EXPUNGE\nS: $5 OK\n"
		"C: $6 NOOP\nS: $6 OK\nC: PX LOGOUT");
	assert_true(remote_imap.noop(n.r, &n.sink, NULL));
	assert_string_equal(buf_text(&n.heard.log), "2f noticed ");
	buf_clear(&n.heard.log);
	assert_true(remote_imap.noop(n.r, &n.sink, NULL));
	assert_string_equal(buf_text(&n.heard.log), ""); // of messages that never were
	assert_true(remote_imap.noop(n.r, &n.sink, NULL));
	assert_string_equal(buf_text(&n.heard.log), "-3 -4 "); // all that can be
	buf_clear(&n.heard.log);
	// What nobody was there to hear is told to the next that listens.
	struct flag_change change = { .add = { .bits = FLAG_SEEN } };
	assert_true(remote_imap.store_flags(n.r, just(2), &change, NULL, NULL));
	assert_true(remote_imap.noop(n.r, &n.sink, NULL));
	assert_string_equal(buf_text(&n.heard.log), "noticed ");
	session_close(&n);
}

// --- bodies -----------------------------------------------------------------------------

static const struct {
	const char *answer;
	uint64_t max;
	enum error_kind kind;
	const char *data;
} bodies[] = {
	{ "S: * 2 FETCH (UID 2 BODY[1] {5}\\r\\nhello)\nS: $2 OK\n", 0, ERROR_NONE, "hello" },
	{ "S: * 2 FETCH (BODY[1] {5}\\r\\nhello UID 2)\nS: $2 OK\n", 0, ERROR_NONE, "hello" },
	{ "S: * 2 FETCH (UID 2 BODY[1] \"he\\\\\"llo\")\nS: $2 OK\n", 0, ERROR_NONE,
		"he\"llo" },
	{ "S: * 2 FETCH (UID 2 BODY[1] NIL)\nS: $2 OK\n", 0, ERROR_NONE, "" },
	{ "S: * 9 FETCH (UID 9 FLAGS ())\nS: * 2 FETCH (UID 2 BODY[1] {2}\\r\\nhi)\n"
		"S: $2 OK\n", 0, ERROR_NONE, "hi" },
	{ "S: $2 OK\n", 0, ERROR_GONE, "" },
	{ "S: $2 NO [EXPUNGEISSUED] gone\n", 0, ERROR_GONE, "" },
	// Another message, another piece, a second time: none of it is passed on.
	{ "S: * 3 FETCH (UID 3 BODY[1] {5}\\r\\nother)\nW:\n", 0, ERROR_OFFLINE, "" },
	{ "S: * 2 FETCH (UID 2 BODY[1]<5> {5}\\r\\nother)\nW:\n", 0, ERROR_OFFLINE, "" },
	{ "S: * 2 FETCH (UID 2 BODY[1]<18446744073709551616> {5}\\r\\nother)\nW:\n", 0,
		ERROR_OFFLINE, "" },
	{ "S: * 2 FETCH (UID 2 BODY[1] {2}\\r\\nhi)\n"
		"S: * 2 FETCH (UID 2 BODY[1] {5}\\r\\nagain)\nW:\n", 0, ERROR_OFFLINE, "hi" },
	// Known only behind it.
	{ "S: * 2 FETCH (BODY[1] {5}\\r\\nother)\nS: $2 OK\n", 0, ERROR_GONE, "other" },
	{ "S: * 2 FETCH (BODY[1] {5}\\r\\nother UID 3)\nS: $2 OK\n", 0, ERROR_GONE,
		"other" },
	{ "S: * 2 FETCH (UID 2 BODY[1]<0> {6}\\r\\nhello!)\nW:\n", 5, ERROR_OFFLINE, "" },
	{ "S: * 2 FETCH (UID 2 BODY[1] {5}\\r\\nhel\nX:\n", 0, ERROR_OFFLINE, NULL },
	{ "S: * BYE tired\nW:\n", 0, ERROR_OFFLINE, "" },
};

static void
bodies_of_all_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		char *text = str_printf("%sC: $2 UID FETCH 2 (UID BODY.PEEK[1]*\n%s%s",
			SELECTED("", "3", "4"), bodies[i].answer,
			bodies[i].kind == ERROR_OFFLINE ? "" : "C: PX LOGOUT");
		struct session n;
		session_select(&n, text);
		bool ok = remote_imap.fetch_part(n.r, 2, "1", 0, bodies[i].max, &n.sink, &n.err);
		if (ok != !bodies[i].kind || n.err.kind != bodies[i].kind)
			fail_msg("%s: %s", bodies[i].answer, n.err.text);
		if (bodies[i].data)
			assert_string_equal(buf_text(&n.heard.data), bodies[i].data);
		if (bodies[i].kind == ERROR_OFFLINE) // for good
			assert_false(remote_imap.noop(n.r, NULL, NULL));
		session_close(&n);
		free(text);
	}
}

// A server that begins anew although it was asked for the rest.
static void
the_rest_of_a_body(void **state)
{
	(void)state;
	static const struct { const char *origin; bool ok; } origins[] = {
		{ "<100>", true }, { "", false }, { "<0>", false }, { "<101>", false },
	};
	for (size_t i = 0; i < COUNT_OF(origins); i++) {
		char *text = str_printf("%sC: $2 UID FETCH 2 (UID BODY.PEEK[]<100.50>)\n"
			"S: * 2 FETCH (UID 2 BODY[]%s {3}\\r\\nend)\n%s",
			SELECTED("", "3", "4"), origins[i].origin,
			origins[i].ok ? "S: $2 OK\nC: PX LOGOUT" : "W:");
		struct session n;
		session_select(&n, text);
		assert_int_equal(remote_imap.fetch_raw(n.r, 2, 100, 50, &n.sink, &n.err),
			origins[i].ok);
		assert_string_equal(buf_text(&n.heard.data), origins[i].ok ? "end" : "");
		session_close(&n);
		free(text);
	}
}

static void
a_structure_that_is_none(void **state)
{
	(void)state;
	struct session n;
	session_select(&n, SELECTED("", "3", "4")
		"C: $2 UID FETCH 2 (UID BODYSTRUCTURE)\n"
		"S: * 2 FETCH (UID 2 BODYSTRUCTURE (\"TEXT\" 5))\nS: $2 OK\n"
		"C: $3 UID FETCH 2 (UID BODYSTRUCTURE)\nS: $3 OK\n"
		"C: PX LOGOUT");
	struct part *root = NULL;
	assert_false(remote_imap.structure(n.r, 2, &root, &n.err));
	assert_int_equal(n.err.kind, ERROR_INPUT);
	assert_false(remote_imap.structure(n.r, 2, &root, &n.err));
	assert_int_equal(n.err.kind, ERROR_GONE);
	session_close(&n);
}

// --- select -------------------------------------------------------------------------------

#define RESYNC PRE "ENABLE QRESYNC] hi\nC: $1 ENABLE *\nS: * ENABLED QRESYNC\nS: $1 OK\n" \
	"C: $2 SELECT \"f\" (QRESYNC (7 50 1:8))\n"

static const struct {
	const char *answer;
	bool told;
	const char *log;
} resyncs[] = {
	{ "S: * 3 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: * OK [UIDNEXT 9]\n"
		"S: * OK [HIGHESTMODSEQ 60]\nS: * VANISHED (EARLIER) 1:2,5:99\n"
		"S: * 1 FETCH (UID 3 FLAGS () MODSEQ (55))\nS: $2 OK\n",
		true, "-1 -2 -5 -6 -7 -8 3f " },
	// Another folder by the same name: what is told is not of what was known.
	{ "S: * 3 EXISTS\nS: * OK [UIDVALIDITY 8]\nS: * OK [HIGHESTMODSEQ 60]\n"
		"S: * VANISHED (EARLIER) 1:2\nS: * 1 FETCH (UID 3 FLAGS ())\nS: $2 OK\n",
		false, "" },
	// Told before it was said of what.
	{ "S: * 3 EXISTS\nS: * VANISHED (EARLIER) 1:2\nS: * OK [UIDVALIDITY 7]\n"
		"S: * OK [HIGHESTMODSEQ 60]\nS: $2 OK\n", false, "" },
	{ "S: * 3 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: * OK [HIGHESTMODSEQ 60]\n"
		"S: * VANISHED (EARLIER) 1::2\nS: $2 OK\n", false, "" },
	{ "S: * 3 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: * OK [NOMODSEQ]\nS: $2 OK\n", false,
		"" },
};

static void
changes_by_qresync(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(resyncs); i++) {
		char *text = str_printf("%s%sC: PX LOGOUT", RESYNC, resyncs[i].answer);
		struct session n;
		struct remote_known known = { 7, 50, 9 };
		session_open(&n, text);
		assert_true(remote_imap.select(n.r, "f", &known, &n.state, &n.sink, &n.err));
		assert_int_equal(n.state.changes_told, resyncs[i].told);
		assert_string_equal(buf_text(&n.heard.log), resyncs[i].log);
		session_close(&n);
		free(text);
	}
}

static void
the_folder_before_is_closed(void **state)
{
	(void)state;
	struct session n;
	struct remote_known known = { 7, 50, 9 };
	session_open(&n, RESYNC "S: * 3 EXISTS\nS: * OK [UIDVALIDITY 7]\nS: $2 OK\n"
		"C: $3 SELECT \"g\" *\n"
		"S: * VANISHED 1\nS: * 1 FETCH (UID 2 FLAGS ())\nS: * 2 EXISTS\n"
		"S: * OK [CLOSED]\nS: * 11 EXISTS\nS: * OK [UIDVALIDITY 5]\nS: $3 OK\n"
		"C: PX LOGOUT");
	assert_true(remote_imap.select(n.r, "f", &known, &n.state, &n.sink, NULL));
	assert_true(remote_imap.select(n.r, "g", NULL, &n.state, &n.sink, NULL));
	assert_int_equal(n.state.exists, 11);
	assert_string_equal(buf_text(&n.heard.log), "");
	session_close(&n);
}

static void
no_uidvalidity_no_folder(void **state)
{
	(void)state;
	struct session n;
	session_open(&n, PRE "] hi\nC: $1 SELECT \"f\"\nS: * 3 EXISTS\nS: $1 OK\n"
		"C: $2 SELECT \"f\"\nS: $2 NO there is no such mailbox\nC: PX LOGOUT");
	assert_false(remote_imap.select(n.r, "f", NULL, &n.state, NULL, &n.err));
	assert_int_equal(n.err.kind, ERROR_REFUSED);
	assert_false(remote_imap.select(n.r, "f", NULL, &n.state, NULL, &n.err));
	assert_int_equal(n.err.kind, ERROR_GONE);
	session_close(&n);
}

// --- acts ----------------------------------------------------------------------------------

static const struct { const char *answer; size_t n; } copies[] = {
	{ "S: $2 OK [COPYUID 9 2:3 11:12] done\n", 2 },
	{ "S: * OK [COPYUID 9 2:3 11:12]\nS: * 2 EXPUNGE\nS: $2 OK\n", 2 },
	{ "S: $2 OK [COPYUID 9 2:4 11:13] done\n", 0 },     // 4 was not asked for
	{ "S: $2 OK [COPYUID 9 2:3 11] done\n", 0 },
	{ "S: $2 OK [COPYUID 9 2:4294967295 1:4294967294] done\n", 0 },
	{ "S: * OK [COPYUID 9 2:3 11:12]\nS: * OK [COPYUID 9 2:3 13:14]\n"
		"S: $2 OK done\n", 0 },                       // more than there are
	{ "S: $2 OK done\n", 0 },
};

static void
copies_and_their_uids(void **state)
{
	(void)state;
	static const struct remote_range range = { 2, 3 };
	for (size_t i = 0; i < COUNT_OF(copies); i++) {
		char *text = str_printf("%sC: $2 UID COPY 2:3 \"to\"\n%sC: PX LOGOUT",
			SELECTED("UIDPLUS", "3", "4"), copies[i].answer);
		struct session n;
		struct remote_uid_map map;
		session_select(&n, text);
		assert_true(remote_imap.copy(n.r, (struct remote_set){ &range, 1 }, "to",
			&map, &n.err));
		assert_int_equal(map.n, copies[i].n);
		remote_uid_map_done(&map);
		session_close(&n);
		free(text);
	}
}

static void
a_move_by_hand(void **state)
{
	(void)state;
	struct session n;
	struct remote_uid_map map;
	session_select(&n, SELECTED("", "3", "4")
		"C: $2 UID COPY 2 \"to\"\nS: $2 OK\n"
		"C: $3 UID STORE 2 +FLAGS.SILENT (\\\\Deleted)\nS: $3 OK\n"
		"C: $4 UID SEARCH DELETED\nS: * SEARCH 2 3\nS: $4 OK\n" // 3 is not ours
		"C: $5 UID COPY 2 \"to\"\nS: $5 NO [TRYCREATE] no\n"    // then nothing goes
		"C: $6 UID STORE 2 *\nS: $6 OK\n"
		"C: $7 UID SEARCH DELETED\nS: * SEARCH 2\nS: $7 OK\n"
		"C: $8 EXPUNGE\nS: * 2 EXPUNGE\nS: $8 OK\nC: PX LOGOUT");
	assert_true(remote_imap.move(n.r, just(2), "to", &map, &n.err));
	assert_false(remote_imap.move(n.r, just(2), "to", &map, &n.err));
	assert_int_equal(n.err.kind, ERROR_GONE);
	assert_true(remote_imap.expunge(n.r, just(2), &n.err));
	session_close(&n);
}

static bool
next_hello(void *arg, const void **bytes_r, size_t *len_r)
{
	bool *done = arg;
	*bytes_r = "hello";
	*len_r = *done ? 0 : 5;
	*done = true;
	return *len_r > 0;
}

static void
appends(void **state)
{
	(void)state;
	struct session n;
	session_open(&n, PRE "] hi\n"
		"C: $1 APPEND \"f\" (\\\\Seen) \"14-Nov-2023 22:13:20 +0000\" {5}\nS: + go\n"
		"C: hello\nS: $1 OK [APPENDUID 7 11] done\n"
		"C: $2 APPEND \"f\" {5}\nS: $2 NO [OVERQUOTA] full\n"
		"C: $3 APPEND {2}\nS: $3 NO not that name\n"
		"C: PX LOGOUT");
	struct flags flags = { .bits = FLAG_SEEN };
	uint32_t validity, uid;
	bool done = false;
	assert_true(remote_imap.append(n.r, "f", &flags, 1700000000, 5, next_hello, &done,
		&validity, &uid, &n.err));
	assert_int_equal(validity, 7);
	assert_int_equal(uid, 11);
	done = false;
	assert_false(remote_imap.append(n.r, "f", NULL, 0, 5, next_hello, &done, &validity,
		&uid, &n.err));
	assert_int_equal(n.err.kind, ERROR_REFUSED);
	assert_false(done); // not a byte of it went
	assert_false(remote_imap.append(n.r, "\xc3\xa9", NULL, 0, 5, next_hello, &done,
		&validity, &uid, &n.err));
	assert_int_equal(n.err.kind, ERROR_REFUSED);
	assert_false(done);
	session_close(&n);
}

static void
names_are_not_commands(void **state)
{
	(void)state;
	struct session n;
	session_open(&n, PRE "] hi\nC: $1 LIST \"\" \"\"\n"
		"S: * LIST (\\\\Noselect) \".\" \"\"\nS: $1 OK\nC: PX LOGOUT");
	char *name = remote_imap.folder_name(n.r, "a/b");
	assert_string_equal(name, "a.b");
	free(name);
	assert_false(remote_imap.folder_create(n.r, "a\r\nP9 DELETE INBOX", &n.err));
	assert_int_equal(n.err.kind, ERROR_INPUT);
	assert_null(remote_imap.folder_name(n.r, "a\nb"));
	session_close(&n);
}

static void
lists_old_and_new(void **state)
{
	(void)state;
	struct session n;
	struct remote_folders folders;
	session_open(&n, PRE "SPECIAL-USE] hi\n"
		"C: $1 LIST \"\" \"\\*\"\nS: * LIST (\\\\Sent) \".\" a\nS: * LIST () \".\" a.b\n"
		"S: * LIST () \".\" a\nS: * LIST () \".\" \"a\\tb\"\nS: $1 OK\n"
		"C: $2 LSUB \"\" \"\\*\"\nS: * LSUB () \".\" a.b\nS: * LSUB (\\\\Noselect) \".\" a\n"
		"S: * LSUB () \".\" gone\nS: $2 OK\nC: PX LOGOUT");
	assert_true(remote_imap.folders(n.r, &folders, &n.err));
	assert_int_equal(folders.len, 3); // and the one that a line of \\t names
	assert_string_equal(folders.items[0].role, "sent");
	assert_false(folders.items[0].subscribed);
	assert_string_equal(folders.items[1].label, "a/b");
	assert_true(folders.items[1].subscribed);
	remote_folders_done(&folders);
	session_close(&n);
}

// The counts of the selected folder are those of the last news.
static void
lists_after_news(void **state)
{
	(void)state;
	struct session n;
	struct remote_folders folders;
	struct remote_folder one = {0};
	session_select(&n, SELECTED("LIST-EXTENDED LIST-STATUS", "3", "4")
		"C: $2 LIST*\nS: * LIST () \".\" f\nS: * STATUS f (MESSAGES 3)\nS: $2 OK\n"
		"C: $3 NOOP\nC: $4 LIST*\nS: * 4 EXISTS\nS: $3 OK\n"
		"S: * LIST () \".\" f\nS: * STATUS f (MESSAGES 4)\nS: $4 OK\n"
		"C: $5 NOOP\nC: $6 STATUS \"f\"*\nS: $5 OK\n"
		"S: * STATUS f (MESSAGES 4)\nS: $6 OK\n"
		"C: $7 STATUS \"g\"*\nS: * STATUS g (MESSAGES 1)\nS: $7 OK\n"
		"C: $8 NOOP\nS: $8 OK\nC: $9 STATUS \"f\"*\n"
		"S: * STATUS f (MESSAGES 4)\nS: $9 OK\nC: PX LOGOUT");
	// Nothing can be newer than the answer to the SELECT just now.
	assert_true(remote_imap.folders(n.r, &folders, &n.err));
	remote_folders_done(&folders);
	assert_true(remote_imap.folders(n.r, &folders, &n.err));
	assert_int_equal(folders.len, 1);
	assert_int_equal(folders.items[0].messages, 4);
	remote_folders_done(&folders);
	assert_true(remote_imap.status(n.r, "f", &one, &n.err));
	assert_int_equal(one.messages, 4);
	assert_true(remote_imap.status(n.r, "g", &one, &n.err));
	assert_true(remote_imap.noop(n.r, NULL, &n.err));
	assert_true(remote_imap.status(n.r, "f", &one, &n.err));
	session_close(&n);
}

// --- waiting ------------------------------------------------------------------------------

static void
idle_and_done(void **state)
{
	(void)state;
	struct session n;
	bool changed;
	session_select(&n, SELECTED("IDLE", "3", "4")
		"C: $2 IDLE\nS: + idling\nS: * OK still here\nS: * 4 EXISTS\nC: DONE\n"
		"S: * 5 EXISTS\nS: $2 OK\n"
		"C: $3 IDLE\nS: + idling\nC: DONE\nS: $3 OK\n"       // the time is over
		"C: $4 IDLE\nS: $4 NO not today\nC: $5 NOOP\nS: * 6 EXISTS\nS: $5 OK\n"
		"C: PX LOGOUT");
	assert_true(remote_imap.watch(n.r, 20000, NULL, &changed, &n.sink, &n.err));
	assert_true(changed);
	assert_string_equal(buf_text(&n.heard.log), "noticed ");
	assert_true(remote_imap.watch(n.r, 10, NULL, &changed, &n.sink, &n.err));
	assert_false(changed);
	assert_true(remote_imap.watch(n.r, 10, NULL, &changed, &n.sink, &n.err));
	assert_true(changed);
	session_close(&n);
}

static void
finds_what_was_copied(void **state)
{
	(void)state;
	struct session n;
	uint32_t *uids;
	size_t found;
	session_select(&n, SELECTED("ESEARCH", "3", "9")
		"C: $2 UID SEARCH RETURN (ALL) UID 5:\\* HEADER Message-ID \"a\\\\\"b@x\"\n"
		"S: * ESEARCH (TAG \"$2\") UID ALL 4,6:7\nS: $2 OK\n"
		"C: $3 UID SEARCH *\nS: * ESEARCH (TAG \"$3\") UID ALL 0:x\nW:");
	assert_true(remote_imap.find(n.r, "a\"b@x", 5, &uids, &found, &n.err));
	assert_int_equal(found, 2);
	assert_int_equal(uids[0], 6);
	free(uids);
	assert_false(remote_imap.find(n.r, "x", 5, &uids, &found, &n.err));
	assert_int_equal(n.err.kind, ERROR_OFFLINE);
	session_close(&n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ways_to_open),
		cmocka_unit_test(nothing_secret_in_clear),
		cmocka_unit_test(answers_in_any_order),
		cmocka_unit_test(a_refusal_among_three),
		cmocka_unit_test(the_unreadable_is_told),
		cmocka_unit_test(news_beside_the_answer),
		cmocka_unit_test(bodies_of_all_kinds),
		cmocka_unit_test(the_rest_of_a_body),
		cmocka_unit_test(a_structure_that_is_none),
		cmocka_unit_test(changes_by_qresync),
		cmocka_unit_test(the_folder_before_is_closed),
		cmocka_unit_test(no_uidvalidity_no_folder),
		cmocka_unit_test(copies_and_their_uids),
		cmocka_unit_test(a_move_by_hand),
		cmocka_unit_test(appends),
		cmocka_unit_test(names_are_not_commands),
		cmocka_unit_test(lists_old_and_new),
		cmocka_unit_test(lists_after_news),
		cmocka_unit_test(idle_and_done),
		cmocka_unit_test(finds_what_was_copied),
	};
	return cmocka_run_group_tests_name("imap-session", tests, script_setup, script_teardown);
}
