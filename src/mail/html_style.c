// SPDX-License-Identifier: GPL-3.0-or-later
// Newsletters say by CSS what is not to be read and where a section ends; a
// reader that knows no CSS at all shows hidden texts and walls of words.
#include "config.h"

#include "mail/html_style.h"

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#define DECLARATIONS_MAX 4000  // bytes of one style
#define SHEET_MAX (256 * 1024) // bytes of all <style> of a page
#define CLASSES_MAX 2000
#define CLASS_MAX 100          // bytes of a class's name
#define ELEMENT_CLASSES_MAX 20
#define LINE_PX 7              // so much space is an empty line
#define FONT_MIN_PX 2          // smaller text is hidden text

struct html_sheet {
	struct map *classes;   // of struct html_style
	size_t read;
};

// --- declarations -------------------------------------------------------------

// A length in px; relative ones by the usual letter. -1: it says nothing.
static int
length_px(const char *value)
{
	char *unit;
	double n = strtod(value, &unit);

	if (unit == value || !(n >= -10000 && n <= 10000))
		return -1;
	if (str_has_prefix(unit, "pt"))
		n = n * 4 / 3;
	else if (str_has_prefix(unit, "em") || str_has_prefix(unit, "rem"))
		n *= 16;
	else if (str_has_prefix(unit, "cm") || str_has_prefix(unit, "in"))
		n *= 40;
	else if (*unit == '%')
		return -1;
	return n < 0 ? 0 : (int)(n + 0.5);
}

static bool
is_zero(const char *value)
{
	int px = length_px(value);

	return px == 0 && strncmp(value, "0.", 2) != 0 && *value != '.';
}

static void
take_space(enum html_space *space, const char *value, bool padding)
{
	int px = length_px(value);

	if (px >= LINE_PX)
		*space = SPACE_LINE;
	// No padding says nothing of the margin.
	else if (px >= 0 && !padding)
		*space = SPACE_NONE;
}

// "1px 2px 3px": top, sides, bottom.
static void
take_spaces(struct html_style *s, const char *value, bool padding)
{
	const char *at = value, *bottom = value;

	for (int n = 0; *at != '\0'; n++) {
		if (n == 0 || n == 2)
			bottom = at;
		at += strcspn(at, " ");
		at += strspn(at, " ");
	}
	take_space(&s->before, value, padding);
	take_space(&s->after, bottom, padding);
}

static void
take_display(struct html_style *s, const char *value)
{
	static const char *const blocks[] = { "block", "table", "flex", "list-item" };

	s->display = DISPLAY_OTHER;
	if (str_has_prefix(value, "none"))
		s->display = DISPLAY_NONE;
	for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++)
		if (str_equal(value, blocks[i]))
			s->display = DISPLAY_BLOCK;
}

static void
take_font_size(struct html_style *s, const char *value)
{
	int px = length_px(value);

	if (px < 0)
		return;
	s->font_zero = px < FONT_MIN_PX;
	s->font_px = px;
}

static void
take_weight(struct html_style *s, const char *value)
{
	s->bold = str_has_prefix(value, "bold") || strtol(value, NULL, 10) >= 600;
}

enum property { DISPLAY, VISIBILITY, OPACITY, MAX_HEIGHT, MSO_HIDE, FONT_SIZE,
	WEIGHT, MARGIN, MARGIN_TOP, MARGIN_BOTTOM, PADDING, PADDING_TOP,
	PADDING_BOTTOM, BORDER_LEFT, BORDER_TOP };

static const struct {
	const char *name;
	enum property property;
} properties[] = {
	{ "display", DISPLAY }, { "visibility", VISIBILITY },
	{ "opacity", OPACITY }, { "max-height", MAX_HEIGHT },
	{ "mso-hide", MSO_HIDE }, { "font-size", FONT_SIZE },
	{ "font-weight", WEIGHT }, { "margin", MARGIN },
	{ "margin-top", MARGIN_TOP }, { "margin-bottom", MARGIN_BOTTOM },
	{ "padding", PADDING }, { "padding-top", PADDING_TOP },
	{ "padding-bottom", PADDING_BOTTOM }, { "border-left", BORDER_LEFT },
	{ "border-top", BORDER_TOP },
};

