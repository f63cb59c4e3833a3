// SPDX-License-Identifier: GPL-3.0-or-later
// Messages that leave the operations on them. Private to store/; all of it on the
// store thread, no transaction open.
#ifndef STORE_LOST_H
#define STORE_LOST_H

#include <stdbool.h>
#include <stdint.h>
#include "base/array.h"

struct error;
struct store;

// These messages (roots, uint64_t) are gone from their server.
bool lost_gone(struct store *s, const struct array *roots, struct error *err);
// UIDVALIDITY of a folder changed: messages are named by Message-ID and size
// until they are found again, and those that are not are given up.
bool lost_uids(struct store *s, uint32_t folder, struct error *err);
bool lost_give_up(struct store *s, uint32_t folder, struct error *err);

#endif
