// SPDX-License-Identifier: GPL-3.0-or-later
// Values without mail: each module by tables of cases.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"

static void
test_str(void **state)
{
	(void)state;
	assert_true(str_equal_nocase("Ab", "aB"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_str),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
