// SPDX-License-Identifier: GPL-3.0-or-later
// One message over SMTP: envelope in as few turns as the server allows, each
// recipient's answer kept, and never a doubt left unsaid about whether it went.
#include "config.h"

#include "remote/smtp.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "mail/address.h"
#include "remote/line.h"

// Recipients on the wire without an answer read: their answers must fit into
// what the two systems buffer, else both sides would wait for each other.
#define WINDOW 100
// RFC 5321 section 4.5.3.2.6 gives the server ten minutes to think about the
// final dot; a shorter wait would send messages twice.
#define DOT_TIMEOUT_MS 600000
#define DOT_TIMEOUT_FACTOR 20

struct transaction {
	struct smtp *s;
	const char *from;
	struct sender_recipient *to;
	size_t n;
	uint64_t size;
	bool utf8;            // an address needs SMTPUTF8
	struct smtp_reply mail, data;
	size_t accepted;
};

// --- checks ------------------------------------------------------------------------

bool
sender_address_check(const char *mail, bool may_be_empty, struct error *err)
{
	if (mail != NULL && mail[0] == '\0' && may_be_empty)
		return true;
	// '<' and '>' would end the path of MAIL and RCPT.
	if (mail != NULL && address_valid(mail) && strpbrk(mail, "<>") == NULL)
		return true;
	struct buf words = {0};
	remote_words(&words, str_or_empty(mail), strlen(str_or_empty(mail)));
	error_set(err, ERROR_INPUT, "\"%s\" cannot be an address to send to or from",
		buf_text(&words));
	buf_done(&words);
	return false;
}

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

static bool
check(struct transaction *t, struct error *err)
{
	const struct smtp *s = t->s;

	if (t->n == 0)
		return error_set(err, ERROR_INPUT, "the message has no recipient");
	if (!sender_address_check(t->from, true, err))
		return false;
	t->utf8 = !is_ascii(t->from);
	for (size_t i = 0; i < t->n; i++) {
		if (!sender_address_check(t->to[i].mail, false, err))
			return false;
		t->utf8 |= !is_ascii(t->to[i].mail);
	}
	if (t->utf8 && (s->extensions & SMTP_UTF8) == 0)
		return error_set(err, ERROR_REFUSED, "%s cannot send to or from "
			"addresses with letters beyond ASCII",
			str_or_empty(s->settings.host));
	if (s->size_max != 0 && t->size > s->size_max)
		return error_set(err, ERROR_REFUSED, "%s takes messages up to %" PRIu64
			" bytes; this one has %" PRIu64,
			str_or_empty(s->settings.host), s->size_max, t->size);
	return true;
}

// --- the envelope --------------------------------------------------------------------

static void
put_mail(struct transaction *t)
{
	struct smtp *s = t->s;

	if (s->begun)
		line_put_str(s->line, "RSET\r\n");
	line_printf(s->line, "MAIL FROM:<%s>", t->from);
	if ((s->extensions & SMTP_SIZE) != 0)
		line_printf(s->line, " SIZE=%" PRIu64, t->size);
	if ((s->extensions & SMTP_8BITMIME) != 0)
		line_put_str(s->line, " BODY=8BITMIME");
	if (t->utf8)
		line_put_str(s->line, " SMTPUTF8");
	line_put_str(s->line, "\r\n");
}

static bool
read_mail(struct transaction *t, struct error *err)
{
	struct smtp *s = t->s;
	struct smtp_reply rset = {0};
	bool ok = !s->begun || smtp_reply_read(s, &rset, err);

	smtp_reply_done(&rset);
	s->begun = true;
	return ok && smtp_reply_read(s, &t->mail, err);
}

static bool
mail_taken(const struct transaction *t)
{
	return t->mail.code == 250;
}

