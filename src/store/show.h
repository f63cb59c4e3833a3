// SPDX-License-Identifier: GPL-3.0-or-later
// Operations laid over the cache. Private to store/; on the store thread.
#ifndef STORE_SHOW_H
#define STORE_SHOW_H

#include <stdbool.h>
#include "base/array.h"

struct error;
struct op;
struct store;

// Takes them (struct op *; they belong to the store then) and shows their effect.
// False: that could not be done yet; they are done all the same.
bool show_ops(struct store *s, struct array *ops, struct error *err);
// Says so to the user.
void show_tell_failed(struct store *s, const struct error *why);
// Works out anew what is shown of these rows: roots, uint64_t.
bool show_roots(struct store *s, const struct array *roots, struct error *err);
// Makes the rows that copies and appends show before a server has them.
bool show_created(struct store *s, struct op *op, struct error *err);

#endif
