// SPDX-License-Identifier: GPL-3.0-or-later
// POP3: lists, logins and messages as servers give them, and as no server should.
#include "config.h"

#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "loop/cancel.h"
#include "remote/pop3.h"
#include "tests/unit/script.h"

#define D (&remote_pop3)

// --- bytes ---------------------------------------------------------------------------

static const struct {
	const char *in;
	size_t len;      // 0: strlen
	const char *out;
	size_t out_len;
	bool end;
	size_t rest;     // bytes behind the end
} bodies[] = {
	{ ".\r\n", 0, "", 0, true, 0 },
	{ "a\r\n.\r\n", 0, "a\r\n", 0, true, 0 },
	{ "a\r\n.\r\n+OK\r\n", 0, "a\r\n", 0, true, 5 },
	{ "..\r\n.\r\n", 0, ".\r\n", 0, true, 0 },
	{ "...\r\n.\r\n", 0, "..\r\n", 0, true, 0 },
	{ ".a\r\n.\r\n", 0, "a\r\n", 0, true, 0 },
	{ "a.\r\n.\r\n", 0, "a.\r\n", 0, true, 0 },
	{ "a\r\n.\n", 0, "a\r\n", 0, true, 0 },
	{ "a\0b\r\n\0\r\n.\r\n", 11, "a\0b\r\n\0\r\n", 8, true, 0 },
	// Not at the start of a line: no end.
	{ "a\n.\r\nb\r\n.\r\n", 0, "a\n.\r\nb\r\n", 0, true, 0 },
	{ "a\r.\r\nb\r\n.\r\n", 0, "a\r.\r\nb\r\n", 0, true, 0 },
	{ "\r\r\n.\r\n", 0, "\r\r\n", 0, true, 0 },
	{ ".\r\r\n.\r\n", 0, "\r\r\n", 0, true, 0 },
	{ ".\rx\r\n.\r\n", 0, "\rx\r\n", 0, true, 0 },
	// The end has not come.
	{ "a\r\n.", 0, "a\r\n", 0, false, 0 },
	{ "a\r\n.\r", 0, "a\r\n", 0, false, 0 },
	{ "a\r\n", 0, "a\r\n", 0, false, 0 },
	{ "", 0, "", 0, false, 0 },
};

static void
test_body(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		size_t len = bodies[i].len ? bodies[i].len : strlen(bodies[i].in);
		size_t wanted = bodies[i].out_len ? bodies[i].out_len
		                                  : strlen(bodies[i].out);
		for (size_t step = 1; step <= len + 1; step++) {
			struct pop3_body b = {0};
			struct buf out = {0};
			size_t used = 0;
			for (size_t at = 0; at < len; at += step)
				used += pop3_body_add(&b, &out, bodies[i].in + at,
					len - at < step ? len - at : step);
			assert_int_equal(b.state == POP3_BODY_END, bodies[i].end);
			assert_int_equal(out.len, wanted);
			if (wanted > 0)
				assert_memory_equal(out.data, bodies[i].out, wanted);
			assert_int_equal(len - used, bodies[i].rest);
			buf_done(&out);
		}
	}
}

// --- sessions ----------------------------------------------------------------------

#define BEGIN "S: +OK ready\n"
#define CAPA(lines) "C: CAPA\nS: +OK\n" lines "S: .\n"
#define LOGIN "C: USER ann\nS: +OK\nC: PASS secret\nS: +OK\n"
#define PLAIN BEGIN CAPA("S: USER\nS: TOP\nS: UIDL\n") LOGIN \
	CAPA("S: USER\nS: TOP\nS: UIDL\n")
#define PIPED BEGIN CAPA("S: USER\n") LOGIN CAPA("S: USER\nS: PIPELINING\n")
#define END "C: QUIT\nW:\n"

struct seen {
	struct buf text;      // "number size uidl [subject];" a message
	struct buf data;
	int left;             // until it says stop; -1 never
};

static bool
see_message(void *arg, struct remote_message *m)
{
	struct seen *s = arg;

	buf_printf(&s->text, "%u %llu %s", m->uid, (unsigned long long)m->size,
		m->uidl == NULL ? "-" : m->uidl);
	if (m->has_envelope)
		buf_printf(&s->text, " <%s>", str_or_empty(m->envelope->subject));
	if (m->unreadable)
		buf_str(&s->text, " ?");
	buf_char(&s->text, ';');
	return s->left < 0 || (s->left > 0 && s->left--);
}

