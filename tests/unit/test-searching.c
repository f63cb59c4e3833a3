// SPDX-License-Identifier: GPL-3.0-or-later
// A search that takes long lets others by.
#include "config.h"

#include "tests/unit/store-test.h"

#include <poll.h>
#include <stdlib.h>

#include "account/event.h"
#include "account/helpers.h"
#include "account/job.h"
#include "base/str.h"
#include "loop/cancel.h"

#define SOON_MS 60000

// The long one: waits for what a server has until it is told to end.
struct world {
	struct jobs *jobs;
	struct cancel *begun, *go;
};

static void
ask(void *arg, struct job_item *item, const struct search_lacking *lacking, size_t n)
{
	struct world *w = arg;
	struct pollfd fd = { cancel_fd(w->go), POLLIN, 0 };

	(void)lacking;
	(void)n;
	cancel_set(w->begun);
	while (!cancel_is_set(w->go))
		poll(&fd, 1, SOON_MS);
	jobs_reply(w->jobs, item);
}

static void
tick(void *arg)
{
	(void)arg;
}

// The number of the job that is replied to next.
static uint64_t
reply(struct queue *events)
{
	for (;;) {
		struct event *e = (struct event *)queue_wait(events, SOON_MS, NULL);

		assert_non_null(e);
		uint64_t job = e->kind == EVENT_REPLY ? e->job : 0;
		event_free(&e);
		if (job != 0)
			return job;
	}
}

static uint64_t
seek(struct world *w, struct searching *s, const char *text)
{
	struct job job = { .kind = JOB_SEARCH, .text = (char *)text };
	struct job_item *item = jobs_add(w->jobs, &job);
	uint64_t number = item->number;

	queue_post(searching_queue(s), &item->item);
	return number;
}

static void
test_others_go_by(void **state)
{
	struct store_test t = { 0 };
	struct batch b;
	struct queue *events = queue_new();
	struct world w = { jobs_new(events), cancel_new(), cancel_new() };

	(void)state;
	store_test_open(&t);
	batch_init(&b, t.inbox);
	batch_row(&b, 1, "hello", "a@x", NULL, EPOCH, "");
	batch_must(&t, &b);
	struct searching *s = searching_new(t.s, w.jobs, events, tick, ask, &w);

	searching_start(s);
	uint64_t slow = seek(&w, s, "body:hello");
	struct pollfd fd = { cancel_fd(w.begun), POLLIN, 0 };

	while (!cancel_is_set(w.begun))
		assert_int_equal(poll(&fd, 1, SOON_MS), 1);
	for (int i = 0; i < 3; i++) {
		uint64_t quick = seek(&w, s, "subject:hello");

		assert_int_equal(reply(events), quick);
	}
	cancel_set(w.go);
	assert_int_equal(reply(events), slow);
	searching_free(&s);
	jobs_free(&w.jobs);
	queue_free(&events, NULL);
	cancel_free(&w.begun);
	cancel_free(&w.go);
	store_test_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_others_go_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
