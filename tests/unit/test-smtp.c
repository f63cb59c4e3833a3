// SPDX-License-Identifier: GPL-3.0-or-later
// Sending: what goes onto the wire, what each answer of a server means, and
// servers and addresses that mean harm.
#include "config.h"

#include "tests/unit/test.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "loop/cancel.h"
#include "remote/line.h"
#include "remote/smtp.h"
#include "tests/unit/script.h"

#define D (&sender_smtp)

// --- bytes ---------------------------------------------------------------------------

static const struct {
	const char *in;
	const char *out;
} wires[] = {
	{ "", ".\r\n" },
	{ "a", "a\r\n.\r\n" },
	{ "a\r\n", "a\r\n.\r\n" },
	{ "a\r\nb\r\n", "a\r\nb\r\n.\r\n" },
	{ ".", "..\r\n.\r\n" },
	{ "..", "...\r\n.\r\n" },
	{ "a.\r\n.b\r\n", "a.\r\n..b\r\n.\r\n" },
	{ "a\r\n.\r\nb", "a\r\n..\r\nb\r\n.\r\n" },
	{ "\n", "\r\n.\r\n" },
	{ "\r", "\r\n.\r\n" },
	{ "\r\r\n", "\r\n\r\n.\r\n" },
	{ "\n\r", "\r\n\r\n.\r\n" },
	{ "a\nb\rc", "a\r\nb\r\nc\r\n.\r\n" },
	// The ends that one server sees and another does not.
	{ "x\n.\nMAIL FROM:<a@b>", "x\r\n..\r\nMAIL FROM:<a@b>\r\n.\r\n" },
	{ "x\n.\r\nMAIL", "x\r\n..\r\nMAIL\r\n.\r\n" },
	{ "x\r\n.\nMAIL", "x\r\n..\r\nMAIL\r\n.\r\n" },
	{ "x\r.\rMAIL", "x\r\n..\r\nMAIL\r\n.\r\n" },
	{ "x\r\n.\rMAIL", "x\r\n..\r\nMAIL\r\n.\r\n" },
	{ "x\r.\r\nMAIL", "x\r\n..\r\nMAIL\r\n.\r\n" },
	{ "x\r\r\n.\r\r\nMAIL", "x\r\n\r\n..\r\n\r\nMAIL\r\n.\r\n" },
	{ "x\r\n\r.\r\n", "x\r\n\r\n..\r\n.\r\n" },
};

static void
test_wire(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(wires); i++) {
		size_t len = strlen(wires[i].in);
		for (size_t step = 1; step <= len + 1; step++) {
			struct smtp_data d = { .start = true };
			struct buf out = {0};
			for (size_t at = 0; at < len; at += step)
				smtp_data_add(&d, &out, wires[i].in + at,
					len - at < step ? len - at : step);
			smtp_data_end(&d, &out);
			assert_string_equal(buf_text(&out), wires[i].out);
			buf_done(&out);
		}
	}
}

// Whatever bytes a message has: no lone CR or LF leaves, and a line of one dot
// stands at the end only.
static void
test_wire_of_anything(void **state)
{
	(void)state;
	static const char letters[] = { '\r', '\n', '.', 'x', '\0' };
	enum { LENGTH = 6 };
	char in[LENGTH];

	for (unsigned n = 0; n < 5 * 5 * 5 * 5 * 5 * 5; n++) {
		struct smtp_data d = { .start = true };
		struct buf out = {0};
		for (unsigned k = 0, rest = n; k < LENGTH; k++, rest /= 5)
			in[k] = letters[rest % 5];
		smtp_data_add(&d, &out, in, LENGTH);
		smtp_data_end(&d, &out);
		for (size_t k = 0; k < out.len; k++) {
			if (out.data[k] == '\r')
				assert_int_equal(out.data[k + 1], '\n');
			if (out.data[k] == '\n')
				assert_int_equal(out.data[k - 1], '\r');
			bool first = k == 0 || out.data[k - 1] == '\n';
			if (first && out.data[k] == '.' && out.data[k + 1] == '\r')
				assert_int_equal(k, out.len - 3);
		}
		buf_done(&out);
	}
}

// --- one message against a script ------------------------------------------------------

