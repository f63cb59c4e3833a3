// SPDX-License-Identifier: GPL-3.0-or-later
// A link between a client and a server on loopback that counts what passes
// and misbehaves on request, so that tests can measure and cut connections.
#ifndef TESTS_PROXY_H
#define TESTS_PROXY_H

#include <stdbool.h>
#include <stdint.h>

#define PROXY_LINKS_MAX 64
#define PROXY_BUFFER_MAX (256 * 1024) // of each direction of each link

struct proxy;

// How the link behaves; all zero: like a good one. Directions are seen from
// the client: up is what it sends.
struct proxy_rules {
	// Time that each byte is under way in each direction, milliseconds;
	// so a round trip takes twice this.
	unsigned delay;
	// Bytes a second of each direction of each link; 0: no limit.
	uint64_t rate;
	// Reset a link after so many bytes in that direction; 0: never.
	uint64_t cut_up;
	uint64_t cut_down;
	// Hand on single bytes, so that reads end anywhere.
	bool split;
	// Keep what comes, hand nothing on: a dead link that stays open.
	bool stall;
	// Close new connections at once.
	bool refuse;
};

// What has passed since the start or the last proxy_reset.
struct proxy_count {
	uint64_t up;    // bytes that the client sent
	uint64_t down;  // bytes that the server sent
	uint64_t turns; // times that the client spoke after the server had, or first
	uint64_t links; // connections
	unsigned open;  // connections open now
};

// Listens on a free loopback port and links it to port; NULL if it cannot.
struct proxy *
proxy_start(int port);

// Resets all links and stops. Sets the pointer to NULL.
void
proxy_stop(struct proxy **proxy);

// The port that a client connects to.
int
proxy_port(const struct proxy *proxy);

// From now on these rules hold, also for links that are open; the cut counts
// from each link's first byte.
void
proxy_rule(struct proxy *proxy, const struct proxy_rules *rules);

// Resets all open links now; returns when they are.
void
proxy_cut(struct proxy *proxy);

struct proxy_count
proxy_counted(struct proxy *proxy);

void
proxy_reset(struct proxy *proxy);

#endif
