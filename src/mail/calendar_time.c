// SPDX-License-Identifier: GPL-3.0-or-later
// When something is, for a reader who is elsewhere.
#include "config.h"

#include "mail/calendar_time.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY 86400
#define DURATION_MAX (INT64_C(3660) * DAY)

// --- values -------------------------------------------------------------------

bool
calendar_digits(const char *s, int n, int *value_r)
{
	*value_r = 0;
	for (int i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*value_r = *value_r * 10 + (s[i] - '0');
	}
	return true;
}

int64_t
calendar_civil(int year, int month, int day, int seconds)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };

	return (int64_t)timegm(&tm) + seconds;
}

struct tm
calendar_tm(int64_t civil)
{
	time_t t = (time_t)civil;
	struct tm tm = {0};

	gmtime_r(&t, &tm);
	return tm;
}

bool
calendar_date_read(const char *s, int64_t *civil_r, bool *day_r, bool *utc_r)
{
	int year, month, day, hour = 0, minute = 0, second = 0;

	if (!calendar_digits(s, 4, &year) || !calendar_digits(s + 4, 2, &month) ||
	    !calendar_digits(s + 6, 2, &day) || year < 1601 || month < 1 || month > 12 ||
	    day < 1 || day > 31)
		return false;
	*day_r = s[8] != 'T';
	if (!*day_r && (!calendar_digits(s + 9, 2, &hour) || !calendar_digits(s + 11, 2, &minute) ||
	    !calendar_digits(s + 13, 2, &second) || hour > 23 || minute > 59 || second > 60))
		return false;
	*utc_r = !*day_r && s[15] == 'Z';
	*civil_r = calendar_civil(year, month, day, hour * 3600 + minute * 60 + second);
	return true;
}

bool
calendar_duration_read(const char *s, int64_t *seconds_r)
{
	static const struct { char letter; int64_t seconds; } units[] = {
		{ 'W', 7 * DAY }, { 'D', DAY }, { 'H', 3600 }, { 'M', 60 }, { 'S', 1 },
	};
	int64_t total = 0;

	s += *s == '+';
	if (*s++ != 'P')
		return false;
	while (*s != '\0') {
		char *end;
		s += *s == 'T';
		if (*s < '0' || *s > '9')
			return false;
		int64_t n = strtol(s, &end, 10), unit = 0;
		for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
			if (units[i].letter == *end)
				unit = units[i].seconds;
		if (unit == 0 || n > DURATION_MAX / unit)
			return false;
		total += n * unit;
		s = end + 1;
		if (total > DURATION_MAX)
			return false;
	}
	*seconds_r = total;
	return true;
}

// --- times --------------------------------------------------------------------

static void
place(struct calendar_time *t, const struct calendar_zones *zones)
{
	int offset = 0;

	if (t->day)
		return;
	t->known = *t->zone == '\0' ? t->known : calendar_zone_offset(zones, t->zone, t->civil,
		&offset);
	t->when = t->civil - offset;
}

struct calendar_time
calendar_time_read(const char *value, const char *tzid,
	const struct calendar_zones *zones)
{
	struct calendar_time t = {0};

	t.set = calendar_date_read(value, &t.civil, &t.day, &t.known);
	if (!t.set)
		return (struct calendar_time){0};
	t.zoned = !t.known && !t.day && !str_empty(tzid);
	if (t.zoned)
		snprintf(t.zone, sizeof(t.zone), "%s", tzid);
	place(&t, zones);
	return t;
}

struct calendar_time
calendar_time_after(const struct calendar_time *t, int64_t seconds,
	const struct calendar_zones *zones)
{
	struct calendar_time after = *t;

	after.civil += seconds;
	place(&after, zones);
	return after;
}

static void
add_date(struct buf *out, int64_t civil)
{
	struct tm tm = calendar_tm(civil);
	char text[64];

	if (strftime(text, sizeof(text), "%a %-d %b %Y", &tm) > 0)
		buf_str(out, text);
}

static void
add_clock(struct buf *out, int64_t civil)
{
	struct tm tm = calendar_tm(civil);

	buf_printf(out, "%02d:%02d", tm.tm_hour, tm.tm_min);
}

// "26 Nov 2026, 19:00 - 20:00"
static void
add_span(struct buf *out, int64_t start, int64_t end, bool dated)
{
	if (dated) {
		add_date(out, start);
		buf_str(out, ", ");
	}
	add_clock(out, start);
	if (end <= start)
		return;
	buf_str(out, " - ");
	if (start / DAY != end / DAY) {
		add_date(out, end);
		buf_str(out, ", ");
	}
	add_clock(out, end);
}

static void
print_days(struct buf *out, const struct calendar_time *start,
	const struct calendar_time *end)
{
	add_date(out, start->civil);
	// The end is the day after the last one.
	if (end->set && end->civil - DAY > start->civil) {
		buf_str(out, " - ");
		add_date(out, end->civil - (end->day ? DAY : 0));
	} else {
		buf_str(out, ", all day");
	}
}

void
calendar_time_print(struct buf *out, const struct calendar_time *start,
	const struct calendar_time *end)
{
	if (start->day) {
		print_days(out, start, end);
		return;
	}
	int64_t until = end->set && end->known == start->known && !end->day
		? end->civil : start->civil;
	if (!start->known) {
		add_span(out, start->civil, until, true);
		buf_printf(out, " (%s)", start->zoned ? start->zone : "of which zone "
			"is not said");
		return;
	}
	int offset = when_local_offset(start->when) * 60;
	int end_offset = end->set && end->known ? when_local_offset(end->when) * 60 : 0;
	add_span(out, start->when + offset, until == start->civil
		? start->when + offset : end->when + end_offset, true);
	char *zone = when_local(start->when, " %Z");
	buf_str(out, zone);
	free(zone);
	if (start->zoned && start->civil != start->when + offset) {
		buf_str(out, " (");
		add_span(out, start->civil, until, start->civil / DAY !=
			(start->when + offset) / DAY);
		buf_printf(out, " %s)", start->zone);
	}
}
