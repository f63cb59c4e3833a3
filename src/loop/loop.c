// SPDX-License-Identifier: GPL-3.0-or-later
// The wait of one thread. A turn polls once, then serves timers, then what is
// ready; what a callback removes is freed only when the turn has ended.
#include "config.h"

#include "loop/loop.h"

#include "base/array.h"
#include "base/mem.h"
#include "base/when.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct loop_watch {
	struct loop *loop;
	int fd;
	short events;
	void (*ready)(void *arg, short events);
	void *arg;
	bool removed;
};

struct loop_timer {
	int64_t due;  // WHEN_NEVER: not set
	bool fresh;   // set in this turn, so for the next one
	void (*due_call)(void *arg);
	void *arg;
	bool removed;
};

struct loop_child {
	pid_t pid;
	int fd; // its pidfd
	struct loop_watch *watch;
	void (*ended)(void *arg, int status);
	void *arg;
};

struct loop_signal {
	void (*caught)(void *arg, int signo);
	void *arg;
};

struct loop {
	struct array watches;  // of struct loop_watch *
	struct array timers;   // of struct loop_timer *
	struct array children; // of struct loop_child *
	struct array polled;   // of struct pollfd, kept for its memory
	struct loop_signal signals[NSIG];
	sigset_t caught;
	sigset_t mask_before;
	int signal_fd;
	struct loop_watch *signal_watch;
	bool stop;
};

struct loop *
loop_new(void)
{
	struct loop *l = mem_new(struct loop);

	l->watches = ARRAY_OF(struct loop_watch *);
	l->timers = ARRAY_OF(struct loop_timer *);
	l->children = ARRAY_OF(struct loop_child *);
	l->polled = ARRAY_OF(struct pollfd);
	l->signal_fd = -1;
	sigemptyset(&l->caught);
	return l;
}

static struct loop_watch *
watch_at(const struct loop *l, size_t at)
{
	return *(struct loop_watch **)array_at(&l->watches, at);
}

static struct loop_timer *
timer_at(const struct loop *l, size_t at)
{
	return *(struct loop_timer **)array_at(&l->timers, at);
}

static void
array_free_items(struct array *a)
{
	for (size_t i = 0; i < a->len; i++)
		free(*(void **)array_at(a, i));
	array_done(a);
}

void
loop_free(struct loop **l)
{
	if (*l == NULL)
		return;
	for (size_t i = 0; i < (*l)->children.len; i++)
		close((*(struct loop_child **)array_at(&(*l)->children, i))->fd);
	array_free_items(&(*l)->children);
	array_free_items(&(*l)->watches);
	array_free_items(&(*l)->timers);
	array_done(&(*l)->polled);
	if ((*l)->signal_fd >= 0) {
		close((*l)->signal_fd);
		pthread_sigmask(SIG_SETMASK, &(*l)->mask_before, NULL);
	}
	free(*l);
	*l = NULL;
}

struct loop_watch *
loop_add_fd(struct loop *l, int fd, short events,
	void (*ready)(void *arg, short events), void *arg)
{
	struct loop_watch *w = mem_new(struct loop_watch);

	*w = (struct loop_watch){
		.loop = l, .fd = fd, .events = events, .ready = ready, .arg = arg,
	};
	*(struct loop_watch **)array_push(&l->watches) = w;
	return w;
}

void
loop_set_events(struct loop_watch *w, short events)
{
	w->events = events;
}

void
loop_remove_fd(struct loop_watch **w)
{
	if (*w == NULL)
		return;
	(*w)->removed = true;
	*w = NULL;
}

struct loop_timer *
loop_add_timer(struct loop *l, int64_t ms, void (*due)(void *arg), void *arg)
{
	struct loop_timer *t = mem_new(struct loop_timer);

	t->due_call = due;
	t->arg = arg;
	loop_timer_set(t, ms);
	*(struct loop_timer **)array_push(&l->timers) = t;
	return t;
}

void
loop_timer_set(struct loop_timer *t, int64_t ms)
{
	if (__builtin_add_overflow(when_mono_ms(), ms, &t->due))
		t->due = WHEN_NEVER;
	t->fresh = true;
}

void
loop_remove_timer(struct loop_timer **t)
{
	if (*t == NULL)
		return;
	(*t)->removed = true;
	*t = NULL;
}

