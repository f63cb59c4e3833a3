// SPDX-License-Identifier: GPL-3.0-or-later
// Messages: where one stands in time, and that copies share nothing.
#include "config.h"

#include "mail-test.h"

#include "mail/message.h"

#define NOW INT64_C(1795000000)
#define DAY INT64_C(86400)

static const struct {
	int64_t date, received, wanted;
} date_rows[] = {
	{ NOW - 100, NOW, NOW - 100 },
	{ 0, NOW, NOW },
	{ -5, NOW, NOW },
	{ 1000, NOW, NOW },                    // 1970
	{ INT64_C(315532800), NOW, INT64_C(315532800) },
	{ NOW + DAY, NOW, NOW + DAY },
	{ NOW + DAY + 1, NOW, NOW },
	{ INT64_MAX, NOW, NOW },
	{ NOW, 0, NOW },                       // not received yet
};

static void
test_date(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(date_rows); i++) {
		struct message m = {
			.received = date_rows[i].received,
			.envelope.date = date_rows[i].date,
		};
		assert_row(i, message_date(&m) == date_rows[i].wanted);
	}
}

static void
test_copy(void **state)
{
	const char *header = "From: Ann <ann@example.org>\nSubject: s\n"
		"Message-ID: <1@example.org>\nReferences: <0@example.org>\n";
	struct message m = { .id = 7, .uid = 3 }, copy;

	(void)state;
	envelope_parse(&m.envelope, header, strlen(header));
	flags_add(&m.flags, "todo");
	message_copy(&copy, &m);
	message_done(&m);
	assert_int_equal(copy.id, 7);
	assert_int_equal(m.id, 0);
	assert_string_equal(copy.flags.words, "todo");
	assert_string_equal(copy.envelope.from.items[0].mail, "ann@example.org");
	assert_string_equal(copy.envelope.references.items[0], "0@example.org");
	message_done(&copy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
