// SPDX-License-Identifier: GPL-3.0-or-later
// The user's acts: several that wait share one commit of the journal, then each
// shows its effect, then all are answered.
#include "config.h"

#include "store/acts.h"

#include "base/error.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/when.h"
#include "loop/cancel.h"
#include "mail/header.h"
#include "store/bodies.h"
#include "store/bodies_inside.h"
#include "store/inside.h"
#include "store/rows.h"
#include "store/steps.h"
#include "store/undo.h"
#include "store/withdraw.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define ACT_GROUP_MAX 100               // acts that share a commit
#define APPEND_MAX (256u * 1024 * 1024) // bytes of a message's file

static const char *const act_names[] = {
	[ACT_FLAG] = "flag", [ACT_MOVE] = "move", [ACT_COPY] = "copy",
	[ACT_EXPUNGE] = "expunge", [ACT_APPEND] = "append",
	[ACT_FOLDER_CREATE] = "create folder", [ACT_FOLDER_RENAME] = "rename folder",
	[ACT_FOLDER_DELETE] = "delete folder", [ACT_FOLDER_SUBSCRIBE] = "subscribe",
};

const char *
act_kind_name(enum act_kind kind)
{
	return act_names[kind];
}

uint64_t
store_step(struct store *s)
{
	return atomic_fetch_add(&s->step, 1) + 1;
}

// --- building -----------------------------------------------------------------------

bool
acts_row(struct store *s, uint64_t id, struct row *row)
{
	struct flags flags = { 0 };
	bool pending;
	struct view v;

	if (!view_open(&v, s))
		return false;
	bool found = rows_load(&v.txn, v.cache, id, row);
	// What it shows may lag behind the acts, where the disk was full.
	if (found) {
		rows_lay(s, row, &row->shown, &flags, &pending);
		flags_done(&row->shown_flags);
		row->shown_flags = flags;
	}
	if (found && row->shown == 0) {
		row_done(row);
		found = false;
	}
	if (!view_close(&v) && found) {
		row_done(row);
		found = false;
	}
	return found;
}

void
act_message(struct store *s, struct op_message *m, const struct row *row)
{
	const struct op_ref *ref = operations_on(&s->operations, row->root);
	const struct op_ref *moved = NULL;

	for (; ref != NULL; ref = ref->next) {
		if (ref->op->kind == ACT_MOVE)
			moved = ref;
	}
	if (moved != NULL)
		m->origin = root_of_creation(moved->op->seq, moved->message->index);
	else if (root_is_creation(row->root))
		m->origin = row->root;
	else
		m->uid = row_uid(row);
	m->key = row->links[LINK_OWN];
	m->size = row->size;
	flags_copy(&m->before, &row->shown_flags);
}

static struct op *
act_op(const struct op *like)
{
	struct op *op = op_copy(like);

	op->when = when_now();
	return op;
}

struct op_message *
act_groups_add(struct act_groups *g, struct store *s, const struct row *row)
{
	struct op *op = NULL;

	for (size_t i = g->ops.len; op == NULL && i-- > 0;) {
		struct op *there = *(struct op **)array_at(&g->ops, i);
		if (there->folder == row->shown && there->n < OPERATION_MESSAGES_MAX)
			op = there;
	}
	if (op == NULL) {
		const struct folder_row *f = folder_row(s, row->shown);
		op = act_op(g->like);
		op->account = row->account;
		op->folder = row->shown;
		op->uidvalidity = f == NULL ? 0 : f->f.uidvalidity;
		*(struct op **)array_push(&g->ops) = op;
	}
	struct op_message *m = op_message_add(op);
	act_message(s, m, row);
	return m;
}

// One posted act, copied.
struct act_job {
	struct job job;
	enum { ACT_DO, ACT_UNDO, ACT_REDO, ACT_DROP, ACT_RETRY } what;
	struct op *like;       // of DO: all but the messages
	uint64_t *ids;
	size_t n;
	uint64_t seq;          // DROP, RETRY
	struct act_reply reply;
	struct act_groups groups;
	size_t acted;
};

static void
act_job_free(struct act_job *a)
{
	for (size_t i = 0; i < a->groups.ops.len; i++)
		op_free(array_at(&a->groups.ops, i));
	array_done(&a->groups.ops);
	op_free(&a->like);
	free(a->ids);
	free(a);
}

static void
act_reply(struct act_job *a, const struct error *err, const char *title)
{
	if (a->reply.done != NULL)
		a->reply.done(a->reply.arg, err, err == NULL ? a->acted : 0, title);
	act_job_free(a);
}

