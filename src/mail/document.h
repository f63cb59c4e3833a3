// SPDX-License-Identifier: GPL-3.0-or-later
// A message read: filtered UTF-8 text in blocks, with spans that say what a
// stretch of it means. It knows no width and no colour; the pager gives both.
#ifndef MAIL_DOCUMENT_H
#define MAIL_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/array.h"
#include "base/buf.h"
#include "base/str.h"
#include "mail/part.h"

enum block_kind {
	BLOCK_PARAGRAPH,  // to be wrapped at the window's width
	BLOCK_LINE,       // kept as it is; only one too long for the window is wrapped
	BLOCK_HEADING,
	BLOCK_ITEM,       // a list item; its text begins with the bullet
	BLOCK_RULE,       // a horizontal line
	BLOCK_NOTE,       // ours, not the sender's: "not shown: ..."; in own chrome
	BLOCK_PART,       // ours: the title of an attached part (see `part`)
};

struct block {
	size_t start, len;     // within text, without the line end
	enum block_kind kind;
	int quote;             // quoting level, 0 none
	int indent;            // cells
	bool signature;        // below "-- "
	char *part;            // section of the part it comes from; NULL: ours
};

enum span_kind {
	SPAN_BOLD, SPAN_ITALIC, SPAN_UNDERLINE, SPAN_STRIKE, SPAN_CODE,
	SPAN_LINK,             // to links.items[link]
	SPAN_ADDED, SPAN_REMOVED, // of a patch
	SPAN_WARNING,
};

struct span {
	size_t start, len;     // within text; sorted by start, may nest
	enum span_kind kind;
	int link;              // index into links; -1 none
};

#define DOCUMENT_TEXT_MAX (8 * 1024 * 1024)
#define DOCUMENT_BLOCKS_MAX 200000
#define DOCUMENT_NOTES_MAX 20000   // of ours, beyond the limit of blocks
#define DOCUMENT_SPANS_MAX 200000  // more are not kept
#define DOCUMENT_LINKS_MAX 5000
#define DOCUMENT_URL_MAX 4096      // bytes of one
#define DOCUMENT_FIELDS_MAX 2000   // header fields listed

struct map;

struct document {
	struct buf text;
	struct array blocks;   // struct block
	struct array spans;    // struct span
	struct strlist links;  // http, https, mailto only; filtered
	struct envelope envelope;
	struct array fields;   // struct document_field: all header fields, in order
	struct part *root;     // the tree; NULL when nothing could be read
	// While it is being made:
	struct map *link_index; // of document_link: url to its index plus one
	int64_t html_cpu_us;    // spent on the HTML of this message so far
};

struct document_field {
	char *name;            // filtered
	char *value;           // decoded, filtered, one line
};

struct document *document_new(void);
void document_free(struct document **d);
// Builders, used by text.c and the html files. A block ends the one before.
struct block *document_add_block(struct document *d, enum block_kind kind);
// Filters and appends to the last block; line ends become spaces.
void document_add_text(struct document *d, const char *s, size_t len);
void document_add_span(struct document *d, size_t start, enum span_kind kind, int link);
void document_note(struct document *d, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool document_full(const struct document *d);  // past the limits: add a note, stop
// Index of url in links (added when new), -1 when its scheme is not allowed. All
// but the characters of RFC 3986 is written as %XX.
int document_link(struct document *d, const char *url);
// Whether the text of a link is its URL, so that it need not be told again.
bool document_link_shows(const char *url, const char *text, size_t len);
// The value of the first header field of that name; NULL.
const char *document_header(const struct document *d, const char *name);
void document_pack(struct buf *out, const struct document *d);
struct document *document_unpack(const void *data, size_t len); // NULL when damaged
// The text as lines, quotes marked with "> ".
struct document_form {
	int width;       // cells of a line; 0: not wrapped
	int fill;        // of a paragraph's lines; 0: the same
	bool flowed;     // each line of a paragraph but the last ends in a blank
	bool words;      // only what the sender wrote, without our notes and titles
	bool answer;     // the same without the signature
	bool footnotes;  // links have numbers, and below stands where they go
};
void document_print_as(struct buf *out, const struct document *d,
	const struct document_form *form);
// All of it, for tests.
void document_print(struct buf *out, const struct document *d, int width);

#endif
