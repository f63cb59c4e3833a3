// SPDX-License-Identifier: GPL-3.0-or-later
// Every wait for the network is one poll of the socket, the cancel and a deadline:
// nothing above this file can hang, and nothing below it decides when to stop.
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "loop/cancel.h"
#include "remote/deflate.h"
#include "remote/dial.h"
#include "remote/foreign.h"
#include "remote/private.h"
#include "remote/stream.h"
#include "remote/tls.h"
#include "remote/transcript.h"

struct stream {
	int fd;
	const struct remote_settings *settings;  // lent
	struct cancel *cancel;                   // lent
	struct tls *tls;                         // NULL in clear
	struct deflate *deflate;                 // NULL: as it is
	struct buf packed;                       // what it made of the last write
	mailstream *mail;                        // the buffers, over low_driver
	struct error failed;                     // once set, for good
	bool try_only;                           // a read must not wait
	bool would_wait;                         // ... and would have had to
	bool never_wait;
	struct remote_counters counters;
	bool asked;                              // wrote since the last read
	struct transcript *transcript;           // NULL: none
};

// --- waiting ------------------------------------------------------------------------

static int
stream_timeout(const struct stream *s)
{
	return s->settings->timeout_ms > 0 ? s->settings->timeout_ms :
		STREAM_TIMEOUT_MS;
}

static bool
stream_cancelled(struct stream *s)
{
	if (!cancel_is_set(s->cancel))
		return false;
	error_set(&s->failed, ERROR_CANCELLED, "cancelled");
	return true;
}

enum polled { POLLED_READY, POLLED_WOKEN, POLLED_TIMEOUT, POLLED_FAILED };

// deadline: of when_boot_ms, so that the time of a suspend counts.
static enum polled
stream_poll(struct stream *s, short events, int64_t deadline,
	const struct cancel *wake)
{
	for (;;) {
		struct pollfd polls[] = {
			{ .fd = s->fd, .events = events },
			{ .fd = cancel_fd(s->cancel), .events = POLLIN },
			{ .fd = cancel_fd(wake), .events = POLLIN },
		};
		int64_t left = deadline == WHEN_NEVER ? -1 : deadline - when_boot_ms();
		if (left < 0 && deadline != WHEN_NEVER)
			left = 0;
		if (left > INT32_MAX)
			left = INT32_MAX;
		int n = poll(polls, 3, (int)left);
		if (stream_cancelled(s))
			return POLLED_FAILED;
		if (n < 0 && errno != EINTR) {
			error_errno(&s->failed, ERROR_OFFLINE, "cannot wait for %s",
				remote_peer(s->settings));
			return POLLED_FAILED;
		}
		if (polls[0].revents && n > 0)
			return POLLED_READY;
		if (cancel_is_set(wake))
			return POLLED_WOKEN;
		if (n == 0 && left == 0)
			return POLLED_TIMEOUT;
	}
}

// For a read or write that could not go on. False when it must end.
static bool
stream_block(struct stream *s, short events)
{
	if (s->try_only && events == POLLIN) {
		s->would_wait = true;
		return false;
	}
	if (s->never_wait) {
		error_set(&s->failed, ERROR_OFFLINE, "no time to wait");
		return false;
	}
	int timeout = stream_timeout(s);
	switch (stream_poll(s, events, when_boot_ms() + timeout, NULL)) {
	case POLLED_READY:
		return true;
	case POLLED_TIMEOUT:
		error_set(&s->failed, ERROR_OFFLINE, "%s did not answer for %d s",
			remote_peer(s->settings), (timeout + 999) / 1000);
		s->failed.waited = true;
		return false;
	default:
		return false;
	}
}

// --- the low driver -----------------------------------------------------------------

static ssize_t
stream_failed(struct stream *s, const char *what)
{
	if (!s->failed.kind)
		error_set(&s->failed, ERROR_OFFLINE, "%s %s",
			remote_peer(s->settings), what);
	return -1;
}

