// SPDX-License-Identifier: GPL-3.0-or-later
// Taking steps back and doing them again. Private to store/; on the store thread.
#ifndef STORE_UNDO_H
#define STORE_UNDO_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct store;

// Jobs of store_undo and store_redo: back is undo. *n_r: messages acted on;
// *title_r is free()d by the caller.
bool undo_turn(struct store *s, bool back, size_t *n_r, char **title_r,
	struct error *err);

#endif
