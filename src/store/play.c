// SPDX-License-Identifier: GPL-3.0-or-later
// Playing: operations are handed out in order, and what servers answered is
// written where it belongs: the cache first, the journal after, so that a crash
// between the two plays an operation again rather than forgetting it.
#include "config.h"

#include "store/play.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "mail/thread.h"
#include "store/acts.h"
#include "store/bodies_inside.h"
#include "store/inside.h"
#include "store/links.h"
#include "store/rows.h"
#include "store/threads.h"
#include "store/undo.h"

#include <stdlib.h>
#include <string.h>

// --- handing out ------------------------------------------------------------------

void
operation_done(struct operation *op)
{
	free(op->uids);
	free(op->ids);
	flag_change_done(&op->change);
	flags_done(&op->flags);
	free(op->name);
	free(op->path);
	free(op->message_id);
	free(op->title);
	free(op->error);
	memset(op, 0, sizeof(*op));
}

struct play_uid {
	uint32_t uid;
	uint64_t id;
};

static int
play_uid_compare(const void *a, const void *b)
{
	const struct play_uid *x = a, *y = b;

	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

static void
operation_messages(struct operation *to, struct view *v, const struct op *op)
{
	struct array uids = ARRAY_OF(struct play_uid);

	for (size_t i = 0; i < op->n && op_has_messages(op); i++) {
		const struct op_message *m = &op->messages[i];
		if (m->uid == 0)
			continue;
		struct play_uid *u = array_push(&uids);
		u->uid = m->uid;
		if (v != NULL && !rows_find(&v->txn, v->cache, m->root, &u->id))
			u->id = 0;
	}
	if (uids.len > 0)
		array_sort(&uids, play_uid_compare);
	to->n = uids.len;
	to->uids = mem_alloc(uids.len + 1, sizeof(*to->uids));
	to->ids = mem_alloc(uids.len + 1, sizeof(*to->ids));
	for (size_t i = 0; i < uids.len; i++) {
		const struct play_uid *u = array_at(&uids, i);
		to->uids[i] = u->uid;
		to->ids[i] = u->id;
	}
	array_done(&uids);
}

static void
operation_fill(struct operation *to, struct view *v, const struct op *op)
{
	*to = (struct operation){
		.seq = op->seq, .step = op->step, .kind = op->kind, .state = op->state,
		.account = op->account, .folder = op->folder,
		.uidvalidity = op->uidvalidity, .target = op->target,
		.target_uidnext = op->target_uidnext, .name = str_dup(op->name),
		.subscribe = op->subscribe, .path = str_dup(op->path),
		.received = op->received, .message_id = str_dup(op->message_id),
		.when = op->when, .tries = op->tries, .title = op_title(op),
		.error = str_dup(op->error),
	};
	flag_change_copy(&to->change, &op->change);
	flags_copy(&to->flags, &op->flags);
	operation_messages(to, v, op);
}

// Operations are there even while the cache is not.
static struct view *
play_view(struct view *v, struct store *s)
{
	if (view_open(v, s))
		return v;
	pthread_rwlock_rdlock(&s->lock);
	return NULL;
}

static void
play_view_close(struct view *v, struct store *s)
{
	if (v != NULL)
		view_close(v);
	else
		pthread_rwlock_unlock(&s->lock);
}

bool
store_operation_next(struct store *s, uint32_t account, struct operation *op_r)
{
	struct view view, *v = play_view(&view, s);
	bool found = false;

	for (size_t i = 0; !found && i < s->operations.items.len; i++) {
		struct op *op = *(struct op **)array_at(&s->operations.items, i);
		found = op->account == account && op->state != OPERATION_FAILED;
		if (!found)
			continue;
		atomic_store(&op->playing, true);
		atomic_fetch_add(&op->handed, 1);
		operation_fill(op_r, v, op);
	}
	play_view_close(v, s);
	return found;
}

size_t
store_operations(struct store *s, uint32_t account, struct operation **ops_r)
{
	struct view view, *v = play_view(&view, s);
	size_t n = 0;

	*ops_r = mem_alloc(s->operations.items.len + 1, sizeof(**ops_r));
	for (size_t i = 0; i < s->operations.items.len; i++) {
		const struct op *op = *(struct op **)array_at(&s->operations.items, i);
		if (account == 0 || op->account == account)
			operation_fill(&(*ops_r)[n++], v, op);
	}
	play_view_close(v, s);
	return n;
}

size_t
store_operations_count(struct store *s, uint32_t account)
{
	pthread_rwlock_rdlock(&s->lock);
	size_t n = operations_open(&s->operations, account);
	pthread_rwlock_unlock(&s->lock);
	return n;
}

// --- small changes ------------------------------------------------------------------

static bool
play_save(struct store *s, const struct op *op, struct error *err)
{
	struct journal_txn t;
	struct buf b = { 0 };

	journal_begin(&t, s->journal);
	op_pack(&b, op);
	journal_put_u64(&t, JOURNAL_OPERATION, op->seq, &b);
	buf_done(&b);
	return journal_commit(&t, err);
}

struct play_call {
	uint64_t seq;
	uint32_t uidnext;
	const char *text;
	uint32_t uidvalidity;
	const uint32_t *from, *to;
	size_t n;
};

static bool
play_started(struct store *s, void *arg, struct error *err)
{
	struct play_call *call = arg;
	struct op *op = operations_find(&s->operations, call->seq);

	if (op == NULL || op->state == OPERATION_FAILED)
		return error_set(err, ERROR_GONE, "the operation was dropped");
	enum operation_state state = op->state;
	uint32_t uidnext = op->target_uidnext;
	pthread_rwlock_wrlock(&s->lock);
	op->state = OPERATION_STARTED;
	// Started before and cut off: what it may have made lies above the first.
	if (state != OPERATION_STARTED || uidnext == 0)
		op->target_uidnext = call->uidnext;
	pthread_rwlock_unlock(&s->lock);
	if (play_save(s, op, err))
		return true;
	pthread_rwlock_wrlock(&s->lock);
	op->state = state;
	op->target_uidnext = uidnext;
	pthread_rwlock_unlock(&s->lock);
	return false;
}

bool
store_operation_started(struct store *s, uint64_t seq, uint32_t target_uidnext,
	struct error *err)
{
	struct play_call call = { .seq = seq, .uidnext = target_uidnext };

	return writer_call(s, JOB_PLAY, play_started, &call, err);
}

static bool
play_again(struct store *s, void *arg, struct error *err)
{
	struct play_call *call = arg;
	struct op *op = operations_find(&s->operations, call->seq);

	if (op == NULL)
		return true;
	pthread_rwlock_wrlock(&s->lock);
	atomic_store(&op->playing, false);
	op->tries++;
	str_set(&op->error, call->text);
	pthread_rwlock_unlock(&s->lock);
	bool ok = play_save(s, op, err);
	store_tell(s, STORE_PENDING, op->account, 0, 0, NULL);
	return ok;
}

bool
store_operation_again(struct store *s, uint64_t seq, const char *text,
	struct error *err)
{
	struct play_call call = { .seq = seq, .text = text };

	return writer_call(s, JOB_PLAY, play_again, &call, err);
}

// --- taking operations out ---------------------------------------------------------

static void
play_roots(const struct op *op, struct array *roots)
{
	for (size_t i = 0; i < op->n && op_has_messages(op); i++) {
		if (op->messages[i].root != 0)
			*(uint64_t *)array_push(roots) = op->messages[i].root;
	}
}

// Messages of later operations that waited for this one's work: it will not be
// done. Their operations lose them, in memory; changed gets those operations.
static void
play_orphan(struct store *s, const struct op *op, struct array *changed)
{
	for (size_t i = 0; i < s->operations.items.len; i++) {
		struct op *other = *(struct op **)array_at(&s->operations.items, i);
		bool lost = false;
		for (size_t j = other->n; j-- > 0 && op_has_messages(other);) {
			struct op_message *m = &other->messages[j];
			if (m->origin == 0 || root_seq(m->origin) != op->seq)
				continue;
			operations_leave(&s->operations, other, m);
			lost = true;
		}
		if (lost)
			*(uint64_t *)array_push(changed) = other->seq;
	}
}

// Operations that lost messages are written; those left without any go.
static bool
play_write_changed(struct store *s, const struct array *changed, struct error *err)
{
	struct journal_txn t;
	struct buf b = { 0 };
	struct array empty = ARRAY_OF(struct op *);

	if (changed->len == 0)
		return true;
	journal_begin(&t, s->journal);
	for (size_t i = 0; i < changed->len; i++) {
		uint64_t seq = *(uint64_t *)array_at(changed, i);
		struct op *op = operations_find(&s->operations, seq);
		if (op == NULL)
			continue;
		if (op->n == 0) {
			journal_del_u64(&t, JOURNAL_OPERATION, seq);
			steps_dropped(s, &t, seq);
			*(struct op **)array_push(&empty) = op;
			continue;
		}
		buf_clear(&b);
		op_pack(&b, op);
		journal_put_u64(&t, JOURNAL_OPERATION, seq, &b);
	}
	s->journal->meta.changes++;
	bool ok = journal_commit(&t, err);
	pthread_rwlock_wrlock(&s->lock);
	for (size_t i = 0; i < empty.len; i++) {
		struct op *op = *(struct op **)array_at(&empty, i);
		operations_remove(&s->operations, op);
		op_free(&op);
	}
	pthread_rwlock_unlock(&s->lock);
	array_done(&empty);
	buf_done(&b);
	return ok;
}

// The rows that a copy or an append had shown before a server had them.
static bool
play_uncreate(struct store *s, const struct op *op, struct error *err)
{
	struct write w;

	if (op->kind != ACT_COPY && op->kind != ACT_APPEND)
		return true;
	write_begin(&w, s);
	for (size_t i = 0; i < op->n; i++) {
		struct row row;
		uint64_t id;
		if (!rows_find(&w.txn, w.cache,
			root_of_creation(op->seq, op->messages[i].index), &id) ||
			!rows_load(&w.txn, w.cache, id, &row))
			continue;
		rows_remove(&w, &row);
		bodies_forget(&w, id);
		row_done(&row);
		if (write_due(&w) && !write_cut(&w, false, err))
			return false;
	}
	return write_commit(&w, err);
}

// A folder that was to be made will not be.
static bool
play_unfolder(struct store *s, const struct op *op, struct error *err)
{
	struct journal_txn t;
	struct key k = { .len = 0 };

	if (op->kind == ACT_FOLDER_CREATE) {
		key_u32(&k, op->folder);
		journal_begin(&t, s->journal);
		journal_del(&t, JOURNAL_FOLDER, k.at, k.len);
		if (!journal_commit(&t, err) || !folders_forget(s, op->folder, err))
			return false;
	}
	if (op->kind > ACT_APPEND) {
		pthread_rwlock_wrlock(&s->lock);
		folders_overlay(s);
		pthread_rwlock_unlock(&s->lock);
		store_tell(s, STORE_FOLDERS, op->account, 0, 0, NULL);
	}
	return true;
}

// What it showed is taken back; op is no longer laid over anything.
static bool
play_unshow(struct store *s, const struct op *op, struct array *roots,
	struct error *err)
{
	struct array changed = ARRAY_OF(uint64_t);

	pthread_rwlock_wrlock(&s->lock);
	play_orphan(s, op, &changed);
	pthread_rwlock_unlock(&s->lock);
	bool ok = play_write_changed(s, &changed, err) && acts_relay(s, roots, err) &&
		play_uncreate(s, op, err) && play_unfolder(s, op, err);
	array_done(&changed);
	return ok;
}

bool
play_take_out(struct store *s, struct op *op, struct error *err)
{
	struct array roots = ARRAY_OF(uint64_t);

	play_roots(op, &roots);
	pthread_rwlock_wrlock(&s->lock);
	operations_remove(&s->operations, op);
	pthread_rwlock_unlock(&s->lock);
	bool ok = play_unshow(s, op, &roots, err);
	store_tell(s, STORE_PENDING, op->account, 0, 0, NULL);
	op_free(&op);
	array_done(&roots);
	return ok;
}

bool
play_drop(struct store *s, struct op *op, struct error *err)
{
	struct journal_txn t;

	journal_begin(&t, s->journal);
	journal_del_u64(&t, JOURNAL_OPERATION, op->seq);
	steps_dropped(s, &t, op->seq);
	s->journal->meta.changes++;
	if (!journal_commit(&t, err)) {
		steps_load(s, NULL);
		return false;
	}
	return play_take_out(s, op, err);
}

// As it will be, while readers still see it as it is.
static void
play_pack_as(struct buf *out, const struct op *op, enum operation_state state)
{
	struct op *copy = op_copy(op);

	copy->state = state;
	op_pack(out, copy);
	op_free(&copy);
}

bool
play_retry(struct store *s, struct op *op, struct error *err)
{
	struct array roots = ARRAY_OF(uint64_t);
	struct journal_txn t;
	struct buf b = { 0 };

	if (op->state != OPERATION_FAILED)
		return true;
	play_pack_as(&b, op, OPERATION_WAITING);
	journal_begin(&t, s->journal);
	journal_put_u64(&t, JOURNAL_OPERATION, op->seq, &b);
	s->journal->meta.changes++;
	buf_done(&b);
	if (!journal_commit(&t, err))
		return false;
	pthread_rwlock_wrlock(&s->lock);
	operations_set_state(&s->operations, op, OPERATION_WAITING);
	play_roots(op, &roots);
	folders_overlay(s);
	pthread_rwlock_unlock(&s->lock);
	bool ok = acts_relay(s, &roots, err) && acts_create_rows(s, op, err);
	store_tell(s, STORE_PENDING, op->account, 0, 0, NULL);
	array_done(&roots);
	return ok;
}

static bool
play_refuse(struct store *s, struct op *op, const char *text, struct error *err)
{
	struct array roots = ARRAY_OF(uint64_t);
	struct journal_txn t;
	struct buf b = { 0 };

	pthread_rwlock_wrlock(&s->lock);
	atomic_store(&op->playing, false);
	str_set(&op->error, text);
	pthread_rwlock_unlock(&s->lock);
	play_pack_as(&b, op, OPERATION_FAILED);
	journal_begin(&t, s->journal);
	journal_put_u64(&t, JOURNAL_OPERATION, op->seq, &b);
	steps_dropped(s, &t, op->seq);
	s->journal->meta.changes++;
	buf_done(&b);
	if (!journal_commit(&t, err)) {
		steps_load(s, NULL);
		return false;
	}
	play_roots(op, &roots);
	pthread_rwlock_wrlock(&s->lock);
	operations_set_state(&s->operations, op, OPERATION_FAILED);
	pthread_rwlock_unlock(&s->lock);
	bool ok = play_unshow(s, op, &roots, err);
	array_done(&roots);
	char *title = op_title(op);
	char *told = str_printf("%s: %s", title, str_or_empty(text));
	store_tell(s, STORE_REFUSED, op->account, op->folder, 0, told);
	store_tell(s, STORE_PENDING, op->account, 0, 0, NULL);
	free(title);
	free(told);
	return ok;
}

static bool
play_refused(struct store *s, void *arg, struct error *err)
{
	struct play_call *call = arg;
	struct op *op = operations_find(&s->operations, call->seq);

	return op == NULL || op->state == OPERATION_FAILED ||
		play_refuse(s, op, call->text, err);
}

bool
store_operation_refused(struct store *s, uint64_t seq, const char *text,
	struct error *err)
{
	struct play_call call = { .seq = seq, .text = text };

	return writer_call(s, JOB_PLAY, play_refused, &call, err);
}

bool
play_refuse_folder(struct store *s, uint32_t folder, struct error *err)
{
	bool ok = true;

	for (size_t i = 0; ok && i < s->operations.items.len; i++) {
		struct op *op = *(struct op **)array_at(&s->operations.items, i);
		if (op->state != OPERATION_FAILED && (op->target == folder ||
			(op->folder == folder && op->kind != ACT_FOLDER_CREATE))) {
			ok = play_refuse(s, op, "the folder is no longer there", err);
			i = (size_t)-1; // others may have gone with it
		}
	}
	return ok;
}

// --- messages that leave their operations ------------------------------------------------

bool
play_roots_gone(struct store *s, const struct array *roots, struct error *err)
{
	struct array changed = ARRAY_OF(uint64_t);
	char *told = NULL;

	for (size_t i = 0; i < roots->len; i++) {
		uint64_t root = *(uint64_t *)array_at(roots, i);
		const struct op_ref *ref;
		if (operations_on(&s->operations, root) == NULL)
			continue;
		pthread_rwlock_wrlock(&s->lock);
		while ((ref = operations_on(&s->operations, root)) != NULL) {
			*(uint64_t *)array_push(&changed) = ref->op->seq;
			if (ref->op->kind == ACT_MOVE || ref->op->kind == ACT_COPY) {
				free(told);
				told = op_title(ref->op);
			}
			operations_leave(&s->operations, ref->op, ref->message);
		}
		pthread_rwlock_unlock(&s->lock);
	}
	bool ok = play_write_changed(s, &changed, err);
	if (told != NULL) {
		char *text = str_printf("%s: the message is gone from the server", told);
		store_tell(s, STORE_REFUSED, 0, 0, 0, text);
		free(text);
	}
	if (changed.len > 0)
		store_tell(s, STORE_PENDING, 0, 0, 0, NULL);
	free(told);
	array_done(&changed);
	return ok;
}

bool
play_uids_void(struct store *s, uint32_t folder, struct error *err)
{
	struct journal_txn t;
	struct buf b = { 0 };
	bool any = false;

	journal_begin(&t, s->journal);
	pthread_rwlock_wrlock(&s->lock);
	for (size_t i = 0; i < s->operations.items.len; i++) {
		struct op *op = *(struct op **)array_at(&s->operations.items, i);
		bool changed = false;
		for (size_t j = 0; j < op->n && op_has_messages(op); j++) {
			struct op_message *m = &op->messages[j];
			if (op->folder != folder || m->uid == 0)
				continue;
			uint64_t root = m->root;
			m->uid = 0;
			m->origin = 0;
			changed = true;
			if (root != 0)
				operations_reroot(&s->operations, root, 0);
		}
		any = any || changed;
		if (!changed)
			continue;
		op->uidvalidity = 0;
		buf_clear(&b);
		op_pack(&b, op);
		journal_put_u64(&t, JOURNAL_OPERATION, op->seq, &b);
	}
	pthread_rwlock_unlock(&s->lock);
	buf_done(&b);
	if (any)
		return journal_commit(&t, err);
	journal_abort(&t);
	return true;
}

bool
play_give_up_lost(struct store *s, uint32_t folder, struct error *err)
{
	struct array changed = ARRAY_OF(uint64_t);
	char *told = NULL;

	if (s->operations.lost == 0)
		return true;
	pthread_rwlock_wrlock(&s->lock);
	for (size_t i = 0; i < s->operations.items.len; i++) {
		struct op *op = *(struct op **)array_at(&s->operations.items, i);
		bool lost = false;
		for (size_t j = op->n; j-- > 0 && op_has_messages(op);) {
			struct op_message *m = &op->messages[j];
			if (op->folder != folder || m->root != 0 || m->origin != 0)
				continue;
			operations_leave(&s->operations, op, m);
			lost = true;
		}
		if (lost) {
			*(uint64_t *)array_push(&changed) = op->seq;
			free(told);
			told = op_title(op);
		}
	}
	pthread_rwlock_unlock(&s->lock);
	bool ok = play_write_changed(s, &changed, err);
	if (told != NULL) {
		char *text = str_printf("%s: the server numbered the folder anew and "
			"the message was not found again", told);
		store_tell(s, STORE_REFUSED, 0, folder, 0, text);
		store_tell(s, STORE_PENDING, 0, 0, 0, NULL);
		free(text);
	}
	free(told);
	array_done(&changed);
	return ok;
}

// --- played ------------------------------------------------------------------------------

struct played {
	struct store *s;
	struct op *op;
	const struct play_call *call;
	struct array roots;        // struct played_root: what each message hung on
	struct array resolved;     // struct played_place
	struct write w;
};

struct played_root {
	unsigned index;
	uint64_t root;
};

struct played_place {
	uint64_t creation;
	uint32_t uid;
};

static uint32_t
played_uid(const struct played *p, const struct op_message *m)
{
	const struct play_call *call = p->call;
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

// The server told no UID, but a sync may have brought the row already.
static uint32_t
played_search(struct played *p, const struct row *row)
{
	struct view v = { .s = p->s, .cache = p->w.cache, .txn = p->w.txn };
	struct thread_row *members;
	uint32_t uid = 0;

	if (row->links[LINK_OWN] == 0)
		return 0;
	size_t n = threads_read(&v, row->thread, p->op->target, &members);
	for (size_t i = 0; i < n && uid == 0; i++) {
		struct row other;
		if (members[i].id == row->id ||
			!rows_load(&v.txn, v.cache, members[i].id, &other))
			continue;
		if (other.links[LINK_OWN] == row->links[LINK_OWN] &&
			other.size == row->size && other.folder == p->op->target &&
			p->op->target_uidnext != 0 &&
			row_uid(&other) >= p->op->target_uidnext)
			uid = row_uid(&other);
		row_done(&other);
	}
	free(members);
	return uid;
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

	m->uid_to = played_uid(p, m);
	if (m->uid_to == 0)
		m->uid_to = played_search(p, row);
	if (m->uid_to != 0)
		to = root_of_place(p->op->target, m->uid_to);
	if (m->uid_to != 0 && rows_find(&p->w.txn, p->w.cache, to, &id) &&
		id != row->id && rows_load(&p->w.txn, p->w.cache, id, &other)) {
		rows_remove(&p->w, &other);
		flags_done(&row->flags);
		row->flags = other.flags;
		other.flags = (struct flags){ 0 };
		row_done(&other);
	}
	if (p->op->kind == ACT_MOVE && !root_is_creation(hung))
		sync_gone(s, hung);
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
		*(struct played_place *)array_push(&p->resolved) = (struct played_place){
			root_of_creation(p->op->seq, m->index), m->uid_to };
	else
		sync_unbound_add(s, row, p->op->target_uidnext);
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
	if (op->kind == ACT_EXPUNGE && !root_is_creation(root))
		sync_gone(p->s, root);
	// Played before, and then a crash between cache and journal.
	if (op->kind == ACT_MOVE && !rows_find(&p->w.txn, p->w.cache, root, &id))
		root = root_of_creation(op->seq, m->index);
	if (!rows_find(&p->w.txn, p->w.cache, root, &id) ||
		!rows_load(&p->w.txn, p->w.cache, id, &row)) {
		// No row to take along, but acts that wait for it go on.
		if (op->target != 0 && (m->uid_to = played_uid(p, m)) != 0) {
			uint64_t to = root_of_place(op->target, m->uid_to);
			operations_reroot(&p->s->operations, hung, to);
			operations_reroot(&p->s->operations, root, to);
			*(struct played_place *)array_push(&p->resolved) =
				(struct played_place){ root_of_creation(op->seq, m->index),
					m->uid_to };
		}
		return;
	}
	if (op->kind == ACT_EXPUNGE) {
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
	struct journal_txn t;
	struct buf b = { 0 };

	journal_begin(&t, s->journal);
	journal_del_u64(&t, JOURNAL_OPERATION, p->op->seq);
	if (rest != NULL) {
		op_pack(&b, rest);
		journal_put_u64(&t, JOURNAL_OPERATION, rest->seq, &b);
		buf_done(&b);
	} else {
		steps_played(s, &t, p->op);
	}
	for (size_t i = 0; i < p->resolved.len; i++) {
		const struct played_place *place = array_at(&p->resolved, i);
		sync_resolve(s, &t, place->creation, p->op->target, place->uid,
			p->call->uidvalidity);
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
play_settle_owed(struct store *s, struct error *err)
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
	array_done(&p->roots);
	array_done(&p->resolved);
}

static bool
play_played(struct store *s, void *arg, struct error *err)
{
	const struct play_call *call = arg;
	struct played p = {
		.s = s, .call = call, .resolved = ARRAY_OF(struct played_place),
		.roots = ARRAY_OF(struct played_root),
		.op = operations_find(&s->operations, call->seq),
	};

	if (p.op == NULL)
		return true;
	upkeep_heal(s);
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
	array_done(&p.roots);
	array_done(&p.resolved);
	return ok;
}

bool
store_operation_played(struct store *s, uint64_t seq, uint32_t target_uidvalidity,
	const uint32_t *uids_from, const uint32_t *uids_to, size_t n,
	struct error *err)
{
	struct play_call call = {
		.seq = seq, .uidvalidity = target_uidvalidity, .from = uids_from,
		.to = uids_to, .n = n,
	};

	return writer_call(s, JOB_PLAY, play_played, &call, err);
}
