// SPDX-License-Identifier: GPL-3.0-or-later
// What is left to be synced of one account, and who has which folder in hand:
// two connections that wrote the rows of one folder at once could bring back
// what the other has seen go.
#ifndef ACCOUNT_PLAN_H
#define ACCOUNT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cancel;
struct job_item;
struct plan;

// In this order over all folders: what is new everywhere comes first.
enum plan_stage { PLAN_NEWEST, PLAN_REST, PLAN_BODIES, PLAN_STAGES };

// Safe from any thread.
struct plan *plan_new(void);
void plan_free(struct plan **p);     // no job may wait in it

// The folders there are, in the order in which they matter; others are forgotten.
// Their waiting jobs are handed back by plan_waiters(0).
void plan_folders(struct plan *p, const uint32_t *folders, size_t n);
// This stage of a folder is to be done (again).
void plan_want(struct plan *p, uint32_t folder, enum plan_stage stage);
// The newest of all folders that somebody has in hand just now are wanted again:
// something was changed on the server behind their back.
void plan_want_held(struct plan *p);

// Takes the next thing to do: of `folder`, or (0) of any that nobody holds. The
// caller has the folder in hand then.
bool plan_take(struct plan *p, uint32_t folder, uint32_t *folder_r,
	enum plan_stage *stage_r);
// Takes a folder in hand for one stage whether or not it was wanted; false when
// another has it.
bool plan_hold(struct plan *p, uint32_t folder, enum plan_stage stage);
// Out of hand; `done`: else the stage is wanted still.
void plan_release(struct plan *p, uint32_t folder, enum plan_stage stage, bool done);
// Nothing is wanted and nothing in hand.
bool plan_empty(struct plan *p);

// A job that wants the newest of a folder that another has in hand: kept until
// that is done.
void plan_wait(struct plan *p, uint32_t folder, struct job_item *item);
bool plan_waited_for(struct plan *p);
// One of the jobs that waited for the newest of `folder` (0: of folders that are
// no longer there; UINT32_MAX: of any); NULL when none.
struct job_item *plan_waiter(struct plan *p, uint32_t folder);

// Set whenever a folder is let go or wanted: what a worker waits in.
void plan_watch(struct plan *p, struct cancel *wake);
void plan_unwatch(struct plan *p, struct cancel *wake);

#endif
