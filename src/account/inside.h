// SPDX-License-Identifier: GPL-3.0-or-later
// An account as its own workers see it. What several of them use is safe to use
// from each; all else belongs to one worker.
#ifndef ACCOUNT_INSIDE_H
#define ACCOUNT_INSIDE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "account/account.h"

struct board;
struct gate;
struct helpers;
struct job_item;
struct jobs;
struct lane;
struct outgoing;
struct plan;

#define ACCOUNT_LANES 4

struct account {
	uint32_t id;
	struct store *store;
	struct jobs *jobs;
	struct queue *events;
	struct queue *reading;       // where a fetched JOB_READ goes back to
	char *mail;                  // folder of the mail that exists only here
	struct board *board;
	struct gate *in, *out;
	struct gate *local;          // to the Maildir of a maildrop; NULL
	struct plan *plan;
	atomic_bool paused;          // no background work
	atomic_bool quota_due;       // something was done that takes space, or gives it
	// Set before the workers start, freed after they ended.
	struct lane *lanes[ACCOUNT_LANES];
	unsigned n_lanes;
	struct outgoing *outgoing;   // NULL: the account cannot send
};

struct account *account_new(const struct accounts_config *config,
	struct jobs *jobs, struct queue *reading, uint32_t id,
	const struct account_settings *settings, struct error *err);
void account_start(struct account *a);         // its workers; once
// Every worker is told to stop; then account_free waits for them.
void account_ask_stop(struct account *a);
void account_free(struct account **a);
// Gives a job to the worker that begins it.
void account_post(struct account *a, struct job_item *item);
void account_pause(struct account *a, bool paused);
void account_wake(struct account *a);          // all workers look around
void account_pending(struct account *a);       // there may be something to play
void account_outbox(struct account *a);        // there may be something to send
void account_played(struct account *a);        // acts went to the server
void account_list(struct account *a);          // folders came or went: ask again
void account_warm(struct account *a);          // a click may come: connect for it
void account_reset(struct account *a);         // the cache is empty: fetch all
void account_suspect(struct account *a);       // connections may be dead
void account_notice(struct account *a, const struct error *err, const char *text);
// "home.mail/NAME", or by number where the name is not safe as one (free()).
char *account_mail_folder(const struct account *a, const char *name);

#endif
