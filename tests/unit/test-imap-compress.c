// SPDX-License-Identifier: GPL-3.0-or-later
// COMPRESS=DEFLATE (RFC 4978) with servers that have it, have it not, refuse it,
// and use it to send a little that becomes a lot.
#include "config.h"

#include "test.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "remote/deflate.h"
#include "remote/remote.h"
#include "script.h"
#include "tests/server/server.h"

#define PRE "S: * PREAUTH [CAPABILITY IMAP4rev1 "

// --- both ways -------------------------------------------------------------------

static void
pieces_of_any_size(void **state)
{
	(void)state;
	struct deflate *here = deflate_new(), *there = deflate_new();
	struct buf text = { 0 }, wire = { 0 }, back = { 0 };
	struct error err = { 0 };
	for (unsigned i = 0; i < 5000; i++)
		buf_printf(&text, "line %u of many\r\n", i * 2654435761u);
	for (size_t step = 1; step <= text.len; step = step * 7 + 3) {
		buf_clear(&back);
		deflate_asked(there);
		for (size_t at = 0; at < text.len; at += step) {
			size_t len = text.len - at < step ? text.len - at : step;
			buf_clear(&wire);
			deflate_compress(here, text.data + at, len, &wire);
			char out[100];
			ptrdiff_t n;
			// Byte by byte, as a slow link gives it.
			for (size_t i = 0; i < wire.len; i++) {
				deflate_feed(there, wire.data + i, 1);
				while ((n = deflate_expand(there, out, sizeof(out), &err)) > 0)
					buf_add(&back, out, (size_t)n);
				assert_int_equal(n, 0);
			}
			// All of it is there as soon as it was sent.
			assert_int_equal(back.len, at + len);
		}
		assert_memory_equal(back.data, text.data, text.len);
		if (step == 1)
			step = 100;
	}
	buf_done(&text);
	buf_done(&wire);
	buf_done(&back);
	deflate_free(&here);
	deflate_free(&there);
}

static void
what_cannot_be_undone(void **state)
{
	(void)state;
	struct deflate *d = deflate_new();
	struct error err = { 0 };
	char out[100];
	deflate_feed(d, "\xff\xff\xff\xff* OK", 8);
	assert_int_equal(deflate_expand(d, out, sizeof(out), &err), -1);
	assert_int_equal(err.kind, ERROR_OFFLINE);
	deflate_free(&d);
}

// A server that ends its stream and goes on sending must not be listened to: what
// comes could never be expanded, and would be kept for ever.
static void
what_has_ended(void **state)
{
	(void)state;
	// "* OK\r\n" in a block that is the last one and stored as it is.
	static const char wire[] = "\x01\x06\x00\xf9\xff* OK\r\n";
	struct deflate *d = deflate_new();
	struct error err = { 0 };
	char out[100];
	deflate_feed(d, wire, sizeof(wire) - 1);
	assert_int_equal(deflate_expand(d, out, sizeof(out), &err), 6);
	assert_memory_equal(out, "* OK\r\n", 6);
	deflate_feed(d, wire, sizeof(wire) - 1);
	assert_int_equal(deflate_expand(d, out, sizeof(out), &err), -1);
	assert_int_equal(err.kind, ERROR_OFFLINE);
	deflate_free(&d);
}

// --- sessions ----------------------------------------------------------------------

