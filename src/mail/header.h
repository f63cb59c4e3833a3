// SPDX-License-Identifier: GPL-3.0-or-later
// The header block of a message: walking its fields, decoding their values
// (through GMime) and gathering the envelope that lists and threads need.
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/str.h"
#include "mail/address.h"

// The fields that an index row needs; what remotes ask of the server.
#define HEADER_ENVELOPE_FIELDS \
	"DATE FROM SENDER REPLY-TO TO CC BCC SUBJECT MESSAGE-ID IN-REPLY-TO " \
	"REFERENCES LIST-ID CONTENT-TYPE"

#define HEADER_BLOCK_MAX (1024 * 1024)  // bytes looked at
#define HEADER_VALUE_MAX (64 * 1024)    // of one field's unfolded value
#define HEADER_REFERENCES_MAX 100       // the first and the last 99 are kept

// What lists, threads and replies need of a message. All texts decoded, UTF-8,
// filtered to one safe line; NULL when the field is absent.
struct envelope {
	int64_t date;        // of Date:, seconds since 1970; 0 when absent or bad
	int date_offset;     // minutes east of UTC that the sender wrote
	struct address_list from, sender, reply_to, to, cc, bcc;
	char *subject;
	char *message_id;    // without <>
	struct strlist in_reply_to;  // Message-IDs without <>
	struct strlist references;   // oldest first
	char *list_id;       // RFC 2919, without <>
	bool maybe_attachments; // Content-Type is multipart/mixed and its like
};

void envelope_done(struct envelope *e);
void envelope_copy(struct envelope *to, const struct envelope *from);
// Reads the envelope from a header block (raw bytes as on the wire, up to the
// empty line or the end; broken ones give what they give). *e is overwritten.
void envelope_parse(struct envelope *e, const char *block, size_t len);
void envelope_pack(struct buf *out, const struct envelope *e);
void envelope_unpack(struct envelope *e, struct reader *in);

// Walks the fields: name and raw value (still folded, not NUL-terminated) lent
// from the block. Skips "From " lines and garbage. *at starts at 0.
struct header_field {
	const char *name;
	size_t name_len;
	const char *value;
	size_t value_len;
};
bool header_next(const char *block, size_t len, size_t *at,
	struct header_field *field_r);
// The length of the header block at the start of a message, with its empty line.
size_t header_block_len(const char *message, size_t len);
// The first field of that name, unfolded, raw, or NULL (free()).
char *header_get(const char *block, size_t len, const char *name);
// A raw value with its folds opened, NUL as space, at most HEADER_VALUE_MAX.
char *header_unfold(const char *raw, size_t len);
// Decoded (RFC 2047, raw 8-bit guessed), unfolded, filtered to one line.
char *header_decode(const char *raw, size_t len);
// Seconds since 1970; 0 when it is no date. offset_r may be NULL.
int64_t header_date(const char *value, int *offset_r);

#endif
