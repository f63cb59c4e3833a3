// SPDX-License-Identifier: GPL-3.0-or-later
// The lines of a calendar, unfolded and taken apart. Private to this folder.
#ifndef MAIL_CALENDAR_LINE_H
#define MAIL_CALENDAR_LINE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

#define CALENDAR_LINE_MAX (32 * 1024) // bytes of one; the rest of it is dropped

struct calendar_line {
	// Of the one that was read, until the next:
	const char *name;    // upper case
	const char *params;  // ";TZID=Europe/Paris;..." or ""
	char *value;         // as it stands there
	// The text and how far it was read:
	const char *text;
	size_t len, at;
	struct buf line;
};

struct calendar_line calendar_lines(const char *text, size_t len);
void calendar_line_done(struct calendar_line *l);
// False at the end. Lines that are none are passed over.
bool calendar_line_next(struct calendar_line *l);
bool calendar_line_is(const struct calendar_line *l, const char *name);
// A parameter's value; NULL. free()
char *calendar_line_param(const struct calendar_line *l, const char *name);
// The number that a value begins with, 0 where there is none, at most so much either
// way: whatever it counts, more of it means nothing.
#define CALENDAR_NUMBER_MAX 999999
int calendar_number(const char *value);
// The value as text (RFC 5545 section 3.3.11): "\," and "\n" undone. free()
char *calendar_line_text(const struct calendar_line *l);

#endif
