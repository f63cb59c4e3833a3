// SPDX-License-Identifier: GPL-3.0-or-later
// SMTP submission (RFC 5321, 6409): the connection, its security and the login;
// no byte of a credential or of mail before both sides speak TLS.
#include "config.h"

#include "remote/smtp.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "mail/address.h"
#include "remote/auth.h"
#include "remote/line.h"

#define EHLO_NEUTRAL "[127.0.0.1]"   // what no server can object to or learn from
#define AUTH_STEPS_MAX 20
#define AUTH_LINE_MAX 12000          // RFC 4954 section 4: 12288 with CR LF

// --- answers -----------------------------------------------------------------------

void
smtp_reply_done(struct smtp_reply *r)
{
	buf_done(&r->text);
	r->code = 0;
}

static bool
no_smtp(struct smtp *s, const char *text, size_t len, struct error *err)
{
	struct buf words = {0};

	remote_words(&words, text, len);
	error_set(err, ERROR_OFFLINE, "%s does not speak SMTP: \"%s\"",
		remote_peer(&s->settings), buf_text(&words));
	buf_done(&words);
	smtp_drop(s);
	return false;
}

static int
reply_code(const char *text, size_t len)
{
	if (len < 3 || text[0] < '2' || text[0] > '5')
		return 0;
	for (int i = 1; i < 3; i++)
		if (text[i] < '0' || text[i] > '9')
			return 0;
	if (len > 3 && text[3] != ' ' && text[3] != '-')
		return 0;
	return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

bool
smtp_reply_read(struct smtp *s, struct smtp_reply *r, struct error *err)
{
	buf_clear(&r->text);
	r->code = 0;
	for (int lines = 0; lines < SMTP_LINES_MAX; lines++) {
		const char *text;
		size_t len;
		if (s->line == NULL)
			return error_set(err, ERROR_OFFLINE, "not connected");
		if (!line_read(s->line, SMTP_LINE_MAX, &text, &len, err))
			return false;
		int code = reply_code(text, len);
		if (code == 0 || (r->code != 0 && code != r->code))
			return no_smtp(s, text, len, err);
		r->code = code;
		bool more = len > 3 && text[3] == '-';
		if (lines > 0)
			buf_char(&r->text, '\n');
		if (len > 4 && r->text.len + len < SMTP_TEXT_MAX)
			buf_add(&r->text, text + 4, len - 4);
		if (!more)
			return true;
	}
	smtp_drop(s);
	return error_set(err, ERROR_OFFLINE, "%s sent an answer of more than %d lines",
		remote_peer(&s->settings), SMTP_LINES_MAX);
}

char *
smtp_reply_words(const struct smtp_reply *r)
{
	struct buf words = {0};

	buf_printf(&words, "%d ", r->code);
	remote_words(&words, buf_text(&r->text), r->text.len);
	return str_trim(buf_take(&words));
}

bool
smtp_refused(struct smtp *s, const struct smtp_reply *r, const char *what,
	struct error *err)
{
	char *words = smtp_reply_words(r);

	error_set(err, r->code == 421 ? ERROR_OFFLINE : ERROR_REFUSED,
		"%s refused %s: %s", r->code == 421 ? remote_peer(&s->settings)
		: str_or_empty(s->settings.host), what, words);
	if (r->code == 421) // it closes the connection, whenever it says so
		smtp_drop(s);
	free(words);
	return false;
}

void
smtp_drop(struct smtp *s)
{
	line_close(&s->line);
}

// --- what the server can do ----------------------------------------------------------

static const struct {
	const char *word;
	enum smtp_extension extension;
} extensions[] = {
	{ "STARTTLS", SMTP_STARTTLS },
	{ "AUTH", SMTP_AUTH },
	{ "PIPELINING", SMTP_PIPELINING },
	{ "SIZE", SMTP_SIZE },
	{ "8BITMIME", SMTP_8BITMIME },
	{ "SMTPUTF8", SMTP_UTF8 },
	{ "ENHANCEDSTATUSCODES", SMTP_ENHANCED },
};

static void
extension_take(struct smtp *s, char *line)
{
	char *argument = strchr(line, ' ');
	uint64_t size;

	if (argument != NULL)
		*argument++ = '\0';
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
		if (str_equal_nocase(extensions[i].word, line))
			s->extensions |= extensions[i].extension;
	if (str_equal_nocase(line, "AUTH"))
		str_set(&s->mechanisms, str_or_empty(argument));
	if (str_equal_nocase(line, "SIZE") && argument != NULL &&
	    str_to_u64(str_trim(argument), UINT64_MAX, &size))
		s->size_max = size;
}

// All that was learnt before is forgotten: after STARTTLS it may have come from
// anybody (RFC 3207 section 4.2).
static void
extensions_take(struct smtp *s, const struct smtp_reply *r)
{
	struct strlist lines = {0};

	s->extensions = 0;
	s->size_max = 0;
	str_set(&s->mechanisms, NULL);
	strlist_split(&lines, buf_text(&r->text), '\n');
	for (size_t i = 1; i < lines.len; i++) // the first is a greeting
		extension_take(s, str_trim(lines.items[i]));
	strlist_done(&lines);
}

// The name of this host is nobody's business.
static const char *
ehlo_name(const struct smtp *s)
{
	const char *name = s->settings.client_name;

	if (str_empty(name) || strlen(name) > 255)
		return EHLO_NEUTRAL;
	for (const char *c = name; *c != '\0'; c++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		    "0123456789.-", *c) == NULL)
			return EHLO_NEUTRAL;
	return name;
}

