// SPDX-License-Identifier: GPL-3.0-or-later
// Which server what is kept of an account came from: under the same name of an
// account another one may be set, whose numbers and names mean something else.
#ifndef ACCOUNT_ORIGIN_H
#define ACCOUNT_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>

struct account_settings;
struct error;
struct store;

// To be called before the account's first connection, by a thread that may wait.
// When the server is not that of the last time: rows are fetched anew, acts that
// wait look for their messages again, and no UIDL is taken for one of the new
// server, where it would be deleted without having been downloaded.
bool origin_check(struct store *store, uint32_t account,
	const struct account_settings *settings, struct error *err);

#endif
