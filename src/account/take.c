// SPDX-License-Identifier: GPL-3.0-or-later
// The sink of every fetch of rows. A write that fails in the middle of an answer
// does not cut the connection: the rest is let pass and the failure handed up.
#include "config.h"

#include "account/take.h"

#include "account/sync.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#define TAKE_WIDTH_MAX (UINT32_MAX / 8)
// More of one window are taken as they are told, or with the next comparison.
#define TAKE_ODD_MAX 1000

void
take_init(struct take *t, struct sync *s, uint32_t folder, uint32_t uidvalidity)
{
	*t = (struct take){
		.s = s, .from = 1, .to = UINT32_MAX,
		.batch = { .folder = folder, .uidvalidity = uidvalidity },
	};
}

static void
known_drop(struct take *t)
{
	free(t->known);
	free(t->seen);
	t->known = NULL;
	t->seen = NULL;
	t->n_known = 0;
}

void
take_done(struct take *t)
{
	struct error ignored = {0};

	// Whoever leaves with something on its way has an error already.
	take_settle(t, &ignored);
	known_drop(t);
	free(t->odd);
	t->odd = NULL;
	t->n_odd = t->cap_odd = 0;
	sync_batch_done(&t->batch);
	t->cap_rows = t->cap_flags = t->cap_gone = 0;
}

bool
take_settle(struct take *t, struct error *err)
{
	if (!store_sync_end(t->s->store, &t->writing, &t->failed) ||
	    t->failed.kind != ERROR_NONE) {
		*err = t->failed;
		return false;
	}
	return true;
}

bool
take_post(struct take *t, struct error *err)
{
	struct sync_batch *b = &t->batch;
	struct sync_batch next = {
		.folder = b->folder, .uidvalidity = b->uidvalidity,
		.modseq_anew = b->modseq_anew,
	};

	if (!take_settle(t, err))
		return false;
	t->writing = store_sync_begin(t->s->store, b);
	*b = next;
	t->cap_rows = t->cap_flags = t->cap_gone = 0;
	return true;
}

bool
take_flush(struct take *t, struct error *err)
{
	return take_post(t, err) && take_settle(t, err);
}

// Within an answer: the state is not known to be true before its end.
static void
post_part(struct take *t)
{
	struct sync_batch state = t->batch;
	struct sync_batch *b = &t->batch;
	struct error err = {0};

	b->uidnext = b->lowest_uid = b->lowest_before = b->remote_exists = 0;
	b->highestmodseq = 0;
	b->set_exists = false;
	if (!take_post(t, &err))
		return;
	// The reset, if it was one, is done with it.
	b->uidnext = state.uidnext;
	b->lowest_uid = state.lowest_uid;
	b->lowest_before = state.lowest_before;
	b->highestmodseq = state.highestmodseq;
	b->remote_exists = state.remote_exists;
	b->set_exists = state.set_exists;
}

static void *
grow(void *items, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return items;
	*cap = *cap == 0 ? 64 : *cap * 2;
	return mem_grow(items, *cap, size);
}

static void
post_when_full(struct take *t)
{
	const struct sync_batch *b = &t->batch;

	if (b->n_rows >= SYNC_CHUNK || b->n_flags >= SYNC_CHUNK ||
	    b->n_gone >= SYNC_CHUNK)
		post_part(t);
}

static struct sync_known *
known_find(const struct take *t, uint32_t uid)
{
	size_t low = 0, high = t->n_known;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (t->known[mid].uid < uid)
			low = mid + 1;
		else
			high = mid;
	}
	return low < t->n_known && t->known[low].uid == uid ?
		&t->known[low] : NULL;
}

// Two servers may give the same id to different messages.
static uint64_t
same_key(uint32_t account, const char *email_id)
{
	uint64_t key = str_hash(email_id, strlen(email_id));

	return (key ^ account * UINT64_C(0x9e3779b97f4a7c15)) | 1;
}

void
take_row(struct take *t, struct remote_message *m, bool known)
{
	struct sync_batch *b = &t->batch;

	b->rows = grow(b->rows, b->n_rows, &t->cap_rows, sizeof(*b->rows));
	struct sync_row *row = &b->rows[b->n_rows++];
	*row = (struct sync_row){
		.uid = m->uid, .size = m->size, .modseq = m->modseq,
		.received = m->received, .unreadable = m->unreadable,
		.arrived = t->arrived_from != 0 && m->uid >= t->arrived_from &&
			!known,
	};
	if (!str_empty(m->email_id))
		row->same = same_key(t->s->account, m->email_id);
	if (m->flags != NULL) {
		row->flags = *m->flags;
		*m->flags = (struct flags){0};
	}
	if (m->envelope != NULL) {
		row->envelope = *m->envelope;
		*m->envelope = (struct envelope){0};
	}
}

