// SPDX-License-Identifier: GPL-3.0-or-later
// Turns styles, and what `colour` commands say of them, into curses attributes
// for the colours that this terminal has.
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "command/colour.h"
#include "ui/term/private.h"

// Colours are given for 256 and for 16; -1 is the terminal's own. Nobody tells us
// whether its background is dark or light: a colour that stands on it is of a
// middle brightness, at least 3 to 1 against both, and where we set a background
// we set the foreground too.
struct theme_row {
	const char *name;
	short fg256, bg256, fg16, bg16;
	attr_t attributes;       // with colours
	attr_t plain;            // without: meaning never hangs on colour alone
};

static const struct theme_row theme_rows[STYLE_COUNT] = {
	[STYLE_NORMAL] = { "normal", -1, -1, -1, -1, 0, 0 },
	[STYLE_DIM] = { "dim", 244, -1, -1, -1, 0, 0 },
	[STYLE_TAG] = { "tag", 98, -1, 5, -1, 0, 0 },
	[STYLE_UNREAD] = { "unread", -1, -1, -1, -1, A_BOLD, A_BOLD },
	[STYLE_FLAGGED] = { "flagged", 166, -1, 3, -1, 0, 0 },
	[STYLE_DELETED] = { "deleted", 244, -1, -1, -1, A_DIM, A_DIM },
	[STYLE_PENDING] = { "pending", 67, -1, 6, -1, 0, 0 },
	[STYLE_MARKED] = { "marked", 136, -1, 3, -1, A_BOLD, A_BOLD },
	[STYLE_CURSOR] = { "cursor", 231, 25, -1, -1, 0, A_REVERSE },
	[STYLE_CURSOR_IDLE] = { "cursor-idle", 255, 240, -1, -1, 0, A_UNDERLINE },
	[STYLE_TITLE] = { "title", 248, 235, 7, 0, 0, A_BOLD },
	[STYLE_TITLE_FOCUS] = { "title-focus", 255, 238, 7, 4, A_BOLD, A_BOLD | A_REVERSE },
	[STYLE_BORDER] = { "border", 240, -1, -1, -1, 0, 0 },
	[STYLE_HEADER_NAME] = { "header-name", 32, -1, 6, -1, 0, A_BOLD },
	[STYLE_HEADER_VALUE] = { "header-value", -1, -1, -1, -1, 0, 0 },
	[STYLE_QUOTE_1] = { "quote-1", 66, -1, 2, -1, 0, 0 },
	[STYLE_QUOTE_2] = { "quote-2", 68, -1, 4, -1, 0, 0 },
	[STYLE_QUOTE_3] = { "quote-3", 133, -1, 5, -1, 0, 0 },
	[STYLE_SIGNATURE] = { "signature", 244, -1, -1, -1, 0, A_DIM },
	[STYLE_LINK] = { "link", 32, -1, 6, -1, A_UNDERLINE, A_UNDERLINE },
	[STYLE_CODE] = { "code", 137, -1, 3, -1, 0, 0 },
	[STYLE_ADDED] = { "added", 28, -1, 2, -1, 0, 0 },
	[STYLE_REMOVED] = { "removed", 167, -1, 1, -1, 0, 0 },
	[STYLE_HEADING] = { "heading", -1, -1, -1, -1, A_BOLD, A_BOLD },
	[STYLE_NOTE] = { "note", 130, -1, 3, -1, 0, A_DIM },
	[STYLE_WARNING] = { "warning", 166, -1, 3, -1, A_BOLD, A_BOLD },
	[STYLE_ERROR] = { "error", 196, -1, 1, -1, A_BOLD, A_BOLD | A_REVERSE },
	[STYLE_NOTICE] = { "notice", -1, -1, -1, -1, 0, 0 },
	[STYLE_QUESTION] = { "question", 16, 222, 0, 3, 0, A_REVERSE },
	[STYLE_STATUS] = { "status", 252, 237, -1, -1, 0, A_REVERSE },
	[STYLE_STATUS_BAD] = { "status-bad", 231, 124, 7, 1, A_BOLD, A_REVERSE | A_BOLD },
	[STYLE_HINT_KEY] = { "hint-key", 32, -1, 6, -1, A_BOLD, A_BOLD },
	[STYLE_HINT_TEXT] = { "hint-text", 244, -1, -1, -1, 0, 0 },
	[STYLE_PROMPT] = { "prompt", -1, -1, -1, -1, A_BOLD, A_BOLD },
	[STYLE_MATCH] = { "match", 16, 220, 0, 3, 0, A_REVERSE },
};

bool
style_from_name(const char *name, enum style *style_r)
{
	for (int i = 0; i < STYLE_COUNT; i++) {
		if (str_equal(theme_rows[i].name, name)) {
			*style_r = i;
			return true;
		}
	}
	return false;
}

