// SPDX-License-Identifier: GPL-3.0-or-later
// A whole session whose server falls silent, or is gone, after each byte that it
// would have sent.
#include "config.h"

#include "test.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "imap-session.h"
#include "mail/part.h"
#include "remote/remote.h"
#include "silence.h"

// --- the server ---------------------------------------------------------------------------

// One session with every verb that a sync needs; S: and C: as in script.h, but as they
// are, and with the tags that this client gives.
static const char *const session_lines[] = {
	"S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi\r\n",
	"C: P1 AUTHENTICATE PLAIN *",
	"S: P1 OK [CAPABILITY IMAP4rev1 UIDPLUS MOVE] in\r\n",
	"C: P2 LIST \"\" \"\\*\"",
	"S: * LIST (\\HasNoChildren) \"/\" f\r\n",
	"S: * LIST (\\HasNoChildren) \"/\" to\r\n",
	"S: P2 OK listed\r\n",
	"C: P3 LSUB*",
	"S: * LSUB () \"/\" f\r\n",
	"S: P3 OK listed\r\n",
	"C: P4 STATUS *",
	"S: * STATUS to (MESSAGES 0 UIDNEXT 9 UIDVALIDITY 8 UNSEEN 0)\r\n",
	"S: P4 OK counted\r\n",
	"C: P5 SELECT \"f\"*",
	"S: * 2 EXISTS\r\n* OK [UIDVALIDITY 7] v\r\n",
	"S: * OK [UIDNEXT 3] n\r\nP5 OK [READ-WRITE] open\r\n",
	"C: P6 UID FETCH *",
	"S: * 1 FETCH (UID 1 FLAGS () BODY[HEADER.FIELDS (DATE)] {14}\r\n",
	"S: Subject: x\r\n\r\n)\r\n",
	"S: * 2 FETCH (FLAGS (\\Seen) BODY[HEADER.FIELDS (DATE)] {14}\r\n",
	"S: Subject: y\r\n\r\n UID 2)\r\nP6 OK fetched\r\n",
	"C: P7 UID FETCH 2 (UID BODYSTRUCTURE)",
	"S: * 2 FETCH (UID 2 BODYSTRUCTURE (\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 5 1))\r\n",
	"S: P7 OK\r\n",
	"C: P8 UID FETCH 2 (UID BODY.PEEK[1]*",
	"S: * 2 FETCH (UID 2 BODY[1] {5}\r\nhello)\r\nP8 OK\r\n",
	"C: P9 UID STORE 2 +FLAGS.SILENT *",
	"S: P9 OK stored\r\n",
	"C: P10 UID COPY 2 \"to\"",
	"S: P10 OK [COPYUID 8 2 9] copied\r\n",
	"C: P11 UID MOVE 2 \"to\"",
	"S: * OK [COPYUID 8 2 10] moved\r\n* 2 EXPUNGE\r\nP11 OK gone\r\n",
	"C: P12 APPEND \"to\" *{5}",
	"S: + go\r\n",
	"C: hello",
	"S: P12 OK [APPENDUID 8 11] there\r\n",
	"C: P13 UID SEARCH *",
	"S: * SEARCH 1\r\nP13 OK found\r\n",
	"C: P14 UID STORE 1 +FLAGS.SILENT (\\\\Deleted)",
	"S: P14 OK\r\n",
	"C: P15 UID EXPUNGE 1",
	"S: * 1 EXPUNGE\r\nP15 OK\r\n",
	"C: P16 NOOP",
	"S: P16 OK\r\n",
	"C: PX LOGOUT",
};

static struct silence
session_until(size_t after, bool cut)
{
	return (struct silence){ .lines = session_lines,
		.n = COUNT_OF(session_lines), .after = after, .cut = cut };
}

// --- the client ---------------------------------------------------------------------------

static bool
next_hello(void *arg, const void **bytes_r, size_t *len_r)
{
	bool *done = arg;

	*bytes_r = "hello";
	*len_r = *done ? 0 : 5;
	*done = true;
	return *len_r > 0;
}

