// SPDX-License-Identifier: GPL-3.0-or-later
// The door to Berkeley DB: environments, trees, transactions and cursors with
// one sticky failure each, so that a row of calls is checked once, at its end.
// Private to store/.
#ifndef STORE_ENV_H
#define STORE_ENV_H

#include <db.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

struct error;

// One process, one writing thread, readers kept away by the store's own lock: so
// there is no lock subsystem, which made writing three times as fast. The log may be
// flushed and a checkpoint be made beside all of them.
struct env {
	DB_ENV *handle;
	char *folder;
	int code;             // of the last failure in opening
	bool strange;         // the folder has what is not ours
	atomic_int said;      // errno that Berkeley DB told only in words; 0 none
};

struct env_settings {
	const char *folder;
	size_t cache_bytes;
	size_t log_bytes;     // of one log file
	size_t log_buffer;
	bool sync;            // a commit returns when it is on the disk; else who
	                      // checkpoints has logs removed (env_trim)
};

// The folder is made (0700) and must be ours, without links and without a
// DB_CONFIG, which Berkeley DB would obey. *e is set in any case: env_close.
bool env_open(struct env **e, const struct env_settings *settings, struct error *err);
void env_close(struct env **e, bool checkpoint);
// Before the trees of a damaged one are closed.
void env_let_go(struct env *e);
// When at least so much was logged since the last one; 0: in any case.
int env_checkpoint(struct env *e, uint32_t kilobytes);
// Removes logs that are of no more use.
int env_trim(struct env *e);
// Berkeley DB's code and file names made a sentence. Returns false.
bool env_error(struct env *e, int code, struct error *err, const char *what);
// A failure that reading or writing again will not cure, as a full disk does.
bool env_is_damage(int code);
// What a user can do about it, to be put behind the reason; "" nothing.
const char *env_advice(int code);

enum tree_kind { TREE_PLAIN, TREE_COUNTED }; // counted: rows by number
int tree_open(struct env *e, DB **tree, const char *file, enum tree_kind kind,
	uint32_t page_bytes);
void tree_close(DB **tree);
// Reads the whole file from the disk, whatever is in memory: false when a page of
// it is not as it was written. Nothing may be written meanwhile, and all must have
// been (env_checkpoint).
bool tree_sound(struct env *e, const char *file, uint32_t page_bytes);

// A transaction; without a handle, a read. After the first failure every call
// does nothing and finds nothing.
struct txn {
	struct env *env;
	DB_TXN *handle;
	int failed;
};
struct txn txn_reading(struct env *e);
void txn_begin(struct txn *t, struct env *e);
bool txn_commit(struct txn *t);  // false: nothing of it was kept
void txn_abort(struct txn *t);
// *out is overwritten.
bool txn_get(struct txn *t, DB *tree, const void *key, size_t len, struct buf *out);
void txn_put(struct txn *t, DB *tree, const void *key, size_t len,
	const void *data, size_t data_len);
bool txn_del(struct txn *t, DB *tree, const void *key, size_t len);

// Keys are numbers in network order one behind another, so that bytes sort as
// the numbers do.
#define KEY_MAX 48
struct key {
	unsigned char at[KEY_MAX];
	size_t len;
};
void key_u8(struct key *k, uint8_t v);
void key_u32(struct key *k, uint32_t v);
void key_u64(struct key *k, uint64_t v);
uint32_t key_get_u32(const void *key, size_t at);
uint64_t key_get_u64(const void *key, size_t at);

// Short-lived: closed before the lock is given back.
struct cursor {
	DBC *handle;
	struct txn *txn;
	struct buf key, data;
	DBT key_dbt, data_dbt;
};
void cursor_open(struct cursor *c, struct txn *t, DB *tree);
void cursor_close(struct cursor *c);
// The first entry whose key is not below this one.
bool cursor_seek(struct cursor *c, const void *key, size_t len);
bool cursor_first(struct cursor *c);
bool cursor_last(struct cursor *c);
bool cursor_next(struct cursor *c);
// Of a counted tree: by number from 0, and the number of where it stands.
bool cursor_seek_row(struct cursor *c, uint32_t row);
uint32_t cursor_row(struct cursor *c);
bool cursor_in(const struct cursor *c, const void *prefix, size_t len);
void cursor_del(struct cursor *c);

#endif