static bool
see_data(void *arg, const void *bytes, size_t len)
{
	struct seen *s = arg;

	buf_add(&s->data, bytes, len);
	return s->left < 0 || (s->left > 0 && s->left--);
}

static struct remote_sink
sink_of(struct seen *s)
{
	return (struct remote_sink){ .arg = s, .message = see_message,
		.data = see_data };
}

static void
seen_done(struct seen *s)
{
	buf_done(&s->text);
	buf_done(&s->data);
}

static struct remote *
session(struct script *script)
{
	struct remote_settings settings;
	struct error err = {0};
	struct remote *r;

	script_settings(script, "pop3", &settings);
	if (!D->open(&r, &settings, NULL, NULL, &err))
		fail_msg("%s", err.text);
	remote_settings_done(&settings);
	return r;
}

static bool
select_inbox(struct remote *r, struct remote_state *state_r, struct error *err)
{
	struct remote_known known = {0};

	return D->select(r, "INBOX", &known, state_r, NULL, err);
}

#define ALL ((struct remote_set){ &(struct remote_range){ 1, UINT32_MAX }, 1 })
#define ONE(n) ((struct remote_set){ &(struct remote_range){ n, n }, 1 })

// --- lists -------------------------------------------------------------------------

#define U70 "0123456789012345678901234567890123456789012345678901234567890123456789"

static const struct {
	const char *name;
	const char *list, *uidl;   // S: lines
	const char *wanted;        // NULL: refused
	enum error_kind kind;
} lists[] = {
	{ "two", "S: +OK\nS: 1 10\nS: 2 20\nS: .\n", "S: +OK\nS: 1 a\nS: 2 b\nS: .\n",
		"1 10 a;2 20 b;", 0 },
	{ "none", "S: +OK\nS: .\n", "S: +OK\nS: .\n", "", 0 },
	{ "gaps, out of order", "S: +OK\nS: 7 70\nS: 3 30\nS: .\n",
		"S: +OK\nS: 7 g\nS: 3 c\nS: .\n", "3 30 c;7 70 g;", 0 },
	{ "index zero and below", "S: +OK\nS: 0 5\nS: -1 5\nS: 1 10\nS: .\n",
		"S: +OK\nS: 0 z\nS: -1 y\nS: 1 a\nS: .\n", "1 10 a;", 0 },
	{ "huge indexes", "S: +OK\nS: 4294967294 1\nS: 4294967295 2\n"
		"S: 4294967297 3\nS: 99999999999999999999 4\nS: 1 5\nS: .\n",
		"S: +OK\nS: 4294967294 x\nS: 4294967297 y\nS: 1 a\nS: .\n",
		"1 5 a;4294967294 1 x;", 0 },
	{ "an index twice", "S: +OK\nS: 1 10\nS: 1 10\nS: .\n",
		"S: +OK\nS: 1 a\nS: .\n", "1 10 a;", 0 },
	{ "a name twice for one", "S: +OK\nS: 1 10\nS: 2 20\nS: .\n",
		"S: +OK\nS: 1 a\nS: 1 b\nS: 2 c\nS: .\n", "1 10 -;2 20 c;", 0 },
	{ "a name for two", "S: +OK\nS: 1 10\nS: 2 20\nS: 3 30\nS: 4 1\nS: .\n",
		"S: +OK\nS: 1 a\nS: 2 b\nS: 3 a\nS: 4 a\nS: .\n",
		"1 10 -;2 20 b;3 30 -;4 1 -;", 0 },
	{ "names of 70 and 71", "S: +OK\nS: 1 10\nS: 2 20\nS: .\n",
		"S: +OK\nS: 1 " U70 "\nS: 2 " U70 "x\nS: .\n",
		"1 10 " U70 ";2 20 -;", 0 },
	{ "names with more than letters", "S: +OK\nS: 1 10\nS: 2 20\nS: 3 3\nS: .\n",
		"S: +OK\nS: 1 a b\nS: 2 \\x\nS: 3 \nS: .\n", "1 10 -;2 20 -;3 3 -;", 0 },
	{ "names of the unlisted", "S: +OK\nS: 1 10\nS: .\n",
		"S: +OK\nS: 2 b\nS: 1 a\nS: .\n", "1 10 a;", 0 },
	{ "no UIDL", "S: +OK\nS: 1 10\nS: .\n", "S: -ERR what\n", "1 10 -;", 0 },
	{ "sizes that are none", "S: +OK\nS: 1 -5\nS: 2 99999999999999999999\n"
		"S: 3 7 more\nS: 4\nS: .\n", "S: +OK\nS: .\n", "1 0 -;2 0 -;3 7 -;", 0 },
	{ "dots before dots", "S: +OK\nS: ..\nS: 1 10\nS: .\n",
		"S: +OK\nS: 1 a\nS: ..\nS: .\n", "1 10 a;", 0 },
	{ "refused", "S: -ERR no\n", "S: +OK\nS: .\n", NULL, ERROR_REFUSED },
	{ "refused for now", "S: -ERR [SYS/TEMP] disk\n", "S: +OK\nS: .\n", NULL,
		ERROR_OFFLINE },
	{ "garbage", "S: 1 10\n", "W:\n", NULL, ERROR_OFFLINE },
	{ "cut", "S: +OK\nS: 1 10\nX:\n", "", NULL, ERROR_OFFLINE },
};