#define BEGIN \
	"S: 220 mail.example ESMTP\n" \
	"C: EHLO postern.test\n"
#define PLAIN_BEGIN \
	BEGIN \
	"S: 250 mail.example\n"
#define PIPE_BEGIN \
	BEGIN \
	"S: 250-mail.example\n" \
	"S: 250-PIPELINING\n" \
	"S: 250-SIZE 1000\n" \
	"S: 250-8bitmime\n" \
	"S: 250 SMTPUTF8\n"
#define END "C: QUIT\nW:\n"

struct body {
	const char *text;
	size_t at, step, stop;   // stop: it ends there, too early
};

static bool
next_piece(void *arg, const void **bytes_r, size_t *len_r)
{
	struct body *b = arg;
	size_t left = strlen(b->text) - b->at;

	if (b->stop != 0 && b->at >= b->stop)
		return false;
	*bytes_r = b->text + b->at;
	*len_r = left < b->step ? left : b->step;
	b->at += *len_r;
	return left > 0;
}

struct run {
	struct sender *sender;
	struct sender_recipient to[3];
	size_t n;
	struct error err;
	bool ok, maybe;
};

static void
send_one(struct run *r, const char *from, const char *text)
{
	struct body body = { .text = text, .step = 5 };

	for (size_t i = 0; i < r->n; i++) {
		free(r->to[i].answer);
		r->to[i].answer = NULL;
	}
	r->err = (struct error){0};
	r->ok = D->send(r->sender, from, r->to, r->n, strlen(text), next_piece, &body,
		&r->maybe, &r->err);
}

// "+" accepted, "4" and "5" refused for now and for good.
static char *
verdicts(const struct run *r)
{
	struct buf out = {0};

	for (size_t i = 0; i < r->n; i++)
		buf_char(&out, r->to[i].accepted ? '+' : r->to[i].permanent ? '5' : '4');
	return buf_take(&out);
}

static void
run_done(struct run *r)
{
	if (r->sender != NULL)
		D->close(&r->sender);
	for (size_t i = 0; i < r->n; i++)
		free(r->to[i].answer);
}

static void
sender_begin(struct run *r, struct script *script, size_t n)
{
	struct remote_settings settings;

	script_settings(script, "smtp", &settings);
	str_set(&settings.user, NULL);
	*r = (struct run){ .n = n, .to = { { .mail = "bob@example.org" },
		{ .mail = "cy@example.org" }, { .mail = "di@example.org" } } };
	if (!D->open(&r->sender, &settings, NULL, NULL, &r->err))
		fail_msg("%s", r->err.text);
	remote_settings_done(&settings);
}

