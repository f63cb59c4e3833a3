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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