static void
test_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * COUNT_OF(lists); i++) {
		bool piped = i % 2 == 1;
		size_t row = i / 2;
		bool fails = lists[row].wanted == NULL;
		char *text = str_printf("%sC: LIST\n%s%s%s%s%s", piped ? PIPED : PLAIN,
			piped ? "C: UIDL\n" : "", lists[row].list,
			piped || fails ? "" : "C: UIDL\n",
			fails && !piped ? "" : lists[row].uidl,
			fails ? "W:\n" : END);
		struct script *script = script_start(NULL, text);
		struct seen seen = { .left = -1 };
		struct remote_sink sink = sink_of(&seen);
		struct remote *r = session(script);
		struct remote_state s;
		struct error err = {0};
		bool ok = select_inbox(r, &s, &err);
		if (ok == fails)
			fail_msg("%s: %s", lists[row].name, err.text);
		if (ok) {
			assert_true(D->fetch(r, ALL, REMOTE_FETCH_UIDS, 0, &sink, &err));
			if (strcmp(buf_text(&seen.text), lists[row].wanted) != 0)
				fail_msg("%s: %s", lists[row].name, buf_text(&seen.text));
		} else if (!piped) {
			assert_int_equal(err.kind, lists[row].kind);
		} else {
			assert_int_equal(err.kind, ERROR_OFFLINE);
		}
		D->close(&r);
		seen_done(&seen);
		script_finish_early(&script);
		free(text);
	}
}

static void
play_endless(struct script *s, void *arg)
{
	const char *line = arg;
	struct buf many = {0};

	script_line(s, "+OK");
	script_expect(s, "CAPA");
	script_line(s, "-ERR");
	script_expect(s, "USER *");
	script_line(s, "+OK");
	script_expect(s, "PASS *");
	script_line(s, "+OK");
	script_expect(s, "CAPA");
	script_line(s, "-ERR");
	script_expect(s, "LIST");
	script_line(s, "+OK");
	while (many.len < 60000)
		buf_str(&many, line);
	while (script_send(s, many.data, many.len))
		;
	buf_done(&many);
}

static void
test_endless_lists(void **state)
{
	(void)state;
	static const char *const lines[] = { "1 1\r\n", "\r\n", "1 " };

	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		struct script *script = script_start_play(NULL, play_endless,
			(void *)(uintptr_t)lines[i]);
		struct remote *r = session(script);
		struct remote_state s;
		struct error err = {0};
		assert_false(select_inbox(r, &s, &err));
		assert_int_equal(err.kind, ERROR_OFFLINE);
		D->close(&r);
		script_finish_early(&script);
	}
}

// --- messages ----------------------------------------------------------------------

#define LISTED "C: LIST\nS: +OK\nS: 1 10\nS: 2 20\nS: 3 30\nS: .\n" \
	"C: UIDL\nS: +OK\nS: 1 a\nS: 2 b\nS: 3 c\nS: .\n"
#define LISTED_PIPED "C: LIST\nC: UIDL\nS: +OK\nS: 1 10\nS: 2 20\nS: 3 30\nS: .\n" \
	"S: +OK\nS: 1 a\nS: 2 b\nS: 3 c\nS: .\n"

