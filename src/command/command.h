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

struct answer;
struct buf;
struct call;
struct engine;
struct error;
struct event;
struct job;
struct options;
struct strlist;

enum argument_kind {
	ARGUMENT_TEXT, ARGUMENT_NUMBER, ARGUMENT_BLOCK, ARGUMENT_FOLDER,
	ARGUMENT_ACCOUNT, ARGUMENT_QUERY, ARGUMENT_TAG, ARGUMENT_PATH, ARGUMENT_ID,
	ARGUMENT_COMMAND, ARGUMENT_OPTION, ARGUMENT_VALUE, ARGUMENT_EVENT,
	ARGUMENT_CONTEXT, ARGUMENT_KEYS, ARGUMENT_ADDRESS, ARGUMENT_CHOICE,
	ARGUMENT_PLACE,      // a folder, or a named query
};

// An optional first argument of ARGUMENT_ID of a command with a message for its
// target names that target: `show ID`. It is not among the call's arguments.
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
	COMMAND_WAIT,     // call_finish() is called later (or was already), exactly once
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
	bool or_message;                     // of a draft: else a message in a folder of
	                                     // drafts, then in ids
	bool early;                          // needs no store: may stand in the configuration
	bool again;                          // waits for a server and may be begun again
	enum command_result (*run)(struct call *call, struct error *err);
};

// One run of one command. Lives until it is finished.
struct call {
	struct engine *engine;
	struct frontend *front;
	const struct command *command;
	const char *const *args;     // by position; n_args; blocks without their braces
	size_t n_args;
	struct target target;        // resolved before run when the row wants one; the
	                             // call's own: what is taken is set to zero
	const char *account;         // inside `account NAME { }`; NULL
	const char *where;           // "config", ":" or "-e", for errors
	int line;                    // there
	void *data;                  // the command's own while it waits;
	void (*free_data)(void *);   // called when the call ends
	// Called when nobody waits for it any more (^C): ends what it began, if that
	// can be ended. The call goes on to its call_finish. NULL: nothing to do.
	void (*given_up)(struct call *c);
};
const char *call_arg(const struct call *c, size_t at);      // NULL past the end
int call_arg_line(const struct call *c, size_t at);         // of a block: its first
const char *call_flag(const struct call *c, const char *name); // value, "" for a
                                                            // switch, NULL if absent
