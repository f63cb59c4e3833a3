// SPDX-License-Identifier: GPL-3.0-or-later
// What goes through the pipes between a reading worker and its helper: a 32-bit
// length in network order and that many bytes, in both directions.
#ifndef READER_FRAME_H
#define READER_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEAD 4
// A request: the raw message with what is packed around it.
#define READER_REQUEST_MAX (192 * 1024 * 1024)

static inline uint32_t
frame_len(const unsigned char head[FRAME_HEAD])
{
	return (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 |
		(uint32_t)head[2] << 8 | head[3];
}

static inline void
frame_head(unsigned char head[FRAME_HEAD], size_t len)
{
	for (int i = 0; i < FRAME_HEAD; i++)
		head[i] = (unsigned char)(len >> (24 - 8 * i));
}

#endif