static void
test_envelopes(void **state)
{
	(void)state;
	static const char *const scripts[] = {
		PLAIN LISTED
		"C: TOP 1 0\nS: +OK\nS: Subject: one\nS: \nS: .\n"
		"C: TOP 2 0\nS: -ERR no\n"
		"C: TOP 3 0\nS: +OK\nS: Subject: three\nS: ..x\nS: .\n" END,
		PIPED LISTED_PIPED
		"C: TOP 1 0\nC: TOP 2 0\nC: TOP 3 0\n"
		"S: +OK\nS: Subject: one\nS: \nS: .\nS: -ERR no\n"
		"S: +OK\nS: Subject: three\nS: \nS: .\n" END,
	};

	for (size_t i = 0; i < COUNT_OF(scripts); i++) {
		struct script *script = script_start(NULL, scripts[i]);
		struct seen seen = { .left = -1 };
		struct remote_sink sink = sink_of(&seen);
		struct remote *r = session(script);
		struct remote_state s;
		struct error err = {0};
		assert_true(select_inbox(r, &s, &err));
		assert_int_equal(s.exists, 3);
		assert_int_equal(s.uidnext, 4);
		assert_true(D->fetch(r, ALL, REMOTE_FETCH_ENVELOPE, 0, &sink, &err));
		assert_string_equal(buf_text(&seen.text),
			"1 10 a <one>;2 20 b ?;3 30 c <three>;");
		D->close(&r);
		seen_done(&seen);
		script_finish(&script);
	}
}

static void
test_raw(void **state)
{
	(void)state;
	struct script *script = script_start(NULL, PLAIN LISTED
		"C: RETR 2\nS: +OK 20 octets\ns: a\\0b\\r\\n..\\r\\n..c\\r\\n\\r\\n.\\r\\n\n"
		"C: RETR 2\nS: +OK\ns: 0123456789\\r\\n.\\r\\n\n"
		"C: RETR 2\nS: +OK\ns: 0123456789\\r\\n.\\r\\n\n"
		"C: RETR 3\nS: -ERR gone\n"
		"C: TOP 1 0\nS: +OK\ns: X: y\\r\\n\\r\\n.\\r\\n\n" END);
	struct seen seen = { .left = -1 };
	struct remote_sink sink = sink_of(&seen);
	struct remote *r = session(script);
	struct remote_state s;
	struct error err = {0};
	struct part *root;

	assert_true(select_inbox(r, &s, &err));
	assert_true(D->fetch_raw(r, 2, 0, 0, &sink, &err));
	assert_int_equal(seen.data.len, 14);
	assert_memory_equal(seen.data.data, "a\0b\r\n.\r\n.c\r\n\r\n", 14);
	buf_clear(&seen.data);
	assert_true(D->fetch_raw(r, 2, 3, 4, &sink, &err));
	assert_string_equal(buf_text(&seen.data), "3456");
	buf_clear(&seen.data);
	assert_true(D->fetch_raw(r, 2, 8, 0, &sink, &err));
	assert_string_equal(buf_text(&seen.data), "89\r\n");
	buf_clear(&seen.data);
	assert_false(D->fetch_raw(r, 3, 0, 0, &sink, &err));
	assert_int_equal(err.kind, ERROR_REFUSED);
	assert_false(D->fetch_raw(r, 4, 0, 0, &sink, &err));
	assert_int_equal(err.kind, ERROR_GONE);
	assert_true(D->fetch_part(r, 1, "HEADER", 0, 0, &sink, &err));
	assert_string_equal(buf_text(&seen.data), "X: y\r\n\r\n");
	assert_false(D->fetch_part(r, 1, "1", 0, 0, &sink, &err));
	assert_int_equal(err.kind, ERROR_INPUT);
	assert_false(D->structure(r, 1, &root, &err));
	assert_int_equal(err.kind, ERROR_INPUT);
	D->close(&r);
	seen_done(&seen);
	script_finish(&script);
}

