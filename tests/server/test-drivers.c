// SPDX-License-Identifier: GPL-3.0-or-later
// The POP3 and SMTP clients against real servers: what is sent through Exim
// arrives in Dovecot as it was, once, and is fetched and removed by POP3.
#include "config.h"

#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "remote/remote.h"
#include "tests/server/proxy.h"
#include "tests/server/server.h"

#define ANN "ann@example.org"

static struct remote_settings
settings_of(struct server *server, const char *scheme, const char *service, int port)
{
	return (struct remote_settings){
		.scheme = str_dup(scheme),
		.user = str_dup(ANN),
		.host = str_dup(server_get(server, "host")),
		.port = (uint16_t)(port != 0 ? port : server_port(server, service)),
		.tls = str_has_suffix(service, "s") ? REMOTE_TLS_IMPLICIT
		                                    : REMOTE_TLS_START,
		.tls_ca = str_dup(server_get(server, "ca")),
		.password = str_dup("secret"),
		.timeout_ms = 120000,
	};
}

static bool
pop3_try(struct server *server, const char *service, const char *password,
	struct remote **r, struct error *err)
{
	struct remote_settings s = settings_of(server, "pop3", service, 0);

	str_set(&s.password, password);
	bool ok = remote_pop3.open(r, &s, NULL, NULL, err);
	remote_settings_done(&s);
	return ok;
}

static struct remote *
pop3_session(struct server *server, const char *service)
{
	struct error err = {0};
	struct remote *r;

	if (!pop3_try(server, service, "secret", &r, &err))
		fail_msg("%s: %s", service, err.text);
	return r;
}

struct seen {
	struct buf *bodies;   // one a message, in order; COUNT_MAX of them
	size_t messages;
	size_t envelopes, names;
	char *subject;        // of the last
};

#define COUNT_MAX 200

static bool
see_message(void *arg, struct remote_message *m)
{
	struct seen *s = arg;

	s->messages++;
	s->names += m->uidl != NULL;
	if (m->has_envelope) {
		s->envelopes++;
		str_set(&s->subject, m->envelope->subject);
	}
	return s->messages <= COUNT_MAX;
}

static bool
see_data(void *arg, const void *bytes, size_t len)
{
	struct seen *s = arg;

	buf_add(&s->bodies[s->messages - 1], bytes, len);
	return true;
}

static struct seen
look(struct remote *r, unsigned what)
{
	struct seen seen = { .bodies = calloc(COUNT_MAX + 1, sizeof(struct buf)) };
	struct remote_sink sink = { .arg = &seen, .message = see_message,
		.data = see_data };
	struct remote_range all = { 1, UINT32_MAX };
	struct error err = {0};

	if (!remote_pop3.fetch(r, (struct remote_set){ &all, 1 }, what, 0, &sink, &err))
		fail_msg("%s", err.text);
	return seen;
}

static void
seen_done(struct seen *s)
{
	for (size_t i = 0; i <= COUNT_MAX; i++)
		buf_done(&s->bodies[i]);
	free(s->bodies);
	free(s->subject);
}

static struct server *
start(const char *const *options)
{
	if (!server_available()) {
		print_message("# " SERVER_MISSING "\n");
		skip();
	}
	struct server *server = server_start(options);
	assert_non_null(server);
	return server;
}

// --- POP3 --------------------------------------------------------------------------

// The part behind the first empty line, as it was before delivery.
static const char *
text_of(const struct buf *body)
{
	const char *at = strstr(buf_text(body), "\r\n\r\n");

	assert_non_null(at);
	return at + 4;
}

