// SPDX-License-Identifier: GPL-3.0-or-later
// Accounts at work as the engine has them, for tests: a home, a store, an inbox
// of events, and waiting for something to become true instead of for time.
#ifndef TESTS_SYNC_DESK_H
#define TESTS_SYNC_DESK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "account/account.h"
#include "base/error.h"
#include "base/path.h"
#include "store/pending.h"

// Reached only where something is wrong.
#define DESK_WAIT_MS 120000
#define DESK_ACCOUNTS_MAX 16

struct desk {
	char *folder;
	struct path_home home;
	struct store *store;
	struct queue *events;
	struct accounts *accounts;
	pthread_mutex_t lock;           // of `told`, which the store thread reads
	struct accounts *told;
	bool held;                      // nothing begins before accounts_begin
	char *helper;
	const char *helper_argv[3];
	uint32_t account;               // the last added: jobs and names are of it
	// What the events told so far.
	unsigned arrived, notices, found, states[16];
	struct account_status status;   // the latest
	struct account_status of[DESK_ACCOUNTS_MAX]; // by account
	uint64_t replied;               // the job of the last reply
	struct error reply;
	char *text;                     // of the last document, NULL
	char notice[ERROR_TEXT_MAX];
};

void desk_open(struct desk *d);
void desk_close(struct desk *d);        // removes the home
// Ends and begins again on the same home, as a program does.
void desk_restart(struct desk *d);

// Takes events until `done` is true; false when that does not happen in time.
bool desk_wait(struct desk *d, bool (*done)(struct desk *d, const void *arg),
	const void *arg, int timeout_ms);
bool desk_add(struct desk *d, const struct account_settings *settings);
// Posts a job and waits for its reply: true when it was done, else d->reply.
bool desk_job(struct desk *d, enum job_kind kind, uint32_t folder, uint64_t id);
uint64_t desk_post(struct desk *d, enum job_kind kind, uint32_t folder, uint64_t id,
	const char *text);
bool desk_reply(struct desk *d, uint64_t job);

uint32_t desk_folder(struct desk *d, const char *name);
uint32_t desk_total(struct desk *d, const char *folder);
uint64_t desk_find(struct desk *d, const char *folder, const char *subject);
bool desk_flagged(struct desk *d, const char *folder, const char *subject,
	unsigned flag);
void desk_act(struct desk *d, struct act *act); // waited for; must succeed

#endif
