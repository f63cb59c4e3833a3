// SPDX-License-Identifier: GPL-3.0-or-later
// The door to GnuTLS: TLS 1.2 or newer over a non-blocking descriptor, with the
// chain, the host's name and a pin checked before a byte is trusted.
#ifndef REMOTE_TLS_H
#define REMOTE_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct buf;
struct error;
struct remote_certificate;
struct remote_settings;
struct tls;

// What a call gives beside a count of bytes.
enum tls_result {
	TLS_WANTS_READ = -1,   // poll for POLLIN and call again
	TLS_WANTS_WRITE = -2,  // poll for POLLOUT and call again
	TLS_ENDED = -3,        // the peer said goodbye
	TLS_CUT = -4,          // the connection ended without it: truncated
	TLS_FAILED = -5,       // *err says how
};

// fd and settings are lent.
bool tls_new(struct tls **t, int fd, const struct remote_settings *settings,
	struct error *err);
void tls_free(struct tls **t);
// 0 when done. On ERROR_TRUST fills *certificate_r (may be NULL).
int tls_handshake(struct tls *t, struct remote_certificate *certificate_r,
	struct error *err);
ssize_t tls_read(struct tls *t, void *data, size_t len, struct error *err);
ssize_t tls_write(struct tls *t, const void *data, size_t len, struct error *err);
// A host's name as DNS has it: "xn--..." for letters beyond ASCII (IDNA 2008).
// free(); NULL when it is no name.
char *tls_host_name(const char *host);
// Says goodbye without waiting for the answer.
void tls_bye(struct tls *t);
// Base64 of the tls-exporter (RFC 9266) or, up to TLS 1.2, tls-unique binding.
bool tls_binding(struct tls *t, bool exporter, struct buf *out);

#endif
