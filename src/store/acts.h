// SPDX-License-Identifier: GPL-3.0-or-later
// Operations on their way into the journal. Private to store/.
#ifndef STORE_ACTS_H
#define STORE_ACTS_H

struct array;
struct journal_txn;
struct store;

// Gives the operations (struct op *) their numbers and writes them. Store thread.
void acts_journal(struct store *s, struct journal_txn *t, const struct array *ops);

#endif
