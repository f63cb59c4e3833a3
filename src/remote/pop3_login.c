// SPDX-License-Identifier: GPL-3.0-or-later
// The POP3 login: SASL (RFC 5034) where both sides know a mechanism, else the old
// ways, and telling a wrong password from a server that cannot just now.
#include "config.h"

#include "remote/pop3.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "remote/auth.h"
#include "remote/foreign.h"
#include "remote/line.h"

#define AUTH_STEPS_MAX 20
#define AUTH_LINE_MAX 250   // RFC 5034 section 4: a command of 255 bytes

static const char *
peer_of(const struct pop3 *p)
{
	return remote_peer(&p->base.settings);
}

static bool
login_refused(struct pop3 *p, const char *text, struct error *err)
{
	bool about_login = str_has_prefix_nocase(text, "[AUTH]");

	// Where the server has a code for it, what bears none is something else
	// (RFC 3206 section 6).
	if (!about_login && (pop3_is_temporary(p, text) ||
	    (p->capabilities & POP3_AUTH_CODE) != 0)) {
		pop3_refused(p, "to let us log in", text, err);
		if (err != NULL)
			err->kind = ERROR_OFFLINE;
		return false;
	}
	struct buf words = {0};
	remote_words(&words, text, strlen(text));
	error_set(err, ERROR_AUTH, "%s refused the password for %s%s%s", peer_of(p),
		str_or_empty(p->base.settings.user), words.len > 0 ? ": " : "",
		buf_text(&words));
	buf_done(&words);
	return false;
}

static void
auth_line(struct pop3 *p, struct buf *answer)
{
	line_put_secret(p->base.line, buf_text(answer), answer->len);
	line_put_str(p->base.line, "\r\n");
	if (answer->len > 0)
		mem_wipe(answer->data, answer->len);
	buf_clear(answer);
}

// The command, with the first answer where the client speaks first. One that is
// too long for a command waits in `owed` for an empty challenge.
static bool
auth_command(struct pop3 *p, struct auth *a, struct buf *owed, struct error *err)
{
	const char *name = auth_mechanism(a);

	line_printf(p->base.line, "AUTH %s", name);
	if (auth_client_first(a)) {
		if (!auth_step(a, NULL, owed, err))
			return false;
		if (strlen("AUTH ") + strlen(name) + 1 + owed->len <= AUTH_LINE_MAX) {
			line_put_str(p->base.line, owed->len == 0 ? " =" : " ");
			auth_line(p, owed);
			return true;
		}
	}
	line_put_str(p->base.line, "\r\n");
	return true;
}

static bool
auth_challenge(struct pop3 *p, struct auth *a, struct buf *owed, int step,
	const char *text, struct error *err)
{
	char *challenge = str_dup(text); // lent until the next read only
	bool ok = step < AUTH_STEPS_MAX || error_set(err, ERROR_AUTH,
		"%s asks without end", peer_of(p));

	ok = ok && (owed->len > 0 || auth_step(a, challenge, owed, err));
	if (ok) {
		auth_line(p, owed);
	} else {
		line_put_str(p->base.line, "*\r\n");
		line_flush(p->base.line, NULL);
	}
	free(challenge);
	return ok;
}

static bool
auth_talk(struct pop3 *p, struct auth *a, struct error *err)
{
	struct buf owed = {0};
	enum pop3_answer answer = POP3_CHALLENGE;
	const char *text;
	bool ok = auth_command(p, a, &owed, err);

	for (int step = 0; ok && answer == POP3_CHALLENGE; step++) {
		ok = pop3_answer(p, &answer, &text, err);
		if (ok && answer == POP3_CHALLENGE)
			ok = auth_challenge(p, a, &owed, step, text, err);
		else if (ok && answer == POP3_ERR)
			ok = login_refused(p, text, err);
	}
	if (owed.len > 0)
		mem_wipe(owed.data, owed.len);
	buf_done(&owed);
	return ok && auth_finish(a, err);
}

// An answer to a command that bears the password.
static bool
login_answer(struct pop3 *p, struct error *err)
{
	enum pop3_answer answer;
	const char *text;

	if (!pop3_answer(p, &answer, &text, err))
		return false;
	if (answer == POP3_CHALLENGE)
		return pop3_nonsense(p, "+", 1, err);
	return answer == POP3_OK || login_refused(p, text, err);
}

static bool
login_apop(struct pop3 *p, struct error *err)
{
	struct buf text = {0};
	unsigned char digest[16];

	buf_printf(&text, "%s%s", p->banner, p->base.settings.password);
	bool ok = gnutls_hash_fast(GNUTLS_DIG_MD5, text.data, text.len, digest) == 0;
	mem_wipe(text.data, text.len);
	buf_clear(&text);
	if (!ok) {
		buf_done(&text);
		return error_set(err, ERROR_REFUSED, "MD5 is not to be used here");
	}
	for (size_t i = 0; i < sizeof(digest); i++)
		buf_printf(&text, "%02x", digest[i]);
	line_printf(p->base.line, "APOP %s ", p->base.settings.user);
	line_put_secret(p->base.line, text.data, text.len);
	line_put_str(p->base.line, "\r\n");
	buf_done(&text);
	return login_answer(p, err);
}

static bool
login_user(struct pop3 *p, struct error *err)
{
	const char *password = p->base.settings.password;

	line_printf(p->base.line, "USER %s\r\n", p->base.settings.user);
	if (!login_answer(p, err))
		return false;
	line_put_str(p->base.line, "PASS ");
	line_put_secret(p->base.line, password, strlen(password));
	line_put_str(p->base.line, "\r\n");
	return login_answer(p, err);
}

static bool
one_line(const char *s)
{
	for (; s != NULL && *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

// Without SASL. APOP only where USER is not to be had: its MD5 protects little,
// and TLS is there already.
static bool
login_plain(struct pop3 *p, struct error *err)
{
	const struct remote_settings *s = &p->base.settings;
	bool no_user = (p->capabilities & POP3_CAPA) != 0 &&
		(p->capabilities & POP3_USER) == 0;

	if (!auth_may_show(line_stream(p->base.line)))
		return error_set(err, ERROR_REFUSED, "the connection to %s is in "
			"clear: no password is sent", peer_of(p));
	if (s->password == NULL)
		return error_set(err, ERROR_AUTH, "%s wants a password", peer_of(p));
	if (!one_line(s->user) || !one_line(s->password) || strchr(s->user, ' '))
		return error_set(err, ERROR_INPUT, "the user name or the password "
			"holds characters that POP3 cannot carry");
	if (no_user && p->banner != NULL)
		return login_apop(p, err);
	return login_user(p, err);
}

bool
pop3_login(struct pop3 *p, struct error *err)
{
	struct error why = {0};
	struct auth *a;

	if (str_empty(p->base.settings.user))
		return error_set(err, ERROR_INPUT, "no user is named for %s",
			peer_of(p));
	if (!str_empty(p->sasl)) {
		if (auth_begin(&a, &p->base.settings, line_stream(p->base.line), "pop",
		    p->sasl, &why)) {
			bool ok = auth_talk(p, a, err);
			auth_free(&a);
			return ok;
		}
		// No mechanism in common: the old way is still there.
		if (why.kind != ERROR_REFUSED || p->base.settings.password == NULL) {
			if (err != NULL)
				*err = why;
			return false;
		}
	}
	return login_plain(p, err);
}
