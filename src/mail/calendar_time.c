// SPDX-License-Identifier: GPL-3.0-or-later
// When something is, for a reader who is elsewhere. The zones are those that the
// calendar defines itself, so that none need be read from a file.
#include "config.h"

#include "mail/calendar_time.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "mail/calendar_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY 86400
#define DURATION_MAX (INT64_C(3660) * DAY)
#define OFFSET_MAX (26 * 3600)

// From when on a zone's clocks are how far from UTC (section 3.6.5).
struct observance {
	int zone;            // index of its name
	int64_t start;       // by the clock before it
	int from, to;        // seconds east of UTC
	bool yearly;         // again each year, until that:
	int64_t until;
	int month;           // 1 to 12; 0 as at the start
	int week, weekday;   // the second Sunday is 2, 0; the last -1, 0; week 0: none
};

struct calendar_zones {
	struct strlist names;
	struct array observances;
};

// --- values -------------------------------------------------------------------

static bool
digits(const char *s, int n, int *value_r)
{
	*value_r = 0;
	for (int i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*value_r = *value_r * 10 + (s[i] - '0');
	}
	return true;
}

static int64_t
civil_of(int year, int month, int day, int seconds)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };

	return (int64_t)timegm(&tm) + seconds;
}

static struct tm
tm_of(int64_t civil)
{
	time_t t = (time_t)civil;
	struct tm tm = {0};

	gmtime_r(&t, &tm);
	return tm;
}