static void
test_pop3(void **state)
{
	(void)state;
	static const char *const services[] = { "pop3", "pop3s" };
	const char *const options[] = { "--services", "pop3,lmtp", NULL };
	struct server *server = start(options);
	enum { MESSAGES = 70 };
	struct error err = {0};

	for (int i = 0; i < MESSAGES; i++) {
		char *text = str_printf("From: bob@example.net\nSubject: number %d\n\n"
			".dot %d\n..\n.\nlast\n", i, i);
		assert_true(server_deliver(server, ANN, text, strlen(text)));
		free(text);
	}
	for (size_t i = 0; i < COUNT_OF(services); i++) {
		struct remote *r = pop3_session(server, services[i]);
		struct seen seen = look(r, REMOTE_FETCH_ENVELOPE);
		assert_int_equal(seen.messages, MESSAGES);
		assert_int_equal(seen.names, MESSAGES);
		assert_int_equal(seen.envelopes, MESSAGES);
		assert_string_equal(seen.subject, "number 69");
		seen_done(&seen);
		seen = look(r, REMOTE_FETCH_RAW);
		assert_int_equal(seen.messages, MESSAGES);
		for (int k = 0; k < MESSAGES; k++) {
			char *wanted = str_printf(".dot %d\r\n..\r\n.\r\nlast\r\n", k);
			assert_string_equal(text_of(&seen.bodies[k]), wanted);
			free(wanted);
		}
		seen_done(&seen);
		// Removed without commit: still there.
		struct remote_range some = { 1, 60 };
		assert_true(remote_pop3.expunge(r, (struct remote_set){ &some, 1 },
			&err));
		remote_pop3.close(&r);
	}
	struct remote *r = pop3_session(server, "pop3s");
	struct remote_range some = { 1, 60 };
	struct seen seen = look(r, REMOTE_FETCH_UIDS);
	assert_int_equal(seen.messages, MESSAGES);
	seen_done(&seen);
	assert_true(remote_pop3.expunge(r, (struct remote_set){ &some, 1 }, &err));
	assert_true(remote_pop3.commit(r, &err));
	remote_pop3.close(&r);
	r = pop3_session(server, "pop3s");
	seen = look(r, REMOTE_FETCH_UIDS);
	assert_int_equal(seen.messages, MESSAGES - 60);
	seen_done(&seen);
	// The server dies under us.
	assert_true(server_say(server, "kill dovecot"));
	assert_false(remote_pop3.noop(r, NULL, &err));
	assert_int_equal(err.kind, ERROR_OFFLINE);
	remote_pop3.close(&r);
	assert_false(pop3_try(server, "pop3s", "secret", &r, &err));
	assert_int_equal(err.kind, ERROR_OFFLINE);
	assert_true(server_say(server, "start dovecot"));
	assert_false(pop3_try(server, "pop3", "wrong", &r, &err));
	assert_int_equal(err.kind, ERROR_AUTH);
	assert_null(r);
	server_stop(&server);
}

// However many bytes get through before the link breaks: a verb that says yes has
// all of it.
static void
test_pop3_cut(void **state)
{
	(void)state;
	const char *const options[] = { "--services", "pop3,lmtp", NULL };
	struct server *server = start(options);
	struct buf text = {0};

	buf_str(&text, "Subject: long\n\n");
	for (int i = 0; i < 400; i++)
		buf_printf(&text, "line %d of a message that is cut\n", i);
	assert_true(server_deliver(server, ANN, text.data, text.len));
	struct proxy *proxy = proxy_start(server_port(server, "pop3s"));
	bool whole = false;
	size_t most = 0;
	for (uint64_t cut = 500; !whole && cut < 60000; cut += 997) {
		proxy_rule(proxy, &(struct proxy_rules){ .cut_down = cut });
		struct remote_settings s = settings_of(server, "pop3", "pop3s",
			proxy_port(proxy));
		struct seen seen = { .bodies = calloc(COUNT_MAX + 1,
			sizeof(struct buf)) };
		struct remote_sink sink = { .arg = &seen, .message = see_message,
			.data = see_data };
		struct remote_range all = { 1, 1 };
		struct error err = {0};
		struct remote *r = NULL;
		whole = remote_pop3.open(&r, &s, NULL, NULL, &err) &&
			remote_pop3.fetch(r, (struct remote_set){ &all, 1 },
				REMOTE_FETCH_RAW, 0, &sink, &err);
		if (seen.bodies[0].len > most)
			most = seen.bodies[0].len;
		if (whole)
			assert_non_null(strstr(buf_text(&seen.bodies[0]),
				"line 399 of a message that is cut\r\n"));
		else
			assert_int_equal(err.kind, ERROR_OFFLINE);
		if (r != NULL)
			remote_pop3.close(&r);
		seen_done(&seen);
		remote_settings_done(&s);
	}
	assert_true(whole && most > text.len);
	proxy_stop(&proxy);
	buf_done(&text);
	server_stop(&server);
}