// Is it an act on this row at all? Moving to where it is does nothing, and so
// does a flag that it has.
static bool
act_concerns(const struct op *like, const struct row *row, bool *wrong_account_r,
	uint32_t target_account)
{
	struct flags after = { 0 };
	bool changes = true;

	if (like->kind == ACT_FLAG) {
		flags_copy(&after, &row->shown_flags);
		flag_change_apply(&after, &like->change);
		changes = !flags_equal(&after, &row->shown_flags);
		flags_done(&after);
	} else if (like->kind == ACT_MOVE || like->kind == ACT_COPY) {
		if (row->account != target_account)
			*wrong_account_r = true;
		changes = like->kind == ACT_COPY || row->shown != like->target;
	}
	return changes;
}

static bool
act_build_messages(struct store *s, struct act_job *a, struct error *err)
{
	uint32_t target_account = folders_account_of(s, a->like->target);
	struct map *seen = map_new();
	size_t here = 0;
	bool wrong = false;

	for (size_t i = 0; i < a->n; i++) {
		struct row row;
		if (map_put_u64(seen, a->ids[i], s) != NULL || !acts_row(s, a->ids[i], &row))
			continue;
		here++;
		if (act_concerns(a->like, &row, &wrong, target_account)) {
			act_groups_add(&a->groups, s, &row);
			a->acted++;
		}
		row_done(&row);
	}
	map_free(&seen, NULL);
	if (wrong)
		return error_set(err, ERROR_INPUT, "%s",
			"messages cannot be moved to a folder of another account in one act");
	if (a->n > 0 && here == 0)
		return error_set(err, ERROR_GONE, "the message is no longer there");
	return true;
}

static bool
act_build_folder(struct store *s, struct act_job *a, struct error *err)
{
	struct op *op = act_op(a->like);
	const struct folder_row *f = folder_row(s, op->folder);

	*(struct op **)array_push(&a->groups.ops) = op;
	if (op->kind == ACT_FOLDER_CREATE) {
		struct folder there;
		if (str_empty(op->name))
			return error_set(err, ERROR_INPUT, "a folder needs a name");
		if (store_folder_find(s, op->account, op->name, &there) ) {
			bool same = str_equal(there.name, op->name);
			folder_done(&there);
			if (same)
				return error_set(err, ERROR_INPUT, "there is a folder %s already",
					op->name);
		}
		return true;
	}
	if (f == NULL)
		return error_set(err, ERROR_GONE, "the folder is no longer there");
	op->account = f->f.account;
	str_set(&op->old_name, f->shown_name);
	if (op->kind == ACT_FOLDER_RENAME && str_empty(op->name))
		return error_set(err, ERROR_INPUT, "a folder needs a name");
	return true;
}

static bool
act_build_append(struct store *s, struct act_job *a, struct error *err)
{
	struct op *op = act_op(a->like);
	struct buf b = { 0 };
	struct envelope e;

	*(struct op **)array_push(&a->groups.ops) = op;
	op->account = folders_account_of(s, op->target);
	if (op->account == 0)
		return error_set(err, ERROR_GONE, "the folder is no longer there");
	if (op->path == NULL)
		return error_set(err, ERROR_INPUT, "there is no file to append");
	if (!path_read(op->path, APPEND_MAX, &b, err)) {
		buf_done(&b);
		return false;
	}
	envelope_parse(&e, b.data, header_block_len(b.data, b.len));
	str_set(&op->message_id, e.message_id);
	envelope_done(&e);
	struct op_message *m = op_message_add(op);
	m->size = b.len;
	buf_done(&b);
	return true;
}

static bool
act_build(struct store *s, struct act_job *a, struct error *err)
{
	const struct op *like = a->like;

	a->groups = (struct act_groups){
		.ops = ARRAY_OF(struct op *), .like = like,
	};
	a->acted = 0;
	if ((like->kind == ACT_MOVE || like->kind == ACT_COPY ||
		like->kind == ACT_APPEND) && folder_row(s, like->target) == NULL)
		return error_set(err, ERROR_GONE, "the folder is no longer there");
	if (like->kind <= ACT_EXPUNGE)
		return act_build_messages(s, a, err);
	a->acted = 1;
	return like->kind == ACT_APPEND ? act_build_append(s, a, err) :
		act_build_folder(s, a, err);
}

// --- into the journal ------------------------------------------------------------------

