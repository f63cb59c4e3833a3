// SPDX-License-Identifier: GPL-3.0-or-later
// What a lane does while nobody asks for anything: play, list, sync, download,
// wait. Each call is one piece, so that a job never waits for long.
#include "config.h"

#include "account/lane.h"

#include "account/board.h"
#include "account/gate.h"
#include "account/inside.h"
#include "account/job.h"
#include "account/plan.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "loop/cancel.h"
#include "loop/queue.h"
#include "remote/remote.h"
#include "store/folders.h"
#include "store/pending.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>

#define INTERVAL_DEFAULT 300            // seconds
#define KEEP_ALIVE_MS (4 * 60 * 1000)   // routers forget sooner than servers
#define LONG_IDLE_MS (60 * 1000)        // then its connection is given back
#define PAUSE_SLICE_MS 10000            // to notice that the machine slept

int64_t
lane_interval_ms(const struct lane *l)
{
	int seconds = l->settings.interval > 0 ? l->settings.interval :
		INTERVAL_DEFAULT;

	return (int64_t)seconds * 1000;
}

bool
lane_is_wide(const struct error *err)
{
	return err->kind != ERROR_REFUSED && err->kind != ERROR_GONE &&
		err->kind != ERROR_INPUT;
}

void
lane_unit_failed(struct lane *l, const struct error *err)
{
	if (err->kind == ERROR_CANCELLED)
		return;
	// The connection's own failures are counted where they are met.
	if (err->kind == ERROR_STORE)
		gate_failed(l->gate, l->place, err);
	lane_fail_syncing(l, err);
}

// --- play -----------------------------------------------------------------------------

static bool
step_play(struct lane *l, void *arg, struct error *err)
{
	(void)arg;
	return sync_play(&l->sync, err);
}

// Nobody else tells of a folder that was made here: whoever went into it before the
// server had it found nothing there to fetch.
static void
want_new_folders(struct lane *l)
{
	struct folder *folders;
	size_t n = store_folders(l->a->store, l->a->id, &folders);

	for (size_t i = 0; i < n; i++) {
		if (folders[i].uidvalidity == 0 &&
		    !(folders[i].attributes & (FOLDER_NOSELECT | FOLDER_NEW)))
			plan_want(l->a->plan, folders[i].id, PLAN_NEWEST);
		folder_done(&folders[i]);
	}
	free(folders);
}

void
lane_played(struct lane *l)
{
	if (l->sync.folders_played)
		want_new_folders(l);
	l->sync.folders_played = false;
	account_played(l->a);
}

static bool
unit_play(struct lane *l)
{
	struct error err = {0};

	if (!(l->duties & DUTY_WORK) ||
	    store_operations_count(l->a->store, l->a->id) == 0)
		return false;
	board_state(l->a->board, l->place, ACCOUNT_PLAYING);
	l->yields = l->playing = true;
	if (!lane_try(l, step_play, NULL, &err))
		lane_unit_failed(l, &err);
	l->yields = l->playing = false;
	lane_played(l);
	return true;
}

// --- list -----------------------------------------------------------------------------

// A server without LIST-STATUS is asked for each folder.
static bool
folder_status(struct lane *l, struct remote_folder *told, struct error *err)
{
	struct remote_folder now = {0};

	if (told->has_status)
		return true;
	if (!l->driver->status(l->sync.remote, told->name, &now, err)) {
		bool wide = lane_is_wide(err);
		if (!wide)
			error_clear(err);
		return !wide;
	}
	told->has_status = true;
	told->messages = now.messages;
	told->unseen = now.unseen;
	told->uidnext = now.uidnext;
	told->uidvalidity = now.uidvalidity;
	told->highestmodseq = now.highestmodseq;
	free(now.name);
	free(now.label);
	return true;
}

static bool
list_folder(struct lane *l, const struct folder *f, struct map *by_name,
	struct error *err)
{
	struct remote_folder *told = map_get(by_name, str_or_empty(f->remote_name));

