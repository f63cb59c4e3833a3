// SPDX-License-Identifier: GPL-3.0-or-later
// Writes what a server did where it belongs: the cache first, the journal after, so
// that a crash between the two plays an operation again rather than forgetting it.
#include "config.h"

#include "store/played.h"

#include "base/str.h"
#include "store/bodies_inside.h"
#include "store/inside.h"
#include "store/kept.h"
#include "store/places.h"
#include "store/rows.h"
#include "store/steps.h"
#include "store/unbound.h"

#include <stdlib.h>

struct played_call {
	uint64_t seq;
	uint32_t uidvalidity;
	const uint32_t *from, *to;
	size_t n;
};

struct played {
	struct store *s;
	struct op *op;
	const struct played_call *call;
	struct array roots;        // struct played_root: what each message hung on
	struct array resolved;     // struct played_resolved
	struct array taken;        // uint32_t: UIDs of the target that were found
	struct write w;
};

struct played_root {
	unsigned index;
	uint64_t root;
};

struct played_resolved {
	uint64_t creation;
	uint32_t uid;
};

static uint32_t
played_uid(const struct played *p, const struct op_message *m)
{
	const struct played_call *call = p->call;
	const struct folder_row *f = folder_row(p->s, p->op->target);

	// UIDs of another numbering than the one that is known here.
	if (f != NULL && f->f.uidvalidity != 0 && call->uidvalidity != 0 &&
		f->f.uidvalidity != call->uidvalidity)
		return 0;
	if (p->op->kind == ACT_APPEND)
		return call->n == 1 ? call->to[0] : 0;
	for (size_t i = 0; i < call->n; i++) {
		if (call->from[i] == m->uid)
			return call->to[i];
	}
	return 0;
}

// The UID in the target: told, or that of a row that a sync brought before.
static uint32_t
played_place(struct played *p, const struct op_message *m, uint64_t key)
{
	const struct unbound what = {
		.folder = p->op->target, .min_uid = p->op->target_uidnext, .key = key,
		.size = m->size,
	};
	uint32_t uid = played_uid(p, m);

	if (uid == 0)
		return unbound_search(&p->w.txn, p->w.cache, &what, &p->taken);
	*(uint32_t *)array_push(&p->taken) = uid;
	return uid;
}

// Gmail has every message in the folder for all, also one that was "moved" to another:
// the next sync finds it there again.
static bool
played_stays(const struct played *p)
{
	const struct folder_row *f = folder_row(p->s, p->op->folder);

	return f != NULL && f->f.role == ROLE_ALL && f->f.attributes & FOLDER_LABELS;
}

// The row is at its target now. Its id stays; a row that a sync brought in the
// meantime gives way to it.
static void
played_arrive(struct played *p, struct op_message *m, struct row *row,
	uint64_t hung)
{
	struct store *s = p->s;
	uint64_t from = row->root, id;
	uint64_t to = root_of_creation(p->op->seq, m->index);
	struct row other;

	// It was there already: a kill came before the journal could tell.
	if (row->folder == p->op->target && !root_is_creation(from))
		m->uid_to = row_uid(row);
	else
		m->uid_to = played_place(p, m, row->links[LINK_OWN]);
	if (m->uid_to != 0)
		to = root_of_place(p->op->target, m->uid_to);
	if (m->uid_to != 0 && places_find(&p->w.txn, p->w.cache, to, &id) &&
		id != row->id && rows_load(&p->w.txn, p->w.cache, id, &other)) {
		rows_remove(&p->w, &other);
		bodies_forget(&p->w, id);
		flags_done(&row->flags);
		row->flags = other.flags;
		other.flags = (struct flags){ 0 };
		row_done(&other);
	}
	if (p->op->kind == ACT_MOVE && !played_stays(p))
		sync_gone(s, root_of_place(p->op->folder, m->uid));
	unbound_forget(s, from);
	if (to != from)
		rows_reroot(&p->w, row, to, p->op->target);
	// A copy's source stays what it is for the acts on it.
	if (p->op->kind == ACT_MOVE && hung != to)
		operations_reroot(&s->operations, hung, to);
	if (from != hung && from != to)
		operations_reroot(&s->operations, from, to);
	// Its modseq was of another folder.
	row->modseq = 0;
	if (m->uid_to != 0)
		*(struct played_resolved *)array_push(&p->resolved) =
			(struct played_resolved){
				root_of_creation(p->op->seq, m->index), m->uid_to };
	else
		unbound_add(s, row, p->op->target_uidnext);
}

