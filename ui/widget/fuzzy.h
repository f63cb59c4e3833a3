// SPDX-License-Identifier: GPL-3.0-or-later
// How well a few typed letters fit a name: they must occur in their order.
#ifndef UI_WIDGET_FUZZY_H
#define UI_WIDGET_FUZZY_H

#include <stdbool.h>
#include <stddef.h>

struct strlist;

enum fuzzy_fit {
	FUZZY_NOT,
	FUZZY_SCATTERED,       // the letters occur, with others between them
	FUZZY_WITHIN,          // they stand together
	FUZZY_BEGINS,          // and begin it
	FUZZY_WORD_IS,         // and are its first word
	FUZZY_IS,              // and are all of it
};
enum fuzzy_fit fuzzy_fit(const char *name, const char *typed);

// Higher is better; below 0: they do not occur. "" fits everything equally.
int fuzzy_score(const char *name, const char *typed);
// The indexes of the words that fit, best first, equal ones in their order;
// free(*order_r).
size_t fuzzy_order(const struct strlist *words, const char *typed, size_t **order_r);

// Whether the first of the order is meant by what is typed: no other fits as well,
// but for those that begin with all of it (Archive and Archive/2001).
bool fuzzy_is_clear(const struct strlist *words, const size_t *order, size_t n,
	const char *typed);

#endif
