// SPDX-License-Identifier: GPL-3.0-or-later
// Lines and runs of bytes over a connection: what IMAP, POP3 and SMTP share.
#ifndef REMOTE_LINE_H
#define REMOTE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cancel;
struct error;
struct line;
struct remote_certificate;
struct remote_counters;
struct remote_settings;
struct stream;

#define LINE_BYTES_MAX (1024 * 1024) // no line of any protocol is longer

// Connects as the settings say, with TLS at once where they ask for it.
// settings and cancel are lent and must outlive the connection. Failures are
// of kind OFFLINE, TRUST (certificate_r filled; it may be NULL), INPUT, CANCELLED.
bool line_open(struct line **l, const struct remote_settings *settings,
	struct cancel *cancel, struct remote_certificate *certificate_r,
	struct error *err);
// Over a descriptor that is connected already, which it then owns: for tests.
struct line *line_from_fd(int fd, const struct remote_settings *settings,
	struct cancel *cancel);
// Drops the connection without a word of the protocol; never waits.
void line_close(struct line **l);
// For auth_begin and the state of TLS; lent.
struct stream *line_stream(struct line *l);

// After any failure below the connection is of no use: each further call fails
// with the same error.

// The next line without its CR LF (a lone LF ends one too), at most `max`
// bytes (0: LINE_BYTES_MAX), else OFFLINE. Lent, with a NUL behind it, until the
// next call that reads; it may itself hold NULs. Sends first what was put.
bool line_read(struct line *l, size_t max, const char **text_r, size_t *len_r,
	struct error *err);
// Between 1 and max bytes as they come, line ends too. Lent likewise.
bool line_read_bytes(struct line *l, size_t max, const char **bytes_r,
	size_t *len_r, struct error *err);
// Gives back the last `n` bytes of what line_read_bytes lent last, nothing read
// since: they are what the next call reads.
void line_unread(struct line *l, size_t n);
// True when bytes are here that can be read without a wait for the network.
bool line_buffered(const struct line *l);

// Put bytes into the write buffer, which goes out when it is full, at the next
// read and at line_flush. A failure shows there.
void line_put(struct line *l, const void *data, size_t len);
void line_put_str(struct line *l, const char *s);
void line_printf(struct line *l, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
// The same, blanked in the transcript.
void line_put_secret(struct line *l, const void *data, size_t len);
bool line_flush(struct line *l, struct error *err);
// Sends a goodbye if that needs no wait, before line_close.
void line_last_words(struct line *l, const char *s);

enum line_event { LINE_READY, LINE_WOKEN, LINE_TIMEOUT };
// Waits until bytes can be read, `wake` (may be NULL) is set, or timeout_ms
// (-1: for ever) passed. False when the connection ended or was cancelled.
bool line_wait(struct line *l, int timeout_ms, const struct cancel *wake,
	enum line_event *event_r, struct error *err);

// TLS from here on (STARTTLS, STLS), after the server's answer was read.
// OFFLINE when the server sent anything behind that answer: it could have come
// from anybody. The caller forgets what it learnt before and asks again.
bool line_start_tls(struct line *l, struct remote_certificate *certificate_r,
	struct error *err);

// DEFLATE from here on in both directions, after the server's answer was read:
// what it sent behind that is compressed already. What was put before it goes as
// it is.
void line_start_deflate(struct line *l);

struct remote_counters line_counters(const struct line *l);

#endif
