// SPDX-License-Identifier: GPL-3.0-or-later
// The door to libgsasl, and the two OAuth mechanisms that it lacks; which one is
// used is decided by one table, strongest first.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "remote/auth.h"
#include "remote/foreign.h"
#include "remote/private.h"
#include "remote/stream.h"

enum {
	NEEDS_PASSWORD = 1,
	NEEDS_TOKEN = 2,
	NEEDS_BINDING = 4,
	NEEDS_NOTHING = 8,    // only when there is neither password nor token
	NEEDS_CLOAK = 16,     // shows the secret, or something to guess it by
	CLIENT_FIRST = 32,
	PROVES_SERVER = 64,
};

struct mechanism {
	const char *name;
	unsigned traits;
	void (*bearer)(struct buf *out, const struct remote_settings *s);
};

static void bearer_oauth(struct buf *out, const struct remote_settings *s);
static void bearer_xoauth2(struct buf *out, const struct remote_settings *s);

#define SCRAM (NEEDS_PASSWORD | CLIENT_FIRST | PROVES_SERVER)

// SCRAM never shows the password, but lets a listener guess weak ones: hence no
// row of this table is used in clear beyond this machine.
static const struct mechanism mechanisms[] = {
	{ "OAUTHBEARER", NEEDS_TOKEN | CLIENT_FIRST, bearer_oauth },   // RFC 7628
	{ "XOAUTH2", NEEDS_TOKEN | CLIENT_FIRST, bearer_xoauth2 },
	{ "SCRAM-SHA-256-PLUS", SCRAM | NEEDS_BINDING, NULL },         // RFC 7677
	{ "SCRAM-SHA-1-PLUS", SCRAM | NEEDS_BINDING, NULL },           // RFC 5802
	{ "SCRAM-SHA-256", SCRAM, NULL },
	{ "SCRAM-SHA-1", SCRAM, NULL },
	{ "PLAIN", NEEDS_PASSWORD | CLIENT_FIRST, NULL },              // RFC 4616
	{ "LOGIN", NEEDS_PASSWORD, NULL },
	{ "CRAM-MD5", NEEDS_PASSWORD, NULL },                          // RFC 2195
	{ "EXTERNAL", NEEDS_NOTHING | CLIENT_FIRST, NULL },            // RFC 4422 app. A
};
#define MECHANISMS (sizeof(mechanisms) / sizeof(mechanisms[0]))

struct auth {
	const struct mechanism *mechanism;
	const struct remote_settings *settings;  // lent
	Gsasl *library;
	Gsasl_session *session;
	bool begun;
	bool done;          // our side has nothing left to say
};

// --- the OAuth mechanisms ---------------------------------------------------------

// A user name inside a GS2 header: ',' and '=' are escaped (RFC 5801 section 4).
static void
gs2_name(struct buf *out, const char *name)
{
	for (; *name; name++) {
		if (*name == ',')
			buf_str(out, "=2C");
		else if (*name == '=')
			buf_str(out, "=3D");
		else
			buf_char(out, *name);
	}
}

static void
bearer_oauth(struct buf *out, const struct remote_settings *s)
{
	buf_str(out, "n,a=");
	gs2_name(out, str_or_empty(s->user));
	buf_printf(out, ",\001host=%s\001port=%u\001auth=Bearer %s\001\001",
		str_or_empty(s->host), s->port, s->token);
}

static void
bearer_xoauth2(struct buf *out, const struct remote_settings *s)
{
	buf_printf(out, "user=%s\001auth=Bearer %s\001\001", str_or_empty(s->user),
		s->token);
}

// --- choosing ---------------------------------------------------------------------

static bool
offers(const char *offered, const char *name)
{
	size_t len = strlen(name);
	for (const char *at = offered; *at;) {
		size_t word = strcspn(at, " ");
		char *copy = str_ndup(at, word);
		bool same = word == len && str_equal_nocase(copy, name);
		free(copy);
		if (same)
			return true;
		at += word + strspn(at + word, " ");
	}
	return false;
}

