// SPDX-License-Identifier: GPL-3.0-or-later
// The list by which threads speak to each other: nothing else is shared.
#include "config.h"

#include "loop/queue.h"

#include "base/mem.h"
#include "base/when.h"
#include "loop/cancel.h"

#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct queue {
	pthread_mutex_t lock;
	struct queue_item *first;
	struct queue_item *last;
	size_t len;
	int fd; // holds 1 while the list is not empty
};

struct queue *
queue_new(void)
{
	struct queue *q = mem_new(struct queue);

	q->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	// Out of descriptors is treated as out of memory.
	if (q->fd < 0)
		abort();
	pthread_mutex_init(&q->lock, NULL);
	return q;
}

void
queue_free(struct queue **q, void (*free_item)(struct queue_item *))
{
	if (*q == NULL)
		return;
	struct queue_item *item;
	while ((item = queue_take(*q)) != NULL)
		if (free_item != NULL)
			free_item(item);
	close((*q)->fd);
	pthread_mutex_destroy(&(*q)->lock);
	free(*q);
	*q = NULL;
}

// Called locked. Most posts go to the end; urgent ones are few and stand near
// the beginning, so the walk from there is short.
static void
queue_insert(struct queue *q, struct queue_item *item)
{
	struct queue_item **at = &q->first;

	if (q->last != NULL && item->priority >= q->last->priority) {
		at = &q->last->next;
	} else {
		while (*at != NULL && (*at)->priority <= item->priority)
			at = &(*at)->next;
	}
	item->next = *at;
	*at = item;
	if (item->next == NULL)
		q->last = item;
}

void
queue_post(struct queue *q, struct queue_item *item)
{
	pthread_mutex_lock(&q->lock);
	queue_insert(q, item);
	if (q->len++ == 0)
		eventfd_write(q->fd, 1);
	pthread_mutex_unlock(&q->lock);
}

struct queue_item *
queue_take(struct queue *q)
{
	eventfd_t count;

	pthread_mutex_lock(&q->lock);
	struct queue_item *item = q->first;
	if (item != NULL) {
		q->first = item->next;
		item->next = NULL;
		if (q->first == NULL)
			q->last = NULL;
		if (--q->len == 0)
			eventfd_read(q->fd, &count);
	}
	pthread_mutex_unlock(&q->lock);
	return item;
}

struct queue_item *
queue_wait(struct queue *q, int timeout_ms, const struct cancel *cancel)
{
	int64_t end = timeout_ms < 0 ? WHEN_NEVER : when_mono_ms() + timeout_ms;

	for (;;) {
		if (cancel_is_set(cancel))
			return NULL;
		struct queue_item *item = queue_take(q);
		if (item != NULL)
			return item;
		int left = -1;
		if (timeout_ms >= 0) {
			int64_t ms = end - when_mono_ms();
			if (ms <= 0)
				return NULL;
			left = (int)ms;
		}
		struct pollfd fds[] = {
			{ .fd = q->fd, .events = POLLIN },
			{ .fd = cancel_fd(cancel), .events = POLLIN },
		};
		poll(fds, 2, left);
	}
}

int
queue_fd(const struct queue *q)
{
	return q->fd;
}

size_t
queue_len(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	size_t len = q->len;
	pthread_mutex_unlock(&q->lock);
	return len;
}

bool
queue_merge(struct queue *q, bool (*same)(struct queue_item *, void *arg),
	void *arg)
{
	bool found = false;

	pthread_mutex_lock(&q->lock);
	for (struct queue_item *i = q->first; i != NULL && !found; i = i->next)
		found = same(i, arg);
	pthread_mutex_unlock(&q->lock);
	return found;
}
