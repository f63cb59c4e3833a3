// SPDX-License-Identifier: GPL-3.0-or-later
// Addresses of servers as users write them, and the small values of the table.
#include "config.h"

#include "test.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "remote/private.h"
#include "remote/remote.h"

static const struct {
	const char *url;
	bool off;
	const char *scheme, *user, *host, *path; // scheme NULL: refused
	uint16_t port;
	enum remote_tls tls;
} urls[] = {
	{ "imaps://ann@imap.example.org", false, "imaps", "ann", "imap.example.org",
		NULL, 993, REMOTE_TLS_IMPLICIT },
	{ "IMAP://imap.example.org:1143/", false, "imap", NULL, "imap.example.org",
		NULL, 1143, REMOTE_TLS_START },
	{ "pop3s://a%40b.example@[::1]:1995", false, "pop3s", "a@b.example", "::1",
		NULL, 1995, REMOTE_TLS_IMPLICIT },
	{ "pop3://a@b.example@127.0.0.1", true, "pop3", "a@b.example", "127.0.0.1",
		NULL, 110, REMOTE_TLS_OFF },
	{ "smtps://[::1]", true, "smtps", NULL, "::1", NULL, 465, REMOTE_TLS_IMPLICIT },
	{ "smtp://localhost", true, "smtp", NULL, "localhost", NULL, 587, REMOTE_TLS_OFF },
	{ "maildir:///home/ann/My%20Mail", false, "maildir", NULL, NULL,
		"/home/ann/My Mail", 0, REMOTE_TLS_OFF },
	{ "sendmail:///usr/sbin/sendmail", false, "sendmail", NULL, NULL,
		"/usr/sbin/sendmail", 0, REMOTE_TLS_OFF },
	{ "imap://imap.example.org", true, NULL },
	{ "imap://127.0.0.1.example.org", true, NULL },
	{ "http://example.org", false, NULL },
	{ "imap.example.org", false, NULL },
	{ "", false, NULL },
	{ "imaps://", false, NULL },
	{ "imaps://ann@", false, NULL },
	{ "imaps://ann:secret@host", false, NULL },
	{ "imaps://a%0d%0ab@host", false, NULL },
	{ "imaps://a%4@host", false, NULL },
	{ "imaps://host:0", false, NULL },
	{ "imaps://host:65536", false, NULL },
	{ "imaps://host:", false, NULL },
	{ "imaps://[::1", false, NULL },
	{ "imaps://[::1]x", false, NULL },
	{ "imaps://ho st", false, NULL },
	{ "imaps://host/folder", false, NULL },
	{ "maildir://relative", false, NULL },
};

static void
addresses_of_servers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(urls); i++) {
		struct remote_settings s = { 0 };
		struct error err = { 0 };
		bool ok = remote_parse_url(&s, urls[i].url, urls[i].off, &err);
		if (ok != !!urls[i].scheme)
			fail_msg("%s: %s", urls[i].url, ok ? "taken" : err.text);
		if (ok) {
			assert_string_equal(s.scheme, urls[i].scheme);
			assert_true(str_equal(s.user, urls[i].user));
			assert_true(str_equal(s.host, urls[i].host));
			assert_true(str_equal(s.path, urls[i].path));
			assert_int_equal(s.port, urls[i].port);
			assert_int_equal(s.tls, urls[i].tls);
		} else {
			assert_int_equal(err.kind, ERROR_INPUT);
			assert_null(strstr(err.text, "secret"));
		}
		remote_settings_done(&s);
	}
}

static const struct {
	const char *url, *peer;
} peers[] = {
	{ "imaps://ann@mail.example.org", "mail.example.org:993 (home, incoming)" },
	{ "imap://[::1]:1143", "[::1]:1143 (home, incoming)" },
	{ "maildir:///path", "" },
};

static void
what_errors_call_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(peers); i++) {
		struct remote_settings s = { 0 }, copy;
		assert_true(remote_parse_url(&s, peers[i].url, false, NULL));
		assert_string_equal(remote_peer(&s), str_or_empty(s.host));
		remote_settings_name(&s, "home, incoming");
		remote_settings_copy(&copy, &s);
		assert_string_equal(remote_peer(&copy), peers[i].peer);
		remote_settings_done(&copy);
		remote_settings_done(&s);
	}
}

static void
ranges_of_uids(void **state)
{
	(void)state;
	static const uint32_t uids[] = { 1, 2, 3, 3, 7, 9, 10, UINT32_MAX };
	struct remote_range *ranges;
	assert_int_equal(remote_ranges(uids, COUNT_OF(uids), &ranges), 4);
	static const struct remote_range wanted[] = {
		{ 1, 3 }, { 7, 7 }, { 9, 10 }, { UINT32_MAX, UINT32_MAX },
	};
	assert_memory_equal(ranges, wanted, sizeof(wanted));
	free(ranges);
	assert_int_equal(remote_ranges(NULL, 0, &ranges), 0);
	free(ranges);
}

static void
settings_are_copied(void **state)
{
	(void)state;
	struct remote_settings a = {
		.scheme = str_dup("imaps"), .password = str_dup("x"), .port = 7,
	}, b;
	remote_settings_copy(&b, &a);
	assert_ptr_not_equal(a.password, b.password);
	remote_settings_done(&a);
	assert_null(a.password);
	assert_string_equal(b.password, "x");
	assert_int_equal(b.port, 7);
	remote_settings_done(&b);
}

static void
words_of_servers(void **state)
{
	(void)state;
	struct buf out = { 0 };
	remote_words(&out, "a\033[31mb\r\n", 8);
	assert_null(strpbrk(buf_text(&out), "\033\r\n"));
	buf_clear(&out);
	char text[1000];
	memset(text, 'x', sizeof(text));
	memcpy(text + REMOTE_WORDS_MAX - 1, "\xc3\xa9", 2);
	remote_words(&out, text, sizeof(text));
	assert_int_equal(out.len, REMOTE_WORDS_MAX - 1 + 3);
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_servers),
		cmocka_unit_test(what_errors_call_it),
		cmocka_unit_test(ranges_of_uids),
		cmocka_unit_test(settings_are_copied),
		cmocka_unit_test(words_of_servers),
	};
	return cmocka_run_group_tests_name("remote-settings", tests, NULL, NULL);
}
