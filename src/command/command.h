// SPDX-License-Identifier: GPL-3.0-or-later
// What one can do: each command is one row of a table (name, arguments, target,
// help) and one function. Help, completion, the palette, checking and the
// manual are printed from the rows.
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "command/frontend.h"

struct call;
struct engine;
struct error;
struct event;

enum argument_kind {
	ARGUMENT_TEXT, ARGUMENT_NUMBER, ARGUMENT_BLOCK, ARGUMENT_FOLDER,
	ARGUMENT_ACCOUNT, ARGUMENT_QUERY, ARGUMENT_TAG, ARGUMENT_PATH, ARGUMENT_ID,
	ARGUMENT_COMMAND, ARGUMENT_OPTION, ARGUMENT_VALUE, ARGUMENT_EVENT,
	ARGUMENT_CONTEXT, ARGUMENT_KEYS, ARGUMENT_ADDRESS, ARGUMENT_CHOICE,
};

struct argument {
	const char *name;          // "folder": as help shows it
	enum argument_kind kind;
	const char *help;
	const char *choices;       // "a b c", of ARGUMENT_CHOICE
	bool optional;
	bool many;                 // the last one only: one or more (optional: none)
};

// A declared flag: only these are flags; -t QUERY is there for every command
// that has a target. +word and -word of `mark` are arguments (plus_minus).
struct command_flag {
	const char *name;          // without '-'
	const char *value;         // name of its value, NULL: a switch
	enum argument_kind kind;   // of the value
	const char *help;
};

enum command_result {
	COMMAND_DONE,
	COMMAND_FAILED,   // *err says why; the rest of the block is not run
	COMMAND_WAIT,     // call_finish() is called later, exactly once
};

struct command {
	const char *name;
	const char *help;                    // one line, begins with a verb
	const char *more;                    // paragraphs for the manual; NULL
	const struct argument *arguments;    // ended by a NULL name; NULL: none
	const struct command_flag *flags;    // ended by a NULL name; NULL: none
	enum target_kind target;
	bool plus_minus;                     // words that begin with + or - are arguments
	bool screen;                         // only where there is a screen
	enum command_result (*run)(struct call *call, struct error *err);
};

// One run of one command. Lives until it is finished.
struct call {
	struct engine *engine;
	struct frontend *front;
	const struct command *command;
	const char *const *args;     // by position; n_args; blocks without their braces
	size_t n_args;
	struct target target;        // resolved before run when the row wants one
	const char *where;           // "config:12" or ":" or "-e", for errors
	const struct event *event;   // of the hook that runs it; NULL
	void *data;                  // the command's own while it waits;
	void (*free_data)(void *);   // called when the call ends
};
const char *call_arg(const struct call *c, size_t at);      // NULL past the end
const char *call_flag(const struct call *c, const char *name); // value, "" for a
                                                            // switch, NULL if absent
// Ends a call that waited. err NULL: done.
void call_finish(struct call *c, const struct error *err);
// Says one line on the call's front end.
void call_info(struct call *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

// The table: rows are added by the engine and by a screen for its own commands.
struct commands;
struct commands *commands_new(void);
void commands_free(struct commands **c);
void commands_add(struct commands *c, const struct command *rows, size_t n);
const struct command *commands_find(const struct commands *c, const char *name);
// Sorted by name; lent.
const struct command *const *commands_all(const struct commands *c, size_t *n_r);
// Definitions made by `define`, by name; also completed and listed.

// "move FOLDER": name and arguments in a line.
struct buf;
void command_usage(struct buf *out, const struct command *row);

#endif
