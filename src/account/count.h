// SPDX-License-Identifier: GPL-3.0-or-later
// What the server counts against what is here: the check on all that was told.
#ifndef ACCOUNT_COUNT_H
#define ACCOUNT_COUNT_H

#include <stdbool.h>
#include <stdint.h>

struct folder;
struct sync;

// Does the server count other than we do, in a way that was not looked into yet?
// What waits here to be played or to be synced makes them differ rightly.
bool count_is_new(struct sync *s, const struct folder *f, uint32_t exists);
// All rows of the folder visited came: where they are not as many as the server
// counts they are to be compared.
void count_check(struct sync *s, uint32_t folder);
// They were: says what came of it.
void count_compared(struct sync *s, uint32_t folder);
// Flags are to be compared although the MODSEQs say that none changed.
bool count_doubts_flags(const struct sync *s, uint32_t folder);
void count_trust_flags(struct sync *s, uint32_t folder);

#endif
