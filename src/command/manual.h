// SPDX-License-Identifier: GPL-3.0-or-later
// The reference manual, printed from the tables that the program runs by.
#ifndef COMMAND_MANUAL_H
#define COMMAND_MANUAL_H

#include <stdbool.h>
#include <stddef.h>

struct answer;
struct buf;
struct command;
struct engine;
struct option;

struct manual_table {
	const char *name;         // "commands"
	const char *help;
	void (*print)(struct engine *e, void (*row)(void *arg, const struct answer *a),
		void *arg);
};
extern const struct manual_table manual_tables[];   // ended by a NULL name
const struct manual_table *manual_table_find(const char *name);

// Paragraphs on one command or option: usage, arguments, flags, help.
void manual_command(struct buf *out, const struct command *row);
void manual_option(struct buf *out, const struct option *row);
// The help of what a block does first: of a command or a definition. Lent.
const char *manual_block_help(struct engine *e, const char *block);

#endif
