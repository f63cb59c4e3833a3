// SPDX-License-Identifier: GPL-3.0-or-later
// For tests: the foreign functions are linked.
#include "config.h"

#include "remote/foreign.h"

const struct remote_table *
remote_door(void)
{
	return &remote_table;
}
