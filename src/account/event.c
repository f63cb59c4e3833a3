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

static const enum merge merges[] = {
	[EVENT_FOLDERS] = MERGE_SAME,
	[EVENT_COUNTS] = MERGE_SAME,
	[EVENT_MESSAGES] = MERGE_SAME,
	[EVENT_MESSAGE] = MERGE_SAME,
	[EVENT_BODY] = MERGE_SAME,
	[EVENT_PENDING] = MERGE_SAME,
	[EVENT_OUTBOX] = MERGE_SAME,
	[EVENT_RESET] = MERGE_SAME,
	[EVENT_ARRIVED] = MERGE_NEVER,
	[EVENT_ACCOUNT] = MERGE_LATEST,
	[EVENT_NOTICE] = MERGE_NEVER,
	[EVENT_REPLY] = MERGE_NEVER,
	[EVENT_FOUND] = MERGE_NEVER,
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

	if (merges[e->kind] == MERGE_SAME)
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
	if (merges[e->kind] != MERGE_NEVER &&
	    queue_merge(q, event_merge, e)) {
		event_free(&e);
		return;
	}
	queue_post(q, &e->item);
}
