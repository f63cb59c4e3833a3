// SPDX-License-Identifier: GPL-3.0-or-later
// What a sync brings: new rows, changed flags, UIDs that are gone, and with
// them how far the server's folder is known.
#include "config.h"

#include "store/messages.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "mail/thread.h"
#include "store/bodies_inside.h"
#include "store/inside.h"
#include "store/left.h"
#include "store/links.h"
#include "store/lost.h"
#include "store/places.h"
#include "store/rows.h"
#include "store/unbound.h"

#include <stdlib.h>
#include <string.h>

// A batch of at most so many new rows is threaded at once, reading the tree of
// keys; larger ones gather (links.h).
#define SYNC_FEW 64
// UIDs that are remembered as gone.
#define SYNC_GONE_MAX 100000

struct sync {
	struct store *s;
	const struct sync_batch *batch;
	struct row *rows;       // made of batch->rows outside of the lock
	size_t *order;          // of them, newest first
	bool deep;
	bool all_new;           // none of them is here yet, and none is there twice
	uint64_t generation;
	struct array bound;     // struct sync_bound
	struct array gone;      // roots, uint64_t
	struct array spared;    // roots of what is gone and to be expunged, too
	struct array left;      // ids of what is gone and whose body waits
	bool claims;            // some body may wait for one of the rows
	struct write w;
	struct error *err;
};

// A row that is here already and gets the place that it waited for.
struct sync_bound {
	uint64_t root, creation, id;
};

static bool sync_bind(struct sync *sync, struct row *fresh);

void
sync_batch_done(struct sync_batch *b)
{
	for (size_t i = 0; i < b->n_rows; i++) {
		flags_done(&b->rows[i].flags);
		envelope_done(&b->rows[i].envelope);
	}
	for (size_t i = 0; i < b->n_flags; i++)
		flags_done(&b->flags[i].flags);
	free(b->rows);
	free(b->flags);
	free(b->gone);
	*b = (struct sync_batch){ 0 };
}

// --- rows -------------------------------------------------------------------------

static bool
envelope_is_empty(const struct envelope *e)
{
	return e->date == 0 && e->message_id == NULL && e->subject == NULL &&
		e->from.len == 0 && e->to.len == 0;
}

static int
sync_newer(const void *a, const void *b, void *arg)
{
	const struct row *rows = arg;
	const struct row *x = &rows[*(const size_t *)a], *y = &rows[*(const size_t *)b];

	if (x->date != y->date)
		return x->date > y->date ? -1 : 1;
	return x->root > y->root ? -1 : x->root < y->root;
}

// Newest first: of a thread's messages the latest is then the first that comes,
// and the others take their place behind it without moving it.
static void
sync_prepare(struct sync *sync)
{
	const struct sync_batch *b = sync->batch;
	uint32_t account = folders_account_of(sync->s, b->folder);

	sync->rows = mem_alloc(b->n_rows + 1, sizeof(*sync->rows));
	sync->order = mem_alloc(b->n_rows + 1, sizeof(*sync->order));
	for (size_t i = 0; i < b->n_rows; i++) {
		const struct sync_row *from = &b->rows[i];
		struct row *row = &sync->rows[i];
		*row = (struct row){
			.account = account, .folder = b->folder,
			.root = root_of_place(b->folder, from->uid),
			.received = from->received, .size = from->size,
			.modseq = from->modseq, .same = from->same,
			.state = from->unreadable ? ROW_UNREADABLE : 0,
		};
		flags_copy(&row->flags, &from->flags);
		row_set_envelope(row, &from->envelope);
		sync->order[i] = i;
	}
	qsort_r(sync->order, b->n_rows, sizeof(*sync->order), sync_newer, sync->rows);
}

