// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes of operations when servers and syncs have their say. Private to
// store/; all of it on the store thread, no transaction open.
#ifndef STORE_PLAY_H
#define STORE_PLAY_H

#include <stdbool.h>
#include <stdint.h>
#include "base/array.h"

struct error;
struct op;
struct store;

// These messages are gone from their server: they leave their operations.
bool play_roots_gone(struct store *s, const struct array *roots, struct error *err);
// UIDVALIDITY of a folder changed: messages are named by Message-ID and size
// until they are found again, and those that are not are given up.
bool play_uids_void(struct store *s, uint32_t folder, struct error *err);
bool play_give_up_lost(struct store *s, uint32_t folder, struct error *err);
// The folder is gone: so is all that was to be done in it.
bool play_refuse_folder(struct store *s, uint32_t folder, struct error *err);
// Tells the journal what it could not be told when it happened.
bool play_settle_owed(struct store *s, struct error *err);
// Takes an operation that no server has seen out of journal, memory and screen.
// With it go the acts on what it would have made.
bool play_drop(struct store *s, struct op *op, struct error *err);
// The same without the journal: the op is freed.
bool play_take_out(struct store *s, struct op *op, struct error *err);
// A failed one waits again.
bool play_retry(struct store *s, struct op *op, struct error *err);
bool folders_forget(struct store *s, uint32_t id, struct error *err);

#endif
