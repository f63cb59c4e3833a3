// SPDX-License-Identifier: GPL-3.0-or-later
// The two workers that serve all accounts without a connection of their own: one
// reads messages through the helper process, one answers queries.
#ifndef ACCOUNT_HELPERS_H
#define ACCOUNT_HELPERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct job_item;
struct jobs;
struct queue;
struct store;

// --- reading ------------------------------------------------------------------------

struct reading;

// fetch: hands a job to the account that can fetch what is missing; it comes back
// to the queue as JOB_FETCHED. False when there is no such account.
struct reading *reading_new(struct store *store, struct jobs *jobs,
	const char *const helper_argv[],
	bool (*fetch)(void *arg, struct job_item *item), void *arg);
void reading_start(struct reading *r);     // its worker; once
struct queue *reading_queue(struct reading *r);
void reading_ask_stop(struct reading *r);
void reading_free(struct reading **r);

// --- searching ----------------------------------------------------------------------

struct searching;

// A message of which a body is asked for that is not here.
struct search_lacking { uint32_t account; uint64_t id; };
// Several workers, so that a long search lets others by. tick is called every some
// seconds by one of them, between its jobs. ask: takes over a job that was done here,
// for what it lacks.
struct searching *searching_new(struct store *store, struct jobs *jobs,
	struct queue *events, void (*tick)(void *arg),
	void (*ask)(void *arg, struct job_item *item,
		const struct search_lacking *lacking, size_t n), void *arg);
void searching_start(struct searching *s);
struct queue *searching_queue(struct searching *s);
void searching_ask_stop(struct searching *s);
void searching_free(struct searching **s);

#endif
