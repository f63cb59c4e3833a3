// SPDX-License-Identifier: GPL-3.0-or-later
// Queries: the grammar with its mistakes, single terms, what callers ask of a
// query, and random queries against an evaluator that has no parser.
#include "config.h"

#include "mail-test.h"

#include <time.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "mail/message.h"
#include "mail/query.h"

#define NOW INT64_C(1795328880) // Sun, 22 Nov 2026 06:28:00 +0000

static struct query *
parsed(const char *text)
{
	struct error err = {0};
	struct query *q;

	if (!query_parse(&q, text, NOW, &err))
		fail_msg("\"%s\": %s", text, err.text);
	return q;
}

static const struct {
	const char *text;
	const char *wanted; // printed again
} print_rows[] = {
	{ "", "" },
	{ "  ", "" },
	{ "a", "a" },
	{ "a b", "a b" },
	{ "a and b AND c", "a b c" },
	{ "a or b c", "a or b c" },
	{ "a (b or c)", "a (b or c)" },
	{ "(a b) c", "a b c" },
	{ "((a))", "a" },
	{ "(a or b) or c", "a or b or c" },
	{ "-a", "-a" },
	{ "not a", "-a" },
	{ "!a -(b c)", "-a -(b c)" },
	{ "--a", "--a" },
	{ "NOT (a OR b)", "-(a or b)" },
	{ "From:ann SUBJECT:\"q3 report\"", "from:ann subject:\"q3 report\"" },
	{ "\"or\" \"-x\" \"a\\\"b\\\\c\" nota orb", "\"or\" \"-x\" \"a\\\"b\\\\c\" nota orb" },
	{ "\"from:ann\"", "\"from:ann\"" },
	{ "10:30 a-b", "\"10:30\" a-b" },
	{ "larger:1M smaller:20k newer:2w older:1y", "larger:1M smaller:20k newer:2w older:1y" },
	{ "is:UNREAD has:attachments", "is:unread has:attachment" },
	{ "id:1f,2,3 x", "(id:1f or id:2 or id:3) x" },
	{ "id:1, x", "id:1 x" },
	{ "a(b)c", "a b c" },
	{ "subject:caf\xc3\xa9", "subject:caf\xc3\xa9" },
	{ "before:2026-11-22 after:yesterday", "before:2026-11-22 after:yesterday" },
};

static void
test_print(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(print_rows); i++) {
		struct buf once = {0}, twice = {0};
		struct query *q = parsed(print_rows[i].text);
		query_print(&once, q);
		query_free(&q);
		assert_row_string(i, buf_text(&once), print_rows[i].wanted);
		q = parsed(buf_text(&once));
		query_print(&twice, q);
		query_free(&q);
		assert_row_string(i, buf_text(&twice), buf_text(&once));
		buf_done(&once);
		buf_done(&twice);
	}
}

