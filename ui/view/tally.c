// SPDX-License-Identifier: GPL-3.0-or-later
// Counts behind the screen, one query after another, by what is known of each
// message without its text.
#include "config.h"

#include "ui/view/tally.h"

#include <stdlib.h>
#include "account/event.h"
#include "base/str.h"
#include "base/when.h"
#include "engine.h"
#include "loop/loop.h"
#include "mail/query.h"

#define TALLY_REST_MS 1000     // between two of them, at least
#define TALLY_REST_TIMES 10    // and so many times as long as the last one took

struct tally_entry {
	char *query;
	bool texts;                // they would have to be read
	bool known, stale;
	uint32_t unread;
};

void
tally_init(struct tally *t, struct engine *e, void (*changed)(void *arg), void *arg)
{
	*t = (struct tally){ .engine = e, .entries = ARRAY_OF(struct tally_entry),
		.changed = changed, .arg = arg };
}

void
tally_done(struct tally *t)
{
	if (t->job)
		engine_job_cancel(t->engine, t->job);
	loop_remove_timer(&t->timer);
	for (size_t i = 0; i < t->entries.len; i++)
		free(((struct tally_entry *)array_at(&t->entries, i))->query);
	array_done(&t->entries);
}

static void tally_go(struct tally *t);

static void
tally_rested(void *arg)
{
	struct tally *t = arg;

	loop_remove_timer(&t->timer);
	tally_go(t);
}

static void
tally_rest(struct tally *t, int64_t ms)
{
	if (!t->timer)
		t->timer = loop_add_timer(t->engine->loop, ms, tally_rested, t);
}

static void
tally_found(void *arg, struct event *event)
{
	struct tally *t = arg;
	struct tally_entry *entry = array_at(&t->entries, t->at);

	// What a server finds has no text here; of these queries it is not asked.
	t->found += (uint32_t)event->n_ids;
	if (event->kind != EVENT_REPLY)
		return;
	t->job = 0;
	if (event->error.kind == ERROR_NONE) {
		entry->known = true;
		entry->unread = t->found;
		t->changed(t->arg);
	}
	tally_rest(t, TALLY_REST_MS + TALLY_REST_TIMES * (when_mono_ms() - t->began));
}

static void
tally_go(struct tally *t)
{
	if (t->job || t->timer || !t->engine->store)
		return;
	for (size_t i = 0; i < t->entries.len; i++) {
		struct tally_entry *entry = array_at(&t->entries, i);

		if (!entry->stale)
			continue;
		char *query = str_printf("(%s) is:unread", entry->query);

		entry->stale = false;
		t->at = i;
		t->found = 0;
		t->began = when_mono_ms();
		t->job = engine_search(t->engine, query, 0, ORDER_DATE, tally_found, t);
		free(query);
		return;
	}
}

void
tally_stale(struct tally *t)
{
	for (size_t i = 0; i < t->entries.len; i++) {
		struct tally_entry *entry = array_at(&t->entries, i);

		entry->stale = !entry->texts;
	}
	// Not at once: the rest of what changed may be on its way.
	if (t->entries.len > 0 && !t->job)
		tally_rest(t, TALLY_REST_MS);
}

bool
tally_unread(struct tally *t, const char *query, uint32_t *unread_r)
{
	struct query *parsed = NULL;
	struct tally_entry *entry;

	for (size_t i = 0; i < t->entries.len; i++) {
		entry = array_at(&t->entries, i);
		if (str_equal(entry->query, query)) {
			*unread_r = entry->unread;
			return entry->known;
		}
	}
	bool ok = query_parse(&parsed, query, when_now(), NULL);

	entry = array_push(&t->entries);
	entry->query = str_dup(query);
	entry->texts = !ok || query_wants_body(parsed);
	entry->stale = !entry->texts;
	query_free(&parsed);
	if (entry->stale)
		tally_rest(t, 0);
	return false;
}
