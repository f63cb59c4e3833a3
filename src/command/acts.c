// SPDX-License-Identifier: GPL-3.0-or-later
// Plans acts on the messages of a call, asks where they cannot be undone, and
// posts them as one step.
#include "config.h"

#include "command/acts.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "command/binding.h"
#include "command/option.h"
#include "command/run.h"
#include "command/title.h"
#include "engine.h"
#include "mail/message.h"
#include "store/bodies.h"
#include "store/messages.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// More are planned on a worker: each costs a read of the store.
#define ACTS_HERE_MAX 60

// Messages that one act takes.
struct acts_group {
	enum act_kind kind;
	uint32_t account, folder;   // folder: the target
	struct array ids;
};

// What goes for good from one account, and how much of it is not here as a whole.
struct acts_loss {
	uint32_t account;
	size_t n, not_here;
};

struct acts {
	struct engine *engine;
	struct acts_plan plan;
	char *folder, *title;
	const uint64_t *ids;        // the call's
	size_t n;
	uint32_t chosen_in;         // 0: wherever they are
	struct array groups;
	size_t waiting;             // replies that are still to come
	size_t acted, gone_for_good;
	struct array losses;
	bool failed;
	struct error error;
};

static void
acts_free(void *arg)
{
	struct acts *a = arg;

	for (size_t i = 0; i < a->groups.len; i++)
		array_done(&((struct acts_group *)array_at(&a->groups, i))->ids);
	array_done(&a->groups);
	array_done(&a->losses);
	flag_change_done(&a->plan.change);
	free(a->folder);
	free(a->title);
	free(a);
}

// --- planning -----------------------------------------------------------------------

static struct acts_group *
group_for(struct acts *a, enum act_kind kind, uint32_t account, uint32_t folder)
{
	for (size_t i = 0; i < a->groups.len; i++) {
		struct acts_group *g = array_at(&a->groups, i);

		if (g->kind == kind && g->account == account && g->folder == folder)
			return g;
	}
	struct acts_group *g = array_push(&a->groups);
	g->kind = kind;
	g->account = account;
	g->folder = folder;
	g->ids = ARRAY_OF(uint64_t);
	return g;
}

// Where labels are folders, what is archived stays where all mail is.
static bool
folder_in_place(struct store *s, uint32_t account, enum folder_role role,
	struct folder *folder_r)
{
	if (role != ROLE_ARCHIVE ||
	    !store_folder_by_role(s, account, ROLE_ALL, folder_r))
		return false;
	if (folder_r->attributes & FOLDER_LABELS)
		return true;
	folder_done(folder_r);
	return false;
}

// Where a message goes; 0 when there is no such folder in its account.
static uint32_t
target_folder(struct acts *a, uint32_t account)
{
	struct store *s = a->engine->store;
	struct folder f;
	bool found = a->folder != NULL ?
		store_folder_find(s, account, a->folder, &f) :
		store_folder_by_role(s, account, a->plan.role, &f) ||
		folder_in_place(s, account, a->plan.role, &f);
	uint32_t id = found ? f.id : 0;

	if (found)
		folder_done(&f);
	return id;
}

static bool
no_folder(const struct acts *a, uint32_t account, struct error *err)
{
	const char *name = engine_account_name(a->engine, account);

	if (a->folder != NULL)
		return error_set(err, ERROR_INPUT,
			"account %s has no folder \"%s\" (folder create makes one)",
			str_or_empty(name), a->folder);
	return error_set(err, ERROR_INPUT, "account %s has no folder for %s: "
		"say which with set folders.%s", str_or_empty(name),
		folder_role_name(a->plan.role), folder_role_name(a->plan.role));
}

static void
plan_loss(struct acts *a, uint64_t id, uint32_t account)
{
	struct acts_loss *loss = NULL;
	uint64_t have;
	bool whole;

	for (size_t i = 0; i < a->losses.len && loss == NULL; i++) {
		loss = array_at(&a->losses, i);
		if (loss->account != account)
			loss = NULL;
	}
	if (loss == NULL) {
		loss = array_push(&a->losses);
		loss->account = account;
	}
	loss->n++;
	loss->not_here += !store_raw_state(a->engine->store, id, &have, &whole) ||
		!whole;
	a->gone_for_good++;
}

