// SPDX-License-Identifier: GPL-3.0-or-later
// The walk over the tree of a page, without recursion however deep it is.
#include "config.h"

#include "mail/html_page.h"

#include "base/map.h"
#include "mail/html.h"

#include <stdlib.h>
#include <string.h>

#define TITLE_TEXT_MAX 120  // bytes; large letters in more are no heading
#define TITLE_FONT_PX 20

static const struct html_element no_element = { ACT_NONE };

// The end of what stands alone, with the space that its style gives it.
static void
block_edge(struct html *h, enum html_space space, bool paragraph)
{
	if (space == SPACE_LINE || (paragraph && space == SPACE_UNSET))
		html_margin(&h->layout);
	else
		html_block_end(&h->layout);
}

static bool
is_title(const struct html_frame *f, const struct html_style *style)
{
	size_t nodes = 0, text = 0;

	return style->font_px >= TITLE_FONT_PX && html_is_data(f->node, &nodes, &text, 0) &&
		text <= TITLE_TEXT_MAX;
}

// What the style of an element adds to what it is.
static void
enter_style(struct html *h, struct html_frame *f, const struct html_style *style,
	const struct html_frame *above)
{
	struct html_layout *l = &h->layout;
	enum html_act act = f->element->act;
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
	f->signature = f->block && (html_has_class(f->node, "gmail_signature") ||
		html_has_class(f->node, "moz-signature") ||
		html_has_class(f->node, "AppleMailSignature"));
	if (style->rule)
		html_rule(l);
	if (f->quote || f->title)
		html_margin(l);
	l->quote += f->quote;
	l->heading += f->title;
	l->signature += f->signature;
}

// Nothing came out of it but a space for the eye: that is what it was for.
static void
leave_empty(struct html *h, const struct html_frame *f)
{
	struct html_layout *l = &h->layout;
	enum html_act act = f->element->act;

	if (h->d->text.len != f->text_before)
		l->data = act == ACT_ROW ? f->data : l->data;
	else if (act == ACT_ROW)
		l->between = true;
	else if (l->blank && f->block)
		html_margin(l);
}

static void
leave_style(struct html *h, struct html_frame *f)
{
	struct html_layout *l = &h->layout;
	enum html_act act = f->element->act;

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
push(struct html *h, const GumboNode *node)
{
	struct html_layout *l = &h->layout;
	const struct html_element *element = html_element_of(node);
	struct html_frame *above = h->frames.len == 0 ? NULL
		: array_at(&h->frames, h->frames.len - 1);
	bool inline_cell = above != NULL && (above->data || above->inline_cell);

	if (element->act == ACT_DROP)
		return;
	struct html_style style = html_node_style(h, node);
	if (style.hidden) {
		h->hidden++;
		return;
	}
	// Too deep, or a paragraph around the one word of a cell.
	if (h->frames.len >= HTML_DEPTH_MAX || (inline_cell &&
	    (element->act == ACT_BLOCK || element->act == ACT_PARAGRAPH)))
		element = &no_element;
	struct html_frame f = {
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
	html_enter(h, &f, above);
	if (apart)
		html_block_end(l);
	if (element != &no_element)
		enter_style(h, &f, &style, above);
	else
		f.tiny = style.font_zero || (above->tiny && style.font_px == 0);
	f.start = html_text_start(l);
	if (element->act == ACT_FORM)
		return;
	*(struct html_frame *)array_push(&h->frames) = f;
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
			h->hidden += !html_is_blank(node->v.text.text);
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

void
html_walk(struct html *h, const GumboNode *root)
{
	push(h, root);
	while (h->frames.len > 0 && !document_full(h->d)) {
		struct html_frame *f = array_at(&h->frames, h->frames.len - 1);
		const GumboVector *children = &f->node->v.element.children;
		if (f->next < children->length) {
			visit(h, children->data[f->next++], f->tiny);
			continue;
		}
		struct html_frame done = *f;
		h->frames.len--;
		html_leave(h, &done);
		leave_style(h, &done);
		leave_empty(h, &done);
	}
	for (size_t i = 0; i < h->frames.len; i++) {
		struct html_frame *f = array_at(&h->frames, i);
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
void
html_look_ahead(struct html *h, const GumboNode *root)
{
	const char *href = NULL;
	const GumboNode *left = NULL;

	for (const GumboNode *n = root; n != NULL; n = next_node(n, root, &left)) {
		if (left != NULL)
			href = NULL;
		bool text = n->type == GUMBO_NODE_TEXT && !html_is_blank(n->v.text.text);
		const GumboNode *in = n->parent;
		if (n->type == GUMBO_NODE_ELEMENT && n->v.element.tag == GUMBO_TAG_A)
			href = html_attribute(n, "href");
		else if (text && in->type == GUMBO_NODE_ELEMENT &&
		         in->v.element.tag == GUMBO_TAG_STYLE)
			html_sheet_read(h->sheet, n->v.text.text);
		if (text && href != NULL && map_len(h->named) < DOCUMENT_LINKS_MAX)
			map_put(h->named, href, h->named);
	}
}