static bool
verbs_read(struct session *n)
{
	struct remote_folders folders = {0};
	struct remote_folder status = {0};
	struct part *root = NULL;
	const struct remote_driver *d = &remote_imap;
	bool ok = d->open(&n->r, &n->settings, NULL, NULL, &n->err) &&
		d->folders(n->r, &folders, &n->err) &&
		d->status(n->r, "to", &status, &n->err) &&
		d->select(n->r, "f", NULL, &n->state, &n->sink, &n->err) &&
		d->fetch(n->r, all(), REMOTE_FETCH_ENVELOPE, 0, &n->sink, &n->err) &&
		d->structure(n->r, 2, &root, &n->err) &&
		d->fetch_part(n->r, 2, "1", 0, 0, &n->sink, &n->err);

	remote_folders_done(&folders);
	part_free(&root);
	return ok;
}

static bool
verbs_write(struct session *n)
{
	struct remote_uid_map copied = {0}, moved = {0};
	struct flag_change change = { .add.bits = FLAG_SEEN };
	uint32_t validity, uid, *uids = NULL;
	size_t n_uids;
	bool done = false;
	const struct remote_driver *d = &remote_imap;
	bool ok = d->store_flags(n->r, just(2), &change, &n->sink, &n->err) &&
		d->copy(n->r, just(2), "to", &copied, &n->err) &&
		d->move(n->r, just(2), "to", &moved, &n->err) &&
		d->append(n->r, "to", NULL, 0, 5, next_hello, &done, &validity, &uid,
			&n->err) &&
		d->find(n->r, "m@x", 1, &uids, &n_uids, &n->err) &&
		d->expunge(n->r, just(1), &n->err) &&
		d->noop(n->r, &n->sink, &n->err);

	remote_uid_map_done(&copied);
	remote_uid_map_done(&moved);
	free(uids);
	return ok;
}

// How far it came is in n->err; false: it ended with an error.
static bool
run(struct session *n, const struct silence *until)
{
	*n = (struct session){ .script = silence_start(until) };
	script_settings(n->script, "imap", &n->settings);
	n->settings.timeout_ms = SILENCE_TIMEOUT_MS;
	n->sink = (struct remote_sink){ .arg = &n->heard, .message = hear_message,
		.gone = hear_gone, .data = hear_data, .noticed = hear_noticed };
	return verbs_read(n) && verbs_write(n);
}

static void
run_done(struct session *n, bool whole)
{
	remote_imap.close(&n->r);
	if (whole)
		script_finish(&n->script);
	else
		script_finish_early(&n->script);
	remote_settings_done(&n->settings);
	buf_done(&n->heard.log);
	buf_done(&n->heard.data);
}

static void
test_whole(void **state)
{
	struct silence until = session_until(SIZE_MAX, false);
	struct session n;

	(void)state;
	if (!run(&n, &until))
		print_error("%s\n", n.err.text);
	assert_int_equal(n.err.kind, ERROR_NONE);
	assert_int_equal(silence_waited_ms(), 0);
	assert_string_equal(buf_text(&n.heard.data), "hello");
	run_done(&n, true);
}

// One error, as soon as the time is over that one answer may take.
static void
test_silent_after_every_byte(void **state)
{
	struct silence until = session_until(0, false);

	(void)state;
	for (; until.after < silence_length(&until); until.after++) {
		struct session n;
		assert_false(run(&n, &until));
		if (n.err.kind != ERROR_OFFLINE)
			fail_msg("%zu: %s", until.after, n.err.text);
		silence_check(until.after);
		run_done(&n, false);
		// Nor does the goodbye wait.
		silence_check(until.after);
	}
}

static void
test_cut_after_every_byte(void **state)
{
	struct silence until = session_until(0, true);

	(void)state;
	for (; until.after < silence_length(&until); until.after++) {
		struct session n;
		assert_false(run(&n, &until));
		if (n.err.kind != ERROR_OFFLINE)
			fail_msg("%zu: %s", until.after, n.err.text);
		run_done(&n, false);
		assert_int_equal(silence_waited_ms(), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_silent_after_every_byte),
		cmocka_unit_test(test_cut_after_every_byte),
	};

	return cmocka_run_group_tests_name("imap-silence", tests, NULL, NULL);
}
