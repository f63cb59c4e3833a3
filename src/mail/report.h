// SPDX-License-Identifier: GPL-3.0-or-later
// Reports of machines in a line each: what was not delivered and why (RFC 3464),
// what was read (RFC 8098), what is complained of (RFC 5965).
#ifndef MAIL_REPORT_H
#define MAIL_REPORT_H

#include <stdbool.h>
#include <stddef.h>

struct document;
struct part;

#define REPORT_LINES_MAX 10   // recipients told of; more are counted

bool part_is_report(const struct part *p);
// The lines are the sender's claims: none of them is a note of ours.
void report_to_document(struct document *d, const struct part *part,
	const char *text, size_t len);

#endif
