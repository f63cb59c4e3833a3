// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever is said in clear before TLS, nothing but the question for TLS is
// answered to it: every greeting with every list of abilities and every answer to
// STARTTLS, in all three protocols, against a peer that never begins TLS.
#include "config.h"

#include "test.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/path.h"
#include "base/str.h"
#include "loop/cancel.h"
#include "remote/remote.h"

#define TALK_MAX (64 * 1024)     // bytes of a client
#define CORPUS_FILE_MAX 65536

// In all texts: <tag> is the tag of the client's last command.
struct protocol {
	const char *scheme;
	const char *const *greetings, *const *abilities, *const *answers;
	const char *ability, *tls;        // the commands that ask for them
	const char *const *allowed;       // beginnings of lines in clear
	const char *corpus;
};

static const char *const imap_greetings[] = {
	"* OK ready\r\n",
	"* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN LOGINDISABLED] ready\r\n",
	"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=LOGIN] no TLS here\r\n",
	"* PREAUTH [CAPABILITY IMAP4rev1] come in\r\n",
	"* PREAUTH\r\n",
	"* BYE [ALERT] give your password at http://example.org\r\n",
	"* NO [REFERRAL imap://ann@evil.example/] elsewhere\r\n",
	"* BAD [PARSE] what\r\n",
	"* OK [ALERT] \033]0;owned\007 call us\r\n",
	"* OK [BADCHARSET (\"x\" {3}\r\n",
	"* OK ready\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nP1 OK go on\r\n",
	"* OK ready\r\nP1 OK begin\r\nP2 OK done\r\nP3 OK in\r\n+ \r\n",
	"* ok ready\r\n* preauth again\r\n",
	"P1 OK ready\r\n",
	"+ \r\n",
	"\r\n",
	NULL,
};
static const char *const imap_answers[] = {
	"<tag> OK begin\r\n",
	"<tag> OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nP2 OK done\r\n",
	"<tag> OK begin\r\n+ \r\n",
	"* PREAUTH in\r\n<tag> OK begin\r\n",
	"* LIST () \"/\" 7XiYhgS7\r\n* 3 EXISTS\r\n* 1 EXPUNGE\r\n<tag> OK begin\r\n",
	"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n<tag> NO not now\r\n",
	"<tag> NO [AUTHENTICATIONFAILED] your password, please\r\n",
	"<tag> NO [AUTHORIZATIONFAILED] log in again\r\n",
	"<tag> NO [UNAVAILABLE] later\r\n",
	"<tag> BAD unknown command\r\n",
	"<tag> PREAUTH\r\n",
	"<tag> OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] begin\r\n",
	"P7 OK begin\r\n",
	"+ give it to me\r\n<tag> BAD no\r\n",
	"* BYE closing\r\n",
	"* 1 FETCH (BODY[] {10}\r\n<tag> OK no\r\n<tag> BAD no\r\n",
	"",
	NULL,
};
static const char *const nothing[] = { "", NULL };
static const char *const imap_allowed[] = { "P1 STARTTLS", "PX LOGOUT", NULL };

static const char *const pop3_greetings[] = {
	"+OK ready\r\n",
	"+OK ready <1896.697170952@example.org>\r\n",
	"-ERR [AUTH] your password, please\r\n",
	"+OK ready\r\n+OK\r\nSTLS\r\n.\r\n+OK begin\r\n+OK in\r\n",
	"+ \r\n",
	"* OK ready\r\n",
	NULL,
};
static const char *const pop3_abilities[] = {
	"+OK\r\nSTLS\r\nUSER\r\nSASL PLAIN\r\n.\r\n",
	"+OK\r\nUSER\r\nSASL PLAIN LOGIN\r\n.\r\n",
	"+OK\r\n.\r\n",
	"-ERR no\r\n",
	"-ERR [AUTH] log in first\r\n",
	"+OK\r\nSTLS\r\n.\r\n+OK begin\r\n+OK in\r\n",
	NULL,
};
static const char *const pop3_answers[] = {
	"+OK begin\r\n",
	"+OK begin\r\n+OK\r\nUSER\r\n.\r\n+OK\r\n+OK\r\n",
	"-ERR not here\r\n",
	"-ERR [AUTH] your password, please\r\n",
	"-ERR [IN-USE] later\r\n",
	"+ \r\n",
	"",
	NULL,
};
static const char *const pop3_allowed[] = { "CAPA", "STLS", "QUIT", NULL };