// --- SMTP --------------------------------------------------------------------------

struct body {
	const char *text;
	size_t at;
};

static bool
next_piece(void *arg, const void **bytes_r, size_t *len_r)
{
	struct body *b = arg;
	size_t left = strlen(b->text) - b->at;

	*bytes_r = b->text + b->at;
	*len_r = left < 1000 ? left : 1000;
	b->at += *len_r;
	return left > 0;
}

static bool
send_to(struct sender *sender, const char *text, struct sender_recipient *to, size_t n,
	bool *maybe_r, struct error *err)
{
	struct body body = { .text = text };

	for (size_t i = 0; i < n; i++) {
		free(to[i].answer);
		to[i].answer = NULL;
	}
	return sender_smtp.send(sender, ANN, to, n, strlen(text), next_piece, &body,
		maybe_r, err);
}

static const char message[] =
	"From: ann@example.org\r\nTo: ann@example.org\r\nSubject: sent\r\n\r\n"
	".\r\n..\r\ntext\r\n";
// Each lone line end may end DATA for a server that is not strict.
static const char smuggled[] =
	"Subject: outer\r\n\r\na\n.\nb\n.\r\nc\r\n.\rd\r.\re\r.\r\n"
	"MAIL FROM:<ann@example.org>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\n"
	"Subject: inner\r\n\r\nevil\r\n";

static struct sender *
submission(struct server *server, const char *service, int port)
{
	struct remote_settings s = settings_of(server, "smtp", service, port);
	struct error err = {0};
	struct sender *sender;

	if (!sender_smtp.open(&sender, &s, NULL, NULL, &err))
		fail_msg("%s: %s", service, err.text);
	remote_settings_done(&s);
	return sender;
}

// Waits until the inbox holds as many, as a person would: by looking.
static struct seen
wait_for(struct server *server, size_t messages)
{
	for (int i = 0; i < 400; i++) {
		struct remote *r = pop3_session(server, "pop3s");
		struct seen seen = look(r, REMOTE_FETCH_RAW);
		remote_pop3.close(&r);
		if (seen.messages >= messages)
			return seen;
		seen_done(&seen);
	}
	fail_msg("%zu messages did not arrive", messages);
	return (struct seen){0};
}

static void
smtp_round(const char *without)
{
	const char *const options[] = { "--size-limit", "100K",
		without != NULL ? "--smtp-without" : NULL, without, NULL };
	static const char *const services[] = { "smtp", "smtps" };
	struct server *server = start(options);
	struct sender_recipient to[] = {
		{ .mail = "nobody@example.org" }, { .mail = ANN },
		{ .mail = "later@example.org" },
	};
	struct error err = {0};
	bool maybe;

	for (size_t i = 0; i < COUNT_OF(services); i++) {
		struct sender *sender = submission(server, services[i], 0);
		assert_true(send_to(sender, message, to, 3, &maybe, &err));
		assert_false(to[0].accepted);
		assert_true(to[0].permanent);
		assert_true(to[1].accepted);
		assert_false(to[2].accepted || to[2].permanent);
		assert_non_null(strstr(to[0].answer, "No such user"));
		assert_false(send_to(sender, message, to, 1, &maybe, &err));
		assert_int_equal(err.kind, ERROR_REFUSED);
		assert_true(send_to(sender, smuggled, to + 1, 1, &maybe, &err));
		assert_false(send_to(sender, "X-Test-Refuse: data\r\n\r\nx\r\n", to + 1,
			1, &maybe, &err));
		assert_non_null(strstr(err.text, "Refused for its content"));
		assert_false(maybe);
		char *large = calloc(1, 200001);
		memset(large, 'x', 200000);
		assert_false(send_to(sender, large, to + 1, 1, &maybe, &err));
		assert_int_equal(err.kind, ERROR_REFUSED);
		free(large);
		assert_true(send_to(sender, message, to + 1, 1, &maybe, &err));
		sender_smtp.close(&sender);
	}
	struct seen seen = wait_for(server, 6);
	assert_int_equal(seen.messages, 6);
	size_t plain = 0, outer = 0;
	for (size_t i = 0; i < 6; i++) {
		const char *text = text_of(&seen.bodies[i]);
		plain += strcmp(text, ".\r\n..\r\ntext\r\n") == 0;
		outer += strstr(text, "Subject: inner\r\n\r\nevil\r\n") != NULL;
	}
	assert_int_equal(plain, 4);
	assert_int_equal(outer, 2); // as text of the outer one, never for itself
	seen_done(&seen);
	for (size_t i = 0; i < 3; i++)
		free(to[i].answer);
	server_stop(&server);
}

