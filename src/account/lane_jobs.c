// SPDX-License-Identifier: GPL-3.0-or-later
// What a lane does for somebody who waits: each kind of job is a function here.
#include "config.h"

#include "account/lane.h"

#include "account/advice.h"
#include "account/board.h"
#include "account/gate.h"
#include "account/inside.h"
#include "account/job.h"
#include "account/plan.h"
#include "base/error.h"
#include "base/str.h"
#include "base/when.h"
#include "loop/queue.h"
#include "store/folders.h"
#include "store/pending.h"

#include <string.h>

// Behind the clicks that wait.
#define PRIORITY_LATER 1

// --- steps, as lane_try takes them ----------------------------------------------------

static bool
step_play(struct lane *l, void *arg, struct error *err)
{
	(void)arg;
	return sync_play(&l->sync, err);
}

static bool
step_text(struct lane *l, void *arg, struct error *err)
{
	struct job_item *item = arg;

	if (!str_empty(item->job.text))
		return sync_fetch_part(&l->sync, item->job.id, item->job.text, err);
	return sync_fetch_text(&l->sync, item->job.id, item->job.flag, err);
}

static bool
step_raw(struct lane *l, void *arg, struct error *err)
{
	struct job_item *item = arg;

	return sync_fetch_raw(&l->sync, item->job.id, err);
}

static bool
step_part(struct lane *l, void *arg, struct error *err)
{
	struct job_item *item = arg;

	return sync_fetch_part(&l->sync, item->job.id, item->job.text, err);
}

// --- jobs -----------------------------------------------------------------------------

// Whoever waits reads what can be done, too; the board shows only what and why.
void
lane_fail(struct lane *l, struct job_item *item, const struct error *err)
{
	struct error advised = *err;

	advice_add(&advised, &l->settings, false);
	job_fail(item, &advised);
}

// Each of these returns true when the job is done, failed or not; false when
// something else has it now.

static void
hand_on(struct lane *l, struct job_item *item, struct lane *to)
{
	jobs_run(l->a->jobs, item, NULL);
	lane_post(to, item);
}

// One that may be put off in its middle, and then goes on behind the others.
static bool
run_yielding(struct lane *l, struct job_item *item,
	bool (*step)(struct lane *, void *, struct error *))
{
	struct error err = {0};

	l->yields = true;
	if (!lane_try(l, step, item, &err))
		lane_fail(l, item, &err);
	l->yields = false;
	if (item->error.kind != ERROR_NONE || !l->sync.stopped ||
	    lane_stopping(l))
		return true;
	item->item.priority = PRIORITY_LATER;
	hand_on(l, item, l);
	return false;
}

static bool
run_play(struct lane *l, struct job_item *item)
{
	if (store_operations_count(l->a->store, l->a->id) == 0)
		return true;
	board_state(l->a->board, l->place, ACCOUNT_PLAYING);
	l->playing = true;
	bool done = run_yielding(l, item, step_play);
	l->playing = false;
	lane_played(l);
	return done;
}

// In three parts: a maildrop is emptied into the local Maildir, the journal is
// played, and all that is left to be synced is.
static bool
run_sync(struct lane *l, struct job_item *item)
{
	struct account *a = l->a;
	struct error err = {0};

	// Asked for now: no pause is waited for.
	if (gate_wait_ms(l->gate) < 0 && gate_error(l->gate, &err)) {
		lane_fail(l, item, &err);
		return true;
	}
	gate_retry(l->gate);
	if (item->stage == JOB_NEW && (l->duties & DUTY_WORK)) {
		if (!run_play(l, item))
			return false;
		if (item->error.kind != ERROR_NONE)
			return true;
		item->stage = JOB_PLAYED;
		for (unsigned i = 0; i < a->n_lanes; i++) {
			if (a->lanes[i] == l || !(a->lanes[i]->duties & DUTY_LONG))
				continue;
			hand_on(l, item, a->lanes[i]);
			return false;
		}
	}
	// The loop finishes it.
	*(struct job_item **)array_push(&l->syncing) = item;
	l->list_at = 0;
	l->full = true;
	return false;
}

