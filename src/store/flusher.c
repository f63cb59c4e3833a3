// SPDX-License-Identifier: GPL-3.0-or-later
// The thread that waits for the disk on behalf of the cache, so that neither the
// one that writes nor those that read have to: it syncs the log and makes
// checkpoints while the writing goes on.
#include "config.h"

#include "store/inside.h"

#include "base/log.h"
#include "base/mem.h"
#include "loop/worker.h"
#include "store/disk.h"

#include <stdlib.h>

#define FLUSHER_CHECKPOINT_KB (16 * 1024)

struct flusher {
	struct store *s;
	struct worker *worker;
	pthread_mutex_t lock;
	pthread_cond_t asked_for;
	bool asked, stop;
	pthread_mutex_t using;   // held while the cache is in use here
};

// Between put_off and catch_up Berkeley DB takes the log for synced, so that a full
// log is left without a wait in its own locks. No page goes before its log all the
// same (disk.h). A checkpoint waits: old logs are removed after it.
static int
flusher_flush(struct cache *c)
{
	DB_ENV *env = c->env->handle;
	bool was = disk_put_off(true);
	int r = env->log_flush(env, NULL);

	disk_put_off(was);
	int code = disk_catch_up();
	r = r != 0 ? r : code;
	return r != 0 ? r : env_checkpoint(c->env, FLUSHER_CHECKPOINT_KB);
}

static void
flusher_work(struct flusher *f)
{
	pthread_mutex_lock(&f->using);
	struct cache *c = f->s->cache;
	int r = atomic_load(&c->broken) ? 0 : flusher_flush(c);
	if (r != 0)
		log_error("syncing the cache: %s", db_strerror(r));
	if (env_is_damage(r))
		atomic_store(&c->broken, true);
	pthread_mutex_unlock(&f->using);
}

static void
flusher_run(struct worker *worker, void *arg)
{
	struct flusher *f = arg;

	(void)worker;
	pthread_mutex_lock(&f->lock);
	while (!f->stop) {
		if (!f->asked) {
			pthread_cond_wait(&f->asked_for, &f->lock);
			continue;
		}
		f->asked = false;
		pthread_mutex_unlock(&f->lock);
		flusher_work(f);
		pthread_mutex_lock(&f->lock);
	}
	pthread_mutex_unlock(&f->lock);
}

void
flusher_start(struct store *s)
{
	struct flusher *f = s->flusher = mem_new(struct flusher);

	f->s = s;
	pthread_mutex_init(&f->lock, NULL);
	pthread_mutex_init(&f->using, NULL);
	pthread_cond_init(&f->asked_for, NULL);
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
	pthread_cond_signal(&f->asked_for);
	pthread_mutex_unlock(&f->lock);
	worker_stop(&f->worker, NULL);
	pthread_cond_destroy(&f->asked_for);
	pthread_mutex_destroy(&f->using);
	pthread_mutex_destroy(&f->lock);
	free(f);
	s->flusher = NULL;
}

void
flusher_ask(struct store *s)
{
	struct flusher *f = s->flusher;

	// Opening and closing the store is one thread's work.
	if (f == NULL)
		return;
	pthread_mutex_lock(&f->lock);
	f->asked = true;
	pthread_cond_signal(&f->asked_for);
	pthread_mutex_unlock(&f->lock);
}

void
flusher_keep_off(struct store *s, bool off)
{
	if (s->flusher == NULL)
		return;
	if (off)
		pthread_mutex_lock(&s->flusher->using);
	else
		pthread_mutex_unlock(&s->flusher->using);
}
