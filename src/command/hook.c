// SPDX-License-Identifier: GPL-3.0-or-later
// Turns what the engine is told into the events that people hook commands to.
#include "config.h"

#include "command/hook.h"

#include "account/event.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "command/answer.h"
#include "command/run.h"
#include "engine.h"
#include "loop/loop.h"
#include "mail/address.h"
#include "mail/message.h"
#include "store/folders.h"
#include "store/messages.h"
#include "store/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOOK_GATHER_MS 300

const struct hook_event hook_events[] = {
	{ "account-offline", "account reason", false,
		"an account lost its server" },
	{ "account-online", "account", false,
		"an account reached its server" },
	{ "message-sent", "account subject", false,
		"a message was taken by the server" },
	{ "messages-arrived", "account folder count subject from", true,
		"new messages came; subject and from are those of the newest" },
	{ "postern-started", "", false,
		"the program has started" },
	{ "send-failed", "account subject reason", false,
		"a message was refused; it waits in the outbox" },
	{ "sync-finished", "account", false,
		"an account has fetched all that it should" },
	{ NULL },
};

const struct hook_event *
hook_event_find(const char *name)
{
	for (const struct hook_event *e = hook_events; e->name != NULL; e++) {
		if (str_equal(e->name, name))
			return e;
	}
	return NULL;
}

struct hook {
	const struct hook_event *event;
	char *block, *where;
	int line;
};

// New messages of one folder.
struct arrival {
	uint32_t account, folder;
	struct array ids;         // uint64_t
};

struct seen_state {
	uint32_t account;
	enum account_state state;
};

struct hooks {
	struct engine *engine;
	struct array all;          // struct hook
	struct array arrivals;     // struct arrival
	struct array states;       // struct seen_state
	struct array sends;        // struct send: as they were at the last look
	struct loop_timer *timer;
};

struct hooks *
hooks_new(struct engine *e)
{
	struct hooks *h = mem_new(struct hooks);

	h->engine = e;
	h->all = ARRAY_OF(struct hook);
	h->arrivals = ARRAY_OF(struct arrival);
	h->states = ARRAY_OF(struct seen_state);
	h->sends = ARRAY_OF(struct send);
	return h;
}

static void
hook_done(struct hook *k)
{
	free(k->block);
	free(k->where);
}

static void
sends_clear(struct array *sends)
{
	for (size_t i = 0; i < sends->len; i++)
		send_done(array_at(sends, i));
	array_clear(sends);
}

static void
arrivals_clear(struct array *arrivals)
{
	for (size_t i = 0; i < arrivals->len; i++)
		array_done(&((struct arrival *)array_at(arrivals, i))->ids);
	array_clear(arrivals);
}

void
hooks_free(struct hooks **h)
{
	if (*h == NULL)
		return;
	for (size_t i = 0; i < (*h)->all.len; i++)
		hook_done(array_at(&(*h)->all, i));
	array_done(&(*h)->all);
	arrivals_clear(&(*h)->arrivals);
	array_done(&(*h)->arrivals);
	array_done(&(*h)->states);
	sends_clear(&(*h)->sends);
	array_done(&(*h)->sends);
	if ((*h)->timer != NULL)
		loop_remove_timer(&(*h)->timer);
	free(*h);
	*h = NULL;
}

bool
hooks_add(struct hooks *h, const char *event, const char *block,
	const char *where, int line, struct error *err)
{
	const struct hook_event *row = hook_event_find(event);

	if (row == NULL)
		return error_set(err, ERROR_INPUT,
			"there is no event \"%s\" (see: manual events)", event);
	struct hook *k = array_push(&h->all);
	k->event = row;
	k->block = str_dup(block);
	k->where = str_dup(where);
	k->line = line;
	return true;
}

