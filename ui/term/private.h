// SPDX-License-Identifier: GPL-3.0-or-later
// The screen as the three files that include curses share it.
#ifndef UI_TERM_PRIVATE_H
#define UI_TERM_PRIVATE_H

#define NCURSES_WIDECHAR 1
#include <curses.h>
// Macros of curses that are ordinary words here.
#undef clear
#undef move
#undef scroll
#undef erase
#undef refresh
#undef timeout
#undef box
#undef border

#include "base/buf.h"
#include "ui/term/screen.h"

struct screen {
	SCREEN *curses;
	int colours;
	attr_t looks[STYLE_COUNT];
	short pairs[STYLE_COUNT];
	int cursor_row, cursor_col;
	bool cursor_shown;
	bool suspended;
	struct buf paste;      // being gathered
	bool pasting;
};

void theme_start(struct screen *s);
void keys_start(struct screen *s);
void keys_stop(struct screen *s);

#endif
