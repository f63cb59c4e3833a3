// SPDX-License-Identifier: GPL-3.0-or-later
// Threads: shapes drawn as text, in whatever order their messages come; keys,
// parents and subjects.
#include "config.h"

#include "mail-test.h"

#include <time.h>

#include "base/buf.h"
#include "base/mem.h"
#include "mail/header.h"
#include "mail/thread.h"

// A thread as letters: "a<-b" says that b answers a; the date is the place in
// the row, so that later means younger.
static const struct {
	const char *input;
	const char *wanted; // the letters in order, each with its depth
} shape_rows[] = {
	{ "", "" },
	{ "a", "a0" },
	{ "a b<a c<b", "a0b1c2" },
	{ "a b<a c<a d<b", "a0b1d2c1" },
	{ "b<a a", "a0b1" },                 // the answer is older than the question
	{ "b<x c<x", "b0c0" },               // the parent is not here
	{ "a b<x c<b", "a0b0c1" },
	{ "a<a", "a0" },                     // answers itself
	{ "a<b b<a", "a0b1" },               // each other: opened before the oldest
	{ "a<c b<a c<b d<c", "a0b1c2d3" },
	{ "d<c c<b b<c", "c0d1b1" },         // a circle below
	{ "a a b<a", "a0b1a0" },             // two with one Message-ID
	{ "a a<a b<a", "a0a1b1" },
	{ "? ?", "?0?0" },                   // without Message-ID
	{ "? b<?", "?0b0" },
};

static size_t
read_shape(const char *input, struct thread_item *items)
{
	size_t n = 0;

	for (const char *s = input; *s != '\0'; s++) {
		if (*s == ' ')
			continue;
		struct thread_item *item = &items[n];
		*item = (struct thread_item){
			.id = (uint64_t)(unsigned char)*s << 8 | n,
			.key = *s == '?' ? 0 : (uint64_t)*s,
			.date = 1000 + (int64_t)n,
		};
		n++;
		if (s[1] == '<') {
			item->parent = s[2] == '?' ? 0 : (uint64_t)s[2];
			s += 2;
		}
	}
	return n;
}

static void
test_shapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(shape_rows); i++) {
		struct thread_item items[16], turned[16];
		size_t n = read_shape(shape_rows[i].input, items);
		// From every place on, and backwards: the order must not matter.
		for (size_t turn = 0; turn < 2 * n + 1; turn++) {
			struct buf got = {0};
			for (size_t k = 0; k < n; k++)
				turned[k] = items[turn % 2 == 0 ? (k + turn / 2) % n
				                                : n - 1 - k];
			thread_arrange(turned, n);
			for (size_t k = 0; k < n; k++)
				buf_printf(&got, "%c%d", (char)(turned[k].id >> 8),
					turned[k].depth);
			assert_row_string(i, buf_text(&got), shape_rows[i].wanted);
			buf_done(&got);
		}
	}
}

// Any graph at all: everything is still there, depths are sound.
static void
test_random(void **state)
{
	uint64_t seed = 42;

	(void)state;
	for (int turn = 0; turn < 300; turn++) {
		struct thread_item items[60];
		uint64_t sum = 0;
		for (size_t i = 0; i < 60; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			items[i] = (struct thread_item){
				.id = i,
				.key = seed >> 33 & 31,
				.parent = seed >> 43 & 31,
				.date = (int64_t)(seed >> 53 & 63),
			};
		}
		thread_arrange(items, 60);
		for (size_t i = 0; i < 60; i++) {
			sum |= UINT64_C(1) << items[i].id;
			assert_true(items[i].depth >= 0);
			assert_true(i == 0 ? items[i].depth == 0
			                   : items[i].depth <= items[i - 1].depth + 1);
			if (items[i].depth > 0)
				assert_true(items[i].parent != 0);
		}
		assert_true(sum == (UINT64_C(1) << 60) - 1);
	}
}

static void
test_long_chain(void **state)
{
	size_t n = 200000;
	struct thread_item *items = mem_alloc(n, sizeof(*items));
	clock_t start = clock();

	(void)state;
	for (size_t i = 0; i < n; i++)
		items[i] = (struct thread_item){
			.id = i, .key = i + 1, .parent = i == 0 ? n : i, .date = 5,
		};
	thread_arrange(items, n);
	assert_int_equal(items[0].id, 0);
	assert_int_equal(items[n - 1].id, n - 1);
	assert_int_equal(items[n - 1].depth, n - 1);
	assert_true(seconds_since(start) < SECONDS_AT_MOST(1));
	free(items);
}

static const struct {
	const char *header;
	const char *parent; // NULL: none
} parent_rows[] = {
	{ "Message-ID: <a@x>", NULL },
	{ "References: <1@x> <2@x>", "2@x" },
	{ "In-Reply-To: <3@x> <4@x>", "3@x" },
	{ "References: <1@x> <2@x>\nIn-Reply-To: <3@x>", "2@x" },
	{ "Message-ID: <a@x>\nReferences: <1@x> <a@x>", "1@x" },
	{ "Message-ID: <a@x>\nReferences: <a@x>\nIn-Reply-To: <a@x> <b@x>", "b@x" },
	{ "Message-ID: <a@x>\nIn-Reply-To: <a@x>", NULL },
};

static void
test_parent(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(parent_rows); i++) {
		struct envelope e;
		envelope_parse(&e, parent_rows[i].header, strlen(parent_rows[i].header));
		assert_row(i, thread_parent(&e) == thread_key(parent_rows[i].parent));
		envelope_done(&e);
	}
	assert_true(thread_key(NULL) == 0);
	assert_true(thread_key("") == 0);
	assert_true(thread_key("a") != 0);
	assert_true(thread_key("a") != thread_key("A"));
}

static const struct {
	const char *subject;
	const char *wanted;
} subject_rows[] = {
	{ "", "" },
	{ "lunch", "lunch" },
	{ "  lunch", "lunch" },
	{ "Re: lunch", "lunch" },
	{ "RE:lunch", "lunch" },
	{ "re: Re: RE: lunch", "lunch" },
	{ "Re[2]: lunch", "lunch" },
	{ "Re^3: lunch", "lunch" },
	{ "Re(4): lunch", "lunch" },
	{ "Re : lunch", "lunch" },
	{ "Fwd: Fw: AW: SV: Antw: lunch", "lunch" },
	{ "\xe5\x9b\x9e\xe5\xa4\x8d\xef\xbc\x9a" "x", "x" },
	{ "[list] Re: lunch", "lunch" },
	{ "Re: [list] Re: lunch", "lunch" },
	{ "Re: [list] lunch", "[list] lunch" },
	{ "[PATCH 1/2] fix", "[PATCH 1/2] fix" },
	{ "[a][b] Re: x", "x" },
	{ "Report: x", "Report: x" },
	{ "Regarding lunch", "Regarding lunch" },
	{ "Re", "Re" },
	{ "Re:", "" },
	{ "[unfinished Re: x", "[unfinished Re: x" },
	{ "Re[x]: y", "Re[x]: y" },
};

static void
test_subject(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(subject_rows); i++)
		assert_row_string(i, thread_subject(subject_rows[i].subject),
			subject_rows[i].wanted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_long_chain),
		cmocka_unit_test(test_parent),
		cmocka_unit_test(test_subject),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
