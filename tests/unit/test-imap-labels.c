// SPDX-License-Identifier: GPL-3.0-or-later
// Gmail's labels in the IMAP driver: read with flags, changed as labels, never lost
// by flags that come alone; and what a server without them is asked.
#include "config.h"

#include "test.h"

#include <string.h>

#include "base/str.h"
#include "imap-session.h"

static bool
hear_flags(void *arg, struct remote_message *m)
{
	struct buf *log = &((struct heard *)arg)->log;
	struct buf text = { 0 };
	if (m->has_flags)
		flags_format_imap(&text, m->flags);
	buf_printf(log, "%u %s;", m->uid, m->has_flags ? buf_text(&text) : "-");
	buf_done(&text);
	return true;
}

static void
open_labels(struct session *n, const char *capabilities, const char *script)
{
	char *text = str_printf(PRE "%s] hi\nC: P1 SELECT \"f\"*\nS: * 3 EXISTS\n"
		"S: * OK [UIDVALIDITY 7]\nS: * OK [UIDNEXT 4]\nS: P1 OK\n%sC: PX LOGOUT",
		capabilities, script);
	session_open(n, text);
	n->sink.message = hear_flags;
	if (!remote_imap.select(n->r, "f", NULL, &n->state, &n->sink, &n->err))
		fail_msg("%s", n->err.text);
	free(text);
}

static bool
fetch_flags(struct session *n, uint64_t since)
{
	struct remote_range all = { 1, UINT32_MAX };
	return remote_imap.fetch(n->r, (struct remote_set){ &all, 1 }, REMOTE_FETCH_FLAGS,
		since, &n->sink, &n->err);
}

static const struct { const char *capabilities, *script, *log; } reads[] = {
	{ "", "C: P2 UID FETCH 1:\\* (UID FLAGS)\n"
		"S: * 1 FETCH (UID 1 FLAGS (\\\\Seen todo))\nS: P2 OK\n", "1 \\Seen todo;" },
	{ "X-GM-EXT-1", "C: P2 UID FETCH 1:\\* (UID FLAGS X-GM-LABELS)\n"
		"S: * 1 FETCH (UID 1 X-GM-LABELS (Work \"to do\" \"Muy B&APw-eno\" a/b \"R&-D\") "
		"FLAGS (\\\\Seen))\n"
		"S: * 2 FETCH (UID 2 X-GM-LABELS () FLAGS (kept))\nS: P2 OK\n",
		"1 \\Seen a/b Muy&ACA-B&APw-eno R&D to&ACA-do Work;2 kept;" },
	// The system's: one is a keyword of its own, the others are flags or folders.
	{ "X-GM-EXT-1", "C: P2 UID FETCH 1:\\* (UID FLAGS X-GM-LABELS)\n"
		"S: * 1 FETCH (UID 1 X-GM-LABELS (\"\\\\\\\\Inbox\" \\\\Sent \"\\\\\\\\Important\" "
		"\\\\Starred \\\\Draft \\\\Muted) FLAGS (\\\\Flagged))\nS: P2 OK\n",
		"1 \\Flagged $Important;" },
	// What would read as a flag of ours is none by being a label.
	{ "X-GM-EXT-1", "C: P2 UID FETCH 1:\\* (UID FLAGS X-GM-LABELS)\n"
		"S: * 1 FETCH (UID 1 X-GM-LABELS (seen Junk deleted x) FLAGS ())\nS: P2 OK\n",
		"1 x;" },
	// Flags of a message that changes meanwhile come without labels: not all.
	{ "X-GM-EXT-1", "C: P2 UID FETCH 1:\\* (UID FLAGS X-GM-LABELS)\n"
		"S: * 1 FETCH (UID 1 X-GM-LABELS (a) FLAGS ())\n"
		"S: * 2 FETCH (UID 2 FLAGS (\\\\Seen))\nS: P2 OK\n", "1 a;2 -;noticed " },
	{ "X-GM-EXT-1", "C: P2 UID FETCH 1:\\* (UID FLAGS X-GM-LABELS)\n"
		"S: * 1 FETCH (UID 1 X-GM-LABELS (\"a) FLAGS ())\n"
		"S: * 2 FETCH (UID 2 X-GM-LABELS (b) FLAGS ())\nS: P2 OK\n", NULL },
};

