// SPDX-License-Identifier: GPL-3.0-or-later
// Which mechanism is chosen, and each one played against a server's side of it.
#include "config.h"

#include "test.h"

#include <gsasl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "remote/auth.h"
#include "remote/line.h"
#include "remote/remote.h"

struct wire {
	struct remote_settings settings;
	struct line *line;
	int peer;
};

static void
wire_open(struct wire *w, enum remote_tls tls, const char *password, const char *token)
{
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	w->settings = (struct remote_settings){
		.user = str_dup("ann"), .host = str_dup("mail.example"), .port = 143,
		.tls = tls, .password = str_dup(password), .token = str_dup(token),
	};
	w->line = line_from_fd(pair[0], &w->settings, NULL);
	w->peer = pair[1];
}

static void
wire_close(struct wire *w)
{
	line_close(&w->line);
	close(w->peer);
	remote_settings_done(&w->settings);
}

static const struct {
	const char *offered, *password, *token;
	enum remote_tls tls;
	const char *chosen;      // NULL: none
	enum error_kind kind;
} choices[] = {
	{ "PLAIN LOGIN", "p", NULL, REMOTE_TLS_OFF, "PLAIN", 0 },
	{ "LOGIN", "p", NULL, REMOTE_TLS_OFF, "LOGIN", 0 },
	{ "CRAM-MD5 LOGIN", "p", NULL, REMOTE_TLS_OFF, "LOGIN", 0 },
	{ "CRAM-MD5", "p", NULL, REMOTE_TLS_OFF, "CRAM-MD5", 0 },
	{ "plain scram-sha-1 scram-sha-256", "p", NULL, REMOTE_TLS_OFF, "SCRAM-SHA-256", 0 },
	{ "PLAIN SCRAM-SHA-1", "p", NULL, REMOTE_TLS_OFF, "SCRAM-SHA-1", 0 },
	// Without TLS there is nothing to bind to.
	{ "PLAIN SCRAM-SHA-1-PLUS", "p", NULL, REMOTE_TLS_OFF, "PLAIN", 0 },
	{ "PLAIN XOAUTH2 OAUTHBEARER", NULL, "t", REMOTE_TLS_OFF, "OAUTHBEARER", 0 },
	{ "PLAIN XOAUTH2", "p", "t", REMOTE_TLS_OFF, "XOAUTH2", 0 },
	{ "PLAIN", NULL, "t", REMOTE_TLS_OFF, NULL, ERROR_REFUSED },
	{ "EXTERNAL PLAIN", NULL, NULL, REMOTE_TLS_OFF, "EXTERNAL", 0 },
	{ "EXTERNAL", "p", NULL, REMOTE_TLS_OFF, NULL, ERROR_REFUSED },
	{ "PLAIN", NULL, NULL, REMOTE_TLS_OFF, NULL, ERROR_AUTH },
	{ "PLAINER XPLAIN GSSAPI", "p", NULL, REMOTE_TLS_OFF, NULL, ERROR_REFUSED },
	{ "", "p", NULL, REMOTE_TLS_OFF, NULL, ERROR_REFUSED },
	// In clear although TLS is wanted: nothing at all.
	{ "PLAIN", "p", NULL, REMOTE_TLS_START, NULL, ERROR_REFUSED },
	{ "SCRAM-SHA-256", "p", NULL, REMOTE_TLS_START, NULL, ERROR_REFUSED },
	{ "XOAUTH2", NULL, "t", REMOTE_TLS_IMPLICIT, NULL, ERROR_REFUSED },
};

static void
the_strongest_is_chosen(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(choices); i++) {
		struct wire w;
		wire_open(&w, choices[i].tls, choices[i].password, choices[i].token);
		struct auth *a = NULL;
		struct error err = { 0 };
		bool ok = auth_begin(&a, &w.settings, line_stream(w.line), "imap",
			choices[i].offered, &err);
		if (ok != !!choices[i].chosen)
			fail_msg("%s: %s", choices[i].offered, err.text);
		if (ok)
			assert_string_equal(auth_mechanism(a), choices[i].chosen);
		else
			assert_int_equal(err.kind, choices[i].kind);
		auth_free(&a);
		wire_close(&w);
	}
}

static int
callback(Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
	(void)library;
	if (property == GSASL_PASSWORD) {
		gsasl_property_set(session, GSASL_PASSWORD, "pa\xc3\x9f \"word\"");
		return GSASL_OK;
	}
	if (property == GSASL_VALIDATE_SIMPLE) {
		const char *user = gsasl_property_fast(session, GSASL_AUTHID);
		const char *word = gsasl_property_fast(session, GSASL_PASSWORD);
		return user && word && !strcmp(user, "ann") &&
			!strcmp(word, "pa\xc3\x9f \"word\"") ? GSASL_OK :
			GSASL_AUTHENTICATION_ERROR;
	}
	return GSASL_NO_CALLBACK;
}

