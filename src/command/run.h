// SPDX-License-Identifier: GPL-3.0-or-later
// Running lists of commands one after another, with waiting; what script_run,
// blocks, hooks and the configuration have in common.
#ifndef COMMAND_RUN_H
#define COMMAND_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/str.h"

struct engine;
struct error;
struct frontend;

// $name and its value, of a hook. Shared by the runs that it began.
struct run_values {
	int users;
	struct strlist names, values;
};
struct run_values *run_values_new(void);           // one user
void run_values_add(struct run_values *v, const char *name, const char *value);
struct run_values *run_values_use(struct run_values *v);   // NULL gives NULL
void run_values_drop(struct run_values **v);

struct run_plan {
	struct frontend *front;       // acts: target, editor, questions
	struct frontend *voice;       // is told; NULL: front
	const char *text, *where;     // copied
	int line;                     // of the text's first one; 0: 1
	const char *account;          // copied
	struct run_values *values;    // NULL: none
	const uint64_t *ids;          // copied; the target when has_ids
	size_t n_ids;
	bool has_ids;
	int depth;
	// A failed command is told and the next one runs: of the configuration. done
	// then gets the last error.
	bool keep_going;
	void (*done)(void *arg, const struct error *err);  // NULL: nobody waits
	void *arg;
};
void run_start(struct engine *e, const struct run_plan *plan);
// Ends everything that runs, on any front end.
void run_cancel_all(struct engine *e);
// The same, and forgets the calls that still wait for something: when nothing
// can call back any more.
void run_done(struct engine *e);
// The last of the open acts that may change folders (engine.h) is answered: what
// was held because it names one goes on.
void run_acts_over(struct engine *e);
// True while something runs on a front end.
bool run_is_busy(const struct engine *e, const struct frontend *front);

#endif
