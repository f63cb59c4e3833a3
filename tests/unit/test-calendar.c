// SPDX-License-Identifier: GPL-3.0-or-later
// Calendars in words: times of other zones, rules, answers, and what nobody wrote
// by hand.
#include "config.h"

#include "mail-test.h"

#include "base/buf.h"
#include "base/mem.h"
#include "mail/calendar.h"
#include "mail/calendar_rule.h"
#include "mail/document.h"
#include "mail/read.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

// The reader is in Berlin.
static int
set_up(void **state)
{
	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return 0;
}

#define PARIS "BEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\n" \
	"BEGIN:DAYLIGHT\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n" \
	"DTSTART:19810329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n" \
	"END:DAYLIGHT\r\n" \
	"BEGIN:STANDARD\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n" \
	"DTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n" \
	"END:STANDARD\r\nEND:VTIMEZONE\r\n"
// As Outlook writes it, by its own name.
#define EASTERN "BEGIN:VTIMEZONE\r\nTZID:Eastern Standard Time\r\n" \
	"BEGIN:STANDARD\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:-0400\r\n" \
	"TZOFFSETTO:-0500\r\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=1SU;BYMONTH=11\r\n" \
	"END:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\n" \
	"TZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400\r\n" \
	"RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=2SU;BYMONTH=3\r\n" \
	"END:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
#define EVENT(lines) "BEGIN:VCALENDAR\r\n" EASTERN PARIS "BEGIN:VEVENT\r\n" \
	"SUMMARY:x\r\n" lines "END:VEVENT\r\nEND:VCALENDAR\r\n"
#define WHEN "Event:      x\nWhen:       "

