// SPDX-License-Identifier: GPL-3.0-or-later
// A thread that waits for the disk, so that the one that writes need not: it has the
// log of the cache brought there and, after much of it, the pages.
#include "config.h"

#include "store/inside.h"

#include "base/log.h"
#include "base/mem.h"
#include "loop/worker.h"
#include "store/disk.h"

#include <stdlib.h>

// So much of the log is read again where a program was killed.
#define FLUSH_CHECKPOINT_KB (16 * 1024)
#define FLUSH_TRIM 8 // times, before logs that are of no more use go

struct flusher {
	pthread_mutex_t lock;
	pthread_cond_t asked, rested;
	struct cache *cache;   // to be flushed; NULL none
	bool busy, stop;
	unsigned times;        // the thread's own
	struct worker *worker;
};

// What Berkeley DB would sync with its locks held is owed, and caught up with
// without them. Who writes waits only where a page must leave the memory that was
// changed within the logs that are owed: the longest unused one seldom was.
static int
flush_once(struct flusher *f, struct cache *c)
{
	DB_ENV *env = c->env->handle;

	int r = env->log_flush(env, NULL);
	if (r == 0)
		r = disk_catch_up();
	if (r == 0)
		r = env_checkpoint(c->env, FLUSH_CHECKPOINT_KB);
	if (r == 0)
		r = disk_catch_up();
	// Only now: until then the last checkpoint is not on the disk.
	if (r == 0 && f->times++ % FLUSH_TRIM == 0)
		r = env_trim(c->env);
	return r;
}

static void
flusher_run(struct worker *worker, void *arg)
{
	struct flusher *f = arg;

	(void)worker;
	disk_put_off(true);
	pthread_mutex_lock(&f->lock);
	while (f->cache != NULL || !f->stop) {
		struct cache *c = f->cache;
		if (c == NULL) {
			pthread_cond_wait(&f->asked, &f->lock);
			continue;
		}
		f->cache = NULL;
		f->busy = true;
		pthread_mutex_unlock(&f->lock);
		int r = atomic_load(&c->broken) ? 0 : flush_once(f, c);
		if (r != 0)
			log_error("flushing the cache: %s", db_strerror(r));
		// Without its log it is whole only while nothing stops this program.
		if (disk_take_lost() != 0 || env_is_damage(r))
			atomic_store(&c->broken, true);
		pthread_mutex_lock(&f->lock);
		f->busy = false;
		pthread_cond_broadcast(&f->rested);
	}
	pthread_mutex_unlock(&f->lock);
}

void
flusher_ask(struct store *s)
{
	struct flusher *f = s->flusher;

	if (f == NULL)
		return;
	pthread_mutex_lock(&f->lock);
	f->cache = s->cache;
	pthread_cond_signal(&f->asked);
	pthread_mutex_unlock(&f->lock);
}

void
flusher_rest(struct store *s)
{
	struct flusher *f = s->flusher;

	if (f == NULL)
		return;
	pthread_mutex_lock(&f->lock);
	while (f->busy || f->cache != NULL)
		pthread_cond_wait(&f->rested, &f->lock);
	pthread_mutex_unlock(&f->lock);
}

void
flusher_start(struct store *s)
{
	struct flusher *f = s->flusher = mem_new(struct flusher);

	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->asked, NULL);
	pthread_cond_init(&f->rested, NULL);
	f->worker = worker_start("flusher", flusher_run, f);
}

void
flusher_stop(struct store *s)
{
	struct flusher *f = s->flusher;

	if (f == NULL)
		return;
	pthread_mutex_lock(&f->lock);
	f->stop = true;
	pthread_cond_signal(&f->asked);
	pthread_mutex_unlock(&f->lock);
	worker_stop(&f->worker, NULL);
	pthread_cond_destroy(&f->asked);
	pthread_cond_destroy(&f->rested);
	pthread_mutex_destroy(&f->lock);
	free(f);
	s->flusher = NULL;
}
