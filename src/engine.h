// SPDX-License-Identifier: GPL-3.0-or-later
// Starts and stops all that is beneath a front end, and holds the tables: the
// one struct that commands and screens are handed.
#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/path.h"
#include "base/str.h"
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
struct owner_info;
struct queue;
struct run;
struct run_call;
struct saved;
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
	struct saved *saved;         // queries with a name
	struct strlist tags;         // in use (command/tags.c's)
	bool tags_loaded;
	struct run *runs;            // what runs, and the calls that nobody waits for
	struct run_call *given_up;   // any more (both command/run.c's)
	size_t acts_open;            // that may change folders and are not answered yet
	struct frontend nobody;      // for what runs on no front end
	// The front end that asked to end (`quit`); batch and screen look at it.
	void (*quit)(void *arg, struct frontend *front);
	void *quit_arg;
	// (more, private to engine*.c, behind this pointer)
	struct engine_private *p;
};

// home_folder: --home, or NULL. Tables are filled, nothing is opened but the
// log. A screen adds its rows to commands and options after this.
struct engine *engine_new(const char *home_folder, struct error *err);
void engine_free(struct engine **e);
// Reads keymaps/default.keys and the configuration (home.config/config). Mistakes
// are told through front->say as FILE:LINE: what, and the rest is read on;
// false when there were any.
bool engine_configure(struct engine *e, struct frontend *front);
// Path of the configuration; it may not exist. Lent.
const char *engine_config_path(const struct engine *e);
// The keymap's file (POSTERN_KEYMAPS or the installed folder); free().
char *engine_keymap_path(const char *name);

// Takes the lock alone: before the configuration is read, so that a process that
// will hand over need not. True: ours. engine_start does it where it was not done.
bool engine_own(struct engine *e, int owner_kind, struct error *err);
// Who holds the lock after ERROR_REFUSED. Lent.
const struct owner_info *engine_holder(const struct engine *e);
// Takes the lock and begins to open the store and to make the accounts, in a thread
// of its own: the caller has until engine_start for what needs neither (opening the
// screen). Accounts will connect only when `online`; batch connects when a command
// wants it. ERROR_REFUSED when another process owns the store: hand over by
// control.h.
bool engine_open_store(struct engine *e, int owner_kind, bool online, struct error *err);
// Waits until that is done, or does all of it. The calling thread is the UI thread
// from here on. Accounts whose settings cannot be used are told as EVENT_NOTICE.
bool engine_start(struct engine *e, int owner_kind, bool online, struct error *err);
// Starts the accounts' workers: what was posted for them waits until then. A screen
// calls it when its first picture is painted, so that nothing comes before that.
void engine_begin(struct engine *e);
// After `account` changed (set-up screen, :set): the account's workers restart.
void engine_accounts_changed(struct engine *e);
// Ends what runs, saves what is posted, stops the workers, lets go of the lock.
void engine_stop(struct engine *e);

// Front ends are told of events while they are attached; detaching cancels what
// still runs on one.
void engine_attach(struct engine *e, struct frontend *front);
void engine_detach(struct engine *e, struct frontend *front);
// Tells all of them, as account/event.h; event NULL: options, bindings or colours.
void engine_tell(struct engine *e, const struct event *event);

// Runs commands on a front end. done(arg, err): err NULL when all were done.
void engine_run(struct engine *e, struct frontend *front, const char *text,
	const char *where, void (*done)(void *arg, const struct error *err), void *arg);

// --- accounts ---------------------------------------------------------------------------

// The latest status of an account; NULL when there is no such one. Lent.
const struct account_status *engine_account_status(struct engine *e, uint32_t account);
const char *engine_account_name(struct engine *e, uint32_t account);  // lent; NULL
uint32_t engine_account_find(struct engine *e, const char *name);     // 0: none
// Why a declared account is not there: its settings cannot be used. name NULL:
// the first such one. NULL: there is none. Lent.
const char *engine_account_problem(struct engine *e, const char *name);
size_t engine_account_ids(struct engine *e, uint32_t *ids, size_t max);
// All addresses that are one's own (of every account).
const struct address_list *engine_own_addresses(struct engine *e);
// The address an account writes from; NULL. Lent.
const struct address *engine_account_address(struct engine *e, uint32_t account);
const struct address_list *engine_account_addresses(struct engine *e, uint32_t account);
// A password given in this run, and a key to trust (kept in the journal): the
// account's workers restart with it. `outgoing`: of the sending side.
void engine_account_password(struct engine *e, uint32_t account, bool outgoing,
	const char *password);
void engine_account_trust(struct engine *e, uint32_t account, bool outgoing,
	const char *fingerprint);
// Whether this key of this host is trusted on that side of the account.
bool engine_account_trusts(struct engine *e, uint32_t account, bool outgoing,
	const char *host, const char *fingerprint);
// Off line: no connection until it is on line again, or a job asks for one.
void engine_account_online(struct engine *e, uint32_t account, bool online);

// --- jobs and work ------------------------------------------------------------------------

// A job with a reply: replied(arg, event) once with EVENT_REPLY, and before it
// with every EVENT_FOUND. Returns its number. The reply is dropped after
// engine_job_cancel.
uint64_t engine_job(struct engine *e, const struct job *job,
	void (*replied)(void *arg, struct event *event), void *arg);
void engine_job_cancel(struct engine *e, uint64_t job);
// The same for screens, which do not see accounts: the document of a message
// (event->document may be taken), the ids that a query matches, and "this folder
// is looked at": bring it up to date. within: the section of an attached message
// that is to be read; NULL.
uint64_t engine_read(struct engine *e, uint64_t id, const char *within,
	bool prefer_html, void (*replied)(void *arg, struct event *event), void *arg);
uint64_t engine_search(struct engine *e, const char *query, uint32_t folder,
	enum message_order order, void (*replied)(void *arg, struct event *event), void *arg);
void engine_look_at(struct engine *e, uint32_t folder);
// Connects to a server of the account and logs in, and no more: the reply says
// how that went. sending: where its mail is sent.
uint64_t engine_try(struct engine *e, uint32_t account, bool sending,
	void (*replied)(void *arg, struct event *event), void *arg);

// Work for another thread, which may block: files, [write] calls of the store.
// Items of one worker run one after another. done(arg, err) follows on this
// thread, err NULL when work returned true; also at engine_stop, which lets all
// that was given be finished first. slow: the worker for what takes long.
void engine_work(struct engine *e, bool slow, bool (*work)(void *arg, struct error *err),
	void (*done)(void *arg, const struct error *err), void *arg);
// From any thread: call(arg) runs on the engine's.
void engine_post(struct engine *e, void (*call)(void *arg), void *arg);

#endif
