// SPDX-License-Identifier: GPL-3.0-or-later
// What things are, as styles, and how a style looks on this terminal: 16, 256
// or true colours, or none (NO_COLOR). Never the only carrier of meaning.
#ifndef UI_TERM_THEME_H
#define UI_TERM_THEME_H

#include <stdbool.h>
#include <stddef.h>

enum style {
	STYLE_NORMAL,
	STYLE_DIM,          // dates, sizes, what matters less
	STYLE_TAG,          // a tag of a message
	STYLE_UNREAD, STYLE_FLAGGED, STYLE_DELETED, STYLE_PENDING, STYLE_MARKED,
	STYLE_CURSOR,       // the row or item under the cursor
	STYLE_CURSOR_IDLE,  // the same where the keys go elsewhere
	STYLE_TITLE, STYLE_TITLE_FOCUS, STYLE_BORDER,
	STYLE_HEADER_NAME, STYLE_HEADER_VALUE,
	STYLE_QUOTE_1, STYLE_QUOTE_2, STYLE_QUOTE_3, STYLE_SIGNATURE,
	STYLE_LINK, STYLE_CODE, STYLE_ADDED, STYLE_REMOVED, STYLE_HEADING,
	STYLE_NOTE,         // ours, within a message
	STYLE_WARNING, STYLE_ERROR, STYLE_NOTICE, STYLE_QUESTION,
	STYLE_STATUS, STYLE_STATUS_BAD, STYLE_HINT_KEY, STYLE_HINT_TEXT,
	STYLE_PROMPT, STYLE_MATCH,
	STYLE_COUNT,
};

// A style with what a span adds to it.
struct look {
	enum style style;
	bool bold, italic, underline;
	int colour;         // of a `colour` command: 1 + its number; 0 none
};

bool style_from_name(const char *name, enum style *style_r);

#endif
