// SPDX-License-Identifier: GPL-3.0-or-later
// Dates in the form that nearly all mail has: GMime's reader takes them all
// but costs more than the rest of a row together.
#include "config.h"

#include "mail/date.h"

#include "base/str.h"

#include <stddef.h>
#include <string.h>

static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

static const struct {
	char name[4];
	int offset; // minutes east
} zones[] = {
	{ "GMT", 0 }, { "UTC", 0 }, { "UT", 0 }, { "Z", 0 },
	{ "EST", -300 }, { "EDT", -240 }, { "CST", -360 }, { "CDT", -300 },
	{ "MST", -420 }, { "MDT", -360 }, { "PST", -480 }, { "PDT", -420 },
};

static void
skip_space(const char **s)
{
	*s += strspn(*s, " \t");
}

static bool
number(const char **s, int min_digits, int max_digits, int *value_r)
{
	int n = 0, value = 0;

	while (n < max_digits && **s >= '0' && **s <= '9') {
		value = value * 10 + (**s - '0');
		(*s)++;
		n++;
	}
	*value_r = value;
	return n >= min_digits && !(**s >= '0' && **s <= '9');
}

static bool
expect(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static bool
month(const char **s, int *month_r)
{
	for (int m = 0; m < 12; m++)
		if (str_compare_nocase_n(*s, months + 3 * m, 3) == 0) {
			*month_r = m;
			*s += 3;
			return true;
		}
	return false;
}

static bool
zone(const char *s, int *offset_r)
{
	if (*s == '+' || *s == '-') {
		bool west = *s++ == '-';
		int hhmm;
		if (!number(&s, 4, 4, &hhmm) || hhmm % 100 > 59)
			return false;
		int offset = hhmm / 100 * 60 + hhmm % 100;
		*offset_r = west ? -offset : offset;
		return offset < 24 * 60;
	}
	size_t len = strcspn(s, " \t(");
	for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++)
		if (strlen(zones[i].name) == len &&
		    str_compare_nocase_n(zones[i].name, s, len) == 0) {
			*offset_r = zones[i].offset;
			return true;
		}
	return false;
}

// Days from 1970-01-01 in the Gregorian calendar; month 0 to 11. Counted from
// March, so that the leap day is the last of its year.
static int64_t
days_from_date(int year, int mon, int day)
{
	int64_t y = mon < 2 ? year - 1 : year;
	int64_t m = mon < 2 ? mon + 10 : mon - 2;
	int64_t day_of_year = (153 * m + 2) / 5 + day - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

static int
days_in_month(int year, int mon)
{
	static const char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return mon == 1 && leap ? 29 : days[mon];
}

bool
date_parse(const char *s, int64_t *when_r, int *offset_r)
{
	int day, mon, year, hour, minute, second = 0, offset;

	skip_space(&s);
	if (*s < '0' || *s > '9') { // the day of the week
		const char *comma = strchr(s, ',');
		if (comma == NULL || comma - s > 12)
			return false;
		s = comma + 1;
		skip_space(&s);
	}
	if (!number(&s, 1, 2, &day))
		return false;
	skip_space(&s);
	if (!month(&s, &mon))
		return false;
	skip_space(&s);
	if (!number(&s, 4, 4, &year) || year < 1900)
		return false;
	skip_space(&s);
	if (!number(&s, 1, 2, &hour) || !expect(&s, ':') || !number(&s, 2, 2, &minute))
		return false;
	if (*s == ':' && (s++, !number(&s, 2, 2, &second)))
		return false;
	skip_space(&s);
	if (!zone(s, &offset))
		return false;
	if (day < 1 || day > days_in_month(year, mon) || hour > 23 || minute > 59 ||
	    second > 60)
		return false;
	*when_r = days_from_date(year, mon, day) * 86400 + hour * 3600 +
		minute * 60 + second - offset * 60;
	*offset_r = offset;
	return true;
}
