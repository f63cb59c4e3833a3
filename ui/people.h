// SPDX-License-Identifier: GPL-3.0-or-later
// Whom a person may want to write to: who was written to lately, who wrote lately,
// and oneself.
#ifndef UI_PEOPLE_H
#define UI_PEOPLE_H

#include <stddef.h>
#include "base/str.h"

struct app;

#define PEOPLE_MAX 2000        // kept
#define PEOPLE_OFFERED_MAX 30  // of them, for what is typed

// Gathers them behind the screen, for the line that asks for an address now.
void people_gather(struct app *a);
// Those that fit the word (not empty: its letters stand in the name or the address),
// first where a word begins so, then by how lately.
void people_offer(const struct strlist *people, const char *word, struct strlist *words);

#endif
