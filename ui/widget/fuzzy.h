// SPDX-License-Identifier: GPL-3.0-or-later
// How well a few typed letters fit a name: they must occur in their order.
#ifndef UI_WIDGET_FUZZY_H
#define UI_WIDGET_FUZZY_H

#include <stddef.h>

struct strlist;

// Higher is better; below 0: they do not occur. "" fits everything equally.
int fuzzy_score(const char *name, const char *typed);
// The indexes of the words that fit, best first, equal ones in their order;
// free(*order_r).
size_t fuzzy_order(const struct strlist *words, const char *typed, size_t **order_r);

#endif
