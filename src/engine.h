// SPDX-License-Identifier: GPL-3.0-or-later
// Starts and stops all that is beneath a front end, and holds the tables: the
// one struct that commands and screens are handed.
#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/path.h"
#include "command/frontend.h"
#include "mail/address.h"
#include "store/messages.h"

struct account_status;
struct accounts;
struct bindings;
struct colours;
struct commands;
struct document;
struct error;
struct event;
struct hooks;
struct job;
struct loop;
struct options;
struct queue;
struct store;

// All members belong to the engine's thread, which is the UI thread.
struct engine {
	struct path_home home;
	struct loop *loop;
	struct store *store;         // NULL before engine_start
	struct accounts *accounts;   // NULL before engine_start
	struct queue *events;
	struct commands *commands;
	struct options *options;
	struct bindings *bindings;
	struct colours *colours;
	struct hooks *hooks;
	// (more, private to engine.c, behind this pointer)
	struct engine_private *p;
};

// home_folder: --home, or NULL. Tables are filled, nothing is opened but the log.
struct engine *engine_new(const char *home_folder, struct error *err);
void engine_free(struct engine **e);
// Reads the configuration (home.config/config). Mistakes are told through
// front->say as FILE:LINE: what, and the rest is read on; false when there were any.
bool engine_configure(struct engine *e, struct frontend *front);
// Takes the lock, opens the store, starts the accounts' workers (they
// connect only when `online`; batch connects when a command wants it).
// ERROR_REFUSED when another process owns the store: hand over by control.h.
bool engine_start(struct engine *e, int owner_kind, bool online, struct error *err);
// After `account` changed (set-up screen, :set): the account's workers restart.
void engine_accounts_changed(struct engine *e);
// Saves what is posted, stops the workers.
void engine_stop(struct engine *e);

// Front ends are told of events while they are attached.
void engine_attach(struct engine *e, struct frontend *front);
void engine_detach(struct engine *e, struct frontend *front);

// Runs commands on a front end. done(arg, err): err NULL when all were done.
void engine_run(struct engine *e, struct frontend *front, const char *text,
	const char *where, void (*done)(void *arg, const struct error *err), void *arg);

// --- for screens, which do not see accounts ------------------------------------------

// The latest status of an account; NULL when there is no such one. Lent.
const struct account_status *engine_account_status(struct engine *e, uint32_t account);
const char *engine_account_name(struct engine *e, uint32_t account);  // lent; NULL
size_t engine_account_ids(struct engine *e, uint32_t *ids, size_t max);
// All addresses that are one's own (of every account).
const struct address_list *engine_own_addresses(struct engine *e);
// A job with a reply: replied(arg, event) once with EVENT_REPLY, and before it
// with every EVENT_FOUND. Returns its number. The reply is dropped after
// engine_job_cancel.
uint64_t engine_job(struct engine *e, const struct job *job,
	void (*replied)(void *arg, struct event *event), void *arg);
void engine_job_cancel(struct engine *e, uint64_t job);
// The same for screens: the document of a message (event->document may be
// taken), the ids that a query matches (NULL query cancels nothing), and "this
// folder is looked at": bring it up to date.
uint64_t engine_read(struct engine *e, uint64_t id, bool prefer_html,
	void (*replied)(void *arg, struct event *event), void *arg);
uint64_t engine_search(struct engine *e, const char *query, uint32_t folder,
	enum message_order order, void (*replied)(void *arg, struct event *event), void *arg);
void engine_look_at(struct engine *e, uint32_t folder);

#endif