static const char *const smtp_greetings[] = {
	"220 ready\r\n",
	"220-ready\r\n220 still\r\n",
	"554 no\r\n",
	"535 5.7.8 your password, please\r\n",
	"220 ready\r\n250 AUTH PLAIN\r\n220 go\r\n235 in\r\n250 ok\r\n250 ok\r\n354 go\r\n",
	"334 VXNlcm5hbWU6\r\n",
	NULL,
};
static const char *const smtp_abilities[] = {
	"250-example.org\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n",
	"250-example.org\r\n250 AUTH PLAIN LOGIN\r\n",
	"250 example.org\r\n",
	"502 no\r\n",
	"530 5.7.0 your password, please\r\n",
	"250-example.org\r\n250 STARTTLS\r\n220 go\r\n250 AUTH PLAIN\r\n235 in\r\n",
	NULL,
};
static const char *const smtp_answers[] = {
	"220 begin\r\n",
	"220 begin\r\n250-example.org\r\n250 AUTH PLAIN\r\n235 in\r\n",
	"454 not now\r\n",
	"535 5.7.8 your password, please\r\n",
	"334 \r\n",
	"235 in\r\n",
	"250 ok\r\n",
	"",
	NULL,
};
static const char *const smtp_allowed[] = { "EHLO ", "STARTTLS", "QUIT", NULL };

static const struct protocol protocols[] = {
	{ "imap", imap_greetings, nothing, imap_answers, NULL, "STARTTLS",
		imap_allowed, "imap" },
	{ "pop3", pop3_greetings, pop3_abilities, pop3_answers, "CAPA", "STLS",
		pop3_allowed, "pop3" },
	{ "smtp", smtp_greetings, smtp_abilities, smtp_answers, "EHLO", "STARTTLS",
		smtp_allowed, "smtp" },
};

// --- the peer ---------------------------------------------------------------------

struct peer {
	const struct protocol *p;
	const char *greeting, *abilities, *answer;
	int listener;
	uint16_t port;
	pthread_t thread;
	struct buf said;        // by the client, up to its first byte of TLS
};

static void
say(int fd, const char *text, const char *tag)
{
	struct buf out = {0};

	while (*text != '\0') {
		const char *mark = strstr(text, "<tag>");
		size_t len = mark == NULL ? strlen(text) : (size_t)(mark - text);
		buf_add(&out, text, len);
		text += len;
		if (mark != NULL) {
			buf_str(&out, tag);
			text += 5;
		}
	}
	if (out.len > 0 && send(fd, out.data, out.len, MSG_NOSIGNAL) < 0)
		buf_clear(&out);
	buf_done(&out);
}

// Answers one line; false when the connection is to be closed.
static bool
answer(struct peer *peer, int fd, const char *line)
{
	char tag[16] = "";
	const char *word = line;

	if (str_equal(peer->p->scheme, "imap")) {
		size_t len = strcspn(line, " ");
		snprintf(tag, sizeof(tag), "%.*s", len < 15 ? (int)len : 15, line);
		word = line + len + (line[len] == ' ');
	}
	if (str_has_prefix(word, peer->p->tls)) {
		say(fd, peer->answer, tag);
		// The end of it, so that no answer leaves the client waiting.
		shutdown(fd, SHUT_WR);
		return true;
	}
	if (peer->p->ability != NULL && str_has_prefix(word, peer->p->ability)) {
		say(fd, peer->abilities, tag);
		return true;
	}
	// Nothing else may come; whoever sent it anyway gets a yes to go on with.
	say(fd, str_equal(peer->p->scheme, "imap") ? "<tag> OK yes\r\n" :
		str_equal(peer->p->scheme, "pop3") ? "+OK yes\r\n" : "250 yes\r\n", tag);
	return true;
}

static void *
peer_run(void *arg)
{
	struct peer *peer = arg;
	int fd = accept(peer->listener, NULL, NULL);
	size_t line = 0;
	bool open = fd >= 0, tls = false;

	if (open)
		say(fd, peer->greeting, "");
	while (open && peer->said.len < TALK_MAX) {
		char data[4096];
		ssize_t n = recv(fd, data, sizeof(data), 0);
		if (n <= 0)
			break;
		for (ssize_t i = 0; i < n && open && !tls; i++) {
			// A record of TLS, at the start of a line.
			tls = data[i] == 0x16 && peer->said.len == line;
			if (tls)
				break;
			buf_char(&peer->said, data[i]);
			if (data[i] != '\n')
				continue;
			open = answer(peer, fd, peer->said.data + line);
			line = peer->said.len;
		}
		// TLS never comes from here.
		open = open && !tls;
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

static void
peer_start(struct peer *peer)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);

	peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(peer->listener, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(peer->listener, 1), 0);
	assert_int_equal(getsockname(peer->listener, (struct sockaddr *)&a, &len), 0);
	peer->port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&peer->thread, NULL, peer_run, peer), 0);
}

// --- the client --------------------------------------------------------------------

static bool
open_client(const struct protocol *p, const struct remote_settings *settings,
	struct error *err)
{
	struct remote *r = NULL;
	struct sender *s = NULL;
	bool ok;

	if (str_equal(p->scheme, "smtp")) {
		ok = sender_smtp.open(&s, settings, NULL, NULL, err);
		if (ok)
			sender_smtp.close(&s);
		return ok;
	}
	const struct remote_driver *driver = remote_driver_for(p->scheme);
	ok = driver->open(&r, settings, NULL, NULL, err);
	if (ok)
		driver->close(&r);
	return ok;
}

