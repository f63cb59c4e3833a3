// SPDX-License-Identifier: GPL-3.0-or-later
// How things wait: descriptors, timers, signals, children, threads.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "loop/loop.h"

static void
test_loop(void **state)
{
	(void)state;
	struct loop *l = loop_new();
	loop_turn(l, 0);
	loop_free(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
