// SPDX-License-Identifier: GPL-3.0-or-later
// A front end for tests: remembers what it is told and answers what the test
// wants answered.
#ifndef TESTS_UNIT_FAKE_FRONTEND_H
#define TESTS_UNIT_FAKE_FRONTEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "command/frontend.h"

struct engine;

struct fake {
	struct frontend front;     // first
	struct engine *engine;
	struct strlist rows, infos, errors;   // what was said, as lines
	struct strlist json;                  // and the rows as objects
	struct strlist asked;                 // questions
	const char *answer;                   // to every question; NULL: not answered
	bool ask_later;                       // only when fake_answer is called
	void (*answered)(void *arg, const char *answer);
	void *answered_arg;
	struct target target;                 // what is under its cursor; n 0: nothing
	char *edited;                         // the path of the last edit
	size_t changes;
	// Of the last fake_run.
	bool over;
	bool ok;
	struct error error;
};

void fake_init(struct fake *f, struct engine *e, const char *name);
void fake_done(struct fake *f);
void fake_clear(struct fake *f);       // forgets what was said
// Begins commands; f->over tells when they have ended.
void fake_start(struct fake *f, const char *text, const char *where);
// Runs them to their end, turning the engine's loop.
bool fake_run(struct fake *f, const char *text);
void fake_answer(struct fake *f, const char *answer);

#endif
