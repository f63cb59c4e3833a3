// SPDX-License-Identifier: GPL-3.0-or-later
// Time: the monotonic clock for waiting, seconds since the epoch for mail, and
// their texts. Time zones only where a name says "local".
#ifndef BASE_WHEN_H
#define BASE_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#define WHEN_NEVER INT64_MAX

int64_t when_mono_ms(void);  // monotonic, milliseconds; stops in suspend
int64_t when_boot_ms(void);  // goes on in suspend: a jump against mono is one
int64_t when_now(void);      // seconds since 1970, UTC

// "Sun, 22 Nov 2026 06:28:00 +0000" (RFC 5322 section 3.3); offset in minutes
// east of UTC.
char *when_rfc5322(int64_t when, int offset);
// "22-Nov-2026 06:28:00 +0000" (RFC 9051 date-time).
char *when_imap(int64_t when);
// " 1-Jan-1994 07:30:00 -0800": false when it is none.
bool when_from_imap(const char *s, int64_t *when_r);
// strftime in the local zone (TZ).
char *when_local(int64_t when, const char *format);
// For lists: "14:05" today, "Mon 14:05" this week, "22 Nov" this year,
// "22 Nov 24" else; `now` is given so that tests have no clock.
char *when_short(int64_t when, int64_t now);
int when_local_offset(int64_t when);  // minutes east of UTC
// 30s 5m 2h 3d 2w 1y: seconds. False when it is none.
bool when_parse_span(const char *s, int64_t *seconds_r);

#endif
