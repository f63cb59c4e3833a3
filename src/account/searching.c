// SPDX-License-Identifier: GPL-3.0-or-later
// JOB_SEARCH: the first matches are told at once, the others in handfuls.
#include "config.h"

#include "account/helpers.h"

#include "account/event.h"
#include "account/job.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "loop/cancel.h"
#include "loop/queue.h"
#include "loop/worker.h"
#include "mail/query.h"
#include "store/messages.h"

#include <stdlib.h>

#define FOUND_FIRST 20     // a screenful is soon there
#define FOUND_MAX 1000
#define FOUND_MS 100
#define TICK_MS 15000

struct searching {
	struct store *store;
	struct jobs *jobs;
	struct queue *events, *inbox;
	struct cancel *cancel;
	struct worker *worker;
	void (*tick)(void *arg);
	void *arg;
};

// Matches that have not been told.
struct found {
	struct searching *s;
	uint64_t job;
	uint64_t *ids;
	size_t n, limit;
	int64_t told_at;
};

static void
found_tell(struct found *f)
{
	if (f->n == 0)
		return;
	struct event *e = event_new(EVENT_FOUND);
	e->job = f->job;
	e->ids = mem_copy(f->ids, f->n * sizeof(*f->ids));
	e->n_ids = f->n;
	event_post(f->s->events, e);
	f->n = 0;
	f->limit = FOUND_MAX;
	f->told_at = when_mono_ms();
}

static bool
found_one(void *arg, uint64_t id)
{
	struct found *f = arg;

	f->ids[f->n++] = id;
	if (f->n >= f->limit || when_mono_ms() - f->told_at >= FOUND_MS)
		found_tell(f);
	return true;
}

static void
search_job(struct searching *s, struct job_item *item)
{
	struct found f = {
		.s = s, .job = item->number, .limit = FOUND_FIRST,
		.ids = mem_alloc(FOUND_MAX, sizeof(*f.ids)),
		.told_at = when_mono_ms(),
	};
	struct query *q = NULL;
	struct error err = {0};

	bool ok = query_parse(&q, str_or_empty(item->job.text), when_now(), &err) &&
		store_search(s->store, q, item->job.account, item->job.folder,
			(enum message_order)item->job.order, s->cancel,
			found_one, &f, &err);
	if (ok)
		found_tell(&f);
	else
		job_fail(item, &err);
	query_free(&q);
	free(f.ids);
	jobs_run(s->jobs, item, NULL);
	jobs_reply(s->jobs, item);
}

static void
searching_run(struct worker *w, void *arg)
{
	struct searching *s = arg;

	while (!worker_stopping(w)) {
		struct queue_item *item = queue_wait(s->inbox, TICK_MS,
			worker_stop_cancel(w));
		if (item == NULL) {
			if (!worker_stopping(w))
				s->tick(s->arg);
			continue;
		}
		if (jobs_run(s->jobs, (struct job_item *)item, s->cancel))
			search_job(s, (struct job_item *)item);
		else
			jobs_reply(s->jobs, (struct job_item *)item);
		if (cancel_is_set(s->cancel) && !worker_stopping(w))
			cancel_reset(s->cancel);
	}
}

struct searching *
searching_new(struct store *store, struct jobs *jobs, struct queue *events,
	void (*tick)(void *arg), void *arg)
{
	struct searching *s = mem_new(struct searching);

	s->store = store;
	s->jobs = jobs;
	s->events = events;
	s->tick = tick;
	s->arg = arg;
	s->inbox = queue_new();
	s->cancel = cancel_new();
	return s;
}

void
searching_start(struct searching *s)
{
	s->worker = worker_start("searching", searching_run, s);
}

struct queue *
searching_queue(struct searching *s)
{
	return s->inbox;
}

void
searching_ask_stop(struct searching *s)
{
	if (s->worker != NULL)
		worker_ask_stop(s->worker);
	cancel_set(s->cancel);
}

void
searching_free(struct searching **s)
{
	struct queue_item *item;

	if (*s == NULL)
		return;
	searching_ask_stop(*s);
	worker_stop(&(*s)->worker, NULL);
	while ((item = queue_take((*s)->inbox)) != NULL) {
		atomic_store(&((struct job_item *)item)->cancelled, true);
		jobs_reply((*s)->jobs, (struct job_item *)item);
	}
	queue_free(&(*s)->inbox, NULL);
	cancel_free(&(*s)->cancel);
	free(*s);
	*s = NULL;
}