// The arguments from `at` on, joined by blanks (free()); of a query: as it was
// written, so that its own quotes are kept. NULL when there is none.
char *call_rest(const struct call *c, size_t at);
// Ends a call that waited. err NULL: done.
void call_finish(struct call *c, const struct error *err);
// Answers: as a row of the answer, or as one line. Use these instead of the
// front end's say: the one who gave the command may sit elsewhere.
void call_say(struct call *c, enum say_kind kind, const struct answer *answer);
void call_info(struct call *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void call_row(struct call *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
// The options as this call sees them: those that `set` of its own client gave
// come first.
const struct options *call_options(const struct call *c);
// The commands behind this one, and behind the block that it stands in, are not
// run: `quit`.
void call_end_all(struct call *c);
// A part that is here, decoded; *part_r: what it is, without its own parts
// (part_free). Not on the UI thread.
struct part;
bool command_read_part(struct engine *e, uint64_t id, const char *section,
	struct buf *out, struct part **part_r, struct error *err);
// Writes a file that was just made, fsyncs and closes it; a file that could not be
// written whole is removed. Not on the UI thread.
bool command_fill_file(int fd, const char *path, const struct buf *data,
	struct error *err);
// The whole raw message, which must be here; not on the UI thread.
bool command_read_raw(struct engine *e, uint64_t id, struct buf *out, struct error *err);
// Another target than the row's: asked of the front end.
bool call_target(struct call *c, enum target_kind kind, struct target *target_r,
	struct error *err);
// A path in an argument: ~ is the home, and a relative one is below the front
// end's folder. free()
char *call_path(const struct call *c, const char *path);

// --- for commands that wait: each returns COMMAND_WAIT -----------------------------

// Gives a job to the accounts; replied is called with its FOUND events and at
// last its REPLY. Is cancelled with the call.
enum command_result call_job(struct call *c, const struct job *job,
	void (*replied)(struct call *c, struct event *event));
// The same for a part of a message, so that command_read_part finds it.
enum command_result call_part(struct call *c, uint64_t id, const char *section,
	void (*replied)(struct call *c, struct event *event));
// Enough was found: the job ends and nothing more is replied.
void call_job_end(struct call *c);
// Runs work(arg) on the engine's worker for files (may write, fsync and use
// the store's [write] calls), then done(c, err) here. slow: on the worker for
// long work.
enum command_result call_work(struct call *c, bool slow,
	bool (*work)(void *arg, struct error *err), void *arg,
	void (*done)(struct call *c, const struct error *err));
// Asks; answered(c, answer) as front->ops->ask.
enum command_result call_ask(struct call *c, const struct question *q,
	void (*answered)(struct call *c, const char *answer));
// Opens the editor; edited(c, ok).
enum command_result call_edit(struct call *c, enum edit_kind kind, const char *path,
	void (*edited)(struct call *c, bool ok));
// Runs a block (or any text) in this call's place, on its front end; the call
// ends with it. account NULL: as here. ids NULL: targets as ever; else these
// are the target of its commands (copied).
enum command_result call_block(struct call *c, const char *text, const char *where,
	int line, const char *account, const uint64_t *ids, size_t n_ids);
// Before call_block: when the block is done without an error, then(c) is called
// instead of the call's end, and ends it or goes on.
void call_then(struct call *c, void (*then)(struct call *c));

// --- the table -----------------------------------------------------------------------

// Rows are added by the engine and by a screen for its own commands.
struct commands;
struct commands *commands_new(void);
void commands_free(struct commands **c);
void commands_add(struct commands *c, const struct command *rows, size_t n);
const struct command *commands_find(const struct commands *c, const char *name);
// False, with ERROR_INPUT: there is no such command, and which ones may be meant.
bool commands_unknown(const struct commands *c, const char *name, struct error *err);
// "move or copy": which of all may be meant by a name that is none of them. False:
// none is like it.
bool name_meant(struct buf *out, const struct strlist *all, const char *name);
// Sorted by name; lent.
const struct command *const *commands_all(const struct commands *c, size_t *n_r);

// Definitions made by `define`: a name for a block.
struct definition {
	char *name, *block, *where;
	int line;
	char *help;              // `define -n "..."`, else its block in one line
};
bool commands_define(struct commands *c, const char *name, const char *block,
	const char *help, const char *where, int line, struct error *err);
const struct definition *commands_definition(const struct commands *c, const char *name);
size_t commands_definitions(const struct commands *c,
	const struct definition *const **all_r);     // sorted by name; lent

// "move [-t query] folder": name, flags and arguments in a line.
void command_usage(struct buf *out, const struct command *row);

// The engine's own commands, cmd_*.c.
void commands_add_config(struct commands *c);
void commands_add_program(struct commands *c);
void commands_add_manual(struct commands *c);
void commands_add_list(struct commands *c);
void commands_add_query(struct commands *c);
void commands_add_pass(struct commands *c);
void commands_add_read(struct commands *c);
void commands_add_act(struct commands *c);
void commands_add_folder(struct commands *c);
void commands_add_pending(struct commands *c);
void commands_add_draft(struct commands *c);
void commands_add_drafts(struct commands *c);
void commands_add_outbox(struct commands *c);
void commands_add_reply(struct commands *c);
void commands_add_send(struct commands *c);
void commands_add_sync(struct commands *c);
void commands_add_file(struct commands *c);
void commands_add_save_all(struct commands *c);
void commands_add_store(struct commands *c);

#endif