static const struct {
	const char *name;
	const char *script;
	size_t n;
	const char *text;
	bool ok, maybe;
	const char *verdicts;
	enum error_kind kind;
	const char *words;    // in the error
} dialogues[] = {
	{ "step by step", PLAIN_BEGIN
		"C: MAIL FROM:<ann@example.org>\nS: 250 ok\n"
		"C: RCPT TO:<bob@example.org>\nS: 250 ok\n"
		"C: DATA\nS: 354 go\n"
		"C: one\nC: ..two\nC: .\nS: 250 taken\n" END,
		1, "one\r\n.two\r\n", true, false, "+", 0, NULL },
	{ "all at once", PIPE_BEGIN
		"C: MAIL FROM:<ann@example.org> SIZE=5 BODY=8BITMIME\n"
		"C: RCPT TO:<bob@example.org>\nC: RCPT TO:<cy@example.org>\n"
		"C: RCPT TO:<di@example.org>\nC: DATA\n"
		"S: 250 ok\nS: 250 2.1.5 ok\nS: 251 will forward\nS: 252 perhaps\n"
		"S: 354 go\nC: one\nC: .\nS: 250 2.0.0 taken\n" END,
		3, "one\r\n", true, false, "+++", 0, NULL },
	{ "some recipients", PIPE_BEGIN
		"C: MAIL *\nC: RCPT *\nC: RCPT *\nC: RCPT *\nC: DATA\n"
		"S: 250 ok\nS: 550 5.1.1 none\nS: 250 ok\nS: 451 4.3.0 later\n"
		"S: 354 go\nC: one\nC: .\nS: 250 taken\n" END,
		3, "one\r\n", true, false, "5+4", 0, NULL },
	{ "too many recipients", PIPE_BEGIN
		"C: MAIL *\nC: RCPT *\nC: RCPT *\nC: DATA\n"
		"S: 250 ok\nS: 250 ok\nS: 552 too many\nS: 354 go\n"
		"C: one\nC: .\nS: 250 taken\n" END,
		2, "one\r\n", true, false, "+4", 0, NULL },
	{ "no recipient, DATA refused", PIPE_BEGIN
		"C: MAIL *\nC: RCPT *\nC: RCPT *\nC: DATA\n"
		"S: 250 ok\nS: 550 no\nS: 450 later\nS: 503 no recipients\n" END,
		2, "one\r\n", false, false, "54", ERROR_REFUSED, "550 no" },
	{ "no recipient, DATA taken", PIPE_BEGIN
		"C: MAIL *\nC: RCPT *\nC: DATA\n"
		"S: 250 ok\nS: 550 no\nS: 354 go\nC: .\nS: 554 no\n" END,
		1, "one\r\n", false, false, "5", ERROR_REFUSED, "550 no" },
	{ "no recipient, step by step", PLAIN_BEGIN
		"C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 550 no\n" END,
		1, "one\r\n", false, false, "5", ERROR_REFUSED, "550 no" },
	{ "sender refused, step by step", PLAIN_BEGIN
		"C: MAIL *\nS: 530 5.7.0 log in\n" END,
		1, "one\r\n", false, false, "5", ERROR_REFUSED, "530 5.7.0 log in" },
	{ "sender refused, all at once", PIPE_BEGIN
		"C: MAIL *\nC: RCPT *\nC: DATA\n"
		"S: 451 not now\nS: 503 no\nS: 354 well\nC: .\nS: 554 no\n" END,
		1, "one\r\n", false, false, "4", ERROR_REFUSED, "451 not now" },
	{ "sender refused and hung up", PIPE_BEGIN
		"C: MAIL *\nC: RCPT *\nC: DATA\nS: 554 go away\nX:\n",
		1, "one\r\n", false, false, "5", ERROR_REFUSED, "554 go away" },
	{ "DATA refused", PIPE_BEGIN
		"C: MAIL *\nC: RCPT *\nC: RCPT *\nC: DATA\n"
		"S: 250 ok\nS: 250 ok\nS: 550 no\nS: 451 disk\n" END,
		2, "one\r\n", false, false, "45", ERROR_REFUSED, "451 disk" },
	{ "message refused", PLAIN_BEGIN
		"C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\n"
		"C: one\nC: .\nS: 554-5.6.0 spam\nS: 554 5.6.0 see \033[31mhere\n" END,
		1, "one\r\n", false, false, "5", ERROR_REFUSED,
		"554 5.6.0 spam 5.6.0 see  [31mhere" },
	{ "service closes", PLAIN_BEGIN
		"C: MAIL *\nS: 421 4.3.2 shutting down\nX:\n",
		1, "one\r\n", false, false, "4", ERROR_OFFLINE, "421 4.3.2 shutting" },
	{ "service closes at a recipient", PLAIN_BEGIN
		"C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 421 bye\nX:\n",
		1, "one\r\n", false, false, "4", ERROR_OFFLINE, "421 bye" },
	{ "cut before the message", PLAIN_BEGIN
		"C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nX:\n",
		1, "one\r\n", false, false, "4", ERROR_OFFLINE, NULL },
	{ "cut after the final dot", PLAIN_BEGIN
		"C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\n"
		"C: one\nC: .\nX:\n",
		1, "one\r\n", false, true, "4", ERROR_OFFLINE, NULL },
	{ "silent after the final dot", PLAIN_BEGIN
		"C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\n"
		"C: one\nC: .\ns: 25\nX:\n",
		1, "one\r\n", false, true, "4", ERROR_OFFLINE, NULL },
	{ "garbage after the final dot", PLAIN_BEGIN
		"C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\n"
		"C: one\nC: .\nS: taken!\nW:\n",
		1, "one\r\n", false, true, "4", ERROR_OFFLINE, "does not speak SMTP" },
	{ "too large", PIPE_BEGIN END,
		1, NULL, false, false, "4", ERROR_REFUSED, "1000 bytes" },
	{ "lone line ends and no last one", PLAIN_BEGIN
		"C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\n"
		"C: a\nC: ..\nC: MAIL FROM:<evil@example.org>\nC: b\nC: .\n"
		"S: 250 taken\n" END,
		1, "a\n.\rMAIL FROM:<evil@example.org>\r\nb", true, false, "+", 0, NULL },
};

