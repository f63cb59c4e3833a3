// SPDX-License-Identifier: GPL-3.0-or-later
// What keeps the store quick: the log flushed and pages written before a reader
// would have to, checkpoints, keys brought to their tree, old caches removed.
#include "config.h"

#include "store/inside.h"

#include "base/log.h"
#include "store/kept.h"
#include "store/links.h"
#include "store/played.h"

// About a megabyte of log.
#define UPKEEP_FLUSH_COMMITS 16
#define UPKEEP_CHECKPOINT_KB (16 * 1024)

void
upkeep_after_commit(struct store *s)
{
	DB_ENV *env = s->cache->env->handle;

	if (++s->commits % UPKEEP_FLUSH_COMMITS != 0)
		return;
	int r = env->log_flush(env, NULL);
	if (r == 0)
		r = env_checkpoint(s->cache->env, UPKEEP_CHECKPOINT_KB);
	if (r != 0)
		log_error("upkeep of the cache: %s", db_strerror(r));
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
	if (s->kept_old)
		kept_sweep(s);
	return s->behind || links_behind(s);
}
