// SPDX-License-Identifier: GPL-3.0-or-later
// What an act is called, made into a sentence with the messages that it is about.
#ifndef COMMAND_TITLE_H
#define COMMAND_TITLE_H

#include <stddef.h>

struct buf;

// Of what is still to be done: "move to Archive" of 3 in INBOX is "move 3 messages
// from INBOX to Archive". An act on no messages (a folder's, a draft's) is called by
// its title alone, whatever n. folder: where they lie; NULL.
void title_print(struct buf *out, const char *title, size_t n, const char *folder);
// Of what was done: "Moved 3 messages to Archive", "Deleted" for one.
void title_print_past(struct buf *out, const char *title, size_t n);
// Of what was undone or done again: "Undone: move to Archive (3 messages)".
void title_print_turned(struct buf *out, const char *word, const char *title, size_t n);

#endif
