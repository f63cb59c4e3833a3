// SPDX-License-Identifier: GPL-3.0-or-later
// What the tests of mail/ have in common: cmocka, and texts from values.
#ifndef TESTS_UNIT_MAIL_TEST_H
#define TESTS_UNIT_MAIL_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))
// 1,000 times the same in a string literal, for bombs of a table.
#define TIMES_10(s) s s s s s s s s s s
#define TIMES_1000(s) TIMES_10(TIMES_10(TIMES_10(s)))

// Seconds of a processor: a slow machine is not a fault, nor is a sanitizer; what
// grows with the square of its input takes minutes on any.
#ifdef __has_feature
#define CLANG_HAS(feature) __has_feature(feature)
#else
#define CLANG_HAS(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
	CLANG_HAS(address_sanitizer) || CLANG_HAS(thread_sanitizer)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif
#define SECONDS_AT_MOST(n) ((n) * (SANITIZED ? 10 : 2))
#define seconds_since(start) ((double)(clock() - (start)) / CLOCKS_PER_SEC)

// Says which row of a table failed.
#define assert_row(row, condition) \
	do { \
		if (!(condition)) \
			fail_msg("row %zu: %s", (size_t)(row), #condition); \
	} while (0)
#define assert_row_string(row, got, wanted) \
	do { \
		const char *got_ = (got), *wanted_ = (wanted); \
		if (strcmp(got_, wanted_) != 0) \
			fail_msg("row %zu: \"%s\" instead of \"%s\"", \
				(size_t)(row), got_, wanted_); \
	} while (0)

#endif
