// SPDX-License-Identifier: GPL-3.0-or-later
// Protocol lines out of a stream of bytes, each found once however it was split
// on its way, and none longer than it may be.
#include "config.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "remote/line.h"
#include "remote/private.h"
#include "remote/stream.h"

#define LINE_TIDY (64 * 1024) // read bytes are moved away past this many

struct line {
	struct stream *stream;
	const struct remote_settings *settings;
	struct buf in;
	size_t at;       // in `in`: what lies before was read
	size_t scanned;  // behind `at`: bytes known to hold no line end
	size_t hole;     // where a lent line's end was overwritten with NUL, + 1
	char hole_was;
	struct error failed;
};

static struct line *
line_new(struct stream *s, const struct remote_settings *settings)
{
	struct line *l = mem_new(struct line);
	l->stream = s;
	l->settings = settings;
	return l;
}

bool
line_open(struct line **line_r, const struct remote_settings *settings,
	struct cancel *cancel, struct remote_certificate *certificate_r,
	struct error *err)
{
	struct stream *s;
	if (!stream_open(&s, settings, cancel, certificate_r, err))
		return false;
	*line_r = line_new(s, settings);
	return true;
}

struct line *
line_from_fd(int fd, const struct remote_settings *settings, struct cancel *cancel)
{
	return line_new(stream_from_fd(fd, settings, cancel), settings);
}

void
line_close(struct line **line)
{
	struct line *l = *line;
	if (!l)
		return;
	stream_close(&l->stream);
	buf_done(&l->in);
	free(l);
	*line = NULL;
}

struct stream *
line_stream(struct line *l)
{
	return l->stream;
}

// --- reading ----------------------------------------------------------------

// Ends the loan of the line before.
static void
line_return(struct line *l)
{
	if (l->hole) {
		l->in.data[l->hole - 1] = l->hole_was;
		l->hole = 0;
	}
	if (l->at == l->in.len) {
		buf_clear(&l->in);
		l->at = 0;
	} else if (l->at > LINE_TIDY) {
		buf_drop(&l->in, l->at);
		l->at = 0;
	}
}

static bool
line_more(struct line *l, struct error *err)
{
	if (l->failed.kind) {
		if (err)
			*err = l->failed;
		return false;
	}
	return stream_flush(l->stream, err) && stream_read(l->stream, &l->in, err);
}

static bool
line_lend(struct line *l, size_t len, size_t used, const char **text_r, size_t *len_r)
{
	*text_r = l->in.data + l->at;
	*len_r = len;
	l->hole = l->at + len + 1;
	l->hole_was = l->in.data[l->at + len];
	l->in.data[l->at + len] = '\0';
	l->at += used;
	l->scanned = 0;
	return true;
}

bool
line_read(struct line *l, size_t max, const char **text_r, size_t *len_r,
	struct error *err)
{
	if (max == 0 || max > LINE_BYTES_MAX)
		max = LINE_BYTES_MAX;
	line_return(l);
	if (l->failed.kind)
		return line_more(l, err);
	for (;;) {
		size_t have = l->in.len - l->at;
		const char *from = have ? l->in.data + l->at : NULL;
		const char *end = have > l->scanned ?
			memchr(from + l->scanned, '\n', have - l->scanned) : NULL;
		size_t len = end ? (size_t)(end - from) : have;
		if (len > max + 1) {
			error_set(&l->failed, ERROR_OFFLINE,
				"%s sent a line longer than %zu bytes",
				l->settings->host ? remote_peer(l->settings) : "the server", max);
			return line_more(l, err);
		}
		if (end) {
			size_t used = len + 1;
			if (len > 0 && from[len - 1] == '\r')
				len--;
			return line_lend(l, len, used, text_r, len_r);
		}
		l->scanned = have;
		if (!line_more(l, err))
			return false;
	}
}

bool
line_read_bytes(struct line *l, size_t max, const char **bytes_r, size_t *len_r,
	struct error *err)
{
	line_return(l);
	if ((l->failed.kind || l->at == l->in.len) && !line_more(l, err))
		return false;
	size_t len = l->in.len - l->at;
	if (len > max)
		len = max;
	return line_lend(l, len, len, bytes_r, len_r);
}

void
line_unread(struct line *l, size_t n)
{
	assert(l->hole > 0 && n <= l->at);
	l->at -= n;
}

bool
line_buffered(const struct line *l)
{
	return l->at < l->in.len;
}

bool
line_wait(struct line *l, int timeout_ms, const struct cancel *wake,
	enum line_event *event_r, struct error *err)
{
	static const enum line_event events[] = {
		[STREAM_READY] = LINE_READY,
		[STREAM_WOKEN] = LINE_WOKEN,
		[STREAM_TIMEOUT] = LINE_TIMEOUT,
	};
	if (l->failed.kind)
		return line_more(l, err);
	if (line_buffered(l)) {
		*event_r = LINE_READY;
		return stream_flush(l->stream, err);
	}
	enum stream_event event;
	if (!stream_wait(l->stream, timeout_ms, wake, &event, err))
		return false;
	*event_r = events[event];
	return true;
}

// --- writing --------------------------------------------------------------------

void
line_put(struct line *l, const void *data, size_t len)
{
	stream_write(l->stream, data, len, false);
}

void
line_put_str(struct line *l, const char *s)
{
	line_put(l, s, strlen(s));
}

void
line_printf(struct line *l, const char *format, ...)
{
	struct buf text = { 0 };
	va_list ap;
	va_start(ap, format);
	buf_vprintf(&text, format, ap);
	va_end(ap);
	line_put(l, text.data, text.len);
	buf_done(&text);
}

void
line_put_secret(struct line *l, const void *data, size_t len)
{
	stream_write(l->stream, data, len, true);
}

bool
line_flush(struct line *l, struct error *err)
{
	return stream_flush(l->stream, err);
}

void
line_last_words(struct line *l, const char *s)
{
	stream_last_words(l->stream);
	line_put_str(l, s);
	(void)line_flush(l, NULL);
}

// --- the rest ---------------------------------------------------------------------

bool
line_start_tls(struct line *l, struct remote_certificate *certificate_r,
	struct error *err)
{
	line_return(l);
	if (line_buffered(l) && !l->failed.kind) {
		error_set(&l->failed, ERROR_OFFLINE,
			"%s, or somebody in between, sent something in clear after it "
			"agreed to TLS", l->settings->host ? remote_peer(l->settings) : "the server");
		return line_more(l, err);
	}
	return stream_start_tls(l->stream, certificate_r, err);
}

void
line_start_deflate(struct line *l)
{
	line_return(l);
	stream_start_deflate(l->stream, l->in.data ? l->in.data + l->at : NULL,
		l->in.len - l->at);
	buf_clear(&l->in);
	l->at = l->scanned = 0;
}

struct remote_counters
line_counters(const struct line *l)
{
	return stream_counters(l->stream);
}
