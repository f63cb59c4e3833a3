// SPDX-License-Identifier: GPL-3.0-or-later
// What a search finds, told in handfuls: the first at once, the others as they come.
#ifndef ACCOUNT_FOUND_H
#define ACCOUNT_FOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue;

struct found {
	struct queue *events;
	uint64_t job;
	uint32_t account;      // what a server found there; 0: what was found here
	uint64_t *ids;
	size_t n, limit;
	int64_t told_at;
};

void found_init(struct found *f, struct queue *events, uint64_t job, uint32_t account);
void found_done(struct found *f);        // what is not told yet is not told
// As store_search calls it; f is a struct found.
bool found_one(void *f, uint64_t id);
void found_tell(struct found *f);

#endif