// There is no row to take along, as in a cache that was begun anew. Acts that wait
// for it go on at its place, or are found again when a sync brings it.
static void
played_without(struct played *p, struct op_message *m, uint64_t hung)
{
	struct operations *o = &p->s->operations;
	uint64_t creation = root_of_creation(p->op->seq, m->index), to = 0;

	m->uid_to = played_place(p, m, m->key);
	if (m->uid_to != 0) {
		to = root_of_place(p->op->target, m->uid_to);
		*(struct played_resolved *)array_push(&p->resolved) =
			(struct played_resolved){ creation, m->uid_to };
	}
	if (p->op->kind == ACT_MOVE)
		operations_reroot(o, hung, to);
	operations_reroot(o, creation, to);
}

// One message of the operation, in the cache. The operation is out of the index.
static void
played_message(struct played *p, struct op_message *m, uint64_t root)
{
	struct op *op = p->op;
	struct row row;
	uint64_t id, hung = root;

	if (op->kind == ACT_COPY)
		rows_relay_root(&p->w, root);
	if (op->kind == ACT_COPY || op->kind == ACT_APPEND)
		root = root_of_creation(op->seq, m->index);
	if (op->kind == ACT_EXPUNGE)
		sync_gone(p->s, root_of_place(op->folder, m->uid));
	// Played before, and then a crash between cache and journal.
	if (op->kind == ACT_MOVE && !places_find(&p->w.txn, p->w.cache, root, &id))
		root = root_of_creation(op->seq, m->index);
	if (!places_find(&p->w.txn, p->w.cache, root, &id) ||
		!rows_load(&p->w.txn, p->w.cache, id, &row)) {
		if (op->target != 0)
			played_without(p, m, hung);
		return;
	}
	if (op->kind == ACT_EXPUNGE) {
		unbound_forget(p->s, row.root);
		rows_remove(&p->w, &row);
		bodies_forget(&p->w, id);
	} else {
		if (op->kind == ACT_FLAG)
			flag_change_apply(&row.flags, &op->change);
		else
			played_arrive(p, m, &row, hung);
		rows_relay(&p->w, &row);
	}
	row_done(&row);
}

// Renames and the like, as the next listing will tell them.
static bool
played_folder(struct store *s, const struct op *op, struct error *err)
{
	struct journal_txn t;
	struct folder_row *f = folder_row(s, op->folder);
	bool ok = true;

	if (op->kind >= ACT_FOLDER_CREATE)
		atomic_fetch_add(&s->folders_played, 1);
	if (op->kind == ACT_FOLDER_CREATE || f == NULL)
		return true;
	if (op->kind == ACT_FOLDER_DELETE) {
		struct key k = { .len = 0 };
		key_u32(&k, op->folder);
		journal_begin(&t, s->journal);
		journal_del(&t, JOURNAL_FOLDER, k.at, k.len);
		return journal_commit(&t, err) && folders_forget(s, op->folder, err);
	}
	journal_begin(&t, s->journal);
	pthread_rwlock_wrlock(&s->lock);
	for (size_t i = 0; i < s->folders.len; i++) {
		struct folder_row *g = array_at(&s->folders, i);
		if (op->kind == ACT_FOLDER_SUBSCRIBE && g == f)
			g->f.attributes = op->subscribe ? g->f.attributes | FOLDER_SUBSCRIBED :
				g->f.attributes & ~(unsigned)FOLDER_SUBSCRIBED;
		else if (op->kind == ACT_FOLDER_RENAME && g->f.account == op->account &&
			!operations_will_make(&s->operations, g->f.id) &&
			folder_move_name(g, op->old_name, op->name)) {
			// How the server spells it is not known before it is listed.
			str_set(&g->f.remote_name, "");
			g->by_name = true;
		} else {
			continue;
		}
		folder_identity_put(&t, g);
	}
	folders_overlay(s);
	pthread_rwlock_unlock(&s->lock);
	ok = journal_commit(&t, err);
	store_tell(s, STORE_FOLDERS, op->account, 0, 0, NULL);
	return ok;
}