// One attempt: bytes, a TLS_WANTS_..., TLS_ENDED or TLS_CUT or TLS_FAILED.
static ssize_t
raw_read(struct stream *s, void *data, size_t len)
{
	if (s->tls)
		return tls_read(s->tls, data, len, &s->failed);
	ssize_t n = recv(s->fd, data, len, MSG_DONTWAIT);
	if (n > 0)
		return n;
	if (n == 0)
		return TLS_ENDED;
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return TLS_WANTS_READ;
	return TLS_CUT;
}

static ssize_t
raw_write(struct stream *s, const void *data, size_t len)
{
	if (s->tls)
		return tls_write(s->tls, data, len, &s->failed);
	ssize_t n = send(s->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n > 0)
		return n;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return TLS_WANTS_WRITE;
	return TLS_CUT;
}

static ssize_t
stream_move(struct stream *s, ssize_t n)
{
	switch (n) {
	case TLS_WANTS_READ:
		return stream_block(s, POLLIN) ? 0 : -1;
	case TLS_WANTS_WRITE:
		return stream_block(s, POLLOUT) ? 0 : -1;
	case TLS_ENDED:
		return stream_failed(s, "ended the connection");
	case TLS_CUT:
		return stream_failed(s, "is gone: the connection was cut");
	case TLS_FAILED:
		return stream_failed(s, "broke TLS");
	default:
		return n;
	}
}

// What happened to a turn: the first wait or byte after something was written.
static void
stream_turn(struct stream *s)
{
	if (s->asked)
		s->counters.turns++;
	s->asked = false;
}

// At least one byte of the wire, or -1.
static ssize_t
wire_bytes(struct stream *s, void *data, size_t len)
{
	for (;;) {
		// The read goes first: bytes that TLS has decrypted are in no socket.
		ssize_t n = raw_read(s, data, len);
		if (n == TLS_WANTS_READ && !s->try_only)
			stream_turn(s);
		n = stream_move(s, n);
		if (n < 0)
			return -1;
		if (n == 0)
			continue;
		stream_turn(s);
		s->counters.received += (uint64_t)n;
		return n;
	}
}

static ssize_t
expanded_bytes(struct stream *s, void *data, size_t len)
{
	char wire[STREAM_BUFFER];
	struct error why = { 0 };
	for (;;) {
		// Here too what was read already goes before the wire.
		ptrdiff_t n = deflate_expand(s->deflate, data, len, &why);
		if (n > 0)
			return n;
		if (n < 0)
			return stream_failed(s, why.text);
		ssize_t got = wire_bytes(s, wire, sizeof(wire));
		if (got < 0)
			return -1;
		deflate_feed(s->deflate, wire, (size_t)got);
	}
}

static ssize_t
low_read(mailstream_low *low, void *data, size_t len)
{
	struct stream *s = low->data;
	if (s->failed.kind || stream_cancelled(s))
		return -1;
	ssize_t n = s->deflate ? expanded_bytes(s, data, len) :
		wire_bytes(s, data, len);
	if (n < 0)
		return -1;
	s->counters.heard += (uint64_t)n;
	transcript_add(s->transcript, 'S', data, (size_t)n);
	return n;
}

static ssize_t
wire_write(struct stream *s, const void *data, size_t len)
{
	for (;;) {
		ssize_t n = stream_move(s, raw_write(s, data, len));
		if (n < 0)
			return -1;
		if (n == 0)
			continue;
		s->counters.sent += (uint64_t)n;
		s->asked = true;
		return n;
	}
}

// Half a compressed piece is of no use to anybody: all of it goes.
static ssize_t
packed_write(struct stream *s, const void *data, size_t len)
{
	buf_clear(&s->packed);
	deflate_compress(s->deflate, data, len, &s->packed);
	deflate_asked(s->deflate);
	for (size_t at = 0; at < s->packed.len;) {
		ssize_t n = wire_write(s, s->packed.data + at, s->packed.len - at);
		if (n < 0)
			return -1;
		at += (size_t)n;
	}
	return (ssize_t)len;
}

