// SPDX-License-Identifier: GPL-3.0-or-later
// The way back: from a message to the draft that it was.
#ifndef COMMAND_DRAFT_FROM_H
#define COMMAND_DRAFT_FROM_H

#include <stdbool.h>
#include <stddef.h>

struct draft;
struct error;

// Its addresses, subject and references, its first text as the body; all other
// parts become files in `files`, which is made when there are any, and attachments.
// *original_r: the Message-ID of what it forwards or answers (free()), NULL. *d is
// empty after a failure. Not on the engine's thread.
bool draft_from_message(struct draft *d, const char *message, size_t len,
	const char *files, char **original_r, struct error *err);

#endif
