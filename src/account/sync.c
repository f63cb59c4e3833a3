// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of one folder brought to agree with the server: what is newest first,
// what is old in the background, each step complete in itself.
#include "config.h"

#include "account/sync.h"

#include "account/count.h"
#include "account/salvage.h"
#include "account/take.h"
#include "account/visit.h"
#include "base/error.h"
#include "remote/remote.h"
#include "store/folders.h"
#include "store/messages.h"
#include "store/pending.h"

#include <stdlib.h>

// So many rows are asked for at once in the background: enough that the turn of a
// slow line counts little, few enough to be soon done when a click waits.
#define REST_CHUNK 4000
// UIDs or flags alone are small, so more of them are compared at once.
#define COMPARE_CHUNK 10000

static void
tell_progress(struct sync *s, uint32_t folder)
{
	struct folder f;

	if (s->progress == NULL || !store_folder_any(s->store, folder, &f))
		return;
	uint32_t done = f.total < s->visit.exists ? f.total : s->visit.exists;
	s->progress(s->arg, folder, done, s->visit.exists);
	folder_done(&f);
}

static uint32_t
below(uint32_t to, uint32_t width)
{
	return to > width ? to - width + 1 : 1;
}

// --- a folder seen for the first time -----------------------------------------------

static bool
keep_highest(void *arg, struct remote_message *m)
{
	uint32_t *highest = arg;

	if (m->uid > *highest)
		*highest = m->uid;
	return true;
}

// Old servers do not tell UIDNEXT: then it follows from the last message's UID.
static bool
find_uidnext(struct sync *s, struct remote_state *st, struct error *err)
{
	struct remote_range last = { UINT32_MAX, UINT32_MAX };
	uint32_t highest = 0;
	struct remote_sink sink = { .arg = &highest, .message = keep_highest };

	if (st->uidnext != 0)
		return true;
	if (st->exists > 0 && !s->driver->fetch(s->remote,
			(struct remote_set){ &last, 1 }, REMOTE_FETCH_UIDS, 0,
			&sink, err))
		return false;
	st->uidnext = highest < UINT32_MAX ? highest + 1 : highest;
	return true;
}

// Rows that were here under another UIDVALIDITY go with the first batch. Windows
// grow downwards until SYNC_FIRST messages were in them; each is complete.
static bool
first_rows(struct sync *s, const struct folder *f, const struct remote_state *st,
	struct error *err)
{
	uint32_t width = st->exists <= SYNC_FIRST ? st->uidnext : SYNC_FIRST;
	uint32_t to = st->uidnext - 1, got = 0;
	bool ok = true;
	struct take t;

	take_init(&t, s, f->id, st->uidvalidity);
	t.batch.reset = f->uidvalidity != 0 &&
		f->uidvalidity != st->uidvalidity;
	t.batch.set_exists = true;
	t.batch.remote_exists = st->exists;
	t.batch.highestmodseq = st->highestmodseq;
	t.batch.uidnext = st->uidnext;
	t.batch.lowest_uid = 1;
	if (st->exists == 0 || to == 0)
		ok = take_flush(&t, err);
	while (ok && st->exists > 0 && to > 0 && got < SYNC_FIRST) {
		uint32_t from = below(to, width);
		ok = take_window(&t, from, to, REMOTE_FETCH_ENVELOPE, 0, err);
		ok = ok && salvage_rows(&t, err);
		t.batch.lowest_uid = from;
		ok = ok && take_flush(&t, err);
		got += t.taken;
		width = take_next_width(&t, width, SYNC_FIRST);
		to = from - 1;
		if (ok && !sync_go_on(s, "first rows"))
			break;
		t.batch.uidnext = st->uidnext;
	}
	take_done(&t);
	s->visit.width = width;
	return ok;
}

// --- a folder known already ---------------------------------------------------------

// Upwards from the last known UIDNEXT, so that what is here has no holes. Counts
// them: with the count of all it shows whether others have gone.
static bool
new_rows(struct sync *s, struct take *t, const struct folder *f,
	const struct remote_state *st, uint32_t *new_r, struct error *err)
{
	uint32_t width = SYNC_CHUNK, from = f->uidnext;
	bool ok = true;

	*new_r = 0;
	t->arrived_from = f->uidnext;
	while (ok && from < st->uidnext) {
		uint32_t last = st->uidnext - 1;
		uint32_t to = last - from < width ? last : from + width - 1;
		ok = take_window(t, from, to, REMOTE_FETCH_ENVELOPE, 0, err);
		ok = ok && salvage_rows(t, err);
		t->batch.uidnext = to + 1;
		ok = ok && take_post(t, err);
		*new_r += t->taken;
		width = take_next_width(t, width, SYNC_CHUNK);
		from = to + 1;
		if (ok && !sync_go_on(s, "new rows"))
			break;
	}
	return ok && take_settle(t, err);
}

