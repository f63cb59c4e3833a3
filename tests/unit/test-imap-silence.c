// SPDX-License-Identifier: GPL-3.0-or-later
// A whole session whose server falls silent, or is gone, after each byte that it
// would have sent. The client's clock is the test's: a wait that nothing can end
// any more takes no time here, but is counted in full.
#include "config.h"

#include "test.h"

#include <poll.h>
#include <stdatomic.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/when.h"
#include "imap-session.h"
#include "mail/part.h"
#include "remote/remote.h"

#define SILENCE_TIMEOUT_MS 30000 // as where nothing else is set
#define SILENCE_GRACE_MS 1000    // the error comes within this after it

#define TURNS_MAX 100000         // real milliseconds: then something is wrong

// --- the client's clock -----------------------------------------------------------------

static atomic_bool silent;           // nothing will come any more
static _Atomic int64_t waited_ms;    // in vain, since then

int __real_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
int64_t __wrap_when_boot_ms(void);

int64_t
__wrap_when_boot_ms(void)
{
	return waited_ms; // no work takes time
}

int
__wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	for (int turn = 0;; turn++) {
		bool over = silent || turn == TURNS_MAX;
		int ready = __real_poll(fds, n, over ? 0 : 1);
		if (ready != 0)
			return ready;
		if (over && timeout_ms < 0)
			fail_msg("it would wait for ever");
		if (over) {
			waited_ms += timeout_ms;
			return 0;
		}
	}
}

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
};

struct end {
	size_t after;        // bytes of the server
	bool cut;            // gone, else silent
};

static void
play(struct script *s, void *arg)
{
	const struct end *end = arg;
	size_t left = end->after;

	for (size_t i = 0; i < COUNT_OF(session_lines); i++) {
		const char *line = session_lines[i] + 3;
		if (session_lines[i][0] == 'C') {
			if (!script_expect(s, line))
				return;
			continue;
		}
		size_t len = strlen(line), some = len < left ? len : left;
		if (some > 0 && !script_send(s, line, some))
			return;
		left -= some;
		if (some == len)
			continue;
		// What is cut off ends here, and the client hears that.
		if (!end->cut) {
			silent = true;
			script_wait(s);
		}
		return;
	}
	script_expect(s, "PX LOGOUT");
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
run(struct session *n, struct end *end)
{
	silent = false;
	waited_ms = 0;
	*n = (struct session){ .script = script_start_play(NULL, play, end) };
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

static size_t
session_length(void)
{
	size_t len = 0;

	for (size_t i = 0; i < COUNT_OF(session_lines); i++)
		if (session_lines[i][0] == 'S')
			len += strlen(session_lines[i] + 3);
	return len;
}

static void
test_whole(void **state)
{
	struct session n;

	(void)state;
	if (!run(&n, &(struct end){ .after = session_length() }))
		print_error("%s\n", n.err.text);
	assert_int_equal(n.err.kind, ERROR_NONE);
	assert_int_equal(waited_ms, 0);
	assert_string_equal(buf_text(&n.heard.data), "hello");
	run_done(&n, true);
}

// One error, as soon as the time is over that one answer may take.
static void
test_silent_after_every_byte(void **state)
{
	(void)state;
	for (size_t at = 0; at < session_length(); at++) {
		struct session n;
		assert_false(run(&n, &(struct end){ .after = at }));
		if (n.err.kind != ERROR_OFFLINE)
			fail_msg("%zu: %s", at, n.err.text);
		assert_in_range(waited_ms, SILENCE_TIMEOUT_MS,
			SILENCE_TIMEOUT_MS + SILENCE_GRACE_MS);
		run_done(&n, false);
		// Nor does the goodbye wait.
		assert_in_range(waited_ms, SILENCE_TIMEOUT_MS,
			SILENCE_TIMEOUT_MS + SILENCE_GRACE_MS);
	}
}

static void
test_cut_after_every_byte(void **state)
{
	(void)state;
	for (size_t at = 0; at < session_length(); at++) {
		struct session n;
		assert_false(run(&n, &(struct end){ .after = at, .cut = true }));
		if (n.err.kind != ERROR_OFFLINE)
			fail_msg("%zu: %s", at, n.err.text);
		run_done(&n, false);
		assert_int_equal(waited_ms, 0);
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
