// SPDX-License-Identifier: GPL-3.0-or-later
// A list of any length of which only the rows on screen are asked for: cursor,
// scrolling, and what stays where when rows come and go.
#ifndef UI_WIDGET_LIST_H
#define UI_WIDGET_LIST_H

#include <stdbool.h>
#include <stdint.h>
#include "ui/term/screen.h"

struct list {
	uint32_t count;      // rows in all
	uint32_t cursor;     // 0 when empty
	uint32_t top;        // first row on screen
	int height;          // rows on screen at the last draw
};

void list_set_count(struct list *l, uint32_t count);   // keeps cursor in range
void list_go(struct list *l, int64_t row);             // clamped; scrolls as needed
void list_move(struct list *l, int64_t by);
void list_page(struct list *l, int pages);             // half: list_move
void list_scroll(struct list *l, int64_t by);          // the window, cursor kept in it
// Calls draw for each row on screen, `under` for the one under the cursor.
void list_draw(struct list *l, struct screen *s, struct area a,
	void (*draw)(void *arg, struct screen *s, struct area row, uint32_t at, bool under),
	void *arg);

#endif
