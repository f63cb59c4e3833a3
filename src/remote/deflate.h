// SPDX-License-Identifier: GPL-3.0-or-later
// DEFLATE on a connection (RFC 4978), both ways, in pieces of bounded size: the one
// door to zlib.
#ifndef REMOTE_DEFLATE_H
#define REMOTE_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct deflate;
struct error;

// What one answer may become: as much as this, and past it so many times the bytes
// on the wire. Mail is asked for in pieces of a megabyte, which stay far below.
#define DEFLATE_FREE (64 * 1024 * 1024)
#define DEFLATE_RATIO 100

struct deflate *deflate_new(void);
void deflate_free(struct deflate **d);

// Appends to `out` all that the other side needs to have these bytes at once.
void deflate_compress(struct deflate *d, const void *data, size_t len, struct buf *out);

// Bytes from the wire, taken whole.
void deflate_feed(struct deflate *d, const void *data, size_t len);
// At most `max` bytes of what was fed, 0 when more must be fed. -1 with *err
// (OFFLINE, its text to stand behind the host's name) when it makes no sense, has
// ended or would become too much.
ptrdiff_t deflate_expand(struct deflate *d, void *data, size_t max, struct error *err);
// A new question was put: its answer is counted from 0.
void deflate_asked(struct deflate *d);

#endif
