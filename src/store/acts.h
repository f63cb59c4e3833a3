// SPDX-License-Identifier: GPL-3.0-or-later
// From what a user did to operations: built from what is shown, journalled, laid
// over the cache. Private to store/; all of it on the store thread.
#ifndef STORE_ACTS_H
#define STORE_ACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/array.h"

struct error;
struct journal_txn;
struct op;
struct op_message;
struct row;
struct store;

// Operations on messages, grouped by where these are shown, at most
// OPERATION_MESSAGES_MAX in each. `like` gives all but folder and messages.
struct act_groups {
	struct array ops;          // struct op *
	const struct op *like;
};
struct op_message *act_groups_add(struct act_groups *g, struct store *s,
	const struct row *row);
// A message of an operation as the row stands now.
void act_message(struct store *s, struct op_message *m, const struct row *row);

// Gives the operations their numbers and writes them.
void acts_journal(struct store *s, struct journal_txn *t, const struct array *ops);
// Takes them (they belong to the store then) and shows their effect. False: that
// could not be done yet; they are done all the same.
bool acts_show(struct store *s, struct array *ops, struct error *err);
// Says so to the user.
void acts_tell_unshown(struct store *s, const struct error *why);
// Reads the row that is shown with this id; false when it is hidden or gone.
bool acts_row(struct store *s, uint64_t id, struct row *row);
// Works out anew what is shown of these rows: roots, uint64_t.
bool acts_relay(struct store *s, const struct array *roots, struct error *err);
// Makes the rows that copies and appends show before a server has them.
bool acts_create_rows(struct store *s, struct op *op, struct error *err);

#endif
