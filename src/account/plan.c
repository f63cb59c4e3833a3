// SPDX-License-Identifier: GPL-3.0-or-later
// A short list under a lock: even people with hundreds of folders make it scan
// only a few kilobytes.
#include "config.h"

#include "account/plan.h"

#include "account/job.h"
#include "base/array.h"
#include "base/mem.h"
#include "loop/cancel.h"

#include <pthread.h>
#include <stdlib.h>

struct planned {
	uint32_t folder;
	bool wanted[PLAN_STAGES];
	bool held;
	bool there;           // of plan_folders: not forgotten
};

struct waiter {
	uint32_t folder;
	struct job_item *item;
};

struct plan {
	pthread_mutex_t lock;
	struct array folders;  // struct planned, in their order
	struct array waiters;  // struct waiter
	struct array wakes;    // struct cancel *
};

struct plan *
plan_new(void)
{
	struct plan *p = mem_new(struct plan);

	pthread_mutex_init(&p->lock, NULL);
	p->folders = ARRAY_OF(struct planned);
	p->waiters = ARRAY_OF(struct waiter);
	p->wakes = ARRAY_OF(struct cancel *);
	return p;
}

void
plan_free(struct plan **p)
{
	if (*p == NULL)
		return;
	array_done(&(*p)->folders);
	array_done(&(*p)->waiters);
	array_done(&(*p)->wakes);
	pthread_mutex_destroy(&(*p)->lock);
	free(*p);
	*p = NULL;
}

// --- under the lock -------------------------------------------------------------------

static struct planned *
find(struct plan *p, uint32_t folder)
{
	for (size_t i = 0; i < p->folders.len; i++) {
		struct planned *f = array_at(&p->folders, i);
		if (f->folder == folder)
			return f;
	}
	return NULL;
}

static struct planned *
find_or_add(struct plan *p, uint32_t folder)
{
	struct planned *f = find(p, folder);

	if (f == NULL) {
		f = array_push(&p->folders);
		f->folder = folder;
		f->there = true;
	}
	return f;
}

static void
wake_all(struct plan *p)
{
	for (size_t i = 0; i < p->wakes.len; i++)
		cancel_set(*(struct cancel **)array_at(&p->wakes, i));
}

static struct planned *
next_wanted(struct plan *p, uint32_t folder, enum plan_stage *stage_r)
{
	for (int stage = 0; stage < PLAN_STAGES; stage++) {
		for (size_t i = 0; i < p->folders.len; i++) {
			struct planned *f = array_at(&p->folders, i);
			if (f->held || !f->wanted[stage])
				continue;
			if (folder != 0 && f->folder != folder)
				continue;
			*stage_r = (enum plan_stage)stage;
			return f;
		}
	}
	return NULL;
}

// --- the calls ------------------------------------------------------------------------

void
plan_folders(struct plan *p, const uint32_t *folders, size_t n)
{
	struct array next = ARRAY_OF(struct planned);

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < n; i++) {
		struct planned *old = find(p, folders[i]);
		struct planned *f = array_push(&next);
		if (old != NULL) {
			*f = *old;
			old->folder = 0;
		} else {
			f->folder = folders[i];
		}
		f->there = true;
	}
	// One in hand is forgotten when it is let go.
	for (size_t i = 0; i < p->folders.len; i++) {
		struct planned *old = array_at(&p->folders, i);
		if (old->folder == 0 || !old->held)
			continue;
		struct planned *f = array_push(&next);
		f->folder = old->folder;
		f->held = true;
	}
	array_done(&p->folders);
	p->folders = next;
	pthread_mutex_unlock(&p->lock);
}

void
plan_want(struct plan *p, uint32_t folder, enum plan_stage stage)
{
	pthread_mutex_lock(&p->lock);
	find_or_add(p, folder)->wanted[stage] = true;
	wake_all(p);
	pthread_mutex_unlock(&p->lock);
}

void
plan_want_held(struct plan *p)
{
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->folders.len; i++) {
		struct planned *f = array_at(&p->folders, i);
		if (f->held && f->there)
			f->wanted[PLAN_NEWEST] = true;
	}
	pthread_mutex_unlock(&p->lock);
}

bool
plan_take(struct plan *p, uint32_t folder, uint32_t *folder_r,
	enum plan_stage *stage_r)
{
	pthread_mutex_lock(&p->lock);
	struct planned *f = next_wanted(p, folder, stage_r);
	if (f != NULL) {
		f->held = true;
		f->wanted[*stage_r] = false;
		*folder_r = f->folder;
	}
	pthread_mutex_unlock(&p->lock);
	return f != NULL;
}

bool
plan_hold(struct plan *p, uint32_t folder, enum plan_stage stage)
{
	pthread_mutex_lock(&p->lock);
	struct planned *f = find_or_add(p, folder);
	bool mine = !f->held;
	if (mine) {
		f->held = true;
		f->wanted[stage] = false;
	}
	pthread_mutex_unlock(&p->lock);
	return mine;
}

void
plan_release(struct plan *p, uint32_t folder, enum plan_stage stage, bool done)
{
	pthread_mutex_lock(&p->lock);
	struct planned *f = find(p, folder);
	if (f != NULL) {
		f->held = false;
		if (!done)
			f->wanted[stage] = true;
		if (!f->there)
			array_remove(&p->folders,
				(size_t)(f - (struct planned *)p->folders.items));
	}
	wake_all(p);
	pthread_mutex_unlock(&p->lock);
}

bool
plan_empty(struct plan *p)
{
	bool empty = true;

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->folders.len; i++) {
		struct planned *f = array_at(&p->folders, i);
		for (int stage = 0; stage < PLAN_STAGES; stage++)
			empty = empty && !f->wanted[stage];
		empty = empty && !f->held;
	}
	pthread_mutex_unlock(&p->lock);
	return empty;
}

void
plan_wait(struct plan *p, uint32_t folder, struct job_item *item)
{
	pthread_mutex_lock(&p->lock);
	struct waiter *w = array_push(&p->waiters);
	*w = (struct waiter){ folder, item };
	find_or_add(p, folder)->wanted[PLAN_NEWEST] = true;
	wake_all(p);
	pthread_mutex_unlock(&p->lock);
}

bool
plan_waited_for(struct plan *p)
{
	pthread_mutex_lock(&p->lock);
	bool waited = p->waiters.len > 0;
	pthread_mutex_unlock(&p->lock);
	return waited;
}

struct job_item *
plan_waiter(struct plan *p, uint32_t folder)
{
	struct job_item *item = NULL;

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->waiters.len && item == NULL; i++) {
		struct waiter *w = array_at(&p->waiters, i);
		bool match = folder == UINT32_MAX || folder == w->folder ||
			(folder == 0 && find(p, w->folder) == NULL);
		if (!match)
			continue;
		item = w->item;
		array_remove(&p->waiters, i);
	}
	pthread_mutex_unlock(&p->lock);
	return item;
}

void
plan_watch(struct plan *p, struct cancel *wake)
{
	pthread_mutex_lock(&p->lock);
	*(struct cancel **)array_push(&p->wakes) = wake;
	pthread_mutex_unlock(&p->lock);
}

void
plan_unwatch(struct plan *p, struct cancel *wake)
{
	pthread_mutex_lock(&p->lock);
	for (size_t i = p->wakes.len; i-- > 0; )
		if (*(struct cancel **)array_at(&p->wakes, i) == wake)
			array_remove(&p->wakes, i);
	pthread_mutex_unlock(&p->lock);
}
