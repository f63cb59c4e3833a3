// SPDX-License-Identifier: GPL-3.0-or-later
// The loop of a worker with a connection: jobs first, then what is left to do,
// then waiting.
#include "config.h"

#include "account/lane.h"

#include "account/board.h"
#include "account/gate.h"
#include "account/inside.h"
#include "account/job.h"
#include "account/plan.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "loop/cancel.h"
#include "loop/queue.h"
#include "loop/worker.h"
#include "remote/remote.h"
#include "store/folders.h"
#include "store/pending.h"

#include <stdlib.h>

#define FORGOTTEN_MS (30 * 1000) // not used for so long: a router may have

// --- the connection -------------------------------------------------------------------

void
lane_close(struct lane *l)
{
	visit_forget(&l->sync);
	if (l->sync.remote != NULL)
		l->driver->close(&l->sync.remote);
	l->sync.remote = NULL;
}

static bool
lane_open(struct lane *l, struct error *err)
{
	if (l->sync.remote != NULL)
		return true;
	return gate_open(l->gate, &l->settings, l->driver, l->place, l->cancel,
		&l->sync.remote, err);
}

static bool
ends_connection(const struct error *err)
{
	return err->kind == ERROR_OFFLINE || err->kind == ERROR_AUTH ||
		err->kind == ERROR_TRUST || err->kind == ERROR_CANCELLED;
}

// A connection that broke is opened anew at once. Silence has been waited for: only
// where something in between may have forgotten a connection that lay idle is another
// worth a second wait.
static bool
lane_tries_again(const struct lane *l, int64_t begun, const struct error *err)
{
	return err->kind == ERROR_OFFLINE &&
		(!err->waited || begun - l->used_at >= FORGOTTEN_MS);
}

bool
lane_try(struct lane *l, bool (*run)(struct lane *l, void *arg, struct error *err),
	void *arg, struct error *err)
{
	bool there = l->sync.remote != NULL;
	int64_t begun = when_mono_ms();

	l->failed = true;
	if (!lane_open(l, err))
		return false;
	bool ok = run(l, arg, err);
	if (!ok && there && lane_tries_again(l, begun, err)) {
		lane_close(l);
		error_clear(err);
		if (!lane_open(l, err))
			return false;
		ok = run(l, arg, err);
	}
	l->used_at = when_mono_ms();
	l->failed = !ok && ends_connection(err);
	if (l->failed) {
		lane_close(l);
		gate_failed(l->gate, l->place, err);
	} else {
		gate_worked(l->gate);
	}
	return ok;
}

static bool
step_nothing(struct lane *l, void *arg, struct error *err)
{
	(void)l;
	(void)arg;
	(void)err;
	return true;
}

bool
lane_connect(struct lane *l, struct error *err)
{
	return lane_try(l, step_nothing, NULL, err);
}

// --- between the steps of a sync --------------------------------------------------------

bool
lane_stopping(struct lane *l)
{
	return atomic_load(&l->stopping);
}

static bool
lane_step(void *arg, const char *what)
{
	struct lane *l = arg;

	(void)what;
	if (lane_stopping(l))
		return false;
	if (!l->yields)
		return true;
	if (queue_len(l->inbox) > 0)
		return false;
	// What was done here goes to the server before more is fetched from it.
	return !(l->duties & DUTY_WORK) || l->playing ||
		store_operations_count(l->a->store, l->a->id) == 0;
}

static void
lane_progress(void *arg, uint32_t folder, uint32_t done, uint32_t total)
{
	struct lane *l = arg;
	struct folder f;

	if (!store_folder(l->a->store, folder, &f))
		return;
	board_progress(l->a->board, l->place, folder, f.name, done, total);
	folder_done(&f);
}

// Somebody gave up on what was done just now: the connection is cut with it.
static void
lane_uncancel(struct lane *l)
{
	if (!cancel_is_set(l->cancel))
		return;
	lane_close(l);
	lane_reply_cancelled(l);
	cancel_reset(l->cancel);
	if (lane_stopping(l))
		cancel_set(l->cancel);
}

// --- the loop -------------------------------------------------------------------------