static ssize_t
low_write(mailstream_low *low, const void *data, size_t len)
{
	struct stream *s = low->data;
	if (s->failed.kind || stream_cancelled(s))
		return -1;
	ssize_t n = s->deflate ? packed_write(s, data, len) :
		wire_write(s, data, len);
	if (n > 0)
		s->counters.said += (uint64_t)n;
	return n;
}

static int
low_close(mailstream_low *low)
{
	(void)low; // the descriptor is the stream's
	return 0;
}

static int
low_get_fd(mailstream_low *low)
{
	return ((struct stream *)low->data)->fd;
}

static void
low_free(mailstream_low *low)
{
	free(low);
}

static void
low_cancel(mailstream_low *low)
{
	(void)low; // by struct cancel alone
}

static mailstream_low_driver low_driver = {
	.mailstream_read = low_read,
	.mailstream_write = low_write,
	.mailstream_close = low_close,
	.mailstream_get_fd = low_get_fd,
	.mailstream_free = low_free,
	.mailstream_cancel = low_cancel,
};

// --- opening and closing ----------------------------------------------------------

struct stream *
stream_from_fd(int fd, const struct remote_settings *settings, struct cancel *cancel)
{
	struct stream *s = mem_new(struct stream);
	s->fd = fd;
	s->settings = settings;
	s->cancel = cancel;
	s->transcript = transcript_open(settings->transcript);
	mailstream_low *low = mailstream_low_new(s, &low_driver);
	s->mail = low ? mailstream_new(low, STREAM_BUFFER) : NULL;
	if (!s->mail)
		abort(); // no memory, as everywhere
	return s;
}

static bool
stream_handshake(struct stream *s, struct remote_certificate *certificate_r,
	struct error *err)
{
	if (!tls_new(&s->tls, s->fd, s->settings, &s->failed))
		goto failed;
	for (;;) {
		int rc = tls_handshake(s->tls, certificate_r, &s->failed);
		if (rc == 0)
			return true;
		if (rc == TLS_FAILED || stream_cancelled(s))
			break;
		if (!stream_block(s, rc == TLS_WANTS_READ ? POLLIN : POLLOUT))
			break;
	}
failed:
	if (err)
		*err = s->failed;
	return false;
}

bool
stream_open(struct stream **stream_r, const struct remote_settings *settings,
	struct cancel *cancel, struct remote_certificate *certificate_r,
	struct error *err)
{
	if (str_empty(settings->host))
		return error_set(err, ERROR_INPUT, "no server is named");
	int timeout = settings->timeout_ms > 0 ? settings->timeout_ms :
		STREAM_TIMEOUT_MS;
	char *name = tls_host_name(settings->host);
	if (!name)
		return error_set(err, ERROR_INPUT, "%s is no name of a server",
			settings->host);
	int fd = dial(name, remote_peer(settings), settings->port,
		settings->tls == REMOTE_TLS_OFF, timeout, cancel, err);
	free(name);
	if (fd < 0)
		return false;
	struct stream *s = stream_from_fd(fd, settings, cancel);
	if (settings->tls == REMOTE_TLS_IMPLICIT &&
	    !stream_handshake(s, certificate_r, err)) {
		stream_close(&s);
		return false;
	}
	*stream_r = s;
	return true;
}

void
stream_close(struct stream **stream)
{
	struct stream *s = *stream;
	if (!s)
		return;
	if (s->tls && !s->failed.kind)
		tls_bye(s->tls);
	mailstream_close(s->mail);
	tls_free(&s->tls);
	if (s->fd >= 0)
		close(s->fd);
	transcript_close(&s->transcript);
	deflate_free(&s->deflate);
	buf_done(&s->packed);
	free(s);
	*stream = NULL;
}

bool
stream_start_tls(struct stream *s, struct remote_certificate *certificate_r,
	struct error *err)
{
	if (s->mail->read_buffer_len > 0 && !s->failed.kind)
		error_set(&s->failed, ERROR_OFFLINE,
			"%s, or somebody in between, sent something in clear after it "
			"agreed to TLS", remote_peer(s->settings));
	if (s->failed.kind || mailstream_flush(s->mail) < 0) {
		if (err)
			*err = s->failed;
		return false;
	}
	return stream_handshake(s, certificate_r, err);
}

