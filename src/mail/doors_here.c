// SPDX-License-Identifier: GPL-3.0-or-later
// For tests: the foreign functions are linked.
#include "config.h"

#include "mail/gmime.h"
#include "mail/gumbo.h"

const struct gmime_table *
gmime_door(void)
{
	return &gmime_table;
}

const struct gumbo_table *
gumbo_door(void)
{
	return &gumbo_table;
}
