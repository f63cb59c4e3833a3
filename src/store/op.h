// SPDX-License-Identifier: GPL-3.0-or-later
// An operation: what is to be done to messages or a folder at a server, with all
// that its inverse needs. Private to store/.
#ifndef STORE_OP_H
#define STORE_OP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "store/pending.h"

// One message of an operation.
struct op_message {
	unsigned index;       // in the operation as it was made; never changes
	uint32_t uid;         // in op->folder; 0: it has none there yet
	uint64_t origin;      // the creation (root_of_creation) that it waits for, or
	                      // waited for before it got its uid; 0 none
	uint64_t key, size;   // Message-ID and size, to find it again
	struct flags before;  // as shown before; for the inverse
	uint32_t uid_to;      // played: its UID in the target; 0 unknown
	char *path;           // what an expunge took, kept as a file; NULL
	int64_t received;     // of that
	uint64_t root;        // memory only: the row it acts on; 0 not known
	unsigned late;        // memory only: op->handed when it got its UID; 0 before
};

struct op {
	uint64_t seq;
	uint64_t step;
	enum act_kind kind;
	enum operation_state state;
	uint32_t account, folder, uidvalidity;
	struct op_message *messages; // by index
	size_t n;
	struct flag_change change;
	uint32_t target, target_uidnext, target_uidvalidity;
	char *name;           // RENAME: the new one; DELETE: if it was empty, to make
	                      // it again
	char *old_name;       // RENAME: for the inverse
	bool subscribe;
	char *path;           // APPEND
	struct flags flags;   // APPEND
	int64_t received;
	char *message_id;
	int64_t when;
	unsigned tries;
	char *title;
	char *error;
	bool no_undo;
	bool inverse;         // takes an act back: its title is that act's
	bool dropped;         // in the history: undone before a server saw it
	// Memory only: a worker has it in hand, so the server may have seen it.
	atomic_bool playing;
	atomic_uint handed;   // how often it was handed out
};

void op_free(struct op **op);
struct op *op_copy(const struct op *op); // messages too; not playing
void op_pack(struct buf *out, const struct op *op);
struct op *op_unpack(struct reader *in); // NULL when damaged
struct op_message *op_message_at(struct op *op, unsigned index); // NULL: left it
struct op_message *op_message_add(struct op *op);
void op_message_remove(struct op *op, struct op_message *m);
// What is said of it: "undo: move to Archive". Owned by the caller.
char *op_title(const struct op *op);
// Acts on messages that exist: not APPEND, not the folder acts.
bool op_has_messages(const struct op *op);
// It gets its UID only now: who has the operation in hand does not know of it.
void op_message_place(struct op *op, struct op_message *m, uint32_t uid);
// It was among those that were handed out last.
bool op_message_handed(const struct op *op, const struct op_message *m);
// Some server may have seen it already.
bool op_maybe_played(const struct op *op);

#endif