static void
add_flags(struct take *t, struct remote_message *m)
{
	struct sync_batch *b = &t->batch;

	b->flags = grow(b->flags, b->n_flags, &t->cap_flags, sizeof(*b->flags));
	b->flags[b->n_flags++] = (struct sync_flags){
		.uid = m->uid, .modseq = m->modseq, .flags = *m->flags,
	};
	*m->flags = (struct flags){0};
}

static void
add_gone(struct take *t, uint32_t uid)
{
	struct sync_batch *b = &t->batch;

	b->gone = grow(b->gone, b->n_gone, &t->cap_gone, sizeof(*b->gone));
	b->gone[b->n_gone++] = uid;
	post_when_full(t);
}

static bool
add_odd(struct take *t, uint32_t uid, bool broken)
{
	if (t->n_odd >= TAKE_ODD_MAX)
		return false;
	for (size_t i = 0; i < t->n_odd; i++)
		if (t->odd[i].uid == uid)
			return true;
	t->odd = grow(t->odd, t->n_odd, &t->cap_odd, sizeof(*t->odd));
	t->odd[t->n_odd++] = (struct take_odd){ uid, broken };
	return true;
}

static bool
flags_are(const struct sync_known *known, const struct flags *flags)
{
	uint64_t hash = str_empty(flags->words) ? 0 :
		str_hash(flags->words, strlen(flags->words));

	return known->bits == flags->bits && known->words_hash == hash;
}

static bool
take_message(void *arg, struct remote_message *m)
{
	struct take *t = arg;

	if (t->failed.kind != ERROR_NONE || m->uid == 0)
		return true;
	bool inside = m->uid >= t->from && m->uid <= t->to;
	struct sync_known *known = inside ? known_find(t, m->uid) : NULL;
	if (known != NULL)
		t->seen[known - t->known] = true;
	if (inside)
		t->taken++;
	if (m->unreadable) {
		if (inside && !add_odd(t, m->uid, true))
			take_row(t, m, known != NULL);
	} else if (m->has_envelope) {
		if (inside)
			take_row(t, m, known != NULL);
	} else if (inside && known == NULL && t->compare) {
		add_odd(t, m->uid, false);
	} else if (m->has_flags && m->flags != NULL) {
		if (!t->compare_flags || known == NULL ||
		    !flags_are(known, m->flags) || t->batch.modseq_anew)
			add_flags(t, m);
	}
	post_when_full(t);
	return true;
}

static void
take_gone(void *arg, const uint32_t *uids, size_t n)
{
	struct take *t = arg;

	for (size_t i = 0; i < n && t->failed.kind == ERROR_NONE; i++)
		add_gone(t, uids[i]);
}

static void
take_noticed(void *arg)
{
	struct take *t = arg;

	t->s->visit.noticed = true;
}

struct remote_sink
take_sink(struct take *t)
{
	return (struct remote_sink){
		.arg = t, .message = take_message, .gone = take_gone,
		.noticed = take_noticed,
	};
}

unsigned
take_of_rows(struct sync *s)
{
	return REMOTE_FETCH_ENVELOPE | (s->driver->abilities(s->remote) & REMOTE_IDS ?
		(unsigned)REMOTE_FETCH_SAME : 0u);
}

bool
take_window(struct take *t, uint32_t from, uint32_t to, unsigned what,
	uint64_t changed_since, struct error *err)
{
	struct sync *s = t->s;
	struct remote_range range = { from, to };
	struct remote_sink sink = take_sink(t);

	t->from = from;
	t->to = to;
	t->taken = 0;
	t->compare_flags = what == REMOTE_FETCH_FLAGS && changed_since == 0;
	t->compare = what != REMOTE_FETCH_ENVELOPE && changed_since == 0;
	if (changed_since == 0) {
		t->n_known = store_sync_known(s->store, t->batch.folder, from, to,
			&t->known);
		t->seen = mem_alloc(t->n_known + 1, sizeof(*t->seen));
	}
	if (what == REMOTE_FETCH_ENVELOPE)
		what = take_of_rows(s);
	bool ok = s->driver->fetch(s->remote, (struct remote_set){ &range, 1 },
		what, changed_since, &sink, err);
	for (size_t i = 0; ok && i < t->n_known; i++)
		if (!t->seen[i])
			add_gone(t, t->known[i].uid);
	known_drop(t);
	if (ok && t->failed.kind != ERROR_NONE) {
		*err = t->failed;
		return false;
	}
	return ok;
}

uint32_t
take_next_width(const struct take *t, uint32_t width, uint32_t want)
{
	// Nothing at all: a wide gap, to be crossed in few turns.
	if (t->taken == 0 && width < TAKE_WIDTH_MAX / 4)
		return width * 16;
	if (t->taken < want / 2)
		return width < TAKE_WIDTH_MAX ? width * 4 : width;
	return t->taken > want && width > want ? width / 2 : width;
}