static void
test_many_raw(void **state)
{
	(void)state;
	struct script *script = script_start(NULL, PIPED LISTED_PIPED
		"C: RETR 1\nC: RETR 2\nC: RETR 3\n"
		"s: +OK\\r\\none\\r\\n.\\r\\n-ERR no\\r\\n+OK\\r\\nthree\\r\\n.\\r\\n\n" END);
	struct seen seen = { .left = -1 };
	struct remote_sink sink = sink_of(&seen);
	struct remote *r = session(script);
	struct error err = {0};

	// Without a select before: the list is fetched when it is needed.
	assert_true(D->fetch(r, ALL, REMOTE_FETCH_RAW, 0, &sink, &err));
	assert_string_equal(buf_text(&seen.text), "1 10 a;3 30 c;");
	assert_string_equal(buf_text(&seen.data), "one\r\nthree\r\n");
	D->close(&r);
	seen_done(&seen);
	script_finish(&script);
}

static const struct {
	const char *name, *script;
	enum error_kind kind;
	int left;
} broken[] = {
	{ "no final dot", "s: +OK\\r\\nhalf\\r\\n\nX:\n", ERROR_OFFLINE, -1 },
	{ "half a final dot", "s: +OK\\r\\nhalf\\r\\n.\\r\nX:\n", ERROR_OFFLINE, -1 },
	{ "nothing", "X:\n", ERROR_OFFLINE, -1 },
	{ "no answer", "S: half\nW:\n", ERROR_OFFLINE, -1 },
	{ "a challenge", "S: + more\nX:\n", ERROR_REFUSED, -1 },
	{ "enough", "s: +OK\\r\\nhalf\\r\\n\nW:\n", ERROR_CANCELLED, 0 },
};

static void
test_broken_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(broken); i++) {
		char *text = str_printf("%s%sC: RETR 1\n%s", PLAIN, LISTED,
			broken[i].script);
		struct script *script = script_start(NULL, text);
		struct seen seen = { .left = broken[i].left };
		struct remote_sink sink = sink_of(&seen);
		struct remote *r = session(script);
		struct error err = {0};
		assert_false(D->fetch_raw(r, 1, 0, 0, &sink, &err));
		if (err.kind != broken[i].kind)
			fail_msg("%s: %s", broken[i].name, err.text);
		D->close(&r);
		seen_done(&seen);
		script_finish_early(&script);
		free(text);
	}
}

static void
play_long_message(struct script *s, void *arg)
{
	struct buf many = {0};
	(void)arg;

	script_line(s, "+OK");
	script_expect(s, "CAPA");
	script_line(s, "-ERR");
	script_expect(s, "USER *");
	script_line(s, "+OK");
	script_expect(s, "PASS *");
	script_line(s, "+OK");
	script_expect(s, "CAPA");
	script_line(s, "-ERR");
	script_expect(s, "LIST");
	script_line(s, "+OK\r\n1 10\r\n.");
	script_expect(s, "UIDL");
	script_line(s, "-ERR");
	script_expect(s, "RETR 1");
	script_line(s, "+OK");
	while (many.len < 60000)
		buf_str(&many, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n");
	while (script_send(s, many.data, many.len))
		;
	buf_done(&many);
}

static bool
count_data(void *arg, const void *bytes, size_t len)
{
	(void)bytes;
	*(size_t *)arg += len;
	return true;
}

static void
test_endless_message(void **state)
{
	(void)state;
	struct script *script = script_start_play(NULL, play_long_message, NULL);
	size_t got = 0;
	struct remote_sink sink = { .arg = &got, .data = count_data };
	struct remote *r = session(script);
	struct error err = {0};

	assert_false(D->fetch_raw(r, 1, 0, 0, &sink, &err));
	assert_int_equal(err.kind, ERROR_OFFLINE);
	assert_non_null(strstr(err.text, "without end"));
	assert_true(got < 2 * POP3_MESSAGE_SLACK);
	D->close(&r);
	script_finish_early(&script);
}

// --- removal -----------------------------------------------------------------------

static const struct {
	const char *quit;
	bool ok;
	enum error_kind kind;
} commits[] = {
	{ "S: +OK bye\n", true, 0 },
	{ "S: -ERR some messages were not removed\n", false, ERROR_REFUSED },
	{ "X:\n", false, ERROR_OFFLINE },
	{ "S: gone\n", false, ERROR_OFFLINE },
};

static void
test_commit(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(commits); i++) {
		char *text = str_printf("%s%s%s%s", PIPED LISTED_PIPED,
			"C: DELE 1\nC: DELE 2\nC: DELE 3\n"
			"S: +OK\nS: -ERR never\nS: +OK\nC: DELE 2\nS: +OK\n",
			"C: QUIT\n", commits[i].quit);
		struct script *script = script_start(NULL, text);
		struct remote *r = session(script);
		struct remote_state s;
		struct error err = {0};
		// One refusal is told, the others are removed; and repeated.
		assert_false(D->expunge(r, ALL, &err));
		assert_int_equal(err.kind, ERROR_REFUSED);
		assert_true(D->expunge(r, ALL, &err));
		assert_true(select_inbox(r, &s, &err));
		assert_int_equal(s.exists, 0);
		err = (struct error){0};
		assert_int_equal(D->commit(r, &err), commits[i].ok);
		assert_int_equal(err.kind, commits[i].kind);
		assert_false(D->commit(r, &err));
		assert_int_equal(err.kind, ERROR_OFFLINE);
		D->close(&r);
		script_finish(&script);
		free(text);
	}
}

