// SPDX-License-Identifier: GPL-3.0-or-later
// A page while it is being read: its elements, what each means here, where the
// walk is. Private to the html files of this folder, which see gumbo by it.
#ifndef MAIL_HTML_PAGE_H
#define MAIL_HTML_PAGE_H

#include "base/array.h"
#include "mail/document.h"
#include "mail/gumbo.h"
#include "mail/html_layout.h"
#include "mail/html_style.h"

struct map;
struct html_table;

enum html_act {
	ACT_NONE,      // inline: nothing but its content
	ACT_DROP,      // with all that is in it
	ACT_BLOCK,     // begins and ends a line
	ACT_PARAGRAPH, // the same with an empty line around it
	ACT_HEADING,
	ACT_QUOTE,
	ACT_LIST,
	ACT_ITEM,
	ACT_PRE,
	ACT_RULE,
	ACT_BREAK,
	ACT_IMAGE,
	ACT_LINK,
	ACT_TABLE,
	ACT_ROW,
	ACT_CELL,
	ACT_SPAN,
	ACT_FORM,      // a field: dropped and counted
};

struct html_element {
	enum html_act act;
	enum span_kind span;
};

// An element that the walk is in.
struct html_frame {
	const GumboNode *node;
	unsigned next;          // child
	const struct html_element *element;
	size_t start;           // of its text, for spans and links
	int link;
	int number;             // of the last item of a list
	bool ordered;
	bool data;              // a row of data, not of layout
	bool inline_cell;       // within such a row
	bool tiny;              // text here has no size
	bool bold, block, title, quote, signature; // by its style or class
	enum html_space after;
	struct html_table *table; // of a table set in columns, and of its rows
	int column;             // of the row's next cell
	size_t text_before;     // bytes of the document
	size_t blocks_before;
};

struct html {
	struct document *d;
	struct array frames;    // struct frame
	struct html_layout layout;
	struct html_sheet *sheet;
	struct map *named;      // the targets of links that have a text
	int links;              // that the walk is in
	const char *href;       // of the last one
	int unnamed_link;       // the last one that is only a picture
	size_t hidden, images, unnamed, fields, bad_links; // left out, for the note
};

// html_node.c: what one element says of itself. Values NULL where it has none;
// number: `otherwise` where there is none within bounds.
const struct html_element *html_element_of(const GumboNode *node);
enum html_act html_act(const GumboNode *node);
const char *html_attribute(const GumboNode *node, const char *name);
bool html_has_class(const GumboNode *node, const char *class);
int html_number(const GumboNode *node, const char *name, int otherwise);
struct html_style html_node_style(const struct html *h, const GumboNode *node);
bool html_is_pixel(const GumboNode *image);
bool html_is_blank(const char *s);
// Looks through a row for what makes it layout: tables, lists, lines, long
// texts. Rows of data become one line of text. Counts from *nodes and *text on;
// depth 0.
bool html_is_data(const GumboNode *node, size_t *nodes, size_t *text, int depth);

// html_cells.c: tables, where the walk comes into one.
void html_enter_table(struct html *h, struct html_frame *f);
void html_enter_row(struct html *h, struct html_frame *f);
void html_enter_cell(struct html *h, struct html_frame *f, struct html_frame *row);

// html_enter.c: every other element, where the walk comes into it or leaves it.
void html_enter(struct html *h, struct html_frame *f, struct html_frame *above);
void html_leave(struct html *h, struct html_frame *f);

// html_walk.c: the whole tree.
void html_look_ahead(struct html *h, const GumboNode *root);
void html_walk(struct html *h, const GumboNode *root);

#endif
