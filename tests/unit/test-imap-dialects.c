// SPDX-License-Identifier: GPL-3.0-or-later
// The same acts by servers that can more and less: what is sent to each, word by word,
// and that nobody's mail is expunged but what was meant.
#include "config.h"

#include "test.h"

#include <string.h>

#include "base/str.h"
#include "imap-session.h"
#include "tests/server/server.h"

static const struct remote_range two[] = { { 2, 3 }, { 7, 7 } };
static const struct remote_set set = { two, 2 };

// --- acts ------------------------------------------------------------------------------

static bool
act_move(struct session *n)
{
	struct remote_uid_map map;
	bool ok = remote_imap.move(n->r, set, "to", &map, &n->err);
	for (size_t i = 0; i < map.n; i++)
		buf_printf(&n->heard.log, "%u>%u ", map.from[i], map.to[i]);
	remote_uid_map_done(&map);
	return ok;
}

static bool
act_expunge(struct session *n)
{
	return remote_imap.expunge(n->r, set, &n->err);
}

static bool
act_changes(struct session *n)
{
	return remote_imap.fetch(n->r, all(), REMOTE_FETCH_FLAGS, 40, &n->sink, &n->err);
}

static bool
act_reopen(struct session *n)
{
	struct remote_known known = { 7, 40, 9 };
	bool ok = remote_imap.select(n->r, "f", &known, &n->state, &n->sink, &n->err);
	buf_printf(&n->heard.log, "%s", n->state.changes_told ? "told" : "compare");
	return ok;
}

static bool
act_flags(struct session *n)
{
	struct flag_change change = { .add.bits = FLAG_FLAGGED | FLAG_FORWARDED,
		.remove.bits = FLAG_SEEN };
	return remote_imap.store_flags(n->r, set, &change, &n->sink, &n->err);
}

static bool
hello(void *arg, const void **bytes_r, size_t *len_r)
{
	(void)arg;
	*bytes_r = "hello";
	*len_r = 5;
	return true;
}

static bool
act_append(struct session *n)
{
	uint32_t validity, uid;
	bool ok = remote_imap.append(n->r, "to", NULL, 0, 5, hello, NULL, &validity, &uid,
		&n->err);
	buf_printf(&n->heard.log, "%u/%u", validity, uid);
	return ok;
}

static bool
act_delete_folder(struct session *n)
{
	return remote_imap.folder_delete(n->r, "f", &n->err);
}

#define STORED "C: P3 UID STORE 2:3,7 +FLAGS.SILENT (\\\\Deleted)\nS: P3 OK\n"
#define COPIED "C: P2 UID COPY 2:3,7 \"to\"\nS: P2 OK [COPYUID 9 2:3,7 11:13] done\n"

