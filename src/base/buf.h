// SPDX-License-Identifier: GPL-3.0-or-later
// A growing run of bytes that owns its memory and is always NUL-terminated.
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// {0} is an empty buffer. data is never NULL after the first append; use
// buf_text() where it may be empty. The NUL at data[len] is not counted.
struct buf {
	char *data;
	size_t len;
	size_t cap;
};

void buf_done(struct buf *b);                 // frees and zeroes
void buf_clear(struct buf *b);                // len = 0, memory kept
void buf_reserve(struct buf *b, size_t more); // room for `more` bytes behind len
void buf_add(struct buf *b, const void *data, size_t len);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list ap)
	__attribute__((format(printf, 2, 0)));
void buf_cut(struct buf *b, size_t len);              // len shrinks to this
void buf_drop(struct buf *b, size_t len);             // removes from the front
void buf_insert(struct buf *b, size_t at, const void *data, size_t len);
// Lent; "" when empty.
const char *buf_text(const struct buf *b);
// The memory goes to the caller (free()), the buffer is empty again.
char *buf_take(struct buf *b);

// Fixed-width numbers in network order, for records on disk and in pipes.
void buf_u8(struct buf *b, uint8_t v);
void buf_u32(struct buf *b, uint32_t v);
void buf_u64(struct buf *b, uint64_t v);
// A 32-bit length and the bytes; NULL is written as an empty string.
void buf_pack_str(struct buf *b, const char *s);
void buf_pack_bytes(struct buf *b, const void *data, size_t len);
// Numbers in as few bytes as they need, for what there is a million of: seven bits
// in each, the lowest first; a small negative number takes as few as a small one.
void buf_varint(struct buf *b, uint64_t v);
void buf_varint_signed(struct buf *b, int64_t v);
// Such a length and the bytes; NULL is written as an empty string.
void buf_varstr(struct buf *b, const char *s);

// Reads what the above wrote. After the first read past the end `bad` is set
// and every further read gives 0 or "": check it once, at the end.
struct reader {
	const unsigned char *at;
	size_t left;
	bool bad;
};
struct reader reader_of(const void *data, size_t len);
uint8_t read_u8(struct reader *r);
uint32_t read_u32(struct reader *r);
uint64_t read_u64(struct reader *r);
// Lent bytes within the input; *len_r may be NULL where the text has no NUL.
const char *read_bytes(struct reader *r, size_t *len_r);
// A copy, never NULL (free()).
char *read_str(struct reader *r);
uint64_t read_varint(struct reader *r);
int64_t read_varint_signed(struct reader *r);
// As read_bytes and read_str.
const char *read_varbytes(struct reader *r, size_t *len_r);
char *read_varstr(struct reader *r);

#endif
