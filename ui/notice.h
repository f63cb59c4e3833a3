// SPDX-License-Identifier: GPL-3.0-or-later
// What the last line says: an answer to what the person just did stays until the
// next key, and news from behind wait their turn.
#ifndef UI_NOTICE_H
#define UI_NOTICE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/array.h"
#include "base/buf.h"
#include "command/frontend.h"

#define NOTICE_READ_MS 2000    // before other news may take the place of what is said
#define NOTICES_MAX 8          // that wait; the older ones are in :messages only

struct notices {
	struct buf text;           // what is shown; nothing: ""
	enum say_kind kind;
	bool news;                 // it came from behind
	int64_t since;             // milliseconds (when_mono_ms)
	struct array waiting;      // struct notice_waiting, first come first
};

struct notice_waiting {
	enum say_kind kind;
	char *text;
	bool news;
};

void notices_init(struct notices *n);
void notices_done(struct notices *n);
// Of a command or a view that the person used. It is shown at once, but for what
// is no mistake where a mistake stands that no key was typed for yet.
void notices_answer(struct notices *n, enum say_kind kind, const char *text,
	int64_t now);
// Of a server, a hook, another client: takes its turn (notices_turn).
void notices_news(struct notices *n, enum say_kind kind, const char *text);
// A key was typed: what is shown was read.
void notices_read(struct notices *n);
// Shows what waits where it may be shown. Returns the milliseconds until something
// may follow, -1: nothing does unless a key is typed or something is said.
int64_t notices_turn(struct notices *n, int64_t now);

#endif