static void
test_dialogues(void **state)
{
	(void)state;
	char large[1002];

	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	for (size_t i = 0; i < COUNT_OF(dialogues); i++) {
		struct script *script = script_start(NULL, dialogues[i].script);
		struct run r;
		sender_begin(&r, script, dialogues[i].n);
		send_one(&r, "ann@example.org",
			dialogues[i].text == NULL ? large : dialogues[i].text);
		char *v = verdicts(&r);
		if (r.ok != dialogues[i].ok || r.maybe != dialogues[i].maybe ||
		    strcmp(v, dialogues[i].verdicts) != 0 ||
		    r.err.kind != dialogues[i].kind)
			fail_msg("%s: ok %d maybe %d %s: %s", dialogues[i].name, r.ok,
				r.maybe, v, r.err.text);
		if (dialogues[i].words != NULL &&
		    strstr(r.err.text, dialogues[i].words) == NULL)
			fail_msg("%s: %s", dialogues[i].name, r.err.text);
		free(v);
		run_done(&r);
		script_finish(&script);
	}
}

static void
test_answers_are_kept(void **state)
{
	(void)state;
	struct script *script = script_start(NULL, PIPE_BEGIN
		"C: MAIL *\nC: RCPT *\nC: RCPT *\nC: DATA\n"
		"S: 250 ok\nS: 550-5.1.1 no such \033]0;x\007\nS: 550 5.1.1 user\n"
		"S: 250 ok\nS: 354 go\nC: x\nC: .\nS: 250 taken\n" END);
	struct run r;

	sender_begin(&r, script, 2);
	send_one(&r, "ann@example.org", "x\r\n");
	assert_true(r.ok);
	assert_string_equal(r.to[0].answer, "550 5.1.1 no such  ]0;x 5.1.1 user");
	assert_string_equal(r.to[1].answer, "250 ok");
	run_done(&r);
	script_finish(&script);
}

// Several on one connection; what one left open is reset before the next.
static void
test_several(void **state)
{
	(void)state;
	struct script *script = script_start(NULL, PLAIN_BEGIN
		"C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\n"
		"C: one\nC: .\nS: 250 taken\n"
		"C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 550 no\n"
		"C: RSET\nC: MAIL FROM:<>\nS: 250 ok\nS: 250 ok\nC: RCPT *\nS: 250 ok\n"
		"C: DATA\nS: 354 go\nC: three\nC: .\nS: 250 taken\n" END);
	struct run r;

	sender_begin(&r, script, 1);
	send_one(&r, "ann@example.org", "one\r\n");
	assert_true(r.ok);
	send_one(&r, "ann@example.org", "two\r\n");
	assert_false(r.ok);
	send_one(&r, "", "three\r\n");
	assert_true(r.ok);
	run_done(&r);
	script_finish(&script);
}

static void
play_many(struct script *s, void *arg)
{
	size_t n = *(size_t *)arg;

	script_line(s, "220 x");
	script_expect(s, "EHLO *");
	script_line(s, "250-x");
	script_line(s, "250 PIPELINING");
	script_expect(s, "MAIL *");
	script_line(s, "250 ok");
	for (size_t i = 0; i < n; i++) {
		script_expect(s, "RCPT *");
		script_line(s, i % 2 == 0 ? "250 ok" : "550 no");
	}
	script_expect(s, "DATA");
	script_line(s, "354 go");
	script_expect(s, "x");
	script_expect(s, ".");
	script_line(s, "250 ok");
	script_expect(s, "QUIT");
}