// In a first sync no window has anything in common with what is here: that is seen at
// once, instead of row by row. What the user does meanwhile gives no row a place.
static bool
sync_all_new(struct sync *sync)
{
	const struct sync_batch *b = sync->batch;
	struct txn reading = txn_reading(sync->s->cache->env);
	struct array some = ARRAY_OF(struct place);

	if (b->n_rows == 0 || atomic_load(&sync->s->cache->broken))
		return false;
	for (size_t i = 1; i < b->n_rows; i++)
		if (b->rows[i].uid <= b->rows[i - 1].uid)
			return false;
	places_read(&reading, sync->s->cache, sync->rows[0].root,
		sync->rows[b->n_rows - 1].root, 1, &some);
	bool none = some.len == 0 && reading.failed == 0;
	array_done(&some);
	return none;
}

// Flags of a row as a server told them.
static void
sync_set_flags(struct sync *sync, struct row *row, const struct flags *flags,
	uint64_t modseq)
{
	// Told by another connection before what is known by now.
	if (modseq != 0 && modseq < row->modseq && !sync->batch->modseq_anew)
		return;
	bool back = modseq != 0 && modseq < row->modseq;
	row->modseq = modseq != 0 ? modseq : row->modseq;
	if (flags_equal(&row->flags, flags)) {
		if (back)
			rows_save(&sync->w, row);
		return;
	}
	flags_done(&row->flags);
	flags_copy(&row->flags, flags);
	rows_relay(&sync->w, row);
}

static void
sync_known_row(struct sync *sync, uint64_t id, const struct sync_row *from,
	struct row *fresh)
{
	struct row row;

	if (!rows_load(&sync->w.txn, sync->w.cache, id, &row))
		return;
	bool better = !envelope_is_empty(&from->envelope) &&
		((row.state & ROW_UNREADABLE) != 0 || row.envelope.len == 0) &&
		!from->unreadable;
	if (better) {
		// As if it had not been there: its date and thread are others now.
		fresh->state = row.state & ROW_RAW;
		rows_remove(&sync->w, &row);
		rows_insert(&sync->w, fresh, id, true);
	} else {
		// Not known to earlier versions.
		if (row.same == 0 && from->same != 0) {
			row.same = from->same;
			rows_save(&sync->w, &row);
		}
		sync_set_flags(sync, &row, &from->flags, from->modseq);
	}
	row_done(&row);
}

static void
sync_one(struct sync *sync, const struct sync_row *from, struct row *row)
{
	uint64_t id;

	if (from->uid == 0 || map_get_u64(sync->s->gone, row->root) != NULL)
		return;
	if (!sync->all_new &&
		places_find(&sync->w.txn, sync->w.cache, row->root, &id)) {
		sync_known_row(sync, id, from, row);
		return;
	}
	if (sync_bind(sync, row))
		return;
	uint64_t left = sync->claims ? left_claim(&sync->w, row) : 0;
	if (left != 0)
		rows_insert(&sync->w, row, left, true);
	else
		rows_add(&sync->w, row, sync->deep);
	if (from->arrived && row->shown != 0 && row_unread(row))
		write_tell(&sync->w, STORE_ARRIVED, row->account, row->shown, row->id);
}

// Commits when the time is over. False: over altogether.
static bool
sync_next(struct sync *sync)
{
	if (!write_due(&sync->w))
		return true;
	if (!write_cut(&sync->w, true, sync->err))
		return false;
	if (sync->s->cache->generation == sync->generation)
		return true;
	write_abort(&sync->w);
	return error_set(sync->err, ERROR_GONE, "the cache was filled anew meanwhile");
}

static bool
sync_rows(struct sync *sync)
{
	const struct sync_batch *b = sync->batch;

	for (size_t i = 0; i < b->n_rows; i++) {
		size_t at = sync->order[i];
		sync_one(sync, &b->rows[at], &sync->rows[at]);
		if (!sync_next(sync))
			return false;
	}
	return true;
}

