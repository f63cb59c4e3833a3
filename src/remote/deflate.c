// SPDX-License-Identifier: GPL-3.0-or-later
// zlib both ways: what comes is expanded only as far as somebody reads it, so that
// a small answer that would be a large one costs no memory, and soon ends.
#include "config.h"

#include <stdlib.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "remote/deflate.h"

#define WINDOW_BITS (-15)        // no header: RFC 4978 section 3
#define MEMORY_LEVEL 8           // zlib's default
#define ROOM 1024                // of output at a time

struct deflate {
	z_stream out, in;
	struct buf fed;          // from the wire, not yet expanded
	uint64_t wire, expanded; // of this answer
	bool more;               // zlib holds output that had no room
	bool ended;
};

struct deflate *
deflate_new(void)
{
	struct deflate *d = mem_new(struct deflate);
	if (deflateInit2(&d->out, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_BITS,
			MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK ||
	    inflateInit2(&d->in, WINDOW_BITS) != Z_OK)
		abort(); // no memory, as everywhere
	return d;
}

void
deflate_free(struct deflate **deflate)
{
	struct deflate *d = *deflate;
	if (!d)
		return;
	(void)deflateEnd(&d->out);
	(void)inflateEnd(&d->in);
	buf_done(&d->fed);
	free(d);
	*deflate = NULL;
}

void
deflate_compress(struct deflate *d, const void *data, size_t len, struct buf *out)
{
	d->out.next_in = (Bytef *)(uintptr_t)data; // zlib 1.2 has no const there
	d->out.avail_in = (uInt)len;
	// A sync flush is over when it leaves room.
	do {
		buf_reserve(out, ROOM);
		d->out.next_out = (Bytef *)out->data + out->len;
		d->out.avail_out = ROOM;
		(void)deflate(&d->out, Z_SYNC_FLUSH);
		out->len += ROOM - d->out.avail_out;
	} while (d->out.avail_out == 0);
}

void
deflate_feed(struct deflate *d, const void *data, size_t len)
{
	buf_add(&d->fed, data, len);
	d->wire += len;
}

void
deflate_asked(struct deflate *d)
{
	d->wire = d->expanded = 0;
}

static bool
within_limit(const struct deflate *d)
{
	return d->expanded <= DEFLATE_FREE ||
		d->expanded - DEFLATE_FREE <= d->wire * DEFLATE_RATIO;
}

ptrdiff_t
deflate_expand(struct deflate *d, void *data, size_t max, struct error *err)
{
	// Nothing that we could read follows; more of it would only be piled up.
	if (d->ended)
		return error_set(err, ERROR_OFFLINE,
			"ended what it compresses in the middle"), -1;
	if (d->fed.len == 0 && !d->more)
		return 0;
	d->in.next_in = (Bytef *)d->fed.data;
	d->in.avail_in = (uInt)d->fed.len;
	d->in.next_out = data;
	d->in.avail_out = (uInt)max;
	int rc = inflate(&d->in, Z_SYNC_FLUSH);
	size_t got = max - d->in.avail_out;
	buf_drop(&d->fed, d->fed.len - d->in.avail_in);
	d->more = d->in.avail_out == 0;
	d->expanded += got;
	// Z_BUF_ERROR: it needs more than was fed.
	d->ended = rc == Z_STREAM_END;
	if (rc != Z_OK && rc != Z_BUF_ERROR && rc != Z_STREAM_END)
		return error_set(err, ERROR_OFFLINE,
			"compressed its answer in a way that cannot be undone"), -1;
	if (!within_limit(d))
		return error_set(err, ERROR_OFFLINE,
			"sent a little that expands to more than can be meant"), -1;
	return (ptrdiff_t)got;
}