static void
labels_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(reads); i++) {
		struct session n;
		open_labels(&n, reads[i].capabilities, reads[i].script);
		buf_clear(&n.heard.log);
		if (!fetch_flags(&n, 0))
			fail_msg("%zu: %s", i, n.err.text);
		if (reads[i].log)
			assert_string_equal(buf_text(&n.heard.log), reads[i].log);
		else // whatever is made of the first, the second is read
			assert_non_null(strstr(buf_text(&n.heard.log), "2 b;"));
		session_close(&n);
	}
}

static void
labels_of_what_changed(void **state)
{
	(void)state;
	struct session n;
	open_labels(&n, "X-GM-EXT-1 CONDSTORE",
		"C: P2 UID FETCH 1:\\* (UID FLAGS X-GM-LABELS MODSEQ) (CHANGEDSINCE 40)\n"
		"S: * 2 FETCH (UID 2 X-GM-LABELS (b) FLAGS () MODSEQ (41))\nS: P2 OK\n");
	buf_clear(&n.heard.log);
	assert_true(fetch_flags(&n, 40));
	assert_string_equal(buf_text(&n.heard.log), "2 b;");
	session_close(&n);
}

// Gmail has no QRESYNC. If it had, flags that come by it would lack their labels: the
// caller is to compare.
static void
changes_without_labels(void **state)
{
	(void)state;
	static const struct { const char *gmail, *log; bool told; } rows[] = {
		{ "", "2 \\Seen;", true }, { "X-GM-EXT-1 ", "", false },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct remote_known known = { 7, 40, 4 };
		struct session n;
		char *text = str_printf(PRE "%sENABLE QRESYNC] hi\nC: P1 ENABLE *\n"
			"S: * ENABLED QRESYNC\nS: P1 OK\n"
			"C: P2 SELECT \"f\" (QRESYNC (7 40 1:3))\nS: * 3 EXISTS\n"
			"S: * OK [UIDVALIDITY 7]\nS: * OK [UIDNEXT 4]\n"
			"S: * OK [HIGHESTMODSEQ 50]\n"
			"S: * 2 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (45))\n"
			"S: P2 OK\nC: PX LOGOUT", rows[i].gmail);
		session_open(&n, text);
		n.sink.message = hear_flags;
		assert_true(remote_imap.select(n.r, "f", &known, &n.state, &n.sink, &n.err));
		assert_int_equal(n.state.changes_told, rows[i].told);
		assert_string_equal(buf_text(&n.heard.log), rows[i].log);
		session_close(&n);
		free(text);
	}
}

static const struct { const char *capabilities, *add, *remove, *script, *log; } changes[] = {
	{ "", "seen todo", "Work", "C: P2 UID STORE 2 -FLAGS.SILENT (Work)\n"
		"C: P3 UID STORE 2 +FLAGS.SILENT (\\\\Seen todo)\nS: P2 OK\nS: P3 OK\n", "" },
	{ "X-GM-EXT-1", "todo", "", "C: P2 UID STORE 2 +X-GM-LABELS (\"todo\")\n"
		"S: * 2 FETCH (UID 2 X-GM-LABELS (todo))\nS: P2 OK\n", "" },
	{ "X-GM-EXT-1", "seen $Forwarded to&ACA-do Muy&ACA-B&APw-eno $x $Important", "",
		"C: P2 UID STORE 2 +FLAGS.SILENT (\\\\Seen $Forwarded $x)\n"
		"C: P3 UID STORE 2 +X-GM-LABELS (\\\\Important \"Muy B&APw-eno\" \"to do\")\n"
		"S: * 2 FETCH (X-GM-LABELS (\\\\Inbox \"to do\"))\nS: P2 OK\nS: P3 OK\n", "" },
	// What goes may be a keyword that another program made.
	{ "X-GM-EXT-1", "", "old R&D", "C: P2 UID STORE 2 -FLAGS.SILENT (old R&D)\n"
		"C: P3 UID STORE 2 -X-GM-LABELS (\"old\" \"R&-D\")\nS: P2 OK\nS: P3 OK\n", "" },
	// News of another message, and of this with its flags, is news.
	{ "X-GM-EXT-1", "a", "", "C: P2 UID STORE 2 +X-GM-LABELS (\"a\")\n"
		"S: * 3 FETCH (UID 3 X-GM-LABELS (b) FLAGS (\\\\Seen))\nS: P2 OK\n",
		"3 \\Seen b;" },
	{ "X-GM-EXT-1", "a", "", "C: P2 UID STORE 2 +X-GM-LABELS (\"a\")\n"
		"S: * 3 FETCH (UID 3 FLAGS (\\\\Seen))\nS: P2 OK\n", "noticed " },
	{ "X-GM-EXT-1 UTF8=ACCEPT", "Muy&ACA-B&APw-eno", "",
		"C: P2 UID STORE 2 +X-GM-LABELS (\"Muy B&APw-eno\")\nS: P2 OK\n", "" },
};