static bool
sync_flags(struct sync *sync)
{
	const struct sync_batch *b = sync->batch;

	for (size_t i = 0; i < b->n_flags; i++) {
		uint64_t root = root_of_place(b->folder, b->flags[i].uid), id;
		struct row row;
		if (places_find(&sync->w.txn, sync->w.cache, root, &id) &&
			rows_load(&sync->w.txn, sync->w.cache, id, &row)) {
			sync_set_flags(sync, &row, &b->flags[i].flags, b->flags[i].modseq);
			row_done(&row);
		}
		if (!sync_next(sync))
			return false;
	}
	return true;
}

// --- what is gone ----------------------------------------------------------------------

void
sync_gone(struct store *s, uint64_t root)
{
	if (map_len(s->gone) >= SYNC_GONE_MAX) {
		map_free(&s->gone, NULL);
		s->gone = map_new();
	}
	map_put_u64(s->gone, root, s);
}

// A move that is under way took it: the answer to that tells where it is. And what
// is to be expunged there, not where a move would bring it, is kept for its undo
// before its row goes: *spared_r.
static bool
sync_is_ours(const struct store *s, uint64_t root, bool *spared_r)
{
	const struct op_ref *ref = operations_on(&s->operations, root);

	*spared_r = false;
	for (; ref != NULL; ref = ref->next) {
		if (ref->op->kind == ACT_MOVE && op_maybe_played(ref->op))
			return true;
		if (ref->op->kind == ACT_EXPUNGE && ref->message->uid != 0)
			*spared_r = true;
	}
	return *spared_r;
}

// Not by an act of ours: it may be elsewhere by now, or come there.
static void
sync_leave(struct sync *sync, struct row *row)
{
	rows_remove(&sync->w, row);
	if (sync->left.len >= LEFT_MAX)
		bodies_forget(&sync->w, row->id);
	else if (left_keep(&sync->w, row))
		*(uint64_t *)array_push(&sync->left) = row->id;
}

static bool
sync_remove_gone(struct sync *sync)
{
	const struct sync_batch *b = sync->batch;

	for (size_t i = 0; i < b->n_gone; i++) {
		uint64_t root = root_of_place(b->folder, b->gone[i]), id;
		struct row row;
		bool spared;
		if (sync_is_ours(sync->s, root, &spared)) {
			if (spared)
				*(uint64_t *)array_push(&sync->spared) = root;
			continue;
		}
		sync_gone(sync->s, root);
		if (places_find(&sync->w.txn, sync->w.cache, root, &id) &&
			rows_load(&sync->w.txn, sync->w.cache, id, &row)) {
			sync_leave(sync, &row);
			row_done(&row);
		}
		*(uint64_t *)array_push(&sync->gone) = root;
		if (!sync_next(sync))
			return false;
	}
	return true;
}

// --- what was waited for --------------------------------------------------------------

// Before the rows are written the journal learns which of them operations wait
// for: a crash in between makes the server tell them again.
static bool
sync_match(struct sync *sync)
{
	struct store *s = sync->s;
	struct journal_txn t;
	bool any = false;

	if (s->unbound.len == 0 && s->operations.lost == 0)
		return true;
	journal_begin(&t, s->journal);
	for (size_t i = 0; i < sync->batch->n_rows; i++) {
		const struct row *row = &sync->rows[i];
		uint64_t id;
		struct txn reading = txn_reading(s->cache->env);
		if (places_find(&reading, s->cache, row->root, &id) ||
			map_get_u64(s->gone, row->root) != NULL)
			continue;
		const struct unbound *u = unbound_find(s, row);
		if (u != NULL) {
			struct sync_bound *bound = array_push(&sync->bound);
			*bound = (struct sync_bound){ row->root, u->root, u->id };
			unbound_remove(s, u);
			unbound_resolve(s, &t, bound->creation, row->folder, row_uid(row),
				sync->batch->uidvalidity);
		}
		any = any || u != NULL || s->operations.lost > 0;
		unbound_find_lost(s, &t, row, sync->batch->uidvalidity);
	}
	if (any) {
		s->journal->meta.changes++;
		return journal_commit(&t, sync->err);
	}
	journal_abort(&t);
	return true;
}