static void
test_smtp(void **state)
{
	(void)state;
	smtp_round(NULL);
}

static void
test_smtp_without_extensions(void **state)
{
	(void)state;
	smtp_round("PIPELINING,8BITMIME");
}

// A link that breaks at any byte: what the server took was said to be taken, or
// said to be in doubt.
static void
test_smtp_cut(void **state)
{
	(void)state;
	struct server *server = start(NULL);
	struct proxy *proxy = proxy_start(server_port(server, "smtps"));
	size_t sent = 0, maybes = 0, refused = 0;

	for (int down = 0; down < 2; down++) {
		for (uint64_t cut = 600; cut < 6000; cut += down ? 91 : 53) {
			struct proxy_rules rules = { .cut_up = down ? 0 : cut,
				.cut_down = down ? cut : 0 };
			struct sender_recipient to = { .mail = ANN };
			struct sender *sender = NULL;
			struct error err = {0};
			bool maybe = false;
			proxy_rule(proxy, &rules);
			struct remote_settings s = settings_of(server, "smtp", "smtps",
				proxy_port(proxy));
			bool ok = sender_smtp.open(&sender, &s, NULL, NULL, &err) &&
				send_to(sender, message, &to, 1, &maybe, &err);
			assert_int_equal(ok, to.accepted);
			assert_true(ok || err.kind == ERROR_OFFLINE);
			sent += ok;
			maybes += maybe;
			refused += !ok && !maybe;
			if (sender != NULL)
				sender_smtp.close(&sender);
			free(to.answer);
			remote_settings_done(&s);
			if (ok)
				break;
		}
	}
	assert_true(sent == 2 && refused > 0 && maybes > 0);
	struct seen seen = wait_for(server, sent);
	assert_in_range(seen.messages, sent, sent + maybes);
	seen_done(&seen);
	proxy_stop(&proxy);
	server_stop(&server);
}

static void
test_smtp_refused(void **state)
{
	(void)state;
	const char *const options[] = { "--services", "smtp,lmtp", "--certificate",
		"expired", NULL };
	struct server *server = start(options);
	struct remote_certificate certificate = {0};
	struct remote_settings s = settings_of(server, "smtp", "smtp", 0);
	struct error err = {0};
	struct sender *sender;

	assert_false(sender_smtp.open(&sender, &s, NULL, &certificate, &err));
	assert_int_equal(err.kind, ERROR_TRUST);
	assert_non_null(certificate.fingerprint);
	remote_certificate_done(&certificate);
	assert_true(server_say(server, "certificate good"));
	str_set(&s.password, "wrong");
	assert_false(sender_smtp.open(&sender, &s, NULL, NULL, &err));
	assert_int_equal(err.kind, ERROR_AUTH);
	str_set(&s.password, "secret");
	assert_true(sender_smtp.open(&sender, &s, NULL, NULL, &err));
	sender_smtp.close(&sender);
	remote_settings_done(&s);
	server_stop(&server);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pop3),
		cmocka_unit_test(test_pop3_cut),
		cmocka_unit_test(test_smtp),
		cmocka_unit_test(test_smtp_without_extensions),
		cmocka_unit_test(test_smtp_cut),
		cmocka_unit_test(test_smtp_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
