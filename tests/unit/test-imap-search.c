// SPDX-License-Identifier: GPL-3.0-or-later
// Questions to servers: searches, by those that can and those that cannot, and by a
// real one.
#include "config.h"

#include "test.h"

#include <string.h>

#include "base/str.h"
#include "imap-session.h"
#include "tests/server/server.h"

// --- questions as keys ---------------------------------------------------------------

#define Q(...) (&(const struct remote_query){ __VA_ARGS__ })
#define ITEMS(...) .items = (const struct remote_query[]){ __VA_ARGS__ }, \
	.n = sizeof((const struct remote_query[]){ __VA_ARGS__ }) / \
		sizeof(struct remote_query)
#define SUBJECT(t) { REMOTE_QUERY_SUBJECT, .text = t }

static const struct remote_range some[] = { { 3, 5 }, { 9, UINT32_MAX } };

#define NOON_UTC 1700049600  // 15-Nov-2023 12:00:00 +0000

static struct remote_query questions[20];
static const char *const wanted[] = {
	"ALL",
	"FROM \"ann\"",
	"SUBJECT \"a \\\\\"b\\\\\\\\\"",
	"(TO \"x\" NOT CC \"y\" LARGER 1000000)",
	"OR BODY \"a\" OR TEXT \"b\" BCC \"c\"",
	"NOT ALL",
	"HEADER \"List-Id\" \"dev\"",
	"Flagged", "KEYWORD $Forwarded", "KEYWORD todo", "NOT Seen",
	"SINCE 15-Nov-2023", "BEFORE 17-Nov-2023", "SENTSINCE 15-Nov-2023",
	"UID 3:5,9:\\*",
	"SMALLER 0",
};

static void
fill_questions(void)
{
	static const struct remote_query seen = { REMOTE_QUERY_FLAG, .name = "seen" };
	static const struct remote_query cc = { REMOTE_QUERY_CC, .text = "y" };
	static const struct remote_query mixed[] = {
		{ REMOTE_QUERY_TO, .text = "x" },
		{ REMOTE_QUERY_NOT, .items = &cc, .n = 1 },
		{ REMOTE_QUERY_LARGER, .number = 1000000 },
	};
	static const struct remote_query either[] = {
		{ REMOTE_QUERY_BODY, .text = "a" }, { REMOTE_QUERY_TEXT, .text = "b" },
		{ REMOTE_QUERY_BCC, .text = "c" },
	};
	const struct remote_query all_of_them[] = {
		{ REMOTE_QUERY_ALL },
		{ REMOTE_QUERY_FROM, .text = "ann" },
		SUBJECT("a \"b\\"),
		{ REMOTE_QUERY_AND, .items = mixed, .n = 3 },
		{ REMOTE_QUERY_OR, .items = either, .n = 3 },
		{ REMOTE_QUERY_OR },
		{ REMOTE_QUERY_HEADER, .name = "List-Id", .text = "dev" },
		{ REMOTE_QUERY_FLAG, .name = "flagged" },
		{ REMOTE_QUERY_FLAG, .name = "forwarded" },
		{ REMOTE_QUERY_FLAG, .name = "todo" },
		{ REMOTE_QUERY_NOT, .items = &seen, .n = 1 },
		{ REMOTE_QUERY_SINCE, .number = NOON_UTC },
		{ REMOTE_QUERY_BEFORE, .number = NOON_UTC },
		{ REMOTE_QUERY_SENT_SINCE, .number = NOON_UTC },
		{ REMOTE_QUERY_UIDS, .set = { some, 2 } },
		{ REMOTE_QUERY_SMALLER, .number = -5 },
	};
	memcpy(questions, all_of_them, sizeof(all_of_them));
}

static bool
search(struct session *n, const struct remote_query *q, struct buf *found)
{
	struct remote_range *ranges;
	size_t len;
	n->err = (struct error){ 0 };
	bool ok = remote_imap.search(n->r, q, &ranges, &len, &n->err);
	buf_clear(found);
	for (size_t i = 0; ok && i < len; i++)
		buf_printf(found, "%u:%u ", ranges[i].from, ranges[i].to);
	free(ranges);
	return ok;
}

static void
questions_as_keys(void **state)
{
	(void)state;
	fill_questions();
	struct buf text = { 0 }, found = { 0 };
	buf_str(&text, SELECTED("", "3", "4"));
	for (size_t i = 0; i < COUNT_OF(wanted); i++)
		buf_printf(&text, "C: P%zu UID SEARCH %s\nS: * SEARCH 2 3\nS: P%zu OK\n",
			i + 2, wanted[i], i + 2);
	buf_str(&text, "C: PX LOGOUT");
	struct session n;
	session_select(&n, buf_text(&text));
	for (size_t i = 0; i < COUNT_OF(wanted); i++) {
		if (!search(&n, &questions[i], &found))
			fail_msg("%s: %s", wanted[i], n.err.text);
		assert_string_equal(buf_text(&found), "2:3 ");
	}
	session_close(&n);
	buf_done(&text);
	buf_done(&found);
}

