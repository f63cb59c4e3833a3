// SPDX-License-Identifier: GPL-3.0-or-later
// One connection as bytes: libetpan's mailstream over a low driver of ours that
// knows deadlines, cancelling, TLS, DEFLATE, counters and the transcript.
#ifndef REMOTE_STREAM_H
#define REMOTE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct cancel;
struct error;
struct remote_certificate;
struct remote_counters;
struct remote_settings;
struct stream;

#define STREAM_TIMEOUT_MS 30000   // for each wait, when the settings have none
#define STREAM_BUFFER (16 * 1024)

// As line_open and line_from_fd, which are the way to use it.
bool stream_open(struct stream **s, const struct remote_settings *settings,
	struct cancel *cancel, struct remote_certificate *certificate_r,
	struct error *err);
struct stream *stream_from_fd(int fd, const struct remote_settings *settings,
	struct cancel *cancel);
void stream_close(struct stream **s);

// Waits for at least one byte and appends all that came to `in`.
bool stream_read(struct stream *s, struct buf *in, struct error *err);
bool stream_flush(struct stream *s, struct error *err);
// Buffered; a failure is kept and shows at the next flush or read.
void stream_write(struct stream *s, const void *data, size_t len, bool secret);

// From now on nothing waits: what cannot be sent at once is not sent.
void stream_last_words(struct stream *s);

enum stream_event { STREAM_READY, STREAM_WOKEN, STREAM_TIMEOUT };
bool stream_wait(struct stream *s, int timeout_ms, const struct cancel *wake,
	enum stream_event *event_r, struct error *err);

bool stream_start_tls(struct stream *s, struct remote_certificate *certificate_r,
	struct error *err);
bool stream_secure(const struct stream *s);
// True while the connection is in clear by the user's own word, to this machine.
bool stream_clear_allowed(const struct stream *s);
// The channel binding of this connection for SCRAM-PLUS, base64. False: none.
enum stream_binding { STREAM_TLS_UNIQUE, STREAM_TLS_EXPORTER };
bool stream_binding(const struct stream *s, enum stream_binding kind,
	struct buf *out);
// DEFLATE from here on, in both directions. `early`: bytes of the peer's that were
// read already and belong to it.
void stream_start_deflate(struct stream *s, const void *early, size_t len);
bool stream_deflated(const struct stream *s);
struct remote_counters stream_counters(const struct stream *s);

#endif