static void
test_many_recipients(void **state)
{
	(void)state;
	size_t n = 1234;
	struct script *script = script_start_play(NULL, play_many, &n);
	struct sender_recipient *to = calloc(n, sizeof(*to));
	struct body body = { .text = "x\r\n", .step = 3 };
	struct error err = {0};
	struct run r;
	bool maybe;

	for (size_t i = 0; i < n; i++)
		to[i].mail = "someone@example.org";
	sender_begin(&r, script, 0);
	assert_true(D->send(r.sender, "ann@example.org", to, n, 3, next_piece, &body,
		&maybe, &err));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(to[i].accepted, i % 2 == 0);
		free(to[i].answer);
	}
	free(to);
	run_done(&r);
	script_finish(&script);
}

// A message that ends before its size: the connection goes, so that no server
// takes the half for the whole.
static void
test_ends_early(void **state)
{
	(void)state;
	struct script *script = script_start(NULL, PLAIN_BEGIN
		"C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\nW:\n");
	struct body body = { .text = "one\r\ntwo\r\n", .step = 5, .stop = 5 };
	struct run r;

	sender_begin(&r, script, 1);
	r.ok = D->send(r.sender, "ann@example.org", r.to, 1, 10, next_piece, &body,
		&r.maybe, &r.err);
	assert_false(r.ok || r.maybe);
	assert_int_equal(r.err.kind, ERROR_INPUT);
	send_one(&r, "ann@example.org", "x\r\n");
	assert_false(r.ok);
	assert_int_equal(r.err.kind, ERROR_OFFLINE);
	run_done(&r);
	script_finish(&script);
}

static bool
next_endless(void *arg, const void **bytes_r, size_t *len_r)
{
	static char piece[64 * 1024];
	(void)arg;

	memset(piece, 'x', sizeof(piece));
	*bytes_r = piece;
	*len_r = sizeof(piece);
	return true;
}

// A server that has heard enough says so while we still send.
static void
test_interrupted(void **state)
{
	(void)state;
	struct script *script = script_start(NULL, PLAIN_BEGIN
		"C: MAIL *\nS: 250 ok\nC: RCPT *\nS: 250 ok\nC: DATA\nS: 354 go\n"
		"S: 552 5.3.4 too big\nW:\n");
	struct run r;

	sender_begin(&r, script, 1);
	r.ok = D->send(r.sender, "ann@example.org", r.to, 1, UINT64_C(1) << 40,
		next_endless, NULL, &r.maybe, &r.err);
	assert_false(r.ok || r.maybe);
	assert_int_equal(r.err.kind, ERROR_REFUSED);
	assert_non_null(strstr(r.err.text, "552 5.3.4 too big"));
	assert_true(r.to[0].permanent);
	run_done(&r);
	script_finish(&script);
}

// --- addresses -----------------------------------------------------------------------

static const char *const bad_addresses[] = {
	"", "ann", "a b@example.org", "a@example.org\r\nDATA", "a@example.org\n",
	"a\r@example.org", "a@example.org> SIZE=1", "a@example.org>", "<a@example.org",
	"a\t@example.org", "a\033@example.org", "a@example.org\x7f",
};

static void
test_bad_addresses(void **state)
{
	(void)state;
	struct script *script = script_start(NULL, PIPE_BEGIN END);
	struct run r;

	sender_begin(&r, script, 2);
	for (size_t i = 0; i < COUNT_OF(bad_addresses); i++) {
		r.to[1].mail = bad_addresses[i];
		send_one(&r, "ann@example.org", "x\r\n");
		assert_false(r.ok || r.maybe);
		assert_int_equal(r.err.kind, ERROR_INPUT);
		assert_null(strpbrk(r.err.text, "\r\n\033"));
		r.to[1].mail = "cy@example.org";
		if (i == 0) // nobody is a sender
			continue;
		send_one(&r, bad_addresses[i], "x\r\n");
		assert_false(r.ok || r.maybe);
		assert_int_equal(r.err.kind, ERROR_INPUT);
	}
	run_done(&r);
	script_finish(&script);
}