static bool
ehlo(struct smtp *s, struct error *err)
{
	struct smtp_reply r = {0};

	line_printf(s->line, "EHLO %s\r\n", ehlo_name(s));
	bool ok = smtp_reply_read(s, &r, err);
	if (ok && r.code != 250) {
		ok = smtp_refused(s, &r, "to begin", err);
		if (err != NULL)
			err->kind = ERROR_OFFLINE;
	}
	if (ok)
		extensions_take(s, &r);
	smtp_reply_done(&r);
	return ok;
}

// --- security ----------------------------------------------------------------------

static bool
start_tls(struct smtp *s, struct remote_certificate *certificate_r, struct error *err)
{
	struct smtp_reply r = {0};

	if ((s->extensions & SMTP_STARTTLS) == 0)
		return error_set(err, ERROR_OFFLINE, "%s, or somebody in between, "
			"offers no TLS: nothing is sent in clear",
			remote_peer(&s->settings));
	line_put_str(s->line, "STARTTLS\r\n");
	bool ok = smtp_reply_read(s, &r, err);
	if (ok && r.code != 220) {
		ok = smtp_refused(s, &r, "TLS", err);
		if (err != NULL)
			err->kind = ERROR_OFFLINE;
	}
	smtp_reply_done(&r);
	return ok && line_start_tls(s->line, certificate_r, err) && ehlo(s, err);
}

// --- login -------------------------------------------------------------------------

static void
auth_line(struct smtp *s, struct buf *answer)
{
	line_put_secret(s->line, buf_text(answer), answer->len);
	line_put_str(s->line, "\r\n");
}

static bool
auth_answered(struct smtp *s, struct auth *a, const struct smtp_reply *r,
	struct error *err)
{
	// What is wrong with the command is not wrong with the password (RFC 4954
	// section 6): 500 to 504, 530 and 538.
	bool command = (r->code >= 500 && r->code <= 504) || r->code == 530 ||
		r->code == 538;

	if (r->code == 235)
		return auth_finish(a, err);
	if (r->code >= 500 && !command) {
		char *words = smtp_reply_words(r);
		auth_refused(a, words, err);
		free(words);
		return false;
	}
	// 454 and its like: the server cannot just now.
	smtp_refused(s, r, "to let us log in", err);
	if (err != NULL)
		err->kind = ERROR_OFFLINE;
	return false;
}

