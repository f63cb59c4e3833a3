// SPDX-License-Identifier: GPL-3.0-or-later
// How many messages a query over all folders matches, where the counts of the
// folders tell it.
#ifndef UI_VIEW_COUNTS_H
#define UI_VIEW_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

struct engine;
struct query;

// No message is read: false where one would have to be.
bool counts_of_query(struct engine *e, const struct query *q, uint64_t *total_r,
	uint64_t *unread_r);

#endif