// The row that went there by our own act keeps its id.
static bool
sync_bind(struct sync *sync, struct row *fresh)
{
	const struct sync_bound *bound = NULL;
	struct row row;

	for (size_t i = 0; bound == NULL && i < sync->bound.len; i++) {
		const struct sync_bound *b = array_at(&sync->bound, i);
		bound = b->root == fresh->root ? b : NULL;
	}
	if (bound == NULL)
		return false;
	operations_reroot(&sync->s->operations, bound->creation, fresh->root);
	if (!rows_load(&sync->w.txn, sync->w.cache, bound->id, &row))
		return false;
	rows_reroot(&sync->w, &row, fresh->root, fresh->folder);
	flags_done(&row.flags);
	flags_copy(&row.flags, &fresh->flags);
	row.modseq = fresh->modseq;
	rows_relay(&sync->w, &row);
	row_done(&row);
	return true;
}

// --- the whole ------------------------------------------------------------------------

static void
sync_write_state(struct sync *sync)
{
	const struct sync_batch *b = sync->batch;
	struct folder_row *f = write_folder(&sync->w, b->folder);

	if (f == NULL)
		return;
	f->f.uidvalidity = b->uidvalidity;
	f->f.uidnext = b->uidnext != 0 ? b->uidnext : f->f.uidnext;
	f->f.highestmodseq = b->highestmodseq != 0 ? b->highestmodseq :
		f->f.highestmodseq;
	f->f.lowest_uid = b->lowest_uid != 0 ? b->lowest_uid : f->f.lowest_uid;
	f->f.remote_exists = b->set_exists || b->remote_exists != 0 ?
		b->remote_exists : f->f.remote_exists;
}

// Another UIDVALIDITY: all UIDs of before mean nothing.
static bool
sync_reset(struct sync *sync)
{
	uint32_t folder = sync->batch->folder;
	bool same_server = sync->batch->uidvalidity != 0;
	struct write w;

	if (!lost_uids(sync->s, folder, sync->err) ||
		!sync_forget(sync->s, folder, same_server, sync->err))
		return false;
	if (!same_server)
		left_empty(sync->s);
	map_free(&sync->s->gone, NULL);
	sync->s->gone = map_new();
	write_begin(&w, sync->s);
	struct folder_row *f = write_folder(&w, folder);
	if (f != NULL)
		f->f.uidvalidity = f->f.uidnext = f->f.lowest_uid =
			f->f.remote_exists = 0;
	if (f != NULL)
		f->f.highestmodseq = 0;
	return write_commit(&w, sync->err);
}

static bool
sync_check(struct sync *sync)
{
	const struct folder_row *f = folder_row(sync->s, sync->batch->folder);

	if (f == NULL)
		return error_set(sync->err, ERROR_GONE, "the folder is no longer there");
	if (!sync->batch->reset && f->f.uidvalidity != 0 &&
		f->f.uidvalidity != sync->batch->uidvalidity)
		return error_set(sync->err, ERROR_GONE,
			"the server numbered %s anew", f->f.name);
	if (sync->batch->lowest_before != 0 &&
		f->f.lowest_uid != sync->batch->lowest_before)
		return error_set(sync->err, ERROR_GONE,
			"%s was filled anew meanwhile", f->f.name);
	return true;
}

// The rows could not be written: those that were matched wait again. Operations
// know their places by now, from the journal.
static void
sync_unbind(struct sync *sync)
{
	struct store *s = sync->s;

	pthread_rwlock_wrlock(&s->lock);
	operations_rebuild(&s->operations);
	pthread_rwlock_unlock(&s->lock);
	unbound_load(s);
}

