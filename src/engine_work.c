// SPDX-License-Identifier: GPL-3.0-or-later
// The engine's own workers: what may wait for a disk is done there, and what
// other threads have to say comes back here.
#include "config.h"

#include "engine.h"
#include "engine_private.h"

#include "base/error.h"
#include "base/mem.h"
#include "loop/cancel.h"
#include "loop/queue.h"
#include "loop/worker.h"

#include <stdlib.h>

struct post {
	struct queue_item item;    // first
	void (*call)(void *arg);
	void *arg;
};

struct work {
	struct queue_item item;    // first
	struct engine *engine;
	bool (*run)(void *arg, struct error *err);
	void (*done)(void *arg, const struct error *err);
	void *arg;
	bool ok;
	struct error error;
};

void
engine_post(struct engine *e, void (*call)(void *arg), void *arg)
{
	struct post *p = mem_new(struct post);

	p->call = call;
	p->arg = arg;
	queue_post(e->p->posts, &p->item);
}

void
engine_posts_serve(struct engine *e)
{
	struct queue_item *item;

	while ((item = queue_take(e->p->posts)) != NULL) {
		struct post *p = (struct post *)item;

		p->call(p->arg);
		free(p);
	}
}

static void
work_over(void *arg)
{
	struct work *w = arg;

	w->done(w->arg, w->ok ? NULL : &w->error);
	free(w);
}

static void
serve(struct worker *worker, void *arg)
{
	struct queue *inbox = worker_inbox(worker);

	(void)arg;
	for (;;) {
		struct queue_item *item = queue_wait(inbox, -1,
			worker_stop_cancel(worker));

		// What was given is done, also when we are asked to stop.
		if (item == NULL && worker_stopping(worker))
			item = queue_take(inbox);
		if (item == NULL && worker_stopping(worker))
			return;
		if (item == NULL)
			continue;
		struct work *w = (struct work *)item;
		w->ok = w->run(w->arg, &w->error);
		engine_post(w->engine, work_over, w);
	}
}

void
engine_work_stop(struct engine *e)
{
	worker_stop(&e->p->files, NULL);
	worker_stop(&e->p->slow, NULL);
}

void
engine_work(struct engine *e, bool slow, bool (*work)(void *arg, struct error *err),
	void (*done)(void *arg, const struct error *err), void *arg)
{
	struct work *w = mem_new(struct work);

	w->engine = e;
	w->run = work;
	w->done = done;
	w->arg = arg;
	if (e->p->stopping) {
		// Too late to begin something: told like any failure.
		error_set(&w->error, ERROR_CANCELLED, "Postern is ending");
		engine_post(e, work_over, w);
		return;
	}
	struct worker **worker = slow ? &e->p->slow : &e->p->files;
	if (*worker == NULL)
		*worker = worker_start(slow ? "slow" : "files", serve, e);
	queue_post(worker_inbox(*worker), &w->item);
}

struct elsewhere {
	bool (*work)(void *arg, struct error *err);
	void *arg;
	struct error error;
	bool ok;
	struct worker *worker;
};

static void
run_elsewhere(struct worker *worker, void *arg)
{
	struct elsewhere *w = arg;

	(void)worker;
	w->ok = w->work(w->arg, &w->error);
}

struct elsewhere *
engine_elsewhere(bool (*work)(void *arg, struct error *err), void *arg)
{
	struct elsewhere *w = mem_new(struct elsewhere);

	w->work = work;
	w->arg = arg;
	w->worker = worker_start("start", run_elsewhere, w);
	return w;
}

bool
engine_elsewhere_wait(struct elsewhere **w, struct error *err)
{
	worker_stop(&(*w)->worker, NULL);
	bool ok = (*w)->ok;
	if (!ok && err != NULL)
		*err = (*w)->error;
	free(*w);
	*w = NULL;
	return ok;
}
