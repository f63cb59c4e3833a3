// SPDX-License-Identifier: GPL-3.0-or-later
// Drafts as files below the mail folder: named, read, written and removed, never
// on the engine's thread. drafts/NAME.draft is the text that the editor gets;
// drafts/NAME.about beside it has the fields that only programs write (the account,
// what is answered, the copies on a server), and drafts/NAME.files holds attachments
// that came out of a message which was taken up again.
#ifndef COMMAND_DRAFTS_H
#define COMMAND_DRAFTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "command/command.h"

struct draft;
struct engine;
struct error;

#define DRAFT_SIZE_MAX (16 * 1024 * 1024)
#define DRAFT_SUFFIX ".draft"

// A name that no draft has: drafts/DATE-RANDOM.draft (free()).
char *draft_new_path(struct engine *e);
// Any thread but the engine's. A file of another name holds all of its draft
// itself. *d is empty after a failure, and *err says which line is wrong.
bool draft_load(struct draft *d, const char *path, struct error *err);
// The attachments are looked at, so that a change of theirs is noticed later.
bool draft_save(struct draft *d, const char *path, struct error *err);
// With all that lies beside it.
bool draft_remove(const char *path, struct error *err);
// The folder for the attachments of a draft (free()); not made.
char *draft_files_path(const char *path);

// One draft of the folder, as lists show it.
struct draft_entry {
	char *name, *path;
	char *to, *subject;        // subject: "" when it has none
	int64_t changed;           // when its file was written last
	size_t attachments;
	bool stored;               // there is a copy in a folder of the account's
	char *error;               // why it is no draft; NULL
};
void draft_entry_done(struct draft_entry *entry);
// All, latest first; those that the outbox has already are left out. free each,
// then the array. Removes what lay beside drafts that are gone.
size_t drafts_read(struct engine *e, struct draft_entry **entries_r);

// Saves a new draft (taken: *d is empty afterwards), then opens it in the editor;
// the call is finished. signature: a file whose text goes below, NULL: none.
enum command_result draft_begin(struct call *c, struct draft *d);
// The name of the account that writes: -a, else that of the folder shown, else
// the first; NULL and *err when there is none. Lent.
const char *draft_account(struct call *c, struct error *err);
// Opens the page of a draft, without the editor; where there is no screen, the
// name of its file is the answer. The call is finished.
enum command_result draft_show(struct call *c, const char *path);

#endif