static void
questions_that_are_none(void **state)
{
	(void)state;
	struct session n;
	struct buf found = { 0 };
	session_select(&n, SELECTED("", "3", "4") "C: PX LOGOUT");
	static const struct remote_query bad[] = {
		{ REMOTE_QUERY_NOT },
		{ REMOTE_QUERY_FLAG, .name = "a b" },
		{ REMOTE_QUERY_FLAG },
		{ REMOTE_QUERY_SINCE, .number = INT64_MAX / 2 },
		SUBJECT("a\r\nP9 DELETE INBOX"),
		{ (enum remote_query_kind)99 },
	};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_false(search(&n, &bad[i], &found));
		assert_int_equal(n.err.kind, ERROR_INPUT);
	}
	struct remote_query deep[60];
	for (size_t i = 0; i < COUNT_OF(deep); i++)
		deep[i] = (struct remote_query){ REMOTE_QUERY_NOT, .items = &deep[i + 1], .n = 1 };
	deep[59] = (struct remote_query){ REMOTE_QUERY_ALL };
	assert_false(search(&n, deep, &found));
	assert_int_equal(n.err.kind, ERROR_INPUT);
	struct remote_range many[9000];
	for (uint32_t i = 0; i < COUNT_OF(many); i++)
		many[i] = (struct remote_range){ 1000000 + i * 2, 1000000 + i * 2 };
	assert_false(search(&n, Q(REMOTE_QUERY_UIDS, .set = { many, 9000 }), &found));
	session_close(&n);
	buf_done(&found);
}

// --- charsets, ESEARCH, pieces ---------------------------------------------------------

#define UMLAUT "gr\xc3\xbc\xc3\x9f" "e"

static void
texts_of_all_languages(void **state)
{
	(void)state;
	struct session n;
	struct buf found = { 0 };
	// With LITERAL+ in one piece, without when the server asks for it.
	session_select(&n, SELECTED("LITERAL+ ESEARCH", "3", "4")
		"C: $2 UID SEARCH RETURN (ALL) CHARSET UTF-8 SUBJECT {7+}\nC: " UMLAUT "\n"
		"S: * ESEARCH (TAG \"$2\") UID ALL 1,3\nS: $2 OK\n"
		"C: $3 UID SEARCH RETURN (ALL) SUBJECT \"x\"\nS: * ESEARCH (TAG \"$3\") UID\n"
		"S: $3 OK\nC: PX LOGOUT");
	if (!search(&n, Q(REMOTE_QUERY_SUBJECT, .text = UMLAUT), &found))
		fail_msg("%s", n.err.text);
	assert_string_equal(buf_text(&found), "1:1 3:3 ");
	assert_true(search(&n, Q(REMOTE_QUERY_SUBJECT, .text = "x"), &found));
	assert_string_equal(buf_text(&found), "");
	session_close(&n);
	session_select(&n, SELECTED("", "3", "4")
		"C: $2 UID SEARCH CHARSET UTF-8 SUBJECT {7}\nS: + go\nC: " UMLAUT "\n"
		"S: * SEARCH 3\nS: $2 OK\n"
		"C: $3 UID SEARCH CHARSET UTF-8 SUBJECT {7}\nS: $3 NO [BADCHARSET (US-ASCII)] no\n"
		"C: PX LOGOUT");
	assert_true(search(&n, Q(REMOTE_QUERY_SUBJECT, .text = UMLAUT), &found));
	assert_string_equal(buf_text(&found), "3:3 ");
	assert_false(search(&n, Q(REMOTE_QUERY_SUBJECT, .text = UMLAUT), &found));
	assert_int_equal(n.err.kind, ERROR_REFUSED);
	session_close(&n);
	buf_done(&found);
}

static void
in_pieces_without_esearch(void **state)
{
	(void)state;
	struct session n;
	struct buf found = { 0 };
	session_select(&n, SELECTED("", "120000", "120001")
		"C: $2 UID SEARCH 1:50000 FROM \"a\"\nC: $3 UID SEARCH 50001:100000 FROM \"a\"\n"
		"C: $4 UID SEARCH 100001:120000 FROM \"a\"\n"
		"S: * SEARCH 100002\nS: $4 OK\nS: * SEARCH 1 2\nS: $2 OK\nS: * SEARCH\nS: $3 OK\n"
		"C: PX LOGOUT");
	if (!search(&n, Q(REMOTE_QUERY_FROM, .text = "a"), &found))
		fail_msg("%s", n.err.text);
	assert_string_equal(buf_text(&found), "1:2 100002:100002 ");
	session_close(&n);
	// An EXPUNGE moves the numbers that were asked by.
	session_select(&n, SELECTED("", "60000", "60001")
		"C: P2 UID SEARCH 1:50000 ALL\nC: P3 UID SEARCH 50001:60000 ALL\n"
		"S: * SEARCH 1\nS: P2 OK\nS: * 1 EXPUNGE\nS: * SEARCH\nS: P3 OK\n"
		"C: P4 UID SEARCH 1:50000 ALL\nC: P5 UID SEARCH 50001:59999 ALL\n"
		"S: * SEARCH 7\nS: P4 OK\nS: P5 OK\nC: PX LOGOUT");
	assert_true(search(&n, Q(REMOTE_QUERY_ALL), &found));
	assert_string_equal(buf_text(&found), "7:7 ");
	session_close(&n);
	buf_done(&found);
}