	// One that has never been synced needs no question.
	if (told != NULL && f->uidvalidity != 0 && !folder_status(l, told, err))
		return false;
	if (told == NULL || sync_folder_changed(&l->sync, f, told, l->full))
		plan_want(l->a->plan, f->id, PLAN_NEWEST);
	if (f->uidvalidity != 0 && f->lowest_uid != 1)
		plan_want(l->a->plan, f->id, PLAN_REST);
	if (l->settings.keep != 0)
		plan_want(l->a->plan, f->id, PLAN_BODIES);
	return true;
}

static void
plan_fill(struct lane *l, const struct folder *folders, size_t n)
{
	uint32_t *ids = mem_alloc(n + 1, sizeof(*ids));
	struct job_item *item;
	size_t n_ids = 0;

	for (size_t i = 0; i < n; i++)
		if (!(folders[i].attributes & (FOLDER_NOSELECT | FOLDER_NEW)))
			ids[n_ids++] = folders[i].id;
	plan_folders(l->a->plan, ids, n_ids);
	free(ids);
	while ((item = plan_waiter(l->a->plan, 0)) != NULL) {
		struct error err;
		error_set(&err, ERROR_GONE, "the folder is no longer there");
		job_fail(item, &err);
		jobs_reply(l->a->jobs, item);
	}
}

static bool
step_list(struct lane *l, void *arg, struct error *err)
{
	struct remote_folders told;
	struct folder *folders;
	bool ok = true;

	(void)arg;
	// What changes between the list and the watch is told to the watch.
	if (lane_only_watches(l) && !atomic_load(&l->no_watch) &&
	    l->driver->listen != NULL && !l->driver->listen(l->sync.remote, err))
		return false;
	if (!sync_folders_told(&l->sync, &told, err))
		return false;
	struct map *by_name = map_new();
	for (size_t i = 0; i < told.len; i++)
		map_put(by_name, told.items[i].name, &told.items[i]);
	size_t n = store_folders(l->a->store, l->a->id, &folders);
	plan_fill(l, folders, n);
	for (size_t i = 0; i < n; i++) {
		if (ok && !(folders[i].attributes & (FOLDER_NOSELECT | FOLDER_NEW)))
			ok = list_folder(l, &folders[i], by_name, err);
		folder_done(&folders[i]);
	}
	free(folders);
	map_free(&by_name, NULL);
	remote_folders_done(&told);
	return ok;
}

static bool
list_is_due(struct lane *l)
{
	if (atomic_exchange(&l->list_due, false))
		l->list_at = 0;
	// A sync that was asked for has one of its own.
	return (l->duties & (DUTY_LIST | DUTY_DROP) || l->syncing.len > 0) &&
		when_mono_ms() >= l->list_at;
}

static bool
unit_list(struct lane *l)
{
	struct error err = {0};

	if (!(l->duties & (DUTY_LONG | DUTY_LIST)) || !list_is_due(l))
		return false;
	if (lane_open_inbox(l))
		return true;
	board_state(l->a->board, l->place, ACCOUNT_SYNCING);
	bool ok = lane_try(l, step_list, NULL, &err);
	l->list_at = when_mono_ms() + lane_interval_ms(l);
	if (ok) {
		l->full = false;
		lane_quota(l);
		lane_sync_settled(l);
	} else {
		// Tried again with the next connection, not at the next interval.
		if (lane_is_wide(&err))
			l->list_at = 0;
		lane_unit_failed(l, &err);
	}
	return true;
}

// --- folders --------------------------------------------------------------------------

static bool
step_newest(struct lane *l, void *arg, struct error *err)
{
	return sync_folder_newest(&l->sync, *(uint32_t *)arg, err);
}

static bool
step_rest(struct lane *l, void *arg, struct error *err)
{
	return sync_folder_rest(&l->sync, *(uint32_t *)arg, err);
}

