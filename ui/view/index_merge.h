// SPDX-License-Identifier: GPL-3.0-or-later
// Where a message that a server found late belongs among those found before.
#ifndef UI_VIEW_INDEX_MERGE_H
#define UI_VIEW_INDEX_MERGE_H

#include <stdint.h>
#include "base/array.h"
#include "store/messages.h"

struct store;

#define INDEX_MERGE_MAX 2000   // rows looked at for the place of a thread; past them
                               // it comes last

// Puts the id into ids (uint64_t), which are in the order; not where it is there
// already, or gone.
void index_merge(struct store *s, struct array *ids, enum message_order order,
	uint64_t id);

#endif
