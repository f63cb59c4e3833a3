// SPDX-License-Identifier: GPL-3.0-or-later
// Looking up a name in threads that can be abandoned, since getaddrinfo() itself
// cannot be stopped.
#ifndef REMOTE_RESOLVE_H
#define REMOTE_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct resolve;

enum resolve_family { RESOLVE_IPV6, RESOLVE_IPV4, RESOLVE_FAMILIES };

struct resolve_address {
	struct sockaddr_storage address;
	socklen_t len;
};

// One lookup a family; an address literal is done at once. Never NULL.
struct resolve *resolve_start(const char *host, uint16_t port);
// Readable when a family may have come in.
int resolve_fd(const struct resolve *r);
void resolve_seen(struct resolve *r); // makes the descriptor unreadable again
// True when that family is done: at most max addresses are copied, *n_r tells
// how many; *why_r (lent) why there is none, else NULL.
bool resolve_take(struct resolve *r, enum resolve_family family,
	struct resolve_address *addresses, size_t max, size_t *n_r, const char **why_r);
// Threads that are still looking finish by themselves.
void resolve_abandon(struct resolve **r);

#endif