static void
take(struct html_style *s, enum property property, const char *value)
{
	switch (property) {
	case DISPLAY:
		take_display(s, value);
		break;
	case VISIBILITY:
		s->hidden |= str_has_prefix(value, "hidden");
		break;
	case OPACITY:
	case MAX_HEIGHT:
		s->hidden |= is_zero(value);
		break;
	case MSO_HIDE:
		s->hidden |= str_has_prefix(value, "all");
		break;
	case FONT_SIZE:
		take_font_size(s, value);
		break;
	case WEIGHT:
		take_weight(s, value);
		break;
	case MARGIN:
	case PADDING:
		take_spaces(s, value, property == PADDING);
		break;
	case MARGIN_TOP:
	case PADDING_TOP:
		take_space(&s->before, value, property == PADDING_TOP);
		break;
	case MARGIN_BOTTOM:
	case PADDING_BOTTOM:
		take_space(&s->after, value, property == PADDING_BOTTOM);
		break;
	case BORDER_LEFT:
		s->quote |= str_has_prefix(value, "solid blue");
		break;
	case BORDER_TOP:
		s->rule |= str_has_prefix(value, "solid #b5c4df") ||
			str_has_prefix(value, "solid #e1e1e1");
		break;
	}
}

// One "name: value" in lower case with single blanks.
static void
take_declaration(struct html_style *s, const char *text, size_t len)
{
	char flat[200];
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < sizeof(flat); i++) {
		char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20) : text[i];
		bool blank = c <= ' ' && c >= 0;
		if (blank && (n == 0 || flat[n - 1] == ' ' || flat[n - 1] == ':'))
			continue;
		if (c == ':' && n > 0 && flat[n - 1] == ' ')
			n--;
		flat[n++] = blank ? ' ' : c;
	}
	while (n > 0 && flat[n - 1] == ' ')
		n--;
	flat[n] = '\0';
	char *value = strchr(flat, ':');
	if (value == NULL)
		return;
	*value++ = '\0';
	char *important = strchr(value, '!');
	if (important != NULL)
		*important = '\0';
	for (size_t i = 0; i < sizeof(properties) / sizeof(*properties); i++)
		if (strcmp(properties[i].name, flat) == 0)
			take(s, properties[i].property, str_trim(value));
}

static void
read_declarations(struct html_style *s, const char *text, size_t len)
{
	if (len > DECLARATIONS_MAX)
		len = DECLARATIONS_MAX;
	for (size_t at = 0; at < len; at++) {
		const char *end = memchr(text + at, ';', len - at);
		size_t n = end == NULL ? len - at : (size_t)(end - text) - at;
		take_declaration(s, text + at, n);
		at += n;
	}
}

void
html_style_read(struct html_style *s, const char *declarations)
{
	read_declarations(s, declarations, strlen(declarations));
}

// --- sheets -------------------------------------------------------------------

struct html_sheet *
html_sheet_new(void)
{
	struct html_sheet *s = mem_new(struct html_sheet);

	s->classes = map_new();
	// Outlook's paragraphs are lines, also where its rules are gone.
	html_sheet_read(s, ".MsoNormal, .MsoListParagraph, .MsoPlainText { margin: 0 }");
	return s;
}

void
html_sheet_free(struct html_sheet **s)
{
	if (*s == NULL)
		return;
	map_free(&(*s)->classes, free);
	free(*s);
	*s = NULL;
}

// The class of ".c" or "element.c" alone; 0 for all that needs more to be true.
static size_t
class_of(const char *selector, size_t len, const char **class_r)
{
	while (len > 0 && (unsigned char)*selector <= ' ')
		selector++, len--;
	while (len > 0 && (unsigned char)selector[len - 1] <= ' ')
		len--;
	const char *dot = memchr(selector, '.', len);
	if (dot == NULL)
		return 0;
	for (const char *s = selector; s < selector + len; s++)
		if (s != dot && ((unsigned char)*s <= ' ' || strchr(".#:>+~[*", *s) != NULL))
			return 0;
	*class_r = dot + 1;
	return (size_t)(selector + len - dot) - 1;
}

