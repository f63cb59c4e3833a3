// SPDX-License-Identifier: GPL-3.0-or-later
// What a person can do about a server that cannot be used.
#ifndef ACCOUNT_ADVICE_H
#define ACCOUNT_ADVICE_H

#include <stdbool.h>

struct account_settings;
struct error;

// Adds it to a sentence that somebody who waits will read, and that says what and
// why so far. Failures that speak for themselves stay as they are. outgoing: of
// the sending side of this account.
void advice_add(struct error *err, const struct account_settings *s, bool outgoing);

#endif