static const struct {
	const char *text;
	const char *wanted;
} rows[] = {
	// Times, in the reader's zone and, where that differs, in the writer's.
	{ EVENT("DTSTART:20261126T190000Z\r\nDTEND:20261126T200000Z\r\n"),
		WHEN "Thu 26 Nov 2026, 20:00 - 21:00 CET\n" },
	{ EVENT("DTSTART:20260726T190000Z\r\nDURATION:PT1H30M\r\n"),
		WHEN "Sun 26 Jul 2026, 21:00 - 22:30 CEST\n" },
	{ EVENT("DTSTART;TZID=Europe/Paris:20261126T190000\r\n"),
		WHEN "Thu 26 Nov 2026, 19:00 CET\n" },
	{ EVENT("DTSTART;TZID=Europe/Paris:20261025T013000\r\n"
		"DTEND;TZID=Europe/Paris:20261025T040000\r\n"),
		WHEN "Sun 25 Oct 2026, 01:30 - 04:00 CEST\n" },
	{ EVENT("DTSTART;TZID=\"Eastern Standard Time\":20260310T090000\r\n"
		"DTEND;TZID=\"Eastern Standard Time\":20260310T100000\r\n"),
		WHEN "Tue 10 Mar 2026, 14:00 - 15:00 CET (09:00 - 10:00 Eastern Standard "
		"Time)\n" },
	{ EVENT("DTSTART;TZID=Eastern Standard Time:20260307T200000\r\n"),
		WHEN "Sun 8 Mar 2026, 02:00 CET (Sat 7 Mar 2026, 20:00 Eastern Standard "
		"Time)\n" },
	{ EVENT("DTSTART;TZID=Mars/Base:20261126T190000\r\n"
		"DTEND;TZID=Mars/Base:20261127T020000\r\n"),
		WHEN "Thu 26 Nov 2026, 19:00 - Fri 27 Nov 2026, 02:00 (Mars/Base)\n" },
	{ EVENT("DTSTART:20261126T190000\r\n"),
		WHEN "Thu 26 Nov 2026, 19:00 (of which zone is not said)\n" },
	{ EVENT("DTSTART;VALUE=DATE:20261126\r\nDTEND;VALUE=DATE:20261127\r\n"),
		WHEN "Thu 26 Nov 2026, all day\n" },
	{ EVENT("DTSTART;VALUE=DATE:20261126\r\nDTEND;VALUE=DATE:20261129\r\n"),
		WHEN "Thu 26 Nov 2026 - Sat 28 Nov 2026\n" },
	{ EVENT("DTSTART:20261326T190000Z\r\nDTEND:x\r\nDURATION:P99999999D\r\n"),
		"Event:      x\n" },
	// All of an invitation; alarms are no part of it.
	{ "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSEQUENCE:2\n"
		"SUMMARY:Yearly\\, long\n  meeting\nDTSTART:20261126T190000Z\n"
		"RRULE:FREQ=WEEKLY;BYDAY=TU,TH;COUNT=10\nEXDATE:20261203T190000Z\n"
		"LOCATION:Town hall\\nroom 2\nURL:https://example.org/m\n"
		"BEGIN:VALARM\nSUMMARY:no\nEND:VALARM\n"
		"ORGANIZER;CN=Carla Beispiel:mailto:carla@example.com\n"
		"ATTENDEE;CN=\"Example; Ann\";PARTSTAT=ACCEPTED:mailto:ann@example.org\n"
		"ATTENDEE;PARTSTAT=NEEDS-ACTION;ROLE=OPT-PARTICIPANT:mailto:bob@example.org\n"
		"ATTENDEE;CN=ceo@bank.example:MAILTO:eve@example.org\n"
		"DESCRIPTION:Cake.\\nAnd more.\nEND:VEVENT\nEND:VCALENDAR\n",
		"Invitation: Yearly, long meeting (changed)\n"
		"When:       Thu 26 Nov 2026, 20:00 CET\n"
		"Repeats:    every week on Tuesday and Thursday, 10 times, but for 1 of "
		"them\n"
		"Where:      Town hall room 2\nLink:       https://example.org/m\n"
		"Organizer:  Carla Beispiel <carla@example.com>\n"
		"Attendees:  Example; Ann <ann@example.org> (accepted), bob@example.org "
		"(no answer yet, optional), eve@example.org\n\nCake.\nAnd more.\n" },
	{ "BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nSUMMARY:Lunch\n"
		"ATTENDEE;CN=Bob;PARTSTAT=DECLINED:mailto:bob@example.org\nEND:VEVENT\n",
		"Answer:     Lunch\nWho:        Bob <bob@example.org> declines\n" },
	{ "BEGIN:VCALENDAR\nMETHOD:CANCEL\nBEGIN:VEVENT\nSUMMARY:Lunch\n"
		"RECURRENCE-ID:20261126T110000Z\nEND:VEVENT\nBEGIN:VTODO\n"
		"DUE;VALUE=DATE:20261130\nSTATUS:CANCELLED\nEND:VTODO\n",
		"Cancelled:  Lunch\nWhich:      of several, only that of Thu 26 Nov 2026, "
		"12:00 CET\n\nCancelled:  (without a title)\nDue:        Mon 30 Nov 2026, "
		"all day\n" },
	{ "BEGIN:VCALENDAR\nMETHOD:COUNTER\nBEGIN:VEVENT\nSUMMARY:Lunch\n",
		"Calendar:   Other time proposed\nTitle:      Lunch\n" },
	// Nothing that it holds is more than text.
	{ EVENT("LOCATION:a\x1b]8;;http://x\x07\xe2\x80\xae" "b\r\n"),
		"Event:      x\nWhere:      a ]8;;http://x b\n" },
	{ "", "[not shown: a calendar without an entry]\n" },
	{ "BEGIN:VCALENDAR\nEND:VCALENDAR\n", "[not shown: a calendar without an entry]\n" },
	{ ":\n;=:\nBEGIN\nEND:VEVENT\n\xff:\xff\n", "[not shown: a calendar without an entry]\n" },
};

static char *
printed(const char *text, size_t len)
{
	struct document *d = document_new();
	struct part *p = part_new("text", "calendar");
	struct buf out = {0};

	calendar_to_document(d, p, text, len, true);
	document_print(&out, d, 0);
	document_free(&d);
	part_free(&p);
	return buf_take(&out);
}

static void
test_shown(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		char *got = printed(rows[i].text, strlen(rows[i].text));
		assert_row_string(i, got, rows[i].wanted);
		free(got);
	}
}

