// SPDX-License-Identifier: GPL-3.0-or-later
// Accounts at work: for each one its workers (work, long, watch, send), each
// with a connection of its own, and the jobs that one gives them.
#ifndef ACCOUNT_ACCOUNT_H
#define ACCOUNT_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "account/event.h"
#include "mail/address.h"
#include "base/str.h"

struct accounts;
struct error;
struct path_home;
struct queue;
struct remote_driver;
struct sender_driver;
struct store;

#define KEEP_ALL (-1)

enum pop3_keep { POP3_KEEP_NONE, POP3_KEEP_DAYS, POP3_KEEP_DELETED, POP3_KEEP_ALL };

// What the configuration says of one account; copied into each worker.
struct account_settings {
	char *name;
	struct address_list addresses;  // the first is written from; all are one's own
	char *incoming, *outgoing;      // URLs; outgoing may be NULL
	struct strlist password_command;// argv; its first line of output
	struct strlist outgoing_password_command; // else the same
	char *password;                 // asked for in this run; NULL
	char *outgoing_password;
	char *tls_ca;
	char *tls_pin, *outgoing_tls_pin; // "sha256:HEX", or "sha256:HEX host": of it alone
	bool tls_off, compress_off;
	int keep;                       // days of raw bodies; KEEP_ALL
	uint64_t keep_size;
	enum pop3_keep pop3_keep;
	int pop3_days;
	int connections;                // 3
	int interval;                   // seconds between checks without IDLE
	int timeout_ms;
	char *role_names[16];           // by enum folder_role: folders.sent ...; NULL
	char *transcript;               // folder for protocol transcripts; NULL
	bool offline;                   // start without connecting
	// For tests: drivers to use instead of those of the URLs.
	const struct remote_driver *driver;
	const struct sender_driver *sender;
};
void account_settings_done(struct account_settings *s);
void account_settings_copy(struct account_settings *to, const struct account_settings *from);

struct accounts_config {
	struct store *store;
	const struct path_home *home;
	struct queue *events;           // struct event is posted here
	const char *const *reader_argv; // of the reading helper
	bool held;                      // no worker starts before accounts_begin
};
// No account yet. The store's `changed` callback is the caller's to set, to
// accounts_store_changed with the result of this call as arg.
struct accounts *accounts_new(const struct accounts_config *config);
// Starts what was held: what was posted meanwhile is done then. Any thread; more
// than once does nothing.
void accounts_begin(struct accounts *a);
void accounts_free(struct accounts **a);     // stops all workers at once, joins
struct store_change;
void accounts_store_changed(void *accounts, const struct store_change *change);
// Starts the workers of one. The identity comes from the store. May be called
// again with new settings: its workers restart.
bool accounts_add(struct accounts *a, const struct account_settings *settings,
	uint32_t *account_r, struct error *err);
// Its workers end; what the store has of it stays. Nothing where there is no such
// one. May wait for them.
void accounts_remove(struct accounts *a, const char *name);
// Batch runs that must not touch the network: jobs still work on request.
void accounts_pause(struct accounts *a, uint32_t account, bool paused);

enum job_kind {
	JOB_SYNC,       // account (0: all): play all, fetch all that should be here
	JOB_FOLDER,     // folder: bring up to date now, newest first; it is looked at
	// id: its document (fetches what it needs); flag: prefer HTML; text: the
	// section of an attached message to be read in its place, NULL
	JOB_READ,
	JOB_RAW,        // id: fetch the raw message into the store
	JOB_PART,       // id, text = section: fetch one part into the store
	JOB_PLAY,       // account: play pending operations now
	JOB_FLUSH,      // account (0: all): send the outbox now, wait for it
	JOB_SEARCH,     // text = query, folder or 0, account or 0: FOUND events, then a reply
	JOB_RETRY,      // account: forget the pause, connect now
	// account: connect and log in, and no more; flag: where its mail is sent. Its
	// failure says only what the server did: whoever set it up knows what helps.
	JOB_TRY,
};
struct job {
	enum job_kind kind;
	uint32_t account, folder;
	uint64_t id;
	const char *text;    // copied
	int order;           // enum message_order, of JOB_SEARCH
	bool flag;
};
// Never blocks. The result is a number that the EVENT_REPLY carries; a job
// whose account is unknown is replied to with an error like any other.
uint64_t accounts_post(struct accounts *a, const struct job *job);
void accounts_cancel(struct accounts *a, uint64_t job);

// --- sending -----------------------------------------------------------------------

struct buf;
// Queues a message: the file into mail/outbox (fsynced), the record into the
// journal, then the send worker is woken. Not on the UI thread: engine posts it.
struct send;
bool accounts_queue_message(struct accounts *a, struct send *send,
	const struct buf *message, struct error *err);

#endif
