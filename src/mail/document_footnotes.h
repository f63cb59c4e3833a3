// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers behind the links of a text that is printed, and what they stand for.
// Private to this folder.
#ifndef MAIL_DOCUMENT_FOOTNOTES_H
#define MAIL_DOCUMENT_FOOTNOTES_H

#include <stddef.h>

struct block;
struct buf;
struct document;

#define FOOTNOTES_MAX 1000             // more links have no number, and it is said
#define FOOTNOTES_TEXT_MAX (256 * 1024) // of all URLs in the list

struct footnotes;

struct footnotes *footnotes_new(const struct document *d);
void footnotes_free(struct footnotes **f);
// The text of a block with a number behind each link that does not show its own
// URL: its index in the document's links plus one, as the screen counts them.
// Blocks come in their order; one that is not printed is left out.
void footnotes_block(struct footnotes *f, struct buf *out, const struct block *b);
// "[1] https://example.org/", a line each behind an empty one; nothing if there
// were no numbers.
void footnotes_list(const struct footnotes *f, struct buf *out);

#endif
