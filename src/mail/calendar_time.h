// SPDX-License-Identifier: GPL-3.0-or-later
// Dates of a calendar and the zones that it brings along. Private to this folder.
#ifndef MAIL_CALENDAR_TIME_H
#define MAIL_CALENDAR_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct buf;

#define CALENDAR_ZONES_MAX 64
#define CALENDAR_OBSERVANCES_MAX 512 // of all zones

struct calendar_zones;

// All VTIMEZONEs of a calendar.
struct calendar_zones *calendar_zones_new(const char *text, size_t len);
void calendar_zones_free(struct calendar_zones **z);

// Seconds east of UTC of a zone's clock; false: a zone that is not there.
bool calendar_zone_offset(const struct calendar_zones *z, const char *name,
	int64_t civil, int *offset_r);

struct calendar_time {
	bool set;
	bool day;        // a date without a time
	bool known;      // which moment it is
	int64_t civil;   // what its clock shows, in seconds as if that were UTC
	int64_t when;    // seconds since 1970, where known
	bool zoned;      // it has a zone other than UTC
	char zone[64];   // its name
};

// "20261126T190000Z", with the TZID that goes with it or NULL. Not set when it
// is no date.
struct calendar_time calendar_time_read(const char *value, const char *tzid,
	const struct calendar_zones *zones);
// Moved on by so many seconds.
struct calendar_time calendar_time_after(const struct calendar_time *t,
	int64_t seconds, const struct calendar_zones *zones);
// "PT1H30M", "P2W": seconds; false when it is none or longer than ten years.
bool calendar_duration_read(const char *value, int64_t *seconds_r);
// "Thu 26 Nov 2026, 20:00 - 21:00 CET (19:00 - 20:00 Europe/London)"; end may be
// unset.
void calendar_time_print(struct buf *out, const struct calendar_time *start,
	const struct calendar_time *end);

// What both files are made of: n digits; the clock of a day as if it were UTC's, and
// back; a date or a time as it stands in a calendar.
bool calendar_digits(const char *s, int n, int *value_r);
int64_t calendar_civil(int year, int month, int day, int seconds);
struct tm calendar_tm(int64_t civil);
bool calendar_date_read(const char *s, int64_t *civil_r, bool *day_r, bool *utc_r);

#endif