// What is not in a list of UIDs counts as gone: so there is no list at all where the
// folder moves each time that it is asked for.
static void
no_half_listings(void **state)
{
	(void)state;
	struct session n;
	struct remote_range range = { 2, 9 };
	session_select(&n, SELECTED("", "5", "10")
		"C: P2 UID SEARCH 1:5 UID 2:9\nS: * 1 EXPUNGE\nS: P2 NO out of range\n"
		"C: P3 UID SEARCH 1:4 UID 2:9\nS: * 1 EXPUNGE\nS: P3 NO out of range\n"
		"C: P4 UID SEARCH 1:3 UID 2:9\nS: * 1 EXPUNGE\nS: P4 NO out of range\n"
		"C: PX LOGOUT");
	assert_false(remote_imap.fetch(n.r, (struct remote_set){ &range, 1 },
		REMOTE_FETCH_UIDS, 0, &n.sink, &n.err));
	assert_int_equal(n.err.kind, ERROR_OFFLINE);
	session_close(&n);
}

// --- a real server --------------------------------------------------------------------------

static void
deliver(struct server *server, int number, const char *from, const char *subject,
	const char *after)
{
	char *mail = str_printf("From: %s\r\nSubject: %s\r\nMessage-ID: <%d@x>\r\n%s"
		"Date: Tue, 14 Nov 2023 22:13:%02d +0000\r\n\r\ntext %d\r\n", from, subject,
		number, after, 60 - number, number);
	assert_true(server_put(server, server_get(server, "user"), "INBOX",
		number == 2 ? "S" : "", NOON_UTC - number * 86400, mail, strlen(mail)));
	free(mail);
}

static void
dovecot(void **state)
{
	static const char *const options[] = { "--services", "imap,lmtp", "--without",
		"ESEARCH", NULL };
	(void)state;
	if (!server_available()) {
		print_message("# " SERVER_MISSING "\n");
		skip();
	}
	for (int without = 0; without < 2; without++) {
		struct server *server = server_start(without ? options : (const char *[]){
			"--services", "imap,lmtp", NULL });
		assert_non_null(server);
		deliver(server, 1, "ann@example.org", "=?utf-8?q?gr=C3=BC=C3=9Fe?=", "");
		deliver(server, 2, "bob@example.net", "Re: plan", "");
		deliver(server, 3, "carol@example.com", "Re: Re: plan", "References: <2@x>\r\n");
		struct session n = { 0 };
		n.settings = (struct remote_settings){
			.scheme = str_dup("imaps"),
			.user = str_dup(server_get(server, "user")),
			.host = str_dup(server_get(server, "host")),
			.port = (uint16_t)server_port(server, "imaps"),
			.tls_ca = str_dup(server_get(server, "ca")),
			.password = str_dup(server_get(server, "password")),
			.timeout_ms = 20000,
		};
		struct buf found = { 0 };
		if (!remote_imap.open(&n.r, &n.settings, NULL, NULL, &n.err) ||
		    !remote_imap.select(n.r, "INBOX", NULL, &n.state, NULL, &n.err))
			fail_msg("%s", n.err.text);
		uint64_t turns = remote_counters(n.r).turns;
		if (!search(&n, Q(REMOTE_QUERY_SUBJECT, .text = UMLAUT), &found))
			fail_msg("%s", n.err.text);
		assert_int_equal(found.len, 4);
		assert_int_equal(remote_counters(n.r).turns, turns + 1);
		fill_questions();
		for (size_t i = 0; i < COUNT_OF(wanted); i++) {
			if (!search(&n, &questions[i], &found))
				fail_msg("%s: %s", wanted[i], n.err.text);
		}
		remote_imap.close(&n.r);
		remote_settings_done(&n.settings);
		server_stop(&server);
		buf_done(&found);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions_as_keys),
		cmocka_unit_test(questions_that_are_none),
		cmocka_unit_test(texts_of_all_languages),
		cmocka_unit_test(in_pieces_without_esearch),
		cmocka_unit_test(no_half_listings),
		cmocka_unit_test(dovecot),
	};
	return cmocka_run_group_tests_name("imap-search", tests, NULL, NULL);
}
