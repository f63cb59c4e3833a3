// SPDX-License-Identifier: GPL-3.0-or-later
// What each kind of element does to the layout where it begins, where it ends.
#include "config.h"

#include "mail/html_page.h"

#include "base/map.h"
#include "base/str.h"
#include "mail/html_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
enter_item(struct html *h)
{
	struct html_layout *l = &h->layout;
	struct html_frame *list = NULL;

	for (size_t i = h->frames.len; i-- > 0 && list == NULL;) {
		struct html_frame *f = array_at(&h->frames, i);
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
	const char *alt = html_attribute(node, "alt"), *src = html_attribute(node, "src");
	bool remote = src != NULL && !str_has_prefix_nocase(src, "cid:") &&
		!str_has_prefix_nocase(src, "data:");

	h->images += remote;
	if (html_is_pixel(node))
		return;
	if (alt == NULL || html_is_blank(alt)) {
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
enter_link(struct html *h, struct html_frame *f, const GumboNode *node)
{
	const char *href = html_attribute(node, "href");

	h->links++;
	h->href = href;
	if (href == NULL || *href == '\0' || *href == '#')
		return;
	f->link = document_link(h->d, href);
	h->bad_links += f->link < 0;
}

static void
enter_list(struct html *h, struct html_frame *f, const GumboNode *node)
{
	struct html_layout *l = &h->layout;
	const char *start = html_attribute(node, "start");

	if (l->lists == 0)
		html_margin(l);
	l->lists++;
	f->ordered = node->v.element.tag == GUMBO_TAG_OL;
	f->number = start == NULL ? 0 : (int)(strtol(start, NULL, 10) % 100000) - 1;
}

void
html_enter(struct html *h, struct html_frame *f, struct html_frame *above)
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
		html_enter_table(h, f);
		break;
	case ACT_ROW:
		html_enter_row(h, f);
		break;
	case ACT_CELL:
		html_enter_cell(h, f, above);
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

// Text behind a link that says where it really goes.
static void
leave_link(struct html *h, struct html_frame *f)
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

void
html_leave(struct html *h, struct html_frame *f)
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
}