static const struct {
	const char *capabilities;
	bool (*act)(struct session *n);
	const char *script;
	const char *log;
} acts[] = {
	{ "MOVE UIDPLUS", act_move, "C: P2 UID MOVE 2:3,7 \"to\"\n"
		"S: * OK [COPYUID 9 2:3,7 11:13]\nS: * 2 EXPUNGE\nS: P2 OK\n", "2>11 3>12 7>13 " },
	{ "UIDPLUS", act_move, COPIED STORED
		"C: P4 UID EXPUNGE 2:3,7\nS: * 2 EXPUNGE\nS: P4 OK\n", "2>11 3>12 7>13 " },
	// Without UIDPLUS: only where nothing else is marked, by whomever.
	{ "", act_move, "C: P2 UID COPY 2:3,7 \"to\"\nS: P2 OK\n" STORED
		"C: P4 UID SEARCH DELETED\nS: * SEARCH 2 3 7\nS: P4 OK\n"
		"C: P5 EXPUNGE\nS: * 2 EXPUNGE\nS: P5 OK\n", "" },
	{ "", act_move, "C: P2 UID COPY 2:3,7 \"to\"\nS: P2 OK\n" STORED
		"C: P4 UID SEARCH DELETED\nS: * SEARCH 1 2 3 7\nS: P4 OK\n", "" },
	// MOVE without UIDPLUS tells no UIDs.
	{ "MOVE", act_move, "C: P2 UID MOVE 2:3,7 \"to\"\nS: * 2 EXPUNGE\nS: P2 OK\n", "" },
	{ "UIDPLUS", act_expunge, "C: P2 UID STORE 2:3,7 +FLAGS.SILENT (\\\\Deleted)\n"
		"S: P2 OK\nC: P3 UID EXPUNGE 2:3,7\nS: P3 OK\n", "" },
	{ "ESEARCH", act_expunge, "C: P2 UID STORE 2:3,7 +FLAGS.SILENT (\\\\Deleted)\n"
		"S: P2 OK\nC: P3 UID SEARCH RETURN (ALL) DELETED\n"
		"S: * ESEARCH (TAG \"P3\") UID ALL 2:3,8\nS: P3 OK\n", "" },
	{ "CONDSTORE", act_changes,
		"C: P2 UID FETCH 1:\\* (UID FLAGS MODSEQ) (CHANGEDSINCE 40)\n"
		"S: * 1 FETCH (UID 2 FLAGS () MODSEQ (50))\nS: P2 OK\n", "2f " },
	{ "", act_changes, "C: P2 UID FETCH 1:\\* (UID FLAGS)\n"
		"S: * 1 FETCH (UID 2 FLAGS ())\nS: P2 OK\n", "2f " },
	{ "CONDSTORE", act_reopen, "C: P2 SELECT \"f\" (CONDSTORE)\nS: * OK [UIDVALIDITY 7]\n"
		"S: * OK [HIGHESTMODSEQ 50]\nS: P2 OK\n", "compare" },
	{ "", act_reopen, "C: P2 SELECT \"f\"\nS: * OK [UIDVALIDITY 7]\nS: P2 OK\n", "compare" },
	{ "", act_flags, "C: P2 UID STORE 2:3,7 -FLAGS.SILENT (\\\\Seen)\n"
		"C: P3 UID STORE 2:3,7 +FLAGS.SILENT (\\\\Flagged $Forwarded)\nS: P3 OK\n"
		"S: P2 OK\n", "" },
	{ "LITERAL+", act_append, "C: P2 APPEND \"to\" {5+}\nC: hello\n"
		"S: P2 OK [APPENDUID 9 4]\n", "9/4" },
	{ "LITERAL-", act_append, "C: P2 APPEND \"to\" {5+}\nC: hello\nS: P2 OK\n", "0/0" },
	{ "", act_append, "C: P2 APPEND \"to\" {5}\nS: + go\nC: hello\nS: P2 OK\n", "0/0" },
	{ "UNSELECT", act_delete_folder, "C: P2 UNSELECT\nS: P2 OK\nC: P3 DELETE \"f\"\n"
		"S: P3 OK\n", "" },
	{ "", act_delete_folder, "C: P2 DELETE \"f\"\nS: P2 OK\n", "" },
};

static bool
act_last(struct session *n)
{
	struct remote_range last = { UINT32_MAX, UINT32_MAX };
	return remote_imap.fetch(n->r, (struct remote_set){ &last, 1 }, REMOTE_FETCH_UIDS,
		0, &n->sink, &n->err);
}

// Courier tells no UIDNEXT: it is asked for its last message.
static void
last_message(void **state)
{
	(void)state;
	struct session n;
	session_select(&n, PRE "] hi\nC: P1 SELECT \"f\"*\nS: * 3 EXISTS\n"
		"S: * OK [UIDVALIDITY 7]\nS: P1 OK\nC: P2 FETCH 3 (UID)\n"
		"S: * 2 FETCH (FLAGS () UID 40)\nS: * 3 FETCH (UID 41)\nS: P2 OK\n"
		"C: PX LOGOUT");
	assert_int_equal(n.state.uidnext, 0);
	if (!act_last(&n))
		fail_msg("%s", n.err.text);
	assert_string_equal(buf_text(&n.heard.log), "40f 41 ");
	session_close(&n);
}

static void
acts_in_all_dialects(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(acts); i++) {
		char *text = str_printf(PRE "%s] hi\nC: P1 SELECT \"f\"*\nS: * 8 EXISTS\n"
			"S: * OK [UIDVALIDITY 7]\nS: * OK [UIDNEXT 9]\nS: P1 OK\n%sC: PX LOGOUT",
			acts[i].capabilities, acts[i].script);
		struct session n;
		session_select(&n, text);
		if (!acts[i].act(&n))
			fail_msg("%s: %s: %s", acts[i].capabilities, acts[i].script, n.err.text);
		assert_string_equal(buf_text(&n.heard.log), acts[i].log);
		session_close(&n);
		free(text);
	}
}

