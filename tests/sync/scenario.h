// SPDX-License-Identifier: GPL-3.0-or-later
// A scenario is a row of a table: what the server had, what was done here off line,
// what other clients did meanwhile, and how both must stand at the end, however
// often the client was killed or cut off on its way there.
#ifndef TESTS_SYNC_SCENARIO_H
#define TESTS_SYNC_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include "tests/sync/scene.h"

struct scenario {
	const char *name;
	void (*server)(struct fake *f);        // at the first sync
	// After it. It may sync, undo and restart as it likes.
	bool (*acts)(struct client *c);
	void (*others)(struct fake *f);        // other clients, meanwhile
	const char *expected;                  // of the server, at the end
	// What the user is told in a run without mishaps; "a|b", NULL: nothing. One
	// that ends with '*' is the beginning.
	const char *told;
	unsigned failed;                       // operations that stay listed as failed
	unsigned without;                      // abilities that no server has here
	unsigned more_turns;                   // a second sync may take, beyond few
	bool no_bodies, long_one;
};

// Servers that most begin with.
void server_two(struct fake *f);       // INBOX: a b{seen} c{flagged todo} d; Archive
void server_empty(struct fake *f);     // an INBOX
void server_many(struct fake *f);      // 140 messages, their UIDs wide apart
void server_twins(struct fake *f);     // messages that are equal in all bytes
#define START "Archive: x{seen}; INBOX: a b{seen} c{flagged todo} d"

// Runs all rows on each kind of server; with arguments SCENARIO [SERVER] just that,
// killed at every step.
int scenarios_main(int argc, char **argv, const struct scenario *rows, size_t n);

#endif
