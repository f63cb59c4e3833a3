// SPDX-License-Identifier: GPL-3.0-or-later
// Takes in what a server tells of a folder, piece by piece, and writes it to the
// store in batches, so that no answer is ever held in memory as a whole. While one
// batch is written the next is gathered.
#ifndef ACCOUNT_TAKE_H
#define ACCOUNT_TAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"
#include "remote/remote.h"
#include "store/messages.h"

struct sync;

struct take {
	struct sync *s;
	// The next batch; its owner may set the fields of the state before a flush.
	struct sync_batch batch;
	// Rows outside of the window are not wanted: "n:*" always names one message.
	uint32_t from, to;
	uint32_t arrived_from;     // rows from this UID up are news; 0: none is
	uint32_t taken;            // messages of the window so far
	// What the store has of the window; those not seen in the answer are gone.
	struct sync_known *known;
	bool *seen;
	size_t n_known;
	bool compare_flags;
	bool compare;              // what the store does not have is odd
	// To be fetched once more, see salvage.h.
	struct take_odd { uint32_t uid; bool broken; } *odd;
	size_t n_odd, cap_odd;
	struct sync_writing *writing; // the batch before this one
	struct error failed;       // of a write within an answer
	size_t cap_rows, cap_flags, cap_gone;
};

void take_init(struct take *t, struct sync *s, uint32_t folder, uint32_t uidvalidity);
void take_done(struct take *t);
struct remote_sink take_sink(struct take *t);
// Fetches from..to and takes it in: rows (ENVELOPE), or what differs from the
// store (FLAGS, UIDS); what the store has more is gone, what it lacks is odd. The last batch waits for
// the flush. `changed_since` as in remote.h; then nothing is gone.
bool take_window(struct take *t, uint32_t from, uint32_t to, unsigned what,
	uint64_t changed_since, struct error *err);
// A row as a driver tells it, whatever the window is.
void take_row(struct take *t, struct remote_message *m, bool known);
// Has what is gathered written, with the state that was set meanwhile, and goes on.
// False: the batch before it could not be, and this one is not tried.
bool take_post(struct take *t, struct error *err);
// Waits for what was posted. False: it could not be written.
bool take_settle(struct take *t, struct error *err);
// Both.
bool take_flush(struct take *t, struct error *err);
// What is fetched of rows from this server.
unsigned take_of_rows(struct sync *s);
// The width that the next window should have, in UIDs.
uint32_t take_next_width(const struct take *t, uint32_t width, uint32_t want);

#endif
