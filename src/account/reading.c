// SPDX-License-Identifier: GPL-3.0-or-later
// JOB_READ: what the store has of a message goes to the helper process; what it
// lacks is fetched first, by another worker, so that no other message waits.
#include "config.h"

#include "account/helpers.h"

#include "account/job.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/cancel.h"
#include "loop/queue.h"
#include "loop/worker.h"
#include "mail/document.h"
#include "mail/message.h"
#include "mail/part.h"
#include "mail/read.h"
#include "reader/reader.h"
#include "store/bodies.h"
#include "store/messages.h"

#include <stdlib.h>

// Of a raw message; what lies behind is not read.
#define READING_RAW_MAX (128 * 1024 * 1024)
#define READING_PIECE (1024 * 1024)

struct reading {
	struct store *store;
	struct jobs *jobs;
	struct reader_helper *helper;
	bool (*fetch)(void *arg, struct job_item *item);
	void *arg;
	struct queue *inbox;
	struct cancel *cancel;
	struct worker *worker;
};

// All that a read_input lends from.
struct gathered {
	struct read_input in;
	struct buf raw, header;
	struct array bodies;      // struct read_body
	struct array texts;       // struct buf
	struct part *root;
};

static void
gathered_done(struct gathered *g)
{
	for (size_t i = 0; i < g->texts.len; i++)
		buf_done(array_at(&g->texts, i));
	array_done(&g->texts);
	array_done(&g->bodies);
	buf_done(&g->raw);
	buf_done(&g->header);
	part_free(&g->root);
}

static bool
gather_raw(struct reading *r, uint64_t id, struct gathered *g)
{
	struct error unsaid = {0};
	uint64_t have = 0;
	bool complete = false;

	if (!store_raw_state(r->store, id, &have, &complete) || !complete)
		return false;
	if (have > READING_RAW_MAX)
		have = READING_RAW_MAX;
	while (g->raw.len < have) {
		uint64_t left = have - g->raw.len;
		size_t want = left < READING_PIECE ? (size_t)left : READING_PIECE;
		if (!store_raw_read(r->store, id, g->raw.len, want, &g->raw,
				&unsaid))
			return false;
	}
	g->in.raw = buf_text(&g->raw);
	g->in.raw_len = g->raw.len;
	return true;
}

static bool
gather_body(struct reading *r, uint64_t id, const char *section,
	struct gathered *g)
{
	struct buf text = {0};

	if (!store_part_read(r->store, id, section, &text)) {
		buf_done(&text);
		return false;
	}
	*(struct buf *)array_push(&g->texts) = text;
	struct read_body *b = array_push(&g->bodies);
	b->section = section;
	b->data = buf_text(&text);
	b->len = text.len;
	return true;
}

static void
gather_end(struct gathered *g)
{
	g->in.header = buf_text(&g->header);
	g->in.header_len = g->header.len;
	g->in.root = g->root;
	g->in.bodies = g->bodies.items;
	g->in.n_bodies = g->bodies.len;
}

// An attached message is read from its own body.
static bool
gather_within(struct reading *r, uint64_t id, struct gathered *g, bool *whole_r)
{
	g->root = store_structure(r->store, id);
	*whole_r = g->root != NULL && gather_body(r, id, g->in.within, g);
	gather_end(g);
	return g->root != NULL;
}

// *whole_r: nothing that would be shown is missing.
static bool
gather_parts(struct reading *r, uint64_t id, struct gathered *g, bool *whole_r)
{
	struct part **shown = NULL;
	size_t n = 0;

	*whole_r = false;
	g->root = store_structure(r->store, id);
	if (g->root == NULL ||
	    !store_part_read(r->store, id, "HEADER", &g->header))
		return false;
	part_shown(g->root, g->in.prefer_html, &shown, &n);
	*whole_r = true;
	for (size_t i = 0; i < n; i++)
		*whole_r &= gather_body(r, id, shown[i]->section, g);
	free(shown);
	gather_end(g);
	return true;
}

