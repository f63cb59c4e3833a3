// SPDX-License-Identifier: GPL-3.0-or-later
// The MIME tree of a message: made from the raw message (through GMime) or, by
// remote/, from BODYSTRUCTURE; the decoding of one part's body.
#ifndef MAIL_PART_H
#define MAIL_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "mail/header.h"

#define PART_DEPTH_MAX 40     // levels; deeper ones are one opaque part
#define PART_COUNT_MAX 2000   // parts; the rest is counted in `left_out`

struct part {
	char *section;      // RFC 9051 section 6.4.5: "1", "2.1"; "" for a multipart root
	char *type;         // lower case: "text", "multipart", "message", ...
	char *subtype;      // lower case
	char *charset;      // as declared, NULL if not
	// File name, decoded (RFC 2231), filtered; NULL if none. part_number() gives
	// an attached message without one its subject, with ".eml" behind it.
	char *name;
	char *disposition;  // lower case "inline", "attachment", NULL
	char *encoding;     // lower case Content-Transfer-Encoding; "7bit" if absent
	char *content_id;   // without <>
	char *description;
	bool flowed, delsp; // text/plain; format=flowed; delsp=yes (RFC 3676)
	char *report_type;  // multipart/report; report-type
	uint64_t size;      // bytes of the encoded body
	uint64_t lines;     // of text parts; 0 when unknown
	struct envelope *envelope; // of a message/rfc822, else NULL
	struct part **children;    // of a multipart; the one root of a message/rfc822
	size_t n_children;
	uint64_t left_out;  // on the root: parts past the limits
	// Where the encoded body lies in the raw message the tree was made of;
	// 0, 0 for a tree from BODYSTRUCTURE.
	size_t body_start, body_len;
};

struct part *part_new(const char *type, const char *subtype);
void part_free(struct part **p);
void part_add_child(struct part *parent, struct part *child); // keeps child
// Gives every part its section, from the root on, and attached messages a name.
void part_number(struct part *root);
// The same for the tree of a message that is attached to another as `section`.
void part_number_within(struct part *root, const char *section);
// The tree of a raw message. Never NULL: what is no MIME is text/plain.
struct part *part_parse(const char *message, size_t len);
struct part *part_find(struct part *root, const char *section);
bool part_is(const struct part *p, const char *type, const char *subtype); // NULL: any
// A whole message: message/rfc822, global (RFC 6532) or news.
bool part_is_message(const struct part *p);
// A part that a reader would list as attachment: disposition attachment, or
// with a name and not shown as text, or of a type that cannot be shown, or a
// message, also where its text is shown; what is attached to that one is then
// listed too.
bool part_is_attachment(const struct part *p);
// A calendar, shown in words (mail/calendar.h).
bool part_is_calendar(const struct part *p);
// The parts whose text is shown for this message, in order (of alternatives the
// richest that we show well: html only when there is no plain text, or when
// prefer_html; and the first calendar in any case). Appends struct part * to out.
void part_shown(struct part *root, bool prefer_html, struct part ***parts_r,
	size_t *n_r);   // free(*parts_r)
bool part_has_attachments(const struct part *root);
// Decodes a body by its transfer encoding; broken ones give what they give.
// At most max bytes of output; true if all was decoded.
bool part_decode(const struct part *p, const char *body, size_t len, size_t max,
	struct buf *out);
// Decoded bytes to UTF-8 (not filtered): the declared charset, else guessed.
void part_to_utf8(const struct part *p, const char *data, size_t len,
	struct buf *out);
// "8 bytes", "34 kB", "1.2 MB": of its body once it is decoded, as far as its size
// and its encoding tell that.
void part_print_size(struct buf *out, const struct part *p);
uint64_t part_decoded_size(const struct part *p);
// For searching: the decoded text of a part, and of all shown parts of a raw message,
// as UTF-8, each with a line end behind it.
void part_add_text(struct buf *out, const struct part *p, const char *body, size_t len,
	size_t max);
void part_text_of(struct buf *out, const char *message, size_t len, size_t max);
void part_pack(struct buf *out, const struct part *root);
struct part *part_unpack(struct reader *in);  // NULL when damaged

#endif
