// SPDX-License-Identifier: GPL-3.0-or-later
// The one growing buffer of the program, and the packing of records into it.
#include "config.h"

#include "base/buf.h"

#include "base/mem.h"
#include "base/str.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST 64
#define VARINT_MAX 10 // bytes of 64 bits

void
buf_done(struct buf *b)
{
	free(b->data);
	*b = (struct buf){0};
}

void
buf_clear(struct buf *b)
{
	buf_cut(b, 0);
}

void
buf_reserve(struct buf *b, size_t more)
{
	// cap counts the NUL too.
	if (b->cap > b->len && more < b->cap - b->len)
		return;
	size_t cap = b->cap < BUF_FIRST ? BUF_FIRST : b->cap;
	size_t want;
	// Past the end of the address space: let mem_grow say so and abort.
	if (__builtin_add_overflow(b->len, more, &want) || want >= SIZE_MAX / 2)
		want = SIZE_MAX - 1;
	while (cap <= want) {
		if (cap > SIZE_MAX / 2) {
			cap = SIZE_MAX;
			break;
		}
		cap *= 2;
	}
	b->data = mem_grow(b->data, cap, 1);
	b->cap = cap;
	b->data[b->len] = '\0';
}

void
buf_add(struct buf *b, const void *data, size_t len)
{
	buf_reserve(b, len);
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	buf_vprintf(b, format, ap);
	va_end(ap);
}

void
buf_vprintf(struct buf *b, const char *format, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	buf_reserve(b, BUF_FIRST);
	size_t room = b->cap - b->len;
	int len = vsnprintf(b->data + b->len, room, format, ap);
	if (len >= 0 && (size_t)len >= room) {
		buf_reserve(b, (size_t)len);
		len = vsnprintf(b->data + b->len, (size_t)len + 1, format, again);
	}
	va_end(again);
	if (len > 0)
		b->len += (size_t)len;
	b->data[b->len] = '\0';
}

void
buf_cut(struct buf *b, size_t len)
{
	if (len > b->len)
		len = b->len;
	b->len = len;
	if (b->data != NULL)
		b->data[len] = '\0';
}

void
buf_drop(struct buf *b, size_t len)
{
	if (b->data == NULL)
		return;
	if (len > b->len)
		len = b->len;
	memmove(b->data, b->data + len, b->len - len + 1);
	b->len -= len;
}

void
buf_insert(struct buf *b, size_t at, const void *data, size_t len)
{
	assert(at <= b->len);
	buf_reserve(b, len);
	memmove(b->data + at + len, b->data + at, b->len - at + 1);
	if (len > 0)
		memcpy(b->data + at, data, len);
	b->len += len;
}

const char *
buf_text(const struct buf *b)
{
	return b->data == NULL ? "" : b->data;
}

char *
buf_take(struct buf *b)
{
	buf_reserve(b, 0);
	char *data = b->data;
	*b = (struct buf){0};
	return data;
}

static void
buf_number(struct buf *b, uint64_t v, size_t bytes)
{
	unsigned char out[8];

	for (size_t i = 0; i < bytes; i++)
		out[i] = (unsigned char)(v >> (8 * (bytes - 1 - i)));
	buf_add(b, out, bytes);
}

void
buf_u8(struct buf *b, uint8_t v)
{
	buf_number(b, v, 1);
}

void
buf_u32(struct buf *b, uint32_t v)
{
	buf_number(b, v, 4);
}

void
buf_u64(struct buf *b, uint64_t v)
{
	buf_number(b, v, 8);
}

void
buf_pack_str(struct buf *b, const char *s)
{
	buf_pack_bytes(b, s, s == NULL ? 0 : strlen(s));
}

void
buf_pack_bytes(struct buf *b, const void *data, size_t len)
{
	assert(len <= UINT32_MAX);
	buf_u32(b, (uint32_t)len);
	buf_add(b, data, len);
}

void
buf_varint(struct buf *b, uint64_t v)
{
	unsigned char bytes[VARINT_MAX];
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		bytes[n++] = (unsigned char)(v | 0x80);
	bytes[n++] = (unsigned char)v;
	buf_add(b, bytes, n);
}

void
buf_varint_signed(struct buf *b, int64_t v)
{
	buf_varint(b, v < 0 ? ~((uint64_t)v << 1) : (uint64_t)v << 1);
}

void
buf_varstr(struct buf *b, const char *s)
{
	size_t len = s == NULL ? 0 : strlen(s);

	buf_varint(b, len);
	buf_add(b, s, len);
}

struct reader
reader_of(const void *data, size_t len)
{
	return (struct reader){ .at = data, .left = len };
}

// NULL past the end, and ever after.
static const unsigned char *
reader_next(struct reader *r, size_t len)
{
	const unsigned char *at = r->at;

	if (r->bad || len > r->left) {
		r->bad = true;
		return NULL;
	}
	if (len > 0)
		r->at += len;
	r->left -= len;
	return at;
}

static uint64_t
read_number(struct reader *r, size_t bytes)
{
	const unsigned char *at = reader_next(r, bytes);
	uint64_t v = 0;

	for (size_t i = 0; at != NULL && i < bytes; i++)
		v = v << 8 | at[i];
	return v;
}

uint8_t
read_u8(struct reader *r)
{
	return (uint8_t)read_number(r, 1);
}

uint32_t
read_u32(struct reader *r)
{
	return (uint32_t)read_number(r, 4);
}

uint64_t
read_u64(struct reader *r)
{
	return read_number(r, 8);
}

static const char *
reader_lend(struct reader *r, size_t len, size_t *len_r)
{
	const unsigned char *at = reader_next(r, len);

	if (len_r != NULL)
		*len_r = at == NULL ? 0 : len;
	return at == NULL ? "" : (const char *)at;
}

const char *
read_bytes(struct reader *r, size_t *len_r)
{
	return reader_lend(r, read_u32(r), len_r);
}

char *
read_str(struct reader *r)
{
	size_t len;
	const char *data = read_bytes(r, &len);

	return str_ndup(data, len);
}

uint64_t
read_varint(struct reader *r)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 7 * VARINT_MAX; shift += 7) {
		const unsigned char *at = reader_next(r, 1);
		if (at == NULL)
			return 0;
		v |= (uint64_t)(*at & 0x7f) << shift;
		if (*at < 0x80)
			return v;
	}
	r->bad = true;
	return 0;
}

int64_t
read_varint_signed(struct reader *r)
{
	uint64_t v = read_varint(r);

	return (int64_t)((v & 1) != 0 ? ~(v >> 1) : v >> 1);
}

const char *
read_varbytes(struct reader *r, size_t *len_r)
{
	uint64_t len = read_varint(r);

	return reader_lend(r, len > r->left ? r->left + 1 : (size_t)len, len_r);
}

char *
read_varstr(struct reader *r)
{
	size_t len;
	const char *data = read_varbytes(r, &len);

	return str_ndup(data, len);
}
