// SPDX-License-Identifier: GPL-3.0-or-later
// Bodies and header words in forms that every server lets pass. Private to
// this folder.
#ifndef MAIL_BUILD_ENCODE_H
#define MAIL_BUILD_ENCODE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum build_encoding { BUILD_7BIT, BUILD_8BIT, BUILD_QUOTED, BUILD_BASE64 };

// All write lines that end in \n.
// A text body, UTF-8 with \n: 7bit where that is safe, else quoted-printable,
// or base64 where that is shorter. *ascii_r: nothing else is in it.
enum build_encoding build_encode_text(struct buf *out, const char *text,
	bool *ascii_r);
void build_encode_base64(struct buf *out, const char *data, size_t len);
// How bytes can travel as they are: BUILD_7BIT, BUILD_8BIT, or BUILD_BASE64
// when they cannot.
enum build_encoding build_plain_encoding(const char *data, size_t len);
void build_encode_plain(struct buf *out, const char *data, size_t len);
// Encoded words (RFC 2047) with one blank between.
void build_encode_words(struct buf *out, const char *text);

#endif