static void
play_close(struct script *s, void *arg)
{
	static const char *const lines[] = {
		"CAPA", "-ERR", "USER ann", "+OK", "PASS secret", "+OK", "CAPA", "-ERR",
		"LIST", "+OK\r\n1 10\r\n.", "UIDL", "-ERR", "DELE 1", "+OK",
	};

	script_line(s, "+OK");
	for (size_t i = 0; i < COUNT_OF(lines); i += 2)
		if (!script_expect(s, lines[i]) || !script_line(s, lines[i + 1]))
			return;
	*(bool *)arg = script_expect(s, "*");
}

// What was not committed stays: no QUIT is sent that would remove it.
static void
test_close_removes_nothing(void **state)
{
	(void)state;
	bool more = true;
	struct script *script = script_start_play(NULL, play_close, &more);
	struct remote *r = session(script);
	struct error err = {0};

	assert_true(D->expunge(r, ONE(1), &err));
	D->close(&r);
	script_finish_early(&script);
	assert_false(more);
}

// --- logins ------------------------------------------------------------------------

#define IN_CLEAR (-1)

static const struct {
	const char *name;
	const char *script;
	int certificate;
	const char *user, *password, *token;
	enum error_kind kind;
	const char *words;
} logins[] = {
	{ "USER and PASS", PLAIN END, IN_CLEAR, "ann", "secret", NULL, 0, NULL },
	{ "without CAPA", BEGIN "C: CAPA\nS: -ERR what\n" LOGIN
		"C: CAPA\nS: -ERR what\n" END, IN_CLEAR, "ann", "secret", NULL, 0, NULL },
	{ "APOP", "S: +OK POP3 <1896.697170952@dbc.mtview.ca.us>\n"
		CAPA("S: TOP\n")
		"C: APOP mrose c4c9334bac560ecc979e58001b3e22fb\nS: +OK\n"
		CAPA("S: TOP\n") END, IN_CLEAR, "mrose", "tanstaaf", NULL, 0, NULL },
	{ "a banner that is no msg-id", "S: +OK <who\033@x>\n" CAPA("S: TOP\n") LOGIN
		CAPA("S: TOP\n") END, IN_CLEAR, "ann", "secret", NULL, 0, NULL },
	{ "SASL", BEGIN CAPA("S: SASL LOGIN PLAIN\n")
		"C: AUTH PLAIN $64(\\0ann\\0secret)\nS: +OK\n" CAPA("") END, IN_CLEAR,
		"ann", "secret", NULL, 0, NULL },
	{ "SASL in steps", BEGIN CAPA("S: SASL LOGIN\n")
		"C: AUTH LOGIN\nS: + $64(User Name)\nC: $64(ann)\n"
		"S: + $64(Password)\nC: $64(secret)\nS: +OK\n" CAPA("") END, IN_CLEAR,
		"ann", "secret", NULL, 0, NULL },
	{ "a long first answer", BEGIN CAPA("S: SASL XOAUTH2\n")
		"C: AUTH XOAUTH2\nS: + \n"
		"C: $64(user=ann\\xauth=Bearer " U70 U70 U70 "\\x\\x)\nS: +OK\n"
		CAPA("") END, IN_CLEAR, "ann", NULL, U70 U70 U70, 0, NULL },
	{ "only mechanisms that nobody knows", BEGIN
		CAPA("S: USER\nS: SASL KERBEROS_V4\n") LOGIN CAPA("") END, IN_CLEAR,
		"ann", "secret", NULL, 0, NULL },
	{ "a challenge that is not base64", BEGIN CAPA("S: SASL LOGIN\n")
		"C: AUTH LOGIN\nS: + ***\nC: \\*\nW:\n", IN_CLEAR, "ann", "secret", NULL,
		ERROR_AUTH, "base64" },
	{ "an unproven server", BEGIN CAPA("S: SASL SCRAM-SHA-1\n")
		"C: AUTH SCRAM-SHA-1 *\nS: +OK come in\nW:\n", IN_CLEAR, "ann",
		"secret", NULL, ERROR_AUTH, "without proving" },
	{ "wrong password", BEGIN CAPA("S: USER\n")
		"C: USER ann\nS: +OK\nC: PASS secret\nS: -ERR [AUTH] no\nW:\n", IN_CLEAR,
		"ann", "secret", NULL, ERROR_AUTH, "[AUTH] no" },
	{ "wrong password without a code", BEGIN CAPA("S: USER\n")
		"C: USER ann\nS: +OK\nC: PASS secret\nS: -ERR no\nW:\n", IN_CLEAR,
		"ann", "secret", NULL, ERROR_AUTH, "refused the password" },
	{ "no such user", BEGIN CAPA("S: USER\n")
		"C: USER ann\nS: -ERR [AUTH] who\nW:\n", IN_CLEAR, "ann", "secret",
		NULL, ERROR_AUTH, NULL },
	{ "in use", BEGIN CAPA("S: USER\nS: RESP-CODES\n")
		"C: USER ann\nS: +OK\nC: PASS secret\nS: -ERR [IN-USE] wait\nW:\n",
		IN_CLEAR, "ann", "secret", NULL, ERROR_OFFLINE, "[IN-USE] wait" },
	{ "in use, in words", BEGIN "C: CAPA\nS: -ERR\n"
		"C: USER ann\nS: +OK\nC: PASS secret\nS: -ERR maildrop Locked\nW:\n",
		IN_CLEAR, "ann", "secret", NULL, ERROR_OFFLINE, "Locked" },
	{ "no disk", BEGIN CAPA("S: SASL PLAIN\nS: RESP-CODES\n")
		"C: AUTH PLAIN *\nS: -ERR [SYS/TEMP] disk\nW:\n", IN_CLEAR, "ann",
		"secret", NULL, ERROR_OFFLINE, "disk" },
	{ "something else", BEGIN CAPA("S: USER\nS: AUTH-RESP-CODE\n")
		"C: USER ann\nS: +OK\nC: PASS secret\nS: -ERR wrong moon\nW:\n",
		IN_CLEAR, "ann", "secret", NULL, ERROR_OFFLINE, "wrong moon" },
	{ "no service", "S: -ERR [SYS/TEMP] later\nW:\n", IN_CLEAR, "ann", "secret",
		NULL, ERROR_OFFLINE, "later" },
	{ "another protocol", "S: 220 hello\nW:\n", IN_CLEAR, "ann", "secret", NULL,
		ERROR_OFFLINE, "does not speak POP3" },
	{ "no password", BEGIN CAPA("S: USER\n") "W:\n", IN_CLEAR, "ann", NULL, NULL,
		ERROR_AUTH, NULL },
	{ "a line end in the password", BEGIN CAPA("S: USER\n") "W:\n", IN_CLEAR,
		"ann", "x\r\nDELE 1", NULL, ERROR_INPUT, NULL },
	{ "a line end in the user", BEGIN CAPA("S: USER\n") "W:\n", IN_CLEAR,
		"ann\nDELE 1", "secret", NULL, ERROR_INPUT, NULL },
	{ "STLS", BEGIN CAPA("S: STLS\nS: SASL LOGIN\n") "C: STLS\nS: +OK\nT:\n"
		CAPA("S: USER\n") LOGIN CAPA("S: USER\n") END, SCRIPT_GOOD, "ann",
		"secret", NULL, 0, NULL },
	{ "STLS without CAPA", BEGIN "C: CAPA\nS: -ERR\nC: STLS\nS: +OK\nT:\n"
		"C: CAPA\nS: -ERR\n" LOGIN "C: CAPA\nS: -ERR\n" END, SCRIPT_GOOD, "ann",
		"secret", NULL, 0, NULL },
	{ "STLS, and a banner from before", "S: +OK <1@x>\n" CAPA("S: STLS\n")
		"C: STLS\nS: +OK\nT:\n" CAPA("S: TOP\n") LOGIN CAPA("") END, SCRIPT_GOOD,
		"ann", "secret", NULL, 0, NULL },
	{ "stripped", BEGIN CAPA("S: USER\n") "W:\n", SCRIPT_GOOD, "ann", "secret",
		NULL, ERROR_OFFLINE, "offers no TLS" },
	{ "refused", BEGIN CAPA("S: STLS\n") "C: STLS\nS: -ERR no\nW:\n", SCRIPT_GOOD,
		"ann", "secret", NULL, ERROR_OFFLINE, "refused TLS" },
	{ "injected", BEGIN CAPA("S: STLS\n")
		"C: STLS\ns: +OK\\r\\n+OK\\r\\nUSER\\r\\n.\\r\\n\nW:\n", SCRIPT_GOOD,
		"ann", "secret", NULL, ERROR_OFFLINE, "in clear after it agreed" },
	{ "another host", BEGIN CAPA("S: STLS\n") "C: STLS\nS: +OK\nT:\n",
		SCRIPT_OTHER_HOST, "ann", "secret", NULL, ERROR_TRUST, NULL },
};