static const struct {
	const char *what;
	bool off;
	const char *script;
	bool ok, compressed;
	const char *says;
} sessions[] = {
	{ "used after login, with what goes before it in one turn", false,
		PRE "ENABLE QRESYNC ID COMPRESS=DEFLATE] hi\n"
		"C: P1 ENABLE QRESYNC CONDSTORE\nC: P2 ID *\nC: P3 NOOP\nC: P4 COMPRESS DEFLATE\n"
		"S: * ENABLED QRESYNC\nS: P1 OK\nS: * ID NIL\nS: P2 OK\nS: P3 OK\n"
		"Z: P4 OK now\nC: P5 NOOP\nS: P5 OK\nC: PX LOGOUT", true, true, NULL },
	// The answers to what was asked before it may come behind it.
	{ "answered first", false,
		PRE "ENABLE QRESYNC COMPRESS=DEFLATE] hi\n"
		"C: P1 ENABLE QRESYNC CONDSTORE\nC: P2 NOOP\nC: P3 COMPRESS DEFLATE\n"
		"Z: P3 OK now\nS: P2 OK\nS: * ENABLED QRESYNC\nS: P1 OK\n"
		"C: P4 NOOP\nS: P4 OK\nC: PX LOGOUT", true, true, NULL },
	{ "refused", false, PRE "COMPRESS=DEFLATE] hi\nC: P1 NOOP\nC: P2 COMPRESS DEFLATE\n"
		"S: P1 OK\nS: P2 NO [COMPRESSIONACTIVE] TLS does it\n"
		"C: P3 NOOP\nS: P3 OK\nC: PX LOGOUT", true, false, NULL },
	// What was asked with it is still asked once.
	{ "not understood", false, PRE "COMPRESS=DEFLATE] hi\nC: P1 NOOP\n"
		"C: P2 COMPRESS DEFLATE\nS: P2 BAD no\nS: P1 OK\n"
		"C: P3 NOOP\nS: P3 OK\nC: PX LOGOUT", true, false, NULL },
	{ "not there", false, PRE "ID] hi\nC: P1 ID *\nS: P1 OK\nC: P2 NOOP\nS: P2 OK\n"
		"C: P3 NOOP\nS: P3 OK\nC: PX LOGOUT", true, false, NULL },
	{ "another kind of it", false, PRE "COMPRESS=LZ4] hi\n"
		"C: P1 NOOP\nS: P1 OK\nC: P2 NOOP\nS: P2 OK\nC: PX LOGOUT", true, false,
		NULL },
	{ "switched off", true, PRE "COMPRESS=DEFLATE] hi\n"
		"C: P1 NOOP\nS: P1 OK\nC: P2 NOOP\nS: P2 OK\nC: PX LOGOUT", true, false,
		NULL },
	{ "agreed to and then not done", false, PRE "COMPRESS=DEFLATE] hi\nC: P1 NOOP\n"
		"C: P2 COMPRESS DEFLATE\nS: P1 OK\nS: P2 OK now\ns: \\xff\\xff\\xff\nW:",
		false, false, "cannot be undone" },
	{ "cut in the middle", false, PRE "COMPRESS=DEFLATE] hi\nC: P1 NOOP\n"
		"C: P2 COMPRESS DEFLATE\nS: P1 OK\nZ: P2 OK now\nC: P3 NOOP\nX:",
		false, false, "" },
};

static void
with_and_without(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(sessions); i++) {
		struct script *s = script_start(NULL, sessions[i].script);
		struct remote_settings settings;
		script_settings(s, "imap", &settings);
		settings.compress_off = sessions[i].off;
		struct remote *r = NULL;
		struct error err = { 0 };
		// It is asked for with the first command, and serves the second.
		bool ok = remote_imap.open(&r, &settings, NULL, NULL, &err) &&
			remote_imap.noop(r, NULL, &err) && remote_imap.noop(r, NULL, &err);
		if (ok != sessions[i].ok ||
		    (!ok && (err.kind != ERROR_OFFLINE || !strstr(err.text, sessions[i].says))))
			fail_msg("%s: %s", sessions[i].what, err.text);
		if (ok) {
			struct remote_counters n = remote_counters(r);
			bool compressed = remote_imap.abilities(r) & REMOTE_COMPRESSED;
			assert_int_equal(compressed, sessions[i].compressed);
			assert_int_equal(n.heard != n.received, compressed);
			assert_int_equal(n.said != n.sent, compressed);
		}
		remote_imap.close(&r);
		script_finish(&s);
		remote_settings_done(&settings);
	}
}

// What was read but not expanded yet is in no socket that a wait could see.
static void
waiting(void **state)
{
	(void)state;
	struct script *s = script_start(NULL, PRE "COMPRESS=DEFLATE IDLE] hi\n"
		"C: P1 SELECT *\nC: P2 COMPRESS DEFLATE\nS: * 3 EXISTS\n"
		"S: * OK [UIDVALIDITY 7]\nS: P1 OK\nZ: P2 OK\n"
		"C: P3 IDLE\ns: + idling\\r\\n* 4 EXISTS\\r\\n\nC: DONE\nS: P3 OK\n"
		"C: P4 IDLE\nS: + idling\nC: DONE\nS: P4 OK\nC: PX LOGOUT");
	struct remote_settings settings;
	script_settings(s, "imap", &settings);
	struct remote *r = NULL;
	struct remote_state st;
	struct error err = { 0 };
	bool changed = false;
	if (!remote_imap.open(&r, &settings, NULL, NULL, &err) ||
	    !remote_imap.select(r, "f", NULL, &st, NULL, &err) ||
	    !remote_imap.watch(r, 20000, NULL, &changed, NULL, &err))
		fail_msg("%s", err.text);
	assert_true(changed);
	assert_true(remote_imap.watch(r, 10, NULL, &changed, NULL, &err));
	assert_false(changed);
	remote_imap.close(&r);
	script_finish(&s);
	remote_settings_done(&settings);
}

// --- bombs ---------------------------------------------------------------------------