// Can the server say which flags changed since the last time? Each of the two
// sides must know a MODSEQ, and the server's must not have gone back.
static bool
flags_traced(struct sync *s, const struct folder *before,
	const struct remote_state *st)
{
	return !count_doubts_flags(s, before->id) && before->highestmodseq != 0 &&
		st->highestmodseq >= before->highestmodseq;
}

// Has anything gone that nobody told of? Without the new arrivals in it the
// server's count can only shrink, so an equal one says no.
static bool
some_gone(struct sync *s, const struct folder *before,
	const struct remote_state *st, uint32_t arrived)
{
	struct folder now;

	if (!st->changes_told &&
	    (uint64_t)before->remote_exists + arrived != st->exists)
		return true;
	// What should agree and does not is looked at once more, whoever erred.
	if (!store_folder(s->store, before->id, &now))
		return false;
	s->visit.doubted = count_is_new(s, &now, st->exists);
	folder_done(&now);
	return s->visit.doubted;
}

// No document says that labels have a MODSEQ: those that change are mostly of the newest
// messages, and all are compared by a sync that was asked for (count.c).
static bool
newest_labels(struct sync *s, struct take *t, const struct folder *f,
	const struct remote_state *st, struct error *err)
{
	uint32_t last = f->uidnext - 1;

	if (!(s->driver->abilities(s->remote) & REMOTE_LABELS) || st->changes_told ||
	    f->uidnext <= 1 || f->lowest_uid > last)
		return true;
	uint32_t from = below(last, SYNC_FIRST);
	return take_window(t, from < f->lowest_uid ? f->lowest_uid : from, last,
			REMOTE_FETCH_FLAGS, 0, err) && salvage_rows(t, err);
}

static bool
known_rows(struct sync *s, struct take *t, const struct folder *f,
	const struct remote_state *st, struct error *err)
{
	bool traced = flags_traced(s, f, st);
	uint32_t arrived;

	if (!new_rows(s, t, f, st, &arrived, err))
		return false;
	if (s->stopped)
		return true;
	if (traced && !st->changes_told && f->uidnext > 1 &&
	    st->highestmodseq > f->highestmodseq &&
	    !take_window(t, 1, f->uidnext - 1, REMOTE_FETCH_FLAGS,
			f->highestmodseq, err))
		return false;
	if (traced && !newest_labels(s, t, f, st, err))
		return false;
	if (traced)
		t->batch.highestmodseq = st->highestmodseq;
	if (!take_flush(t, err))
		return false;
	s->visit.compared = f->uidnext;
	if (!traced)
		s->visit.compare = REMOTE_FETCH_FLAGS;
	else if (some_gone(s, f, st, arrived))
		s->visit.compare = REMOTE_FETCH_UIDS;
	if (s->visit.doubted)
		s->visit.compared = st->uidnext;
	if (s->visit.compare != 0)
		return true;
	t->batch.set_exists = true;
	t->batch.remote_exists = st->exists;
	return take_flush(t, err);
}

// --- comparing ----------------------------------------------------------------------

// One window downwards. Only after the last one do count and MODSEQ describe the
// rows that are here.
static bool
compare_window(struct sync *s, const struct folder *f, uint32_t width,
	uint32_t *width_r, struct error *err)
{
	struct sync_visit *v = &s->visit;
	struct take t;
	bool ok = true;

	take_init(&t, s, f->id, v->uidvalidity);
	t.batch.modseq_anew = v->modseq_anew;
	if (v->compared > f->lowest_uid && v->compared > 1) {
		uint32_t from = below(v->compared - 1, width);
		if (from < f->lowest_uid)
			from = f->lowest_uid;
		ok = take_window(&t, from, v->compared - 1, v->compare, 0, err);
		if (ok)
			v->compared = from;
		*width_r = take_next_width(&t, width, COMPARE_CHUNK);
		ok = ok && salvage_rows(&t, err);
	}
	bool last = ok && (v->compared <= f->lowest_uid || v->compared <= 1);
	if (last) {
		t.batch.set_exists = true;
		t.batch.remote_exists = v->exists;
		t.batch.highestmodseq = v->highestmodseq;
	}
	ok = ok && take_flush(&t, err);
	take_done(&t);
	if (!ok || !last)
		return ok;
	count_trust_flags(s, f->id);
	v->compare = 0;
	if (v->doubted)
		count_compared(s, f->id);
	else
		count_check(s, f->id);
	return true;
}

static bool
compare_rest(struct sync *s, uint32_t folder, struct error *err)
{
	uint32_t width = COMPARE_CHUNK;
	bool ok = true;

	while (ok && s->visit.compare != 0 && sync_go_on(s, "compare")) {
		struct folder f;
		if (!store_folder_any(s->store, folder, &f))
			return error_set(err, ERROR_GONE,
				"the folder is no longer there");
		ok = compare_window(s, &f, width, &width, err);
		folder_done(&f);
	}
	return ok;
}