static const struct {
	const char *rule;
	const char *wanted;
} rules[] = {
	{ "FREQ=DAILY", "every day" },
	{ "FREQ=DAILY;INTERVAL=3;UNTIL=20261203T000000Z", "every 3 days, until 3 Dec 2026" },
	{ "freq=weekly;byday=MO,TU,WE,TH,FR;WKST=MO", "every week on working days" },
	{ "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA", "every 2 weeks on Saturday" },
	{ "FREQ=MONTHLY;BYMONTHDAY=1,15", "every month on day 1 and 15" },
	{ "FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the last day" },
	{ "FREQ=MONTHLY;BYDAY=2TU,-1FR", "every month on the second Tuesday and the last Friday" },
	{ "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "every month on the last working day" },
	{ "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=3", "every month on the third Tuesday" },
	{ "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU", "every year on the last Sunday in March and October" },
	{ "FREQ=YEARLY;BYWEEKNO=20;COUNT=2", "every year, by a rule of its own, 2 times" },
	{ "FREQ=MONTHLY;BYMONTHDAY=99", "every month, by a rule of its own" },
	{ "FREQ=DAILY;INTERVAL=99999999999999999999;COUNT=99999999999999999999", "every day" },
	{ "FREQ=SOMETIMES", "again, by a rule of its own" },
	{ "", "again, by a rule of its own" },
	{ ";;=;FREQ", "again, by a rule of its own" },
};

static void
test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(rules); i++) {
		struct buf got = {0};
		calendar_rule_print(&got, rules[i].rule);
		assert_row_string(i, buf_text(&got), rules[i].wanted);
		buf_done(&got);
	}
}

// Above the words of the message, also where the parts were fetched alone; once,
// however often a program sends it.
static void
test_in_a_message(void **state)
{
#define ICS "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Lunch\n" \
	"DESCRIPTION:not twice\nEND:VEVENT\nEND:VCALENDAR\n"
	static const char mail[] = "Subject: x\nMIME-Version: 1.0\n"
		"Content-Type: multipart/mixed; boundary=m\n\n--m\n"
		"Content-Type: multipart/alternative; boundary=a\n\n"
		"--a\n\nCome!\n--a\nContent-Type: text/html\n\n<b>Come!</b>\n"
		"--a\nContent-Type: text/calendar; method=REQUEST\n\n" ICS "--a--\n"
		"--m\nContent-Type: application/ics; name=invite.ics\n\n" ICS "--m--\n";
	struct read_input in = { .raw = mail, .raw_len = strlen(mail) };
	struct buf got = {0};

	(void)state;
	for (int html = 0; html < 2; html++) {
		in.prefer_html = html == 1;
		struct document *d = read_message(&in);
		buf_clear(&got);
		document_print(&got, d, 0);
		assert_string_equal(buf_text(&got), "Invitation: Lunch\n\nCome!\n\n"
			"[text/calendar (104 bytes)]\n"
			"[invite.ics (application/ics, 104 bytes)]\n");
		document_free(&d);
	}
	static const char alone[] = "Content-Type: text/calendar\n\n" ICS;
	in = (struct read_input){ .raw = alone, .raw_len = strlen(alone) };
	struct document *d = read_message(&in);
	buf_clear(&got);
	document_print(&got, d, 0);
	assert_true(str_has_prefix(buf_text(&got), "Invitation: Lunch\n\nnot twice\n"));
	document_free(&d);
	buf_done(&got);
}

static void
test_bombs(void **state)
{
	static const char *const seeds[] = {
		"BEGIN:VEVENT\n", "BEGIN:VEVENT\nEND:VEVENT\n", "BEGIN:VTIMEZONE\n",
		"BEGIN:VTIMEZONE\nTZID:x\nBEGIN:STANDARD\nEND:STANDARD\nEND:VTIMEZONE\n",
		"BEGIN:VTIMEZONE\nBEGIN:STANDARD\nRDATE:20200101T000000\n", " x", "\n ",
		"BEGIN:VEVENT\nATTENDEE;CN=x:mailto:x@example.org\n", "SUMMARY:", ";", "\"",
		"BEGIN:VEVENT\nRRULE:FREQ=DAILY;BYDAY=MO,MO,MO\n", "BEGIN:VALARM\n", "\\",
		"BEGIN:VEVENT\nDTSTART;TZID=x:20200101T000000\nEND:VEVENT\n",
		"BEGIN:VEVENT\nDESCRIPTION:x\\nx\nEND:VEVENT\n",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(seeds); i++) {
		struct buf bomb = {0};
		buf_str(&bomb, "BEGIN:VEVENT\nSUMMARY:");
		if (i % 2 == 0)
			buf_clear(&bomb);
		while (bomb.len < CALENDAR_SIZE_MAX + 1000)
			buf_str(&bomb, seeds[i]);
		char *got = printed(buf_text(&bomb), bomb.len);
		assert_row(i, strlen(got) < 200000);
		assert_row(i, strstr(got, "kB more of a calendar]") != NULL);
		free(got);
		buf_done(&bomb);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_in_a_message),
		cmocka_unit_test(test_bombs),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