void
hooks_remove(struct hooks *h, const char *event)
{
	for (size_t i = h->all.len; i > 0; i--) {
		struct hook *k = array_at(&h->all, i - 1);

		if (str_equal(k->event->name, event)) {
			hook_done(k);
			array_remove(&h->all, i - 1);
		}
	}
}

bool
hooks_wanted(const struct hooks *h, const char *event)
{
	for (size_t i = 0; i < h->all.len; i++) {
		const struct hook *k = array_at(&h->all, i);

		if (str_equal(k->event->name, event))
			return true;
	}
	return false;
}

// A hook's mistake is news for every front end: none of them gave the command.
static void
hook_ended(void *arg, const struct error *err)
{
	struct engine *e = arg;

	if (err == NULL || err->kind == ERROR_CANCELLED)
		return;
	struct event *event = event_new(EVENT_NOTICE);
	event->error = *err;
	event->text = str_dup(err->text);
	engine_tell(e, event);
	event_free(&event);
}

void
hooks_fire(struct hooks *h, const char *event, struct run_values *values,
	const uint64_t *ids, size_t n)
{
	const struct hook_event *row = hook_event_find(event);
	size_t count = h->all.len; // one that a hook adds waits for the next time

	for (size_t i = 0; i < count && i < h->all.len; i++) {
		const struct hook *k = array_at(&h->all, i);

		if (k->event != row)
			continue;
		run_start(h->engine, &(struct run_plan){
			.front = &h->engine->nobody, .text = k->block,
			.where = k->where, .line = k->line, .values = values,
			.ids = ids, .n_ids = n, .has_ids = row->messages,
			.done = hook_ended, .arg = h->engine,
		});
	}
}

static struct run_values *
values_for(struct hooks *h, uint32_t account)
{
	struct run_values *v = run_values_new();

	run_values_add(v, "account", engine_account_name(h->engine, account));
	return v;
}

// --- messages-arrived ---------------------------------------------------------------

static void
fire_arrival(struct hooks *h, const struct arrival *a)
{
	struct engine *e = h->engine;
	struct run_values *v = values_for(h, a->account);
	const uint64_t *newest = array_at(&a->ids, a->ids.len - 1);
	struct message m = {0};
	struct folder folder = {0};
	char count[24];

	snprintf(count, sizeof(count), "%zu", a->ids.len);
	run_values_add(v, "count", count);
	if (e->store != NULL && store_folder(e->store, a->folder, &folder))
		run_values_add(v, "folder", folder.name);
	if (e->store != NULL && store_message(e->store, *newest, &m)) {
		run_values_add(v, "subject", m.envelope.subject);
		run_values_add(v, "from", m.envelope.from.len > 0 ?
			address_short(&m.envelope.from.items[0]) : "");
	}
	hooks_fire(h, "messages-arrived", v, a->ids.items, a->ids.len);
	message_done(&m);
	folder_done(&folder);
	run_values_drop(&v);
}

void
hooks_flush(struct hooks *h)
{
	struct array arrivals = h->arrivals;

	if (h->timer != NULL)
		loop_remove_timer(&h->timer);
	h->arrivals = ARRAY_OF(struct arrival);
	for (size_t i = 0; i < arrivals.len; i++)
		fire_arrival(h, array_at(&arrivals, i));
	arrivals_clear(&arrivals);
	array_done(&arrivals);
}

static void
gathered(void *arg)
{
	hooks_flush(arg);
}

static void
gather(struct hooks *h, const struct event *event)
{
	struct arrival *a = NULL;

	for (size_t i = 0; i < h->arrivals.len; i++) {
		struct arrival *one = array_at(&h->arrivals, i);

		if (one->account == event->account && one->folder == event->folder)
			a = one;
	}
	if (a == NULL) {
		a = array_push(&h->arrivals);
		a->account = event->account;
		a->folder = event->folder;
		a->ids = ARRAY_OF(uint64_t);
	}
	*(uint64_t *)array_push(&a->ids) = event->id;
	if (h->timer == NULL)
		h->timer = loop_add_timer(h->engine->loop, HOOK_GATHER_MS,
			gathered, h);
}

