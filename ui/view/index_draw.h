// SPDX-License-Identifier: GPL-3.0-or-later
// How a message looks as a row of the index.
#ifndef UI_VIEW_INDEX_DRAW_H
#define UI_VIEW_INDEX_DRAW_H

#include <stdbool.h>
#include <stdint.h>
#include "ui/term/screen.h"

struct app;
struct folder;
struct index_rows;

// What the rows of one drawing have in common.
struct index_look {
	struct app *app;
	const struct folder *folder;   // of the row that is drawn
	bool several;        // folders: each row says its own
	bool accounts;       // several, too
	int64_t now;
	uint32_t top;        // the first row on the screen
	bool outgoing;       // Sent, Drafts: who it goes to is shown
	bool focus;          // the keys go here
	bool marked;         // this row is selected
};
// folder NULL: of each row, by index_look_folder.
void index_look_init(struct index_look *look, struct app *a,
	const struct folder *folder, bool focus);
void index_look_folder(struct index_look *look, const struct folder *folder);
void index_look_done(struct index_look *look);
void index_draw_message(struct screen *s, struct area row, const struct index_rows *rows,
	uint32_t at, bool under, const struct index_look *look);

#endif
