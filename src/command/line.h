// SPDX-License-Identifier: GPL-3.0-or-later
// One command's words laid against its row: which are flags, which arguments,
// and whether each is what the row declares.
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/str.h"

struct command;
struct engine;
struct error;
struct script_command;

struct line_flag {
	const struct command_flag *row;
	char *value;              // "" of a switch
};

struct line {
	struct strlist args;
	struct strlist raws;      // beside each argument: as written
	int *arg_lines;           // beside each argument
	struct line_flag *flags;
	size_t n_flags;
	char *query;              // of -t; NULL
	char *id;                 // of an ID argument that names the target; NULL
};

// ERROR_INPUT with the usage. Checks what can be told from the words alone:
// counts, numbers, choices, blocks, queries, keys. line_done() in any case.
bool line_bind(struct line *l, const struct command *row,
	const struct script_command *c, struct error *err);
void line_done(struct line *l);
// A word of a query's kind: as it was written where quotes stand within it.
const char *line_query_word(const struct script_command *c, size_t at);

#endif
