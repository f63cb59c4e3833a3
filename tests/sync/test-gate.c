// SPDX-License-Identifier: GPL-3.0-or-later
// What a person sees of the failures of an account's workers, and how long each
// of them keeps the others waiting.
#include "config.h"

#include "tests/unit/store-test.h"

#include "account/account.h"
#include "account/advice.h"
#include "account/board.h"
#include "account/event.h"
#include "account/gate.h"
#include "base/error.h"
#include "base/utf8.h"
#include "base/str.h"
#include "loop/cancel.h"
#include "loop/queue.h"
#include "remote/remote.h"

#include <string.h>

enum { WORK, LONG, SEND };

struct fixture {
	struct queue *events;
	struct board *board;
	struct gate *in, *out;
	struct account_status shown;
};

static void
fixture_init(struct fixture *f)
{
	*f = (struct fixture){ .events = queue_new() };
	f->board = board_new(f->events, 1);
	f->in = gate_new(f->board, false);
	f->out = gate_new(f->board, true);
}

// The latest that was told.
static enum account_state
shown(struct fixture *f)
{
	struct queue_item *item;

	while ((item = queue_take(f->events)) != NULL) {
		struct event *e = (struct event *)item;
		assert_int_equal(e->kind, EVENT_ACCOUNT);
		f->shown = *e->status;
		event_free(&e);
	}
	return f->shown.state;
}

static void
fixture_done(struct fixture *f)
{
	shown(f);
	gate_free(&f->in);
	gate_free(&f->out);
	board_free(&f->board);
	queue_free(&f->events, NULL);
}

static void
fail_at(struct fixture *f, struct gate *g, unsigned place, enum error_kind kind)
{
	struct error err;

	error_set(&err, kind, "the server did not answer");
	gate_failed(g, place, &err);
	if (kind == ERROR_AUTH)
		board_asks(f->board, place, &err, "imap.example.org", 993, "", false);
}

// Both have failed; what one of them does shows that the other can, too.
static void
test_recovered(void **state)
{
	static const enum error_kind kinds[] = { ERROR_OFFLINE, ERROR_AUTH };

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct fixture f;
		fixture_init(&f);
		fail_at(&f, f.in, WORK, kinds[i]);
		fail_at(&f, f.in, LONG, kinds[i]);
		assert_int_equal(shown(&f), kinds[i] == ERROR_AUTH ?
			ACCOUNT_NEEDS_PASSWORD : ACCOUNT_OFFLINE);
		assert_string_equal(f.shown.error, "the server did not answer");
		board_state(f.board, LONG, ACCOUNT_IDLE);
		assert_int_not_equal(shown(&f), ACCOUNT_IDLE);
		gate_worked(f.in);
		assert_int_equal(shown(&f), ACCOUNT_IDLE);
		assert_string_equal(f.shown.error, "");
		fixture_done(&f);
	}
}

// Mail that arrives does not show that mail can be sent.
static void
test_sides(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	for (int i = 0; i < 6; i++)
		fail_at(&f, f.out, SEND, ERROR_OFFLINE);
	gate_worked(f.in);
	assert_int_equal(shown(&f), ACCOUNT_OFFLINE);
	assert_int_equal(gate_wait_ms(f.in), 0);
	assert_true(gate_wait_ms(f.out) > 0);
	gate_worked(f.out);
	assert_int_equal(shown(&f), ACCOUNT_IDLE);
	fixture_done(&f);
}

// Who asks does not wait; but nothing is said to be well before it is.
static void
test_retry(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	fail_at(&f, f.in, WORK, ERROR_OFFLINE);
	gate_retry(f.in);
	assert_int_equal(gate_wait_ms(f.in), 0);
	assert_int_equal(shown(&f), ACCOUNT_OFFLINE);
	fail_at(&f, f.in, LONG, ERROR_AUTH);
	assert_int_equal(gate_wait_ms(f.in), -1);
	gate_retry(f.in);
	assert_int_equal(gate_wait_ms(f.in), 0);
	assert_int_equal(shown(&f), ACCOUNT_NEEDS_PASSWORD);
	gate_worked(f.in);
	assert_int_equal(shown(&f), ACCOUNT_IDLE);
	fixture_done(&f);
}