static bool
is_allowed(const struct protocol *p, const char *line)
{
	for (size_t i = 0; p->allowed[i] != NULL; i++)
		if (str_has_prefix(line, p->allowed[i]))
			return true;
	return false;
}

static void
check_said(const struct peer *peer)
{
	struct strlist lines = {0};

	strlist_split(&lines, buf_text(&peer->said), '\n');
	for (size_t i = 0; i < lines.len; i++)
		if (!is_allowed(peer->p, lines.items[i]))
			fail_msg("%s: said in clear: \"%s\" after \"%s\", \"%s\", \"%s\"",
				peer->p->scheme, lines.items[i], peer->greeting,
				peer->abilities, peer->answer);
	strlist_done(&lines);
}

static void
try_one(const struct protocol *p, const char *greeting, const char *abilities,
	const char *tls_answer)
{
	struct peer peer = { .p = p, .greeting = greeting, .abilities = abilities,
		.answer = tls_answer };
	struct remote_settings settings = { .timeout_ms = 100000 };
	struct error err = {0};

	peer_start(&peer);
	char *url = str_printf("%s://ann@127.0.0.1:%u", p->scheme, peer.port);
	assert_true(remote_parse_url(&settings, url, false, NULL));
	settings.password = str_dup("secret");
	bool ok = open_client(p, &settings, &err);
	// An endless listen would wait for a client that never came.
	shutdown(peer.listener, SHUT_RDWR);
	pthread_join(peer.thread, NULL);
	close(peer.listener);
	if (ok || err.kind != ERROR_OFFLINE)
		fail_msg("%s: %s (%s) after \"%s\", \"%s\", \"%s\"", p->scheme,
			ok ? "it opened" : err.text, error_kind_name(err.kind),
			greeting, abilities, tls_answer);
	assert_null(strpbrk(err.text, "\033\007\r\n"));
	check_said(&peer);
	buf_done(&peer.said);
	remote_settings_done(&settings);
	free(url);
}

static void
try_answers(const struct protocol *p, const char *tls_answer)
{
	for (size_t g = 0; p->greetings[g] != NULL; g++)
		for (size_t a = 0; p->abilities[a] != NULL; a++)
			try_one(p, p->greetings[g], p->abilities[a], tls_answer);
}

static void
nothing_but_starttls(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(protocols); i++)
		for (size_t n = 0; protocols[i].answers[n] != NULL; n++)
			try_answers(&protocols[i], protocols[i].answers[n]);
}

// --- cases that others have gathered -------------------------------------------------

// The texts in quotes behind "..._response:" and "greeting:".
static size_t
try_file(const struct protocol *p, const char *path)
{
	struct buf text = {0};
	size_t tried = 0;

	if (!path_read(path, CORPUS_FILE_MAX, &text, NULL)) {
		buf_done(&text);
		return 0;
	}
	bool preauth = strstr(buf_text(&text), "kind: PreAuth") != NULL;
	for (const char *at = buf_text(&text); (at = strstr(at, "_response:")) != NULL;) {
		struct buf answer = {0};
		at = strchr(at, '"');
		if (at == NULL)
			break;
		for (at++; *at != '\0' && *at != '"'; at++) {
			if (*at == '\\' && at[1] != '\0')
				at++;
			else {
				buf_char(&answer, *at);
				continue;
			}
			buf_char(&answer, *at == 'r' ? '\r' : *at == 'n' ? '\n' : *at);
		}
		try_one(p, preauth ? "* PREAUTH in\r\n" : p->greetings[0], p->abilities[0],
			buf_text(&answer));
		buf_done(&answer);
		tried++;
	}
	if (preauth && tried == 0) {
		try_one(p, "* PREAUTH in\r\n", p->abilities[0], p->answers[0]);
		tried++;
	}
	buf_done(&text);
	return tried;
}

static size_t
try_folder(const struct protocol *p, const char *path, int depth)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	size_t tried = 0;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		char *one = path_join(path, e->d_name);
		if (e->d_name[0] != '.' && str_has_suffix(one, ".ron"))
			tried += try_file(p, one);
		else if (e->d_name[0] != '.' && depth < 8)
			tried += try_folder(p, one, depth + 1);
		free(one);
	}
	if (dir != NULL)
		closedir(dir);
	return tried;
}

static void
a_corpus(void **state)
{
	(void)state;
	const char *corpus = getenv("POSTERN_CORPUS");
	size_t tried = 0;

	for (size_t i = 0; corpus != NULL && i < COUNT_OF(protocols); i++) {
		char *path = str_printf("%s/../starttls/testcases/%s", corpus,
			protocols[i].corpus);
		tried += try_folder(&protocols[i], path, 0);
		free(path);
	}
	if (tried == 0)
		print_message("# POSTERN_CORPUS names no folder beside which "
			"../starttls is: nothing tried\n");
	else
		print_message("# %zu cases\n", tried);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_but_starttls),
		cmocka_unit_test(a_corpus),
	};
	return cmocka_run_group_tests_name("hostile-starttls", tests, NULL, NULL);
}