static bool
plan_one(struct acts *a, uint64_t id, struct error *err)
{
	struct message m = {0};
	enum act_kind kind = a->plan.kind;
	uint32_t to = 0;

	if (!store_message(a->engine->store, id, &m))
		return true; // gone meanwhile
	uint32_t account = m.account, folder = m.folder;
	message_done(&m);
	// Another client moved it: it keeps its id, and is not what was chosen.
	if (a->chosen_in != 0 && folder != a->chosen_in)
		return true;
	if (kind == ACT_MOVE || kind == ACT_COPY) {
		to = target_folder(a, account);
		if (a->plan.or_expunge && (to == 0 || to == folder)) {
			kind = ACT_EXPUNGE;
			to = 0;
		} else if (to == 0) {
			return no_folder(a, account, err);
		} else if (kind == ACT_MOVE && to == folder) {
			return true; // it is there
		}
	}
	struct acts_group *g = group_for(a, kind, kind == ACT_FLAG ||
		kind == ACT_EXPUNGE ? 0 : account, to);
	*(uint64_t *)array_push(&g->ids) = id;
	if (kind == ACT_EXPUNGE)
		plan_loss(a, id, account);
	return true;
}

static bool
plan_all(void *arg, struct error *err)
{
	struct acts *a = arg;

	for (size_t i = 0; i < a->n; i++) {
		if (!plan_one(a, a->ids[i], err))
			return false;
	}
	return true;
}

// --- posting -------------------------------------------------------------------------

// A flag is seen in its row; what leaves the list is said, with the key that
// brings it back.
static void
say_on_screen(struct call *c, const struct acts *a, const char *title, bool for_good)
{
	struct buf text = {0}, keys = {0};

	title_print_past(&text, title, a->acted);
	if (!for_good && a->acted > 0 && bindings_print_keys(c->engine->bindings,
		"index", "undo", &keys))
		buf_printf(&text, " (%s undoes)", buf_text(&keys));
	if (a->acted != 1 || a->plan.kind != ACT_FLAG)
		call_info(c, "%s", buf_text(&text));
	buf_done(&keys);
	buf_done(&text);
}

static void
say_done(struct call *c, const struct acts *a)
{
	bool for_good = a->gone_for_good > 0 && a->gone_for_good >= a->acted;
	const char *title = for_good ? "delete for good" : a->title;

	if (str_equal(c->front->ops->name, "screen"))
		say_on_screen(c, a, title, for_good);
	else
		call_info(c, "%s: %zu message%s", title, a->acted,
			a->acted == 1 ? "" : "s");
}

static void
act_over(struct call *c, const struct error *err, size_t n)
{
	struct acts *a = c->data;

	a->acted += n;
	if (err != NULL && !a->failed) {
		a->failed = true;
		a->error = *err;
	}
	if (--a->waiting > 0)
		return;
	if (!a->failed && !a->plan.quiet)
		say_done(c, a);
	call_finish(c, a->failed ? &a->error : NULL);
}

// What the store's thread told, on its way to ours.
struct act_told {
	struct call *call;
	void (*over)(struct call *c, const struct error *err, size_t n,
		const char *title);
	bool failed;
	struct error error;
	size_t n;
	char *title;
};

struct act_waiting {
	struct call *call;
	struct engine *engine;
	void (*said)(struct call *c, size_t n, const char *title);
};

static void
bulk_told(void *arg)
{
	struct act_told *t = arg;

	act_over(t->call, t->failed ? &t->error : NULL, t->n);
	free(t->title);
	free(t);
}

static struct act_told *
told_new(struct call *c, const struct error *err, size_t n, const char *title)
{
	struct act_told *t = mem_new(struct act_told);

	t->call = c;
	t->failed = err != NULL;
	if (err != NULL)
		t->error = *err;
	t->n = n;
	t->title = str_dup(title);
	return t;
}

// On the store's thread.
static void
bulk_done(void *arg, const struct error *err, size_t n, const char *title)
{
	struct call *c = arg;

	engine_post(c->engine, bulk_told, told_new(c, err, n, title));
}

static enum command_result
post_all(struct call *c)
{
	struct acts *a = c->data;
	uint64_t step = store_step(a->engine->store);

	if (a->groups.len == 0) {
		if (!a->plan.quiet)
			call_info(c, "%s: nothing to do", a->title);
		call_finish(c, NULL);
		return COMMAND_WAIT;
	}
	a->waiting = a->groups.len;
	for (size_t i = 0; i < a->groups.len; i++) {
		struct acts_group *g = array_at(&a->groups, i);
		struct act act = {
			.kind = g->kind, .ids = g->ids.items, .n = g->ids.len,
			.change = a->plan.change, .account = g->account,
			.folder = g->folder, .step = a->plan.quiet ? 0 : step,
			.title = a->title, .no_undo = a->plan.quiet,
		};

		store_act(a->engine->store, &act,
			&(struct act_reply){ bulk_done, c });
	}
	return COMMAND_WAIT;
}

static void
confirmed(struct call *c, const char *answer)
{
	struct error err;

	if (str_equal(answer, "yes")) {
		post_all(c);
		return;
	}
	if (answer == NULL)
		error_set(&err, ERROR_INPUT, "%s: not done, since nobody could be asked "
			"whether the messages may go for good (-y says yes)",
			c->command->name);
	else
		error_set(&err, ERROR_CANCELLED, "not done");
	call_finish(c, &err);
}

