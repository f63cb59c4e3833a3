// SPDX-License-Identifier: GPL-3.0-or-later
// The set-up: servers guessed from an address, and what is typed for one.
#include "config.h"

#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "ui/view/setup_servers.h"

static void
assert_list(struct strlist *have, const char *want)
{
	char *joined = strlist_join(have, " ");

	assert_string_equal(joined, want);
	free(joined);
	strlist_done(have);
}

static void
test_proposals(void **state)
{
	struct strlist out = {0};

	(void)state;
	setup_servers_incoming("ann@example.org", &out);
	assert_list(&out, "imaps://ann@example.org@imap.example.org "
		"imaps://ann@example.org@mail.example.org "
		"imaps://ann@example.org@example.org pop3s://ann@example.org@pop.example.org");
	setup_servers_incoming("ann@GMX.de", &out);
	assert_list(&out, "imaps://ann@GMX.de@imap.gmx.net");
	// Another's name that only ends like a known one.
	setup_servers_outgoing("ann@notgmx.de", NULL, &out);
	assert_list(&out, "smtps://ann@notgmx.de@smtp.notgmx.de "
		"smtp://ann@notgmx.de@smtp.notgmx.de");
	setup_servers_outgoing("ann@example.org", "imaps://ann@mail.example.net:993", &out);
	assert_list(&out, "smtps://ann@example.org@smtp.example.net "
		"smtps://ann@example.org@mail.example.net "
		"smtps://ann@example.org@smtp.example.org "
		"smtp://ann@example.org@smtp.example.org");
	setup_servers_incoming("ann", &out);
	setup_servers_outgoing("ann@", NULL, &out);
	assert_int_equal(out.len, 0);
	strlist_done(&out);
}

static const struct {
	const char *typed;
	bool outgoing;
	const char *url;       // NULL: refused
	const char *why;       // stands in the sentence then
} typed[] = {
	{ "imaps://ann@imap.example.org", false, "imaps://ann@imap.example.org", NULL },
	{ " imap.example.org ", false, "imaps://a@b.org@imap.example.org", NULL },
	{ "imaps://imap.example.org:1993", false,
		"imaps://a@b.org@imap.example.org:1993", NULL },
	{ "mail.example.org:143", false, "imap://a@b.org@mail.example.org:143", NULL },
	{ "mail.example.org:995", false, "pop3s://a@b.org@mail.example.org:995", NULL },
	{ "pop.example.org", false, "pop3s://a@b.org@pop.example.org", NULL },
	{ "localhost:1993", false, "imaps://a@b.org@localhost:1993", NULL },
	{ "m\303\274ller.example", false, "imaps://a@b.org@m\303\274ller.example", NULL },
	{ "/home/ann/Mail", false, "maildir:///home/ann/Mail", NULL },
	{ "maildir:///home/ann/Mail", false, "maildir:///home/ann/Mail", NULL },
	{ "smtp.example.org", true, "smtps://a@b.org@smtp.example.org", NULL },
	{ "smtp.example.org:587", true, "smtp://a@b.org@smtp.example.org:587", NULL },
	{ "/usr/sbin/sendmail", true, "sendmail:///usr/sbin/sendmail", NULL },
	{ "ann@example.org", false, NULL, "such as imap.example.org" },
	{ "ann@example.org", true, NULL, "such as smtp.example.org" },
	{ "ann@", false, NULL, "is an address" },
	{ "http://example.org", false, NULL, "http is none of these" },
	{ "smtps://ann@smtp.example.org", false, NULL, "smtps is none of these" },
	{ "imaps://ann@imap.example.org", true, NULL, "imaps is none of these" },
	{ "maildir://Mail", false, NULL, "whole path" },
	{ "imaps://", false, NULL, "missing" },
	{ "imaps://ann@", false, NULL, "missing" },
	{ ":993", false, NULL, "missing" },
	{ "", false, NULL, "missing" },
	{ "mail.example.org:imap", false, NULL, "no port" },
	{ "mail.example.org:70000", false, NULL, "no port" },
	{ "the one at work", false, NULL, "No server is called" },
	{ "a;b", false, NULL, "No server is called" },
};

static void
test_typed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
		struct error err;
		char *url;

		error_clear(&err);
		url = setup_server(typed[i].typed, "a@b.org", typed[i].outgoing, &err);
		if (typed[i].url) {
			assert_non_null(url);
			assert_string_equal(url, typed[i].url);
		} else {
			assert_null(url);
			assert_non_null(strstr(err.text, typed[i].why));
		}
		free(url);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proposals),
		cmocka_unit_test(test_typed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
