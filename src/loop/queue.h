// SPDX-License-Identifier: GPL-3.0-or-later
// An unbounded list of messages from any threads to any, with an eventfd to wait
// on. Posting never blocks.
#ifndef LOOP_QUEUE_H
#define LOOP_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct queue;
struct cancel;

// Embedded first in whatever is posted; the item belongs to the queue until
// it is taken.
struct queue_item {
	struct queue_item *next;
	int priority; // lower goes first; equal ones in the order of posting
};

struct queue *queue_new(void);
// Items left are handed to free_item (may be NULL).
void queue_free(struct queue **q, void (*free_item)(struct queue_item *));
void queue_post(struct queue *q, struct queue_item *item);
// NULL when empty.
struct queue_item *queue_take(struct queue *q);
// Waits for an item, at most timeout_ms (-1: for ever), or until cancelled
// (cancel may be NULL). NULL when none came.
struct queue_item *queue_wait(struct queue *q, int timeout_ms,
	const struct cancel *cancel);
int queue_fd(const struct queue *q);     // readable while not empty
size_t queue_len(struct queue *q);
// The first posted item that `same` accepts is handed to it and may be changed
// in place while the queue is locked: how events merge. False if none did.
bool queue_merge(struct queue *q, bool (*same)(struct queue_item *, void *arg),
	void *arg);

#endif