static void
test_logins(void **state)
{
	struct script_fixture *f = *state;

	for (size_t i = 0; i < COUNT_OF(logins); i++) {
		bool clear = logins[i].certificate == IN_CLEAR;
		struct script_options options = { .ca = clear ? NULL : f->ca,
			.certificate = clear ? 0
				: (enum script_certificate)logins[i].certificate };
		struct script *script = script_start(&options, logins[i].script);
		struct remote_certificate certificate = {0};
		struct remote_settings settings;
		struct error err = {0};
		struct remote *r;
		script_settings(script, "pop3", &settings);
		str_set(&settings.user, logins[i].user);
		str_set(&settings.password, logins[i].password);
		str_set(&settings.token, logins[i].token);
		bool ok = D->open(&r, &settings, NULL, &certificate, &err);
		if (ok != (logins[i].kind == 0) || err.kind != logins[i].kind ||
		    (logins[i].words && !strstr(err.text, logins[i].words)))
			fail_msg("%s: %s", logins[i].name, err.text);
		assert_true(ok == (r != NULL));
		if (ok)
			D->close(&r);
		remote_certificate_done(&certificate);
		remote_settings_done(&settings);
		if (logins[i].kind == ERROR_TRUST)
			script_finish_early(&script);
		else
			script_finish(&script);
	}
}

