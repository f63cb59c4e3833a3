// SPDX-License-Identifier: GPL-3.0-or-later
// Everything a connection believes of its peer is decided here, inside the
// handshake: a certificate that does not hold ends it before any byte of ours.
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "remote/foreign.h"
#include "remote/private.h"
#include "remote/tls.h"

#define TLS_PRIORITY \
	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%PROFILE_MEDIUM"
#define TLS_KEY_ID 32        // bytes of SHA-256
#define TLS_NAMES_SHOWN 4    // of a certificate for other hosts
#define TLS_NAME_BYTES 256

struct tls {
	gnutls_session_t session;
	gnutls_certificate_credentials_t credentials;
	const struct remote_settings *settings;
	struct remote_certificate *certificate;  // during the handshake
	bool refused;                            // by our own check
	char *reason;
};

static bool
is_address(const char *host)
{
	unsigned char bytes[16];
	return inet_pton(AF_INET, host, bytes) == 1 || strchr(host, ':');
}

// --- the certificate in words -------------------------------------------------

static char *
filtered(const char *data, size_t len)
{
	struct buf out = { 0 };
	utf8_filter_line(&out, data, len);
	buf_reserve(&out, 1);
	return out.data ? buf_take(&out) : str_dup("");
}

static char *
day(time_t when)
{
	struct tm tm;
	char text[32] = "?";
	if (gmtime_r(&when, &tm))
		(void)strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	return str_dup(text);
}

static char *
name_of(gnutls_x509_crt_t crt, int (*get)(gnutls_x509_crt_t, gnutls_datum_t *, unsigned))
{
	gnutls_datum_t dn = { 0 };
	if (get(crt, &dn, 0) != 0)
		return str_dup("");
	char *text = filtered((const char *)dn.data, dn.size);
	gnutls_free(dn.data);
	return text;
}

// The hosts that it was made for, to be shown beside the one that was meant.
static char *
hosts_of(gnutls_x509_crt_t crt)
{
	struct buf out = { 0 };
	char name[TLS_NAME_BYTES];
	for (unsigned i = 0; i < TLS_NAMES_SHOWN; i++) {
		size_t size = sizeof(name);
		int type = gnutls_x509_crt_get_subject_alt_name(crt, i, name, &size, NULL);
		if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		if (type != GNUTLS_SAN_DNSNAME)
			continue;
		if (out.len)
			buf_str(&out, ", ");
		utf8_filter_line(&out, name, size);
	}
	size_t size = sizeof(name);
	if (!out.len && gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME,
			0, 0, name, &size) == 0)
		utf8_filter_line(&out, name, size);
	if (!out.len)
		buf_str(&out, "no host");
	return buf_take(&out);
}

static char *
fingerprint_of(gnutls_x509_crt_t crt)
{
	unsigned char id[TLS_KEY_ID];
	size_t size = sizeof(id);
	if (gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, id, &size) != 0 ||
	    size != sizeof(id))
		return NULL;
	struct buf out = { 0 };
	buf_str(&out, "sha256:");
	for (size_t i = 0; i < size; i++)
		buf_printf(&out, "%02x", id[i]);
	return buf_take(&out);
}

static char *
reason_of(gnutls_x509_crt_t crt, unsigned status, const char *host)
{
	if (status & GNUTLS_CERT_UNEXPECTED_OWNER) {
		char *hosts = hosts_of(crt);
		char *text = str_printf("is for %s, not for %s", hosts, host);
		free(hosts);
		return text;
	}
	if (status & (GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED)) {
		bool expired = status & GNUTLS_CERT_EXPIRED;
		char *when = day(expired ? gnutls_x509_crt_get_expiration_time(crt) :
			gnutls_x509_crt_get_activation_time(crt));
		char *text = str_printf(expired ? "expired on %s" :
			"is valid only from %s on", when);
		free(when);
		return text;
	}
	if (status & GNUTLS_CERT_REVOKED)
		return str_dup("was revoked by those who issued it");
	if (status & GNUTLS_CERT_INSECURE_ALGORITHM)
		return str_dup("is signed in a way or has a key too weak to be trusted");
	if (status & GNUTLS_CERT_SIGNER_NOT_FOUND) {
		if (gnutls_x509_crt_check_issuer(crt, crt))
			return str_dup("is signed by nobody but itself");
		char *issuer = name_of(crt, gnutls_x509_crt_get_issuer_dn3);
		char *text = str_printf("is signed by %s, whom this machine does not know",
			issuer[0] ? issuer : "somebody");
		free(issuer);
		return text;
	}
	gnutls_datum_t print = { 0 };
	if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509,
			&print, 0) != 0)
		return str_dup("does not hold");
	char *text = filtered((const char *)print.data, print.size);
	gnutls_free(print.data);
	return text;
}

