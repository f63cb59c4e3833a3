// SPDX-License-Identifier: GPL-3.0-or-later
// Operations that will not be done. Private to store/; all of it on the store
// thread, no transaction open.
#ifndef STORE_WITHDRAW_H
#define STORE_WITHDRAW_H

#include <stdbool.h>
#include <stdint.h>
#include "base/array.h"

struct error;
struct op;
struct store;

// Takes an operation that no server has seen out of journal, memory and screen.
// With it go the acts on what it would have made.
bool withdraw_op(struct store *s, struct op *op, struct error *err);
// The same without the journal: the op is freed.
bool withdraw_unwritten(struct store *s, struct op *op, struct error *err);
// A refused one waits again; target 0: as it is.
bool withdraw_retry(struct store *s, struct op *op, uint32_t target, struct error *err);
// The rows that copies and appends (roots of creations, uint64_t) showed before a
// server had them.
bool withdraw_rows(struct store *s, const struct array *creations, struct error *err);
// The folder is gone: so is all that was to be done in it.
bool withdraw_folder(struct store *s, uint32_t folder, struct error *err);
// These operations (seqs, uint64_t) lost messages and are written; those left
// without any go.
bool withdraw_changed(struct store *s, const struct array *changed,
	struct error *err);

#endif
