// SPDX-License-Identifier: GPL-3.0-or-later
// The list of messages, as the view of one message needs it.
#ifndef UI_VIEW_INDEX_H
#define UI_VIEW_INDEX_H

#include <stdbool.h>
#include <stdint.h>

struct view;

// What is under the cursor; 0 none.
uint64_t index_message(struct view *v);
// The folder shown; 0 where it is none, or several.
uint32_t index_folder(struct view *v);
// The query of what shows several; NULL.
const char *index_query(struct view *v);
// Calls found(arg, true) when the search that runs has ended, or with false when
// something else is shown before that. False: none runs, and nothing is called.
bool index_when_found(struct view *v, void (*found)(void *arg, bool ended), void *arg);
// Whether messages of a folder are shown in it.
bool index_holds(struct view *v, uint32_t folder);
// index_open's argument for a query; name may be NULL.
struct buf;
void index_argument(struct buf *out, const char *name, const char *query);

#endif
