// SPDX-License-Identifier: GPL-3.0-or-later
// From a socket to a session that is logged in. Before TLS nothing is believed and
// nothing is remembered; what the server can do is asked again inside.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "remote/auth.h"
#include "remote/imap.h"
#include "remote/line.h"
#include "remote/stream.h"

static const char *
peer_of(const struct imap *m)
{
	return remote_peer(&m->base.settings);
}

// --- greeting and TLS ---------------------------------------------------------------

static bool
greeting_refused(const struct imap *m, const struct response *r, struct error *err)
{
	struct buf words = { 0 };
	remote_words(&words, r->text.data, r->text.len);
	error_set(err, ERROR_OFFLINE, "%s does not want us now: %s", peer_of(m),
		buf_text(&words));
	buf_done(&words);
	return false;
}

// Cyrus 3.6 (Debian 12) tells in STATUS, not in SELECT, a MAILBOXID of bytes from
// memory that it gave back: not even the end of the answer can be found behind it.
static bool
has_odd_ids(struct slice text)
{
	static const char name[] = "Cyrus IMAP 3.6";
	return memmem(text.data, text.len, name, sizeof(name) - 1) != NULL;
}

// *in_r: logged in already, by the way the connection was made.
static bool
greeting(struct imap *m, bool *in_r, struct error *err)
{
	struct wire_frame frame;
	struct response r;
	if (!wire_read(m->wire, &frame, err))
		return false;
	parse_response(&r, frame.data, frame.len);
	if (r.kind != RESPONSE_STATUS)
		return error_set(err, ERROR_OFFLINE, "%s does not speak IMAP", peer_of(m));
	if (r.status == STATUS_PREAUTH && !m->trusted)
		// TLS could not be begun any more: somebody may want just that.
		return error_set(err, ERROR_OFFLINE, "%s let us in before TLS: this is "
			"either a wrong setting there or an attack", peer_of(m));
	if (r.status != STATUS_OK && r.status != STATUS_PREAUTH)
		return greeting_refused(m, &r, err);
	*in_r = r.status == STATUS_PREAUTH;
	m->odd_ids = has_odd_ids(r.text);
	if (m->trusted && slice_is(r.code, "CAPABILITY"))
		parse_capabilities(&m->caps, r.values);
	return true;
}

static bool
secure(struct imap *m, struct remote_certificate *certificate_r, struct error *err)
{
	// Asked for unseen: what a server in clear says that it can is not evidence.
	struct call c = { 0 };
	struct command command = { 0 };
	struct error why = { 0 };
	command_text(&command, "STARTTLS");
	if (!imap_run(m, &c, &command, &why)) {
		// By whatever code: in clear it may be anybody's, and must not
		// lead to a question for the password.
		bool refused = why.kind != ERROR_OFFLINE && why.kind != ERROR_CANCELLED;
		return error_set(err, refused ? ERROR_OFFLINE : why.kind,
			refused ? "%s does not offer TLS on this port, so nothing was sent "
			"(imaps:// may be right): %s" : "%s%s", refused ? peer_of(m) : "",
			why.text);
	}
	if (!line_start_tls(m->base.line, certificate_r, err))
		return false;
	capabilities_done(&m->caps);
	m->trusted = true;
	return true;
}

static bool
ask_capabilities(struct imap *m, struct error *err)
{
	struct call c = { 0 };
	struct command command = { 0 };
	command_text(&command, "CAPABILITY");
	if (!imap_run(m, &c, &command, err))
		return false;
	if (!(m->caps.bits & (CAP_IMAP4REV1 | CAP_IMAP4REV2)))
		return error_set(err, ERROR_OFFLINE, "%s speaks no IMAP4rev1", peer_of(m));
	return true;
}

// --- logging in -----------------------------------------------------------------------

struct login {
	struct auth *auth;
	bool first_sent;     // the initial response went
	bool gave_up;
	struct error why;    // of our giving up
	struct buf answer;   // the server's words when it said no
};

static bool
login_on(struct imap *m, struct call *c, const struct response *r,
	const struct wire_frame *f)
{
	struct login *l = c->arg;
	(void)m;
	(void)f;
	if (r->kind == RESPONSE_TAGGED && r->status != STATUS_OK) {
		buf_clear(&l->answer);
		buf_add(&l->answer, r->text.data, r->text.len);
	}
	return false;
}

static void
login_answer(struct imap *m, struct login *l)
{
	struct buf answer = { 0 };
	// A mechanism in which the client begins answers the empty first challenge
	// with its beginning.
	const char *challenge = buf_text(&m->challenge);
	if (auth_client_first(l->auth) && !l->first_sent)
		challenge = NULL;
	l->first_sent = true;
	if (!l->gave_up && auth_step(l->auth, challenge, &answer, &l->why)) {
		line_put_secret(m->base.line, buf_text(&answer), answer.len);
		line_put_str(m->base.line, "\r\n");
	} else {
		l->gave_up = true;
		line_put_str(m->base.line, "*\r\n");
	}
	if (answer.data)
		mem_wipe(answer.data, answer.len);
	buf_done(&answer);
}