static const struct {
	const char *text;
	const char *error; // begins so
} error_rows[] = {
	{ "(", "column 2: expected a word or a field" },
	{ "(a", "column 3: expected a closing bracket" },
	{ "a)", "column 2: expected no closing bracket" },
	{ "a or", "column 5: expected a word" },
	{ "or a", "column 1: expected a word" },
	{ "a or or b", "column 6: expected a word" },
	{ "()", "column 2: expected a word" },
	{ "-", "column 2: expected a word" },
	{ "a -", "column 4: expected a word" },
	{ "not", "column 4: expected a word" },
	{ "a \"b", "column 3: expected a closing quote" },
	{ "\xc3\xa9\xc3\xa9 \"b", "column 4: expected a closing quote" },
	{ "subject:", "column 9: expected a text" },
	{ "subject:(a or b)", "column 9: expected a text" },
	{ "x larger:big", "column 10: expected a size" },
	{ "newer:soon", "column 7: expected an age" },
	{ "before:2026-13-01", "column 8: expected a date" },
	{ "before:22.11.2026", "column 8: expected a date" },
	{ "is:cold", "column 4: expected one of unread read new flagged answered forwarded "
		"deleted draft junk pending, not \"cold\"" },
	{ "is:", "column 4: expected one of unread read" },
	{ "has:fun", "column 5: expected attachment, not \"fun\"" },
	{ "has:x", "column 5: expected attachment, not \"x\"" },
	{ "date:soon", "column 6: expected a date like 2026-11-22" },
	{ "date:..", "column 6: expected a date" },
	{ "date:2026..x", "column 6: expected a date" },
	{ "date:2026-13", "column 6: expected a date" },
	{ "inbox:", "column 7: expected all, or the name of an account" },
	{ "id:xyz", "column 4: expected an id" },
	{ "id:1,z", "column 4: expected an id" },
	{ "id:,", "column 4: expected an id" },
	{ "id:11111111111111111", "column 4: expected an id" },
	{ "http://example.org", "column 1: expected a field (from to cc" },
	{ "a form:b", "column 3: expected a field, not \"form\": did you mean from:?" },
	{ "zzz:b", "column 1: expected a field (from to cc bcc subject list body folder "
		"inbox account tag id thread larger smaller newer older date before after "
		"is has), not \"zzz\"; quote it to search for it" },
};

// What was written, and what is to be offered for it; NULL: nothing is near.
static const struct {
	const char *text, *meant;
} guess_rows[] = {
	{ "is:attachment", "has:attachment" }, { "is:atachment", "has:attachment" },
	{ "has:attachement", "has:attachment" }, { "has:file", "has:attachment" },
	{ "is:seen", "is:read" }, { "is:UNSEEN", "is:unread" }, { "is:starred", "is:flagged" },
	{ "has:unread", "is:unread" }, { "is:unraed", "is:unread" }, { "is:reed", "is:read" },
	{ "is:replied", "is:answered" }, { "is:spam", "is:junk" }, { "has:label", "tag:" },
	{ "is:cold", NULL }, { "has:x", NULL }, { "is:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL },
	{ "sender:ann", "from:" }, { "Subjet:x", "subject:" }, { "subjcet:x", "subject:" },
	{ "label:x", "tag:" }, { "in:inbox", "folder:" }, { "foldre:x", "folder:" },
	{ "size:1M", "larger:" }, { "lagrer:1M", "larger:" }, { "form:x", "from:" },
	{ "since:today", "after:" }, { "unread:yes", "is:unread" }, { "http://x", NULL },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:x", NULL },
};

static void
test_guess(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(guess_rows); i++) {
		struct error err = {0};
		struct query *q;
		char wanted[60];

		assert_row(i, !query_parse(&q, guess_rows[i].text, NOW, &err));
		snprintf(wanted, sizeof wanted, "did you mean %s?",
			guess_rows[i].meant == NULL ? "" : guess_rows[i].meant);
		if (guess_rows[i].meant == NULL)
			assert_row(i, strstr(err.text, "did you mean") == NULL);
		else if (strstr(err.text, wanted) == NULL)
			assert_row_string(i, err.text, wanted);
	}
}

// Each row of the help can be typed as it stands, and no field is without one.
static void
test_help(void **state)
{
	struct query_help row;
	struct error err;
	size_t n = 0, fields = 0;

	(void)state;
	for (; query_help(n, &row); n++) {
		struct query *q;
		char text[80];

		assert_true(row.term != NULL && row.help != NULL && strlen(row.help) > 3);
		fields += row.typed != NULL;
		if (row.typed == NULL)
			continue;
		const char *value = strchr(row.term, ':') + 1;
		snprintf(text, sizeof text, "%.40s%s", row.typed, str_has_suffix(row.typed, ":") ?
			strcmp(value, "ID") == 0 ? "1f" : value : "");
		if (!query_parse(&q, text, NOW, &err))
			fail_msg("%s: %s", text, err.text);
		query_free(&q);
	}
	assert_int_equal(fields, 20 + 10 + 1);
	assert_int_equal(n, fields + 6);
}