// Longer each time, never longer than the longest, and short again afterwards.
static void
test_pauses(void **state)
{
	struct fixture f;
	int last = 0;

	(void)state;
	fixture_init(&f);
	for (int i = 0; i < 40; i++) {
		fail_at(&f, f.in, WORK, ERROR_OFFLINE);
		int now = gate_wait_ms(f.in);
		assert_true(now <= GATE_PAUSE_MAX_MS);
		// A quarter is left to chance; the double is seconds more by now.
		if (i > 4 && i < 8)
			assert_true(now > last);
		last = now;
	}
	assert_true(last > GATE_PAUSE_MAX_MS / 2);
	gate_worked(f.in);
	fail_at(&f, f.in, WORK, ERROR_OFFLINE);
	assert_true(gate_wait_ms(f.in) <= GATE_PAUSE_FIRST_MS);
	// What one gave up oneself is no failure.
	gate_worked(f.in);
	fail_at(&f, f.in, WORK, ERROR_CANCELLED);
	assert_int_equal(gate_wait_ms(f.in), 0);
	fixture_done(&f);
}

// --- a password that worked before ----------------------------------------------------------

// A server that refuses the tries whose bit is set, and is not there at others.
static unsigned open_tries, open_refused, open_gone;

static bool
server_open(struct remote **r, const struct remote_settings *settings,
	struct cancel *cancel, struct remote_certificate *certificate_r,
	struct error *err)
{
	unsigned bit = 1u << open_tries++;

	(void)cancel;
	(void)certificate_r;
	assert_string_equal(settings->password, "secret");
	if (open_refused & bit)
		return error_set(err, ERROR_AUTH, "the server refused the password.");
	if (open_gone & bit)
		return error_set(err, ERROR_OFFLINE, "nobody is there");
	*r = (struct remote *)&open_tries;
	return true;
}

