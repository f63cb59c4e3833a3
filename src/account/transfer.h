// SPDX-License-Identifier: GPL-3.0-or-later
// Playing the operations that must not be played twice: COPY, MOVE and APPEND,
// each with the search that tells after a crash whether it was done.
#ifndef ACCOUNT_TRANSFER_H
#define ACCOUNT_TRANSFER_H

#include <stdbool.h>

struct error;
struct operation;
struct sync;

// Each plays one operation and writes to the store that it was played.
bool transfer_messages(struct sync *s, const struct operation *op, struct error *err);
bool transfer_append(struct sync *s, const struct operation *op, struct error *err);

#endif
