// SPDX-License-Identifier: GPL-3.0-or-later
// A worker with one connection of an account. What it does is told by its duties;
// where a server allows few connections, one lane has several of them and does
// first what comes first here.
#ifndef ACCOUNT_LANE_H
#define ACCOUNT_LANE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "account/account.h"
#include "account/sync.h"
#include "base/array.h"

struct account;
struct cancel;
struct gate;
struct job_item;
struct queue;
struct worker;

enum duty {
	DUTY_WORK = 1,    // clicks, and the journal
	DUTY_LONG = 2,    // what is left to be synced, newest first
	DUTY_WATCH = 4,   // waits on the server for changes of the inbox
	DUTY_DROP = 8,    // downloads a maildrop into the local Maildir
	DUTY_LIST = 16,   // asks now and then in which folders something changed
};

struct lane {
	struct account *a;
	unsigned place;           // on the board
	unsigned duties;
	const struct remote_driver *driver;
	struct gate *gate;
	struct account_settings settings;  // its own copy
	char *maildir;            // DROP: where to
	struct worker *worker;
	struct queue *inbox;
	struct cancel *cancel;    // ends the verb it waits in
	struct cancel *wake;      // there is something to look at
	atomic_bool stopping;
	atomic_bool suspect;      // the connection may be dead
	atomic_bool list_due;     // the list of folders, now
	atomic_bool warm_due;     // somebody may click soon: connect
	atomic_bool no_watch;     // the server cannot
	atomic_bool no_quota;     // the server has none
	// The worker's own.
	struct sync sync;
	bool yields;              // what it does now makes room for jobs
	bool playing;
	bool full;                // the next list looks into all folders
	struct array syncing;     // struct job_item *: wait until the plan is empty
	int64_t list_at;          // when_mono_ms of the next list, or download
	int64_t used_at;          // the connection, when_mono_ms
	int64_t watch_at;         // not before
	bool quota_warned;
	int64_t quota_at;         // not asked again before, when_mono_ms
	bool awaits_inbox;        // it is woken when there may be one
	bool failed;              // the board says so
	struct array asked;       // struct asked: what the server found before
};

struct lane *lane_new(struct account *a, unsigned place, unsigned duties,
	const struct remote_driver *driver, struct gate *gate,
	const struct account_settings *settings, const char *maildir);
void lane_start(struct lane *l);
void lane_ask_stop(struct lane *l);
void lane_join(struct lane *l);
void lane_free(struct lane **l);          // after lane_join; replies to its jobs
void lane_post(struct lane *l, struct job_item *item);
void lane_wake(struct lane *l);

// --- of the lane's own files ------------------------------------------------------

// Runs one step over the connection, which is opened when there is none. A
// connection that proves dead though it was there before is replaced once.
bool lane_try(struct lane *l, bool (*run)(struct lane *l, void *arg, struct error *err),
	void *arg, struct error *err);
// The same for no other sake than to be connected.
bool lane_connect(struct lane *l, struct error *err);
void lane_close(struct lane *l);
bool lane_stopping(struct lane *l);
// May it do what nobody waits for?
bool lane_may_work(struct lane *l);

// lane_jobs.c: does the job, or hands it on.
void lane_job(struct lane *l, struct job_item *item);
void lane_fail(struct lane *l, struct job_item *item, const struct error *err);
// Waiting jobs that this failure ends.
void lane_fail_syncing(struct lane *l, const struct error *err);
void lane_reply_cancelled(struct lane *l);
void lane_sync_settled(struct lane *l);   // replies when the plan is empty

// lane_search.c: looks on the server for text that is not here. True when the job is
// done; else it is to go on behind the jobs that wait.
bool lane_search(struct lane *l, struct job_item *item);
void lane_search_forget(struct lane *l);  // before lane_free

// lane_quota.c: asks how much space is left, where it is time; false: nothing to do.
bool lane_quota(struct lane *l);

// lane_units.c: one piece of background work; false when there is none now.
bool lane_unit(struct lane *l);
// The newest of one folder, in hand already; lets it go.
bool lane_newest(struct lane *l, uint32_t folder, struct error *err);
// Waits for the server or the inbox to say something, or for the next due time.
void lane_wait(struct lane *l);
// Acts were played on its connection: what follows from them is asked for.
void lane_played(struct lane *l);
// Between two lists of an account that is not watched.
int64_t lane_interval_ms(const struct lane *l);
// Has it a connection of its own to watch with, on which nothing long is done?
bool lane_only_watches(const struct lane *l);
// A failure that everything else would meet too.
bool lane_is_wide(const struct error *err);
// A piece of background work failed: tells it, and the background waits.
void lane_unit_failed(struct lane *l, const struct error *err);

// lane_watch.c: waits on the server; false when there is nothing to wait on.
bool lane_watch(struct lane *l, int timeout_ms);
// Opens the inbox, over which it is going to watch, before all else that its
// connection is for. False: nothing to do.
bool lane_open_inbox(struct lane *l);

#endif
