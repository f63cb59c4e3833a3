// SPDX-License-Identifier: GPL-3.0-or-later
// The front end that is nobody: for hooks, and for commands whose own front end
// has gone while they still wait.
#include "config.h"

#include "command/frontend.h"

#include "base/error.h"

bool
nobody_target(struct frontend *f, enum target_kind kind,
	struct target *target_r, struct error *err)
{
	(void)f;
	(void)kind;
	*target_r = (struct target){0};
	return error_set(err, ERROR_INPUT,
		"there is no cursor here: give -t QUERY, or use --remote");
}

static void
nobody_ask(struct frontend *f, const struct question *q,
	void (*answered)(void *arg, const char *answer), void *arg)
{
	(void)f;
	(void)q;
	answered(arg, NULL);
}

static void
nobody_say(struct frontend *f, enum say_kind kind, const struct answer *answer)
{
	(void)f;
	(void)kind;
	(void)answer;
}

void
nobody_edit(struct frontend *f, enum edit_kind kind, const char *path,
	void (*done)(void *arg, bool ok), void *arg)
{
	(void)f;
	(void)kind;
	(void)path;
	done(arg, false);
}

void
nobody_changed(struct frontend *f, const struct event *event)
{
	(void)f;
	(void)event;
}

const struct frontend_ops frontend_nobody = {
	.name = "nobody",
	.target = nobody_target,
	.ask = nobody_ask,
	.say = nobody_say,
	.edit = nobody_edit,
	.changed = nobody_changed,
};