static void
test_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(error_rows); i++) {
		struct error err = {0};
		struct query *q = (struct query *)(uintptr_t)1;
		assert_row(i, !query_parse(&q, error_rows[i].text, NOW, &err));
		assert_row(i, q == NULL && err.kind == ERROR_INPUT);
		if (!str_has_prefix(err.text, error_rows[i].error))
			assert_row_string(i, err.text, error_rows[i].error);
	}
}

static const char header[] =
	"Date: Sat, 21 Nov 2026 12:00:00 +0000\n"
	"From: =?utf-8?q?J=C3=BCrgen_M=C3=BCller?= <jm@example.org>\n"
	"To: Ann Example <ann@example.org>\n"
	"Cc: Bob <bob@example.net>\n"
	"Bcc: hidden@example.com\n"
	"Subject: Q3 Report: =?utf-8?q?Caf=C3=A9?=\n"
	"List-Id: <dev.lists.example>\n"
	"Content-Type: multipart/mixed\n\n";

static const struct {
	const char *query;
	bool wanted;
} match_rows[] = {
	{ "", true },
	{ "from:j\xc3\xbcrgen", true },
	{ "from:J\xc3\x9cRGEN", true },
	{ "from:jm@EXAMPLE", true },
	{ "from:ann", false },
	{ "to:ann", true },
	{ "to:bob", true },
	{ "cc:bob", true },
	{ "cc:ann", false },
	{ "bcc:hidden", true },
	{ "to:hidden", false },
	{ "subject:\"q3 report\"", true },
	{ "subject:CAF\xc3\x89", true },
	{ "subject:cafe\xcc\x81", true }, // the same letter in two characters
	{ "subject:cafe", false },
	{ "list:dev.lists", true },
	{ "report", true },
	{ "bob", true },
	{ "hidden", false },
	{ "treasure", true },             // only in the body
	{ "body:treasure", true },
	{ "body:TREASURE", true },
	{ "body:report", false },
	{ "folder:Work/Reports", true },
	{ "folder:work/reports", true },
	{ "folder:archive", true },       // by its role
	{ "folder:reports", false },
	{ "account:home", true },
	{ "account:hom", false },
	{ "tag:todo", true },
	{ "tag:TODO", true },
	{ "tag:tod", false },
	{ "tag:flagged", true },
	{ "tag:\"to do\"", true },
	{ "tag:\"To Do\"", true },
	{ "tag:\"to be\"", false },
	{ "id:7b", true },
	{ "id:7B,1", true },
	{ "id:7", false },
	{ "thread:1c8", true },
	{ "larger:1k", true },
	{ "larger:2000", false },
	{ "smaller:2001", true },
	{ "smaller:2000", false },
	{ "newer:1d", true },
	{ "newer:1h", false },
	{ "older:1h", true },
	{ "older:1d", false },
	{ "after:2026-11-21", true },
	{ "after:2026-11-22", false },
	{ "before:2026-11-22", true },
	{ "before:2026-11-21", false },
	{ "after:2026-11", true },
	{ "after:2027", false },
	{ "date:2026", true },
	{ "date:2026-11", true },
	{ "date:2026-11-21", true },
	{ "date:2026-11-22", false },
	{ "date:2026-12", false },
	{ "date:2025", false },
	{ "date:yesterday", true },
	{ "date:today", false },
	{ "date:2026-11-20..2026-11-21", true },
	{ "date:2026-11-19..2026-11-20", false },
	{ "date:2026-11-21..", true },
	{ "date:..2026-11-20", false },
	{ "date:2025..2026", true },
	{ "date:2026-11-22..today", false },
	{ "inbox:all", false },
	{ "after:yesterday", true },
	{ "after:today", false },
	{ "is:unread", true },
	{ "is:read", false },
	{ "is:new", true },
	{ "is:flagged", true },
	{ "is:answered", false },
	{ "is:pending", true },
	{ "is:junk", false },
	{ "is:draft or is:deleted or is:forwarded", false },
	{ "has:attachment", true },
	{ "is:unread -list:dev (report or x)", false },
	{ "-(is:read or is:junk) not from:ann", true },
};

