// SPDX-License-Identifier: GPL-3.0-or-later
// The copies of a draft in its account's folder of drafts, where other programs
// find it: saved and taken away by acts like any other, so also off line.
#ifndef COMMAND_DRAFT_COPY_H
#define COMMAND_DRAFT_COPY_H

#include <stdbool.h>
#include <stdint.h>

struct draft;
struct engine;
struct error;

// Puts a copy into the folder of drafts in place of the one before, if the draft
// changed since; d and its file (path) remember it. False when it cannot be made,
// say because an address is none. *folder_r: there is such a folder. Any thread but
// the engine's and the store's.
bool draft_copy_save(struct engine *e, uint32_t account, struct draft *d,
	const char *path, bool *folder_r, struct error *err);
// d is just what the latest copy holds: it need not be saved again as it is.
void draft_copy_is_saved(struct draft *d);
// Moves all copies that are left of it to Trash, each once however often it is
// called, and the message that it was continued from. One undo step (*back_r); none
// where no copy is left, or no Trash is there and they go for good.
bool draft_copies_remove(struct engine *e, uint32_t account, const struct draft *d,
	const char *title, bool *back_r, struct error *err);

#endif