// Messages that were not handed out stay: the operation goes on with them.
static struct op *
played_rest(struct op *op)
{
	bool any = false;

	for (size_t i = 0; i < op->n && op_has_messages(op); i++)
		any = any || !op_message_handed(op, &op->messages[i]);
	if (!any)
		return NULL;
	struct op *rest = op_copy(op);
	for (size_t i = op->n; i-- > 0;) {
		if (!op_message_handed(op, &op->messages[i]))
			op_message_remove(op, &op->messages[i]);
		else
			op_message_remove(rest, &rest->messages[i]);
	}
	return rest;
}

static uint64_t
played_root(const struct played *p, unsigned index)
{
	for (size_t i = 0; i < p->roots.len; i++) {
		const struct played_root *r = array_at(&p->roots, i);
		if (r->index == index)
			return r->root;
	}
	return 0;
}

static bool
played_cache(struct played *p, struct error *err)
{
	write_begin(&p->w, p->s);
	for (size_t i = 0; i < p->op->n; i++) {
		struct op_message *m = &p->op->messages[i];
		played_message(p, m, played_root(p, m->index));
		if (write_due(&p->w) && !write_cut(&p->w, false, err))
			return false;
	}
	return write_commit(&p->w, err);
}

static bool
played_journal(struct played *p, struct op *rest, struct error *err)
{
	struct store *s = p->s;
	const struct folder_row *f = folder_row(s, p->op->target);
	uint32_t validity = p->call->uidvalidity;
	struct journal_txn t;
	struct buf b = { 0 };

	if (validity == 0 && f != NULL)
		validity = f->f.uidvalidity;
	journal_begin(&t, s->journal);
	journal_del_u64(&t, JOURNAL_OPERATION, p->op->seq);
	if (rest != NULL) {
		op_pack(&b, rest);
		journal_put_u64(&t, JOURNAL_OPERATION, rest->seq, &b);
		buf_done(&b);
	}
	// With a rest this is the part that can be undone while that waits.
	steps_played(s, &t, p->op);
	for (size_t i = 0; i < p->resolved.len; i++) {
		const struct played_resolved *place = array_at(&p->resolved, i);
		unbound_resolve(s, &t, place->creation, p->op->target, place->uid,
			validity);
	}
	s->journal->meta.changes++;
	return journal_commit(&t, err);
}

// Takes it out of the index; what was not handed out stays in it.
static struct op *
played_take(struct played *p)
{
	struct operations *o = &p->s->operations;

	pthread_rwlock_wrlock(&p->s->lock);
	for (size_t i = 0; i < p->op->n; i++)
		*(struct played_root *)array_push(&p->roots) = (struct played_root){
			p->op->messages[i].index, p->op->messages[i].root };
	operations_remove(o, p->op);
	struct op *rest = played_rest(p->op);
	if (rest != NULL) {
		rest->state = OPERATION_WAITING;
		operations_add(o, rest);
	}
	atomic_store(&p->op->playing, false);
	p->op->target_uidvalidity = p->call->uidvalidity;
	pthread_rwlock_unlock(&p->s->lock);
	return rest;
}

