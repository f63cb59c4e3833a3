// SPDX-License-Identifier: GPL-3.0-or-later
// Dates and their texts, in zones that the test sets itself.
#include "config.h"

#include "tests/unit/test.h"

#include <stdio.h>
#include <string.h>

#include "base/when.h"

static void
test_texts(void **state)
{
	(void)state;
	static const struct {
		int64_t when;
		int offset;
		const char *mail, *imap;
	} cases[] = {
		{ 0, 0, "Thu, 1 Jan 1970 00:00:00 +0000",
		  " 1-Jan-1970 00:00:00 +0000" },
		{ 1795328880, 0, "Sun, 22 Nov 2026 06:28:00 +0000",
		  "22-Nov-2026 06:28:00 +0000" },
		{ 1795328880, -480, "Sat, 21 Nov 2026 22:28:00 -0800",
		  "22-Nov-2026 06:28:00 +0000" },
		{ 1795328880, 345, "Sun, 22 Nov 2026 12:13:00 +0545",
		  "22-Nov-2026 06:28:00 +0000" },
		{ -1, 0, "Wed, 31 Dec 1969 23:59:59 +0000",
		  "31-Dec-1969 23:59:59 +0000" },
		{ INT64_MAX, 0, "Fri, 31 Dec 9999 23:59:59 +0000",
		  "31-Dec-9999 23:59:59 +0000" },
		{ INT64_MIN, 0, "Mon, 1 Jan 0001 00:00:00 +0000",
		  " 1-Jan-0001 00:00:00 +0000" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *mail = when_rfc5322(cases[i].when, cases[i].offset);
		char *imap = when_imap(cases[i].when);
		assert_string_equal(mail, cases[i].mail);
		assert_string_equal(imap, cases[i].imap);
		free(mail);
		free(imap);
	}
}

static void
test_from_imap(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t when;
		bool ok;
	} cases[] = {
		{ " 1-Jan-1970 00:00:00 +0000", 0, true },
		{ "1-Jan-1970 00:00:00 +0000", 0, true },
		{ "01-jan-1970 00:00:00 +0000", 0, true },
		{ " 1-Jan-1994 07:30:00 -0800", 757438200, true },
		{ "22-Nov-2026 12:13:00 +0545", 1795328880, true },
		{ "31-Dec-2016 23:59:60 +0000", 1483228800, true },
		{ "29-Feb-2024 00:00:00 +0000", 1709164800, true },
		{ "29-Feb-2023 00:00:00 +0000", 0, false },
		{ "31-Apr-2023 00:00:00 +0000", 0, false },
		{ "00-Jan-1970 00:00:00 +0000", 0, false },
		{ "1-Foo-1970 00:00:00 +0000", 0, false },
		{ "1-Jan-70 00:00:00 +0000", 0, false },
		{ "1-Jan-1970 24:00:00 +0000", 0, false },
		{ "1-Jan-1970 00:60:00 +0000", 0, false },
		{ "1-Jan-1970 00:00:61 +0000", 0, false },
		{ "1-Jan-1970 00:00:00 0000", 0, false },
		{ "1-Jan-1970 00:00:00 +00:00", 0, false },
		{ "1-Jan-1970 00:00:00 +0000 ", 0, false },
		{ "1-Jan-1970", 0, false },
		{ " ", 0, false },
		{ "", 0, false },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t when = 77;
		assert_int_equal(when_from_imap(cases[i].text, &when),
			cases[i].ok);
		assert_true(when == (cases[i].ok ? cases[i].when : 77));
	}
}

static void
test_short(void **state)
{
	(void)state;
	static const int64_t now = 1795328880; // Sunday 22 Nov 2026 06:28 UTC
	static const struct {
		const char *zone;
		int64_t when;
		const char *text;
	} cases[] = {
		{ "UTC", 1795328880, "06:28" },
		{ "UTC", 1795305600, "00:00" },
		{ "UTC", 1795305599, "Sat 23:59" },
		{ "UTC", 1794787200, "Mon 00:00" },
		{ "UTC", 1794787199, "15 Nov" },      // also a Sunday
		{ "UTC", 1795391999, "23:59" },       // later today
		{ "UTC", 1795392000, "23 Nov" },      // tomorrow: no past weekday
		{ "UTC", 1767225600, "1 Jan" },
		{ "UTC", 1767225599, "31 Dec 25" },
		{ "UTC", 1830297600, "1 Jan 28" },
		{ "UTC", 0, "1 Jan 70" },
		{ "CET-1CEST", 1795305599, "00:59" },
		{ "PST8PDT,M3.2.0,M11.1.0", 1795305599, "15:59" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		setenv("TZ", cases[i].zone, 1);
		char *text = when_short(cases[i].when, now);
		assert_string_equal(text, cases[i].text);
		free(text);
	}
}

static void
test_local(void **state)
{
	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	char *text = when_local(1795328880, "%Y-%m-%d %H:%M");
	assert_string_equal(text, "2026-11-22 07:28");
	free(text);
	assert_int_equal(when_local_offset(1795328880), 60);
	assert_int_equal(when_local_offset(1783000000), 120);
	text = when_local(0, "");
	assert_string_equal(text, "");
	free(text);
	char format[400] = "";
	for (int i = 0; i < 60; i++)
		strcat(format, "%Y-%m ");
	text = when_local(0, format);
	assert_int_equal(strlen(text), 60 * 8);
	free(text);
	setenv("TZ", "UTC", 1);
	assert_int_equal(when_local_offset(1783000000), 0);
}

static void
test_span(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t seconds;
		bool ok;
	} cases[] = {
		{ "30s", 30, true }, { "5m", 300, true }, { "2h", 7200, true },
		{ "3d", 259200, true }, { "2w", 1209600, true },
		{ "1y", 31536000, true }, { "0s", 0, true },
		{ "2147483647y", INT64_C(2147483647) * 31536000, true },
		{ "2147483648y", 0, false }, { "30", 0, false }, { "s", 0, false },
		{ "", 0, false }, { "-1d", 0, false }, { "1x", 0, false },
		{ "1d2h", 0, false }, { "1 d", 0, false },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t seconds = 77;
		assert_int_equal(when_parse_span(cases[i].text, &seconds),
			cases[i].ok);
		assert_true(seconds == (cases[i].ok ? cases[i].seconds : 77));
	}
	assert_false(when_parse_span(NULL, NULL));
}

static void
test_clocks(void **state)
{
	(void)state;
	int64_t first = when_mono_ms();
	assert_true(when_mono_ms() >= first);
	assert_true(when_boot_ms() >= first);
	assert_true(when_now() > 1700000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_from_imap),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_span),
		cmocka_unit_test(test_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