static bool
read_rcpt(struct transaction *t, struct sender_recipient *to, struct error *err)
{
	struct smtp_reply r = {0};
	bool ok = smtp_reply_read(t->s, &r, err);

	if (ok) {
		to->accepted = r.code >= 250 && r.code <= 252;
		// 552 means "too many recipients" here (RFC 5321 section
		// 4.5.3.1.10): those are sent to another time.
		to->permanent = r.code >= 500 && r.code != 552;
		free(to->answer);
		to->answer = smtp_reply_words(&r);
		t->accepted += to->accepted;
	}
	if (ok && r.code == 421)
		ok = smtp_refused(t->s, &r, "to go on", err);
	smtp_reply_done(&r);
	return ok;
}

// Some recipients, with MAIL before the first and DATA behind the last where
// they may go along.
static bool
envelope_window(struct transaction *t, size_t from, size_t to, bool mail, bool data,
	struct error *err)
{
	struct line *l = t->s->line;

	for (size_t i = from; i < to; i++)
		line_printf(l, "RCPT TO:<%s>\r\n", t->to[i].mail);
	if (data)
		line_put_str(l, "DATA\r\n");
	if (mail && !read_mail(t, err))
		return false;
	for (size_t i = from; i < to; i++)
		if (!read_rcpt(t, &t->to[i], err))
			return false;
	return !data || smtp_reply_read(t->s, &t->data, err);
}

// Up to the answer to DATA, or to where it makes no sense to go on.
static bool
envelope(struct transaction *t, struct error *err)
{
	bool pipelining = (t->s->extensions & SMTP_PIPELINING) != 0;
	size_t window = pipelining ? WINDOW : 1;
	bool mail = pipelining; // its answer is still to be read

	put_mail(t);
	if (!mail && !read_mail(t, err))
		return false;
	for (size_t at = 0; at < t->n && (mail || mail_taken(t));) {
		size_t end = t->n - at < window ? t->n : at + window;
		bool data = pipelining && end == t->n;
		if (!envelope_window(t, at, end, mail, data, err))
			return false;
		mail = false;
		at = end;
	}
	if (pipelining || !mail_taken(t) || t->accepted == 0)
		return true;
	line_put_str(t->s->line, "DATA\r\n");
	return smtp_reply_read(t->s, &t->data, err);
}

// --- nobody takes it -------------------------------------------------------------------

static void
answer_all(struct transaction *t, const struct smtp_reply *r, bool only_accepted)
{
	for (size_t i = 0; i < t->n; i++) {
		struct sender_recipient *to = &t->to[i];
		if (only_accepted && !to->accepted)
			continue;
		to->accepted = false;
		to->permanent = r->code >= 500;
		free(to->answer);
		to->answer = smtp_reply_words(r);
	}
}

// A server may say yes to DATA that went along although nobody is to get it:
// then the shortest message there is ends it (RFC 2920 section 3.1).
static bool
end_empty_data(struct transaction *t, struct error *err)
{
	struct smtp_reply r = {0};

	if (t->data.code != 354)
		return true;
	line_put_str(t->s->line, ".\r\n");
	bool ok = smtp_reply_read(t->s, &r, err);
	smtp_reply_done(&r);
	return ok;
}

static bool
sender_refused(struct transaction *t, struct error *err)
{
	answer_all(t, &t->mail, false);
	return smtp_refused(t->s, &t->mail, "the sender", err);
}

static bool
envelope_refused(struct transaction *t, struct error *err)
{
	if (!mail_taken(t)) {
		if (!end_empty_data(t, NULL))
			smtp_drop(t->s);
		return sender_refused(t, err);
	}
	if (t->accepted == 0) {
		if (!end_empty_data(t, NULL))
			smtp_drop(t->s);
		return error_set(err, ERROR_REFUSED, "%s refused every recipient: %s",
			str_or_empty(t->s->settings.host), t->to[0].answer);
	}
	answer_all(t, &t->data, true);
	return smtp_refused(t->s, &t->data, "the message", err);
}

// --- the message -----------------------------------------------------------------------

// Something came while we were still sending: the server has had enough.
static bool
interrupted(struct transaction *t, struct error *err)
{
	struct smtp_reply r = {0};

	if (smtp_reply_read(t->s, &r, err)) {
		answer_all(t, &r, true);
		smtp_refused(t->s, &r, "the message while it was sent", err);
	}
	smtp_drop(t->s); // nobody knows where it reads on
	smtp_reply_done(&r);
	return false;
}

