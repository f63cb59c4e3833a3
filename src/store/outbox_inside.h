// SPDX-License-Identifier: GPL-3.0-or-later
// The list of messages on their way out, held in memory. Private to store/.
#ifndef STORE_OUTBOX_INSIDE_H
#define STORE_OUTBOX_INSIDE_H

#include <stdbool.h>

struct error;
struct store;

void sends_init(struct store *s);
bool sends_load(struct store *s, struct error *err);
void sends_free(struct store *s);

#endif
