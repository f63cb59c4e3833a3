// SPDX-License-Identifier: GPL-3.0-or-later
// How threads speak to each other: queues, cancels and workers. Also run under
// ThreadSanitizer.
#include "config.h"

#include "tests/unit/test.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/when.h"
#include "loop/cancel.h"
#include "loop/queue.h"
#include "loop/worker.h"

struct note {
	struct queue_item item;
	int from;
	int number;
};

static struct queue_item *
note_new(int priority, int from, int number)
{
	struct note *n = mem_new(struct note);

	*n = (struct note){ { NULL, priority }, from, number };
	return &n->item;
}

static void
note_free(struct queue_item *item)
{
	free(item);
}

static bool
readable(int fd)
{
	return poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 0) == 1;
}

static void
test_order(void **state)
{
	(void)state;
	static const int priorities[] = { 5, 5, 1, 9, 5, 1, 0, 9, 7 };
	static const int order[] = { 6, 2, 5, 0, 1, 4, 8, 3, 7 };
	struct queue *q = queue_new();

	assert_null(queue_take(q));
	assert_false(readable(queue_fd(q)));
	for (size_t i = 0; i < COUNT_OF(priorities); i++)
		queue_post(q, note_new(priorities[i], 0, (int)i));
	assert_int_equal(queue_len(q), COUNT_OF(priorities));
	for (size_t i = 0; i < COUNT_OF(order); i++) {
		assert_true(readable(queue_fd(q)));
		struct queue_item *item = queue_take(q);
		assert_int_equal(((struct note *)item)->number, order[i]);
		assert_null(item->next);
		note_free(item);
	}
	assert_null(queue_take(q));
	assert_false(readable(queue_fd(q)));
	// It goes on after having been empty, and what is left is freed.
	queue_post(q, note_new(0, 0, 1));
	queue_post(q, note_new(0, 0, 2));
	assert_true(readable(queue_fd(q)));
	queue_free(&q, note_free);
	assert_null(q);
	queue_free(&q, note_free);
}

static bool
merge_number(struct queue_item *item, void *arg)
{
	struct note *n = (struct note *)item, *other = arg;

	if (n->from != other->from)
		return false;
	n->number += other->number;
	return true;
}

static void
test_merge(void **state)
{
	(void)state;
	struct queue *q = queue_new();
	struct note more = { .from = 2, .number = 10 };

	assert_false(queue_merge(q, merge_number, &more));
	for (int from = 1; from <= 3; from++)
		queue_post(q, note_new(0, from, from));
	queue_post(q, note_new(0, 2, 100));
	assert_true(queue_merge(q, merge_number, &more));
	more.from = 9;
	assert_false(queue_merge(q, merge_number, &more));
	static const int numbers[] = { 1, 12, 3, 100 };
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		struct queue_item *item = queue_take(q);
		assert_int_equal(((struct note *)item)->number, numbers[i]);
		note_free(item);
	}
	queue_free(&q, NULL);
}

static void
test_wait(void **state)
{
	(void)state;
	struct queue *q = queue_new();
	struct cancel *c = cancel_new();
	int64_t begin = when_mono_ms();

	assert_null(queue_wait(q, 0, NULL));
	assert_null(queue_wait(q, 3, c));
	assert_true(when_mono_ms() - begin >= 3);
	cancel_set(c);
	assert_null(queue_wait(q, -1, c));
	// Told to stop, it takes nothing more.
	queue_post(q, note_new(0, 0, 0));
	assert_null(queue_wait(q, -1, c));
	cancel_reset(c);
	struct queue_item *item = queue_wait(q, -1, c);
	assert_non_null(item);
	note_free(item);
	cancel_free(&c);
	queue_free(&q, NULL);
}

static void
test_cancel(void **state)
{
	(void)state;
	struct cancel *c = cancel_new();

	assert_false(cancel_is_set(NULL));
	assert_int_equal(cancel_fd(NULL), -1);
	for (int round = 0; round < 2; round++) {
		assert_false(cancel_is_set(c));
		assert_false(readable(cancel_fd(c)));
		cancel_set(c);
		cancel_set(c);
		assert_true(cancel_is_set(c));
		assert_true(readable(cancel_fd(c)));
		cancel_reset(c);
		cancel_reset(c);
	}
	cancel_free(&c);
	assert_null(c);
	cancel_free(&c);
}

static void *
set_it(void *arg)
{
	cancel_set(arg);
	return NULL;
}