static void
make_subject(struct query_subject *s, struct message *m)
{
	*m = (struct message){
		.id = 0x7b,
		.thread = 0x1c8,
		.size = 2000,
		.received = NOW - 3600,
		.pending = true,
	};
	envelope_parse(&m->envelope, header, strlen(header));
	flags_parse(&m->flags, "flagged todo to&ACA-do");
	*s = (struct query_subject){
		.message = m,
		.folder = "Work/Reports",
		.role = "archive",
		.account = "home",
		.body = "Here is the treasure.",
	};
}

static void
test_match(void **state)
{
	struct message m;
	struct query_subject s;

	(void)state;
	make_subject(&s, &m);
	for (size_t i = 0; i < LENGTH(match_rows); i++) {
		struct query *q = parsed(match_rows[i].query);
		assert_row(i, query_match(q, &s) == match_rows[i].wanted);
		query_free(&q);
	}
	s.body = NULL;
	struct query *q = parsed("body:treasure or treasure");
	assert_false(query_match(q, &s));
	query_free(&q);
	message_done(&m);
}

// Days begin in the local zone, also on the other side of a change of clocks.
static void
test_local_days(void **state)
{
	struct message m = { .received = 0 };
	struct query_subject s = { .message = &m };

	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	m.envelope.date = 1750456799; // 20 June 2025 23:59:59 in that zone
	struct query *q = parsed("before:2025-06-21");
	assert_true(query_match(q, &s));
	m.envelope.date++;
	assert_false(query_match(q, &s));
	query_free(&q);
	setenv("TZ", "UTC", 1);
	tzset();
}

static const struct {
	const char *query;
	bool all, body, envelope, names_folder;
	int ids; // -1: not only these
} look_rows[] = {
	{ "", true, false, false, false, -1 },
	{ "is:unread", false, false, false, false, -1 },
	{ "(is:unread)", false, false, false, false, -1 },
	{ "is:unread is:flagged", false, false, false, false, -1 },
	{ "-is:unread", false, false, false, false, -1 },
	{ "x", false, false, true, false, -1 },
	{ "body:x", false, true, false, false, -1 },
	{ "a or -(is:read body:x)", false, true, true, false, -1 },
	{ "newer:1d folder:x", false, false, false, true, -1 },
	{ "id:1", false, false, false, true, 1 },
	{ "id:1 or id:2", false, false, false, true, 2 },
	{ "id:1,2,3 is:unread", false, false, false, true, 3 },
	{ "id:1 or x", false, false, true, false, -1 },
	{ "x (id:1 or y)", false, false, true, false, -1 },
	{ "-id:1", false, false, false, false, -1 },
	{ "-folder:x", false, false, false, false, -1 },
	{ "folder:x or folder:y", false, false, false, true, -1 },
	{ "folder:x or from:y", false, false, true, false, -1 },
	{ "has:attachment", false, false, true, false, -1 },
	{ "inbox:all", false, false, false, true, -1 },
	{ "inbox:home is:unread", false, false, false, true, -1 },
};

static void
test_look(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(look_rows); i++) {
		struct query *q = parsed(look_rows[i].query);
		const uint64_t *ids;
		size_t n;
		assert_row(i, query_is_all(q) == look_rows[i].all);
		assert_row(i, query_wants_body(q) == look_rows[i].body);
		assert_row(i, query_needs_envelope(q) == look_rows[i].envelope);
		assert_row(i, query_names_folder(q) == look_rows[i].names_folder);
		assert_row(i, query_ids(q, &ids, &n) == (look_rows[i].ids >= 0));
		if (look_rows[i].ids >= 0)
			assert_row(i, n == (size_t)look_rows[i].ids && ids[n - 1] == n);
		query_free(&q);
	}
}