// ENABLE and SELECT go together, so what each of them does not do shows late.
static const struct {
	const char *what, *answers, *heard;
	bool ok;
	unsigned turns;
} disappointments[] = {
	{ "ENABLE refused, and the SELECT that counted on it",
		"S: P1 NO no\nS: P2 OK\nS: P3 BAD what is QRESYNC\n"
		"C: P4 SELECT \"f\" (CONDSTORE)\nS: * OK [UIDVALIDITY 7]\nS: P4 OK\n",
		"compare", true, 2 },
	{ "ENABLE refused, and QRESYNC passed over",
		"S: P1 BAD no\nS: P2 BAD no\nS: * 5 EXISTS\nS: * OK [UIDVALIDITY 7]\n"
		"S: * OK [HIGHESTMODSEQ 50]\nS: * 2 FETCH (UID 2 FLAGS ())\nS: P3 OK\n",
		"compare", true, 1 },
	{ "ENABLE done, but of something else",
		"S: * ENABLED CONDSTORE\nS: P1 OK\nS: P2 OK\nS: P3 BAD what is QRESYNC\n"
		"C: P4 SELECT *\nS: * OK [UIDVALIDITY 7]\nS: P4 OK\n", "compare", true, 2 },
	{ "enabled, and the folder is not there",
		"S: * ENABLED QRESYNC\nS: P1 OK\nS: P2 OK\nS: P3 NO [NONEXISTENT] no\n", "",
		false, 1 },
	{ "neither enabled nor there",
		"S: P1 NO\nS: P2 OK\nS: P3 NO no\nC: P4 SELECT *\nS: P4 NO no\n", "", false, 2 },
	{ "news and other answers in between",
		"S: * 9 EXISTS\nS: * OK [ALERT] down at noon\nS: * ID NIL\nS: P2 OK\n"
		"S: * ENABLED\nS: * ENABLED QRESYNC CONDSTORE\nS: * CAPABILITY IMAP4rev1 QRESYNC\n"
		"S: P1 OK [CAPABILITY IMAP4rev1 QRESYNC] so\nS: * 5 EXISTS\n"
		"S: * OK [UIDVALIDITY 7]\nS: * OK [HIGHESTMODSEQ 50]\nS: * VANISHED (EARLIER) 4\n"
		"S: P3 OK\n", "-4 told", true, 1 },
	{ "another folder than was known, with changes that are not of ours",
		"S: * ENABLED QRESYNC\nS: P1 OK\nS: P2 OK\nS: * OK [UIDVALIDITY 8]\n"
		"S: * OK [HIGHESTMODSEQ 50]\nS: * VANISHED (EARLIER) 4\nS: P3 OK\n", "compare",
		true, 1 },
};

// With QRESYNC one turn after the login tells all that changed.
static void
reopened_in_one_turn(void **state)
{
	(void)state;
	struct session n;
	session_open(&n, PRE "ENABLE QRESYNC] hi\nC: P1 ENABLE QRESYNC CONDSTORE\n"
		"S: * ENABLED QRESYNC CONDSTORE\nS: P1 OK\n"
		"C: P2 SELECT \"f\" (QRESYNC (7 40 1:8))\nS: * OK [CLOSED]\nS: * 5 EXISTS\n"
		"S: * OK [UIDVALIDITY 7]\nS: * OK [UIDNEXT 10]\nS: * OK [HIGHESTMODSEQ 50]\n"
		"S: * VANISHED (EARLIER) 4:5,300:310\n"
		"S: * 2 FETCH (UID 2 FLAGS (\\\\Seen) MODSEQ (45))\n"
		"S: * 5 FETCH (UID 9 FLAGS () MODSEQ (50))\nS: P2 OK\nC: PX LOGOUT");
	uint64_t turns = remote_counters(n.r).turns;
	assert_true(act_reopen(&n));
	assert_string_equal(buf_text(&n.heard.log), "-4 -5 2f 9f told");
	assert_int_equal(remote_counters(n.r).turns, turns + 1);
	session_close(&n);
	// Offered and not enabled is not had.
	for (size_t i = 0; i < COUNT_OF(disappointments); i++) {
		char *text = str_printf(PRE "ENABLE QRESYNC ID] hi\nC: P1 ENABLE *\nC: P2 ID *\n"
			"C: P3 SELECT \"f\" (QRESYNC (7 40 1:8))\n%sC: PX LOGOUT",
			disappointments[i].answers);
		session_open(&n, text);
		turns = remote_counters(n.r).turns;
		if (act_reopen(&n) != disappointments[i].ok)
			fail_msg("%s", disappointments[i].what);
		if (disappointments[i].ok &&
		    !str_equal(buf_text(&n.heard.log), disappointments[i].heard))
			fail_msg("%s: %s", disappointments[i].what,
				buf_text(&n.heard.log));
		if (remote_counters(n.r).turns != turns + disappointments[i].turns)
			fail_msg("%s: %u turns", disappointments[i].what,
				(unsigned)(remote_counters(n.r).turns - turns));
		session_close(&n);
		free(text);
	}
}