// A server without UIDPLUS does not say where a move put a message, and another
// client may have taken it away before it was seen there. What waits for it since
// before this program began is given up when all of the folder has been compared;
// a move of today may be younger than what this sync has seen.
static void
sync_give_up(struct sync *sync)
{
	const struct sync_batch *b = sync->batch;
	struct store *s = sync->s;
	const struct folder_row *f = write_folder(&sync->w, b->folder);

	if (!b->set_exists || f == NULL || f->f.lowest_uid != 1)
		return;
	for (size_t i = s->unbound.len; i-- > 0;) {
		const struct unbound *u = array_at(&s->unbound, i);
		struct row row;
		uint64_t id;
		if (u->folder != b->folder || u->min_uid != 0 ||
			operations_on(&s->operations, u->root) != NULL)
			continue;
		if (places_find(&sync->w.txn, sync->w.cache, u->root, &id) &&
			rows_load(&sync->w.txn, sync->w.cache, id, &row)) {
			sync_leave(sync, &row);
			row_done(&row);
		}
		unbound_remove(s, u);
	}
}

static bool
sync_write(struct sync *sync)
{
	write_begin(&sync->w, sync->s);
	sync->claims = left_any(&sync->w.txn, sync->w.cache);
	if (!sync_rows(sync) || !sync_flags(sync) || !sync_remove_gone(sync))
		return false;
	sync_give_up(sync);
	sync_write_state(sync);
	return write_commit(&sync->w, sync->err);
}

bool
sync_run(struct store *s, void *arg, struct error *err)
{
	struct sync sync = {
		.s = s, .batch = arg, .err = err, .bound = ARRAY_OF(struct sync_bound),
		.gone = ARRAY_OF(uint64_t), .spared = ARRAY_OF(uint64_t),
		.left = ARRAY_OF(uint64_t),
	};
	const struct sync_batch *b = arg;

	upkeep_heal(s);
	if (!sync_check(&sync) || (b->reset && !sync_reset(&sync)))
		return false;
	sync.deep = b->n_rows <= SYNC_FEW;
	if ((links_full(s) || (sync.deep && links_partial(s))) && !links_flush(s, err))
		return false;
	sync.generation = s->cache->generation;
	sync_prepare(&sync);
	sync.all_new = sync_all_new(&sync);
	bool ok = sync_match(&sync);
	if (ok) {
		s->midway++;
		ok = sync_write(&sync);
		s->midway--;
		s->behind = s->behind || !ok;
		if (!ok)
			sync_unbind(&sync);
	}
	ok = ok && lost_gone(s, &sync.gone, &sync.spared, err);
	if (ok)
		left_settle(s, &sync.left);
	if (ok && b->lowest_uid == 1)
		ok = lost_give_up(s, b->folder, err);
	for (size_t i = 0; i < b->n_rows; i++)
		row_done(&sync.rows[i]);
	free(sync.rows);
	free(sync.order);
	array_done(&sync.bound);
	array_done(&sync.gone);
	array_done(&sync.spared);
	array_done(&sync.left);
	return ok;
}

bool
store_sync(struct store *s, const struct sync_batch *batch, struct error *err)
{
	return writer_call(s, JOB_SYNC, sync_run, (void *)batch, err);
}

struct sync_writing {
	struct writer_call call;
	struct sync_batch batch;
	struct error err;
};

struct sync_writing *
store_sync_begin(struct store *s, struct sync_batch *batch)
{
	struct sync_writing *w = mem_new(struct sync_writing);

	w->batch = *batch;
	*batch = (struct sync_batch){ 0 };
	w->call = (struct writer_call){
		.run = sync_run, .arg = &w->batch, .err = &w->err,
	};
	writer_call_begin(s, JOB_SYNC, &w->call);
	return w;
}

bool
store_sync_end(struct store *s, struct sync_writing **writing, struct error *err)
{
	struct sync_writing *w = *writing;

	if (w == NULL)
		return true;
	bool ok = writer_call_end(s, &w->call);
	if (!ok)
		*err = w->err;
	sync_batch_done(&w->batch);
	free(w);
	*writing = NULL;
	return ok;
}