// A query over four facts, made together with its answer.
struct made {
	struct buf text;
	bool answer;
};

static const struct {
	const char *term;
	bool answer; // for the message of make_subject
} facts[] = {
	{ "is:unread", true }, { "is:read", false }, { "from:jm", true },
	{ "nowhere", false }, { "folder:archive", true }, { "folder:x", false },
	{ "\"q3 report\"", true }, { "larger:1M", false }, { "account:home", true },
	{ "account:x", false },
};

static uint64_t
next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

static bool
make(struct buf *out, uint64_t *seed, int depth)
{
	uint64_t what = depth > 5 ? 0 : next_random(seed) % 6;
	bool answer;

	if (what <= 1) {
		size_t i = next_random(seed) % LENGTH(facts);
		buf_str(out, facts[i].term);
		return facts[i].answer;
	}
	if (what == 2) {
		buf_str(out, next_random(seed) % 2 == 0 ? "-" : "not ");
		buf_char(out, '(');
		answer = !make(out, seed, depth + 1);
		buf_char(out, ')');
		return answer;
	}
	bool any = what == 3;
	answer = !any;
	buf_char(out, '(');
	for (uint64_t n = 1 + next_random(seed) % 4, i = 0; i < n; i++) {
		if (i > 0)
			buf_str(out, any ? " or " : next_random(seed) % 2 == 0 ? " " : " and ");
		bool one = make(out, seed, depth + 1);
		answer = any ? answer || one : answer && one;
	}
	buf_char(out, ')');
	return answer;
}

static void
test_random(void **state)
{
	struct message m;
	struct query_subject s;
	uint64_t seed = 7;
	int yes = 0;

	(void)state;
	make_subject(&s, &m);
	for (int i = 0; i < 5000; i++) {
		struct buf text = {0}, printed = {0};
		bool wanted = make(&text, &seed, 0);
		struct error err = {0};
		struct query *q;
		if (!query_parse(&q, buf_text(&text), NOW, &err)) {
			// Only the limit may refuse it.
			assert_non_null(strstr(err.text, "no more than"));
			buf_done(&text);
			continue;
		}
		if (query_match(q, &s) != wanted)
			fail_msg("%s", buf_text(&text));
		// What is said of the folder must not contradict the answer.
		if (wanted)
			assert_true(query_may_match_folder(q, s.folder, s.role, s.account));
		query_print(&printed, q);
		query_free(&q);
		q = parsed(buf_text(&printed));
		assert_true(query_match(q, &s) == wanted);
		query_free(&q);
		yes += wanted;
		buf_done(&text);
		buf_done(&printed);
	}
	assert_true(yes > 500 && yes < 4500);
	message_done(&m);
}

static const struct {
	const char *query;
	bool may;
} folder_rows[] = {
	{ "", true }, { "x", true }, { "folder:Lists/dev", true },
	{ "folder:inbox", false }, { "folder:junk", true }, { "-folder:junk", false },
	{ "x folder:inbox", false }, { "x or folder:inbox", true },
	{ "-x", true }, { "account:home", true }, { "account:work", false },
	{ "-(account:home folder:junk)", false }, { "-(x folder:junk)", true },
};

static void
test_may_match_folder(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(folder_rows); i++) {
		struct query *q = parsed(folder_rows[i].query);
		assert_row(i, query_may_match_folder(q, "Lists/Dev", "junk", "home") ==
			folder_rows[i].may);
		query_free(&q);
	}
}