static bool
binding_set(struct auth *a, const struct stream *stream)
{
	static const struct { enum stream_binding kind; Gsasl_property property; } kinds[] = {
		{ STREAM_TLS_EXPORTER, GSASL_CB_TLS_EXPORTER },
		{ STREAM_TLS_UNIQUE, GSASL_CB_TLS_UNIQUE },
	};
	for (size_t i = 0; i < 2; i++) {
		struct buf text = { 0 };
		bool has = stream_binding(stream, kinds[i].kind, &text);
		if (has)
			gsasl_property_set(a->session, kinds[i].property, text.data);
		buf_done(&text);
		if (has)
			return true;
	}
	return false;
}

static bool
has_binding(const struct stream *stream)
{
	struct buf text = { 0 };
	bool has = stream_binding(stream, STREAM_TLS_EXPORTER, &text) ||
		stream_binding(stream, STREAM_TLS_UNIQUE, &text);
	buf_done(&text);
	return has;
}

static bool
usable(const struct mechanism *m, const struct auth *a, bool binding)
{
	const struct remote_settings *s = a->settings;
	bool token = !str_empty(s->token), password = s->password != NULL;
	// A token stands for the password: one that was given is what is meant.
	if (m->traits & NEEDS_TOKEN)
		return token;
	if (m->traits & NEEDS_NOTHING ? token || password : token || !password)
		return false;
	if (m->traits & NEEDS_BINDING && !binding)
		return false;
	return gsasl_client_support_p(a->library, m->name);
}

bool
auth_may_show(const struct stream *stream)
{
	return stream_secure(stream) || stream_clear_allowed(stream);
}

static bool
auth_choose(struct auth *a, const struct stream *stream, const char *offered,
	struct error *err)
{
	const struct remote_settings *s = a->settings;
	bool binding = has_binding(stream);
	for (size_t i = 0; i < MECHANISMS; i++) {
		if (offers(offered, mechanisms[i].name) &&
		    usable(&mechanisms[i], a, binding)) {
			a->mechanism = &mechanisms[i];
			return true;
		}
	}
	if (!s->password && str_empty(s->token))
		return error_set(err, ERROR_AUTH, "%s wants a password",
			remote_peer(s));
	struct buf words = { 0 };
	remote_words(&words, offered, strlen(offered));
	error_set(err, ERROR_REFUSED, "%s offers no way to log in with a %s that "
		"is safe and known here (it offers: %s)", remote_peer(s),
		str_empty(s->token) ? "password" : "token",
		words.len ? buf_text(&words) : "none");
	buf_done(&words);
	return false;
}

static bool
auth_prepare(struct auth *a, const struct stream *stream, const char *service,
	struct error *err)
{
	const struct remote_settings *s = a->settings;
	if (a->mechanism->bearer)
		return true;
	int rc = gsasl_client_start(a->library, a->mechanism->name, &a->session);
	if (rc != GSASL_OK)
		return error_set(err, ERROR_AUTH, "cannot begin %s: %s",
			a->mechanism->name, gsasl_strerror(rc));
	const char *user = str_or_empty(s->user);
	gsasl_property_set(a->session, GSASL_AUTHID, user);
	gsasl_property_set(a->session, GSASL_SERVICE, service);
	gsasl_property_set(a->session, GSASL_HOSTNAME, str_or_empty(s->host));
	if (a->mechanism->traits & NEEDS_NOTHING)
		gsasl_property_set(a->session, GSASL_AUTHZID, user);
	if (s->password)
		gsasl_property_set(a->session, GSASL_PASSWORD, s->password);
	// Not for the others: libgsasl 2.2 refuses to begin them with a binding set.
	if (a->mechanism->traits & NEEDS_BINDING)
		binding_set(a, stream);
	return true;
}

