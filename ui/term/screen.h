// SPDX-License-Identifier: GPL-3.0-or-later
// The terminal as a grid of cells: opening and giving it back, drawing text in
// styles within areas, and writing what changed. The door to curses, with
// keys.c and theme.c beside it.
#ifndef UI_TERM_SCREEN_H
#define UI_TERM_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include "ui/term/theme.h"

struct error;
struct screen;

#define SCREEN_ROWS_MAX 1000   // a terminal that says more is not believed
#define SCREEN_COLS_MAX 2000
#define SCREEN_LOOKS_MAX 64    // own looks; further ones are not shown

// A rectangle of cells; everything drawn is clipped to it.
struct area {
	int row, col, rows, cols;
};

// Before screen_open, and before there are threads that might look at it.
void screen_locale(void);
// Takes the terminal on standard input and output; UTF-8 whatever the locale.
// ERROR_INPUT when it is none, or TERM is unknown (says what to do).
bool screen_open(struct screen **s, struct error *err);
void screen_close(struct screen **s);        // gives it back whole
void screen_suspend(struct screen *s);       // for an editor, ^Z
void screen_resume(struct screen *s);
// Asks the terminal's size anew; true when it changed.
bool screen_resize(struct screen *s);
struct area screen_area(const struct screen *s);
// Another look for a style, and looks that lie over one (number from 0, told by
// look.colour); colours and attributes as command/colour.h has them. Forgotten
// all at once. What the terminal cannot show is left out.
struct colour_style;
void screen_set_style(struct screen *s, enum style style, const struct colour_style *look);
void screen_set_colour(struct screen *s, int number, const struct colour_style *look);
void screen_forget_looks(struct screen *s);

void screen_clear(struct screen *s, struct area a);
// Draws filtered UTF-8 at row, col of the area, at most `cells` cells (0: to its
// right edge), each cluster in the cells that it takes; cut with '…' when it
// does not fit. Returns the cells used.
int screen_text(struct screen *s, struct area a, int row, int col, int cells,
	const char *text, enum style style);
int screen_look(struct screen *s, struct area a, int row, int col, int cells,
	const char *text, struct look look);
// The same, `len` bytes, not marked when cut: for pieces of a line.
int screen_piece(struct screen *s, struct area a, int row, int col,
	const char *text, size_t len, struct look look);
// Fills the rest of a row with blanks of a style.
void screen_fill(struct screen *s, struct area a, int row, int col, enum style style);
void screen_fill_look(struct screen *s, struct area a, int row, int col, struct look look);
void screen_line(struct screen *s, struct area a, int row, int col, bool vertical,
	int length, enum style style);
// Where the cursor stands when the screen is written; hidden unless set.
void screen_cursor(struct screen *s, struct area a, int row, int col, bool visible);
// Writes what changed since the last time.
void screen_write(struct screen *s);
void screen_redraw(struct screen *s);        // all of it, as after ^L

#endif
