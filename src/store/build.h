// SPDX-License-Identifier: GPL-3.0-or-later
// From what a user did to operations. Private to store/; on the store thread.
#ifndef STORE_BUILD_H
#define STORE_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/array.h"

struct error;
struct op;
struct op_message;
struct row;
struct store;

#define APPEND_MAX (256u * 1024 * 1024) // bytes of a message's file

// Operations on messages, grouped by where these are shown, at most
// OPERATION_MESSAGES_MAX in each. `like` gives all but folder and messages.
struct build {
	const struct op *like;
	const uint64_t *ids;       // the messages of an act, n of them
	size_t n;
	struct array ops;          // struct op *
	size_t acted;              // messages that the act changes
};
// All of an act: fills ops and acted, which are overwritten.
bool build_ops(struct store *s, struct build *b, struct error *err);
// One more message; ops grows.
struct op_message *build_add(struct build *b, struct store *s,
	const struct row *row);
// A message of an operation as the row stands now.
void build_op_message(struct store *s, struct op_message *m, const struct row *row);
// Reads the row that is shown with this id; false when it is hidden or gone.
bool build_row(struct store *s, uint64_t id, struct row *row);

#endif
