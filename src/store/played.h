// SPDX-License-Identifier: GPL-3.0-or-later
// What servers did and the journal does not know yet. Private to store/.
#ifndef STORE_PLAYED_H
#define STORE_PLAYED_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct store;

// Tells the journal what it could not be told when it happened. Store thread.
bool played_settle_owed(struct store *s, struct error *err);

#endif