static int
theme_colours(void)
{
	const char *no = getenv("NO_COLOR");

	if ((no && *no) || !has_colors() || start_color() == ERR)
		return 0;
	use_default_colors();
	return COLORS;
}

static struct pen
theme_pen_of(const struct screen *s, const struct theme_row *row)
{
	bool many = s->colours >= 256;
	struct pen pen = { .attributes = row->plain, .foreground = -1, .background = -1 };

	if (s->colours < 8)
		return pen;
	pen.foreground = many ? row->fg256 : row->fg16;
	pen.background = many ? row->bg256 : row->bg16;
	pen.attributes = row->attributes;
	// A row that has no 16-colour form keeps its plain look there.
	if (!many && pen.foreground == -1 && pen.background == -1)
		pen.attributes |= row->plain;
	return pen;
}

void
screen_forget_looks(struct screen *s)
{
	for (int i = 0; i < STYLE_COUNT; i++) {
		s->pens[i] = theme_pen_of(s, &theme_rows[i]);
		s->pairs[i] = 0;
	}
	for (int i = 0; i < SCREEN_LOOKS_MAX; i++)
		s->over[i] = (struct pen){ 0, PEN_NONE, PEN_NONE };
}

void
theme_start(struct screen *s)
{
	s->colours = theme_colours();
	screen_forget_looks(s);
}

// --- looks of one's own ------------------------------------------------------------

// The nearest colour of the 6x6x6 cube that all terminals of 256 share.
static short
theme_nearest(int rgb)
{
	int cube = 16;

	for (int shift = 16, weight = 36; shift >= 0; shift -= 8, weight /= 6) {
		int value = rgb >> shift & 0xff;

		cube += weight * (value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40);
	}
	return (short)cube;
}

static short
theme_colour(const struct screen *s, int colour)
{
	if (colour == COLOUR_NONE || s->colours < 8)
		return PEN_NONE;
	if (colour >= COLOUR_RGB)
		colour = theme_nearest(colour - COLOUR_RGB);
	// Without bright ones the eight plain ones stand in.
	if (colour >= 8 && colour < 16 && s->colours < 16)
		colour -= 8;
	return colour < s->colours ? (short)colour : PEN_NONE;
}

static struct pen
theme_own(const struct screen *s, const struct colour_style *look)
{
	static const struct {
		unsigned ours;
		attr_t curses;
	} attributes[] = {
		{ COLOUR_BOLD, A_BOLD }, { COLOUR_DIM, A_DIM },
		{ COLOUR_ITALIC, A_ITALIC }, { COLOUR_UNDERLINE, A_UNDERLINE },
		{ COLOUR_REVERSE, A_REVERSE },
	};
	struct pen pen = { 0, theme_colour(s, look->foreground),
		theme_colour(s, look->background) };

	for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
		if (look->attributes & attributes[i].ours)
			pen.attributes |= attributes[i].curses;
	}
	return pen;
}

void
screen_set_style(struct screen *s, enum style style, const struct colour_style *look)
{
	struct pen pen = theme_own(s, look);

	pen.foreground = pen.foreground == PEN_NONE ? -1 : pen.foreground;
	pen.background = pen.background == PEN_NONE ? -1 : pen.background;
	s->pens[style] = pen;
	s->pairs[style] = 0;
}

void
screen_set_colour(struct screen *s, int number, const struct colour_style *look)
{
	if (number < SCREEN_LOOKS_MAX)
		s->over[number] = theme_own(s, look);
}

struct pen
theme_pen(struct screen *s, struct look look, short *pair_r)
{
	struct pen pen = s->pens[look.style];
	bool plain = look.colour < 1 || look.colour > SCREEN_LOOKS_MAX;

	if (!plain) {
		const struct pen *over = &s->over[look.colour - 1];

		pen.attributes |= over->attributes;
		if (over->foreground != PEN_NONE)
			pen.foreground = over->foreground;
		if (over->background != PEN_NONE)
			pen.background = over->background;
	}
	if (look.bold)
		pen.attributes |= A_BOLD;
	if (look.italic)
		pen.attributes |= A_ITALIC;
	if (look.underline)
		pen.attributes |= A_UNDERLINE;
	*pair_r = 0;
	if (s->colours < 8 || (pen.foreground == -1 && pen.background == -1))
		return pen;
	if (!plain) {
		*pair_r = (short)alloc_pair(pen.foreground, pen.background);
		return pen;
	}
	if (s->pairs[look.style] == 0)
		s->pairs[look.style] = (short)alloc_pair(pen.foreground, pen.background);
	*pair_r = s->pairs[look.style];
	return pen;
}