// --- the public steps -----------------------------------------------------------------

// The UID behind all rows that are here: past UIDNEXT stands what acts brought there
// since the last visit, as the answer to a move or copy told.
static uint32_t
rows_end(struct sync *s, uint32_t folder)
{
	struct sync_known *known;
	struct folder f;

	if (!store_folder_any(s->store, folder, &f))
		return 0;
	uint32_t end = f.uidnext;
	folder_done(&f);
	if (end == 0)
		return 0;
	size_t n = store_sync_known(s->store, folder, end, UINT32_MAX - 1, &known);
	if (n > 0)
		end = known[n - 1].uid + 1;
	free(known);
	return end;
}

static bool
newest_once(struct sync *s, uint32_t folder, struct error *err)
{
	struct remote_state st;
	struct folder f;
	struct take t;
	// Before the server is asked: what it shows then is at least this old.
	uint32_t end = rows_end(s, folder);

	if (!visit_select(s, folder, &f, &st, &t, err))
		return false;
	bool known = f.uidvalidity == st.uidvalidity && f.uidnext != 0 &&
		f.lowest_uid != 0;
	bool ok = find_uidnext(s, &st, err);
	// A server that takes a UID back has not kept its promise: what is here
	// is compared, and nothing is asked for below what is known. One that tells no
	// UIDNEXT (Courier's SELECT) has promised nothing: the last of what a move
	// brought may have gone before it was ever seen.
	if (known && st.uidnext < f.uidnext)
		st.uidnext = f.uidnext;
	if (known && st.uidnext < end)
		st.uidnext = end;
	s->visit.uidnext = st.uidnext;
	s->visit.exists = st.exists;
	s->visit.highestmodseq = st.highestmodseq;
	s->visit.modseq_anew = known && st.highestmodseq != 0 &&
		st.highestmodseq < f.highestmodseq;
	s->visit.width = SYNC_CHUNK;
	if (ok)
		ok = known ? known_rows(s, &t, &f, &st, err) :
			first_rows(s, &f, &st, err);
	if (ok)
		count_check(s, folder);
	if (ok && s->visit.compare != 0) {
		uint32_t width = SYNC_CHUNK;
		ok = compare_window(s, &f, width, &width, err);
	}
	if (ok && !s->stopped)
		s->visit.folder = folder;
	s->visit.looked = ok && !s->stopped && known && f.lowest_uid == 1 &&
		s->visit.compare == 0;
	if (ok)
		tell_progress(s, folder);
	take_done(&t);
	folder_done(&f);
	return ok;
}

bool
visit_newest(struct sync *s, uint32_t folder, struct error *err)
{
	// UIDVALIDITY may change between our question and our write.
	if (newest_once(s, folder, err))
		return true;
	if (err->kind != ERROR_GONE)
		return false;
	error_clear(err);
	return newest_once(s, folder, err);
}

bool
sync_folder_newest(struct sync *s, uint32_t folder, struct error *err)
{
	s->stopped = false;
	return visit_newest(s, folder, err);
}

// Windows below what is here: the store writes one while the next is fetched. Each
// says where it goes on from, so that none leaves a hole above it.
static bool
rest_rows(struct sync *s, uint32_t folder, struct error *err)
{
	struct folder f;
	struct take t;
	bool ok = true;

	if (!store_folder_any(s->store, folder, &f))
		return error_set(err, ERROR_GONE, "the folder is no longer there");
	uint32_t lowest = f.lowest_uid;
	folder_done(&f);
	take_init(&t, s, folder, s->visit.uidvalidity);
	while (ok && lowest > 1 && sync_go_on(s, "rest")) {
		uint32_t from = below(lowest - 1, s->visit.width);
		t.batch.lowest_before = lowest;
		ok = take_window(&t, from, lowest - 1, REMOTE_FETCH_ENVELOPE, 0, err);
		ok = ok && salvage_rows(&t, err);
		t.batch.lowest_uid = from;
		ok = ok && take_post(&t, err);
		s->visit.width = take_next_width(&t, s->visit.width, REST_CHUNK);
		lowest = from;
		if (ok)
			tell_progress(s, folder);
	}
	ok = ok && take_settle(&t, err);
	take_done(&t);
	if (ok)
		tell_progress(s, folder);
	return ok;
}

bool
sync_folder_rest(struct sync *s, uint32_t folder, struct error *err)
{
	bool ok = true;

	s->stopped = false;
	if (s->visit.folder != folder)
		ok = visit_newest(s, folder, err);
	ok = ok && (s->stopped || rest_rows(s, folder, err));
	if (ok && !s->stopped)
		count_check(s, folder);
	if (ok && !s->stopped)
		ok = compare_rest(s, folder, err);
	// What is known of it here is no longer what is there.
	if (!ok && err->kind == ERROR_GONE)
		visit_forget(s);
	return ok;
}
