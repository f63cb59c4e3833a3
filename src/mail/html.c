// SPDX-License-Identifier: GPL-3.0-or-later
// HTML as a page to read: gumbo makes the tree, within a budget of memory and
// time that no page of a person exceeds; one walk without recursion turns it
// into blocks and spans.
#include "config.h"

#include "mail/html.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/str.h"
#include "mail/document.h"
#include "mail/html_layout.h"
#include "mail/html_link.h"
#include "mail/html_plain.h"

#include <gumbo.h>
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
	[GUMBO_TAG_TABLE] = { ACT_BLOCK },
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
};

struct html {
	struct document *d;
	struct array frames;    // struct frame
	struct html_layout layout;
	int links;              // that the walk is in
	size_t hidden, images, fields, bad_links; // left out, for the note
};

static const struct element no_element = { ACT_NONE };

static const char *
attribute(const GumboNode *node, const char *name)
{
	const GumboAttribute *a = gumbo_get_attribute(&node->v.element.attributes,
		name);

	return a == NULL ? NULL : a->value;
}

// True when the style (without blanks, in lower case) hides the element.
static bool
style_hides(const char *style)
{
	static const char *const hiding[] = {
		"display:none", "visibility:hidden", "font-size:0;", "font-size:0px",
		"font-size:0pt", "opacity:0;", "mso-hide:all", "max-height:0;",
		"max-height:0px",
	};
	struct buf flat = {0};
	bool hides = false;

	for (; *style != '\0' && flat.len < 2000; style++)
		if (*style > ' ')
			buf_char(&flat, *style >= 'A' && *style <= 'Z'
				? (char)(*style | 0x20) : *style);
	buf_char(&flat, ';');
	for (size_t i = 0; i < sizeof(hiding) / sizeof(*hiding); i++)
		hides = hides || strstr(buf_text(&flat), hiding[i]) != NULL;
	buf_done(&flat);
	return hides;
}

static bool
is_hidden(const GumboNode *node)
{
	const char *style = attribute(node, "style");

	return attribute(node, "hidden") != NULL ||
		(style != NULL && style_hides(style));
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
	bool wraps = act == ACT_BLOCK && node->v.element.tag != GUMBO_TAG_TABLE;
	if (act == ACT_PARAGRAPH || wraps) {
		if (node->v.element.children.length > 1)
			return false;
	} else if (act != ACT_NONE && act != ACT_SPAN && act != ACT_LINK &&
	           act != ACT_IMAGE && act != ACT_CELL && act != ACT_ROW) {
		return false;
	}
	for (unsigned i = 0; i < node->v.element.children.length; i++)
		if (!is_data(node->v.element.children.data[i], nodes, text, depth + 1))
			return false;
	return true;
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
enter_image(struct html *h, const GumboNode *node)
{
	struct html_layout *l = &h->layout;
	const char *alt = attribute(node, "alt"), *src = attribute(node, "src");
	bool remote = src != NULL && !str_has_prefix_nocase(src, "cid:") &&
		!str_has_prefix_nocase(src, "data:");
	char *text = str_dup(str_or_empty(alt)), *trimmed = str_trim(text);

	h->images += remote;
	if (*trimmed != '\0' || h->links > 0) {
		html_text(l, " ");
		html_word(l, "[", 1);
		html_text(l, *trimmed != '\0' ? trimmed : "image");
		l->gap = false;
		html_word(l, "]", 1);
	}
	free(text);
}

static void
enter_link(struct html *h, struct frame *f, const GumboNode *node)
{
	const char *href = attribute(node, "href");

	h->links++;
	if (href == NULL || *href == '\0' || *href == '#')
		return;
	f->link = document_link(h->d, href);
	h->bad_links += f->link < 0;
}

static void
enter_cell(struct html *h, const struct frame *row)
{
	struct html_layout *l = &h->layout;

	if (row == NULL || !row->data) {
		html_block_end(l);
		return;
	}
	l->cell = l->open;
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

static void
enter(struct html *h, struct frame *f, const struct frame *above)
{
	struct html_layout *l = &h->layout;
	const GumboNode *node = f->node;
	size_t nodes = 0, text = 0;

	switch (f->element->act) {
	case ACT_BLOCK:
		html_block_end(l);
		break;
	case ACT_PARAGRAPH:
		if (*l->bullet == '\0') // the paragraph of an item is the item
			html_margin(l);
		break;
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
	case ACT_ROW:
		html_block_end(l);
		f->data = is_data(node, &nodes, &text, 0);
		break;
	case ACT_CELL:
		enter_cell(h, above);
		break;
	case ACT_FORM:
		h->fields++;
		break;
	case ACT_NONE:
	case ACT_DROP:
	case ACT_SPAN:
		break;
	}
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

static void
leave(struct html *h, struct frame *f)
{
	struct html_layout *l = &h->layout;
	switch (f->element->act) {
	case ACT_BLOCK:
	case ACT_ROW:
		html_block_end(l);
		break;
	case ACT_CELL:
		if (!f->inline_cell)
			html_block_end(l);
		break;
	case ACT_PARAGRAPH:
		html_margin(l);
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
	case ACT_DROP:
	case ACT_RULE:
	case ACT_BREAK:
	case ACT_IMAGE:
	case ACT_FORM:
		break;
	}
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
	if (is_hidden(node)) {
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
	};
	enter(h, &f, above);
	f.start = html_text_start(l);
	if (element->act == ACT_FORM)
		return;
	*(struct frame *)array_push(&h->frames) = f;
}

static void
visit(struct html *h, const GumboNode *node)
{
	struct html_layout *l = &h->layout;
	switch (node->type) {
	case GUMBO_NODE_ELEMENT:
		push(h, node);
		break;
	case GUMBO_NODE_TEXT:
	case GUMBO_NODE_WHITESPACE:
	case GUMBO_NODE_CDATA:
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
			visit(h, children->data[f->next++]);
			continue;
		}
		struct frame done = *f;
		h->frames.len--;
		leave(h, &done);
	}
	array_done(&h->frames);
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
	walk(h, output->root);
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
	arena_free(&budget.arena);
	d->html_cpu_us += cpu_us() - start;
}