static bool
step_bodies(struct lane *l, void *arg, struct error *err)
{
	return sync_folder_bodies(&l->sync, *(uint32_t *)arg, err);
}

static bool (*const stages[PLAN_STAGES])(struct lane *, void *, struct error *) = {
	[PLAN_NEWEST] = step_newest,
	[PLAN_REST] = step_rest,
	[PLAN_BODIES] = step_bodies,
};

static void
reply_waiters(struct lane *l, uint32_t folder, const struct error *err)
{
	struct job_item *item;

	while ((item = plan_waiter(l->a->plan, folder)) != NULL) {
		lane_fail(l, item, err);
		jobs_reply(l->a->jobs, item);
	}
}

// What the newest rows leave to be done in the background.
static void
want_rest(struct lane *l, uint32_t folder)
{
	struct folder f;

	if (!store_folder(l->a->store, folder, &f))
		return;
	if (f.lowest_uid != 1 || l->sync.visit.compare != 0)
		plan_want(l->a->plan, folder, PLAN_REST);
	if (l->settings.keep != 0)
		plan_want(l->a->plan, folder, PLAN_BODIES);
	folder_done(&f);
}

bool
lane_newest(struct lane *l, uint32_t folder, struct error *err)
{
	board_state(l->a->board, l->place, ACCOUNT_SYNCING);
	bool ok = lane_try(l, step_newest, &folder, err);

	if (ok)
		want_rest(l, folder);
	plan_release(l->a->plan, folder, PLAN_NEWEST, true);
	reply_waiters(l, folder, err);
	return ok;
}

static void
fail_syncing_folder(struct lane *l, uint32_t folder, const struct error *err)
{
	struct error named = *err;
	struct folder f;

	if (store_folder(l->a->store, folder, &f)) {
		error_prefix(&named, "%s", f.name);
		folder_done(&f);
	}
	for (size_t i = 0; i < l->syncing.len; i++)
		job_fail(*(struct job_item **)array_at(&l->syncing, i), &named);
}

static bool
unit_folder(struct lane *l)
{
	struct error err = {0};
	enum plan_stage stage;
	uint32_t folder;
	bool ok, done = true;

	if (!(l->duties & DUTY_LONG) ||
	    !plan_take(l->a->plan, 0, &folder, &stage))
		return false;
	if (stage == PLAN_BODIES && !sync_bodies_lack(&l->sync, folder)) {
		// No connection is opened to fetch nothing.
		plan_release(l->a->plan, folder, stage, true);
		ok = true;
	} else if (stage == PLAN_NEWEST) {
		ok = lane_newest(l, folder, &err);
		if (!ok && lane_is_wide(&err))
			plan_want(l->a->plan, folder, stage);
	} else {
		l->yields = true;
		ok = lane_try(l, stages[stage], &folder, &err);
		l->yields = false;
		done = ok ? !l->sync.stopped : !lane_is_wide(&err);
		if (ok && l->sync.visit.noticed &&
		    l->sync.visit.folder == folder)
			plan_want(l->a->plan, folder, PLAN_NEWEST);
		plan_release(l->a->plan, folder, stage, done);
	}
	if (!ok && lane_is_wide(&err))
		lane_unit_failed(l, &err);
	else if (!ok)
		fail_syncing_folder(l, folder, &err);
	lane_sync_settled(l);
	return true;
}

// --- a maildrop -----------------------------------------------------------------------

static bool
step_download(struct lane *l, void *arg, struct error *err)
{
	return sync_download(&l->sync, l->maildir, arg, err);
}

// What came lies in the local INBOX: the workers of the mirror take it in.
static void
drop_hand_on(struct lane *l, bool came)
{
	struct account *a = l->a;

	for (unsigned i = 0; i < a->n_lanes; i++) {
		struct lane *to = a->lanes[i];
		if (to == l || !(to->duties & DUTY_WORK))
			continue;
		if (came) {
			atomic_store(&to->list_due, true);
			lane_wake(to);
		}
		for (size_t j = 0; j < l->syncing.len; j++) {
			struct job_item *item =
				*(struct job_item **)array_at(&l->syncing, j);
			jobs_run(a->jobs, item, NULL);
			lane_post(to, item);
		}
		array_clear(&l->syncing);
		return;
	}
}

