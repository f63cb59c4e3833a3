// SPDX-License-Identifier: GPL-3.0-or-later
// The store as its own files see it: who may touch what, the jobs of the store
// thread, reading under the lock and writing in short transactions. Private to
// store/.
#ifndef STORE_INSIDE_H
#define STORE_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/array.h"
#include "base/error.h"
#include "store/cache.h"
#include "store/folders.h"
#include "store/journal.h"
#include "store/operations.h"
#include "store/row.h"
#include "store/store.h"

struct flusher;
struct links;
struct map;
struct writer;

struct store {
	char *folder, *mail;
	size_t cache_bytes;
	uint64_t bodies_max;
	void (*changed)(void *arg, const struct store_change *change);
	void *changed_arg;

	struct writer *writer;
	struct flusher *flusher;

	// The store thread's own; nobody else touches these.
	struct journal *journal;
	unsigned commits;              // since the log was last flushed
	struct steps *steps;           // what can be undone
	struct array owed;             // struct op *: see played.h
	int64_t left_swept;            // when; see left.h
	bool kept_old;                 // files of kept.h may be of no more use
	unsigned midway;               // between the two commits of one change
	bool behind;                   // the cache could not show what the journal has
	struct links *links;           // keys not yet in the tree
	struct map *gone;              // roots that left for good
	struct array unbound;          // struct unbound: see unbound.h

	// Written by the store thread under the write lock, and by nobody else:
	// so it may read them without, and others read under the read lock.
	pthread_rwlock_t lock;
	atomic_uint waiting;           // readers that wait for it
	pthread_mutex_t wanted_lock;   // the innermost
	struct cache *cache;           // never NULL; `broken` where none could be opened
	struct array folders;          // struct folder_row, by id
	struct operations operations;
	struct map *states;            // name -> struct buf
	struct array accounts;         // struct account_row
	struct array sends;            // struct send

	atomic_uint_fast64_t step;
	atomic_uint_fast64_t generation;
	atomic_uint_fast64_t folders_played;
};

// --- jobs (writer.c) ----------------------------------------------------------

enum job_priority {
	JOB_ACT,       // what the user did
	JOB_PLAY,      // what became of it at the server
	JOB_SYNC,
	JOB_UPKEEP,
	JOB_PRIORITIES,
};

struct job {
	struct job *next;
	enum job_priority priority;
	void (*run)(struct store *s, struct job *job); // frees it
};

bool writer_start(struct store *s, struct error *err);
// All that was posted is done first.
void writer_stop(struct store *s);
void writer_post(struct store *s, struct job *job);
// Takes the first job if it is of this priority; store thread only.
struct job *writer_take(struct store *s, enum job_priority priority);
// Runs the user's acts that wait; between the pieces of long work.
void writer_breathe(struct store *s);
// A job that somebody waits for, sooner or later; it and what `arg` points to stay
// where they are until then.
struct writer_call {
	struct job job;
	bool (*run)(struct store *s, void *arg, struct error *err);
	void *arg;
	struct error *err;
	bool ok, done;
};
// Has call->run called on the store thread.
void writer_call_begin(struct store *s, enum job_priority priority,
	struct writer_call *call);
// Waits for it. True: it said so.
bool writer_call_end(struct store *s, struct writer_call *call);
// Both at once.
bool writer_call(struct store *s, enum job_priority priority,
	bool (*run)(struct store *s, void *arg, struct error *err), void *arg,
	struct error *err);

// --- reading (view.c) -----------------------------------------------------------

// The read lock, some milliseconds at most. Who waits for it is seen by the writer,
// which then cuts its piece short.
void reading_begin(struct store *s);
void reading_end(struct store *s);

// Locked from view_open to view_close.
struct view {
	struct store *s;
	struct cache *cache;
	struct txn txn;
};
// False (and nothing to close) while there is no cache.
bool view_open(struct view *v, struct store *s);
// False when something failed meanwhile: what was read is not to be used.
bool view_close(struct view *v);

// --- writing (write.c) ------------------------------------------------------------

// How long the lock may be held in one piece, and when somebody waits for it.
#define WRITE_PIECE_NS 3000000
#define WRITE_PIECE_WAITING_NS 1000000

struct write {
	struct store *s;
	struct cache *cache;
	struct txn txn;
	int64_t began;            // nanoseconds
	struct cache_meta before;
	struct array saved;       // struct folder_row before, to go back to
	struct array changes;     // struct store_change, merged
};