void
acts_journal(struct store *s, struct journal_txn *t, const struct array *ops)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < ops->len; i++) {
		struct op *op = *(struct op **)array_at(ops, i);
		op->seq = ++s->journal->meta.seq;
		if (op->kind == ACT_FOLDER_CREATE) {
			struct folder_row f = {
				.f = { .account = op->account, .name = op->name,
					.attributes = FOLDER_NEW }, .by_name = true,
			};
			f.f.id = op->folder = ++s->journal->meta.folders;
			folder_identity_put(t, &f);
		}
		buf_clear(&b);
		op_pack(&b, op);
		journal_put_u64(t, JOURNAL_OPERATION, op->seq, &b);
	}
	s->journal->meta.changes++;
	buf_done(&b);
}

// --- onto the screen ---------------------------------------------------------------------

bool
acts_relay(struct store *s, const struct array *roots, struct error *err)
{
	struct write w;

	write_begin(&w, s);
	for (size_t i = 0; i < roots->len; i++) {
		rows_relay_root(&w, *(uint64_t *)array_at(roots, i));
		// No other act may come between: it would be built on half of this.
		if (write_due(&w) && !write_cut(&w, false, err)) {
			s->behind = true;
			return false;
		}
	}
	if (write_commit(&w, err))
		return true;
	s->behind = true;
	return false;
}

static void
act_create_copy(struct write *w, const struct op *op, const struct op_message *m)
{
	struct row row;
	uint64_t id;

	if (!rows_find(&w->txn, w->cache, m->root, &id) ||
		!rows_load(&w->txn, w->cache, id, &row))
		return;
	row.root = root_of_creation(op->seq, m->index);
	row.folder = op->target;
	row.state = row.state & ROW_UNREADABLE;
	row.modseq = 0;
	flags_done(&row.flags);
	flags_copy(&row.flags, &m->before);
	flags_done(&row.shown_flags);
	if (!rows_find(&w->txn, w->cache, row.root, &id))
		rows_add(w, &row, true);
	row_done(&row);
}

static bool
act_create_append(struct store *s, const struct op *op, struct error *err)
{
	struct buf b = { 0 };
	struct envelope e;
	struct write w;
	uint64_t id;

	// The file may be gone after it was refused: then there is nothing to show.
	if (!path_read(op->path, APPEND_MAX, &b, NULL)) {
		buf_done(&b);
		return true;
	}
	envelope_parse(&e, b.data, header_block_len(b.data, b.len));
	struct row row = {
		.account = op->account, .root = root_of_creation(op->seq, 0),
		.folder = op->target, .received = op->received, .size = b.len,
	};
	flags_copy(&row.flags, &op->flags);
	row_set_envelope(&row, &e);
	envelope_done(&e);
	write_begin(&w, s);
	bool there = rows_find(&w.txn, w.cache, row.root, &id);
	if (!there)
		rows_add(&w, &row, true);
	bool ok = write_commit(&w, err);
	if (ok && !there)
		ok = bodies_put_raw(s, row.id, b.data, b.len, err);
	row_done(&row);
	buf_done(&b);
	return ok;
}

bool
acts_create_rows(struct store *s, struct op *op, struct error *err)
{
	struct write w;

	if (op->state == OPERATION_FAILED)
		return true;
	if (op->kind == ACT_APPEND)
		return act_create_append(s, op, err);
	if (op->kind != ACT_COPY)
		return true;
	write_begin(&w, s);
	for (size_t i = 0; i < op->n; i++) {
		act_create_copy(&w, op, &op->messages[i]);
		if (write_due(&w) && !write_cut(&w, false, err))
			return false;
	}
	return write_commit(&w, err);
}

static void
act_show_folder(struct store *s, const struct op *op)
{
	if (op->kind == ACT_FOLDER_CREATE && folder_row(s, op->folder) == NULL) {
		struct folder_row *f = folder_row_add(s, op->folder);
		f->f.account = op->account;
		f->f.name = str_dup(op->name);
		f->f.remote_name = str_dup("");
		f->f.attributes = FOLDER_NEW;
		f->by_name = true;
	}
	folders_overlay(s);
}

