// SPDX-License-Identifier: GPL-3.0-or-later
// Rules of recurrence in words; nothing is computed, so none can be endless.
#include "config.h"

#include "mail/calendar_rule.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "mail/calendar_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LIST_MAX 31   // members of a list

static const char *const weekdays[] = {
	"SU", "Sunday", "MO", "Monday", "TU", "Tuesday", "WE", "Wednesday",
	"TH", "Thursday", "FR", "Friday", "SA", "Saturday",
};
static const char *const months[] = {
	"January", "February", "March", "April", "May", "June", "July", "August",
	"September", "October", "November", "December",
};
static const struct { const char *name, *unit; } frequencies[] = {
	{ "SECONDLY", "second" }, { "MINUTELY", "minute" }, { "HOURLY", "hour" },
	{ "DAILY", "day" }, { "WEEKLY", "week" }, { "MONTHLY", "month" },
	{ "YEARLY", "year" },
};
// All others than these and what is printed below.
static const char *const known[] = {
	"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH",
	"BYSETPOS", "WKST",
};

struct rule {
	const char *freq, *interval, *count, *until, *days, *month_days, *months, *place;
	bool more;           // has parts that there are no words for
};

static const char *
place_word(int n)
{
	static const char *const words[] = {
		"last", NULL, "first", "second", "third", "fourth", "fifth",
	};

	return n < -1 || n > 5 || n == 0 ? NULL : words[n + 1];
}

static void
add_between(struct buf *out, size_t i, size_t n)
{
	buf_str(out, i == 0 ? "" : i + 1 == n ? " and " : ", ");
}

// "2TU" as "the second Tuesday", "TU" as "Tuesday"; false: none of these.
static bool
add_weekday(struct buf *out, const char *day)
{
	char *name;
	long n = strtol(day, &name, 10);
	const char *word = place_word(n > -9 && n < 9 ? (int)n : 9);

	if (n != 0 && word == NULL && n != -2)
		return false;
	for (size_t i = 0; i < 14; i += 2)
		if (str_equal_nocase(name, weekdays[i])) {
			if (n != 0)
				buf_printf(out, "the %s ", n == -2 ? "second last" : word);
			buf_str(out, weekdays[i + 1]);
			return true;
		}
	return false;
}

static bool
add_days(struct buf *out, const struct rule *r)
{
	struct strlist days = {0};
	bool good = true, work = str_equal_nocase(r->days, "MO,TU,WE,TH,FR");
	const char *place = str_empty(r->place) ? NULL :
		place_word(calendar_number(r->place));

	buf_str(out, place != NULL ? " on the " : " on ");
	if (place != NULL)
		buf_printf(out, "%s ", place);
	if (work) {
		buf_str(out, place != NULL ? "working day" : "working days");
		return true;
	}
	strlist_split(&days, r->days, ',');
	for (size_t i = 0; i < days.len && i < LIST_MAX && good; i++) {
		add_between(out, i, days.len);
		good = add_weekday(out, days.items[i]);
	}
	strlist_done(&days);
	return good && (str_empty(r->place) || place != NULL);
}

static bool
add_month_days(struct buf *out, const char *list)
{
	struct strlist days = {0};
	bool good = true;

	strlist_split(&days, list, ',');
	buf_str(out, str_equal(list, "-1") ? " on the last day" : " on day ");
	for (size_t i = 0; i < days.len && i < LIST_MAX && !str_equal(list, "-1"); i++) {
		int day = calendar_number(days.items[i]);
		good = good && day > 0 && day <= 31;
		add_between(out, i, days.len);
		buf_printf(out, "%d", day);
	}
	strlist_done(&days);
	return good;
}

static bool
add_months(struct buf *out, const char *list)
{
	struct strlist all = {0};
	bool good = true;

	strlist_split(&all, list, ',');
	buf_str(out, " in ");
	for (size_t i = 0; i < all.len && i < LIST_MAX && good; i++) {
		int month = calendar_number(all.items[i]);
		good = month >= 1 && month <= 12;
		add_between(out, i, all.len);
		buf_str(out, good ? months[month - 1] : "");
	}
	strlist_done(&all);
	return good;
}

static bool
add_frequency(struct buf *out, const struct rule *r)
{
	int interval = str_empty(r->interval) ? 1 : calendar_number(r->interval);

	for (size_t i = 0; i < sizeof(frequencies) / sizeof(*frequencies); i++) {
		if (!str_equal_nocase(r->freq, frequencies[i].name))
			continue;
		if (interval > 1 && interval < 10000)
			buf_printf(out, "every %d %ss", interval, frequencies[i].unit);
		else
			buf_printf(out, "every %s", frequencies[i].unit);
		return true;
	}
	return false;
}

static void
add_until(struct buf *out, const char *until)
{
	struct tm tm = {0};
	char text[64];

	if (sscanf(until, "%4d%2d%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) != 3 ||
	    tm.tm_mon < 1 || tm.tm_mon > 12)
		return;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	strftime(text, sizeof(text), ", until %-d %b %Y", &tm);
	buf_str(out, text);
}

static void
rule_part(struct rule *r, char *part)
{
	const char **places[] = {
		&r->freq, &r->interval, &r->count, &r->until, &r->days, &r->month_days,
		&r->months, &r->place, NULL,
	};
	char *value = strchr(part, '=');
	bool found = false;

	if (value == NULL)
		return;
	*value++ = '\0';
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (str_equal_nocase(part, known[i])) {
			found = true;
			if (places[i] != NULL)
				*places[i] = value;
		}
	r->more = r->more || !found;
}

void
calendar_rule_print(struct buf *out, const char *text)
{
	struct rule r = {0};
	struct strlist parts = {0};
	struct buf words = {0};

	strlist_split(&parts, text, ';');
	for (size_t i = 0; i < parts.len && i < LIST_MAX; i++)
		rule_part(&r, parts.items[i]);
	bool good = add_frequency(&words, &r) && !r.more;
	if (good && r.days != NULL)
		good = add_days(&words, &r);
	if (good && r.month_days != NULL)
		good = add_month_days(&words, r.month_days);
	if (good && r.months != NULL)
		good = add_months(&words, r.months);
	if (good) {
		buf_str(out, buf_text(&words));
	} else {
		buf_clear(&words);
		buf_str(out, add_frequency(&words, &r) ? buf_text(&words) : "again");
		buf_str(out, ", by a rule of its own");
	}
	int count = r.count == NULL ? 0 : calendar_number(r.count);
	if (count > 0 && count < CALENDAR_NUMBER_MAX)
		buf_printf(out, ", %d times", count);
	if (r.until != NULL)
		add_until(out, r.until);
	buf_done(&words);
	strlist_done(&parts);
}