// --- the rest ----------------------------------------------------------------------

static void
test_folders(void **state)
{
	(void)state;
	struct script *script = script_start(NULL, PLAIN
		"C: STAT\nS: +OK 3 120\nC: NOOP\nS: +OK\n" END);
	struct remote *r = session(script);
	struct remote_folders folders;
	struct remote_folder status;
	struct remote_state s;
	struct remote_known known = {0};
	struct remote_uid_map map;
	struct error err = {0};
	bool changed;

	assert_int_equal(D->abilities(r), REMOTE_DROP);
	assert_true(D->folders(r, &folders, &err));
	assert_int_equal(folders.len, 1);
	assert_string_equal(folders.items[0].role, "inbox");
	remote_folders_done(&folders);
	assert_true(D->status(r, "inbox", &status, &err));
	assert_int_equal(status.messages, 3);
	assert_true(D->noop(r, NULL, &err));
	assert_true(D->watch(r, 0, NULL, &changed, NULL, &err));
	assert_false(changed);
	assert_false(D->select(r, "Sent", &known, &s, NULL, &err));
	assert_int_equal(err.kind, ERROR_GONE);
	assert_false(D->copy(r, ALL, "INBOX", &map, &err));
	assert_false(D->folder_create(r, "x", &err));
	assert_int_equal(err.kind, ERROR_REFUSED);
	assert_null(D->folder_name(r, "x"));
	D->close(&r);
	script_finish(&script);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_endless_lists),
		cmocka_unit_test(test_envelopes),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_many_raw),
		cmocka_unit_test(test_broken_messages),
		cmocka_unit_test(test_endless_message),
		cmocka_unit_test(test_commit),
		cmocka_unit_test(test_close_removes_nothing),
		cmocka_unit_test(test_logins),
		cmocka_unit_test(test_folders),
	};

	return cmocka_run_group_tests(tests, script_setup, script_teardown);
}
