// SPDX-License-Identifier: GPL-3.0-or-later
// One thread's wait: file descriptors, timers, signals and the end of children,
// served one after another in the thread that runs it.
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct loop;
struct loop_watch;
struct loop_timer;

struct loop *loop_new(void);
void loop_free(struct loop **l);   // also frees what is still watched

// events: POLLIN, POLLOUT. The callback may remove any watch, itself too.
struct loop_watch *loop_add_fd(struct loop *l, int fd, short events,
	void (*ready)(void *arg, short events), void *arg);
void loop_set_events(struct loop_watch *w, short events);
void loop_remove_fd(struct loop_watch **w);

// Once, `ms` from now (0: at the next turn). Set again with loop_timer_set.
struct loop_timer *loop_add_timer(struct loop *l, int64_t ms,
	void (*due)(void *arg), void *arg);
void loop_timer_set(struct loop_timer *t, int64_t ms);
void loop_remove_timer(struct loop_timer **t);

// Blocks the signal in this thread (call before other threads start) and
// serves it here by signalfd. loop_free sets the mask back.
void loop_add_signal(struct loop *l, int signo,
	void (*caught)(void *arg, int signo), void *arg);

// Called once when the child has ended; status as from waitpid. It must not
// have been waited for elsewhere.
void loop_add_child(struct loop *l, pid_t pid,
	void (*ended)(void *arg, int status), void *arg);

// Runs until loop_stop. before_wait (may be NULL) is called before every turn,
// the first too, when all that was ready has been served: the place to repaint.
// Not after loop_stop, which may also be called before the run.
void loop_run(struct loop *l, void (*before_wait)(void *arg), void *arg);
// One turn: waits at most timeout_ms (-1: until something happens). Not from
// within a callback.
void loop_turn(struct loop *l, int timeout_ms);
void loop_stop(struct loop *l);

#endif
