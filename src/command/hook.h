// SPDX-License-Identifier: GPL-3.0-or-later
// Events to commands: what `hook` says, and the table of the events that there
// are, each named in the past tense, with the values that it gives.
#ifndef COMMAND_HOOK_H
#define COMMAND_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine;
struct error;
struct event;
struct hooks;
struct run_values;

struct hook_event {
	const char *name;
	const char *values;      // "count subject": $count, $subject; "" none
	bool messages;           // its messages are the target of the commands
	const char *help;
};
extern const struct hook_event hook_events[];  // ended by a NULL name
const struct hook_event *hook_event_find(const char *name);

struct hooks *hooks_new(struct engine *e);
void hooks_free(struct hooks **h);
bool hooks_add(struct hooks *h, const char *event, const char *block,
	const char *where, int line, struct error *err);
void hooks_remove(struct hooks *h, const char *event);
bool hooks_wanted(const struct hooks *h, const char *event);
// Runs all of an event's hooks, on no front end. The messages: ids.
void hooks_fire(struct hooks *h, const char *event, struct run_values *values,
	const uint64_t *ids, size_t n);
// Looks at what the engine was told; new messages are gathered for a moment.
void hooks_event(struct hooks *h, const struct event *event);
// Fires what was gathered now.
void hooks_flush(struct hooks *h);

#endif
