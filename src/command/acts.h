// SPDX-License-Identifier: GPL-3.0-or-later
// Acts on many messages: sorted by account, planned as a whole, then posted to
// the store and waited for.
#ifndef COMMAND_ACTS_H
#define COMMAND_ACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "command/command.h"
#include "store/folders.h"
#include "store/pending.h"

// What is to be done with the call's target. Strings and words are copied.
struct acts_plan {
	enum act_kind kind;         // FLAG, MOVE, COPY or EXPUNGE
	const char *folder;         // MOVE, COPY: by name in each message's account
	enum folder_role role;      // instead: by role
	struct flag_change change;  // FLAG; taken
	bool or_expunge;            // MOVE to Trash: what is there, or has none, goes for good
	bool quiet;                 // not said, and undo passes over it: the program's own
	bool sure;                  // not asked before messages go for good
	const char *title;          // "move to Archive": of the undo step
};
// COMMAND_WAIT; the call is finished when the acts are in the journal.
enum command_result acts_run(struct call *c, struct acts_plan *plan);

// One act that is no matter of many messages (folders, undo, pending): fills in
// the reply for store_act and its like; the call is finished by it, and then told:
// `said` (may be NULL) with the count and the title.
struct act_reply acts_reply(struct call *c,
	void (*said)(struct call *c, size_t n, const char *title));

#endif
