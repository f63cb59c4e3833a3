// SPDX-License-Identifier: GPL-3.0-or-later
// Events on their way to a front end: what is already said is not said twice,
// so that a screen that was busy has one thing to look at, not a thousand.
#include "config.h"

#include "account/event.h"

#include "base/mem.h"
#include "mail/document.h"

#include <stdlib.h>

// How an event treats one that waits already.
enum merge {
	MERGE_NEVER,
	MERGE_SAME,     // the same account, folder and message: one is enough
	MERGE_LATEST,   // the newer one takes the place of the older
};

static const struct {
	const char *name;
	enum merge merge;
} kinds[] = {
	[EVENT_FOLDERS] = { "folders-changed", MERGE_SAME },
	[EVENT_COUNTS] = { "counts-changed", MERGE_SAME },
	[EVENT_MESSAGES] = { "messages-changed", MERGE_SAME },
	[EVENT_MESSAGE] = { "message-changed", MERGE_SAME },
	[EVENT_BODY] = { "body-arrived", MERGE_SAME },
	[EVENT_PENDING] = { "pending-changed", MERGE_SAME },
	[EVENT_OUTBOX] = { "outbox-changed", MERGE_SAME },
	[EVENT_RESET] = { "cache-reset", MERGE_SAME },
	[EVENT_ARRIVED] = { "messages-arrived", MERGE_NEVER },
	[EVENT_ACCOUNT] = { "account-changed", MERGE_LATEST },
	[EVENT_NOTICE] = { "notice-given", MERGE_NEVER },
	[EVENT_REPLY] = { "job-finished", MERGE_NEVER },
	[EVENT_FOUND] = { "messages-found", MERGE_NEVER },
};

struct event *
event_new(enum event_kind kind)
{
	struct event *e = mem_new(struct event);

	e->kind = kind;
	return e;
}

void
event_free(struct event **e)
{
	if (*e == NULL)
		return;
	free((*e)->text);
	free((*e)->status);
	document_free(&(*e)->document);
	free((*e)->ids);
	free(*e);
	*e = NULL;
}

// A folder that is to be looked at anew covers each of its messages.
static bool
event_covers(const struct event *waiting, const struct event *e)
{
	if (waiting->account != e->account || waiting->folder != e->folder)
		return false;
	if (waiting->kind == EVENT_MESSAGES && e->kind == EVENT_MESSAGE)
		return true;
	return waiting->kind == e->kind && waiting->id == e->id;
}

static bool
event_merge(struct queue_item *item, void *arg)
{
	struct event *waiting = (struct event *)item;
	struct event *e = arg;

	if (kinds[e->kind].merge == MERGE_SAME)
		return event_covers(waiting, e);
	if (waiting->kind != e->kind || waiting->account != e->account)
		return false;
	struct account_status *older = waiting->status;
	waiting->status = e->status;
	e->status = older;
	return true;
}

// So many single rows are no longer told one by one: the walk that looks for an
// equal one would become longer than the repaint.
#define EVENT_SINGLE_MAX 100

void
event_post(struct queue *q, struct event *e)
{
	if (e->kind == EVENT_MESSAGE && queue_len(q) > EVENT_SINGLE_MAX) {
		e->kind = EVENT_MESSAGES;
		e->id = 0;
	}
	if (kinds[e->kind].merge != MERGE_NEVER &&
	    queue_merge(q, event_merge, e)) {
		event_free(&e);
		return;
	}
	queue_post(q, &e->item);
}

const char *
event_kind_name(enum event_kind kind)
{
	return kinds[kind].name;
}
