// SPDX-License-Identifier: GPL-3.0-or-later
// Proving who we are (SASL, RFC 4422) in steps that IMAP, POP3 and SMTP frame.
#ifndef REMOTE_AUTH_H
#define REMOTE_AUTH_H

#include <stdbool.h>
#include <stddef.h>

struct auth;
struct buf;
struct error;
struct remote_settings;
struct stream;

#define AUTH_CHALLENGE_MAX (16 * 1024) // base64 characters

// Chooses the strongest mechanism that the server offers (names with spaces
// between: "PLAIN SCRAM-SHA-256") and the settings can serve. service: "imap", "pop"
// or "smtp". Nothing that shows or lets guess the password is chosen on a
// connection in clear, but to this machine with `set tls off`. AUTH when there
// is no password, REFUSED when no offered mechanism can be used.
bool auth_begin(struct auth **a, const struct remote_settings *settings,
	const struct stream *stream, const char *service, const char *offered,
	struct error *err);
void auth_free(struct auth **a);
const char *auth_mechanism(const struct auth *a);
// True when the client speaks first: auth_step(a, NULL, ...) gives the initial
// response, to be sent with the command where the protocol can ("=" when it is empty),
// else as the answer to the server's first, empty challenge. Otherwise the
// command goes alone and the first challenge is answered.
bool auth_client_first(const struct auth *a);

// challenge: base64 as the server sent it, "" for an empty one, NULL for the
// initial response. Appends the answer in base64 (may be none: an empty line).
// False: give up - AUTH when the server did not prove itself or made no sense;
// send "*" to end the exchange.
bool auth_step(struct auth *a, const char *challenge, struct buf *answer,
	struct error *err);
// When the server said yes: false (AUTH) when a mechanism in which the server too
// has to prove that it knows the password ended without that.
bool auth_finish(struct auth *a, struct error *err);
// When the server said no: its words as an error of kind AUTH.
bool auth_refused(struct auth *a, const char *answer, struct error *err);

// True when the password may be sent as it is (USER/PASS, LOGIN) over this stream.
bool auth_may_show(const struct stream *stream);

#endif
