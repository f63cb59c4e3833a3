// SPDX-License-Identifier: GPL-3.0-or-later
// The zones that a calendar defines itself, so that none need be read from a file.
#include "config.h"

#include "mail/calendar_time.h"

#include "base/array.h"
#include "base/mem.h"
#include "base/str.h"
#include "mail/calendar_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

// "+0130": seconds.
static int
offset_read(const char *s)
{
	int sign = *s == '-' ? -1 : 1, hours, minutes;

	s += *s == '-' || *s == '+';
	if (!calendar_digits(s, 2, &hours) || !calendar_digits(s + 2, 2, &minutes))
		return 0;
	int offset = hours * 3600 + minutes * 60;
	return offset <= OFFSET_MAX ? sign * offset : 0;
}

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
	o->month = calendar_number(rule_part(rule, "BYMONTH=", part, sizeof(part)));
	if (o->month < 0 || o->month > 12)
		o->month = 0;
	if (calendar_date_read(rule_part(rule, "UNTIL=", part, sizeof(part)), &o->until, &day, &utc))
		o->until += utc ? o->from : 0;
	else
		o->until = INT64_MAX;
	rule_part(rule, "BYDAY=", part, sizeof(part));
	char *name = part;
	o->week = (int)strtol(part, &name, 10);
	for (int i = 0; i < 7; i++)
		if (str_compare_nocase_n(name, days + 2 * i, 2) == 0)
			o->weekday = i;
	if (*part == '\0' || o->week < -5 || o->week > 5) {
		o->week = 0;
		return;
	}
	// "The Sunday of days 8 to 14" is the second one.
	if (o->week == 0) {
		int first = calendar_number(rule_part(rule, "BYMONTHDAY=", part, sizeof(part)));
		o->week = first < 0 ? -1 : first > 31 ? 5 :
			first > 0 ? (first - 1) / 7 + 1 : 1;
	}
}

static void
observance_line(struct calendar_zones *z, struct observance *o,
	const struct calendar_line *l)
{
	bool day, utc;

	if (calendar_line_is(l, "DTSTART")) {
		if (!calendar_date_read(l->value, &o->start, &day, &utc))
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
		if (calendar_date_read(l->value, &once.start, &day, &utc))
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
	struct tm start = calendar_tm(o->start);
	int clock = start.tm_hour * 3600 + start.tm_min * 60 + start.tm_sec;
	int month = o->month > 0 ? o->month : start.tm_mon + 1;

	if (o->week == 0)
		return calendar_civil(year, month, start.tm_mday, clock);
	if (o->week > 0) {
		int64_t first = calendar_civil(year, month, 1, clock);
		int ahead = (o->weekday - calendar_tm(first).tm_wday + 7) % 7;
		return first + (ahead + 7 * (o->week - 1)) * INT64_C(86400);
	}
	int64_t last = calendar_civil(year, month + 1, 0, clock);
	int back = (calendar_tm(last).tm_wday - o->weekday + 7) % 7;
	return last - (back + 7 * (-o->week - 1)) * INT64_C(86400);
}

// The last time before `civil` that it began.
static bool
last_onset(const struct observance *o, int64_t civil, int64_t *onset_r)
{
	int year = calendar_tm(civil).tm_year + 1900;

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

bool
calendar_zone_offset(const struct calendar_zones *z, const char *name, int64_t civil,
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