bool
acts_show(struct store *s, struct array *ops, struct error *err)
{
	struct array roots = ARRAY_OF(uint64_t);
	bool ok = true, folders = false;

	s->midway++;
	pthread_rwlock_wrlock(&s->lock);
	for (size_t i = 0; i < ops->len; i++) {
		struct op *op = *(struct op **)array_at(ops, i);
		operations_add(&s->operations, op);
		if (op->kind > ACT_APPEND) {
			act_show_folder(s, op);
			folders = true;
		}
		for (size_t j = 0; j < op->n && op_has_messages(op); j++)
			*(uint64_t *)array_push(&roots) = op->messages[j].root;
	}
	pthread_rwlock_unlock(&s->lock);
	ok = acts_relay(s, &roots, err);
	for (size_t i = 0; ok && i < ops->len; i++)
		ok = acts_create_rows(s, *(struct op **)array_at(ops, i), err);
	// What the cache could not take is laid over it again later.
	s->midway--;
	s->behind = s->behind || !ok;
	array_done(&roots);
	array_clear(ops);
	if (folders)
		store_tell(s, STORE_FOLDERS, 0, 0, 0, NULL);
	store_tell(s, STORE_PENDING, 0, 0, 0, NULL);
	return ok;
}

void
acts_tell_unshown(struct store *s, const struct error *why)
{
	// A damaged cache is filled anew by itself, and says so.
	if (why->kind != ERROR_STORE)
		return;
	char *text = str_printf("this is done but cannot be shown yet: %s", why->text);
	log_error("%s", text);
	store_tell(s, STORE_REFUSED, 0, 0, 0, text);
	free(text);
}

// --- the jobs -----------------------------------------------------------------------------

// Acts that share a commit: none is built on what another does.
struct act_group {
	struct array jobs;     // struct act_job *
	struct map *ids;
};

static void
act_group_commit(struct store *s, struct act_group *g)
{
	struct array ops = ARRAY_OF(struct op *);
	struct journal_txn t;
	struct error err = { 0 }, unshown = { 0 };
	bool ok = true, shown = true;

	for (size_t i = 0; i < g->jobs.len; i++) {
		struct act_job *a = *(struct act_job **)array_at(&g->jobs, i);
		for (size_t j = 0; j < a->groups.ops.len; j++)
			*(struct op **)array_push(&ops) =
				*(struct op **)array_at(&a->groups.ops, j);
	}
	if (ops.len > 0) {
		journal_begin(&t, s->journal);
		acts_journal(s, &t, &ops);
		for (size_t i = 0; i < ops.len; i++)
			steps_add(s, &t, *(struct op **)array_at(&ops, i));
		ok = journal_commit(&t, &err);
		if (!ok)
			steps_load(s, NULL);
	}
	for (size_t i = 0; i < g->jobs.len; i++) {
		struct act_job *a = *(struct act_job **)array_at(&g->jobs, i);
		if (ok)
			array_clear(&a->groups.ops); // the store's from now on
	}
	if (ok && ops.len > 0)
		shown = acts_show(s, &ops, &unshown);
	for (size_t i = 0; i < g->jobs.len; i++) {
		struct act_job *a = *(struct act_job **)array_at(&g->jobs, i);
		act_reply(a, ok ? NULL : &err, a->like->title);
	}
	if (!shown)
		acts_tell_unshown(s, &unshown);
	array_done(&ops);
	array_clear(&g->jobs);
	map_free(&g->ids, NULL);
	g->ids = map_new();
}

static bool
act_group_fits(const struct act_group *g, const struct act_job *a)
{
	if (a->like->kind > ACT_EXPUNGE || g->jobs.len >= ACT_GROUP_MAX)
		return g->jobs.len == 0;
	for (size_t i = 0; i < a->n; i++) {
		if (map_get_u64(g->ids, a->ids[i]) != NULL)
			return false;
	}
	return true;
}

static void
act_group_take(struct store *s, struct act_group *g, struct act_job *a)
{
	struct error err = { 0 };

	if (!act_group_fits(g, a))
		act_group_commit(s, g);
	upkeep_heal(s);
	if (!act_build(s, a, &err)) {
		act_reply(a, &err, a->like->title);
		return;
	}
	for (size_t i = 0; i < a->n; i++)
		map_put_u64(g->ids, a->ids[i], a);
	*(struct act_job **)array_push(&g->jobs) = a;
	if (a->like->kind > ACT_EXPUNGE)
		act_group_commit(s, g);
}

static bool act_change_list(struct store *s, struct act_job *a, struct error *err);

static void
act_special(struct store *s, struct act_job *a)
{
	struct error err = { 0 };
	char *title = NULL;
	bool ok;

	if (a->what == ACT_UNDO || a->what == ACT_REDO)
		ok = undo_turn(s, a->what == ACT_UNDO, &a->acted, &title, &err);
	else
		ok = act_change_list(s, a, &err);
	act_reply(a, ok ? NULL : &err, title);
	free(title);
}

