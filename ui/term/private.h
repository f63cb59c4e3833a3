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

// How a style, or a look over one, is drawn.
struct pen {
	attr_t attributes;
	short foreground, background;  // PEN_NONE: what lies below; -1: the terminal's
};
enum { PEN_NONE = -2 };

struct screen {
	SCREEN *curses;
	int colours;
	struct pen pens[STYLE_COUNT];
	struct pen over[SCREEN_LOOKS_MAX];
	short pairs[STYLE_COUNT];      // of the pens; 0: to be made
	int cursor_row, cursor_col;
	bool cursor_shown;
	bool suspended;
	struct buf paste;      // being gathered
	bool pasting;
};

void theme_start(struct screen *s);
// The pen for a look, and its colour pair.
struct pen theme_pen(struct screen *s, struct look look, short *pair_r);
void keys_start(struct screen *s);
void keys_stop(struct screen *s);

#endif
