// SPDX-License-Identifier: GPL-3.0-or-later
// What the three files that run commands share: run.c goes from one command to
// the next, call.c is what a command may do, target.c finds what it acts on.
#ifndef COMMAND_RUN_INSIDE_H
#define COMMAND_RUN_INSIDE_H

#include "base/error.h"
#include "command/command.h"
#include "command/line.h"
#include "command/run.h"
#include "command/script.h"

struct event;

struct run_call {
	struct call call;            // first: commands know only this
	struct run_call *next;       // among those given up
	struct run *run;             // NULL: given up, nobody waits for it any more
	struct script_command words;
	struct line line;
	struct run *nested;          // the block that runs in its place
	void (*then)(struct call *c);// instead of its end; NULL
	uint64_t job;                // that it waits for
	bool was_block;              // its error says already where
	bool inside;                 // its run function has not returned
	bool held;                   // until the acts before it are answered
	bool aimed;                  // its target is known
	bool finished, failed;
	struct error error;
	// What it waits for calls back.
	void (*replied)(struct call *c, struct event *event);
	void (*worked)(struct call *c, const struct error *err);
	bool (*work)(void *arg, struct error *err);
	void *work_arg;
	void (*answered)(struct call *c, const char *answer);
	void (*edited)(struct call *c, bool ok);
};

struct run {
	struct run *next;
	struct engine *engine;
	struct frontend *front, *voice;
	char *text, *where, *account;
	struct script_reader reader;
	struct run_values *values;
	uint64_t *ids;
	size_t n_ids;
	bool has_ids, keep_going;
	int depth;
	struct run_call *parent;     // whose block it is; NULL
	struct run_call *current;
	bool cancelled;              // while a command is inside its run function
	bool failed;                 // of keep_going: some command did
	struct error error;
	char **rest_r;               // asked to hand over
	void (*done)(void *arg, const struct error *err);
	void *arg;
};

// run.c
void run_go(struct run *r);
// The current call is over; false when the run has ended with it.
bool run_call_over(struct run *r);
// Cancelled by what its command did: ends it; true when it had been.
bool run_was_cancelled(struct run *r);

// call.c
struct run_call *call_of(struct call *c);
void call_free(struct run_call *rc);
// Nobody waits for it: it ends by itself when what it waits for is done.
void call_abandon(struct run_call *rc);
// Finds the target, unless that is held; goes on with call_run when it is known.
// False: there is none.
bool call_aim(struct run_call *rc, struct error *err);
// The target is known: runs the command; afterwards the call is finished, or
// it waits, or is held.
void call_run(struct run_call *rc);
// Told when the block that runs in a call's place is done.
void call_block_done(void *arg, const struct error *err);

// target.c
// Fills the target. *wait_r: a search does, and goes on by itself.
bool call_resolve(struct run_call *rc, bool *wait_r, struct error *err);

#endif
