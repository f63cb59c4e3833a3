// SPDX-License-Identifier: GPL-3.0-or-later
// How much space the server has left for us: shown, and warned of before mail is
// refused for it.
#include "config.h"

#include "account/lane.h"

#include "account/board.h"
#include "account/inside.h"
#include "account/visit.h"
#include "base/error.h"
#include "base/str.h"
#include "base/when.h"
#include "remote/remote.h"
#include "store/folders.h"

#include <stdlib.h>

#define QUOTA_WARN 90              // per cent
#define QUOTA_CALM 80              // below it may be warned of again
#define QUOTA_PAUSE_MS (30 * 1000) // between two questions, or the interval if shorter

// The fullest of those that count bytes: the first to be met.
static const struct remote_quota *
fullest(const struct remote_quotas *quotas)
{
	const struct remote_quota *full = NULL;

	for (size_t i = 0; i < quotas->len; i++) {
		const struct remote_quota *q = &quotas->items[i];
		if (!str_equal_nocase(q->resource, "STORAGE") || q->limit == 0)
			continue;
		if (full == NULL || (double)q->used / (double)q->limit >
				(double)full->used / (double)full->limit)
			full = q;
	}
	return full;
}

static void
warn(struct lane *l, uint64_t used, uint64_t limit)
{
	struct error none = {0};
	unsigned percent = (unsigned)((double)used * 100 / (double)limit);

	if (percent < QUOTA_CALM)
		l->quota_warned = false;
	if (percent < QUOTA_WARN || l->quota_warned)
		return;
	l->quota_warned = true;
	char *text = str_printf("%s: %u %% of the server's space is used (%llu of "
		"%llu MB): delete large mail and empty Trash before new mail is refused",
		l->settings.name, percent, (unsigned long long)(used >> 20),
		(unsigned long long)(limit >> 20));
	account_notice(l->a, &none, text);
	free(text);
}

static bool
step_quota(struct lane *l, void *arg, struct error *err)
{
	struct remote_quotas quotas = {0};
	struct folder f;

	(void)arg;
	if (l->driver->quota == NULL ||
	    !(l->driver->abilities(l->sync.remote) & REMOTE_QUOTA)) {
		atomic_store(&l->no_quota, true);
		return true;
	}
	if (!store_folder_by_role(l->a->store, l->a->id, ROLE_INBOX, &f))
		return true;
	char *name = visit_name(&l->sync, &f);
	bool ok = name != NULL &&
		l->driver->quota(l->sync.remote, name, &quotas, err);
	const struct remote_quota *q = ok ? fullest(&quotas) : NULL;
	board_quota(l->a->board, q == NULL ? 0 : q->used, q == NULL ? 0 : q->limit);
	if (q != NULL)
		warn(l, q->used, q->limit);
	remote_quotas_done(&quotas);
	free(name);
	folder_done(&f);
	// REFUSED: the folder has none.
	if (!ok && (name == NULL || err->kind == ERROR_REFUSED)) {
		error_clear(err);
		ok = true;
	}
	return ok;
}

bool
lane_quota(struct lane *l)
{
	int64_t now = when_mono_ms(), interval = lane_interval_ms(l);
	int64_t pause = interval < QUOTA_PAUSE_MS ? interval : QUOTA_PAUSE_MS;
	struct error err = {0};

	// A connection is not opened for this alone.
	if (!(l->duties & DUTY_LIST || l->syncing.len > 0) ||
	    atomic_load(&l->no_quota) || l->sync.remote == NULL ||
	    (now < l->quota_at && l->syncing.len == 0))
		return false;
	bool due = atomic_exchange(&l->a->quota_due, false) || l->syncing.len > 0;
	if (!due && l->quota_at != 0 &&
	    now < l->quota_at + interval - pause)
		return false;
	l->quota_at = now + pause;
	if (!lane_try(l, step_quota, NULL, &err) && lane_is_wide(&err))
		lane_unit_failed(l, &err);
	return true;
}
