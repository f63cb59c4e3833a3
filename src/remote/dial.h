// SPDX-License-Identifier: GPL-3.0-or-later
// From a host's name to a connected socket: looking it up and racing its
// addresses (RFC 8305), with a deadline and a way out at any time.
#ifndef REMOTE_DIAL_H
#define REMOTE_DIAL_H

#include <stdbool.h>
#include <stdint.h>

struct cancel;
struct error;

#define DIAL_NEXT_MS 250       // RFC 8305 section 5: Connection Attempt Delay
#define DIAL_RESOLUTION_MS 50  // section 3: IPv4 waits that long for IPv6
#define DIAL_ADDRESSES_MAX 16  // of each family

// A connected, non-blocking socket with TCP_NODELAY and keepalive; -1 and *err
// (OFFLINE, INPUT, CANCELLED) otherwise. loopback_only: other addresses of the
// name are not tried; INPUT when it has no such. peer: what *err calls it.
int dial(const char *host, const char *peer, uint16_t port, bool loopback_only, int timeout_ms,
	const struct cancel *cancel, struct error *err);

#endif