static bool
send_bytes(struct transaction *t, struct smtp_data *d,
	bool (*next)(void *arg, const void **bytes_r, size_t *len_r), void *arg,
	struct error *err)
{
	struct buf out = {0};
	uint64_t left = t->size;
	bool ok = true;

	while (ok && left > 0) {
		const void *bytes;
		size_t len = 0;
		enum line_event event;
		if (!next(arg, &bytes, &len) || len == 0 || len > left) {
			// Half a message must not look like a whole one.
			smtp_drop(t->s);
			ok = error_set(err, ERROR_INPUT,
				"the message is not as long as it was said to be");
			break;
		}
		left -= len;
		buf_clear(&out);
		smtp_data_add(d, &out, bytes, len);
		line_put(t->s->line, out.data, out.len);
		ok = line_wait(t->s->line, 0, NULL, &event, err);
		if (ok && event == LINE_READY)
			ok = interrupted(t, err);
	}
	buf_done(&out);
	return ok;
}

// After the final dot the server is given its time.
static bool
read_verdict(struct transaction *t, struct smtp_reply *r, struct error *err)
{
	int timeout = t->s->settings.timeout_ms;
	enum line_event event;

	timeout = timeout > 0 && timeout < DOT_TIMEOUT_MS / DOT_TIMEOUT_FACTOR
		? timeout * DOT_TIMEOUT_FACTOR : DOT_TIMEOUT_MS;
	if (!line_wait(t->s->line, timeout, NULL, &event, err))
		return false;
	if (event == LINE_TIMEOUT) {
		smtp_drop(t->s);
		return error_set(err, ERROR_OFFLINE,
			"%s did not say whether it took the message",
			str_or_empty(t->s->settings.host));
	}
	return smtp_reply_read(t->s, r, err);
}

static bool
send_message(struct transaction *t,
	bool (*next)(void *arg, const void **bytes_r, size_t *len_r), void *arg,
	bool *maybe_r, struct error *err)
{
	struct smtp_data d = { .start = true };
	struct smtp_reply r = {0};
	struct buf out = {0};

	if (!send_bytes(t, &d, next, arg, err) || !line_flush(t->s->line, err))
		return false;
	smtp_data_end(&d, &out);
	*maybe_r = true;
	line_put(t->s->line, out.data, out.len);
	bool ok = read_verdict(t, &r, err);
	if (ok) {
		*maybe_r = false;
		t->s->begun = false;
		if (r.code < 200 || r.code > 299) {
			answer_all(t, &r, true);
			ok = smtp_refused(t->s, &r, "the message", err);
		}
	}
	buf_done(&out);
	smtp_reply_done(&r);
	return ok;
}

bool
smtp_send(struct sender *sender, const char *from, struct sender_recipient *to,
	size_t n, uint64_t size,
	bool (*next)(void *arg, const void **bytes_r, size_t *len_r), void *arg,
	bool *maybe_r, struct error *err)
{
	struct smtp *s = (struct smtp *)sender;
	struct transaction t = {
		.s = s, .from = from, .to = to, .n = n, .size = size,
	};
	bool ok;

	*maybe_r = false;
	for (size_t i = 0; i < n; i++) {
		to[i].accepted = to[i].permanent = false;
		to[i].answer = NULL;
	}
	if (s->line == NULL)
		ok = error_set(err, ERROR_OFFLINE, "not connected");
	else if (!check(&t, err))
		ok = false;
	else if ((ok = envelope(&t, err)))
		ok = mail_taken(&t) && t.accepted > 0 && t.data.code == 354
			? send_message(&t, next, arg, maybe_r, err)
			: envelope_refused(&t, err);
	else if (t.mail.code >= 400) // what it said before it hung up tells more
		sender_refused(&t, err);
	// Taken for nobody, so far as is known.
	for (size_t i = 0; i < n && !ok; i++)
		to[i].accepted = false;
	smtp_reply_done(&t.mail);
	smtp_reply_done(&t.data);
	return ok;
}