static void
test_utf8(void **state)
{
	(void)state;
	struct script *script = script_start(NULL, PIPE_BEGIN
		"C: MAIL FROM:<ann@example.org> SIZE=3 BODY=8BITMIME SMTPUTF8\n"
		"C: RCPT TO:<\u03b4@example.org>\nC: DATA\nS: 250 ok\nS: 250 ok\n"
		"S: 354 go\nC: x\nC: .\nS: 250 ok\n" END);
	struct run r;

	sender_begin(&r, script, 1);
	r.to[0].mail = "\u03b4@example.org";
	send_one(&r, "ann@example.org", "x\r\n");
	assert_true(r.ok);
	run_done(&r);
	script_finish(&script);
	script = script_start(NULL, PLAIN_BEGIN END);
	sender_begin(&r, script, 1);
	r.to[0].mail = "\u03b4@example.org";
	send_one(&r, "ann@example.org", "x\r\n");
	assert_false(r.ok);
	assert_int_equal(r.err.kind, ERROR_REFUSED);
	run_done(&r);
	script_finish(&script);
}

// --- opening -----------------------------------------------------------------------

#define IN_CLEAR (-1)  // no authority: TLS is off

static const struct {
	const char *name;
	const char *script;
	int certificate;
	const char *user, *client_name;
	enum error_kind kind;   // NONE: it opens
	const char *words;
} openings[] = {
	{ "stripped", BEGIN "S: 250-x\nS: 250 AUTH PLAIN\nW:\n", SCRIPT_GOOD, "ann",
		"postern.test", ERROR_OFFLINE, "offers no TLS" },
	{ "refused", BEGIN "S: 250-x\nS: 250 STARTTLS\nC: STARTTLS\nS: 454 no\nW:\n",
		SCRIPT_GOOD, "ann", "postern.test", ERROR_OFFLINE, "454 no" },
	{ "injected", BEGIN "S: 250-x\nS: 250 STARTTLS\nC: STARTTLS\n"
		"s: 220 go\\r\\n250-x\\r\\n250 AUTH PLAIN\\r\\n\nW:\n", SCRIPT_GOOD,
		"ann", "postern.test", ERROR_OFFLINE, "in clear after it agreed" },
	{ "expired", BEGIN "S: 250-x\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nT:\n",
		SCRIPT_EXPIRED, "ann", "postern.test", ERROR_TRUST, NULL },
	{ "learnt before TLS", BEGIN
		"S: 250-x\nS: 250-STARTTLS\nS: 250 AUTH PLAIN\nC: STARTTLS\nS: 220 go\n"
		"T:\nC: EHLO postern.test\nS: 250 x\nW:\n", SCRIPT_GOOD, "ann",
		"postern.test", ERROR_REFUSED, "no way to log in" },
	{ "logged in", BEGIN
		"S: 250-x\nS: 250-STARTTLS\nS: 250 AUTH LOGIN\nC: STARTTLS\nS: 220 go\n"
		"T:\nC: EHLO postern.test\nS: 250-x\nS: 250 AUTH PLAIN LOGIN\n"
		"C: AUTH PLAIN $64(\\0ann\\0secret)\nS: 235 ok\n" END, SCRIPT_GOOD,
		"ann", "postern.test", 0, NULL },
	{ "LOGIN in steps", BEGIN "S: 250-x\nS: 250 AUTH LOGIN\nC: AUTH LOGIN\n"
		"S: 334 $64(Username:)\nC: $64(ann)\nS: 334 $64(Password:)\n"
		"C: $64(secret)\nS: 235 ok\n" END, IN_CLEAR, "ann", "postern.test", 0,
		NULL },
	{ "wrong password", BEGIN "S: 250-x\nS: 250 AUTH PLAIN\nC: AUTH PLAIN *\n"
		"S: 535 5.7.8 no\nW:\n", IN_CLEAR, "ann", "postern.test", ERROR_AUTH,
		"535 5.7.8 no" },
	{ "not now", BEGIN "S: 250-x\nS: 250 AUTH PLAIN\nC: AUTH PLAIN *\n"
		"S: 454 4.7.0 later\nW:\n", IN_CLEAR, "ann", "postern.test",
		ERROR_OFFLINE, "454 4.7.0 later" },
	{ "no such command", BEGIN "S: 250-x\nS: 250 AUTH PLAIN\nC: AUTH PLAIN *\n"
		"S: 502 what\nW:\n", IN_CLEAR, "ann", "postern.test", ERROR_OFFLINE,
		"502 what" },
	{ "not base64", BEGIN "S: 250-x\nS: 250 AUTH LOGIN\nC: AUTH LOGIN\n"
		"S: 334 !!!\nC: \\*\nW:\n", IN_CLEAR, "ann", "postern.test", ERROR_AUTH,
		"base64" },
	{ "an unproven server", BEGIN "S: 250-x\nS: 250 AUTH SCRAM-SHA-256\n"
		"C: AUTH SCRAM-SHA-256 *\nS: 235 come in\nW:\n", IN_CLEAR, "ann",
		"postern.test", ERROR_AUTH, "without proving" },
	{ "no user", BEGIN "S: 250-x\nS: 250 AUTH PLAIN\n" END, IN_CLEAR, NULL,
		"postern.test", 0, NULL },
	{ "no name", "S: 220 x\nC: EHLO [127.0.0.1]\nS: 250 x\n" END, IN_CLEAR, NULL,
		NULL, 0, NULL },
	{ "a bad name", "S: 220 x\nC: EHLO [127.0.0.1]\nS: 250 x\n" END, IN_CLEAR,
		NULL, "Postern 0.1\r\nMAIL", 0, NULL },
	{ "many lines of greeting", "S: 220-x\nS: 220-y\nS: 220\nC: EHLO *\n"
		"S: 250-x\nS: 250\n" END, IN_CLEAR, NULL, "postern.test", 0, NULL },
	{ "no service", "S: 554 no service\nW:\n", IN_CLEAR, NULL, "postern.test",
		ERROR_OFFLINE, "554 no service" },
	{ "old", "S: 220 x\nC: EHLO *\nS: 502 what\nW:\n", IN_CLEAR, NULL,
		"postern.test", ERROR_OFFLINE, "502 what" },
	{ "another protocol", "S: * OK IMAP4\nW:\n", IN_CLEAR, NULL, "postern.test",
		ERROR_OFFLINE, "does not speak SMTP" },
	{ "two codes in one answer", "S: 220-x\nS: 250 y\nW:\n", IN_CLEAR, NULL,
		"postern.test", ERROR_OFFLINE, "does not speak SMTP" },
	{ "no number", "S: 2x0 y\nW:\n", IN_CLEAR, NULL, "postern.test",
		ERROR_OFFLINE, "does not speak SMTP" },
	{ "a number too long", "S: 2200 y\nW:\n", IN_CLEAR, NULL, "postern.test",
		ERROR_OFFLINE, "does not speak SMTP" },
	{ "nothing", "X:\n", IN_CLEAR, NULL, "postern.test", ERROR_OFFLINE, NULL },
	{ "empty lines", "S: \nW:\n", IN_CLEAR, NULL, "postern.test", ERROR_OFFLINE,
		"does not speak SMTP" },
	{ "a lying AUTH", BEGIN "S: 250-x\nS: 250 AUTH PLAIN\tLOGIN\nW:\n", IN_CLEAR,
		"ann", "postern.test", ERROR_REFUSED, "no way to log in" },
};