static void
take_rule(struct html_sheet *sheet, const char *selectors, size_t selectors_len,
	const char *body, size_t body_len)
{
	for (size_t at = 0; at < selectors_len; at++) {
		const char *comma = memchr(selectors + at, ',', selectors_len - at);
		size_t n = comma == NULL ? selectors_len - at
		                         : (size_t)(comma - selectors) - at;
		const char *class;
		size_t len = class_of(selectors + at, n, &class);
		at += n;
		if (len == 0 || len > CLASS_MAX || map_len(sheet->classes) >= CLASSES_MAX)
			continue;
		char *name = str_ndup(class, len);
		struct html_style *s = map_get(sheet->classes, name);
		if (s == NULL) {
			s = mem_new(struct html_style);
			map_put(sheet->classes, name, s);
		}
		read_declarations(s, body, body_len);
		free(name);
	}
}

// Behind the '}' that ends what begins at css, which is behind its '{'.
static const char *
block_end(const char *css)
{
	for (int depth = 1; *css != '\0'; css++) {
		depth += (*css == '{') - (*css == '}');
		if (depth == 0)
			return css + 1;
	}
	return css;
}

// Without its comments, and the comment marks that hide it from old programs.
static char *
without_comments(const char *css)
{
	struct buf out = {0};

	while (*css != '\0' && out.len < SHEET_MAX) {
		if (str_has_prefix(css, "/*")) {
			const char *end = strstr(css + 2, "*/");
			if (end == NULL)
				break;
			css = end + 2;
		} else if (str_has_prefix(css, "<!--")) {
			css += 4;
		} else if (str_has_prefix(css, "-->")) {
			css += 3;
		} else {
			buf_char(&out, *css++);
		}
	}
	return buf_take(&out);
}

void
html_sheet_read(struct html_sheet *s, const char *css)
{
	if (s->read >= SHEET_MAX)
		return;
	char *text = without_comments(css);
	s->read += strlen(text);
	for (const char *at = text; *at != '\0';) {
		at += strspn(at, " \t\r\n;}");
		size_t len = strcspn(at, "{;");
		const char *selectors = at;
		if (at[len] != '{') { // "@import ...;"
			at += len;
			continue;
		}
		const char *body = at + len + 1, *end = block_end(body);
		if (*selectors != '@')
			take_rule(s, selectors, len, body, (size_t)(end - body) -
				(end > body && end[-1] == '}'));
		at = end;
	}
	free(text);
}

static void
merge(struct html_style *s, const struct html_style *class)
{
	if (class->display != DISPLAY_UNSET)
		s->display = class->display;
	if (class->before != SPACE_UNSET)
		s->before = class->before;
	if (class->after != SPACE_UNSET)
		s->after = class->after;
	if (class->font_px > 0 || class->font_zero) {
		s->font_px = class->font_px;
		s->font_zero = class->font_zero;
	}
	s->hidden |= class->hidden;
	s->bold |= class->bold;
	s->quote |= class->quote;
	s->rule |= class->rule;
}

struct html_style
html_style_of(const struct html_sheet *sheet, const char *classes,
	const char *style)
{
	struct html_style s = {0};

	for (int i = 0; classes != NULL && *classes != '\0' &&
	     i < ELEMENT_CLASSES_MAX; i++) {
		classes += strspn(classes, " \t\r\n");
		size_t len = strcspn(classes, " \t\r\n");
		if (len > 0 && len <= CLASS_MAX) {
			char name[CLASS_MAX + 1];
			memcpy(name, classes, len);
			name[len] = '\0';
			const struct html_style *class = map_get(sheet->classes, name);
			if (class != NULL)
				merge(&s, class);
		}
		classes += len;
	}
	if (style != NULL)
		html_style_read(&s, style);
	return s;
}
