// SPDX-License-Identifier: GPL-3.0-or-later
// A document laid out for a width and scrolled. Layout is done as far as it is
// looked at, so that a long message shows at once.
#ifndef UI_WIDGET_PAGER_H
#define UI_WIDGET_PAGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "ui/term/screen.h"

struct document;
struct pager;

struct pager *pager_new(void);
void pager_free(struct pager **p);
// Lent; NULL empties it. Keeps the place when it is the same message.
void pager_set(struct pager *p, const struct document *d);
// Rows that stand before the text and scroll with it: the header. draw puts row
// `at` of them; it is told the width by the row.
void pager_lead(struct pager *p, int rows,
	void (*draw)(void *arg, struct screen *s, struct area row, int at), void *arg);
void pager_draw(struct pager *p, struct screen *s, struct area a);
// False when it could not move: at the end already.
bool pager_scroll(struct pager *p, int64_t lines);
bool pager_page(struct pager *p, int pages);
void pager_top(struct pager *p);
void pager_bottom(struct pager *p);
bool pager_find(struct pager *p, const char *text, bool forward); // marks matches
// Folds quotes of that level and deeper; 0: none. PAGER_FOLD_NEXT: from none all
// are folded, then unfolded level by level. Returns the level.
#define PAGER_FOLD_NEXT (-1)
int pager_fold_quotes(struct pager *p, int level);
// On to what its writer says behind the next quoted text, with the last line of
// that above it; false: there is none.
bool pager_skip_quotes(struct pager *p);
int pager_rows(const struct pager *p);        // on screen at the last draw
int pager_percent(const struct pager *p);
// Links on screen get numbers; their text by number.
const char *pager_link(const struct pager *p, int number);

#endif
