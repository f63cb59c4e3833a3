// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps the cursor and the window of a list within its rows, and draws only the
// rows that are on screen.
#include "config.h"

#include "ui/widget/list.h"

static void
list_fit(struct list *l)
{
	uint32_t height = l->height > 0 ? l->height : 1;

	if (l->count == 0) {
		l->cursor = l->top = 0;
		return;
	}
	if (l->cursor >= l->count)
		l->cursor = l->count - 1;
	if (l->cursor < l->top)
		l->top = l->cursor;
	if (l->cursor - l->top >= height)
		l->top = l->cursor - height + 1;
	// No empty rows at the end while there are some above.
	if (l->top > 0 && l->count - l->top < height)
		l->top = l->count > height ? l->count - height : 0;
}

void
list_set_count(struct list *l, uint32_t count)
{
	l->count = count;
	list_fit(l);
}

void
list_go(struct list *l, int64_t row)
{
	if (row < 0)
		row = 0;
	if (row >= l->count)
		row = l->count > 0 ? (int64_t)l->count - 1 : 0;
	l->cursor = (uint32_t)row;
	list_fit(l);
}

void
list_move(struct list *l, int64_t by)
{
	list_go(l, (int64_t)l->cursor + by);
}

void
list_page(struct list *l, int pages)
{
	int64_t height = l->height > 1 ? l->height - 1 : 1;

	list_scroll(l, pages * height);
	list_move(l, pages * height);
}

void
list_scroll(struct list *l, int64_t by)
{
	int64_t top = (int64_t)l->top + by;
	int64_t height = l->height > 0 ? l->height : 1;
	int64_t last = (int64_t)l->count - height;

	if (top > last)
		top = last;
	if (top < 0)
		top = 0;
	l->top = (uint32_t)top;
	if (l->cursor < l->top)
		l->cursor = l->top;
	if ((int64_t)l->cursor >= top + height)
		l->cursor = (uint32_t)(top + height - 1);
	list_fit(l);
}

void
list_draw(struct list *l, struct screen *s, struct area a,
	void (*draw)(void *arg, struct screen *s, struct area row, uint32_t at, bool under),
	void *arg)
{
	l->height = a.rows;
	list_fit(l);
	for (int i = 0; i < a.rows; i++) {
		struct area row = { a.row + i, a.col, 1, a.cols };
		uint32_t at = l->top + i;

		screen_fill(s, row, 0, 0, STYLE_NORMAL);
		if (at < l->count)
			draw(arg, s, row, at, at == l->cursor);
	}
}