// A cache that is damaged is replaced by write_commit; false and ERROR_GONE
// then: what was to be written must be fetched again.
void write_begin(struct write *w, struct store *s);
bool write_commit(struct write *w, struct error *err);
void write_abort(struct write *w);
// Its time is over: commit, let readers in and (acts_too) the user's acts go
// first, begin again. False: as write_commit, and nothing is begun.
bool write_due(const struct write *w);
bool write_cut(struct write *w, bool acts_too, struct error *err);
// Told after the commit; text is not kept: use store_tell for those.
void write_tell(struct write *w, enum store_change_kind kind, uint32_t account,
	uint32_t folder, uint64_t id);
// At once, outside of any lock; store thread only.
void store_tell(struct store *s, enum store_change_kind kind, uint32_t account,
	uint32_t folder, uint64_t id, const char *text);
// The folder to be changed; what it was is kept for a failure. NULL: unknown.
struct folder_row *write_folder(struct write *w, uint32_t id);

// --- folders (folders.c) ------------------------------------------------------------

struct account_row {
	uint32_t id;
	char *name;
};

// For store_raw_wanted: all rows of the folder's order by date before this one
// have their raw form or are not wanted. Under wanted_lock.
struct wanted {
	bool set;
	uint32_t date;
	uint64_t id;
	int64_t since;            // what was asked for then
	uint64_t max_size;
};

struct folder_row {
	struct folder f;          // names as the server has them; counts as shown
	char *shown_name;         // after the pending acts
	unsigned shown_attributes;
	bool by_name;             // the next listing finds it by its name
	bool unwritten;           // the journal could not be told of it as it is now
	bool hidden;              // deleted here
	bool unmade;              // while acts are laid over: made by a later one
	bool dirty;               // in the transaction that is open
	bool listed;              // in the listing that is being written
	struct wanted wanted;
};
struct folder_row *folder_row(const struct store *s, uint32_t id); // NULL: none
bool folders_load(struct store *s, struct error *err);  // accounts and identities
bool folders_load_cache(struct store *s);               // counts and server state
void folders_done(struct store *s);
void folder_row_put(struct write *w, struct folder_row *f);
// The names and attributes after the pending folder acts. Write lock held.
void folders_overlay(struct store *s);
void folder_row_done(struct folder_row *f);
// Its name on the server, where it is or lies below `from`, is below `to` now.
bool folder_move_name(struct folder_row *f, const char *from, const char *to);
// Adds it to those in memory, or takes it from them. Write lock held.
struct folder_row *folder_row_add(struct store *s, uint32_t id);
void folder_row_remove(struct store *s, uint32_t id);
bool folders_forget(struct store *s, uint32_t id, struct error *err);
void folder_identity_put(struct journal_txn *t, const struct folder_row *f);
uint32_t folders_account_of(const struct store *s, uint32_t folder);

// --- the disk (flush.c) -----------------------------------------------------------

void flusher_start(struct store *s);
// What was asked for is done first.
void flusher_stop(struct store *s);
// Has the log of the cache, and the pages where much was logged, brought to the
// disk. Returns at once. Store thread.
void flusher_ask(struct store *s);
// Returns when all of it is done: before the cache is closed or its files are read.
void flusher_rest(struct store *s);

// --- upkeep (upkeep.c) ----------------------------------------------------------

// Has the log flushed now and then, so that readers seldom have to.
void upkeep_after_commit(struct store *s);
// What could not be shown before, as on a full disk, is shown now if it can be.
void upkeep_heal(struct store *s);
// Called when nothing waited for a second; true: there is more to do.
bool upkeep_idle(struct store *s);

// --- syncs ------------------------------------------------------------------------

// What store_sync has run; arg: a sync_batch. (sync.c)
bool sync_run(struct store *s, void *arg, struct error *err);
// This UID will not come back in this folder. (sync.c)
void sync_gone(struct store *s, uint64_t root);
// All rows that the server has in the folder go; `keep`: their bodies wait for them
// (left.h). The folder stays. (known.c)
bool sync_forget(struct store *s, uint32_t folder, bool keep, struct error *err);

// --- laying over (generation.c) --------------------------------------------------

// Every row that shows a pending act, or should, is worked out anew.
bool store_lay_all(struct store *s, struct error *err);

// --- generations (generation.c) ---------------------------------------------------

// Opens the cache, replacing a damaged one. Store thread, or before it runs.
bool generation_open(struct store *s, bool *fresh_r, struct error *err);
// Leaves this cache and begins a new one. Store thread, lock not held.
bool generation_next(struct store *s, const char *why, struct error *err);

#endif
