// SPDX-License-Identifier: GPL-3.0-or-later
// The list of messages as its own files see it.
#ifndef UI_VIEW_INDEX_INSIDE_H
#define UI_VIEW_INDEX_INSIDE_H

#include <stdbool.h>
#include <stdint.h>
#include "store/folders.h"
#include "ui/view/index.h"
#include "ui/view/index_rows.h"
#include "ui/view/view.h"
#include "ui/widget/list.h"

struct index {
	struct view view;            // first
	struct folder folder;        // id 0: none there yet, or several (rows.base)
	char *name;                  // of what shows several; NULL: as its query
	struct index_rows rows;
	struct list list;
	struct map *marks;           // ids
	bool marks_used;             // a command was given them
	struct map *left;            // ids: selected ones that went by that command
	bool stale;                  // rows came or went since the last draw
	uint64_t under;              // the message that the cursor stood on at the last
	uint32_t under_row;          // draw, and its row
	uint64_t wanted;             // where the cursor goes once it is found; 0
	bool fills;                  // it was empty when it was opened, and nobody has
	                             // moved since: the cursor stays on the newest
	uint64_t mark_job;           // of select all; 0
	char *error;                 // of the search, NULL
	void (*found)(void *arg, bool ended);   // waits for the search; NULL
	void *found_arg;
};

// Rows came or went: the cursor goes where its message went, or stays where it
// stood, on what came there.
void index_settle(struct index *x);
// Something else is selected: what went with the last act stays unselected.
void index_forget_left(struct index *x);
// The cursor was moved by the user.
void index_moved(struct index *x);
void index_go_row(struct index *x, uint32_t row);
// What an index shows: a folder (taken), or several by a query.
struct index_place {
	struct folder folder;
	const char *base, *name;     // NULL
	const char *limit;           // NULL
	enum message_order order;
};
void index_show(struct index *x, const struct index_place *place);
// Shows what the argument of the view names (index.h). (index_place.c)
bool index_open_place(struct index *x, const char *argument, struct error *err);
// Whoever waits for the search waits no more.
void index_tell_found(struct index *x, bool ended);
// The inbox of the first account, else any folder. False: there is none yet.
bool index_first_folder(struct app *a, struct folder *folder);
// Something changed: the rows are read again, and sought again with `search`.
void index_stale(struct index *x, bool search);

// What the commands of the list do. (index_verbs.c)
extern const struct view_verb index_verbs[];

#endif