static void
signals_ready(void *arg, short events)
{
	struct loop *l = arg;
	struct signalfd_siginfo info;

	(void)events;
	while (read(l->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		struct loop_signal *s = &l->signals[info.ssi_signo % NSIG];
		if (s->caught != NULL)
			s->caught(s->arg, (int)info.ssi_signo);
	}
}

void
loop_add_signal(struct loop *l, int signo, void (*caught)(void *arg, int signo),
	void *arg)
{
	assert(signo > 0 && signo < NSIG);
	bool first = l->signal_fd < 0;

	l->signals[signo] = (struct loop_signal){ .caught = caught, .arg = arg };
	sigaddset(&l->caught, signo);
	pthread_sigmask(SIG_BLOCK, &l->caught, first ? &l->mask_before : NULL);
	l->signal_fd = signalfd(l->signal_fd, &l->caught,
		SFD_CLOEXEC | SFD_NONBLOCK);
	// Out of descriptors is treated as out of memory.
	if (l->signal_fd < 0)
		abort();
	if (first)
		l->signal_watch = loop_add_fd(l, l->signal_fd, POLLIN,
			signals_ready, l);
}

static void
child_ready(void *arg, short events)
{
	struct loop_child *child = arg;
	int status = 0;

	(void)events;
	pid_t pid = waitpid(child->pid, &status, WNOHANG);
	if (pid == 0 || (pid < 0 && errno == EINTR))
		return;
	struct loop *l = child->watch->loop;
	loop_remove_fd(&child->watch);
	close(child->fd);
	for (size_t i = 0; i < l->children.len; i++) {
		if (*(struct loop_child **)array_at(&l->children, i) == child) {
			array_remove(&l->children, i);
			break;
		}
	}
	child->ended(child->arg, status);
	free(child);
}

void
loop_add_child(struct loop *l, pid_t pid, void (*ended)(void *arg, int status),
	void *arg)
{
	struct loop_child *child = mem_new(struct loop_child);

	child->pid = pid;
	child->ended = ended;
	child->arg = arg;
	child->fd = (int)syscall(SYS_pidfd_open, pid, 0);
	// Out of descriptors is treated as out of memory.
	if (child->fd < 0)
		abort();
	child->watch = loop_add_fd(l, child->fd, POLLIN, child_ready, child);
	*(struct loop_child **)array_push(&l->children) = child;
}

// The time to the next timer, at most timeout_ms.
static int
turn_timeout(const struct loop *l, int timeout_ms)
{
	int64_t next = WHEN_NEVER;

	for (size_t i = 0; i < l->timers.len; i++) {
		struct loop_timer *t = timer_at(l, i);
		if (!t->removed && t->due < next)
			next = t->due;
	}
	if (next == WHEN_NEVER)
		return timeout_ms;
	int64_t ms = next - when_mono_ms();
	if (ms < 0)
		ms = 0;
	if (timeout_ms >= 0 && ms > timeout_ms)
		return timeout_ms;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

// Those that are due now, the earliest first.
static void
serve_timers(struct loop *l)
{
	int64_t now = when_mono_ms();

	for (;;) {
		struct loop_timer *next = NULL;
		for (size_t i = 0; i < l->timers.len; i++) {
			struct loop_timer *t = timer_at(l, i);
			if (!t->removed && !t->fresh && t->due <= now &&
			    (next == NULL || t->due < next->due))
				next = t;
		}
		if (next == NULL)
			return;
		next->due = WHEN_NEVER;
		next->due_call(next->arg);
	}
}

static void
serve_watches(struct loop *l, size_t polled)
{
	// Watches only join at the end within a turn: the two lists agree.
	for (size_t i = 0; i < polled; i++) {
		struct pollfd *p = array_at(&l->polled, i);
		struct loop_watch *w = watch_at(l, i);
		if (p->revents != 0 && !w->removed)
			w->ready(w->arg, p->revents);
	}
}

static void
sweep(struct loop *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->watches.len; i++) {
		struct loop_watch *w = watch_at(l, i);
		if (w->removed)
			free(w);
		else
			*(struct loop_watch **)array_at(&l->watches, kept++) = w;
	}
	l->watches.len = kept;
	kept = 0;
	for (size_t i = 0; i < l->timers.len; i++) {
		struct loop_timer *t = timer_at(l, i);
		if (t->removed)
			free(t);
		else
			*(struct loop_timer **)array_at(&l->timers, kept++) = t;
	}
	l->timers.len = kept;
}

void
loop_turn(struct loop *l, int timeout_ms)
{
	sweep(l);
	array_clear(&l->polled);
	for (size_t i = 0; i < l->watches.len; i++) {
		struct loop_watch *w = watch_at(l, i);
		struct pollfd *p = array_push(&l->polled);
		// A descriptor without events would still report its hang-up
		// over and over.
		p->fd = w->events == 0 ? -1 : w->fd;
		p->events = w->events;
	}
	for (size_t i = 0; i < l->timers.len; i++)
		timer_at(l, i)->fresh = false;

	size_t polled = l->polled.len;
	int ready = poll(l->polled.items, (nfds_t)polled,
		turn_timeout(l, timeout_ms));
	serve_timers(l);
	if (ready > 0)
		serve_watches(l, polled);
	sweep(l);
}

void
loop_run(struct loop *l, void (*before_wait)(void *arg), void *arg)
{
	while (!l->stop) {
		if (before_wait != NULL)
			before_wait(arg);
		if (l->stop)
			break;
		loop_turn(l, -1);
	}
	// So that it can be run again.
	l->stop = false;
}

void
loop_stop(struct loop *l)
{
	l->stop = true;
}