static bool
date_read(const char *s, int64_t *civil_r, bool *day_r, bool *utc_r)
{
	int year, month, day, hour = 0, minute = 0, second = 0;

	if (!digits(s, 4, &year) || !digits(s + 4, 2, &month) ||
	    !digits(s + 6, 2, &day) || year < 1601 || month < 1 || month > 12 ||
	    day < 1 || day > 31)
		return false;
	*day_r = s[8] != 'T';
	if (!*day_r && (!digits(s + 9, 2, &hour) || !digits(s + 11, 2, &minute) ||
	    !digits(s + 13, 2, &second) || hour > 23 || minute > 59 || second > 60))
		return false;
	*utc_r = !*day_r && s[15] == 'Z';
	*civil_r = civil_of(year, month, day, hour * 3600 + minute * 60 + second);
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

// "+0130": seconds.
static int
offset_read(const char *s)
{
	int sign = *s == '-' ? -1 : 1, hours, minutes;

	s += *s == '-' || *s == '+';
	if (!digits(s, 2, &hours) || !digits(s + 2, 2, &minutes))
		return 0;
	int offset = hours * 3600 + minutes * 60;
	return offset <= OFFSET_MAX ? sign * offset : 0;
}

// --- zones --------------------------------------------------------------------

// The value of a part of a rule, "" when it has none: "MONTHLY" for "FREQ=". The
// caller's buffer holds it.
static const char *
rule_part(const char *rule, const char *name, char *out, size_t size)
{
	const char *at = str_find_nocase(rule, name);

	*out = '\0';
	if (at != NULL)
		snprintf(out, size, "%.*s", (int)strcspn(at + strlen(name), ";"),
			at + strlen(name));
	return out;
}

static void
rule_read(struct observance *o, const char *rule)
{
	static const char days[] = "SUMOTUWETHFRSA";
	char part[64];
	bool day, utc;

	o->yearly = str_equal_nocase(rule_part(rule, "FREQ=", part, sizeof(part)),
		"YEARLY");
	o->month = atoi(rule_part(rule, "BYMONTH=", part, sizeof(part)));
	if (o->month < 0 || o->month > 12)
		o->month = 0;
	if (date_read(rule_part(rule, "UNTIL=", part, sizeof(part)), &o->until, &day, &utc))
		o->until += utc ? o->from : 0;
	else
		o->until = INT64_MAX;
	rule_part(rule, "BYDAY=", part, sizeof(part));
	char *name = part;
	o->week = (int)strtol(part, &name, 10);
	for (int i = 0; i < 7; i++)
		if (strncasecmp(name, days + 2 * i, 2) == 0)
			o->weekday = i;
	if (*part == '\0' || o->week < -5 || o->week > 5) {
		o->week = 0;
		return;
	}
	// "The Sunday of days 8 to 14" is the second one.
	if (o->week == 0) {
		int first = atoi(rule_part(rule, "BYMONTHDAY=", part, sizeof(part)));
		o->week = first < 0 ? -1 : first > 0 ? (first - 1) / 7 + 1 : 1;
	}
}

static void
observance_line(struct calendar_zones *z, struct observance *o,
	const struct calendar_line *l)
{
	bool day, utc;

	if (calendar_line_is(l, "DTSTART")) {
		if (!date_read(l->value, &o->start, &day, &utc))
			o->start = 0;
	} else if (calendar_line_is(l, "TZOFFSETFROM")) {
		o->from = offset_read(l->value);
	} else if (calendar_line_is(l, "TZOFFSETTO")) {
		o->to = offset_read(l->value);
	} else if (calendar_line_is(l, "RRULE")) {
		rule_read(o, l->value);
	} else if (calendar_line_is(l, "RDATE") &&
	           z->observances.len < CALENDAR_OBSERVANCES_MAX) {
		struct observance once = *o;
		once.yearly = false;
		if (date_read(l->value, &once.start, &day, &utc))
			*(struct observance *)array_push(&z->observances) = once;
	}
}

struct calendar_zones *
calendar_zones_new(const char *text, size_t len)
{
	struct calendar_zones *z = mem_new(struct calendar_zones);
	struct calendar_line l = calendar_lines(text, len);
	struct observance o = {0};
	bool zone = false, observed = false;

	z->observances = ARRAY_OF(struct observance);
	while (calendar_line_next(&l)) {
		bool begin = calendar_line_is(&l, "BEGIN"), end = calendar_line_is(&l, "END");
		bool part = str_equal_nocase(l.value, "STANDARD") ||
			str_equal_nocase(l.value, "DAYLIGHT");
		if ((begin || end) && str_equal_nocase(l.value, "VTIMEZONE")) {
			zone = begin && z->names.len < CALENDAR_ZONES_MAX;
			if (zone)
				strlist_add(&z->names, "");
		} else if (zone && begin && part) {
			o = (struct observance){ .zone = (int)z->names.len - 1 };
			observed = true;
		} else if (observed && end && part) {
			observed = false;
			if (z->observances.len < CALENDAR_OBSERVANCES_MAX)
				*(struct observance *)array_push(&z->observances) = o;
		} else if (observed) {
			observance_line(z, &o, &l);
		} else if (zone && calendar_line_is(&l, "TZID")) {
			str_set(&z->names.items[z->names.len - 1], l.value);
		}
	}
	calendar_line_done(&l);
	return z;
}

void
calendar_zones_free(struct calendar_zones **where)
{
	struct calendar_zones *z = *where;

	*where = NULL;
	if (z == NULL)
		return;
	strlist_done(&z->names);
	array_done(&z->observances);
	free(z);
}

// When it begins in a year.
static int64_t
onset_of(const struct observance *o, int year)
{
	struct tm start = tm_of(o->start);
	int clock = start.tm_hour * 3600 + start.tm_min * 60 + start.tm_sec;
	int month = o->month > 0 ? o->month : start.tm_mon + 1;

	if (o->week == 0)
		return civil_of(year, month, start.tm_mday, clock);
	if (o->week > 0) {
		int64_t first = civil_of(year, month, 1, clock);
		int ahead = (o->weekday - tm_of(first).tm_wday + 7) % 7;
		return first + (ahead + 7 * (o->week - 1)) * INT64_C(86400);
	}
	int64_t last = civil_of(year, month + 1, 0, clock);
	int back = (tm_of(last).tm_wday - o->weekday + 7) % 7;
	return last - (back + 7 * (-o->week - 1)) * INT64_C(86400);
}

// The last time before `civil` that it began.
static bool
last_onset(const struct observance *o, int64_t civil, int64_t *onset_r)
{
	int year = tm_of(civil).tm_year + 1900;

	*onset_r = o->start;
	for (int y = year; o->yearly && y >= year - 1; y--) {
		int64_t onset = onset_of(o, y);
		if (onset > civil || onset < o->start || onset > o->until)
			continue;
		*onset_r = onset;
		return true;
	}
	return o->start <= civil;
}

// Seconds east of UTC of a zone's clock; false: a zone that is not there.
static bool
zone_offset(const struct calendar_zones *z, const char *name, int64_t civil,
	int *offset_r)
{
	int64_t best = INT64_MIN, earliest = INT64_MAX, onset;
	bool found = false;
	int zone = -1;

	for (size_t i = 0; i < z->names.len && zone < 0; i++)
		if (str_equal(z->names.items[i], name))
			zone = (int)i;
	for (size_t i = 0; i < z->observances.len && zone >= 0; i++) {
		const struct observance *o = array_at(&z->observances, i);
		if (o->zone != zone)
			continue;
		found = true;
		if (last_onset(o, civil, &onset) && onset >= best) {
			best = onset;
			*offset_r = o->to;
		} else if (best == INT64_MIN && o->start < earliest) {
			earliest = o->start;
			*offset_r = o->from;
		}
	}
	return found;
}

// --- times --------------------------------------------------------------------

static void
place(struct calendar_time *t, const struct calendar_zones *zones)
{
	int offset = 0;

	if (t->day)
		return;
	t->known = *t->zone == '\0' ? t->known : zone_offset(zones, t->zone, t->civil,
		&offset);
	t->when = t->civil - offset;
}

struct calendar_time
calendar_time_read(const char *value, const char *tzid,
	const struct calendar_zones *zones)
{
	struct calendar_time t = {0};

	t.set = date_read(value, &t.civil, &t.day, &t.known);
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
	struct tm tm = tm_of(civil);
	char text[64];

	if (strftime(text, sizeof(text), "%a %-d %b %Y", &tm) > 0)
		buf_str(out, text);
}

static void
add_clock(struct buf *out, int64_t civil)
{
	struct tm tm = tm_of(civil);

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
