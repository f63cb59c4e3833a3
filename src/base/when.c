// SPDX-License-Identifier: GPL-3.0-or-later
// Dates and clocks. Names of days and months are ours, so that neither mail nor
// protocol changes with the locale.
#include "config.h"

#include "base/when.h"

#include "base/buf.h"
#include "base/str.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Years 1 to 9999: what the texts of mail and IMAP can say.
#define WHEN_FIRST INT64_C(-62135596800)
#define WHEN_LAST INT64_C(253402300799)

static const char *const days[] = {
	"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat",
};
static const char *const months[] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
};

static int64_t
clock_ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
when_mono_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

int64_t
when_boot_ms(void)
{
	return clock_ms(CLOCK_BOOTTIME);
}

int64_t
when_now(void)
{
	return (int64_t)time(NULL);
}

static int64_t
within_years(int64_t when)
{
	return when < WHEN_FIRST ? WHEN_FIRST : when > WHEN_LAST ? WHEN_LAST : when;
}

static struct tm
utc_of(int64_t when)
{
	time_t seconds = (time_t)within_years(when);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	return tm;
}

static struct tm
local_of(int64_t when)
{
	time_t seconds = (time_t)within_years(when);
	struct tm tm;

	// localtime_r need not look at TZ again, and people travel.
	tzset();
	localtime_r(&seconds, &tm);
	return tm;
}

char *
when_rfc5322(int64_t when, int offset)
{
	struct tm tm = utc_of(within_years(when) + (int64_t)offset * 60);
	int zone = offset < 0 ? -offset : offset;

	return str_printf("%s, %d %s %04d %02d:%02d:%02d %c%02d%02d",
		days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
		tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
		offset < 0 ? '-' : '+', zone / 60, zone % 60);
}

char *
when_imap(int64_t when)
{
	struct tm tm = utc_of(when);

	return str_printf("%2d-%s-%04d %02d:%02d:%02d +0000", tm.tm_mday,
		months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
		tm.tm_sec);
}

// Exactly `count` digits at *s; -1 when they are not there.
static int
take_digits(const char **s, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return -1;
		value = value * 10 + (**s - '0');
	}
	return value;
}

static bool
take_char(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static int
take_month(const char **s)
{
	for (int i = 0; i < 12; i++) {
		if (str_has_prefix_nocase(*s, months[i])) {
			*s += 3;
			return i;
		}
	}
	return -1;
}

// RFC 9051: date-day-fixed may begin with a space; some servers leave it out.
static int
take_day(const char **s)
{
	take_char(s, ' ');
	bool two = (*s)[0] != '\0' && (*s)[1] >= '0' && (*s)[1] <= '9';
	return take_digits(s, two ? 2 : 1);
}

static bool
take_clock(const char **s, struct tm *tm)
{
	tm->tm_hour = take_digits(s, 2);
	if (tm->tm_hour < 0 || tm->tm_hour > 23 || !take_char(s, ':'))
		return false;
	tm->tm_min = take_digits(s, 2);
	if (tm->tm_min < 0 || tm->tm_min > 59 || !take_char(s, ':'))
		return false;
	tm->tm_sec = take_digits(s, 2);
	return tm->tm_sec >= 0 && tm->tm_sec <= 60;
}

static bool
take_zone(const char **s, int *minutes_r)
{
	bool west = **s == '-';

	if (!west && **s != '+')
		return false;
	(*s)++;
	int hours = take_digits(s, 2);
	int minutes = hours < 0 ? -1 : take_digits(s, 2);
	if (minutes < 0 || minutes > 59)
		return false;
	*minutes_r = (hours * 60 + minutes) * (west ? -1 : 1);
	return true;
}

bool
when_from_imap(const char *s, int64_t *when_r)
{
	struct tm tm = { .tm_isdst = 0 };
	int zone;

	tm.tm_mday = take_day(&s);
	if (tm.tm_mday < 1 || tm.tm_mday > 31 || !take_char(&s, '-'))
		return false;
	tm.tm_mon = take_month(&s);
	if (tm.tm_mon < 0 || !take_char(&s, '-'))
		return false;
	int year = take_digits(&s, 4);
	if (year < 1 || !take_char(&s, ' '))
		return false;
	tm.tm_year = year - 1900;
	if (!take_clock(&s, &tm) || !take_char(&s, ' ') ||
	    !take_zone(&s, &zone) || *s != '\0')
		return false;
	int day = tm.tm_mday, second = tm.tm_sec;
	int64_t when = (int64_t)timegm(&tm);
	// timegm turns 31 February into a day in March; 60 seconds are a leap.
	if (second < 60 && tm.tm_mday != day)
		return false;
	*when_r = when - (int64_t)zone * 60;
	return true;
}

char *
when_local(int64_t when, const char *format)
{
	struct tm tm = local_of(when);
	struct buf b = {0};

	if (*format == '\0')
		return buf_take(&b);
	// strftime says 0 both for too small and for an empty result.
	for (size_t room = 64; room <= 4096; room *= 4) {
		buf_reserve(&b, room);
// The format is an option of the user's.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		b.len = strftime(b.data, room, format, &tm);
#pragma GCC diagnostic pop
		if (b.len > 0)
			break;
	}
	buf_cut(&b, b.len);
	return buf_take(&b);
}

static int64_t
day_number(const struct tm *tm)
{
	struct tm midnight = {
		.tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday,
	};

	return (int64_t)timegm(&midnight) / (24 * 60 * 60);
}

char *
when_short(int64_t when, int64_t now)
{
	struct tm tm = local_of(when), today = local_of(now);
	int64_t age = day_number(&today) - day_number(&tm);

	if (age == 0)
		return str_printf("%02d:%02d", tm.tm_hour, tm.tm_min);
	// Seven days back has the same name as today.
	if (age > 0 && age < 7)
		return str_printf("%s %02d:%02d", days[tm.tm_wday], tm.tm_hour,
			tm.tm_min);
	if (tm.tm_year == today.tm_year)
		return str_printf("%d %s", tm.tm_mday, months[tm.tm_mon]);
	return str_printf("%d %s %02d", tm.tm_mday, months[tm.tm_mon],
		(tm.tm_year + 1900) % 100);
}

int
when_local_offset(int64_t when)
{
	return (int)(local_of(when).tm_gmtoff / 60);
}

bool
when_parse_span(const char *s, int64_t *seconds_r)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {
		{ 's', 1 },
		{ 'm', 60 },
		{ 'h', 60 * 60 },
		{ 'd', 24 * 60 * 60 },
		{ 'w', 7 * 24 * 60 * 60 },
		{ 'y', 365 * 24 * 60 * 60 },
	};
	size_t len = s == NULL ? 0 : strlen(s);
	uint64_t value;

	if (len < 2 || len > 20)
		return false;
	char *number = str_ndup(s, len - 1);
	bool ok = str_to_u64(number, INT32_MAX, &value);
	free(number);
	for (size_t i = 0; ok && i < sizeof(units) / sizeof(*units); i++) {
		if (units[i].unit == s[len - 1]) {
			*seconds_r = (int64_t)value * units[i].seconds;
			return true;
		}
	}
	return false;
}
