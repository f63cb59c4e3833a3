// SPDX-License-Identifier: GPL-3.0-or-later
// Short reads by any thread: under the read lock, so that each sees one commit.
#include "config.h"

#include "store/inside.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>

static void
view_replace(struct store *s, struct job *job)
{
	free(job);
	// Another reader may have asked for the same before.
	if (atomic_load(&s->cache->broken))
		generation_next(s, "the cache was damaged", NULL);
}

void
reading_begin(struct store *s)
{
	atomic_fetch_add(&s->waiting, 1);
	pthread_rwlock_rdlock(&s->lock);
	atomic_fetch_sub(&s->waiting, 1);
}

void
reading_end(struct store *s)
{
	pthread_rwlock_unlock(&s->lock);
}

bool
view_open(struct view *v, struct store *s)
{
	reading_begin(s);
	if (atomic_load(&s->cache->broken)) {
		reading_end(s);
		return false;
	}
	v->s = s;
	v->cache = s->cache;
	v->txn = txn_reading(s->cache->env);
	return true;
}

bool
view_close(struct view *v)
{
	struct store *s = v->s;
	bool damaged = env_is_damage(v->txn.failed) &&
		!atomic_exchange(&v->cache->broken, true);

	reading_end(s);
	if (v->txn.failed != 0)
		log_error("reading the cache: %s", db_strerror(v->txn.failed));
	// Without a store thread yet, the one who opens looks himself.
	if (damaged && s->writer != NULL) {
		struct job *job = mem_new(struct job);
		*job = (struct job){ .priority = JOB_ACT, .run = view_replace };
		writer_post(s, job);
	}
	return v->txn.failed == 0;
}
