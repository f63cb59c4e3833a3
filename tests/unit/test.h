// SPDX-License-Identifier: GPL-3.0-or-later
// What every unit test needs: cmocka with the headers that it wants before it,
// and a temporary folder of the test's own.
#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>

#include "base/path.h"
#include "base/str.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

// Owned; its folder goes with test_folder_remove.
static inline char *
test_folder_make(void)
{
	const char *tmp = getenv("TMPDIR");
	char *path = path_join(tmp != NULL ? tmp : "/tmp", "postern-test-XXXXXX");

	assert_non_null(mkdtemp(path));
	return path;
}

static inline void
test_folder_remove(char **path)
{
	assert_true(path_remove_tree(*path, NULL));
	free(*path);
	*path = NULL;
}

#endif
