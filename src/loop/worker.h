// SPDX-License-Identifier: GPL-3.0-or-later
// A thread with an inbox, that can be told to stop and is waited for.
#ifndef LOOP_WORKER_H
#define LOOP_WORKER_H

#include <stdbool.h>

struct worker;
struct queue;
struct queue_item;
struct cancel;

#define WORKER_STACK (8 * 1024 * 1024) // libetpan takes 64 kB a literal

// run is called in the new thread with signals blocked; it returns when
// worker_stopping() is true, soon after the stop cancel fires.
struct worker *worker_start(const char *name,
	void (*run)(struct worker *w, void *arg), void *arg);
struct queue *worker_inbox(struct worker *w);
// Set once, by worker_stop: give it to whatever the worker waits in.
struct cancel *worker_stop_cancel(struct worker *w);
bool worker_stopping(const struct worker *w);
// Asks, then joins; free_item (may be NULL) gets what is left in the inbox.
void worker_stop(struct worker **w, void (*free_item)(struct queue_item *));
// Asks only: for stopping several at once before joining each.
void worker_ask_stop(struct worker *w);

#endif
