// SPDX-License-Identifier: GPL-3.0-or-later
// The scripted server: a listener on loopback, a thread, and certificates made
// on the spot, good ones and bad ones.
#include "config.h"

#include "test.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "remote/remote.h"
#include "script.h"

#define PATIENCE_S 100
#define DAY (24 * 3600)
#define WORDS 10

struct script_ca {
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	char *path;
};

struct script {
	struct script_options options;
	char *text;
	void (*play)(struct script *s, void *arg);
	void *arg;
	int listener, fd;
	uint16_t port;
	pthread_t thread;
	gnutls_session_t session;
	gnutls_certificate_credentials_t credentials;
	struct buf in;
	z_stream *packs, *unpacks;  // NULL: not compressed
	struct buf packed;
	char *words[WORDS];
	bool gone;          // the client left, or never came
	char *mismatch;     // NULL: all as expected
};

// --- certificates -------------------------------------------------------------

static gnutls_x509_privkey_t
key_make(enum script_certificate kind)
{
	gnutls_x509_privkey_t key;
	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	if (kind == SCRIPT_WEAK)
		assert_int_equal(gnutls_x509_privkey_generate(key, GNUTLS_PK_RSA, 1024, 0), 0);
	else
		assert_int_equal(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
			GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0), 0);
	return key;
}

static gnutls_x509_crt_t
crt_make(gnutls_x509_privkey_t key, const char *name, bool ca, time_t until)
{
	static unsigned char serial = 1;
	gnutls_x509_crt_t crt;
	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, &serial, 1);
	serial++;
	gnutls_x509_crt_set_activation_time(crt, time(NULL) - 30 * DAY);
	gnutls_x509_crt_set_expiration_time(crt, until);
	gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
		(unsigned)strlen(name));
	gnutls_x509_crt_set_key(crt, key);
	gnutls_x509_crt_set_basic_constraints(crt, ca, ca ? 0 : -1);
	gnutls_x509_crt_set_key_usage(crt, ca ? GNUTLS_KEY_KEY_CERT_SIGN :
		GNUTLS_KEY_DIGITAL_SIGNATURE);
	return crt;
}

struct script_ca *
script_ca_new(const char *folder)
{
	struct script_ca *ca = mem_new(struct script_ca);
	ca->key = key_make(SCRIPT_GOOD);
	ca->crt = crt_make(ca->key, "Test Authority", true, time(NULL) + 30 * DAY);
	assert_int_equal(gnutls_x509_crt_sign2(ca->crt, ca->crt, ca->key,
		GNUTLS_DIG_SHA256, 0), 0);
	gnutls_datum_t pem;
	assert_int_equal(gnutls_x509_crt_export2(ca->crt, GNUTLS_X509_FMT_PEM, &pem), 0);
	ca->path = path_join(folder, "ca.pem");
	assert_true(path_write_atomic(ca->path, pem.data, pem.size, NULL));
	gnutls_free(pem.data);
	return ca;
}

void
script_ca_free(struct script_ca **ca)
{
	if (!*ca)
		return;
	gnutls_x509_crt_deinit((*ca)->crt);
	gnutls_x509_privkey_deinit((*ca)->key);
	free((*ca)->path);
	free(*ca);
	*ca = NULL;
}

static void
credentials_make(struct script *s)
{
	static const char nul_name[] = "localhost\0.attacker.example";
	static const unsigned char loopback[] = { 127, 0, 0, 1 };
	enum script_certificate kind = s->options.certificate;
	struct script_ca *ca = s->options.ca;
	gnutls_x509_privkey_t key = key_make(kind);
	time_t until = time(NULL) + (kind == SCRIPT_EXPIRED ? -DAY : 30 * DAY);
	gnutls_x509_crt_t crt = crt_make(key, "Test Server", false, until);
	if (kind == SCRIPT_OTHER_HOST) {
		gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME,
			"other.example", 13, GNUTLS_FSAN_SET);
	} else if (kind == SCRIPT_NUL_NAME) {
		gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, nul_name,
			sizeof(nul_name) - 1, GNUTLS_FSAN_SET);
	} else {
		gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME,
			"localhost", 9, GNUTLS_FSAN_SET);
		gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS,
			loopback, sizeof(loopback), GNUTLS_FSAN_APPEND);
	}
	bool self = kind == SCRIPT_SELF_SIGNED;
	assert_int_equal(gnutls_x509_crt_sign2(crt, self ? crt : ca->crt,
		self ? key : ca->key, GNUTLS_DIG_SHA256, 0), 0);
	assert_int_equal(gnutls_certificate_allocate_credentials(&s->credentials), 0);
	assert_int_equal(gnutls_certificate_set_x509_key(s->credentials, &crt, 1, key), 0);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