static void
bomb_play(struct script *s, void *arg)
{
	size_t *sent = arg;
	struct buf lines = { 0 };
	for (int i = 0; i < 1000; i++) {
		buf_str(&lines, "* OK ");
		for (int k = 0; k < 1000; k++)
			buf_char(&lines, 'x');
		buf_str(&lines, "\r\n");
	}
	if (script_line(s, "* PREAUTH [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] hi") &&
	    script_expect(s, "P1 NOOP") && script_expect(s, "P2 COMPRESS DEFLATE") &&
	    script_line(s, "P1 OK") && script_deflate(s, "P2 OK") &&
	    script_expect(s, "P3 NOOP")) {
		while (script_send(s, lines.data, lines.len))
			*sent += lines.len;
	}
	buf_done(&lines);
}

static void
a_bomb_is_cut(void **state)
{
	(void)state;
	size_t sent = 0;
	struct script *s = script_start_play(NULL, bomb_play, &sent);
	struct remote_settings settings;
	script_settings(s, "imap", &settings);
	struct remote *r = NULL;
	struct error err = { 0 };
	assert_true(remote_imap.open(&r, &settings, NULL, NULL, &err));
	assert_true(remote_imap.noop(r, NULL, &err));
	assert_false(remote_imap.noop(r, NULL, &err));
	assert_int_equal(err.kind, ERROR_OFFLINE);
	assert_non_null(strstr(err.text, "more than can be meant"));
	struct remote_counters n = remote_counters(r);
	assert_true(n.heard <= DEFLATE_FREE + n.received * DEFLATE_RATIO + 65536);
	remote_imap.close(&r);
	script_finish_early(&s);
	remote_settings_done(&settings);
}

// --- a real server ----------------------------------------------------------------------

static bool
take_all(void *arg, const void *bytes, size_t len)
{
	buf_add(arg, bytes, len);
	return true;
}

static void
fetch_from(struct server *server, bool off, struct buf *out,
	struct remote_counters *counters_r)
{
	struct remote_settings settings = {
		.scheme = str_dup("imaps"),
		.user = str_dup(server_get(server, "user")),
		.host = str_dup(server_get(server, "host")),
		.port = (uint16_t)server_port(server, "imaps"),
		.tls_ca = str_dup(server_get(server, "ca")),
		.password = str_dup(server_get(server, "password")),
		.timeout_ms = 20000, .compress_off = off,
	};
	struct remote *r = NULL;
	struct error err = { 0 };
	struct remote_state st;
	struct remote_sink sink = { .arg = out, .data = take_all };
	if (!remote_imap.open(&r, &settings, NULL, NULL, &err) ||
	    !remote_imap.select(r, "INBOX", NULL, &st, NULL, &err) ||
	    !remote_imap.fetch_raw(r, 1, 0, 0, &sink, &err))
		fail_msg("%s", err.text);
	assert_int_equal(!!(remote_imap.abilities(r) & REMOTE_COMPRESSED), !off);
	*counters_r = remote_counters(r);
	remote_imap.close(&r);
	remote_settings_done(&settings);
}

static void
dovecot(void **state)
{
	(void)state;
	static const char *const options[] = { "--services", "imap,lmtp",
		"--compress", NULL };
	if (!server_available()) {
		print_message("# " SERVER_MISSING "\n");
		skip();
	}
	struct server *server = server_start(options);
	assert_non_null(server);
	struct buf mail = { 0 }, one = { 0 }, two = { 0 };
	buf_str(&mail, "From: bob@example.net\r\nSubject: long\r\n\r\n");
	for (int i = 0; i < 20000; i++)
		buf_printf(&mail, "This is line %d of a text that says little.\r\n", i);
	assert_true(server_put(server, server_get(server, "user"), "INBOX", "", 0,
		mail.data, mail.len));
	struct remote_counters packed, plain;
	fetch_from(server, false, &one, &packed);
	fetch_from(server, true, &two, &plain);
	assert_int_equal(one.len, mail.len);
	assert_memory_equal(one.data, mail.data, mail.len);
	assert_memory_equal(two.data, mail.data, mail.len);
	assert_true(packed.received * 4 < plain.received);
	assert_true(packed.turns == plain.turns); // it costs none
	print_message("# %zu bytes of mail: %llu on the wire, %llu without\n", mail.len,
		(unsigned long long)packed.received, (unsigned long long)plain.received);
	buf_done(&mail);
	buf_done(&one);
	buf_done(&two);
	server_stop(&server);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_of_any_size),
		cmocka_unit_test(what_cannot_be_undone),
		cmocka_unit_test(what_has_ended),
		cmocka_unit_test(with_and_without),
		cmocka_unit_test(waiting),
		cmocka_unit_test(a_bomb_is_cut),
		cmocka_unit_test(dovecot),
	};
	return cmocka_run_group_tests_name("imap-compress", tests, NULL, NULL);
}
