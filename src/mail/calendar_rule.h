// SPDX-License-Identifier: GPL-3.0-or-later
// How often something happens, in words. Private to this folder.
#ifndef MAIL_CALENDAR_RULE_H
#define MAIL_CALENDAR_RULE_H

struct buf;

// A rule (RFC 5545 section 3.3.10): "every 2 weeks on Monday and Thursday, 10
// times". What no words are here for is said to be so.
void calendar_rule_print(struct buf *out, const char *rule);

#endif