// What could not be read still says whose it is.
static void
envelope_fill(struct reading *r, uint64_t id, struct document *d)
{
	struct message m;

	if (d->root != NULL || d->envelope.from.len > 0 ||
	    d->envelope.subject != NULL || !store_message(r->store, id, &m))
		return;
	envelope_done(&d->envelope);
	envelope_copy(&d->envelope, &m.envelope);
	message_done(&m);
}

static void
read_gathered(struct reading *r, struct job_item *item, struct gathered *g)
{
	struct document *d = NULL;
	struct error err = {0};

	if (reader_helper_read(r->helper, &g->in, READER_DEADLINE_MS, r->cancel,
			&d, &err))
		envelope_fill(r, item->job.id, d);
	else
		job_fail(item, &err);
	jobs_run(r->jobs, item, NULL);
	jobs_reply_document(r->jobs, item, d);
}

static void
read_job(struct reading *r, struct job_item *item)
{
	struct gathered g = {
		.bodies = ARRAY_OF(struct read_body),
		.texts = ARRAY_OF(struct buf),
	};
	bool whole = false, some = true;

	g.in.prefer_html = item->job.flag;
	g.in.within = item->job.text;
	if (gather_raw(r, item->job.id, &g))
		whole = true;
	else if (!str_empty(g.in.within))
		some = gather_within(r, item->job.id, &g, &whole);
	else
		some = gather_parts(r, item->job.id, &g, &whole);
	if (!whole && item->stage == JOB_NEW) {
		jobs_run(r->jobs, item, NULL);
		if (!r->fetch(r->arg, item)) {
			struct error err;
			error_set(&err, ERROR_GONE,
				"the message is no longer there");
			job_fail(item, &err);
			jobs_reply(r->jobs, item);
		}
	} else if (item->error.kind != ERROR_NONE || !some) {
		if (item->error.kind == ERROR_NONE)
			error_set(&item->error, ERROR_GONE,
				"the message is not here");
		jobs_reply(r->jobs, item);
	} else {
		read_gathered(r, item, &g);
	}
	gathered_done(&g);
}

static void
reading_run(struct worker *w, void *arg)
{
	struct reading *r = arg;

	while (!worker_stopping(w)) {
		struct queue_item *item = queue_wait(r->inbox, -1,
			worker_stop_cancel(w));
		if (item == NULL)
			continue;
		if (jobs_run(r->jobs, (struct job_item *)item, r->cancel))
			read_job(r, (struct job_item *)item);
		else
			jobs_reply(r->jobs, (struct job_item *)item);
		if (cancel_is_set(r->cancel) && !worker_stopping(w))
			cancel_reset(r->cancel);
	}
}

struct reading *
reading_new(struct store *store, struct jobs *jobs,
	const char *const helper_argv[],
	bool (*fetch)(void *arg, struct job_item *item), void *arg)
{
	struct reading *r = mem_new(struct reading);

	r->store = store;
	r->jobs = jobs;
	r->helper = reader_helper_new(helper_argv);
	r->fetch = fetch;
	r->arg = arg;
	r->inbox = queue_new();
	r->cancel = cancel_new();
	return r;
}

void
reading_start(struct reading *r)
{
	r->worker = worker_start("reading", reading_run, r);
}

struct queue *
reading_queue(struct reading *r)
{
	return r->inbox;
}

void
reading_ask_stop(struct reading *r)
{
	if (r->worker != NULL)
		worker_ask_stop(r->worker);
	cancel_set(r->cancel);
}

// Jobs that nobody will do any more.
static void
drop_jobs(struct jobs *jobs, struct queue *inbox)
{
	struct queue_item *item;

	while ((item = queue_take(inbox)) != NULL) {
		atomic_store(&((struct job_item *)item)->cancelled, true);
		jobs_reply(jobs, (struct job_item *)item);
	}
}

void
reading_free(struct reading **r)
{
	if (*r == NULL)
		return;
	reading_ask_stop(*r);
	worker_stop(&(*r)->worker, NULL);
	drop_jobs((*r)->jobs, (*r)->inbox);
	queue_free(&(*r)->inbox, NULL);
	cancel_free(&(*r)->cancel);
	reader_helper_free(&(*r)->helper);
	free(*r);
	*r = NULL;
}