static bool
login_exchange(struct imap *m, struct login *l, struct error *err)
{
	struct call c = { .on = login_on, .arg = l };
	struct command command = { 0 };
	struct buf first = { 0 };
	command_printf(&command, "AUTHENTICATE %s", auth_mechanism(l->auth));
	bool ok = true;
	if (auth_client_first(l->auth) && m->caps.bits & CAP_SASL_IR) {
		ok = auth_step(l->auth, NULL, &first, err);
		command_text(&command, " ");
		command_hidden(&command, first.len ? buf_text(&first) : "=");
		l->first_sent = true;
	}
	if (first.data)
		mem_wipe(first.data, first.len);
	buf_done(&first);
	if (!ok) {
		command_done(&command);
		return false;
	}
	capabilities_done(&m->caps); // they are others once logged in
	m->continued = false;
	ok = imap_send(m, &c, &command, err);
	while (ok && c.n_tags > 0) {
		ok = imap_step(m, &c, err);
		if (ok && m->continued) {
			m->continued = false;
			login_answer(m, l);
		}
	}
	if (!ok)
		return false;
	if (l->gave_up)
		return error_set(err, l->why.kind, "%s", l->why.text);
	if (!c.failed.kind)
		return auth_finish(l->auth, err);
	if (c.failed.kind == ERROR_OFFLINE)
		return error_set(err, ERROR_OFFLINE, "%s", c.failed.text);
	return auth_refused(l->auth, buf_text(&l->answer), err);
}

// For servers that know no AUTHENTICATE that we do.
static bool
login_plainly(struct imap *m, struct error *err)
{
	const struct remote_settings *s = &m->base.settings;
	struct call c = { 0 };
	struct command command = { 0 };
	command_text(&command, "LOGIN ");
	command_string(&command, str_or_empty(s->user));
	command_text(&command, " ");
	command_secret(&command, s->password);
	capabilities_done(&m->caps);
	if (imap_run(m, &c, &command, err))
		return true;
	if (err && err->kind == ERROR_REFUSED) {
		char *said = str_dup(err->text);
		const char *words = strstr(said, ": ");

		error_set(err, ERROR_AUTH, "%s refused the password for %s%s", peer_of(m),
			str_or_empty(s->user), str_or_empty(words));
		free(said);
	}
	return false;
}

static bool
login(struct imap *m, struct error *err)
{
	const struct remote_settings *s = &m->base.settings;
	struct login l = { 0 };
	const char *offered = str_or_empty(m->caps.mechanisms);
	bool ok = auth_begin(&l.auth, s, line_stream(m->base.line), "imap", offered, err);
	if (ok) {
		ok = login_exchange(m, &l, err);
	} else if (s->password && str_empty(s->token) &&
		   !(m->caps.bits & CAP_LOGINDISABLED) &&
		   auth_may_show(line_stream(m->base.line))) {
		error_clear(err);
		ok = login_plainly(m, err);
	}
	auth_free(&l.auth);
	buf_done(&l.answer);
	return ok;
}

// --- after login -----------------------------------------------------------------------

// What follows the login waits for the first command that somebody wants answered.
static bool
settle(struct imap *m, struct error *err)
{
	if (!m->caps.mechanisms && !ask_capabilities(m, err))
		return false;
	wire_literals(m->wire, m->caps.bits & CAP_LITERAL_PLUS,
		m->caps.bits & CAP_LITERAL_MINUS);
	if (m->caps.bits & CAP_ENABLE && m->caps.bits & (CAP_QRESYNC | CAP_UTF8_ACCEPT))
		m->preface |= PREFACE_ENABLE;
	if (m->caps.bits & CAP_ID)
		m->preface |= PREFACE_ID;
	if (m->caps.bits & CAP_COMPRESS && !m->base.settings.compress_off)
		m->preface |= PREFACE_COMPRESS;
	return true;
}

static bool
establish(struct imap *m, struct remote_certificate *certificate_r, struct error *err)
{
	bool in = false;
	m->trusted = m->base.settings.tls != REMOTE_TLS_START;
	if (!greeting(m, &in, err))
		return false;
	if (!m->trusted && !secure(m, certificate_r, err))
		return false;
	if (!m->caps.mechanisms && !ask_capabilities(m, err))
		return false;
	wire_literals(m->wire, m->caps.bits & CAP_LITERAL_PLUS,
		m->caps.bits & CAP_LITERAL_MINUS);
	return (in || login(m, err)) && settle(m, err);
}

static void
imap_release(struct imap *m)
{
	wire_free(&m->wire);
	line_close(&m->base.line);
	capabilities_done(&m->caps);
	spaces_done(&m->spaces);
	imap_forget_folder(m);
	buf_done(&m->challenge);
	buf_done(&m->scratch);
	remote_settings_done(&m->base.settings);
	free(m);
}

static struct imap *
imap_new(const struct remote_settings *settings, struct cancel *cancel)
{
	struct imap *m = mem_new(struct imap);
	m->base.driver = &remote_imap;
	m->base.cancel = cancel;
	remote_settings_copy(&m->base.settings, settings);
	return m;
}

bool
imap_open(struct remote **r, const struct remote_settings *settings,
	struct cancel *cancel, struct remote_certificate *certificate_r,
	struct error *err)
{
	struct error local = { 0 };
	struct imap *m = imap_new(settings, cancel);
	if (!err)
		err = &local;
	bool ok = line_open(&m->base.line, &m->base.settings, cancel, certificate_r, err);
	if (ok) {
		m->wire = wire_new(m->base.line);
		ok = establish(m, certificate_r, err);
	}
	if (!ok) {
		imap_release(m);
		return false;
	}
	*r = &m->base;
	return true;
}

struct remote *
imap_over_fd(int fd, const struct remote_settings *settings, struct cancel *cancel,
	struct error *err)
{
	struct imap *m = imap_new(settings, cancel);
	m->base.line = line_from_fd(fd, &m->base.settings, cancel);
	m->wire = wire_new(m->base.line);
	if (establish(m, NULL, err))
		return &m->base;
	imap_release(m);
	return NULL;
}

void
imap_close(struct remote **r)
{
	if (!*r)
		return;
	struct imap *m = imap_of(*r);
	m->leaving = true;
	line_last_words(m->base.line, "PX LOGOUT\r\n");
	imap_release(m);
	*r = NULL;
}
