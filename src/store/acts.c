// SPDX-License-Identifier: GPL-3.0-or-later
// The user's acts: several that wait share one commit of the journal, then each
// shows its effect, then all are answered.
#include "config.h"

#include "store/acts.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "loop/cancel.h"
#include "store/build.h"
#include "store/inside.h"
#include "store/rights.h"
#include "store/show.h"
#include "store/steps.h"
#include "store/undo.h"
#include "store/withdraw.h"

#include <poll.h>
#include <stdlib.h>

#define ACT_GROUP_MAX 100 // acts that share a commit

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

// One posted act, copied.
struct act_job {
	struct job job;
	enum { ACT_DO, ACT_UNDO, ACT_REDO, ACT_DROP, ACT_RETRY, ACT_CHANGE } what;
	struct op *like;       // of DO: all but the messages
	uint64_t *ids;
	size_t n;
	uint64_t seq;          // DROP, RETRY, CHANGE
	uint32_t target;       // CHANGE
	struct act_reply reply;
	struct build built;
};

static void
act_job_free(struct act_job *a)
{
	for (size_t i = 0; i < a->built.ops.len; i++)
		op_free(array_at(&a->built.ops, i));
	array_done(&a->built.ops);
	op_free(&a->like);
	free(a->ids);
	free(a);
}

static void
act_reply(struct act_job *a, const struct error *err, const char *title)
{
	if (a->reply.done != NULL)
		a->reply.done(a->reply.arg, err, err == NULL ? a->built.acted : 0, title);
	act_job_free(a);
}

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
		for (size_t j = 0; j < a->built.ops.len; j++)
			*(struct op **)array_push(&ops) =
				*(struct op **)array_at(&a->built.ops, j);
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
			array_clear(&a->built.ops); // the store's from now on
	}
	if (ok && ops.len > 0)
		shown = show_ops(s, &ops, &unshown);
	for (size_t i = 0; i < g->jobs.len; i++) {
		struct act_job *a = *(struct act_job **)array_at(&g->jobs, i);
		act_reply(a, ok ? NULL : &err, a->like->title);
	}
	if (!shown)
		show_tell_failed(s, &unshown);
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
	a->built = (struct build){ .like = a->like, .ids = a->ids, .n = a->n };
	if (!build_ops(s, &a->built, &err) ||
	    !rights_allow(s, &a->built.ops, &err)) {
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
		ok = undo_turn(s, a->what == ACT_UNDO, &a->built.acted, &title, &err);
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

void
store_operation_change(struct store *s, uint64_t seq, uint32_t target,
	const struct act_reply *reply)
{
	struct act_job *a = act_job_new(ACT_CHANGE, reply);

	a->seq = seq;
	a->target = target;
	writer_post(s, &a->job);
}

static bool
act_may_change(struct store *s, const struct op *op, uint32_t target,
	struct error *err)
{
	if (op->target == 0)
		return error_set(err, ERROR_INPUT, "%s goes to no folder", op->title);
	if (op->state != OPERATION_FAILED)
		return error_set(err, ERROR_INPUT,
			"only what failed can be changed; take %s back with undo",
			op->title);
	if (folder_row(s, target) == NULL)
		return error_set(err, ERROR_GONE, "the folder is no longer there");
	if (folders_account_of(s, target) != op->account)
		return error_set(err, ERROR_INPUT,
			"the folder belongs to another account");
	return true;
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
	a->built.acted = op->n;
	if (a->what == ACT_DROP)
		return withdraw_op(s, op, err);
	return (a->what != ACT_CHANGE || act_may_change(s, op, a->target, err)) &&
		withdraw_retry(s, op, a->target, err);
}