static void
test_openings(void **state)
{
	struct script_fixture *f = *state;

	for (size_t i = 0; i < COUNT_OF(openings); i++) {
		bool clear = openings[i].certificate == IN_CLEAR;
		struct script_options options = { .ca = clear ? NULL : f->ca,
			.certificate = clear ? 0
				: (enum script_certificate)openings[i].certificate };
		struct script *script = script_start(&options, openings[i].script);
		struct remote_certificate certificate = {0};
		struct remote_settings settings;
		struct error err = {0};
		struct sender *sender;
		script_settings(script, "smtp", &settings);
		str_set(&settings.user, openings[i].user);
		str_set(&settings.client_name, openings[i].client_name);
		bool ok = D->open(&sender, &settings, NULL, &certificate, &err);
		if (ok != (openings[i].kind == 0) || err.kind != openings[i].kind)
			fail_msg("%s: %s", openings[i].name, err.text);
		if (openings[i].words != NULL &&
		    strstr(err.text, openings[i].words) == NULL)
			fail_msg("%s: %s", openings[i].name, err.text);
		assert_true(ok == (sender != NULL));
		if (ok)
			D->close(&sender);
		assert_true((certificate.fingerprint != NULL) ==
			(openings[i].kind == ERROR_TRUST));
		remote_certificate_done(&certificate);
		remote_settings_done(&settings);
		if (openings[i].kind == ERROR_TRUST)
			script_finish_early(&script);
		else
			script_finish(&script);
	}
}

