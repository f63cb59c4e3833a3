// SPDX-License-Identifier: GPL-3.0-or-later
// A download whose server falls silent, or is gone, after each byte that it would
// have sent: an error in time, and no message is whole or gone that is not.
#include "config.h"

#include "tests/unit/test.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "remote/remote.h"
#include "silence.h"

static const char *const step_by_step[] = {
	"S: +OK ready\r\n",
	"C: CAPA",
	"S: +OK\r\nSASL PLAIN\r\nUSER\r\nUIDL\r\nTOP\r\n.\r\n",
	"C: AUTH PLAIN *",
	"S: +OK in\r\n",
	"C: CAPA",
	"S: +OK\r\nUSER\r\nUIDL\r\nTOP\r\n.\r\n",
	"C: LIST",
	"S: +OK\r\n1 7\r\n2 8\r\n.\r\n",
	"C: UIDL",
	"S: +OK\r\n1 a\r\n2 b\r\n.\r\n",
	"C: TOP 1 0",
	"S: +OK\r\nSubject: x\r\n\r\n.\r\n",
	"C: TOP 2 0",
	"S: +OK\r\nSubject: y\r\n\r\n.\r\n",
	"C: RETR 1",
	"S: +OK\r\none\r\n..\r\n.\r\n",
	"C: RETR 2",
	"S: +OK\r\ntwo!!!\r\n.\r\n",
	"C: DELE 1",
	"S: +OK\r\n",
	"C: QUIT",
	"S: +OK bye\r\n",
};

static const char *const at_once[] = {
	"S: +OK ready\r\n",
	"C: CAPA",
	"S: +OK\r\nUSER\r\nUIDL\r\nPIPELINING\r\n.\r\n",
	"C: USER ann",
	"S: +OK\r\n",
	"C: PASS secret",
	"S: +OK in\r\n",
	"C: CAPA",
	"S: +OK\r\nUSER\r\nUIDL\r\nPIPELINING\r\n.\r\n",
	"C: LIST",
	"C: UIDL",
	"S: +OK\r\n1 7\r\n2 8\r\n.\r\n+OK\r\n1 a\r\n2 b\r\n.\r\n",
	"C: TOP 1 0",
	"C: TOP 2 0",
	"S: +OK\r\nSubject: x\r\n\r\n.\r\n+OK\r\nSubject: y\r\n\r\n.\r\n",
	"C: RETR 1",
	"C: RETR 2",
	"S: +OK\r\none\r\n..\r\n.\r\n+OK\r\ntwo!!!\r\n.\r\n",
	"C: DELE 1",
	"S: +OK\r\n",
	"C: QUIT",
	"S: +OK bye\r\n",
};

static const struct silence sessions[] = {
	{ .lines = step_by_step, .n = COUNT_OF(step_by_step) },
	{ .lines = at_once, .n = COUNT_OF(at_once) },
};

// How much of each message came, and which of them were whole.
struct heard {
	struct buf data, whole;
};

static bool
hear_message(void *arg, struct remote_message *m)
{
	struct heard *h = arg;

	// The one before is whole: this one begins.
	if (!m->has_envelope && h->data.len > 0)
		buf_add(&h->whole, h->data.data, h->data.len);
	buf_clear(&h->data);
	return true;
}

static bool
hear_data(void *arg, const void *bytes, size_t len)
{
	buf_add(&((struct heard *)arg)->data, bytes, len);
	return true;
}

struct run {
	struct script *script;
	struct remote *r;
	struct heard heard;
	struct error err;
	bool committed;
};

static bool
download(struct run *n)
{
	const struct remote_driver *d = &remote_pop3;
	const struct remote_known known = {0};
	const struct remote_range range = { 1, UINT32_MAX }, first = { 1, 1 };
	const struct remote_set all = { &range, 1 }, one = { &first, 1 };
	struct remote_sink sink = { .arg = &n->heard, .message = hear_message,
		.data = hear_data };
	struct remote_state state;

	if (!d->select(n->r, "INBOX", &known, &state, NULL, &n->err) ||
	    !d->fetch(n->r, all, REMOTE_FETCH_ENVELOPE, 0, &sink, &n->err) ||
	    !d->fetch(n->r, all, REMOTE_FETCH_RAW, 0, &sink, &n->err))
		return false;
	buf_add(&n->heard.whole, n->heard.data.data, n->heard.data.len);
	n->committed = d->expunge(n->r, one, &n->err) && d->commit(n->r, &n->err);
	return n->committed;
}

static bool
run(struct run *n, const struct silence *until)
{
	struct remote_settings settings;

	*n = (struct run){ .script = silence_start(until) };
	script_settings(n->script, "pop3", &settings);
	settings.timeout_ms = SILENCE_TIMEOUT_MS;
	bool ok = remote_pop3.open(&n->r, &settings, NULL, NULL, &n->err) &&
		download(n);
	remote_settings_done(&settings);
	return ok;
}

static void
run_done(struct run *n, bool whole)
{
	if (n->r != NULL)
		remote_pop3.close(&n->r);
	if (whole)
		script_finish(&n->script);
	else
		script_finish_early(&n->script);
	buf_done(&n->heard.data);
	buf_done(&n->heard.whole);
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
		assert_int_equal(silence_waited_ms(), 0);
		assert_string_equal(buf_text(&n.heard.whole),
			"one\r\n.\r\ntwo!!!\r\n");
		run_done(&n, true);
	}
}

// Half a message is never taken for a whole one, nor a removal for done.
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
		assert_false(n.committed);
		const char *whole = buf_text(&n.heard.whole);
		if (strcmp(whole, "") != 0 && strcmp(whole, "one\r\n.\r\n") != 0 &&
		    strcmp(whole, "one\r\n.\r\ntwo!!!\r\n") != 0)
			fail_msg("%zu: %s", until.after, whole);
		if (!cut)
			silence_check(until.after);
		run_done(&n, false);
		// Nor does the goodbye wait.
		if (!cut)
			silence_check(until.after);
		else
			assert_int_equal(silence_waited_ms(), 0);
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

	return cmocka_run_group_tests_name("pop3-silence", tests, NULL, NULL);
}
