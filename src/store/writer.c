// SPDX-License-Identifier: GPL-3.0-or-later
// The one thread that writes: the user's acts first, then what became of them,
// then what a sync brings, then upkeep.
#include "config.h"

#include "store/inside.h"

#include "base/log.h"
#include "base/mem.h"
#include "loop/worker.h"
#include "store/acts.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define WRITER_IDLE_SECONDS 1

struct writer {
	pthread_mutex_t lock;
	pthread_cond_t posted;   // for the store thread
	pthread_cond_t finished; // for those who wait in writer_call
	struct job *first[JOB_PRIORITIES], **last[JOB_PRIORITIES];
	bool stop;
	struct worker *worker;
	pthread_t thread;
};

// Lock held.
static struct job *
writer_next(struct writer *w, enum job_priority from, enum job_priority to)
{
	for (enum job_priority p = from; p <= to; p++) {
		struct job *job = w->first[p];
		if (job == NULL)
			continue;
		w->first[p] = job->next;
		if (job->next == NULL)
			w->last[p] = &w->first[p];
		job->next = NULL;
		return job;
	}
	return NULL;
}

struct job *
writer_take(struct store *s, enum job_priority priority)
{
	pthread_mutex_lock(&s->writer->lock);
	struct job *job = writer_next(s->writer, priority, priority);
	pthread_mutex_unlock(&s->writer->lock);
	return job;
}

void
writer_post(struct store *s, struct job *job)
{
	struct writer *w = s->writer;

	pthread_mutex_lock(&w->lock);
	job->next = NULL;
	*w->last[job->priority] = job;
	w->last[job->priority] = &job->next;
	pthread_cond_signal(&w->posted);
	pthread_mutex_unlock(&w->lock);
}

void
writer_breathe(struct store *s)
{
	struct job *job;

	while ((job = writer_take(s, JOB_ACT)) != NULL)
		job->run(s, job);
}

// NULL: told to stop, and nothing is left. *idle_r: nothing came for a while.
static struct job *
writer_wait(struct writer *w, bool may_idle, bool *idle_r)
{
	struct timespec until;
	struct job *job;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += WRITER_IDLE_SECONDS;
	pthread_mutex_lock(&w->lock);
	while ((job = writer_next(w, JOB_ACT, JOB_UPKEEP)) == NULL && !w->stop &&
		r != ETIMEDOUT) {
		if (may_idle)
			r = pthread_cond_timedwait(&w->posted, &w->lock, &until);
		else
			r = pthread_cond_wait(&w->posted, &w->lock);
	}
	*idle_r = job == NULL && !w->stop;
	pthread_mutex_unlock(&w->lock);
	return job;
}

static void
writer_run(struct worker *worker, void *arg)
{
	struct store *s = arg;
	bool more = true, idle;

	(void)worker;
	s->writer->thread = pthread_self();
	for (;;) {
		struct job *job = writer_wait(s->writer, more, &idle);
		if (job != NULL) {
			job->run(s, job);
			more = true;
		} else if (idle) {
			more = upkeep_idle(s);
		} else {
			return;
		}
	}
}

bool
writer_start(struct store *s, struct error *err)
{
	struct writer *w = s->writer = mem_new(struct writer);
	pthread_condattr_t attr;

	(void)err;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->posted, &attr);
	pthread_cond_init(&w->finished, &attr);
	pthread_condattr_destroy(&attr);
	for (int p = 0; p < JOB_PRIORITIES; p++)
		w->last[p] = &w->first[p];
	w->worker = worker_start("store", writer_run, s);
	return true;
}

void
writer_stop(struct store *s)
{
	struct writer *w = s->writer;

	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->posted);
	pthread_mutex_unlock(&w->lock);
	worker_stop(&w->worker, NULL);
	pthread_cond_destroy(&w->posted);
	pthread_cond_destroy(&w->finished);
	pthread_mutex_destroy(&w->lock);
	free(w);
	s->writer = NULL;
}

static void
call_run(struct store *s, struct job *job)
{
	struct writer_call *call = (struct writer_call *)job;

	bool ok = call->run(s, call->arg, call->err);
	pthread_mutex_lock(&s->writer->lock);
	call->ok = ok;
	call->done = true;
	pthread_cond_broadcast(&s->writer->finished);
	pthread_mutex_unlock(&s->writer->lock);
}

void
writer_call_begin(struct store *s, enum job_priority priority,
	struct writer_call *call)
{
	assert(!thread_is_ui());
	call->job = (struct job){ .priority = priority, .run = call_run };
	call->done = false;
	writer_post(s, &call->job);
}

bool
writer_call_end(struct store *s, struct writer_call *call)
{
	pthread_mutex_lock(&s->writer->lock);
	while (!call->done)
		pthread_cond_wait(&s->writer->finished, &s->writer->lock);
	pthread_mutex_unlock(&s->writer->lock);
	return call->ok;
}

bool
writer_call(struct store *s, enum job_priority priority,
	bool (*run)(struct store *s, void *arg, struct error *err), void *arg,
	struct error *err)
{
	struct writer_call call = { .run = run, .arg = arg, .err = err };

	writer_call_begin(s, priority, &call);
	return writer_call_end(s, &call);
}
