// SPDX-License-Identifier: GPL-3.0-or-later
// The command language: words, quotes, blocks. Reading it is here; running,
// checking and completing it are in the other half of this header.
//
//   name [-flag] [argument...] ; name ...      ';' or a line's end between commands
//   # to the end of the line                   at the start of a word
//   'as it is'  "with \" \\ \$ \n \t"  \x      quotes end on their line
//   { ... }                                    a block: one argument, run later
//   $name                                      in a hook: a value of its event
#ifndef COMMAND_SCRIPT_H
#define COMMAND_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/str.h"

struct buf;
struct engine;
struct error;
struct frontend;

#define SCRIPT_DEPTH_MAX 40          // nested blocks and definitions
#define SCRIPT_SIZE_MAX (1024 * 1024)

// One parsed command: words (quotes resolved, blocks without braces, marked).
struct script_command {
	struct strlist words;
	struct strlist raws; // beside each word: as it was written
	bool *is_block;      // beside each word
	bool *is_quoted;     // beside each word: never a flag
	int *lines;          // beside each word: where it begins
	int line, column;    // where the command begins, from 1
	size_t start, end;   // its bytes in the text
};
void script_command_done(struct script_command *c);

// Reads one command after another.
struct script_reader {
	const char *text, *where;
	size_t at, line_start;
	int line;
	// Gives the value of $name, NULL for a name that it does not know (which then
	// stays as it is). May be NULL.
	const char *(*value)(void *arg, const char *name);
	void *arg;
};
// text and where must outlive the reader.
void script_reader_init(struct script_reader *r, const char *text,
	const char *where, int first_line);
enum script_next { SCRIPT_END, SCRIPT_COMMAND, SCRIPT_BAD };
// BAD: ERROR_INPUT "WHERE:LINE: column N: what"; the next call goes on behind
// the line of the mistake. c is the caller's when COMMAND (script_command_done).
enum script_next script_next(struct script_reader *r, struct script_command *c,
	struct error *err);

struct script {
	struct script_command *items;
	size_t len;
};
// All of it, or the first mistake. where: a file's name, ":" or "-e".
bool script_parse(struct script *s, const char *text, const char *where,
	int first_line, struct error *err);
void script_done(struct script *s);
// A word quoted so that it parses to itself.
void script_quote(struct buf *out, const char *word);

// Runs text on a front end; done is called exactly once, now or later, on this
// thread: err NULL when every command was done.
void script_run(struct engine *e, struct frontend *front, const char *text,
	const char *where, int first_line,
	void (*done)(void *arg, const struct error *err), void *arg);
// Ends what a front end still has waiting (^C, a closed socket); done gets
// ERROR_CANCELLED.
void script_cancel(struct engine *e, struct frontend *front);
// Asks what runs on a front end to stop at its next safe step: after the
// command that runs now, or before it when it waits for a server and may be begun
// again. done then gets ERROR_CANCELLED, and *rest_r (free()) is what was not
// run; it stays NULL when all was done. rest_r must live until done is called.
void script_hand_over(struct engine *e, struct frontend *front, char **rest_r);
// Checks without running: names, flags, arguments, options, keys, queries.
// Each mistake: found("FILE:LINE: what"). Returns how many.
size_t script_check(struct engine *e, const char *text, const char *where,
	void (*found)(void *arg, const char *line), void *arg);
// Whether the word at the end of a line is the first of an argument for which
// nothing but what script_complete offers can stand: a folder, a choice.
bool script_is_choice(struct engine *e, const char *text);
// Completions for the word at the end of `text` (a `:` line): full words with
// the help of each; free with strlist_done.
void script_complete(struct engine *e, const char *text, struct strlist *words,
	struct strlist *helps, size_t *word_start_r);
// Whether that word is a path: it is completed a folder at a time.
bool script_completes_path(struct engine *e, const char *text);
// The beginning of a path, "~/Ma", as whole paths that are there, sorted; folders end
// in '/'. What begins with a dot is offered where a dot was typed. (complete_path.c)
void script_complete_path(const char *typed, struct strlist *words);

#endif
