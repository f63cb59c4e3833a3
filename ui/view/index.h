// SPDX-License-Identifier: GPL-3.0-or-later
// The list of messages, as the view of one message needs it.
#ifndef UI_VIEW_INDEX_H
#define UI_VIEW_INDEX_H

#include <stdbool.h>
#include <stdint.h>

struct view;

// What is under the cursor; 0 none.
uint64_t index_message(struct view *v);
// Puts the cursor on a message; false when it is not shown.
bool index_go_message(struct view *v, uint64_t id);
uint32_t index_folder(struct view *v);

#endif