static void
play_endless(struct script *s, void *arg)
{
	(void)arg;
	while (script_line(s, "220-and on"))
		;
}

static void
play_long(struct script *s, void *arg)
{
	(void)arg;
	while (script_send(s, "220-xxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 32))
		;
}

static void
play_asking(struct script *s, void *arg)
{
	(void)arg;
	script_line(s, "220 x");
	script_expect(s, "EHLO *");
	script_line(s, "250-x");
	script_line(s, "250 AUTH LOGIN");
	while (script_expect(s, "*") && script_line(s, "334 "))
		;
}

static void
test_endless(void **state)
{
	(void)state;
	static void (*const plays[])(struct script *, void *) = {
		play_endless, play_long, play_asking,
	};

	for (size_t i = 0; i < COUNT_OF(plays); i++) {
		struct script *script = script_start_play(NULL, plays[i], NULL);
		struct remote_settings settings;
		struct error err = {0};
		struct sender *sender;
		script_settings(script, "smtp", &settings);
		assert_false(D->open(&sender, &settings, NULL, NULL, &err));
		assert_true(err.kind == ERROR_OFFLINE || err.kind == ERROR_AUTH);
		remote_settings_done(&settings);
		script_finish_early(&script);
	}
}

// Nothing of the password or of mail is sent before TLS, whatever is offered.
static void
test_transcript(void **state)
{
	struct script_fixture *f = *state;
	struct script_options options = { .ca = f->ca };
	struct script *script = script_start(&options, BEGIN
		"S: 250-x\nS: 250-STARTTLS\nS: 250 AUTH PLAIN\nC: STARTTLS\nS: 220 go\n"
		"T:\nC: EHLO *\nS: 250-x\nS: 250 AUTH PLAIN\nC: AUTH PLAIN *\n"
		"S: 235 ok\n" END);
	struct remote_settings settings;
	struct buf text = {0};
	struct error err = {0};
	struct sender *sender;

	script_settings(script, "smtp", &settings);
	settings.transcript = path_join(f->folder, "smtp");
	assert_true(D->open(&sender, &settings, NULL, NULL, &err));
	D->close(&sender);
	assert_true(path_read(settings.transcript, 10000, &text, NULL));
	assert_non_null(strstr(buf_text(&text), "C: AUTH PLAIN <secret>"));
	assert_null(strstr(buf_text(&text), "AGFubgBzZWNyZXQ"));
	buf_done(&text);
	remote_settings_done(&settings);
	script_finish(&script);
}

static void
test_cancel(void **state)
{
	(void)state;
	struct script *script = script_start(NULL, PLAIN_BEGIN "C: MAIL *\nW:\n");
	struct cancel *cancel = cancel_new();
	struct remote_settings settings;
	struct run r = { .n = 1, .to = { { .mail = "bob@example.org" } } };

	script_settings(script, "smtp", &settings);
	str_set(&settings.user, NULL);
	assert_true(D->open(&r.sender, &settings, cancel, NULL, &r.err));
	cancel_set(cancel);
	send_one(&r, "ann@example.org", "x\r\n");
	assert_false(r.ok || r.maybe);
	assert_int_equal(r.err.kind, ERROR_CANCELLED);
	run_done(&r);
	cancel_free(&cancel);
	remote_settings_done(&settings);
	script_finish_early(&script);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wire),
		cmocka_unit_test(test_wire_of_anything),
		cmocka_unit_test(test_dialogues),
		cmocka_unit_test(test_answers_are_kept),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_many_recipients),
		cmocka_unit_test(test_ends_early),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_bad_addresses),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_openings),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_transcript),
		cmocka_unit_test(test_cancel),
	};

	return cmocka_run_group_tests(tests, script_setup, script_teardown);
}