// What is on this disk can always be kept for undo.
static size_t
never_back(const struct call *c, const struct acts *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->losses.len; i++) {
		const struct acts_loss *loss = array_at(&a->losses, i);
		const char *incoming = str_or_empty(options_text(call_options(c),
			engine_account_name(a->engine, loss->account), "incoming"));

		if (!str_has_prefix(incoming, "pop3") &&
		    !str_has_prefix(incoming, "maildir"))
			n += loss->not_here;
	}
	return n;
}

// What a POP3 server has is another copy, and nothing puts it back there. NULL:
// it is not all of one such account.
static const char *
pop3_keep(const struct call *c, const struct acts *a)
{
	const struct acts_loss *loss = array_at(&a->losses, 0);
	const char *account = engine_account_name(a->engine, loss->account);
	const struct options *o = call_options(c);

	return a->losses.len == 1 &&
		str_has_prefix(str_or_empty(options_text(o, account, "incoming")), "pop3") ?
		options_text(o, account, "pop3-keep") : NULL;
}

static void
question_print(struct buf *out, const struct call *c, const struct acts *a)
{
	const char *keep = pop3_keep(c, a), *it = a->gone_for_good == 1 ? "it" : "them";
	size_t lost = never_back(c, a);
	bool both = str_equal(keep, "deleted");

	if (a->gone_for_good == 1)
		buf_str(out, "Delete this message");
	else
		buf_printf(out, "Delete %zu messages", a->gone_for_good);
	buf_str(out, both ? " here and on the server?" : " for good?");
	if (both)
		buf_printf(out, " Undo brings %s back here only.", it);
	else if (str_equal(keep, "all"))
		buf_printf(out, " The server keeps %s.", it);
	else if (keep != NULL && !str_equal(keep, "none"))
		buf_printf(out, " The server keeps %s for %s days in all.", it, keep);
	else if (lost > 0 && lost == a->gone_for_good)
		buf_printf(out, " Undo could not bring %s back.", it);
	else if (lost > 0)
		buf_printf(out, " Undo could not bring back %zu of them.", lost);
}

static void
planned(struct call *c, const struct error *err)
{
	struct acts *a = c->data;
	struct buf text = {0};

	if (err != NULL) {
		call_finish(c, err);
		return;
	}
	if (a->gone_for_good == 0 || a->plan.sure) {
		post_all(c);
		return;
	}
	question_print(&text, c, a);
	call_ask(c, &(struct question){ .kind = QUESTION_YES_NO,
		.text = buf_text(&text) }, confirmed);
	buf_done(&text);
}

enum command_result
acts_run(struct call *c, struct acts_plan *plan)
{
	struct acts *a = mem_new(struct acts);
	struct error err;

	a->engine = c->engine;
	a->plan = *plan;
	a->folder = str_dup(plan->folder);
	a->title = str_dup(plan->title);
	a->ids = c->target.ids;
	a->n = c->target.n;
	a->chosen_in = c->target.chosen_in;
	a->groups = ARRAY_OF(struct acts_group);
	a->losses = ARRAY_OF(struct acts_loss);
	c->data = a;
	c->free_data = acts_free;
	if (a->n > ACTS_HERE_MAX)
		return call_work(c, true, plan_all, a, planned);
	bool ok = plan_all(a, &err);
	planned(c, ok ? NULL : &err);
	return COMMAND_WAIT;
}

// --- single acts --------------------------------------------------------------------

static void
single_told(void *arg)
{
	struct act_told *t = arg;
	struct engine *e = t->call->engine;

	e->acts_open--;
	if (!t->failed && t->over != NULL)
		t->over(t->call, NULL, t->n, t->title);
	call_finish(t->call, t->failed ? &t->error : NULL);
	free(t->title);
	free(t);
	run_acts_over(e);
}

static void
single_over(struct call *c, const struct error *err, size_t n, const char *title)
{
	struct act_waiting *w = c->data;

	(void)err;
	if (w->said != NULL)
		w->said(c, n, title);
}

static void
single_done(void *arg, const struct error *err, size_t n, const char *title)
{
	struct act_waiting *w = arg;
	struct act_told *t = told_new(w->call, err, n, title);

	t->over = single_over;
	engine_post(w->engine, single_told, t);
}

struct act_reply
acts_reply(struct call *c, void (*said)(struct call *c, size_t n, const char *title))
{
	struct act_waiting *w = mem_new(struct act_waiting);

	w->call = c;
	w->engine = c->engine;
	w->said = said;
	c->engine->acts_open++;
	c->data = w;
	c->free_data = free;
	return (struct act_reply){ single_done, w };
}
