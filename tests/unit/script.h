// SPDX-License-Identifier: GPL-3.0-or-later
// A server in a thread that says what a test wrote down: for protocol tests that
// need answers which no real server gives.
#ifndef TESTS_UNIT_SCRIPT_H
#define TESTS_UNIT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct remote_settings;
struct script;
struct script_ca;

enum script_certificate {
	SCRIPT_GOOD,         // for localhost and 127.0.0.1
	SCRIPT_EXPIRED,
	SCRIPT_OTHER_HOST,   // for other.example
	SCRIPT_SELF_SIGNED,
	SCRIPT_NUL_NAME,     // localhost\0.attacker.example
	SCRIPT_WEAK,         // RSA of 1024 bits
};

struct script_options {
	struct script_ca *ca;          // NULL: no TLS
	bool tls;                      // TLS at once, else where the script says T:
	bool refused;                  // the first client refuses us and comes again
	enum script_certificate certificate;
	const char *priority;          // of GnuTLS, NULL: its default
};

// Makes an authority whose certificate lies in folder/ca.pem.
struct script_ca *script_ca_new(const char *folder);
void script_ca_free(struct script_ca **ca);

// Both for a group of tests: what *state points to from setup to teardown.
struct script_fixture {
	char *folder;
	struct script_ca *ca;
};
int script_setup(void **state);
int script_teardown(void **state);

// The script is lines; one connection is served:
//   S: text     sends text and CR LF
//   s: text     sends text alone; \r \n \0 \\ are understood in both
//   C: pattern  reads a line that must match: '*' is anything; $1..$9 is a word,
//               remembered where it stands first and expected after that
//   T:          begins TLS
//   Z: text     sends text and CR LF as they are, and DEFLATE (RFC 4978) both ways
//               behind them in the same piece
//   N:          drops this connection and serves another
//   X:          drops the connection without TLS's goodbye
//   W:          waits until the client is gone
// $1..$9 in S: and s: stand for what the client said. $64(text) is text in base64.
struct script *script_start(const struct script_options *o, const char *text);
// The same by a function that calls the verbs below.
struct script *script_start_play(const struct script_options *o,
	void (*play)(struct script *s, void *arg), void *arg);
// Joins the thread; the test fails when a line was not as expected or the
// client left before the end of the script.
void script_finish(struct script **s);
// The same, but for a client that rightly leaves in the middle.
void script_finish_early(struct script **s);

// Host, port, CA and TLS to reach it, user "ann", password "secret"; what the
// test does not need is changed after. remote_settings_done.
void script_settings(const struct script *s, const char *scheme,
	struct remote_settings *settings);

// For play functions: each false when the client is gone.
bool script_send(struct script *s, const void *data, size_t len);
bool script_line(struct script *s, const char *text);          // as S:
bool script_expect(struct script *s, const char *pattern);     // as C:
bool script_tls(struct script *s);                             // as T:
bool script_deflate(struct script *s, const char *text);       // as Z:
void script_wait(struct script *s);                            // as W:
// What $n holds, "" before.
const char *script_word(const struct script *s, int n);

#endif