static void
act_run(struct store *s, struct job *job)
{
	struct act_group g = { .jobs = ARRAY_OF(struct act_job *), .ids = map_new() };

	for (; job != NULL; job = writer_take(s, JOB_ACT)) {
		struct act_job *a = (struct act_job *)job;
		if (job->run == act_run && a->what == ACT_DO) {
			act_group_take(s, &g, a);
			continue;
		}
		act_group_commit(s, &g);
		if (job->run == act_run)
			act_special(s, a);
		else
			job->run(s, job);
	}
	act_group_commit(s, &g);
	array_done(&g.jobs);
	map_free(&g.ids, NULL);
}

static struct act_job *
act_job_new(int what, const struct act_reply *reply)
{
	struct act_job *a = mem_new(struct act_job);

	a->job = (struct job){ .priority = JOB_ACT, .run = act_run };
	a->what = what;
	if (reply != NULL)
		a->reply = *reply;
	return a;
}

void
store_act(struct store *s, const struct act *act, const struct act_reply *reply)
{
	struct act_job *a = act_job_new(ACT_DO, reply);
	struct op *like = a->like = mem_new(struct op);
	bool messages = act->kind <= ACT_EXPUNGE;
	bool target = act->kind == ACT_MOVE || act->kind == ACT_COPY ||
		act->kind == ACT_APPEND;

	like->kind = act->kind;
	flag_change_copy(&like->change, &act->change);
	like->account = act->account;
	like->target = target ? act->folder : 0;
	like->folder = target ? 0 : act->folder;
	like->name = str_dup(act->name);
	like->subscribe = act->subscribe;
	like->path = str_dup(act->path);
	flags_copy(&like->flags, &act->flags);
	like->received = act->received != 0 ? act->received : when_now();
	like->title = str_dup(act->title != NULL ? act->title :
		act_kind_name(act->kind));
	like->step = act->step;
	like->no_undo = act->no_undo;
	// Numbered when it is posted: acts of one step name it by its number.
	if (like->step == 0 && !act->no_undo)
		like->step = store_step(s);
	if (messages && act->n > 0) {
		a->ids = mem_copy(act->ids, act->n * sizeof(*act->ids));
		a->n = act->n;
	}
	writer_post(s, &a->job);
}

struct act_waiting {
	struct cancel *done;
	struct error err;
};

static void
act_waited(void *arg, const struct error *err, size_t n, const char *title)
{
	struct act_waiting *w = arg;

	(void)n;
	(void)title;
	if (err != NULL)
		w->err = *err;
	cancel_set(w->done);
}

// The store thread always answers.
bool
store_act_wait(struct store *s, const struct act *act, struct error *err)
{
	struct act_waiting w = { .done = cancel_new() };

	store_act(s, act, &(struct act_reply){ act_waited, &w });
	while (!cancel_is_set(w.done)) {
		struct pollfd fd = { cancel_fd(w.done), POLLIN, 0 };
		poll(&fd, 1, -1);
	}
	cancel_free(&w.done);
	if (w.err.kind == ERROR_NONE)
		return true;
	*err = w.err;
	return false;
}

void
store_undo(struct store *s, const struct act_reply *reply)
{
	writer_post(s, &act_job_new(ACT_UNDO, reply)->job);
}

void
store_redo(struct store *s, const struct act_reply *reply)
{
	writer_post(s, &act_job_new(ACT_REDO, reply)->job);
}

void
store_operation_drop(struct store *s, uint64_t seq, const struct act_reply *reply)
{
	struct act_job *a = act_job_new(ACT_DROP, reply);

	a->seq = seq;
	writer_post(s, &a->job);
}

void
store_operation_retry(struct store *s, uint64_t seq, const struct act_reply *reply)
{
	struct act_job *a = act_job_new(ACT_RETRY, reply);

	a->seq = seq;
	writer_post(s, &a->job);
}

static bool
act_change_list(struct store *s, struct act_job *a, struct error *err)
{
	struct op *op = operations_find(&s->operations, a->seq);

	if (op == NULL)
		return error_set(err, ERROR_INPUT, "there is no operation %llu",
			(unsigned long long)a->seq);
	if (op_maybe_played(op))
		return error_set(err, ERROR_REFUSED,
			"it is being done at the server just now");
	a->acted = op->n;
	return a->what == ACT_DROP ? withdraw_op(s, op, err) :
		withdraw_retry(s, op, err);
}