// The server and the cache have it, but the journal could not be told: it is told
// as soon as it can be, and after a crash before that it is played once more.
static void
played_owe(struct store *s, struct op *op)
{
	*(struct op **)array_push(&s->owed) = op;
	s->behind = true;
}

bool
played_settle_owed(struct store *s, struct error *err)
{
	struct journal_txn t;
	struct buf b = { 0 };

	if (s->owed.len == 0)
		return true;
	journal_begin(&t, s->journal);
	for (size_t i = 0; i < s->owed.len; i++) {
		struct op *op = *(struct op **)array_at(&s->owed, i);
		journal_del_u64(&t, JOURNAL_OPERATION, op->seq);
		steps_played(s, &t, op);
	}
	// Others may have learnt places from it.
	for (size_t i = 0; i < s->operations.items.len; i++) {
		const struct op *op = *(struct op **)array_at(&s->operations.items, i);
		buf_clear(&b);
		op_pack(&b, op);
		journal_put_u64(&t, JOURNAL_OPERATION, op->seq, &b);
	}
	buf_done(&b);
	s->journal->meta.changes++;
	if (!journal_commit(&t, err))
		return false;
	for (size_t i = 0; i < s->owed.len; i++)
		op_free(array_at(&s->owed, i));
	array_clear(&s->owed);
	return true;
}

// The disk is full: it stays to be played, and once more is no harm.
static void
played_put_back(struct played *p, struct op *rest)
{
	struct store *s = p->s;

	pthread_rwlock_wrlock(&s->lock);
	for (size_t i = 0; rest != NULL && i < rest->n; i++) {
		struct op_message *m = op_message_add(p->op);
		*m = rest->messages[i];
		flags_copy(&m->before, &rest->messages[i].before);
		m->path = str_dup(rest->messages[i].path);
		m->root = 0;
	}
	if (rest != NULL) {
		operations_remove(&s->operations, rest);
		op_free(&rest);
	}
	operations_add(&s->operations, p->op);
	// What later operations hang on may have been moved on in memory already.
	operations_rebuild(&s->operations);
	pthread_rwlock_unlock(&s->lock);
	unbound_load(s);
	array_done(&p->taken);
	array_done(&p->roots);
	array_done(&p->resolved);
}

static bool
played_run(struct store *s, void *arg, struct error *err)
{
	const struct played_call *call = arg;
	struct played p = {
		.s = s, .call = call, .resolved = ARRAY_OF(struct played_resolved),
		.roots = ARRAY_OF(struct played_root), .taken = ARRAY_OF(uint32_t),
		.op = operations_find(&s->operations, call->seq),
	};

	if (p.op == NULL)
		return true;
	upkeep_heal(s);
	if (p.op->kind == ACT_EXPUNGE)
		kept_write(s, p.op);
	struct op *rest = played_take(&p);
	struct error failed = { 0 };
	s->midway++;
	if (!played_cache(&p, &failed) && failed.kind == ERROR_STORE) {
		s->midway--;
		played_put_back(&p, rest);
		*err = failed;
		return false;
	}
	bool ok = played_folder(s, p.op, err);
	uint32_t account = p.op->account;
	s->midway--;
	s->behind = s->behind || !ok;
	if (played_journal(&p, rest, err)) {
		op_free(&p.op);
	} else {
		ok = false;
		played_owe(s, p.op);
	}
	store_tell(s, STORE_PENDING, account, 0, 0, NULL);
	array_done(&p.taken);
	array_done(&p.roots);
	array_done(&p.resolved);
	return ok;
}

bool
store_operation_played(struct store *s, uint64_t seq, uint32_t target_uidvalidity,
	const uint32_t *uids_from, const uint32_t *uids_to, size_t n,
	struct error *err)
{
	struct played_call call = {
		.seq = seq, .uidvalidity = target_uidvalidity, .from = uids_from,
		.to = uids_to, .n = n,
	};

	return writer_call(s, JOB_PLAY, played_run, &call, err);
}
