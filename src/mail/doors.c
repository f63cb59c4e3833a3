// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of foreign functions: a module that the program loads when it needs
// them, or part of a test.
#include "config.h"

#define DOOR_TABLES
#include "mail/gmime.h"
#include "mail/gumbo.h"

const struct gmime_table gmime_table = {
	.stamp = DOOR_STAMP(struct gmime_table),
	GMIME_FUNCTIONS(DOOR_ENTRY)
};

const struct gumbo_table gumbo_table = {
	.stamp = DOOR_STAMP(struct gumbo_table),
	GUMBO_FUNCTIONS(DOOR_ENTRY)
	.defaults = &kGumboDefaultOptions,
};