// Who sees it set may free it at once: the one that sets it is done with it.
static void
test_cancel_freed_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < 500; i++) {
		struct cancel *c = cancel_new();
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, set_it, c), 0);
		while (!cancel_is_set(c)) {
			struct pollfd fd = { cancel_fd(c), POLLIN, 0 };
			poll(&fd, 1, -1);
		}
		cancel_free(&c);
		pthread_join(thread, NULL);
	}
}

// Flag and descriptor agree, however a setter and a resetter meet.
static void *
set_often(void *arg)
{
	for (int i = 0; i < 2000; i++)
		cancel_set(arg);
	return NULL;
}

static void
test_cancel_race(void **state)
{
	(void)state;
	struct cancel *c = cancel_new();
	pthread_t setter;

	assert_int_equal(pthread_create(&setter, NULL, set_often, c), 0);
	for (int i = 0; i < 2000; i++)
		cancel_reset(c);
	pthread_join(setter, NULL);
	assert_int_equal(cancel_is_set(c), readable(cancel_fd(c)));
	cancel_reset(c);
	assert_false(readable(cancel_fd(c)));
	cancel_free(&c);
}

enum { WRITERS = 4, NOTES = 3000 };

struct writer {
	struct queue *to;
	int from;
};

static void
write_notes(struct worker *w, void *arg)
{
	struct writer *writer = arg;

	for (int i = 0; i < NOTES && !worker_stopping(w); i++)
		queue_post(writer->to, note_new(i % 3, writer->from, i));
}

// From several threads: each note once, and those of one writer and priority
// in their order.
static void
test_many_writers(void **state)
{
	(void)state;
	struct queue *q = queue_new();
	struct writer writers[WRITERS];
	struct worker *workers[WRITERS];
	int last[WRITERS][3];

	memset(last, -1, sizeof(last));
	for (int i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){ q, i };
		workers[i] = worker_start("writer", write_notes, &writers[i]);
	}
	for (int got = 0; got < WRITERS * NOTES; got++) {
		struct queue_item *item = queue_wait(q, -1, NULL);
		struct note *n = (struct note *)item;
		assert_true(n->number > last[n->from][item->priority]);
		last[n->from][item->priority] = n->number;
		note_free(item);
	}
	assert_null(queue_take(q));
	for (int i = 0; i < WRITERS; i++) {
		assert_int_equal(last[i][2], NOTES - 1);
		worker_stop(&workers[i], NULL);
	}
	queue_free(&q, NULL);
}

// Answers each note until it is told to stop.
static void
answer(struct worker *w, void *arg)
{
	struct queue *back = arg;
	struct queue_item *item;

	while ((item = queue_wait(worker_inbox(w), -1, worker_stop_cancel(w))) !=
	       NULL) {
		((struct note *)item)->number *= 2;
		queue_post(back, item);
	}
	assert_true(worker_stopping(w));
}

static void
test_worker(void **state)
{
	(void)state;
	struct queue *back = queue_new();
	struct worker *w = worker_start("answerer", answer, back);
	struct worker *other = worker_start("other", answer, back);

	for (int i = 0; i < 100; i++) {
		queue_post(worker_inbox(w), note_new(0, 0, i));
		struct queue_item *item = queue_wait(back, -1, NULL);
		assert_int_equal(((struct note *)item)->number, 2 * i);
		note_free(item);
	}
	worker_ask_stop(w);
	worker_ask_stop(other);
	assert_true(worker_stopping(w));
	worker_stop(&w, note_free);
	assert_null(w);
	worker_stop(&w, note_free);
	worker_stop(&other, note_free);
	queue_free(&back, note_free);
}

static void
only_wait(struct worker *w, void *arg)
{
	sigset_t *mask = arg;

	pthread_sigmask(SIG_SETMASK, NULL, mask);
	poll(&(struct pollfd){ .fd = cancel_fd(worker_stop_cancel(w)),
		.events = POLLIN }, 1, -1);
}

// Signals go to the thread that waits for them; the starter's mask stays.
static void
test_worker_signals(void **state)
{
	(void)state;
	sigset_t before, after, within;

	sigemptyset(&within);
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	struct worker *w = worker_start("waiter", only_wait, &within);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	queue_post(worker_inbox(w), note_new(0, 0, 0));
	worker_stop(&w, note_free);
	assert_true(sigismember(&within, SIGINT));
	assert_true(sigismember(&within, SIGWINCH));
	assert_false(sigismember(&within, SIGSEGV));
	assert_int_equal(sigismember(&before, SIGINT),
		sigismember(&after, SIGINT));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_cancel_freed_at_once),
		cmocka_unit_test(test_cancel_race),
		cmocka_unit_test(test_many_writers),
		cmocka_unit_test(test_worker),
		cmocka_unit_test(test_worker_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
