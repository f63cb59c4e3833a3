// SPDX-License-Identifier: GPL-3.0-or-later
// HTML as a page to read: gumbo makes the tree, within a budget of memory and
// time that no page of a person exceeds; one walk without recursion turns it
// into blocks and spans.
#include "config.h"

#include "mail/html.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "mail/document.h"
#include "mail/gumbo.h"
#include "mail/html_layout.h"
#include "mail/html_link.h"
#include "mail/html_plain.h"
#include "mail/html_style.h"
#include "mail/html_table.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HTML_MEMORY_MAX (96 * 1024 * 1024)
// Of all HTML parts of a message; two megabytes of usual HTML take half of it.
#define HTML_CPU_MS_MAX 450
#define ROW_NODES_MAX 64    // a row with more is layout, not data
#define ROW_TEXT_MAX 300    // bytes
#define TITLE_TEXT_MAX 120  // bytes; large letters in more are no heading
#define TITLE_FONT_PX 20
#define PIXEL_MAX 3         // a picture of so few pixels is none

enum element_act {
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

static const struct element {
	enum element_act act;
	enum span_kind span;
} elements[GUMBO_TAG_LAST] = {
	[GUMBO_TAG_HEAD] = { ACT_DROP },
	[GUMBO_TAG_TITLE] = { ACT_DROP },
	[GUMBO_TAG_SCRIPT] = { ACT_DROP },
	[GUMBO_TAG_STYLE] = { ACT_DROP },
	[GUMBO_TAG_TEMPLATE] = { ACT_DROP },
	[GUMBO_TAG_IFRAME] = { ACT_DROP },
	[GUMBO_TAG_OBJECT] = { ACT_DROP },
	[GUMBO_TAG_EMBED] = { ACT_DROP },
	[GUMBO_TAG_APPLET] = { ACT_DROP },
	[GUMBO_TAG_VIDEO] = { ACT_DROP },
	[GUMBO_TAG_AUDIO] = { ACT_DROP },
	[GUMBO_TAG_SVG] = { ACT_DROP },
	[GUMBO_TAG_CANVAS] = { ACT_DROP },
	[GUMBO_TAG_MAP] = { ACT_DROP },
	[GUMBO_TAG_INPUT] = { ACT_FORM },
	[GUMBO_TAG_SELECT] = { ACT_FORM },
	[GUMBO_TAG_TEXTAREA] = { ACT_FORM },
	[GUMBO_TAG_BODY] = { ACT_BLOCK },
	[GUMBO_TAG_DIV] = { ACT_BLOCK },
	[GUMBO_TAG_SECTION] = { ACT_BLOCK },
	[GUMBO_TAG_ARTICLE] = { ACT_BLOCK },
	[GUMBO_TAG_HEADER] = { ACT_BLOCK },
	[GUMBO_TAG_FOOTER] = { ACT_BLOCK },
	[GUMBO_TAG_NAV] = { ACT_BLOCK },
	[GUMBO_TAG_ASIDE] = { ACT_BLOCK },
	[GUMBO_TAG_MAIN] = { ACT_BLOCK },
	[GUMBO_TAG_ADDRESS] = { ACT_BLOCK },
	[GUMBO_TAG_CENTER] = { ACT_BLOCK },
	[GUMBO_TAG_FORM] = { ACT_BLOCK },
	[GUMBO_TAG_FIELDSET] = { ACT_BLOCK },
	[GUMBO_TAG_FIGURE] = { ACT_BLOCK },
	[GUMBO_TAG_FIGCAPTION] = { ACT_BLOCK },
	[GUMBO_TAG_CAPTION] = { ACT_BLOCK },
	[GUMBO_TAG_DT] = { ACT_BLOCK },
	[GUMBO_TAG_DETAILS] = { ACT_BLOCK },
	[GUMBO_TAG_SUMMARY] = { ACT_BLOCK },
	[GUMBO_TAG_TABLE] = { ACT_TABLE },
	[GUMBO_TAG_P] = { ACT_PARAGRAPH },
	[GUMBO_TAG_DL] = { ACT_PARAGRAPH },
	[GUMBO_TAG_H1] = { ACT_HEADING },
	[GUMBO_TAG_H2] = { ACT_HEADING },
	[GUMBO_TAG_H3] = { ACT_HEADING },
	[GUMBO_TAG_H4] = { ACT_HEADING },
	[GUMBO_TAG_H5] = { ACT_HEADING },
	[GUMBO_TAG_H6] = { ACT_HEADING },
	[GUMBO_TAG_BLOCKQUOTE] = { ACT_QUOTE },
	[GUMBO_TAG_UL] = { ACT_LIST },
	[GUMBO_TAG_OL] = { ACT_LIST },
	[GUMBO_TAG_MENU] = { ACT_LIST },
	[GUMBO_TAG_DIR] = { ACT_LIST },
	[GUMBO_TAG_LI] = { ACT_ITEM },
	[GUMBO_TAG_DD] = { ACT_BLOCK },
	[GUMBO_TAG_PRE] = { ACT_PRE },
	[GUMBO_TAG_LISTING] = { ACT_PRE },
	[GUMBO_TAG_XMP] = { ACT_PRE },
	[GUMBO_TAG_HR] = { ACT_RULE },
	[GUMBO_TAG_BR] = { ACT_BREAK },
	[GUMBO_TAG_IMG] = { ACT_IMAGE },
	[GUMBO_TAG_A] = { ACT_LINK },
	[GUMBO_TAG_TR] = { ACT_ROW },
	[GUMBO_TAG_TD] = { ACT_CELL },
	[GUMBO_TAG_TH] = { ACT_CELL },
	[GUMBO_TAG_B] = { ACT_SPAN, SPAN_BOLD },
	[GUMBO_TAG_STRONG] = { ACT_SPAN, SPAN_BOLD },
	[GUMBO_TAG_I] = { ACT_SPAN, SPAN_ITALIC },
	[GUMBO_TAG_EM] = { ACT_SPAN, SPAN_ITALIC },
	[GUMBO_TAG_CITE] = { ACT_SPAN, SPAN_ITALIC },
	[GUMBO_TAG_U] = { ACT_SPAN, SPAN_UNDERLINE },
	[GUMBO_TAG_INS] = { ACT_SPAN, SPAN_UNDERLINE },
	[GUMBO_TAG_S] = { ACT_SPAN, SPAN_STRIKE },
	[GUMBO_TAG_STRIKE] = { ACT_SPAN, SPAN_STRIKE },
	[GUMBO_TAG_DEL] = { ACT_SPAN, SPAN_STRIKE },
	[GUMBO_TAG_CODE] = { ACT_SPAN, SPAN_CODE },
	[GUMBO_TAG_TT] = { ACT_SPAN, SPAN_CODE },
	[GUMBO_TAG_KBD] = { ACT_SPAN, SPAN_CODE },
	[GUMBO_TAG_SAMP] = { ACT_SPAN, SPAN_CODE },
};

// An element that the walk is in.
struct frame {
	const GumboNode *node;
	unsigned next;          // child
	const struct element *element;
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

static const struct element no_element = { ACT_NONE };

static const char *
attribute(const GumboNode *node, const char *name)
{
	const GumboAttribute *a = gumbo_get_attribute(&node->v.element.attributes,
		name);

	return a == NULL ? NULL : a->value;
}

static bool
has_class(const GumboNode *node, const char *class)
{
	const char *classes = attribute(node, "class"), *id = attribute(node, "id");
	const char *found = classes == NULL ? NULL : strstr(classes, class);

	return found != NULL || (id != NULL && strcmp(id, class) == 0);
}

static struct html_style
style_of(const struct html *h, const GumboNode *node)
{
	struct html_style s = html_style_of(h->sheet, attribute(node, "class"),
		attribute(node, "style"));

	s.hidden |= attribute(node, "hidden") != NULL || s.display == DISPLAY_NONE;
	return s;
}

static int
number_of(const GumboNode *node, const char *name, int otherwise)
{
	const char *value = attribute(node, name);
	char *end;
	long n = value == NULL ? 0 : strtol(value, &end, 10);

	return value == NULL || end == value || n < 0 || n > 10000 ? otherwise : (int)n;
}

static bool
is_pixel(const GumboNode *image)
{
	return number_of(image, "width", PIXEL_MAX + 1) <= PIXEL_MAX ||
		number_of(image, "height", PIXEL_MAX + 1) <= PIXEL_MAX;
}

static bool
is_blank(const char *s)
{
	while (*s != '\0' && ((unsigned char)*s <= ' ' ||
	       strncmp(s, "\xc2\xa0", 2) == 0))
		s += (unsigned char)*s <= ' ' ? 1 : 2;
	return *s == '\0';
}

// Looks through a row for what makes it layout: tables, lists, lines, long
// texts. Rows of data become one line of text.
static bool
is_data(const GumboNode *node, size_t *nodes, size_t *text, int depth)
{
	if (++*nodes > ROW_NODES_MAX || depth > 8)
		return false;
	if (node->type == GUMBO_NODE_TEXT)
		*text += strlen(node->v.text.text);
	if (*text > ROW_TEXT_MAX)
		return false;
	if (node->type != GUMBO_NODE_ELEMENT)
		return true;
	enum element_act act = elements[node->v.element.tag].act;
	if (act == ACT_PARAGRAPH || act == ACT_BLOCK) {
		if (node->v.element.children.length > 1)
			return false;
	} else if (act != ACT_NONE && act != ACT_SPAN && act != ACT_LINK &&
	           act != ACT_IMAGE && act != ACT_CELL && act != ACT_ROW &&
	           act != ACT_TABLE) {
		return false;
	}
	for (unsigned i = 0; i < node->v.element.children.length; i++)
		if (!is_data(node->v.element.children.data[i], nodes, text, depth + 1))
			return false;
	return true;
}

// The text of a cell of data as the walk will set it; false: not to be foreseen.
static bool
cell_text(const struct html *h, const GumboNode *node, struct buf *out)
{
	if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE) {
		buf_str(out, node->v.text.text);
		return true;
	}
	if (node->type != GUMBO_NODE_ELEMENT ||
	    elements[node->v.element.tag].act == ACT_DROP)
		return true;
	struct html_style style = style_of(h, node);
	if (elements[node->v.element.tag].act == ACT_TABLE || style.font_zero)
		return false;
	if (style.hidden)
		return true;
	if (node->v.element.tag == GUMBO_TAG_IMG) {
		const char *alt = attribute(node, "alt");
		if (alt != NULL && !is_blank(alt) && !is_pixel(node))
			buf_printf(out, " [%s]", alt);
		return true;
	}
	for (unsigned i = 0; i < node->v.element.children.length; i++)
		if (!cell_text(h, node->v.element.children.data[i], out))
			return false;
	return true;
}

// One line with single blanks, filtered. free()
static char *
cell_line(const struct html *h, const GumboNode *cell, bool *foreseen_r)
{
	struct buf text = {0}, flat = {0};
	struct html_layout l = {0};

	*foreseen_r = cell_text(h, cell, &text);
	l.d = document_new();
	l.part = h->layout.part;
	html_text(&l, buf_text(&text));
	buf_add(&flat, buf_text(&l.d->text), l.d->text.len);
	document_free(&l.d);
	buf_done(&text);
	return buf_take(&flat);
}

// A row that is none of data stands by itself.
static void
table_row(struct html *h, struct html_table *t, const GumboNode *row)
{
	size_t nodes = 0, text = 0;
	bool foreseen = true;

	if (!is_data(row, &nodes, &text, 0))
		return;
	html_table_row(t);
	for (unsigned i = 0; i < row->v.element.children.length && foreseen; i++) {
		const GumboNode *cell = row->v.element.children.data[i];
		if (cell->type != GUMBO_NODE_ELEMENT ||
		    elements[cell->v.element.tag].act != ACT_CELL)
			continue;
		char *line = cell_line(h, cell, &foreseen);
		html_table_cell(t, line, number_of(cell, "colspan", 1),
			cell->v.element.tag == GUMBO_TAG_TH);
		free(line);
	}
	t->wide |= !foreseen;
}

// The rows of a table or of a section of it.
static bool
table_rows(struct html *h, struct html_table *t, const GumboNode *node, int depth)
{
	const GumboVector *children = &node->v.element.children;

	if (children->length > TABLE_ROWS_MAX)
		return false;
	for (unsigned i = 0; i < children->length; i++) {
		const GumboNode *child = children->data[i];
		if (child->type != GUMBO_NODE_ELEMENT)
			continue;
		enum element_act act = elements[child->v.element.tag].act;
		if (act == ACT_ROW)
			table_row(h, t, child);
		else if (act == ACT_NONE && (depth > 0 ||
		         !table_rows(h, t, child, depth + 1)))
			return false;
	}
	return !t->wide;
}

static void
enter_table(struct html *h, struct frame *f)
{
	struct html_table *t = mem_new(struct html_table);

	if (table_rows(h, t, f->node, 0) && html_table_end(t)) {
		f->table = t;
		html_margin(&h->layout);
		return;
	}
	free(t);
	html_soft_margin(&h->layout);
}

static void
enter_row(struct html *h, struct frame *f)
{
	const GumboVector *children = &f->node->v.element.children;
	size_t nodes = 0, text = 0, cells = 0;

	for (unsigned i = 0; i < children->length && cells < 2; i++) {
		const GumboNode *child = children->data[i];
		cells += child->type == GUMBO_NODE_ELEMENT &&
			elements[child->v.element.tag].act == ACT_CELL;
	}
	// One cell alone is a box for something.
	f->data = cells > 1 && is_data(f->node, &nodes, &text, 0);
	if (f->data)
		html_block_end(&h->layout);
	else
		html_soft_margin(&h->layout);
	// Of the table itself or of its section.
	for (size_t i = h->frames.len; i-- > 0 && h->frames.len - i <= 2;) {
		struct frame *above = array_at(&h->frames, i);
		if (above->element->act == ACT_TABLE) {
			f->table = above->table;
			break;
		}
	}
	if (!f->data)
		f->table = NULL;
	else if (h->layout.data)
		h->layout.between = false;
	h->layout.line += f->table != NULL;
}

static void
enter_item(struct html *h)
{
	struct html_layout *l = &h->layout;
	struct frame *list = NULL;

	for (size_t i = h->frames.len; i-- > 0 && list == NULL;) {
		struct frame *f = array_at(&h->frames, i);
		if (f->element->act == ACT_LIST)
			list = f;
	}
	html_block_end(l);
	if (list != NULL && list->ordered)
		snprintf(l->bullet, sizeof(l->bullet), "%d. ", ++list->number);
	else
		snprintf(l->bullet, sizeof(l->bullet), "\xe2\x80\xa2 ");
}

static void
add_unnamed(struct html *h)
{
	int link = document_link(h->d, h->href);

	if (link < 0)
		return;
	h->unnamed++;
	h->unnamed_link = link;
}

static void
enter_image(struct html *h, const GumboNode *node)
{
	struct html_layout *l = &h->layout;
	const char *alt = attribute(node, "alt"), *src = attribute(node, "src");
	bool remote = src != NULL && !str_has_prefix_nocase(src, "cid:") &&
		!str_has_prefix_nocase(src, "data:");

	h->images += remote;
	if (is_pixel(node))
		return;
	if (alt == NULL || is_blank(alt)) {
		// All there is of a link, and it says nothing.
		if (h->links > 0 && h->href != NULL && map_get(h->named, h->href) == NULL)
			add_unnamed(h);
		return;
	}
	html_text(l, " ");
	html_word(l, "[", 1);
	html_text(l, alt + strspn(alt, " \t\r\n"));
	l->gap = false;
	html_word(l, "]", 1);
}

static void
enter_link(struct html *h, struct frame *f, const GumboNode *node)
{
	const char *href = attribute(node, "href");

	h->links++;
	h->href = href;
	if (href == NULL || *href == '\0' || *href == '#')
		return;
	f->link = document_link(h->d, href);
	h->bad_links += f->link < 0;
}

static void
enter_cell(struct html *h, struct frame *f, struct frame *row)
{
	struct html_layout *l = &h->layout;
	bool foreseen;

	if (row == NULL || !row->data) {
		html_soft_margin(l);
		return;
	}
	l->column = -1;
	l->cell = l->open;
	if (row->table == NULL || row->column >= TABLE_COLUMNS_MAX)
		return;
	const struct html_column *c = &row->table->columns[row->column];
	char *line = c->right ? cell_line(h, f->node, &foreseen) : NULL;
	l->column = html_table_place(row->table, row->column,
		line == NULL ? 0 : utf8_cells(line));
	l->cell = l->open || l->column > 0;
	row->column += number_of(f->node, "colspan", 1);
	free(line);
}

static void
enter_list(struct html *h, struct frame *f, const GumboNode *node)
{
	struct html_layout *l = &h->layout;
	const char *start = attribute(node, "start");

	if (l->lists == 0)
		html_margin(l);
	l->lists++;
	f->ordered = node->v.element.tag == GUMBO_TAG_OL;
	f->number = start == NULL ? 0 : (int)(strtol(start, NULL, 10) % 100000) - 1;
}

// The end of what stands alone, with the space that its style gives it.
static void
block_edge(struct html *h, enum html_space space, bool paragraph)
{
	if (space == SPACE_LINE || (paragraph && space == SPACE_UNSET))
		html_margin(&h->layout);
	else
		html_block_end(&h->layout);
}

static void
enter(struct html *h, struct frame *f, struct frame *above)
{
	struct html_layout *l = &h->layout;
	const GumboNode *node = f->node;

	switch (f->element->act) {
	case ACT_HEADING:
		html_margin(l);
		l->heading++;
		break;
	case ACT_QUOTE:
		html_margin(l);
		l->quote++;
		break;
	case ACT_LIST:
		enter_list(h, f, node);
		break;
	case ACT_ITEM:
		enter_item(h);
		break;
	case ACT_PRE:
		html_margin(l);
		l->pre++;
		break;
	case ACT_RULE:
		html_rule(l);
		break;
	case ACT_BREAK:
		html_break(l);
		break;
	case ACT_IMAGE:
		enter_image(h, node);
		break;
	case ACT_LINK:
		enter_link(h, f, node);
		break;
	case ACT_TABLE:
		enter_table(h, f);
		break;
	case ACT_ROW:
		enter_row(h, f);
		break;
	case ACT_CELL:
		enter_cell(h, f, above);
		break;
	case ACT_FORM:
		h->fields++;
		break;
	case ACT_NONE:
	case ACT_BLOCK:
	case ACT_PARAGRAPH:
	case ACT_DROP:
	case ACT_SPAN:
		break;
	}
}

static bool
is_title(const struct frame *f, const struct html_style *style)
{
	size_t nodes = 0, text = 0;

	return style->font_px >= TITLE_FONT_PX && is_data(f->node, &nodes, &text, 0) &&
		text <= TITLE_TEXT_MAX;
}

// What the style of an element adds to what it is.
static void
enter_style(struct html *h, struct frame *f, const struct html_style *style,
	const struct frame *above)
{
	struct html_layout *l = &h->layout;
	enum element_act act = f->element->act;
	bool flows = act == ACT_NONE || act == ACT_SPAN || act == ACT_LINK;

	f->tiny = style->font_zero || (style->font_px == 0 && above != NULL &&
		above->tiny);
	f->after = style->after;
	f->bold = style->bold || (flows && style->font_px >= TITLE_FONT_PX) ||
		f->node->v.element.tag == GUMBO_TAG_TH;
	if (f->inline_cell)
		return;
	f->block = act == ACT_BLOCK || act == ACT_PARAGRAPH ||
		(flows && style->display == DISPLAY_BLOCK);
	// The paragraph of a list item is the item.
	bool item = act == ACT_PARAGRAPH && *l->bullet != '\0';
	if (f->block && !item)
		block_edge(h, style->before, act == ACT_PARAGRAPH);
	else if (act == ACT_CELL && style->before == SPACE_LINE)
		html_margin(l);
	f->title = (f->block || act == ACT_CELL) && is_title(f, style);
	f->quote = style->quote;
	f->signature = f->block && (has_class(f->node, "gmail_signature") ||
		has_class(f->node, "moz-signature") ||
		has_class(f->node, "AppleMailSignature"));
	if (style->rule)
		html_rule(l);
	if (f->quote || f->title)
		html_margin(l);
	l->quote += f->quote;
	l->heading += f->title;
	l->signature += f->signature;
}

// Text behind a link that says where it really goes.
static void
leave_link(struct html *h, struct frame *f)
{
	struct document *d = h->d;

	h->links--;
	if (f->link < 0 || f->start >= d->text.len)
		return;
	document_add_span(d, f->start, SPAN_LINK, f->link);
	char *real = html_link_warning(d->links.items[f->link],
		d->text.data + f->start, d->text.len - f->start);
	if (real == NULL)
		return;
	document_add_text(d, " ", 1);
	size_t start = d->text.len;
	document_add_text(d, "[goes to ", 9);
	document_add_text(d, real, strlen(real));
	document_add_text(d, "]", 1);
	document_add_span(d, start, SPAN_WARNING, -1);
	free(real);
}

// Nothing came out of it but a space for the eye: that is what it was for.
static void
leave_empty(struct html *h, const struct frame *f)
{
	struct html_layout *l = &h->layout;
	enum element_act act = f->element->act;

	if (h->d->text.len != f->text_before)
		l->data = act == ACT_ROW ? f->data : l->data;
	else if (act == ACT_ROW)
		l->between = true;
	else if (l->blank && f->block)
		html_margin(l);
}

static void
leave_style(struct html *h, struct frame *f)
{
	struct html_layout *l = &h->layout;
	enum element_act act = f->element->act;

	if (f->bold)
		document_add_span(h->d, f->start, SPAN_BOLD, -1);
	l->quote -= f->quote;
	l->heading -= f->title;
	l->signature -= f->signature;
	if (f->quote)
		html_margin(l);
	else if (f->block)
		block_edge(h, f->after, act == ACT_PARAGRAPH);
	else if (act == ACT_CELL && !f->inline_cell)
		// Several lines beside others are a thing of their own.
		block_edge(h, h->d->blocks.len > f->blocks_before + 1 ? SPACE_LINE
			: f->after, false);
}

static void
leave(struct html *h, struct frame *f)
{
	struct html_layout *l = &h->layout;

	switch (f->element->act) {
	case ACT_TABLE:
		if (f->table != NULL)
			html_margin(l);
		else
			html_soft_margin(l);
		free(f->table);
		break;
	case ACT_ROW:
		l->line -= f->table != NULL;
		html_block_end(l);
		break;
	case ACT_HEADING:
		l->heading--;
		html_margin(l);
		break;
	case ACT_QUOTE:
		l->quote--;
		html_margin(l);
		break;
	case ACT_LIST:
		l->lists--;
		*l->bullet = '\0';
		if (l->lists == 0)
			html_margin(l);
		break;
	case ACT_ITEM:
		*l->bullet = '\0';
		html_block_end(l);
		break;
	case ACT_PRE:
		l->pre--;
		html_margin(l);
		break;
	case ACT_LINK:
		leave_link(h, f);
		break;
	case ACT_SPAN:
		document_add_span(h->d, f->start, f->element->span, -1);
		break;
	case ACT_NONE:
	case ACT_BLOCK:
	case ACT_PARAGRAPH:
	case ACT_CELL:
	case ACT_DROP:
	case ACT_RULE:
	case ACT_BREAK:
	case ACT_IMAGE:
	case ACT_FORM:
		break;
	}
	leave_style(h, f);
	leave_empty(h, f);
}

static void
push(struct html *h, const GumboNode *node)
{
	struct html_layout *l = &h->layout;
	const struct element *element = &elements[node->v.element.tag];
	struct frame *above = h->frames.len == 0 ? NULL
		: array_at(&h->frames, h->frames.len - 1);
	bool inline_cell = above != NULL && (above->data || above->inline_cell);

	if (element->act == ACT_DROP)
		return;
	struct html_style style = style_of(h, node);
	if (style.hidden) {
		h->hidden++;
		return;
	}
	// Too deep, or a paragraph around the one word of a cell.
	if (h->frames.len >= HTML_DEPTH_MAX || (inline_cell &&
	    (element->act == ACT_BLOCK || element->act == ACT_PARAGRAPH)))
		element = &no_element;
	struct frame f = {
		.node = node,
		.element = element,
		.link = -1,
		.inline_cell = inline_cell,
		.text_before = h->d->text.len,
		.blocks_before = h->d->blocks.len,
	};
	bool apart = element->act == ACT_IMAGE && style.display == DISPLAY_BLOCK &&
		!inline_cell;
	if (apart)
		html_block_end(l);
	enter(h, &f, above);
	if (apart)
		html_block_end(l);
	if (element != &no_element)
		enter_style(h, &f, &style, above);
	else
		f.tiny = style.font_zero || (above->tiny && style.font_px == 0);
	f.start = html_text_start(l);
	if (element->act == ACT_FORM)
		return;
	*(struct frame *)array_push(&h->frames) = f;
}

static void
visit(struct html *h, const GumboNode *node, bool tiny)
{
	struct html_layout *l = &h->layout;

	switch (node->type) {
	case GUMBO_NODE_ELEMENT:
		push(h, node);
		break;
	case GUMBO_NODE_TEXT:
	case GUMBO_NODE_WHITESPACE:
	case GUMBO_NODE_CDATA:
		if (tiny) {
			h->hidden += !is_blank(node->v.text.text);
			break;
		}
		if (l->pre > 0)
			html_pre(l, node->v.text.text);
		else
			html_text(l, node->v.text.text);
		break;
	case GUMBO_NODE_DOCUMENT:
	case GUMBO_NODE_COMMENT:
	case GUMBO_NODE_TEMPLATE:
		break;
	}
}

static void
walk(struct html *h, const GumboNode *root)
{
	push(h, root);
	while (h->frames.len > 0 && !document_full(h->d)) {
		struct frame *f = array_at(&h->frames, h->frames.len - 1);
		const GumboVector *children = &f->node->v.element.children;
		if (f->next < children->length) {
			visit(h, children->data[f->next++], f->tiny);
			continue;
		}
		struct frame done = *f;
		h->frames.len--;
		leave(h, &done);
	}
	for (size_t i = 0; i < h->frames.len; i++) {
		struct frame *f = array_at(&h->frames, i);
		if (f->element->act == ACT_TABLE)
			free(f->table);
	}
	array_done(&h->frames);
}

// The node behind this one in the order of the text; NULL at the end of root.
static const GumboNode *
next_node(const GumboNode *node, const GumboNode *root, const GumboNode **left)
{
	*left = NULL;
	if (node->type == GUMBO_NODE_ELEMENT && node->v.element.children.length > 0)
		return node->v.element.children.data[0];
	while (node != root) {
		const GumboVector *siblings = &node->parent->v.element.children;
		if (node->type == GUMBO_NODE_ELEMENT &&
		    node->v.element.tag == GUMBO_TAG_A)
			*left = node;
		if (node->index_within_parent + 1 < siblings->length)
			return siblings->data[node->index_within_parent + 1];
		node = node->parent;
	}
	return NULL;
}

// What must be known before the walk: the rules of the page's <style>, and the
// links that have a text.
static void
look_ahead(struct html *h, const GumboNode *root)
{
	const char *href = NULL;
	const GumboNode *left = NULL;

	for (const GumboNode *n = root; n != NULL; n = next_node(n, root, &left)) {
		if (left != NULL)
			href = NULL;
		bool text = n->type == GUMBO_NODE_TEXT && !is_blank(n->v.text.text);
		const GumboNode *in = n->parent;
		if (n->type == GUMBO_NODE_ELEMENT && n->v.element.tag == GUMBO_TAG_A)
			href = attribute(n, "href");
		else if (text && in->type == GUMBO_NODE_ELEMENT &&
		         in->v.element.tag == GUMBO_TAG_STYLE)
			html_sheet_read(h->sheet, n->v.text.text);
		if (text && href != NULL && map_len(h->named) < DOCUMENT_LINKS_MAX)
			map_put(h->named, href, h->named);
	}
}

static void
add_notes(struct html *h)
{
	const struct {
		size_t n;
		const char *one, *more;
	} notes[] = {
		{ h->hidden, "a hidden text", "hidden texts" },
		{ h->images, "a picture from the network", "pictures from the network" },
		{ h->unnamed, "a link that is a picture without words",
			"links that are pictures without words" },
		{ h->fields, "a field of a form", "fields of a form" },
		{ h->bad_links, "a link to what is no web page",
			"links to what is no web page" },
	};
	struct buf text = {0};

	for (size_t i = 0; i < sizeof(notes) / sizeof(*notes); i++) {
		if (notes[i].n == 0)
			continue;
		buf_str(&text, text.len > 0 ? ", " : "");
		if (notes[i].n == 1)
			buf_str(&text, notes[i].one);
		else
			buf_printf(&text, "%zu %s", notes[i].n, notes[i].more);
	}
	if (text.len > 0)
		document_note(h->d, "not shown: %s", buf_text(&text));
	buf_done(&text);
}

// gumbo checks no allocation and knows no limit: a page of 200 kB can keep it
// busy for minutes. So its memory is ours, and where the budget ends the parse
// is left by a jump, which loses nothing because the arena goes at once.
struct budget {
	struct arena *arena;
	size_t spent;
	int64_t cpu_end_us;
	unsigned calls;
	jmp_buf out;
};

static int64_t
cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static void *
budget_alloc(void *data, size_t size)
{
	struct budget *b = data;

	// What it frees comes back only at the end, so all that it ever asked
	// for counts, with the arena's rounding.
	if (size < HTML_MEMORY_MAX)
		b->spent += size + 16;
	if (size >= HTML_MEMORY_MAX || b->spent > HTML_MEMORY_MAX ||
	    (++b->calls % 128 == 0 && cpu_us() > b->cpu_end_us))
		longjmp(b->out, 1);
	return arena_alloc(b->arena, size);
}

static void
budget_free(void *data, void *memory)
{
	(void)data;
	(void)memory;
}

// A page that is nothing but a picture.
static void
show_unnamed(struct html *h)
{
	size_t start = html_text_start(&h->layout);

	html_word(&h->layout, "[image]", 7);
	document_add_span(h->d, start, SPAN_LINK, h->unnamed_link);
	h->unnamed--;
}

// False when the budget ended the parse; nothing has been added then.
static bool
parse(struct html *h, struct budget *b, const char *html, size_t len)
{
	GumboOptions options = kGumboDefaultOptions;

	options.allocator = budget_alloc;
	options.deallocator = budget_free;
	options.userdata = b;
	options.max_errors = 0;
	if (setjmp(b->out) != 0)
		return false;
	GumboOutput *output = gumbo_parse_with_options(&options, html, len);
	size_t before = h->d->text.len;
	look_ahead(h, output->root);
	walk(h, output->root);
	if (h->d->text.len == before && h->unnamed > 0)
		show_unnamed(h);
	return true;
}

void
html_to_document(struct document *d, const struct part *part,
	const char *html, size_t len)
{
	int64_t start = cpu_us();
	struct budget budget = {
		.arena = arena_new(),
		.cpu_end_us = start + HTML_CPU_MS_MAX * 1000 - d->html_cpu_us,
	};
	struct html h = {
		.d = d,
		.frames = ARRAY_OF(struct frame),
		.sheet = html_sheet_new(),
		.named = map_new(),
		.layout = { .d = d, .part = part, .blocks_before = d->blocks.len },
	};
	size_t used = len < HTML_SIZE_MAX ? len : HTML_SIZE_MAX;

	if (d->html_cpu_us >= HTML_CPU_MS_MAX * 1000 ||
	    !parse(&h, &budget, html, used)) {
		html_plain(d, part, html, used);
		document_note(d, "not laid out: the HTML is too complex");
	}
	add_notes(&h);
	if (used < len)
		document_note(d, "not shown: %zu kB more of HTML",
			(len - used + 1023) / 1024);
	html_sheet_free(&h.sheet);
	map_free(&h.named, NULL);
	arena_free(&budget.arena);
	d->html_cpu_us += cpu_us() - start;
}
