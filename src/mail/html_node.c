// SPDX-License-Identifier: GPL-3.0-or-later
// One element of a page: what its name means here, what its attributes say.
#include "config.h"

#include "mail/html_page.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#define ROW_NODES_MAX 64    // a row with more is layout, not data
#define ROW_TEXT_MAX 300    // bytes
#define PIXEL_MAX 3         // a picture of so few pixels is none

static const struct html_element elements[GUMBO_TAG_LAST] = {
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

const struct html_element *
html_element_of(const GumboNode *node)
{
	return &elements[node->v.element.tag];
}

enum html_act
html_act(const GumboNode *node)
{
	return html_element_of(node)->act;
}

const char *
html_attribute(const GumboNode *node, const char *name)
{
	const GumboAttribute *a = gumbo_get_attribute(&node->v.element.attributes,
		name);

	return a == NULL ? NULL : a->value;
}

bool
html_has_class(const GumboNode *node, const char *class)
{
	const char *classes = html_attribute(node, "class"), *id = html_attribute(node, "id");
	const char *found = classes == NULL ? NULL : strstr(classes, class);

	return found != NULL || (id != NULL && strcmp(id, class) == 0);
}

struct html_style
html_node_style(const struct html *h, const GumboNode *node)
{
	struct html_style s = html_style_of(h->sheet, html_attribute(node, "class"),
		html_attribute(node, "style"));

	s.hidden |= html_attribute(node, "hidden") != NULL || s.display == DISPLAY_NONE;
	return s;
}

int
html_number(const GumboNode *node, const char *name, int otherwise)
{
	const char *value = html_attribute(node, name);
	char *end;
	long n = value == NULL ? 0 : strtol(value, &end, 10);

	return value == NULL || end == value || n < 0 || n > 10000 ? otherwise : (int)n;
}

bool
html_is_pixel(const GumboNode *image)
{
	return html_number(image, "width", PIXEL_MAX + 1) <= PIXEL_MAX ||
		html_number(image, "height", PIXEL_MAX + 1) <= PIXEL_MAX;
}

bool
html_is_blank(const char *s)
{
	while (*s != '\0' && ((unsigned char)*s <= ' ' ||
	       strncmp(s, "\xc2\xa0", 2) == 0))
		s += (unsigned char)*s <= ' ' ? 1 : 2;
	return *s == '\0';
}

bool
html_is_data(const GumboNode *node, size_t *nodes, size_t *text, int depth)
{
	if (++*nodes > ROW_NODES_MAX || depth > 8)
		return false;
	if (node->type == GUMBO_NODE_TEXT)
		*text += strlen(node->v.text.text);
	if (*text > ROW_TEXT_MAX)
		return false;
	if (node->type != GUMBO_NODE_ELEMENT)
		return true;
	enum html_act act = html_act(node);
	if (act == ACT_PARAGRAPH || act == ACT_BLOCK) {
		if (node->v.element.children.length > 1)
			return false;
	} else if (act != ACT_NONE && act != ACT_SPAN && act != ACT_LINK &&
	           act != ACT_IMAGE && act != ACT_CELL && act != ACT_ROW &&
	           act != ACT_TABLE) {
		return false;
	}
	for (unsigned i = 0; i < node->v.element.children.length; i++)
		if (!html_is_data(node->v.element.children.data[i], nodes, text, depth + 1))
			return false;
	return true;
}
