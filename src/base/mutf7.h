// SPDX-License-Identifier: GPL-3.0-or-later
// Modified UTF-7 (RFC 3501 section 5.1.3): how mailbox names are spelled by
// IMAP servers and in Maildir++ trees.
#ifndef BASE_MUTF7_H
#define BASE_MUTF7_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

// Appends UTF-8. False, with nothing appended, when it is not well-formed
// (8-bit bytes, a '&' that begins nothing, half a surrogate pair, control
// characters): then the name is what it is.
bool mutf7_decode(struct buf *out, const char *name);
// Appends the spelling of a UTF-8 text; false when that is not valid UTF-8 or
// holds control characters.
bool mutf7_encode(struct buf *out, const char *text);
// The same where blanks and what else no IMAP atom may hold is spelled so too
// ("a b": "a&ACA-b"): any text as a keyword.
bool mutf7_decode_keyword(struct buf *out, const char *keyword);
bool mutf7_encode_keyword(struct buf *out, const char *text);

#endif
