// SPDX-License-Identifier: GPL-3.0-or-later
// What the workers of one account do, made into the one status that people see.
#ifndef ACCOUNT_BOARD_H
#define ACCOUNT_BOARD_H

#include <stdbool.h>
#include <stdint.h>
#include "account/event.h"

struct board;
struct error;
struct queue;

#define BOARD_PLACES 6   // more than an account has workers

struct board *board_new(struct queue *events, uint32_t account);
void board_free(struct board **b);
// What the worker at this place does now. Safe from any thread; told only when
// it changes what is shown, progress a few times a second at most.
void board_state(struct board *b, unsigned place, enum account_state state);
void board_progress(struct board *b, unsigned place, uint32_t folder,
	const char *name, uint32_t done, uint32_t total);
// OFFLINE: why, and when it is tried again (seconds).
void board_failed(struct board *b, unsigned place, const struct error *err,
	int64_t retry_at);
// NEEDS_PASSWORD or NEEDS_TRUST by the error's kind: which host, and on which
// side, so that the answer goes to the right one.
void board_asks(struct board *b, unsigned place, const struct error *err,
	const char *host, uint16_t port, const char *fingerprint, bool outgoing);
// Nothing is done there now; a failure that is shown stays.
void board_rest(struct board *b, unsigned place);
// What kept this worker from its server is over, by another one's doing.
void board_recovered(struct board *b, unsigned place);
// The server's space and what of it is used, bytes: part of each status from now on.
void board_quota(struct board *b, uint64_t used, uint64_t limit);
void board_paused(struct board *b, bool paused);

#endif
