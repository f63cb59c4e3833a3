// SPDX-License-Identifier: GPL-3.0-or-later
// Turns styles into curses attributes for the colours that this terminal has.
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "ui/term/private.h"

// Colours are given for 256 and for 16; -1 is the terminal's own.
struct theme_row {
	const char *name;
	short fg256, bg256, fg16, bg16;
	attr_t attributes;       // with colours
	attr_t plain;            // without: meaning never hangs on colour alone
};

static const struct theme_row theme_rows[STYLE_COUNT] = {
	[STYLE_NORMAL] = { "normal", -1, -1, -1, -1, 0, 0 },
	[STYLE_DIM] = { "dim", 245, -1, -1, -1, 0, 0 },
	[STYLE_UNREAD] = { "unread", -1, -1, -1, -1, A_BOLD, A_BOLD },
	[STYLE_FLAGGED] = { "flagged", 214, -1, 3, -1, 0, 0 },
	[STYLE_DELETED] = { "deleted", 244, -1, -1, -1, A_DIM, A_DIM },
	[STYLE_PENDING] = { "pending", 110, -1, 6, -1, 0, 0 },
	[STYLE_MARKED] = { "marked", 220, -1, 3, -1, A_BOLD, A_BOLD },
	[STYLE_CURSOR] = { "cursor", -1, -1, -1, -1, A_REVERSE, A_REVERSE },
	[STYLE_CURSOR_IDLE] = { "cursor-idle", -1, 237, -1, -1, 0, A_UNDERLINE },
	[STYLE_TITLE] = { "title", 250, 236, 7, 0, 0, A_BOLD },
	[STYLE_TITLE_FOCUS] = { "title-focus", 231, 24, 7, 4, A_BOLD, A_BOLD | A_REVERSE },
	[STYLE_BORDER] = { "border", 240, -1, -1, -1, 0, 0 },
	[STYLE_HEADER_NAME] = { "header-name", 75, -1, 6, -1, 0, A_BOLD },
	[STYLE_HEADER_VALUE] = { "header-value", -1, -1, -1, -1, 0, 0 },
	[STYLE_QUOTE_1] = { "quote-1", 72, -1, 2, -1, 0, 0 },
	[STYLE_QUOTE_2] = { "quote-2", 68, -1, 4, -1, 0, 0 },
	[STYLE_QUOTE_3] = { "quote-3", 133, -1, 5, -1, 0, 0 },
	[STYLE_SIGNATURE] = { "signature", 244, -1, -1, -1, 0, A_DIM },
	[STYLE_LINK] = { "link", 75, -1, 6, -1, A_UNDERLINE, A_UNDERLINE },
	[STYLE_CODE] = { "code", 180, -1, 3, -1, 0, 0 },
	[STYLE_ADDED] = { "added", 71, -1, 2, -1, 0, 0 },
	[STYLE_REMOVED] = { "removed", 167, -1, 1, -1, 0, 0 },
	[STYLE_HEADING] = { "heading", -1, -1, -1, -1, A_BOLD, A_BOLD },
	[STYLE_NOTE] = { "note", 180, -1, 3, -1, 0, A_DIM },
	[STYLE_WARNING] = { "warning", 214, -1, 3, -1, A_BOLD, A_BOLD },
	[STYLE_ERROR] = { "error", 203, -1, 1, -1, A_BOLD, A_BOLD | A_REVERSE },
	[STYLE_NOTICE] = { "notice", -1, -1, -1, -1, 0, 0 },
	[STYLE_QUESTION] = { "question", 16, 222, 0, 3, 0, A_REVERSE },
	[STYLE_STATUS] = { "status", 252, 237, -1, -1, 0, A_REVERSE },
	[STYLE_STATUS_BAD] = { "status-bad", 231, 124, 7, 1, A_BOLD, A_REVERSE | A_BOLD },
	[STYLE_HINT_KEY] = { "hint-key", 75, -1, 6, -1, A_BOLD, A_BOLD },
	[STYLE_HINT_TEXT] = { "hint-text", 245, -1, -1, -1, 0, 0 },
	[STYLE_PROMPT] = { "prompt", -1, -1, -1, -1, A_BOLD, A_BOLD },
	[STYLE_MATCH] = { "match", 16, 220, 0, 3, 0, A_REVERSE },
};

const char *
style_name(enum style style)
{
	return theme_rows[style].name;
}

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

void
theme_start(struct screen *s)
{
	s->colours = theme_colours();
	for (int i = 0; i < STYLE_COUNT; i++) {
		const struct theme_row *row = &theme_rows[i];
		bool many = s->colours >= 256;
		short fg = many ? row->fg256 : row->fg16;
		short bg = many ? row->bg256 : row->bg16;

		s->looks[i] = row->plain;
		if (s->colours < 8)
			continue;
		s->looks[i] = row->attributes;
		// A row that has no 16-colour form keeps its plain look there.
		if (!many && fg == -1 && bg == -1)
			s->looks[i] |= row->plain;
		if (fg == -1 && bg == -1)
			continue;
		init_pair(i + 1, fg, bg);
		s->pairs[i] = i + 1;
	}
}
