// SPDX-License-Identifier: GPL-3.0-or-later
// The command language: words, quotes, blocks; running lists of commands one
// after another, with waiting.
#ifndef COMMAND_SCRIPT_H
#define COMMAND_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/str.h"

struct engine;
struct error;
struct event;
struct frontend;

#define SCRIPT_DEPTH_MAX 40          // nested blocks and definitions
#define SCRIPT_SIZE_MAX (1024 * 1024)

// One parsed command: words (quotes resolved, blocks without braces, marked).
struct script_command {
	struct strlist words;
	bool *is_block;      // beside each word
	bool *is_quoted;     // beside each word: never a flag
	int line, column;    // where it begins
};
struct script {
	struct script_command *items;
	size_t len;
};
// ERROR_INPUT "WHERE:LINE:COLUMN: what" - where: a file's name, ":" or "-e".
bool script_parse(struct script *s, const char *text, const char *where,
	int first_line, struct error *err);
void script_done(struct script *s);
// A word quoted so that it parses to itself.
struct buf;
void script_quote(struct buf *out, const char *word);

// Runs text on a front end; done is called exactly once, now or later, on this
// thread: err NULL when every command was done. event: of a hook, may be NULL.
void script_run(struct engine *e, struct frontend *front, const char *text,
	const char *where, int first_line, const struct event *event,
	void (*done)(void *arg, const struct error *err), void *arg);
// Ends what a front end still has waiting (^C, a closed socket).
void script_cancel(struct engine *e, struct frontend *front);
// Checks without running: names, flags, arguments, options, keys, queries.
// Each mistake: found("FILE:LINE: what"). Returns how many.
size_t script_check(struct engine *e, const char *text, const char *where,
	void (*found)(void *arg, const char *line), void *arg);
// Completions for the word at the end of `text` (a `:` line): full words with
// the help of each; free with strlist_done.
void script_complete(struct engine *e, const char *text, struct strlist *words,
	struct strlist *helps, size_t *word_start_r);

#endif
