// SPDX-License-Identifier: GPL-3.0-or-later
// Threads with an inbox: the only place where threads are made.
#include "config.h"

#include "loop/worker.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/cancel.h"
#include "loop/queue.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct worker {
	pthread_t thread;
	char *name;
	struct queue *inbox;
	struct cancel *stop;
	void (*run)(struct worker *w, void *arg);
	void *arg;
};

static void *
worker_main(void *arg)
{
	struct worker *w = arg;

	thread_name(w->name);
	w->run(w, w->arg);
	return NULL;
}

// All but those that a fault in the thread itself raises.
static void
signals_of_others(sigset_t *set)
{
	static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT,
		SIGTRAP, SIGSYS };

	sigfillset(set);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		sigdelset(set, own[i]);
}

struct worker *
worker_start(const char *name, void (*run)(struct worker *w, void *arg),
	void *arg)
{
	struct worker *w = mem_new(struct worker);
	pthread_attr_t attr;
	sigset_t blocked, before;

	w->name = str_dup(name);
	w->inbox = queue_new();
	w->stop = cancel_new();
	w->run = run;
	w->arg = arg;

	// The new thread inherits the mask, so no signal ever finds it open.
	signals_of_others(&blocked);
	pthread_sigmask(SIG_BLOCK, &blocked, &before);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, WORKER_STACK);
	// No thread to be had is treated as out of memory.
	if (pthread_create(&w->thread, &attr, worker_main, w) != 0)
		abort();
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return w;
}

struct queue *
worker_inbox(struct worker *w)
{
	return w->inbox;
}

struct cancel *
worker_stop_cancel(struct worker *w)
{
	return w->stop;
}

bool
worker_stopping(const struct worker *w)
{
	return cancel_is_set(w->stop);
}

void
worker_ask_stop(struct worker *w)
{
	cancel_set(w->stop);
}

void
worker_stop(struct worker **w, void (*free_item)(struct queue_item *))
{
	if (*w == NULL)
		return;
	worker_ask_stop(*w);
	pthread_join((*w)->thread, NULL);
	queue_free(&(*w)->inbox, free_item);
	cancel_free(&(*w)->stop);
	free((*w)->name);
	free(*w);
	*w = NULL;
}
