// SPDX-License-Identifier: GPL-3.0-or-later
// How many unread messages a query of several folders has, where the counts of the
// folders do not tell: they are sought behind the screen, seldom enough.
#ifndef UI_VIEW_TALLY_H
#define UI_VIEW_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/array.h"

struct engine;
struct loop_timer;

struct tally {
	struct engine *engine;
	struct array entries;      // struct tally_entry
	uint64_t job;              // 0: none runs
	size_t at;                 // the entry that it counts for
	uint32_t found;            // by it
	int64_t began;
	struct loop_timer *timer;  // until the next one; NULL
	void (*changed)(void *arg);
	void *arg;
};

void tally_init(struct tally *t, struct engine *e, void (*changed)(void *arg), void *arg);
void tally_done(struct tally *t);
// Something came, went or has other flags: all is counted again, in a while.
void tally_stale(struct tally *t);
// False: it is not known, now or (its texts would have to be read) at all. Begins to
// count where that may be done.
bool tally_unread(struct tally *t, const char *query, uint32_t *unread_r);

#endif