static void
labels_are_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		struct remote_range two = { 2, 2 };
		struct flag_change change;
		struct session n;
		flags_parse(&change.add, changes[i].add);
		flags_parse(&change.remove, changes[i].remove);
		open_labels(&n, changes[i].capabilities, changes[i].script);
		buf_clear(&n.heard.log);
		if (!remote_imap.store_flags(n.r, (struct remote_set){ &two, 1 }, &change,
				&n.sink, &n.err))
			fail_msg("%zu: %s", i, n.err.text);
		assert_string_equal(buf_text(&n.heard.log), changes[i].log);
		flag_change_done(&change);
		session_close(&n);
	}
}

// A folder that keeps no keywords keeps labels all the same; a refusal is told.
static void
labels_need_no_keywords(void **state)
{
	(void)state;
	struct remote_range two = { 2, 2 };
	struct flag_change change = { 0 };
	struct session n;
	session_select(&n, PRE "X-GM-EXT-1] hi\nC: P1 SELECT \"f\"*\nS: * 3 EXISTS\n"
		"S: * OK [UIDVALIDITY 7]\nS: * OK [UIDNEXT 4]\n"
		"S: * OK [PERMANENTFLAGS (\\\\Seen \\\\Flagged)] f\nS: P1 OK\n"
		"C: P2 UID STORE 2 +X-GM-LABELS (\"a\")\nS: P2 OK\n"
		"C: P3 UID STORE 2 +X-GM-LABELS (\"a\")\nS: P3 NO [CANNOT] no such label\n"
		"C: PX LOGOUT");
	flags_parse(&change.add, "a");
	assert_true(remote_imap.store_flags(n.r, (struct remote_set){ &two, 1 }, &change,
		&n.sink, &n.err));
	assert_false(remote_imap.store_flags(n.r, (struct remote_set){ &two, 1 }, &change,
		&n.sink, &n.err));
	assert_int_equal(n.err.kind, ERROR_REFUSED);
	assert_non_null(strstr(n.err.text, "no such label"));
	flag_change_done(&change);
	session_close(&n);
}

static bool
hello(void *arg, const void **bytes_r, size_t *len_r)
{
	(void)arg;
	*bytes_r = "hello";
	*len_r = 5;
	return true;
}

// A message that is filed takes its keywords along; labels are stored behind it.
static void
labels_are_no_keywords(void **state)
{
	(void)state;
	static const struct { const char *capabilities, *script; } files[] = {
		{ "X-GM-EXT-1 LITERAL+", "C: P2 APPEND \"f\" (\\\\Seen $Forwarded) {5+}\n" },
		{ "LITERAL+", "C: P2 APPEND \"f\" (\\\\Seen $Forwarded $Important to&ACA-do) {5+}\n" },
	};
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		char *script = str_printf("%sC: hello\nS: P2 OK\n", files[i].script);
		struct flags flags;
		struct session n;
		uint32_t validity, uid;
		flags_parse(&flags, "seen $Forwarded to&ACA-do $Important");
		open_labels(&n, files[i].capabilities, script);
		if (!remote_imap.append(n.r, "f", &flags, 0, 5, hello, NULL, &validity, &uid,
				&n.err))
			fail_msg("%zu: %s", i, n.err.text);
		flags_done(&flags);
		session_close(&n);
		free(script);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_are_read),
		cmocka_unit_test(labels_of_what_changed),
		cmocka_unit_test(changes_without_labels),
		cmocka_unit_test(labels_are_changed),
		cmocka_unit_test(labels_need_no_keywords),
		cmocka_unit_test(labels_are_no_keywords),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
