// SPDX-License-Identifier: GPL-3.0-or-later
// What the store thread does when there is nothing else: pending acts that could not
// be shown are, keys are brought to their tree, files of no more use go.
#include "config.h"

#include "store/inside.h"

#include "base/log.h"
#include "store/kept.h"
#include "store/links.h"
#include "store/played.h"

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
	if (s->kept_old)
		kept_sweep(s);
	return s->behind || links_behind(s);
}
