// SPDX-License-Identifier: GPL-3.0-or-later
// The servers of an account that is set up: what an address lets one guess, and
// what was typed as the URL that the configuration wants. Nothing here asks the
// network.
#ifndef UI_VIEW_SETUP_SERVERS_H
#define UI_VIEW_SETUP_SERVERS_H

#include <stdbool.h>

struct error;
struct strlist;

// URLs that are likely for an address, the likeliest first; none where it has no
// domain. `incoming`: of the account by now; its host is a hint for sending; NULL.
void setup_servers_incoming(const char *address, struct strlist *out);
void setup_servers_outgoing(const char *address, const char *incoming,
	struct strlist *out);
// A URL stays as it is; "HOST" and "HOST:PORT" become one, with the address as
// user. NULL, and a sentence why, for what can be neither. free().
char *setup_server(const char *typed, const char *address, bool outgoing,
	struct error *err);

#endif