// Of a folder "Later" with 10 messages, 4 of them unread, and of an inbox with 7
// and 2, both of account home; -1: the messages must be looked at.
static const struct {
	const char *query;
	int later, later_unread, inbox, inbox_unread;
} count_rows[] = {
	{ "", 10, 4, 7, 2 }, { "inbox:all", 0, 0, 7, 2 }, { "inbox:HOME", 0, 0, 7, 2 },
	{ "inbox:work", 0, 0, 0, 0 }, { "-inbox:all", 10, 4, 0, 0 },
	{ "is:unread", 4, 4, 2, 2 }, { "is:read", 6, 0, 5, 0 },
	{ "folder:inbox is:unread", 0, 0, 2, 2 },
	{ "folder:later or inbox:all", 10, 4, 7, 2 },
	{ "(folder:later is:read) or (inbox:all is:unread)", 6, 0, 2, 2 },
	{ "is:unread is:read", 0, 0, 0, 0 }, { "is:unread or is:read", 10, 4, 7, 2 },
	{ "is:flagged", -1, 0, -1, 0 }, { "x", -1, 0, -1, 0 },
	{ "inbox:all from:ann", 0, 0, -1, 0 }, { "is:new", -1, 0, -1, 0 },
	{ "inbox:all or x", -1, 0, 7, 2 }, { "account:home -x", -1, 0, -1, 0 },
};

static void
check_counts(size_t i, const char *folder, const char *role, uint32_t total,
	uint32_t unread, int wanted, int wanted_unread)
{
	struct query *q = parsed(count_rows[i].query);
	uint64_t all = 100, new = 50;

	assert_row(i, query_counts(q, folder, role, "home", total, unread, &all, &new) ==
		(wanted >= 0));
	assert_row(i, all == 100 + (uint64_t)(wanted > 0 ? wanted : 0));
	assert_row(i, new == 50 + (uint64_t)wanted_unread);
	query_free(&q);
}

static void
test_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(count_rows); i++) {
		check_counts(i, "Later", NULL, 10, 4, count_rows[i].later,
			count_rows[i].later_unread);
		check_counts(i, "INBOX", "inbox", 7, 2, count_rows[i].inbox,
			count_rows[i].inbox_unread);
	}
}

static void
test_of_folder(void **state)
{
	static const struct {
		const char *query;
		enum query_share share;
	} rows[] = {
		{ "", QUERY_EVERY }, { "inbox:all", QUERY_EVERY }, { "inbox:home", QUERY_EVERY },
		{ "inbox:work", QUERY_NONE }, { "inbox:all x", QUERY_SOME },
		{ "folder:inbox or x", QUERY_EVERY }, { "-inbox:all", QUERY_NONE },
		{ "inbox:all is:unread", QUERY_SOME }, { "-folder:trash", QUERY_EVERY },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct query *q = parsed(rows[i].query);
		assert_row(i, query_of_folder(q, "INBOX", "inbox", "home") == rows[i].share);
		query_free(&q);
	}
}

static void
test_limits(void **state)
{
	static const char *const seeds[] = {
		"(", "-", "not ", "a ", "a or ", "-(", "((a) ", "\"", "id:1,",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(seeds); i++) {
		struct error err = {0};
		struct buf bomb = {0};
		struct query *q;
		while (bomb.len < 1000000)
			buf_str(&bomb, seeds[i]);
		assert_row(i, !query_parse(&q, buf_text(&bomb), NOW, &err));
		buf_done(&bomb);
	}
	struct buf ids = {0};
	buf_str(&ids, "id:1");
	for (int i = 0; i < 100000; i++)
		buf_str(&ids, ",1");
	struct query *q;
	assert_false(query_parse(&q, buf_text(&ids), NOW, NULL));
	buf_done(&ids);
}

static void
test_ids(void **state)
{
	struct buf out = {0};
	uint64_t id;

	(void)state;
	assert_true(query_parse_id("ffffffffffffffff", &id));
	assert_true(id == UINT64_MAX);
	query_print_id(&out, id);
	assert_string_equal(buf_text(&out), "ffffffffffffffff");
	assert_true(query_parse_id("0", &id));
	assert_false(query_parse_id("", &id));
	assert_false(query_parse_id("0x1", &id));
	assert_false(query_parse_id("1 ", &id));
	assert_false(query_parse_id("10000000000000000", &id));
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_local_days),
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_may_match_folder),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_guess),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_of_folder),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_ids),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