static bool
unit_download(struct lane *l)
{
	struct error err = {0};
	uint32_t came = 0;

	if (!(l->duties & DUTY_DROP) || !list_is_due(l))
		return false;
	board_state(l->a->board, l->place, ACCOUNT_SYNCING);
	bool ok = lane_try(l, step_download, &came, &err);
	// A maildrop is locked while it is open, and shows nothing new.
	lane_close(l);
	l->list_at = when_mono_ms() + lane_interval_ms(l);
	if (!ok) {
		if (lane_is_wide(&err))
			l->list_at = 0;
		lane_unit_failed(l, &err);
	}
	drop_hand_on(l, came > 0);
	return true;
}

// --- a click that may come -------------------------------------------------------------

// To connect takes several turns, which a click need not wait for; to stay connected
// costs nothing.
static bool
unit_warm(struct lane *l)
{
	struct error err = {0};

	if (!atomic_exchange(&l->warm_due, false) || l->sync.remote != NULL)
		return false;
	if (!lane_connect(l, &err))
		lane_unit_failed(l, &err);
	return true;
}

bool
lane_unit(struct lane *l)
{
	if (!lane_may_work(l))
		return false;
	return unit_play(l) || unit_warm(l) || unit_download(l) || unit_list(l) || unit_folder(l) ||
		lane_quota(l);
}

// --- waiting --------------------------------------------------------------------------

static int
sooner(int a, int64_t b)
{
	if (b < 0)
		b = 0;
	return a < 0 || b < a ? (int)(b > INT_MAX ? INT_MAX : b) : a;
}

static int
wait_timeout(struct lane *l)
{
	int64_t now = when_mono_ms();
	int pause = gate_wait_ms(l->gate), timeout = -1;

	if (pause > 0)
		timeout = sooner(sooner(timeout, pause), PAUSE_SLICE_MS);
	else if ((l->duties & (DUTY_LIST | DUTY_DROP) || l->syncing.len > 0) &&
		 lane_may_work(l))
		timeout = sooner(timeout, l->list_at - now);
	if ((l->duties & DUTY_WATCH) && l->watch_at > now)
		timeout = sooner(timeout, l->watch_at - now);
	if (l->sync.remote != NULL)
		timeout = sooner(timeout, l->used_at - now +
			(l->duties & DUTY_WORK ? KEEP_ALIVE_MS : LONG_IDLE_MS));
	return timeout;
}

static bool
step_noop(struct lane *l, void *arg, struct error *err)
{
	struct remote_sink none = {0};

	(void)arg;
	return l->driver->noop(l->sync.remote, &none, err);
}

// A connection that nobody used for a while is kept for clicks, else given back.
static void
connection_idle(struct lane *l)
{
	int64_t idle = when_mono_ms() - l->used_at;
	struct error err = {0};

	if (l->sync.remote == NULL)
		return;
	if (!(l->duties & DUTY_WORK) && idle >= LONG_IDLE_MS)
		lane_close(l);
	else if (idle >= KEEP_ALIVE_MS)
		lane_try(l, step_noop, NULL, &err);
}

void
lane_wait(struct lane *l)
{
	struct error err;

	if (lane_watch(l, wait_timeout(l)))
		return;
	if (!gate_error(l->gate, &err) || !l->failed)
		board_state(l->a->board, l->place, ACCOUNT_IDLE);
	else
		board_rest(l->a->board, l->place);
	struct pollfd fd = { .fd = cancel_fd(l->wake), .events = POLLIN };
	poll(&fd, 1, wait_timeout(l));
	connection_idle(l);
}
