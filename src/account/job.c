// SPDX-License-Identifier: GPL-3.0-or-later
// The table of the jobs that somebody waits for.
#include "config.h"

#include "account/job.h"

#include "account/event.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/cancel.h"
#include "mail/document.h"

#include <pthread.h>
#include <stdlib.h>

struct jobs {
	pthread_mutex_t lock;
	struct queue *events;
	struct job_item *first;
	uint64_t last_number;
};

struct jobs *
jobs_new(struct queue *events)
{
	struct jobs *jobs = mem_new(struct jobs);

	pthread_mutex_init(&jobs->lock, NULL);
	jobs->events = events;
	return jobs;
}

void
jobs_free(struct jobs **jobs)
{
	if (*jobs == NULL)
		return;
	pthread_mutex_destroy(&(*jobs)->lock);
	free(*jobs);
	*jobs = NULL;
}

static struct job_item *
item_new(const struct job *job)
{
	struct job_item *item = mem_new(struct job_item);

	item->job = *job;
	item->job.text = str_dup(job->text);
	return item;
}

static void
item_free(struct job_item *item)
{
	free((char *)(uintptr_t)item->job.text);
	free(item->lacking);
	free(item);
}

static void
item_link(struct jobs *jobs, struct job_item *item)
{
	item->next = jobs->first;
	item->prev = &jobs->first;
	if (item->next != NULL)
		item->next->prev = &item->next;
	jobs->first = item;
}

static void
item_unlink(struct job_item *item)
{
	*item->prev = item->next;
	if (item->next != NULL)
		item->next->prev = item->prev;
}

struct job_item *
jobs_add(struct jobs *jobs, const struct job *job)
{
	struct job_item *item = item_new(job);

	pthread_mutex_lock(&jobs->lock);
	item->number = ++jobs->last_number;
	item_link(jobs, item);
	pthread_mutex_unlock(&jobs->lock);
	return item;
}

struct job_item *
jobs_add_part(struct jobs *jobs, struct job_item *parent, uint32_t account)
{
	struct job_item *item = item_new(&parent->job);

	item->job.account = account;
	item->parent = parent;
	item->number = parent->number;
	pthread_mutex_lock(&jobs->lock);
	parent->children++;
	item_link(jobs, item);
	pthread_mutex_unlock(&jobs->lock);
	return item;
}

bool
jobs_run(struct jobs *jobs, struct job_item *item, struct cancel *runner)
{
	pthread_mutex_lock(&jobs->lock);
	bool run = !atomic_load(&item->cancelled);
	item->runner = run ? runner : NULL;
	pthread_mutex_unlock(&jobs->lock);
	return run;
}

void
jobs_cancel(struct jobs *jobs, uint64_t number)
{
	pthread_mutex_lock(&jobs->lock);
	for (struct job_item *i = jobs->first; i != NULL; i = i->next) {
		if (i->number != number)
			continue;
		atomic_store(&i->cancelled, true);
		if (i->runner != NULL)
			cancel_set(i->runner);
	}
	pthread_mutex_unlock(&jobs->lock);
}

void
job_fail(struct job_item *item, const struct error *err)
{
	if (item->error.kind == ERROR_NONE)
		item->error = *err;
}

// Where several accounts fail, all of them are told of.
static void
job_fail_too(struct job_item *item, const struct error *err)
{
	struct error first = item->error;

	if (first.kind == ERROR_NONE || err->kind == ERROR_NONE)
		job_fail(item, err);
	else
		error_set(&item->error, first.kind, "%s -- also: %s", first.text,
			err->text);
}

static void
item_post_reply(struct jobs *jobs, struct job_item *item,
	struct document *document)
{
	struct event *e = event_new(EVENT_REPLY);

	e->job = item->number;
	e->account = item->job.account;
	e->folder = item->job.folder;
	e->id = item->job.id;
	e->error = item->error;
	e->document = document;
	if (atomic_load(&item->cancelled)) {
		error_clear(&e->error);
		error_set(&e->error, ERROR_CANCELLED, "cancelled");
	}
	event_post(jobs->events, e);
}

void
jobs_reply_document(struct jobs *jobs, struct job_item *item,
	struct document *document)
{
	struct job_item *parent = item->parent;

	pthread_mutex_lock(&jobs->lock);
	item_unlink(item);
	if (parent != NULL) {
		job_fail_too(parent, &item->error);
		if (--parent->children > 0)
			parent = NULL;
	}
	pthread_mutex_unlock(&jobs->lock);
	if (item->parent == NULL)
		item_post_reply(jobs, item, document);
	else if (parent != NULL)
		jobs_reply(jobs, parent);
	item_free(item);
}

void
jobs_reply(struct jobs *jobs, struct job_item *item)
{
	jobs_reply_document(jobs, item, NULL);
}
