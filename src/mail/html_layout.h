// SPDX-License-Identifier: GPL-3.0-or-later
// A page on its way into the blocks of a document. Private to this folder.
#ifndef MAIL_HTML_LAYOUT_H
#define MAIL_HTML_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

struct document;
struct part;

// The first two are given; the walk over the page counts quote, lists, pre and
// heading, and sets the bullet of an item that begins.
struct html_layout {
	struct document *d;
	const struct part *part;
	size_t blocks_before;   // those of other parts
	bool open;              // a block takes text
	bool margin;            // an empty line comes before the next
	bool soft;              // the same if a long paragraph was before
	bool between;           // the same if no row of data is on either side
	bool data;              // the last text was such a row
	bool blank;             // a space for the eye since the last text
	bool gap;               // a blank comes before the next word
	bool cell;              // a column begins with the next word
	int column;             // where it stands; -1: behind a mark
	int quote, lists, pre, heading, line, signature;
	char bullet[16];        // of the item that has no text yet
};

// Text with its white space gathered, a word as it is, text of <pre>.
void html_text(struct html_layout *l, const char *s);
void html_word(struct html_layout *l, const char *s, size_t len);
void html_pre(struct html_layout *l, const char *s);
// The next text begins a new block; behind an empty line; behind one where the
// text before was long enough to be a paragraph.
void html_block_end(struct html_layout *l);
void html_margin(struct html_layout *l);
void html_soft_margin(struct html_layout *l);
void html_rule(struct html_layout *l);
void html_break(struct html_layout *l);
// Where the text of an element that begins now will stand.
size_t html_text_start(const struct html_layout *l);

#endif
