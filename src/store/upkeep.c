// SPDX-License-Identifier: GPL-3.0-or-later
// What keeps the store quick: the log flushed before a reader would have to, keys
// brought to their tree, files removed that are of no more use.
#include "config.h"

#include "store/inside.h"

#include "base/log.h"
#include "base/when.h"
#include "store/disk.h"
#include "store/kept.h"
#include "store/left.h"
#include "store/links.h"
#include "store/played.h"

// About a megabyte of log.
#define UPKEEP_FLUSH_COMMITS 16
#define UPKEEP_SWEEP_SECONDS 3600

void
upkeep_after_commit(struct store *s)
{
	if (disk_owes() || ++s->commits % UPKEEP_FLUSH_COMMITS == 0)
		flusher_ask(s);
}

void
upkeep_heal(struct store *s)
{
	struct error err = { 0 };

	if (s->behind && !(played_settle_owed(s, &err) && store_lay_all(s, &err)))
		log_error("showing pending acts: %s", err.text);
}

bool
upkeep_idle(struct store *s)
{
	struct error err = { 0 };

	upkeep_heal(s);
	if (links_behind(s) && !links_flush(s, &err))
		log_error("upkeep: %s", err.text);
	int64_t now = when_now();
	if (now - s->left_swept >= UPKEEP_SWEEP_SECONDS)
		left_sweep(s, now);
	if (s->kept_old)
		kept_sweep(s);
	return s->behind || links_behind(s);
}
