// SPDX-License-Identifier: GPL-3.0-or-later
// Waiting on the server: for news of all folders where it can tell them (NOTIFY),
// else for what happens in the inbox.
#include "config.h"

#include "account/lane.h"

#include "account/board.h"
#include "account/inside.h"
#include "account/plan.h"
#include "account/visit.h"
#include "base/error.h"
#include "base/map.h"
#include "base/str.h"
#include "base/when.h"
#include "loop/cancel.h"
#include "remote/remote.h"
#include "store/folders.h"

#include <stdlib.h>

#define WATCH_MS (25 * 60 * 1000)       // below the 29 minutes of RFC 2177

static bool
inbox_of(struct lane *l, uint32_t *id_r)
{
	struct folder f;

	if (!store_folder_by_role(l->a->store, l->a->id, ROLE_INBOX, &f))
		return false;
	*id_r = f.id;
	folder_done(&f);
	return true;
}

// --- what is told of all folders --------------------------------------------------------

struct watching {
	struct lane *l;
	uint32_t inbox;
	int timeout_ms;
	struct map *by_name;        // to their struct folder; NULL: not read yet
	struct folder *folders;
	size_t n;
};

static void
watching_load(struct watching *w)
{
	w->by_name = map_new();
	w->n = store_folders(w->l->a->store, w->l->a->id, &w->folders);
	for (size_t i = 0; i < w->n; i++)
		if (!(w->folders[i].attributes & (FOLDER_NOSELECT | FOLDER_NEW)))
			map_put(w->by_name, str_or_empty(w->folders[i].remote_name),
				&w->folders[i]);
}

static void
watching_done(struct watching *w)
{
	for (size_t i = 0; i < w->n; i++)
		folder_done(&w->folders[i]);
	free(w->folders);
	map_free(&w->by_name, NULL);
}

// Only notes what is to be done: the workers who sync are woken by the plan.
static void
told_folder(void *arg, const struct remote_folder *told)
{
	struct watching *w = arg;
	struct folder *known = NULL, now;

	if (w->by_name == NULL)
		watching_load(w);
	if (told != NULL)
		known = map_get(w->by_name, told->name);
	if (known == NULL) {
		account_list(w->l->a);
		return;
	}
	if (!store_folder(w->l->a->store, known->id, &now))
		return;
	if (sync_folder_news(&w->l->sync, &now, told))
		plan_want(w->l->a->plan, now.id, PLAN_NEWEST);
	folder_done(&now);
}

// --- the inbox ------------------------------------------------------------------------

// Of an inbox whose first rows another worker is fetching at this moment nothing is
// known that could be of an older one.
static bool
watch_select(struct lane *l, uint32_t inbox, struct error *err)
{
	struct folder f;
	uint32_t found;
	bool fresh = false;

	if (store_folder(l->a->store, inbox, &f)) {
		fresh = f.uidvalidity == 0;
		folder_done(&f);
	}
	if (!fresh)
		return visit_use(&l->sync, inbox, 0, err);
	return l->sync.selected == inbox ||
		visit_reselect(&l->sync, inbox, &found, err);
}

static bool
step_watch(struct lane *l, void *arg, struct error *err)
{
	struct watching *w = arg;
	struct remote_sink sink = { .arg = w };
	unsigned abilities = l->driver->abilities(l->sync.remote);
	bool changed = false;

	if (!(abilities & (REMOTE_WATCH | REMOTE_NOTIFY))) {
		atomic_store(&l->no_watch, true);
		return true;
	}
	if (abilities & REMOTE_NOTIFY)
		sink.folder = told_folder;
	bool selected = l->sync.selected == w->inbox;
	if (!watch_select(l, w->inbox, err))
		return false;
	// What came before that is told to nobody, and whoever synced may have done
	// so before it came.
	if (!selected)
		plan_want(l->a->plan, w->inbox, PLAN_NEWEST);
	// It may have connected just now, and watches for half an hour.
	board_state(l->a->board, l->place, ACCOUNT_IDLE);
	if (!l->driver->watch(l->sync.remote, w->timeout_ms, l->wake, &changed,
			&sink, err))
		return false;
	if (changed)
		l->sync.visit.folder = 0;
	return true;
}

// Rows from before the watch began come first.
static bool
watch_ready(struct lane *l, uint32_t inbox, struct error *err)
{
	if (l->sync.visit.folder == inbox && !l->sync.visit.noticed)
		return true;
	if (!plan_hold(l->a->plan, inbox, PLAN_NEWEST)) {
		plan_want(l->a->plan, inbox, PLAN_NEWEST);
		return true;
	}
	return lane_newest(l, inbox, err);
}

bool
lane_open_inbox(struct lane *l)
{
	struct error err = {0};
	uint32_t inbox;

	if (!lane_only_watches(l) || atomic_load(&l->no_watch) ||
	    l->sync.remote != NULL || !inbox_of(l, &inbox) ||
	    !plan_hold(l->a->plan, inbox, PLAN_NEWEST))
		return false;
	if (!lane_newest(l, inbox, &err) && lane_is_wide(&err))
		lane_unit_failed(l, &err);
	return true;
}

// A new account has no inbox before its first list: until then what wakes those
// who sync wakes the watch, and afterwards nothing of that disturbs it.
static bool
watch_inbox(struct lane *l, uint32_t *inbox_r)
{
	if (!l->awaits_inbox && inbox_of(l, inbox_r))
		return true;
	if (!l->awaits_inbox)
		plan_watch(l->a->plan, l->wake);
	l->awaits_inbox = !inbox_of(l, inbox_r);
	if (!l->awaits_inbox)
		plan_unwatch(l->a->plan, l->wake);
	return !l->awaits_inbox;
}

bool
lane_watch(struct lane *l, int timeout_ms)
{
	struct watching w = { .l = l, .timeout_ms = WATCH_MS };
	struct error err = {0};

	if (!(l->duties & DUTY_WATCH) || atomic_load(&l->no_watch) || !lane_may_work(l) ||
	    when_mono_ms() < l->watch_at || !watch_inbox(l, &w.inbox))
		return false;
	if (timeout_ms >= 0 && timeout_ms < w.timeout_ms)
		w.timeout_ms = timeout_ms;
	bool ok = watch_ready(l, w.inbox, &err);
	// What came while that was done goes first.
	if (ok && cancel_is_set(l->wake))
		return true;
	if (ok) {
		board_state(l->a->board, l->place, ACCOUNT_IDLE);
		ok = lane_try(l, step_watch, &w, &err);
	}
	watching_done(&w);
	if (!ok && lane_is_wide(&err))
		lane_unit_failed(l, &err);
	// An inbox that cannot be watched is looked at with the other folders.
	else if (!ok)
		l->watch_at = when_mono_ms() + lane_interval_ms(l);
	return ok && !atomic_load(&l->no_watch);
}