void
stream_start_deflate(struct stream *s, const void *early, size_t len)
{
	// An answer may be here before its question went.
	(void)stream_flush(s, NULL);
	s->deflate = deflate_new();
	if (len > 0)
		deflate_feed(s->deflate, early, len);
	// What was read but not taken yet goes the same way.
	len = s->mail->read_buffer_len;
	if (len > 0)
		deflate_feed(s->deflate, s->mail->read_buffer, len);
	s->mail->read_buffer_len = 0;
}

// --- bytes -----------------------------------------------------------------------------

static bool
stream_fail(struct stream *s, struct error *err)
{
	if (!s->failed.kind)
		error_set(&s->failed, ERROR_OFFLINE, "%s is gone",
			remote_peer(s->settings));
	if (err)
		*err = s->failed;
	return false;
}

bool
stream_read(struct stream *s, struct buf *in, struct error *err)
{
	if (s->mail->read_buffer_len == 0 &&
	    mailstream_feed_read_buffer(s->mail) <= 0)
		return stream_fail(s, err);
	size_t have = s->mail->read_buffer_len;
	buf_reserve(in, have);
	if (mailstream_read(s->mail, in->data + in->len, have) != (ssize_t)have)
		return stream_fail(s, err);
	in->len += have;
	in->data[in->len] = '\0';
	return true;
}

void
stream_write(struct stream *s, const void *data, size_t len, bool secret)
{
	static const char blank[] = "<secret>";
	if (s->failed.kind || len == 0)
		return;
	transcript_add(s->transcript, 'C', secret ? blank : data,
		secret ? sizeof(blank) - 1 : len);
	if (mailstream_write(s->mail, data, len) != (ssize_t)len)
		stream_fail(s, NULL);
}

bool
stream_flush(struct stream *s, struct error *err)
{
	if (s->failed.kind || mailstream_flush(s->mail) < 0)
		return stream_fail(s, err);
	return true;
}

void
stream_last_words(struct stream *s)
{
	s->never_wait = true;
}

// Tries to get bytes without a wait: 1 some, 0 none yet, -1 failed.
static int
stream_try(struct stream *s)
{
	if (s->mail->read_buffer_len > 0)
		return 1;
	s->try_only = true;
	s->would_wait = false;
	ssize_t n = mailstream_feed_read_buffer(s->mail);
	s->try_only = false;
	if (n > 0)
		return 1;
	return s->would_wait && !s->failed.kind ? 0 : -1;
}

bool
stream_wait(struct stream *s, int timeout_ms, const struct cancel *wake,
	enum stream_event *event_r, struct error *err)
{
	int64_t deadline = timeout_ms < 0 ? WHEN_NEVER : when_boot_ms() + timeout_ms;
	if (!stream_flush(s, err))
		return false;
	for (;;) {
		// A readable socket may hold only a ticket of TLS: what counts is
		// whether a read gives bytes.
		int tried = stream_try(s);
		if (tried < 0)
			return stream_fail(s, err);
		*event_r = STREAM_READY;
		if (tried > 0)
			return true;
		switch (stream_poll(s, POLLIN, deadline, wake)) {
		case POLLED_READY:
			break;
		case POLLED_WOKEN:
			*event_r = STREAM_WOKEN;
			return true;
		case POLLED_TIMEOUT:
			*event_r = STREAM_TIMEOUT;
			return true;
		default:
			return stream_fail(s, err);
		}
	}
}

bool
stream_secure(const struct stream *s)
{
	return s->tls != NULL;
}

bool
stream_deflated(const struct stream *s)
{
	return s->deflate != NULL;
}

bool
stream_clear_allowed(const struct stream *s)
{
	// The dial let only a loopback address through.
	return !s->tls && s->settings->tls == REMOTE_TLS_OFF;
}

bool
stream_binding(const struct stream *s, enum stream_binding kind, struct buf *out)
{
	return s->tls && tls_binding(s->tls, kind == STREAM_TLS_EXPORTER, out);
}

struct remote_counters
stream_counters(const struct stream *s)
{
	return s->counters;
}
