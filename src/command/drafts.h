// SPDX-License-Identifier: GPL-3.0-or-later
// Drafts as files below the mail folder: named, read and written, never on the
// engine's thread.
#ifndef COMMAND_DRAFTS_H
#define COMMAND_DRAFTS_H

#include <stdbool.h>
#include "command/command.h"

struct draft;
struct engine;
struct error;

#define DRAFT_SIZE_MAX (16 * 1024 * 1024)

// A name that no draft has: drafts/DATE-RANDOM.draft (free()).
char *draft_new_path(struct engine *e);
// Any thread but the engine's.
bool draft_load(struct draft *d, const char *path, struct error *err);
bool draft_save(const struct draft *d, const char *path, struct error *err);

// Saves a new draft (taken: *d is empty afterwards), then opens it in the editor;
// the call is finished. signature: a file whose text goes below, NULL: none.
enum command_result draft_begin(struct call *c, struct draft *d);
// The name of the account that writes: -a, else that of the folder shown, else
// the first; NULL and *err when there is none. Lent.
const char *draft_account(struct call *c, struct error *err);

#endif