static void
certificate_fill(struct remote_certificate *c, gnutls_x509_crt_t crt,
	const char *host, const char *reason, const char *fingerprint)
{
	remote_certificate_done(c);
	*c = (struct remote_certificate){
		.host = str_dup(host),
		.subject = name_of(crt, gnutls_x509_crt_get_dn3),
		.issuer = name_of(crt, gnutls_x509_crt_get_issuer_dn3),
		.not_before = gnutls_x509_crt_get_activation_time(crt),
		.not_after = gnutls_x509_crt_get_expiration_time(crt),
		.fingerprint = str_dup(fingerprint),
		.reason = str_dup(reason),
	};
}

// --- the check inside the handshake ---------------------------------------------

static bool
pin_holds(const struct tls *t, const char *fingerprint)
{
	return t->settings->tls_pin && fingerprint &&
		str_equal_nocase(t->settings->tls_pin, fingerprint);
}

static int
tls_verify(gnutls_session_t session)
{
	struct tls *t = gnutls_session_get_ptr(session);
	const char *host = t->settings->host;
	unsigned status = 0, n = 0;
	int failed = gnutls_certificate_verify_peers3(session, host, &status);
	if (failed == 0 && status == 0)
		return 0;
	const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &n);
	gnutls_x509_crt_t crt;
	t->refused = true;
	if (!chain || n == 0 || gnutls_x509_crt_init(&crt) != 0) {
		t->reason = str_dup("is missing");
		return GNUTLS_E_CERTIFICATE_ERROR;
	}
	if (gnutls_x509_crt_import(crt, &chain[0], GNUTLS_X509_FMT_DER) == 0) {
		char *fingerprint = fingerprint_of(crt);
		if (pin_holds(t, fingerprint)) {
			t->refused = false;
		} else {
			t->reason = failed ? str_dup("cannot be understood") :
				reason_of(crt, status, host);
			if (t->certificate)
				certificate_fill(t->certificate, crt, host, t->reason,
					fingerprint);
		}
		free(fingerprint);
	} else {
		t->reason = str_dup("cannot be understood");
	}
	gnutls_x509_crt_deinit(crt);
	return t->refused ? GNUTLS_E_CERTIFICATE_ERROR : 0;
}

static bool
tls_trust(struct tls *t, struct error *err)
{
	const char *file = t->settings->tls_ca;
	int n = file ? gnutls_certificate_set_x509_trust_file(t->credentials, file,
			GNUTLS_X509_FMT_PEM) :
		gnutls_certificate_set_x509_system_trust(t->credentials);
	if (n > 0)
		return true;
	if (file)
		return error_set(err, ERROR_INPUT, "%s (tls-ca) holds no certificate%s%s",
			file, n < 0 ? ": " : "", n < 0 ? gnutls_strerror(n) : "");
	// Without any trusted authority every check fails and says so.
	return true;
}

bool
tls_new(struct tls **tls_r, int fd, const struct remote_settings *settings,
	struct error *err)
{
	struct tls *t = mem_new(struct tls);
	t->settings = settings;
	int rc = gnutls_certificate_allocate_credentials(&t->credentials);
	if (rc == 0)
		rc = gnutls_init(&t->session,
			GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
	if (rc == 0)
		rc = gnutls_priority_set_direct(t->session, TLS_PRIORITY, NULL);
	if (rc == 0)
		rc = gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE,
			t->credentials);
	if (rc == 0 && !is_address(settings->host))
		rc = gnutls_server_name_set(t->session, GNUTLS_NAME_DNS, settings->host,
			strlen(settings->host));
	bool ok = rc == 0 ? tls_trust(t, err) :
		error_set(err, ERROR_OFFLINE, "cannot prepare TLS: %s",
			gnutls_strerror(rc));
	if (!ok) {
		tls_free(&t);
		return false;
	}
	gnutls_certificate_set_verify_function(t->credentials, tls_verify);
	gnutls_session_set_ptr(t->session, t);
	gnutls_transport_set_int(t->session, fd);
	*tls_r = t;
	return true;
}

void
tls_free(struct tls **tls)
{
	struct tls *t = *tls;
	if (!t)
		return;
	if (t->session)
		gnutls_deinit(t->session);
	if (t->credentials)
		gnutls_certificate_free_credentials(t->credentials);
	free(t->reason);
	free(t);
	*tls = NULL;
}

// --- moving bytes -------------------------------------------------------------------

static int
tls_wants(const struct tls *t)
{
	return gnutls_record_get_direction(t->session) ? TLS_WANTS_WRITE :
		TLS_WANTS_READ;
}