static void
test_worked_before(void **state)
{
	static const struct remote_driver server = { .open = server_open };
	// One opening after another: which tries are refused, or meet nobody, and
	// what comes of the last.
	static const struct {
		unsigned openings, refused, gone, tries;
		enum error_kind kind;
		const char *says;
	} rows[] = {
		// Never worked: asked at once.
		{ 1, 1, 0, 1, ERROR_AUTH, "the server refused the password." },
		// Worked, and refused by a server that goes down: nobody is asked.
		{ 2, 2, 0, 3, ERROR_NONE, "" },
		{ 2, 2, 4, 3, ERROR_OFFLINE, "nobody is there" },
		// Worked, and is another one now: once more, then it is asked for.
		{ 2, 6, 0, 3, ERROR_AUTH, "the server refused the password (the same "
			"password worked before)" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct account_settings s = { .name = str_dup("home"),
			.incoming = str_dup("imaps://ann@imap.example.org"),
			.password = str_dup("secret") };
		struct cancel *cancel = cancel_new();
		struct fixture f;
		struct error err;
		fixture_init(&f);
		gate_set_second_try(f.in, 1);
		open_tries = 0;
		open_refused = rows[i].refused;
		open_gone = rows[i].gone;
		for (unsigned n = 0; n < rows[i].openings; n++) {
			struct remote *r = NULL;
			error_clear(&err);
			gate_open(f.in, &s, &server, WORK, cancel, &r, &err);
		}
		assert_int_equal(open_tries, rows[i].tries);
		assert_int_equal(err.kind, rows[i].kind);
		assert_string_equal(err.kind == ERROR_NONE ? "" : err.text, rows[i].says);
		assert_int_equal(shown(&f) == ACCOUNT_NEEDS_PASSWORD,
			rows[i].kind == ERROR_AUTH);
		fixture_done(&f);
		cancel_free(&cancel);
		account_settings_done(&s);
	}
}

// One opening in a run of its own; returns how often the server was asked.
static unsigned
open_in_a_run(struct store_test *t, const char *url, const char *typed, unsigned refused,
	enum error_kind kind)
{
	static const struct remote_driver server = { .open = server_open };
	struct account_settings s = { .name = str_dup("home"), .incoming = str_dup(url),
		.password = str_dup(typed) };
	struct cancel *cancel = cancel_new();
	struct remote *r = NULL;
	struct error err = {0};
	struct fixture f;

	strlist_add(&s.password_command, "printf");
	strlist_add(&s.password_command, "secret");
	store_test_reopen(t);
	fixture_init(&f);
	gate_set_second_try(f.in, 1);
	gate_remember(f.in, t->s);
	open_tries = open_gone = 0;
	open_refused = refused;
	gate_open(f.in, &s, &server, WORK, cancel, &r, &err);
	assert_int_equal(err.kind, kind);
	store_settle(t->s);
	fixture_done(&f);
	cancel_free(&cancel);
	account_settings_done(&s);
	return open_tries;
}

// The journal knows it after a restart, of the same server and of what a program
// told; a password that was typed now is another one.
static void
test_worked_in_an_earlier_run(void **state)
{
	const char *here = "imaps://ann@imap.example.org";
	const char *there = "imaps://ann@imap.example.net";
	struct store_test t = { 0 };

	(void)state;
	store_test_open(&t);
	assert_int_equal(open_in_a_run(&t, here, NULL, 1, ERROR_AUTH), 1);
	assert_int_equal(open_in_a_run(&t, here, NULL, 0, ERROR_NONE), 1);
	assert_int_equal(open_in_a_run(&t, here, NULL, 1, ERROR_NONE), 2);
	assert_int_equal(open_in_a_run(&t, here, NULL, 3, ERROR_AUTH), 2);
	assert_int_equal(open_in_a_run(&t, here, "secret", 1, ERROR_AUTH), 1);
	assert_int_equal(open_in_a_run(&t, there, NULL, 1, ERROR_AUTH), 1);
	store_test_close(&t);
}

// Who waits is told what to do, on which side and by which of the settings.
static void
test_advice(void **state)
{
	static const struct {
		enum error_kind kind;
		bool outgoing, typed, command, own_command;
		const char *expected;
	} rows[] = {
		{ ERROR_OFFLINE, false, false, true, false,
			"it failed; nothing is lost: try again when network and "
			"server are there, or mend \"incoming\" of account home" },
		{ ERROR_OFFLINE, true, false, true, false,
			"it failed; mend \"outgoing\" of account home" },
		{ ERROR_AUTH, false, false, true, false,
			"it failed; mend \"password-command\" of account home" },
		{ ERROR_AUTH, true, false, true, false,
			"it failed; mend \"password-command\" of account home" },
		{ ERROR_AUTH, true, false, true, true,
			"it failed; mend \"outgoing-password-command\" of account "
			"home" },
		{ ERROR_AUTH, false, true, true, false,
			"it failed; type it on the screen (password home), or set "
			"\"password-command\" of that account" },
		{ ERROR_AUTH, false, false, false, false,
			"it failed; type it on the screen (password home), or set "
			"\"password-command\" of that account" },
		{ ERROR_TRUST, false, false, true, false,
			"it failed; ask whoever runs the server, or look at its "
			"key on the screen (trust home)" },
		{ ERROR_REFUSED, false, false, true, false, "it failed." },
		{ ERROR_STORE, false, false, true, false, "it failed." },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct account_settings s = {
			.name = str_dup("home"),
			.incoming = str_dup("imaps://ann@imap.example.org"),
			.outgoing = str_dup("sendmail:///usr/sbin/sendmail"),
			.password = rows[i].typed ? str_dup("typed") : NULL,
		};
		struct error err;
		if (rows[i].command)
			strlist_add(&s.password_command, "pass");
		if (rows[i].own_command)
			strlist_add(&s.outgoing_password_command, "pass");
		error_set(&err, rows[i].kind, "it failed.");
		advice_add(&err, &s, rows[i].outgoing);
		assert_string_equal(err.text, rows[i].expected);
		assert_int_equal(err.kind, rows[i].kind);
		account_settings_done(&s);
	}
}

// A server may say much; the advice is there all the same.
static void
test_long_advice(void **state)
{
	struct account_settings s = { .name = str_dup("home") };
	char words[ERROR_TEXT_MAX];
	struct error err;

	(void)state;
	for (size_t i = 0; i + 2 < sizeof(words); i += 2)
		strcpy(words + i, "ö");
	for (const char *blanks = "   "; *blanks != '\0'; blanks++) {
		error_set(&err, ERROR_TRUST, "%s%s", blanks, words);
		advice_add(&err, &s, false);
		assert_true(utf8_valid(err.text, strlen(err.text)));
		assert_non_null(strstr(err.text, "ö; ask whoever runs"));
		assert_non_null(strstr(err.text, "(trust home)"));
	}
	account_settings_done(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recovered),
		cmocka_unit_test(test_sides),
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_pauses),
		cmocka_unit_test(test_worked_before),
		cmocka_unit_test(test_worked_in_an_earlier_run),
		cmocka_unit_test(test_advice),
		cmocka_unit_test(test_long_advice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
