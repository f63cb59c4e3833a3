// SPDX-License-Identifier: GPL-3.0-or-later
// The table of foreign functions: a module that the program loads when it needs
// them, or part of a test.
#include "config.h"

#define DOOR_TABLES
#include "remote/foreign.h"

const struct remote_table remote_table = {
	.stamp = DOOR_STAMP(struct remote_table),
	REMOTE_FUNCTIONS(DOOR_ENTRY)
	.free_at = &gnutls_free,
};