static bool
run_folder(struct lane *l, struct job_item *item)
{
	struct error err = {0};

	if (!plan_hold(l->a->plan, item->job.folder, PLAN_NEWEST)) {
		jobs_run(l->a->jobs, item, NULL);
		plan_wait(l->a->plan, item->job.folder, item);
		return false;
	}
	if (!lane_newest(l, item->job.folder, &err))
		lane_fail(l, item, &err);
	else if (lane_only_watches(l))
		account_warm(l->a);
	return true;
}

static bool
run_read(struct lane *l, struct job_item *item)
{
	struct error err = {0};

	if (!lane_try(l, step_text, item, &err))
		lane_fail(l, item, &err);
	item->stage = JOB_FETCHED;
	jobs_run(l->a->jobs, item, NULL);
	queue_post(l->a->reading, &item->item);
	return false;
}

static bool
run_raw(struct lane *l, struct job_item *item)
{
	return run_yielding(l, item, step_raw);
}

static bool
run_part(struct lane *l, struct job_item *item)
{
	struct error err = {0};

	if (!lane_try(l, step_part, item, &err))
		lane_fail(l, item, &err);
	return true;
}

static bool
run_search(struct lane *l, struct job_item *item)
{
	if (lane_search(l, item))
		return true;
	item->item.priority = PRIORITY_LATER;
	hand_on(l, item, l);
	return false;
}

static bool
run_retry(struct lane *l, struct job_item *item)
{
	struct error err = {0};

	if (!lane_connect(l, &err))
		lane_fail(l, item, &err);
	account_wake(l->a);
	return true;
}

static bool
run_trial(struct lane *l, struct job_item *item)
{
	struct error err = {0};

	if (!lane_connect(l, &err))
		job_fail(item, &err);
	return true;
}

static bool (*const runs[])(struct lane *, struct job_item *) = {
	[JOB_SYNC] = run_sync,
	[JOB_FOLDER] = run_folder,
	[JOB_READ] = run_read,
	[JOB_RAW] = run_raw,
	[JOB_PART] = run_part,
	[JOB_PLAY] = run_play,
	[JOB_SEARCH] = run_search,
	[JOB_RETRY] = run_retry,
	[JOB_TRY] = run_trial,
};

void
lane_job(struct lane *l, struct job_item *item)
{
	bool done = true;

	if (jobs_run(l->a->jobs, item, l->cancel))
		done = runs[item->job.kind](l, item);
	if (done) {
		jobs_run(l->a->jobs, item, NULL);
		jobs_reply(l->a->jobs, item);
	}
}

// --- jobs that wait for the whole account ---------------------------------------------

static void
reply_syncing(struct lane *l)
{
	for (size_t i = 0; i < l->syncing.len; i++)
		jobs_reply(l->a->jobs,
			*(struct job_item **)array_at(&l->syncing, i));
	array_clear(&l->syncing);
}

void
lane_fail_syncing(struct lane *l, const struct error *err)
{
	struct job_item *item;

	for (size_t i = 0; i < l->syncing.len; i++)
		lane_fail(l, *(struct job_item **)array_at(&l->syncing, i), err);
	reply_syncing(l);
	// A maildrop's worker has no folder of its own.
	while (!(l->duties & DUTY_DROP) &&
	       (item = plan_waiter(l->a->plan, UINT32_MAX)) != NULL) {
		lane_fail(l, item, err);
		jobs_reply(l->a->jobs, item);
	}
}

void
lane_reply_cancelled(struct lane *l)
{
	for (size_t i = l->syncing.len; i-- > 0; ) {
		struct job_item *item =
			*(struct job_item **)array_at(&l->syncing, i);
		if (!atomic_load(&item->cancelled))
			continue;
		array_remove(&l->syncing, i);
		jobs_reply(l->a->jobs, item);
	}
}

void
lane_sync_settled(struct lane *l)
{
	if (l->syncing.len > 0 && l->list_at != 0 && plan_empty(l->a->plan))
		reply_syncing(l);
}
