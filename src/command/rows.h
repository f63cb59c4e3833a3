// SPDX-License-Identifier: GPL-3.0-or-later
// Messages, folders and documents as answers: the words that other programs
// rely on are made here and nowhere else.
#ifndef COMMAND_ROWS_H
#define COMMAND_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answer;
struct document;
struct engine;
struct folder;
struct message;
struct store;

// All folders, for the names of many messages.
struct folder_names {
	struct folder *folders;
	size_t n;
};
void folder_names_read(struct folder_names *f, struct store *s);
void folder_names_done(struct folder_names *f);
const struct folder *folder_names_find(const struct folder_names *f, uint32_t id);

// "2026-11-22T06:28:00Z"; free()
char *date_iso(int64_t when);

// id folder uid date from to subject flags size thread attachments; the line is
// the id, the date, the sender and the subject.
struct answer *message_answer(const struct message *m, const char *folder);
// account folder role total unread subscribed.
struct answer *folder_answer(const struct folder *f, const char *account);
// headers parts text; the lines are what people read.
struct answer *document_answer(const struct document *d, bool footnotes);

#endif
