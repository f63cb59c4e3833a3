// SPDX-License-Identifier: GPL-3.0-or-later
// One message as the cache keeps it: where the server has it and how, and apart
// from that what is shown (the server's state with the pending acts over it).
// Private to store/.
#ifndef STORE_ROW_H
#define STORE_ROW_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "mail/flags.h"
#include "mail/message.h"

// What a row hangs on: its place on a server, or, while it has none there, the
// operation that will make it and its index in that.
#define ROOT_CREATED ((uint64_t)1 << 63)
#define ROOT_INDEX_BITS 10 // OPERATION_MESSAGES_MAX fits
uint64_t root_of_place(uint32_t folder, uint32_t uid);
uint64_t root_of_creation(uint64_t seq, unsigned index);
static inline bool
root_is_creation(uint64_t root)
{
	return (root & ROOT_CREATED) != 0;
}
uint64_t root_seq(uint64_t root);
unsigned root_index(uint64_t root);

// Keys of Message-IDs by which a thread is found: the message's own, the one
// it answers, then the nearest and the farthest of its references.
#define ROW_LINKS_MAX 5
enum { LINK_OWN, LINK_PARENT, LINK_OTHERS };

enum row_state {
	ROW_PENDING = 1,     // an act on it has not reached the server
	ROW_RAW = 2,         // the raw message is here
	ROW_UNREADABLE = 4,
	ROW_ARRIVED = 8,
};

struct row {
	uint64_t id;
	uint64_t thread;     // 0: in none, as a hidden row
	uint32_t account;
	uint64_t root;
	uint32_t folder;     // the server's; of a created row where it will be
	struct flags flags;
	uint32_t shown;      // folder; 0: hidden
	struct flags shown_flags;
	unsigned state;
	uint32_t date;       // place in the orders
	int64_t received;
	uint64_t size;
	uint64_t modseq;
	uint64_t links[ROW_LINKS_MAX]; // 0: none
	uint64_t same;       // see struct sync_row
	struct buf envelope; // packed
};

void row_done(struct row *r);
void row_pack(struct buf *out, const struct row *r);
// False when damaged.
bool row_unpack(struct row *r, uint64_t id, const void *data, size_t len);
uint32_t row_uid(const struct row *r);
static inline bool
row_unread(const struct row *r)
{
	return (r->shown_flags.bits & FLAG_SEEN) == 0;
}
// Fills envelope, links and date from an envelope.
void row_set_envelope(struct row *r, const struct envelope *e);
// What the screen sees of it.
void row_message(struct message *m, const struct row *r);
// The same, without its envelope where that is not asked for.
void row_message_of(struct message *m, const struct row *r, bool envelope);

// What orders and threads need of a row, read without copying more.
struct row_head {
	unsigned state;
	uint64_t thread;
	uint32_t account, shown, date, bits;
	uint64_t root, size;
	int64_t received;
};
bool row_head(struct row_head *h, const void *data, size_t len);

#endif
