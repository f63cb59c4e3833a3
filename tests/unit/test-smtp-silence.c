// SPDX-License-Identifier: GPL-3.0-or-later
// A sending whose server falls silent, or is gone, after each byte that it would
// have sent: an error in time, and a doubt exactly where there is one.
#include "config.h"

#include "tests/unit/test.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "remote/remote.h"
#include "silence.h"

// RFC 5321 section 4.5.3.2.6: for the answer to the final dot.
#define VERDICT_TIMEOUT_MS 600000

static const char *const step_by_step[] = {
	"S: 220 mail.example ESMTP\r\n",
	"C: EHLO postern.test",
	"S: 250-mail.example\r\n250 AUTH PLAIN\r\n",
	"C: AUTH PLAIN *",
	"S: 235 in\r\n",
	"C: MAIL FROM:<ann@example.org>",
	"S: 250 ok\r\n",
	"C: RCPT TO:<bob@example.org>",
	"S: 250 ok\r\n",
	"C: RCPT TO:<cy@example.org>",
	"S: 250 ok\r\n",
	"C: DATA",
	"S: 354 go\r\n",
	"C: one",
	"C: ..two",
	"C: .",
	"S: 250-2.0.0 well\r\n250 2.0.0 taken\r\n",
	"C: QUIT",
};

static const char *const at_once[] = {
	"S: 220-mail.example ESMTP\r\n220 no spam here\r\n",
	"C: EHLO postern.test",
	"S: 250-mail.example\r\n250-PIPELINING\r\n250-SIZE 1000\r\n",
	"S: 250-AUTH PLAIN\r\n250 8BITMIME\r\n",
	"C: AUTH PLAIN *",
	"S: 235 in\r\n",
	"C: MAIL FROM:<ann@example.org> *",
	"C: RCPT TO:<bob@example.org>",
	"C: RCPT TO:<cy@example.org>",
	"C: DATA",
	"S: 250 ok\r\n250 ok\r\n550 5.1.1 none\r\n354 go\r\n",
	"C: one",
	"C: ..two",
	"C: .",
	"S: 250 2.0.0 taken\r\n",
	"C: QUIT",
};

static const struct silence sessions[] = {
	{ .lines = step_by_step, .n = COUNT_OF(step_by_step) },
	{ .lines = at_once, .n = COUNT_OF(at_once) },
};

// Of its last answer alone it is not known whether it was one.
static size_t
verdict_at(const struct silence *s)
{
	return silence_length(s) - strlen(s->lines[s->n - 2] + 3);
}

static bool
next_piece(void *arg, const void **bytes_r, size_t *len_r)
{
	static const char text[] = "one\r\n.two\r\n";
	size_t *at = arg, left = sizeof(text) - 1 - *at;

	*bytes_r = text + *at;
	*len_r = left < 4 ? left : 4;
	*at += *len_r;
	return left > 0;
}

struct run {
	struct script *script;
	struct sender *sender;
	struct sender_recipient to[2];
	struct error err;
	bool maybe;
};

static bool
run(struct run *n, const struct silence *until)
{
	const struct sender_driver *d = &sender_smtp;
	struct remote_settings settings;
	size_t at = 0;

	*n = (struct run){ .script = silence_start(until), .to = {
		{ .mail = "bob@example.org" }, { .mail = "cy@example.org" } } };
	script_settings(n->script, "smtp", &settings);
	settings.timeout_ms = SILENCE_TIMEOUT_MS;
	bool ok = d->open(&n->sender, &settings, NULL, NULL, &n->err) &&
		d->send(n->sender, "ann@example.org", n->to, COUNT_OF(n->to),
			strlen("one\r\n.two\r\n"), next_piece, &at, &n->maybe,
			&n->err);
	remote_settings_done(&settings);
	return ok;
}

static void
run_done(struct run *n, bool whole)
{
	if (n->sender != NULL)
		sender_smtp.close(&n->sender);
	for (size_t i = 0; i < COUNT_OF(n->to); i++)
		free(n->to[i].answer);
	if (whole)
		script_finish(&n->script);
	else
		script_finish_early(&n->script);
}

static void
test_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(sessions); i++) {
		struct silence until = sessions[i];
		struct run n;
		until.after = SIZE_MAX;
		if (!run(&n, &until))
			print_error("%s\n", n.err.text);
		assert_int_equal(n.err.kind, ERROR_NONE);
		assert_false(n.maybe);
		assert_true(n.to[0].accepted);
		assert_int_equal(n.to[1].accepted, i == 0);
		assert_int_equal(silence_waited_ms(), 0);
		run_done(&n, true);
	}
}

static void
check_time(const struct silence *until)
{
	int64_t most = until->after == verdict_at(until) ? VERDICT_TIMEOUT_MS :
		SILENCE_TIMEOUT_MS;
	int64_t waited = silence_waited_ms();

	if (until->cut ? waited != 0 :
	    waited < most || waited > most + SILENCE_GRACE_MS)
		fail_msg("%zu: waited %lld ms", until->after, (long long)waited);
}

static void
end_after_every_byte(const struct silence *session, bool cut)
{
	struct silence until = *session;

	until.cut = cut;
	for (; until.after < silence_length(session); until.after++) {
		struct run n;
		assert_false(run(&n, &until));
		if (n.err.kind != ERROR_OFFLINE)
			fail_msg("%zu: %s", until.after, n.err.text);
		if (n.maybe != (until.after >= verdict_at(&until)))
			fail_msg("%zu: maybe is %d", until.after, n.maybe);
		// Nobody is crossed off for what may have to go again.
		for (size_t i = 0; i < COUNT_OF(n.to); i++)
			assert_false(n.to[i].accepted);
		check_time(&until);
		run_done(&n, false);
		// Nor does the goodbye wait.
		check_time(&until);
	}
}

static void
test_silent_after_every_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(sessions); i++)
		end_after_every_byte(&sessions[i], false);
}

static void
test_cut_after_every_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(sessions); i++)
		end_after_every_byte(&sessions[i], true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_silent_after_every_byte),
		cmocka_unit_test(test_cut_after_every_byte),
	};

	return cmocka_run_group_tests_name("smtp-silence", tests, NULL, NULL);
}
