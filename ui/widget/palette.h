// SPDX-License-Identifier: GPL-3.0-or-later
// A line being typed with all that could stand there above it, found by a few
// letters, each with its help beside it.
#ifndef UI_WIDGET_PALETTE_H
#define UI_WIDGET_PALETTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "ui/term/screen.h"

struct buf;
struct palette;
struct strlist;

// What Enter takes of what is offered though nothing was chosen by hand.
enum palette_pick {
	PALETTE_PICKS_NOTHING,       // what is typed is meant
	PALETTE_PICKS_ONLY,          // the only one that fits
	PALETTE_PICKS_NAME,          // the only one that begins so: a command
	PALETTE_PICKS_CLEAR,         // the best one, if no other fits as well
	PALETTE_PICKS_FIRST,         // where nothing is typed: what stands first
};

struct palette_settings {
	const char *label, *initial;
	struct strlist *history;     // as in struct prompt_settings
	// Everything that may stand at *start_r of the text, whatever is typed there
	// already, with the help of each.
	void (*complete)(void *arg, const char *text, struct strlist *words,
		struct strlist *helps, size_t *start_r);
	// NULL: FIRST where nothing is typed, else CLEAR.
	enum palette_pick (*picks)(void *arg, const char *text, size_t start);
	bool only;                   // nothing but what is offered may be answered
	bool clear;                  // what fits several as well waits for a choice
	// Whether the text cannot stand alone: Enter then waits for more. NULL: never.
	bool (*wants_more)(void *arg, const char *text);
	// The line of help between the list and the text; NULL none.
	void (*hint)(void *arg, const char *text, struct buf *out);
	// Told of the text whenever it changed. NULL: nobody wants to know.
	void (*changed)(void *arg, const char *text);
	// Called once: text NULL when escaped. The palette is freed afterwards.
	void (*finished)(void *arg, const char *text);
	void *arg;
};
struct palette *palette_new(const struct palette_settings *settings);
void palette_free(struct palette **p);
void palette_key(struct palette *p, uint32_t key, const char *paste);
bool palette_finished(const struct palette *p);
// At the bottom of the area.
void palette_draw(struct palette *p, struct screen *s, struct area a);

#endif