// Plays the server's side to its end; true when it let the client in. `lie`
// leaves out the server's last word, in which SCRAM proves the server.
static bool
converse(const char *mechanism, const char *password, bool lie, struct error *err)
{
	struct wire w;
	wire_open(&w, REMOTE_TLS_OFF, password, NULL);
	struct auth *a = NULL;
	assert_true(auth_begin(&a, &w.settings, line_stream(w.line), "imap",
		mechanism, err));
	Gsasl *library;
	Gsasl_session *server;
	gsasl_init(&library);
	gsasl_callback_set(library, callback);
	assert_int_equal(gsasl_server_start(library, mechanism, &server), GSASL_OK);
	struct buf answer = { 0 };
	bool ok = true, in = false;
	if (auth_client_first(a))
		ok = auth_step(a, NULL, &answer, err);
	else
		buf_str(&answer, "");
	while (ok && !in) {
		char *challenge = NULL;
		int rc = gsasl_step64(server, buf_text(&answer), &challenge);
		buf_clear(&answer);
		in = rc == GSASL_OK;
		ok = in || rc == GSASL_NEEDS_MORE;
		if (!ok)
			auth_refused(a, "no\033[31m", err);
		else if (!in || (!lie && !str_empty(challenge)))
			ok = auth_step(a, challenge, &answer, err);
		gsasl_free(challenge);
	}
	ok = ok && auth_finish(a, err);
	buf_done(&answer);
	gsasl_finish(server);
	gsasl_done(library);
	auth_free(&a);
	wire_close(&w);
	return ok;
}

static void
each_mechanism_logs_in(void **state)
{
	(void)state;
	static const char *const names[] = {
		"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256",
	};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct error err = { 0 };
		if (!converse(names[i], "pa\xc3\x9f \"word\"", false, &err))
			fail_msg("%s: %s", names[i], err.text);
		assert_false(converse(names[i], "wrong", false, &err));
		assert_int_equal(err.kind, ERROR_AUTH);
		assert_null(strchr(err.text, '\033'));
	}
}

static void
a_server_must_prove_itself(void **state)
{
	(void)state;
	struct error err = { 0 };
	assert_false(converse("SCRAM-SHA-256", "pa\xc3\x9f \"word\"", true, &err));
	assert_int_equal(err.kind, ERROR_AUTH);
	assert_non_null(strstr(err.text, "without proving"));
}

static void
bearer_tokens(void **state)
{
	(void)state;
	static const struct { const char *name, *first, *after; } rows[] = {
		{ "OAUTHBEARER", "n,a=an=2Cn=3D,\001host=mail.example\001port=143"
			"\001auth=Bearer t0k\001\001", "AQ==" },
		{ "XOAUTH2", "user=an,n=\001auth=Bearer t0k\001\001", "" },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct wire w;
		wire_open(&w, REMOTE_TLS_OFF, NULL, "t0k");
		str_set(&w.settings.user, "an,n=");
		struct auth *a;
		assert_true(auth_begin(&a, &w.settings, line_stream(w.line), "imap",
			rows[i].name, NULL));
		assert_true(auth_client_first(a));
		struct buf out = { 0 };
		assert_true(auth_step(a, NULL, &out, NULL));
		char *plain;
		size_t len;
		assert_int_equal(gsasl_base64_from(out.data, out.len, &plain, &len), GSASL_OK);
		assert_int_equal(len, strlen(rows[i].first));
		assert_memory_equal(plain, rows[i].first, len);
		gsasl_free(plain);
		buf_clear(&out);
		// An error in JSON as a challenge is answered and the NO awaited.
		assert_true(auth_step(a, "eyJzdGF0dXMiOiI0MDAifQ==", &out, NULL));
		assert_string_equal(buf_text(&out), rows[i].after);
		buf_done(&out);
		auth_free(&a);
		wire_close(&w);
	}
}

static void
broken_challenges(void **state)
{
	(void)state;
	static const char *const challenges[] = { "!!!", "cj1m", "cj0s", "====" };
	for (size_t i = 0; i < COUNT_OF(challenges); i++) {
		struct wire w;
		wire_open(&w, REMOTE_TLS_OFF, "p", NULL);
		struct auth *a;
		struct error err = { 0 };
		assert_true(auth_begin(&a, &w.settings, line_stream(w.line), "imap",
			"SCRAM-SHA-256", NULL));
		struct buf out = { 0 };
		assert_true(auth_step(a, NULL, &out, NULL));
		assert_false(auth_step(a, challenges[i], &out, &err));
		assert_int_equal(err.kind, ERROR_AUTH);
		buf_done(&out);
		auth_free(&a);
		wire_close(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_strongest_is_chosen),
		cmocka_unit_test(each_mechanism_logs_in),
		cmocka_unit_test(a_server_must_prove_itself),
		cmocka_unit_test(bearer_tokens),
		cmocka_unit_test(broken_challenges),
	};
	return cmocka_run_group_tests_name("remote-auth", tests, NULL, NULL);
}
