// SPDX-License-Identifier: GPL-3.0-or-later
// A screenful is told as soon as it is there: people read from the top.
#include "config.h"

#include "account/found.h"

#include "account/event.h"
#include "base/mem.h"
#include "base/when.h"

#include <stdlib.h>

#define FOUND_FIRST 20     // a screenful is soon there
#define FOUND_MAX 1000
#define FOUND_MS 100

void
found_init(struct found *f, struct queue *events, uint64_t job, uint32_t account)
{
	*f = (struct found){
		.events = events, .job = job, .account = account,
		.limit = FOUND_FIRST,
		.ids = mem_alloc(FOUND_MAX, sizeof(*f->ids)),
		.told_at = when_mono_ms(),
	};
}

void
found_done(struct found *f)
{
	free(f->ids);
	*f = (struct found){0};
}

void
found_tell(struct found *f)
{
	if (f->n == 0)
		return;
	struct event *e = event_new(EVENT_FOUND);
	e->job = f->job;
	e->account = f->account;
	e->ids = mem_copy(f->ids, f->n * sizeof(*f->ids));
	e->n_ids = f->n;
	event_post(f->events, e);
	f->n = 0;
	f->limit = FOUND_MAX;
	f->told_at = when_mono_ms();
}

bool
found_one(void *found, uint64_t id)
{
	struct found *f = found;

	f->ids[f->n++] = id;
	if (f->n >= f->limit || when_mono_ms() - f->told_at >= FOUND_MS)
		found_tell(f);
	return true;
}
