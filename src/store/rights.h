// SPDX-License-Identifier: GPL-3.0-or-later
// What a server lets one do in a folder. Private to store/.
#ifndef STORE_RIGHTS_H
#define STORE_RIGHTS_H

#include <stdbool.h>

struct array;
struct error;
struct store;

// May these operations (struct op *) be done where they are to be? ERROR_REFUSED says
// what may not, and where. Store thread.
bool rights_allow(struct store *s, const struct array *ops, struct error *err);

#endif