// A message that changed under a copy that was refused stays where it is.
static void
no_removal_after_a_refused_copy(void **state)
{
	(void)state;
	struct session n;
	session_select(&n, SELECTED("UIDPLUS", "8", "9")
		"C: $2 UID COPY 2:3,7 \"to\"\nS: $2 NO [OVERQUOTA] full\nC: PX LOGOUT");
	assert_false(act_move(&n));
	assert_int_equal(n.err.kind, ERROR_REFUSED);
	session_close(&n);
}

// --- a real server --------------------------------------------------------------------

static size_t
messages_in(struct remote *r, const char *folder)
{
	struct remote_folder f;
	struct error err = { 0 };
	if (!remote_imap.status(r, folder, &f, &err))
		fail_msg("%s: %s", folder, err.text);
	return f.messages;
}

static void
dovecot(void **state)
{
	static const char *const without[] = { "", "MOVE", "MOVE,UIDPLUS",
		"QRESYNC,ENABLE,ESEARCH", "CONDSTORE,LITERAL+,UNSELECT,LIST-STATUS,NAMESPACE" };
	(void)state;
	if (!server_available()) {
		print_message("# " SERVER_MISSING "\n");
		skip();
	}
	for (size_t i = 0; i < COUNT_OF(without); i++) {
		const char *options[] = { "--services", "imap,lmtp", "--without", without[i],
			NULL };
		struct server *server = server_start(options);
		assert_non_null(server);
		for (int k = 0; k < 8; k++)
			assert_true(server_put(server, server_get(server, "user"), "f",
				k == 0 ? "T" : "", 1700000000 + k, "Subject: x\r\n\r\ny\r\n", 17));
		struct session n = { .settings = {
			.scheme = str_dup("imaps"),
			.user = str_dup(server_get(server, "user")),
			.host = str_dup(server_get(server, "host")),
			.port = (uint16_t)server_port(server, "imaps"),
			.tls_ca = str_dup(server_get(server, "ca")),
			.password = str_dup(server_get(server, "password")),
			.timeout_ms = 20000,
		} };
		if (!remote_imap.open(&n.r, &n.settings, NULL, NULL, &n.err) ||
		    !remote_imap.folder_create(n.r, "to", &n.err) ||
		    !remote_imap.select(n.r, "f", NULL, &n.state, NULL, &n.err) ||
		    !act_move(&n) || !act_flags(&n) || !act_append(&n))
			fail_msg("without %s: %s", without[i], n.err.text);
		// What was marked before by somebody else is there still.
		bool plus = !strstr(without[i], "UIDPLUS");
		assert_int_equal(messages_in(n.r, "f"), plus ? 5 : 8);
		assert_int_equal(messages_in(n.r, "to"), 4);
		remote_imap.close(&n.r);
		remote_settings_done(&n.settings);
		buf_done(&n.heard.log);
		server_stop(&server);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(acts_in_all_dialects),
		cmocka_unit_test(last_message),
		cmocka_unit_test(reopened_in_one_turn),
		cmocka_unit_test(no_removal_after_a_refused_copy),
		cmocka_unit_test(dovecot),
	};
	return cmocka_run_group_tests_name("imap-dialects", tests, NULL, NULL);
}
