// SPDX-License-Identifier: GPL-3.0-or-later
// What the files of the engine share and nobody else sees.
#ifndef ENGINE_PRIVATE_H
#define ENGINE_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/array.h"
#include "mail/address.h"
#include "store/owner.h"

struct account_settings;
struct account_status;
struct elsewhere;
struct engine;
struct error;
struct loop_watch;
struct map;
struct queue;
struct worker;

struct engine_account {
	char *name;                       // as the configuration has it
	uint32_t id;                      // 0: not started yet
	struct address_list addresses;
	char *password, *outgoing_password;   // given in this run
	char *pin, *outgoing_pin;             // of the journal: fingerprint, host
	uint64_t made_of;                 // hash of the settings it runs with
	bool offline;
	char *problem;                    // why it could not be started; NULL
};

struct engine_private {
	char *config_path;
	struct owner *owner;
	struct owner_info holder;
	struct worker *files, *slow;      // NULL until there is work for them
	struct queue *posts;              // calls for this thread
	struct loop_watch *events_watch, *posts_watch;
	struct array fronts;              // struct frontend *
	struct map *jobs;                 // number to struct engine_waiting
	struct map *statuses;             // account to struct account_status
	struct array accounts;            // struct engine_account
	struct address_list own;
	bool online;
	bool stopping;
	struct elsewhere *opening;        // the store, from engine_open_store to engine_start
	// The store tells its changes from its own thread, from before the accounts
	// are there until after they are gone.
	pthread_mutex_t told_lock;
	struct accounts *told;
};

// engine_work.c
void engine_work_stop(struct engine *e);      // finishes all that was given
void engine_posts_serve(struct engine *e);
// Runs work in a thread of its own; then waits for it: only while starting and
// stopping, when there is no screen to hold up.
struct elsewhere *engine_elsewhere(bool (*work)(void *arg, struct error *err), void *arg);
bool engine_elsewhere_wait(struct elsewhere **w, struct error *err);

// engine_accounts.c
void engine_accounts_gather(struct engine *e);     // from the options
// Starts those that are new or changed; not on the UI thread.
void engine_accounts_start(struct engine *e);
void engine_accounts_done(struct engine *e);
struct engine_account *engine_account_by_id(struct engine *e, uint32_t id);
void engine_accounts_status(struct engine *e, uint32_t id,
	const struct account_status *status);

#endif