bool
auth_begin(struct auth **auth_r, const struct remote_settings *settings,
	const struct stream *stream, const char *service, const char *offered,
	struct error *err)
{
	if (!auth_may_show(stream))
		return error_set(err, ERROR_REFUSED, "the connection to %s is in clear: "
			"no password is sent", remote_peer(settings));
	struct auth *a = mem_new(struct auth);
	a->settings = settings;
	bool ok = gsasl_init(&a->library) == GSASL_OK ||
		error_set(err, ERROR_AUTH, "cannot start libgsasl");
	ok = ok && auth_choose(a, stream, offered, err) &&
		auth_prepare(a, stream, service, err);
	if (!ok)
		auth_free(&a);
	*auth_r = a;
	return ok;
}

void
auth_free(struct auth **auth)
{
	struct auth *a = *auth;
	if (!a)
		return;
	if (a->session)
		gsasl_finish(a->session);
	if (a->library)
		gsasl_done(a->library);
	free(a);
	*auth = NULL;
}

const char *
auth_mechanism(const struct auth *a)
{
	return a->mechanism->name;
}

bool
auth_client_first(const struct auth *a)
{
	return a->mechanism->traits & CLIENT_FIRST;
}

// --- the steps ----------------------------------------------------------------------

static void
add_base64(struct buf *out, const char *data, size_t len)
{
	char *text = NULL;
	size_t text_len = 0;
	if (gsasl_base64_to(data, len, &text, &text_len) != GSASL_OK)
		abort(); // no memory, as everywhere
	buf_add(out, text, text_len);
	mem_wipe(text, text_len);
	gsasl_free(text);
}

static bool
step_bearer(struct auth *a, const char *challenge, struct buf *answer)
{
	struct buf plain = { 0 };
	if (!a->begun)
		a->mechanism->bearer(&plain, a->settings);
	else if (str_equal(a->mechanism->name, "OAUTHBEARER"))
		buf_char(&plain, '\001'); // RFC 7628 section 3.2.3: after an error
	(void)challenge;
	if (plain.len) {
		add_base64(answer, plain.data, plain.len);
		mem_wipe(plain.data, plain.len);
	}
	buf_done(&plain);
	return true;
}

static bool
step_gsasl(struct auth *a, const char *challenge, struct buf *answer,
	struct error *err)
{
	char *in = NULL, *out = NULL;
	size_t in_len = 0, out_len = 0;
	if (a->done && str_empty(challenge))
		return true;
	if (!str_empty(challenge) && (strlen(challenge) > AUTH_CHALLENGE_MAX ||
	    gsasl_base64_from(challenge, strlen(challenge), &in, &in_len) != GSASL_OK))
		return error_set(err, ERROR_AUTH, "%s sent a challenge that is not base64",
			remote_peer(a->settings));
	int rc = gsasl_step(a->session, in, in_len, &out, &out_len);
	gsasl_free(in);
	a->done = rc == GSASL_OK;
	if (rc != GSASL_OK && rc != GSASL_NEEDS_MORE)
		return error_set(err, ERROR_AUTH, "%s with %s failed: %s",
			a->mechanism->name, remote_peer(a->settings),
			gsasl_strerror(rc));
	if (out_len > 0) {
		add_base64(answer, out, out_len);
		mem_wipe(out, out_len);
	}
	gsasl_free(out);
	return true;
}

bool
auth_step(struct auth *a, const char *challenge, struct buf *answer,
	struct error *err)
{
	bool ok = a->mechanism->bearer ? step_bearer(a, challenge, answer) :
		step_gsasl(a, challenge, answer, err);
	a->begun = true;
	return ok;
}

bool
auth_finish(struct auth *a, struct error *err)
{
	if (!(a->mechanism->traits & PROVES_SERVER) || a->done)
		return true;
	return error_set(err, ERROR_AUTH, "%s let us in without proving that it "
		"knows the password: it may not be the right server",
		remote_peer(a->settings));
}

bool
auth_refused(struct auth *a, const char *answer, struct error *err)
{
	struct buf words = { 0 };
	remote_words(&words, answer, strlen(answer));
	error_set(err, ERROR_AUTH, "%s refused %s for %s%s%s",
		remote_peer(a->settings), a->settings->token ? "the token" :
		"the password", str_or_empty(a->settings->user), words.len ? ": " : "",
		buf_text(&words));
	buf_done(&words);
	return false;
}
