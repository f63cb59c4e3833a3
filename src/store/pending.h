// SPDX-License-Identifier: GPL-3.0-or-later
// Acts: what the user does, journalled as operations with their inverse, shown
// at once, played to the server in order, and undone.
#ifndef STORE_PENDING_H
#define STORE_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "mail/flags.h"

struct error;
struct store;

enum act_kind {
	ACT_FLAG,           // change flags of messages
	ACT_MOVE,           // messages to `folder`
	ACT_COPY,           // messages to `folder`
	ACT_EXPUNGE,        // remove messages for good
	ACT_APPEND,         // the file `path` becomes a message of `folder`
	ACT_FOLDER_CREATE,  // `name` in `account`
	ACT_FOLDER_RENAME,  // `folder` to `name`, with its children
	ACT_FOLDER_DELETE,  // `folder`
	ACT_FOLDER_SUBSCRIBE, // `folder`; subscribe false: unsubscribe
};
const char *act_kind_name(enum act_kind kind);  // "flag", "move", ...

struct act {
	enum act_kind kind;
	const uint64_t *ids;       // messages, of any folder and account
	size_t n;
	struct flag_change change;
	uint32_t account;
	uint32_t folder;
	const char *name;
	bool subscribe;
	// APPEND: a file below the mail folder that exists only here; it is copied
	// into the row's raw form at once and kept until the server has it.
	const char *path;
	struct flags flags;
	int64_t received;
	// Said to the user: "move to Archive".
	const char *title;
	// Acts with one step are undone together: 0 begins a step of its own, else
	// the value from store_step().
	uint64_t step;
	bool no_undo;              // the program's own: the copy in Sent
};

// Called on the store thread; err NULL when done. n: messages acted on.
struct act_reply {
	void (*done)(void *arg, const struct error *err, size_t n, const char *title);
	void *arg;
};

uint64_t store_step(struct store *s);   // a new step number; any thread
// Journals the act (one group commit), lays its effect over the cache, tells
// changes. A move between accounts is ERROR_INPUT here (the account layer copies
// it). Everything is copied before it returns. [post]
void store_act(struct store *s, const struct act *act, const struct act_reply *reply);
// The same, waited for: for workers. Never on the UI or the store thread.
bool store_act_wait(struct store *s, const struct act *act, struct error *err);
// Takes the last step back, or does it again: what no server has seen is
// dropped, the rest becomes an inverse operation. ERROR_INPUT "nothing to
// undo"; ERROR_REFUSED when a step cannot be undone (and says why). [post]
void store_undo(struct store *s, const struct act_reply *reply);
void store_redo(struct store *s, const struct act_reply *reply);

// --- playing ----------------------------------------------------------------------

enum operation_state { OPERATION_WAITING, OPERATION_STARTED, OPERATION_FAILED };

#define OPERATION_MESSAGES_MAX 1000  // a larger act is several operations
// More that an expunge takes is not kept; its undo then says so.
#define OPERATION_KEPT_MAX (64u * 1024 * 1024)

// One operation, ready to be played: all its messages lie in one folder.
struct operation {
	uint64_t seq;              // the journal's order
	uint64_t step;
	enum act_kind kind;
	enum operation_state state;
	uint32_t account;
	uint32_t folder;           // where the messages lie; the folder of folder acts
	uint32_t uidvalidity;
	uint32_t *uids;            // ascending; only those that have a UID by now
	uint64_t *ids;             // ours, beside each uid
	size_t n;
	struct flag_change change;
	uint32_t target;           // MOVE, COPY, APPEND
	uint32_t target_uidnext;   // noted when it was started; 0 not
	char *name;
	bool subscribe;
	char *path;
	struct flags flags;
	int64_t received;
	char *message_id;          // APPEND
	int64_t when;              // it was done
	unsigned tries;
	char *title;               // "move to Archive", "undo: move to Archive"
	char *error;               // of the last try, NULL
};
void operation_done(struct operation *op);

// The first operation of the account that is not FAILED; false when none.
// Operations of one account are played strictly in order. n 0 although it acts on
// messages: none has a UID yet, because they went to `folder` without the server
// telling their UIDs. Sync that folder and ask again; if it stays so, refuse it.
// It counts as in hand until _played, _again or _refused is called.
bool store_operation_next(struct store *s, uint32_t account, struct operation *op_r);
// For `pending`: all, of one account or (0) of every one. operation_done each.
size_t store_operations(struct store *s, uint32_t account, struct operation **ops_r);
// Before COPY, MOVE, APPEND go out: committed with sync. [write]
bool store_operation_started(struct store *s, uint64_t seq, uint32_t target_uidnext,
	struct error *err);
// Played. uids_from/uids_to (n of them, may be 0): COPYUID or APPENDUID as the
// server told or a search found. [write]
bool store_operation_played(struct store *s, uint64_t seq, uint32_t target_uidvalidity,
	const uint32_t *uids_from, const uint32_t *uids_to, size_t n,
	struct error *err);
// Handed out, and before it was begun the server turned out not to have these
// messages any more: they go, the acts on them are told as left out. Ask for
// the next one again. [write]
bool store_operation_gone(struct store *s, uint64_t seq, const uint32_t *uids,
	size_t n, struct error *err);
// The server was not there: it stays, tries counts, the text is kept. [write]
bool store_operation_again(struct store *s, uint64_t seq, const char *text,
	struct error *err);
// The server refused for good: what is shown goes back to the server's state,
// STORE_REFUSED tells it; it stays listed as FAILED until dropped. [write]
bool store_operation_refused(struct store *s, uint64_t seq, const char *text,
	struct error *err);
// For `pending -drop SEQ` and `-retry SEQ`. [post]
void store_operation_drop(struct store *s, uint64_t seq, const struct act_reply *reply);
void store_operation_retry(struct store *s, uint64_t seq, const struct act_reply *reply);
// A failed move, copy or append waits again, with another folder of the account
// for its target. Where a part of it was played, what is left becomes an operation of
// its own, with another number, in the same step of undo.
void store_operation_change(struct store *s, uint64_t seq, uint32_t target,
	const struct act_reply *reply);
// How many are waiting or started, of one account or (0) all. Constant time.
size_t store_operations_count(struct store *s, uint32_t account);

#endif