// The command, with the first answer where the client speaks first. One that is
// too long for a command waits in `owed` for an empty challenge.
static bool
auth_command(struct smtp *s, struct auth *a, struct buf *owed, struct error *err)
{
	line_printf(s->line, "AUTH %s", auth_mechanism(a));
	if (auth_client_first(a)) {
		if (!auth_step(a, NULL, owed, err))
			return false;
		if (owed->len <= AUTH_LINE_MAX) {
			line_put_str(s->line, owed->len == 0 ? " =" : " ");
			auth_line(s, owed);
			mem_wipe(owed->data, owed->len);
			buf_clear(owed);
			return true;
		}
	}
	line_put_str(s->line, "\r\n");
	return true;
}

static bool
auth_challenge(struct smtp *s, struct auth *a, struct buf *owed, int step,
	const char *challenge, struct error *err)
{
	bool ok = step < AUTH_STEPS_MAX || error_set(err, ERROR_AUTH,
		"%s asks without end", remote_peer(&s->settings));

	ok = ok && (owed->len > 0 || auth_step(a, challenge, owed, err));
	if (ok)
		auth_line(s, owed);
	else
		line_put_str(s->line, "*\r\n");
	if (owed->len > 0)
		mem_wipe(owed->data, owed->len);
	buf_clear(owed);
	return ok;
}

static bool
auth_talk(struct smtp *s, struct auth *a, struct smtp_reply *r, struct error *err)
{
	struct buf owed = {0};
	bool ok = auth_command(s, a, &owed, err);

	for (int step = 0; ok; step++) {
		ok = smtp_reply_read(s, r, err);
		if (!ok || r->code != 334)
			break;
		ok = auth_challenge(s, a, &owed, step, buf_text(&r->text), err);
		if (!ok)
			line_flush(s->line, NULL);
	}
	if (owed.len > 0)
		mem_wipe(owed.data, owed.len);
	buf_done(&owed);
	return ok && auth_answered(s, a, r, err);
}

static bool
login(struct smtp *s, struct error *err)
{
	struct smtp_reply r = {0};
	struct auth *a;

	if (str_empty(s->settings.user))
		return true; // a relay that knows us by where we are
	if (!auth_begin(&a, &s->settings, line_stream(s->line), "smtp",
	    str_or_empty(s->mechanisms), err))
		return false;
	bool ok = auth_talk(s, a, &r, err);
	auth_free(&a);
	smtp_reply_done(&r);
	return ok;
}

// --- the driver ----------------------------------------------------------------------

bool
smtp_begin(struct smtp *s, struct remote_certificate *certificate_r, struct error *err)
{
	struct smtp_reply r = {0};
	bool ok = smtp_reply_read(s, &r, err);

	if (ok && r.code != 220) {
		ok = smtp_refused(s, &r, "to talk to us", err);
		if (err != NULL)
			err->kind = ERROR_OFFLINE;
	}
	smtp_reply_done(&r);
	return ok && ehlo(s, err) &&
		(s->settings.tls != REMOTE_TLS_START ||
		 start_tls(s, certificate_r, err)) &&
		login(s, err);
}

static void
smtp_free(struct smtp *s)
{
	smtp_drop(s);
	remote_settings_done(&s->settings);
	free(s->mechanisms);
	free(s);
}

static void
smtp_close(struct sender **sender)
{
	struct smtp *s = (struct smtp *)*sender;

	*sender = NULL;
	if (s == NULL)
		return;
	if (s->line != NULL)
		line_last_words(s->line, "QUIT\r\n");
	smtp_free(s);
}

static bool
smtp_open(struct sender **sender_r, const struct remote_settings *settings,
	struct cancel *cancel, struct remote_certificate *certificate_r,
	struct error *err)
{
	struct smtp *s = mem_new(struct smtp);

	*sender_r = NULL;
	s->base.driver = &sender_smtp;
	s->cancel = cancel;
	remote_settings_copy(&s->settings, settings);
	if (!line_open(&s->line, &s->settings, cancel, certificate_r, err) ||
	    !smtp_begin(s, certificate_r, err)) {
		smtp_free(s);
		return false;
	}
	*sender_r = &s->base;
	return true;
}

const struct sender_driver sender_smtp = {
	.name = "smtp",
	.open = smtp_open,
	.close = smtp_close,
	.send = smtp_send,
};
