// SPDX-License-Identifier: GPL-3.0-or-later
// To come.
#include "config.h"

#include "command/script.h"

#include <string.h>

void
script_complete(struct engine *e, const char *text, struct strlist *words,
	struct strlist *helps, size_t *word_start_r)
{
	(void)e; (void)words; (void)helps;
	*word_start_r = strlen(text);
}
