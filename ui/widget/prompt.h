// SPDX-License-Identifier: GPL-3.0-or-later
// One line of text being typed: editing keys, history, completion.
#ifndef UI_WIDGET_PROMPT_H
#define UI_WIDGET_PROMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/str.h"
#include "ui/term/screen.h"

struct prompt;

struct prompt_settings {
	const char *label;           // "Move to folder: "
	const char *initial;
	size_t at;                   // byte of it before which one types; 0: its end
	bool secret;                 // shown as dots, kept nowhere
	struct strlist *history;     // lent; a line that is accepted is added; NULL
	bool as_typed;               // what complete() has for what is typed is shown
	bool bare;                   // no blank behind a word that was completed
	// Words that could stand at the cursor, best first; NULL none.
	void (*complete)(void *arg, const char *text, struct strlist *words,
		struct strlist *helps, size_t *start_r);
	// Called once: text NULL when escaped. The prompt is freed afterwards.
	void (*finished)(void *arg, const char *text);
	// Called as the text changes (limit as you type); NULL none.
	void (*changed)(void *arg, const char *text);
	void *arg;
};
struct prompt *prompt_new(const struct prompt_settings *settings);
void prompt_free(struct prompt **p);
// True when the key was its own (it always is, but for what the caller keeps).
bool prompt_key(struct prompt *p, uint32_t key, const char *paste);
// Of one that completes as one types: there may be more to offer by now.
void prompt_offer(struct prompt *p);
bool prompt_finished(const struct prompt *p);
const char *prompt_text(const struct prompt *p);      // what is typed so far; lent
void prompt_set(struct prompt *p, const char *text);  // in its place; tells nobody
// The line at the bottom of the area, completions above it.
void prompt_draw(struct prompt *p, struct screen *s, struct area a);

#endif