bool
lane_may_work(struct lane *l)
{
	if (gate_wait_ms(l->gate) != 0)
		return false;
	return !atomic_load(&l->a->paused) || l->syncing.len > 0 ||
		plan_waited_for(l->a->plan);
}

static void
lane_run(struct worker *w, void *arg)
{
	struct lane *l = arg;

	while (!worker_stopping(w)) {
		// Before anything is looked at, so that no call is missed.
		cancel_reset(l->wake);
		if (lane_stopping(l))
			break;
		if (atomic_exchange(&l->suspect, false))
			lane_close(l);
		struct queue_item *item = queue_take(l->inbox);
		if (item != NULL)
			lane_job(l, (struct job_item *)item);
		else if (!lane_unit(l))
			lane_wait(l);
		lane_uncancel(l);
	}
	lane_close(l);
}

// --- life -----------------------------------------------------------------------------

static void
lane_notice(void *arg, const char *text)
{
	struct lane *l = arg;
	struct error none = {0};

	account_notice(l->a, &none, text);
}

struct lane *
lane_new(struct account *a, unsigned place, unsigned duties,
	const struct remote_driver *driver, struct gate *gate,
	const struct account_settings *settings, const char *maildir)
{
	struct lane *l = mem_new(struct lane);

	l->a = a;
	l->place = place;
	l->duties = duties;
	l->driver = driver;
	l->gate = gate;
	account_settings_copy(&l->settings, settings);
	l->maildir = str_dup(maildir);
	l->inbox = queue_new();
	l->cancel = cancel_new();
	l->wake = cancel_new();
	l->syncing = ARRAY_OF(struct job_item *);
	lane_search_forget(l);
	l->sync = (struct sync){
		.store = a->store, .driver = driver, .settings = &l->settings,
		.account = a->id, .cancel = l->cancel,
		.step = lane_step, .progress = lane_progress,
		.notice = lane_notice, .arg = l,
	};
	return l;
}

static const char *
lane_name(const struct lane *l)
{
	if (l->duties & DUTY_DROP)
		return "drop";
	if (l->duties & DUTY_WORK)
		return "work";
	return l->duties & DUTY_LONG ? "long" : "watch";
}

bool
lane_only_watches(const struct lane *l)
{
	return (l->duties & DUTY_WATCH) && !(l->duties & (DUTY_WORK | DUTY_LONG));
}

void
lane_start(struct lane *l)
{
	char *name = str_printf("%.9s-%s", l->settings.name, lane_name(l));

	if (l->duties & (DUTY_WORK | DUTY_LONG))
		plan_watch(l->a->plan, l->wake);
	l->worker = worker_start(name, lane_run, l);
	free(name);
}

void
lane_ask_stop(struct lane *l)
{
	atomic_store(&l->stopping, true);
	cancel_set(l->cancel);
	cancel_set(l->wake);
	if (l->worker != NULL)
		worker_ask_stop(l->worker);
}

void
lane_join(struct lane *l)
{
	worker_stop(&l->worker, NULL);
}

void
lane_free(struct lane **l)
{
	struct queue_item *item;
	struct error err;

	if (*l == NULL)
		return;
	plan_unwatch((*l)->a->plan, (*l)->wake);
	error_set(&err, ERROR_CANCELLED, "the account was stopped");
	lane_fail_syncing(*l, &err);
	while ((item = queue_take((*l)->inbox)) != NULL) {
		job_fail((struct job_item *)item, &err);
		jobs_reply((*l)->a->jobs, (struct job_item *)item);
	}
	queue_free(&(*l)->inbox, NULL);
	array_done(&(*l)->syncing);
	lane_search_forget(*l);
	array_done(&(*l)->asked);
	account_settings_done(&(*l)->settings);
	cancel_free(&(*l)->cancel);
	cancel_free(&(*l)->wake);
	free((*l)->maildir);
	free(*l);
	*l = NULL;
}

void
lane_post(struct lane *l, struct job_item *item)
{
	queue_post(l->inbox, &item->item);
	cancel_set(l->wake);
}

void
lane_wake(struct lane *l)
{
	cancel_set(l->wake);
}