// --- bytes ------------------------------------------------------------------------

static bool
gone(struct script *s)
{
	s->gone = true;
	return false;
}

static void
drop(struct script *s)
{
	if (s->session)
		gnutls_deinit(s->session);
	s->session = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	buf_clear(&s->in);
	if (s->packs) {
		(void)deflateEnd(s->packs);
		(void)inflateEnd(s->unpacks);
	}
	free(s->packs);
	free(s->unpacks);
	s->packs = s->unpacks = NULL;
}

static bool
script_accept(struct script *s)
{
	s->fd = accept(s->listener, NULL, NULL);
	if (s->fd < 0)
		return gone(s);
	int on = 1; // a line goes out in two pieces
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	int one = 1; // else each short line waits for the acknowledgement of the last
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	struct timeval patience = { .tv_sec = PATIENCE_S };
	setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(s->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return !s->options.tls || script_tls(s);
}

bool
script_tls(struct script *s)
{
	const char *priority = s->options.priority;
	gnutls_init(&s->session, GNUTLS_SERVER | GNUTLS_NO_SIGNAL);
	if (priority)
		assert_int_equal(gnutls_priority_set_direct(s->session, priority, NULL), 0);
	else
		gnutls_set_default_priority(s->session);
	gnutls_credentials_set(s->session, GNUTLS_CRD_CERTIFICATE, s->credentials);
	gnutls_transport_set_int(s->session, s->fd);
	int rc;
	do {
		rc = gnutls_handshake(s->session);
	} while (rc < 0 && !gnutls_error_is_fatal(rc) && rc != GNUTLS_E_AGAIN);
	return rc == 0 || gone(s);
}

static char *expanded(struct script *s, const char *text, size_t *len_r);

static bool
send_all(struct script *s, const void *data, size_t len)
{
	const char *at = data;
	while (len > 0) {
		ssize_t n = s->session ? gnutls_record_send(s->session, at, len) :
			send(s->fd, at, len, MSG_NOSIGNAL);
		if (n <= 0)
			return gone(s);
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static void
pack(struct script *s, const void *data, size_t len)
{
	char out[4096];
	s->packs->next_in = (Bytef *)(uintptr_t)data;
	s->packs->avail_in = (uInt)len;
	do {
		s->packs->next_out = (Bytef *)out;
		s->packs->avail_out = sizeof(out);
		(void)deflate(s->packs, Z_SYNC_FLUSH);
		buf_add(&s->packed, out, sizeof(out) - s->packs->avail_out);
	} while (s->packs->avail_out == 0);
}

bool
script_deflate(struct script *s, const char *text)
{
	size_t len;
	char *out = expanded(s, text, &len);
	buf_add(&s->packed, out, len); // goes with the first piece
	buf_str(&s->packed, "\r\n");
	free(out);
	s->packs = mem_new(z_stream);
	s->unpacks = mem_new(z_stream);
	assert_int_equal(deflateInit2(s->packs, 6, Z_DEFLATED, -15, 8, 0), Z_OK);
	assert_int_equal(inflateInit2(s->unpacks, -15), Z_OK);
	return script_send(s, "* OK packed\r\n", 13);
}

bool
script_send(struct script *s, const void *data, size_t len)
{
	if (s->packs) {
		pack(s, data, len);
		bool ok = send_all(s, s->packed.data, s->packed.len);
		buf_clear(&s->packed);
		return ok;
	}
	return send_all(s, data, len);
}

static bool
unpack(struct script *s, char *data, size_t len)
{
	char out[4096];
	s->unpacks->next_in = (Bytef *)data;
	s->unpacks->avail_in = (uInt)len;
	do {
		s->unpacks->next_out = (Bytef *)out;
		s->unpacks->avail_out = sizeof(out);
		int rc = inflate(s->unpacks, Z_SYNC_FLUSH);
		if (rc != Z_OK && rc != Z_BUF_ERROR)
			return gone(s);
		buf_add(&s->in, out, sizeof(out) - s->unpacks->avail_out);
	} while (s->unpacks->avail_out == 0);
	return true;
}

static bool
receive(struct script *s)
{
	char data[4096];
	ssize_t n = s->session ? gnutls_record_recv(s->session, data, sizeof(data)) :
		recv(s->fd, data, sizeof(data), 0);
	if (n <= 0)
		return gone(s);
	if (s->unpacks)
		return unpack(s, data, (size_t)n);
	buf_add(&s->in, data, (size_t)n);
	return true;
}

static char *
read_line(struct script *s)
{
	char *end;
	while (!s->in.len || !(end = memchr(s->in.data, '\n', s->in.len))) {
		if (!receive(s))
			return NULL;
	}
	size_t len = (size_t)(end - s->in.data);
	size_t text = len && s->in.data[len - 1] == '\r' ? len - 1 : len;
	char *line = str_ndup(s->in.data, text);
	buf_drop(&s->in, len + 1);
	return line;
}

void
script_wait(struct script *s)
{
	while (receive(s))
		buf_clear(&s->in);
	s->gone = false;
}

// --- the language -----------------------------------------------------------------

static void
add_base64(struct buf *out, const char *data, size_t len)
{
	gnutls_datum_t plain = { (void *)(uintptr_t)data, (unsigned)len }, text;
	assert_int_equal(gnutls_base64_encode2(&plain, &text), 0);
	buf_add(out, text.data, text.size);
	gnutls_free(text.data);
}

static char *
expanded(struct script *s, const char *text, size_t *len_r)
{
	struct buf out = { 0 };
	buf_str(&out, "");
	for (; *text; text++) {
		const char *end;
		if (*text == '\\' && text[1]) {
			text++;
			buf_char(&out, *text == 'r' ? '\r' : *text == 'n' ? '\n' :
				*text == '0' ? '\0' : *text == 'x' ? '\001' : *text);
		} else if (str_has_prefix(text, "$64(") && (end = strchr(text, ')'))) {
			char *inner = str_ndup(text + 4, (size_t)(end - text) - 4);
			size_t len;
			char *plain = expanded(s, inner, &len);
			add_base64(&out, plain, len);
			free(plain);
			free(inner);
			text = end;
		} else if (*text == '$' && text[1] >= '1' && text[1] <= '9') {
			buf_str(&out, script_word(s, *++text - '0'));
		} else {
			buf_char(&out, *text);
		}
	}
	*len_r = out.len;
	buf_reserve(&out, 1);
	return buf_take(&out);
}

static bool
matches(struct script *s, const char *pattern, const char *text)
{
	for (; *pattern; pattern++) {
		if (*pattern == '*') {
			for (;; text++) {
				if (matches(s, pattern + 1, text))
					return true;
				if (!*text)
					return false;
			}
		}
		if (*pattern == '$' && pattern[1] >= '1' && pattern[1] <= '9') {
			int n = *++pattern - '0';
			size_t len = strcspn(text, " ");
			char *word = str_ndup(text, len);
			bool same = !s->words[n] || strcmp(s->words[n], word) == 0;
			if (!s->words[n])
				s->words[n] = word;
			else
				free(word);
			if (!same)
				return false;
			text += len;
			continue;
		}
		if (*pattern == '\\' && pattern[1])
			pattern++;
		if (*pattern != *text)
			return false;
		text++;
	}
	return !*text;
}

bool
script_expect(struct script *s, const char *pattern)
{
	char *line = read_line(s);
	if (!line)
		return false;
	size_t len;
	// $64(...) is expanded; the words and '*' are left to the match.
	char *wanted = strstr(pattern, "$64(") ? expanded(s, pattern, &len) :
		str_dup(pattern);
	bool ok = matches(s, wanted, line);
	if (!ok && !s->mismatch)
		s->mismatch = str_printf("expected \"%s\", got \"%s\"", wanted, line);
	free(wanted);
	free(line);
	return ok;
}

bool
script_line(struct script *s, const char *text)
{
	size_t len;
	char *out = expanded(s, text, &len);
	bool ok = script_send(s, out, len) && script_send(s, "\r\n", 2);
	free(out);
	return ok;
}

const char *
script_word(const struct script *s, int n)
{
	return str_or_empty(s->words[n]);
}

static bool
step(struct script *s, const char *line)
{
	const char *text = line[1] == ':' && line[2] == ' ' ? line + 3 : "";
	size_t len;
	char *out;
	bool ok = true;
	switch (line[0]) {
	case 'S':
		return script_line(s, text);
	case 's':
		out = expanded(s, text, &len);
		ok = script_send(s, out, len);
		free(out);
		return ok;
	case 'C':
		return script_expect(s, text);
	case 'T':
		return script_tls(s);
	case 'Z':
		return script_deflate(s, text);
	case 'N':
		drop(s);
		for (int i = 0; i < WORDS; i++)
			str_set(&s->words[i], NULL);
		return script_accept(s);
	case 'X':
		drop(s);
		return true;
	case 'W':
		script_wait(s);
		return true;
	default:
		s->mismatch = str_printf("no step of a script: %s", line);
		return false;
	}
}

static void
play_text(struct script *s, void *arg)
{
	(void)arg;
	char *rest = s->text;
	for (char *line; (line = strsep(&rest, "\n"));) {
		line += strspn(line, " \t");
		if (*line && !step(s, line)) {
			if (s->gone && !s->mismatch)
				s->mismatch = str_printf("the client left before \"%s\"", line);
			return;
		}
	}
}

static void *
script_run(void *arg)
{
	struct script *s = arg;
	if (s->options.refused) {
		(void)script_accept(s);
		drop(s);
		s->gone = false;
	}
	if (script_accept(s))
		s->play(s, s->arg);
	else
		s->mismatch = str_dup("no client came, or TLS failed");
	if (s->session && !s->gone)
		gnutls_bye(s->session, GNUTLS_SHUT_WR);
	drop(s);
	return NULL;
}

// --- starting and ending --------------------------------------------------------------

static void
listen_on_loopback(struct script *s)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(address);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(s->listener >= 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(s->listener, 5), 0);
	assert_int_equal(getsockname(s->listener, (struct sockaddr *)&address, &len), 0);
	s->port = ntohs(address.sin_port);
}

static struct script *
script_begin(const struct script_options *o, const char *text,
	void (*play)(struct script *s, void *arg), void *arg)
{
	struct script *s = mem_new(struct script);
	if (o)
		s->options = *o;
	s->text = str_dup(text);
	s->play = play;
	s->arg = arg;
	s->fd = -1;
	listen_on_loopback(s);
	if (s->options.ca)
		credentials_make(s);
	assert_int_equal(pthread_create(&s->thread, NULL, script_run, s), 0);
	return s;
}

struct script *
script_start_play(const struct script_options *o,
	void (*play)(struct script *s, void *arg), void *arg)
{
	return script_begin(o, NULL, play, arg);
}

struct script *
script_start(const struct script_options *o, const char *text)
{
	return script_begin(o, text, play_text, NULL);
}

static char *
script_end(struct script **script)
{
	struct script *s = *script;
	shutdown(s->listener, SHUT_RDWR); // an accept that still waits ends
	pthread_join(s->thread, NULL);
	close(s->listener);
	if (s->credentials)
		gnutls_certificate_free_credentials(s->credentials);
	for (int i = 0; i < WORDS; i++)
		free(s->words[i]);
	buf_done(&s->in);
	buf_done(&s->packed);
	free(s->text);
	char *mismatch = s->mismatch;
	free(s);
	*script = NULL;
	return mismatch;
}

void
script_finish(struct script **s)
{
	char *mismatch = script_end(s);
	if (mismatch) {
		print_error("the scripted server: %s\n", mismatch);
		free(mismatch);
		fail();
	}
}

void
script_finish_early(struct script **s)
{
	free(script_end(s));
}

void
script_settings(const struct script *s, const char *scheme,
	struct remote_settings *settings)
{
	*settings = (struct remote_settings){
		.scheme = str_dup(scheme),
		.user = str_dup("ann"),
		.host = str_dup("127.0.0.1"),
		.port = s->port,
		.tls = s->options.tls ? REMOTE_TLS_IMPLICIT :
			s->options.ca ? REMOTE_TLS_START : REMOTE_TLS_OFF,
		.tls_ca = s->options.ca ? str_dup(s->options.ca->path) : NULL,
		.password = str_dup("secret"),
		.client_name = str_dup("postern.test"),
		.timeout_ms = PATIENCE_S * 1000,
	};
}

// --- for a group of tests -----------------------------------------------------------

int
script_setup(void **state)
{
	struct script_fixture *f = mem_new(struct script_fixture);

	f->folder = test_folder_make();
	f->ca = script_ca_new(f->folder);
	*state = f;
	return 0;
}

int
script_teardown(void **state)
{
	struct script_fixture *f = *state;

	script_ca_free(&f->ca);
	test_folder_remove(&f->folder);
	free(f);
	return 0;
}
