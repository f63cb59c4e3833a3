// SPDX-License-Identifier: GPL-3.0-or-later
// A calendar (RFC 5545, RFC 5546) as a person reads it: what, when, where, who.
#ifndef MAIL_CALENDAR_H
#define MAIL_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>

struct document;
struct part;

#define CALENDAR_SIZE_MAX (512 * 1024) // more is not read, and said
#define CALENDAR_ENTRIES_MAX 10        // shown; more are counted
#define CALENDAR_ATTENDEES_MAX 30

// text: UTF-8, not filtered. described: the entries' own long text is shown too,
// where no other part of the message says it. Times are those of the local zone.
void calendar_to_document(struct document *d, const struct part *part,
	const char *text, size_t len, bool described);

#endif
