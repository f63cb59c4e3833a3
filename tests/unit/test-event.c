// SPDX-License-Identifier: GPL-3.0-or-later
// A front end that was busy finds one event for each thing that changed.
#include "config.h"

#include "tests/unit/test.h"

#include "account/event.h"
#include "base/mem.h"

static void
post(struct queue *q, enum event_kind kind, uint32_t account, uint32_t folder,
	uint64_t id)
{
	struct event *e = event_new(kind);

	e->account = account;
	e->folder = folder;
	e->id = id;
	event_post(q, e);
}

static void
free_item(struct queue_item *item)
{
	struct event *e = (struct event *)item;

	event_free(&e);
}

static const struct {
	const char *what;
	struct { enum event_kind kind; uint32_t account, folder; uint64_t id; } two[2];
	size_t left;
} merges[] = {
	{ "the same folder list", {{ EVENT_FOLDERS, 1, 0, 0 }, { EVENT_FOLDERS, 1, 0, 0 }}, 1 },
	{ "of two accounts", {{ EVENT_FOLDERS, 1, 0, 0 }, { EVENT_FOLDERS, 2, 0, 0 }}, 2 },
	{ "the same rows", {{ EVENT_MESSAGES, 1, 7, 0 }, { EVENT_MESSAGES, 1, 7, 0 }}, 1 },
	{ "rows of two folders", {{ EVENT_MESSAGES, 1, 7, 0 }, { EVENT_MESSAGES, 1, 8, 0 }}, 2 },
	{ "one row twice", {{ EVENT_MESSAGE, 1, 7, 9 }, { EVENT_MESSAGE, 1, 7, 9 }}, 1 },
	{ "two rows", {{ EVENT_MESSAGE, 1, 7, 9 }, { EVENT_MESSAGE, 1, 7, 10 }}, 2 },
	{ "a row after its folder", {{ EVENT_MESSAGES, 1, 7, 0 }, { EVENT_MESSAGE, 1, 7, 9 }}, 1 },
	{ "a folder after its row", {{ EVENT_MESSAGE, 1, 7, 9 }, { EVENT_MESSAGES, 1, 7, 0 }}, 2 },
	{ "counts and rows", {{ EVENT_COUNTS, 1, 7, 0 }, { EVENT_MESSAGES, 1, 7, 0 }}, 2 },
	{ "two arrivals", {{ EVENT_ARRIVED, 1, 7, 9 }, { EVENT_ARRIVED, 1, 7, 9 }}, 2 },
	{ "two replies", {{ EVENT_REPLY, 1, 0, 0 }, { EVENT_REPLY, 1, 0, 0 }}, 2 },
	{ "two notices", {{ EVENT_NOTICE, 1, 0, 0 }, { EVENT_NOTICE, 1, 0, 0 }}, 2 },
};

static void
test_merge(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(merges); i++) {
		struct queue *q = queue_new();
		for (int j = 0; j < 2; j++)
			post(q, merges[i].two[j].kind, merges[i].two[j].account,
				merges[i].two[j].folder, merges[i].two[j].id);
		if (queue_len(q) != merges[i].left)
			fail_msg("%s: %zu events", merges[i].what, queue_len(q));
		queue_free(&q, free_item);
	}
}

static void
test_latest_status(void **state)
{
	struct queue *q = queue_new();

	(void)state;
	for (uint32_t done = 1; done <= 3; done++) {
		struct event *e = event_new(EVENT_ACCOUNT);
		e->account = 1;
		e->status = mem_new(struct account_status);
		e->status->done = done;
		event_post(q, e);
	}
	assert_int_equal(queue_len(q), 1);
	struct event *e = (struct event *)queue_take(q);
	assert_int_equal(e->status->done, 3);
	event_free(&e);
	queue_free(&q, free_item);
}

// A thousand rows are not a thousand events.
static void
test_many_rows(void **state)
{
	struct queue *q = queue_new();

	(void)state;
	for (uint64_t id = 1; id <= 5000; id++)
		post(q, EVENT_MESSAGE, 1, 7, id);
	assert_in_range(queue_len(q), 1, 200);
	queue_free(&q, free_item);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_latest_status),
		cmocka_unit_test(test_many_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
