// SPDX-License-Identifier: GPL-3.0-or-later
// Jobs on their way through the workers: each is in one queue or in one pair of
// hands at a time, can be cancelled wherever it is, and is replied to once.
#ifndef ACCOUNT_JOB_H
#define ACCOUNT_JOB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "account/account.h"
#include "base/error.h"
#include "loop/queue.h"

struct cancel;
struct document;
struct queue;

// All jobs that have not been replied to. Safe from any thread.
struct jobs;

// How far a job has come that goes through several workers.
enum job_stage {
	JOB_NEW,
	JOB_FETCHED,   // READ: the account's worker has tried to fetch; see `error`
	JOB_PLAYED,    // SYNC: the journal was played
	JOB_LOOKED,    // SEARCH: what is here was looked through; see `lacking`
};

struct job_item {
	struct queue_item item;      // first
	struct job job;              // text owned
	uint64_t number;
	enum job_stage stage;
	struct error error;          // what failed so far
	uint64_t *lacking;           // SEARCH: messages whose text is not here; owned
	size_t n_lacking;
	atomic_bool cancelled;
	// Of the table.
	struct job_item *parent;     // a job for all accounts
	unsigned children;
	struct cancel *runner;       // of whoever has it in hand
	struct job_item *next, **prev;
};

struct jobs *jobs_new(struct queue *events);
void jobs_free(struct jobs **jobs);    // all must have been replied to
struct job_item *jobs_add(struct jobs *jobs, const struct job *job);
// A part of a job, for one account; the parent is replied to after its last
// part, with the failures of all and the kind of the first.
struct job_item *jobs_add_part(struct jobs *jobs, struct job_item *parent,
	uint32_t account);
// A worker has it in hand: `runner` is set when the job is cancelled. NULL: no
// longer. False when it was cancelled before.
bool jobs_run(struct jobs *jobs, struct job_item *item, struct cancel *runner);
void jobs_cancel(struct jobs *jobs, uint64_t number);
// The end of a job: posts the reply with item->error, document (kept) and frees
// the item. A cancelled one is replied to as such.
void jobs_reply(struct jobs *jobs, struct job_item *item);
void jobs_reply_document(struct jobs *jobs, struct job_item *item,
	struct document *document);
// The first failure is the one that is told.
void job_fail(struct job_item *item, const struct error *err);

#endif
