// SPDX-License-Identifier: GPL-3.0-or-later
// Tables of a page: those of data are set in columns, all others are boxes.
#include "config.h"

#include "mail/html_page.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "mail/html_table.h"

#include <stdlib.h>
#include <string.h>

// The text of a cell of data as the walk will set it; false: not to be foreseen.
static bool
cell_text(const struct html *h, const GumboNode *node, struct buf *out)
{
	if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE) {
		buf_str(out, node->v.text.text);
		return true;
	}
	if (node->type != GUMBO_NODE_ELEMENT ||
	    html_act(node) == ACT_DROP)
		return true;
	struct html_style style = html_node_style(h, node);
	if (html_act(node) == ACT_TABLE || style.font_zero)
		return false;
	if (style.hidden)
		return true;
	if (node->v.element.tag == GUMBO_TAG_IMG) {
		const char *alt = html_attribute(node, "alt");
		if (alt != NULL && !html_is_blank(alt) && !html_is_pixel(node))
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
html_cell_line(const struct html *h, const GumboNode *cell, bool *foreseen_r)
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

	if (!html_is_data(row, &nodes, &text, 0))
		return;
	html_table_row(t);
	for (unsigned i = 0; i < row->v.element.children.length && foreseen; i++) {
		const GumboNode *cell = row->v.element.children.data[i];
		if (cell->type != GUMBO_NODE_ELEMENT ||
		    html_act(cell) != ACT_CELL)
			continue;
		char *line = html_cell_line(h, cell, &foreseen);
		html_table_cell(t, line, html_number(cell, "colspan", 1),
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
		enum html_act act = html_act(child);
		if (act == ACT_ROW)
			table_row(h, t, child);
		else if (act == ACT_NONE && (depth > 0 ||
		         !table_rows(h, t, child, depth + 1)))
			return false;
	}
	return !t->wide;
}

void
html_enter_table(struct html *h, struct html_frame *f)
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

void
html_enter_row(struct html *h, struct html_frame *f)
{
	const GumboVector *children = &f->node->v.element.children;
	size_t nodes = 0, text = 0, cells = 0;

	for (unsigned i = 0; i < children->length && cells < 2; i++) {
		const GumboNode *child = children->data[i];
		cells += child->type == GUMBO_NODE_ELEMENT &&
			html_act(child) == ACT_CELL;
	}
	// One cell alone is a box for something.
	f->data = cells > 1 && html_is_data(f->node, &nodes, &text, 0);
	if (f->data)
		html_block_end(&h->layout);
	else
		html_soft_margin(&h->layout);
	// Of the table itself or of its section.
	for (size_t i = h->frames.len; i-- > 0 && h->frames.len - i <= 2;) {
		struct html_frame *above = array_at(&h->frames, i);
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

void
html_enter_cell(struct html *h, struct html_frame *f, struct html_frame *row)
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
	char *line = c->right ? html_cell_line(h, f->node, &foreseen) : NULL;
	l->column = html_table_place(row->table, row->column,
		line == NULL ? 0 : utf8_cells(line));
	l->cell = l->open || l->column > 0;
	row->column += html_number(f->node, "colspan", 1);
	free(line);
}