static void
tls_explain(const struct tls *t, int rc, struct error *err)
{
	const char *peer = remote_peer(t->settings);
	if (rc == GNUTLS_E_FATAL_ALERT_RECEIVED)
		error_set(err, ERROR_OFFLINE, "%s ended TLS: %s", peer,
			str_or_empty(gnutls_alert_get_name(gnutls_alert_get(t->session))));
	else if (rc == GNUTLS_E_UNSUPPORTED_VERSION_PACKET)
		error_set(err, ERROR_OFFLINE,
			"%s speaks only versions of TLS that are no longer safe", peer);
	else if (rc == GNUTLS_E_UNEXPECTED_PACKET_LENGTH ||
		 rc == GNUTLS_E_UNEXPECTED_PACKET || rc == GNUTLS_E_RECORD_OVERFLOW)
		error_set(err, ERROR_OFFLINE, "%s does not speak TLS on port %u", peer,
			t->settings->port);
	else
		error_set(err, ERROR_OFFLINE, "TLS with %s failed: %s", peer,
			gnutls_strerror(rc));
}

// A warning or a request to begin anew is passed over, the rest sorted.
static bool
tls_may_go_on(struct tls *t, int rc)
{
	if (rc == GNUTLS_E_REHANDSHAKE) {
		gnutls_alert_send(t->session, GNUTLS_AL_WARNING,
			GNUTLS_A_NO_RENEGOTIATION);
		return true;
	}
	return rc == GNUTLS_E_INTERRUPTED || rc == GNUTLS_E_WARNING_ALERT_RECEIVED;
}

int
tls_handshake(struct tls *t, struct remote_certificate *certificate_r,
	struct error *err)
{
	t->certificate = certificate_r;
	int rc;
	do {
		rc = gnutls_handshake(t->session);
	} while (rc < 0 && tls_may_go_on(t, rc));
	t->certificate = NULL;
	if (rc == 0)
		return 0;
	if (rc == GNUTLS_E_AGAIN)
		return tls_wants(t);
	if (t->refused) {
		gnutls_alert_send(t->session, GNUTLS_AL_FATAL, GNUTLS_A_BAD_CERTIFICATE);
		error_set(err, ERROR_TRUST, "the certificate of %s %s", t->settings->host,
			t->reason);
	} else if (rc == GNUTLS_E_PREMATURE_TERMINATION ||
		   rc == GNUTLS_E_PULL_ERROR || rc == GNUTLS_E_PUSH_ERROR) {
		error_set(err, ERROR_OFFLINE,
			"%s ended the connection while TLS began",
			remote_peer(t->settings));
	} else {
		tls_explain(t, rc, err);
	}
	return TLS_FAILED;
}

static ssize_t
tls_sort(struct tls *t, ssize_t rc, struct error *err)
{
	switch (rc) {
	case GNUTLS_E_AGAIN:
		return tls_wants(t);
	case GNUTLS_E_PREMATURE_TERMINATION:
	case GNUTLS_E_PULL_ERROR:
	case GNUTLS_E_PUSH_ERROR:
		return TLS_CUT;
	default:
		tls_explain(t, (int)rc, err);
		return TLS_FAILED;
	}
}

ssize_t
tls_read(struct tls *t, void *data, size_t len, struct error *err)
{
	ssize_t rc;
	do {
		rc = gnutls_record_recv(t->session, data, len);
	} while (rc < 0 && tls_may_go_on(t, (int)rc));
	if (rc > 0)
		return rc;
	return rc == 0 ? TLS_ENDED : tls_sort(t, rc, err);
}

ssize_t
tls_write(struct tls *t, const void *data, size_t len, struct error *err)
{
	ssize_t rc;
	do {
		rc = gnutls_record_send(t->session, data, len);
	} while (rc == GNUTLS_E_INTERRUPTED);
	return rc > 0 ? rc : tls_sort(t, rc, err);
}

void
tls_bye(struct tls *t)
{
	(void)gnutls_bye(t->session, GNUTLS_SHUT_WR);
}

char *
tls_host_name(const char *host)
{
	gnutls_datum_t mapped = { 0 };
	bool ascii = true;
	for (const char *at = host; *at; at++)
		ascii = ascii && (unsigned char)*at < 0x80;
	if (ascii)
		return str_dup(host);
	if (gnutls_idna_map(host, (unsigned)strlen(host), &mapped, 0) != 0)
		return NULL;
	char *name = str_ndup((const char *)mapped.data, mapped.size);
	gnutls_free(mapped.data);
	return name;
}

bool
tls_binding(struct tls *t, bool exporter, struct buf *out)
{
	bool old = gnutls_protocol_get_version(t->session) <= GNUTLS_TLS1_2;
	if (old == exporter)
		return false;
	// tls-unique without the extended master secret binds nothing (RFC 7627).
	if (old && !gnutls_session_ext_master_secret_status(t->session))
		return false;
	gnutls_datum_t binding = { 0 }, text = { 0 };
	if (gnutls_session_channel_binding(t->session, exporter ?
			GNUTLS_CB_TLS_EXPORTER : GNUTLS_CB_TLS_UNIQUE, &binding) != 0)
		return false;
	bool ok = gnutls_base64_encode2(&binding, &text) == 0;
	if (ok)
		buf_add(out, text.data, text.size);
	gnutls_free(text.data);
	gnutls_free(binding.data);
	return ok;
}
