// SPDX-License-Identifier: GPL-3.0-or-later
// What could be typed at a place: all of it, for the widgets to narrow.
#ifndef UI_COMPLETE_H
#define UI_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

struct app;
struct buf;
struct engine;
struct strlist;

// Words for the end of a line of commands; *start_r is where the word begins.
void complete_command(struct app *a, const char *text, struct strlist *words,
	struct strlist *helps, size_t *start_r);
// Whether the last command on the line lacks an argument.
bool complete_wants_more(struct engine *e, const char *text);
// "move folder   Moves messages ..." of the command being typed.
void complete_hint(struct engine *e, const char *text, struct buf *out);
// Full names, the account of each beside it where there are several.
void complete_folders(struct app *a, struct strlist *words, struct strlist *helps);
// Those that begin as typed.
void complete_paths(const char *text, struct strlist *words, size_t *start_r);
void complete_addresses(struct app *a, const char *text, struct strlist *words,
	size_t *start_r);

#endif
