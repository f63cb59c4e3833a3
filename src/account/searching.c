// SPDX-License-Identifier: GPL-3.0-or-later
// JOB_SEARCH: what is here is looked through; for text that is not, the servers are
// asked afterwards.
#include "config.h"

#include "account/helpers.h"

#include "account/found.h"
#include "account/job.h"
#include "base/array.h"
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

#define TICK_MS 15000
// Somebody who seeks in a screen must not wait for a script that looks through all
// mail, nor either for a count behind the screen.
#define SEARCHING_WORKERS 3

struct seeker {
	struct searching *all;
	struct cancel *cancel;     // of the job that it has
	struct worker *worker;
};

struct searching {
	struct store *store;
	struct jobs *jobs;
	struct queue *events, *inbox;
	struct seeker seekers[SEARCHING_WORKERS];
	void (*tick)(void *arg);
	void (*ask)(void *arg, struct job_item *item,
		const struct search_lacking *lacking, size_t n);
	void *arg;
};

// What the search of one job comes upon.
struct looking {
	struct found found;
	struct array lacking;      // struct search_lacking
};

static bool
looking_found(void *arg, uint64_t id)
{
	struct looking *l = arg;

	return found_one(&l->found, id);
}

static void
looking_lacks(void *arg, uint32_t account, uint64_t id)
{
	struct looking *l = arg;

	*(struct search_lacking *)array_push(&l->lacking) =
		(struct search_lacking){ account, id };
}

static void
search_job(struct seeker *seeker, struct job_item *item)
{
	struct searching *s = seeker->all;
	struct looking l = { .lacking = ARRAY_OF(struct search_lacking) };
	const struct store_search_calls calls = {
		.found = looking_found, .lacking = looking_lacks, .arg = &l,
	};
	struct query *q = NULL;
	struct error err = {0};

	found_init(&l.found, s->events, item->number, 0);
	bool ok = query_parse(&q, str_or_empty(item->job.text), when_now(), &err) &&
		store_search_here(s->store, q, item->job.account,
			item->job.folder, (enum message_order)item->job.order,
			seeker->cancel, &calls, &err);
	if (ok)
		found_tell(&l.found);
	else
		job_fail(item, &err);
	query_free(&q);
	found_done(&l.found);
	jobs_run(s->jobs, item, NULL);
	if (ok && l.lacking.len > 0)
		s->ask(s->arg, item, l.lacking.items, l.lacking.len);
	else
		jobs_reply(s->jobs, item);
	array_done(&l.lacking);
}

static void
searching_run(struct worker *w, void *arg)
{
	struct seeker *seeker = arg;
	struct searching *s = seeker->all;
	bool ticks = seeker == &s->seekers[0];

	while (!worker_stopping(w)) {
		struct queue_item *item = queue_wait(s->inbox, ticks ? TICK_MS : -1,
			worker_stop_cancel(w));
		if (item == NULL) {
			if (!worker_stopping(w) && ticks)
				s->tick(s->arg);
			continue;
		}
		if (jobs_run(s->jobs, (struct job_item *)item, seeker->cancel))
			search_job(seeker, (struct job_item *)item);
		else
			jobs_reply(s->jobs, (struct job_item *)item);
		if (cancel_is_set(seeker->cancel) && !worker_stopping(w))
			cancel_reset(seeker->cancel);
	}
}

struct searching *
searching_new(struct store *store, struct jobs *jobs, struct queue *events,
	void (*tick)(void *arg),
	void (*ask)(void *arg, struct job_item *item,
		const struct search_lacking *lacking, size_t n), void *arg)
{
	struct searching *s = mem_new(struct searching);

	s->store = store;
	s->jobs = jobs;
	s->events = events;
	s->tick = tick;
	s->ask = ask;
	s->arg = arg;
	s->inbox = queue_new();
	for (size_t i = 0; i < SEARCHING_WORKERS; i++)
		s->seekers[i] = (struct seeker){ .all = s, .cancel = cancel_new() };
	return s;
}

void
searching_start(struct searching *s)
{
	for (size_t i = 0; i < SEARCHING_WORKERS; i++)
		s->seekers[i].worker = worker_start("searching", searching_run,
			&s->seekers[i]);
}

struct queue *
searching_queue(struct searching *s)
{
	return s->inbox;
}

void
searching_ask_stop(struct searching *s)
{
	for (size_t i = 0; i < SEARCHING_WORKERS; i++) {
		if (s->seekers[i].worker != NULL)
			worker_ask_stop(s->seekers[i].worker);
		cancel_set(s->seekers[i].cancel);
	}
}

void
searching_free(struct searching **s)
{
	struct queue_item *item;

	if (*s == NULL)
		return;
	searching_ask_stop(*s);
	for (size_t i = 0; i < SEARCHING_WORKERS; i++)
		worker_stop(&(*s)->seekers[i].worker, NULL);
	while ((item = queue_take((*s)->inbox)) != NULL) {
		atomic_store(&((struct job_item *)item)->cancelled, true);
		jobs_reply((*s)->jobs, (struct job_item *)item);
	}
	queue_free(&(*s)->inbox, NULL);
	for (size_t i = 0; i < SEARCHING_WORKERS; i++)
		cancel_free(&(*s)->seekers[i].cancel);
	free(*s);
	*s = NULL;
}
