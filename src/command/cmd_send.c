// SPDX-License-Identifier: GPL-3.0-or-later
// To come.
#include "config.h"

#include "command/command.h"

void
commands_add_send(struct commands *c)
{
	(void)c;
}