// --- how accounts stand ----------------------------------------------------------------

static void
fire_account(struct hooks *h, const char *name, uint32_t account,
	const char *reason)
{
	struct run_values *v = values_for(h, account);

	run_values_add(v, "reason", reason);
	hooks_fire(h, name, v, NULL, 0);
	run_values_drop(&v);
}

static struct seen_state *
state_of(struct hooks *h, uint32_t account)
{
	for (size_t i = 0; i < h->states.len; i++) {
		struct seen_state *s = array_at(&h->states, i);

		if (s->account == account)
			return s;
	}
	struct seen_state *s = array_push(&h->states);
	s->account = account;
	s->state = ACCOUNT_CONNECTING;
	return s;
}

static void
status_changed(struct hooks *h, uint32_t account,
	const struct account_status *status)
{
	struct seen_state *s = state_of(h, account);
	enum account_state before = s->state, now = status->state;
	bool was_off = before == ACCOUNT_OFFLINE || before == ACCOUNT_CONNECTING;
	bool is_on = now == ACCOUNT_IDLE || now == ACCOUNT_SYNCING ||
		now == ACCOUNT_PLAYING || now == ACCOUNT_SENDING;

	s->state = now;
	if (now == ACCOUNT_OFFLINE && before != ACCOUNT_OFFLINE &&
		before != ACCOUNT_CONNECTING)
		fire_account(h, "account-offline", account, status->error);
	if (was_off && is_on)
		fire_account(h, "account-online", account, "");
	if (before == ACCOUNT_SYNCING && now == ACCOUNT_IDLE)
		fire_account(h, "sync-finished", account, "");
}

// --- the outbox ---------------------------------------------------------------------------

static void
fire_send(struct hooks *h, const char *name, const struct send *s)
{
	struct run_values *v = values_for(h, s->account);

	run_values_add(v, "subject", s->subject);
	run_values_add(v, "reason", s->error);
	hooks_fire(h, name, v, NULL, 0);
	run_values_drop(&v);
}

static const struct send *
send_by_seq(const struct send *sends, size_t n, uint64_t seq)
{
	for (size_t i = 0; i < n; i++) {
		if (sends[i].seq == seq)
			return &sends[i];
	}
	return NULL;
}

static void
outbox_changed(struct hooks *h)
{
	struct send *now = NULL;
	struct array before = h->sends;

	if (h->engine->store == NULL)
		return;
	size_t n = store_sends(h->engine->store, 0, &now);
	h->sends = ARRAY_OF(struct send);
	for (size_t i = 0; i < n; i++)
		*(struct send *)array_push(&h->sends) = now[i];
	for (size_t i = 0; i < before.len; i++) {
		const struct send *old = array_at(&before, i);
		const struct send *new = send_by_seq(now, n, old->seq);

		// One that had failed was taken back or dropped.
		if (old->state != SEND_SENT && (new == NULL ?
			old->state != SEND_FAILED : new->state == SEND_SENT))
			fire_send(h, "message-sent", old);
		else if (new != NULL && new->state == SEND_FAILED &&
			old->state != SEND_FAILED)
			fire_send(h, "send-failed", new);
	}
	free(now);
	sends_clear(&before);
	array_done(&before);
}

void
hooks_event(struct hooks *h, const struct event *event)
{
	switch (event->kind) {
	case EVENT_ARRIVED:
		if (hooks_wanted(h, "messages-arrived"))
			gather(h, event);
		break;
	case EVENT_ACCOUNT:
		if (event->status != NULL)
			status_changed(h, event->account, event->status);
		break;
	case EVENT_OUTBOX:
		if (hooks_wanted(h, "message-sent") || hooks_wanted(h, "send-failed"))
			outbox_changed(h);
		break;
	default:
		break;
	}
}
