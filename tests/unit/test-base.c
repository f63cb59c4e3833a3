// SPDX-License-Identifier: GPL-3.0-or-later
// The plain containers and strings of base, by tables of cases.
#include "config.h"

#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"

static void
test_mem(void **state)
{
	(void)state;
	int *numbers = mem_alloc(4, sizeof(*numbers));
	assert_int_equal(numbers[3], 0);
	numbers = mem_grow(numbers, 8, sizeof(*numbers));
	numbers[7] = 1;
	char *empty = mem_copy(NULL, 0);
	assert_non_null(empty);
	mem_wipe(numbers, 8 * sizeof(*numbers));
	assert_int_equal(numbers[7], 0);
	free(empty);
	free(numbers);
}

static void
test_error_text(void **state)
{
	(void)state;
	struct error err = {0};

	assert_false(error_set(NULL, ERROR_INPUT, "nobody looks"));
	assert_false(error_set(&err, ERROR_GONE, "no folder %s", "a\r\nb"));
	assert_int_equal(err.kind, ERROR_GONE);
	assert_string_equal(err.text, "no folder a  b");
	assert_false(error_prefix(&err, "line %d", 7));
	assert_int_equal(err.kind, ERROR_GONE);
	assert_string_equal(err.text, "line 7: no folder a  b");
	// The text may quote itself.
	error_set(&err, ERROR_INPUT, "again: %s", err.text);
	assert_string_equal(err.text, "again: line 7: no folder a  b");
	errno = ENOENT;
	assert_false(error_errno(&err, ERROR_STORE, "cannot open %s", "x"));
	assert_string_equal(err.text, "cannot open x: No such file or directory");
	errno = 4711;
	error_errno(&err, ERROR_STORE, "cannot open %s", "x");
	assert_int_equal(errno, 4711);
	// What it quotes may have been made for the terminal that it ends on.
	error_set(&err, ERROR_INPUT, "%s", "a\033]52;c;x\007b\177\xc2\x9b""1m\xc3\x9b\xc2");
	assert_string_equal(err.text, "a ]52;c;x b   1m\xc3\x9b\xc2");
	error_clear(&err);
	assert_int_equal(err.kind, ERROR_NONE);
	assert_string_equal(err.text, "");
}

// Wherever the cut falls, it falls between characters.
static void
test_error_long(void **state)
{
	(void)state;
	char text[ERROR_TEXT_MAX + 100];

	for (size_t lead = 0; lead < 4; lead++) {
		struct error err = {0};
		size_t len = 0;
		memset(text, 'x', lead);
		for (len = lead; len + 4 < sizeof(text); len += 4)
			memcpy(text + len, "\xf0\x9f\x98\x80", 4);
		text[len] = '\0';
		error_set(&err, ERROR_INPUT, "%s", text);
		assert_true(utf8_valid(err.text, strlen(err.text)));
		assert_in_range(strlen(err.text), ERROR_TEXT_MAX - 5,
			ERROR_TEXT_MAX - 1);
		error_prefix(&err, "%s", text);
		assert_true(utf8_valid(err.text, strlen(err.text)));
		errno = EACCES;
		error_errno(&err, ERROR_STORE, "%s", text);
		assert_true(utf8_valid(err.text, strlen(err.text)));
		assert_true(str_has_suffix(err.text, ": Permission denied"));
	}
}

static void
test_error_names(void **state)
{
	(void)state;
	for (int kind = ERROR_NONE; kind <= ERROR_CANCELLED; kind++)
		assert_string_not_equal(error_kind_name((enum error_kind)kind),
			"unknown");
	assert_string_equal(error_kind_name(ERROR_OFFLINE), "offline");
	assert_string_equal(error_kind_name((enum error_kind)99), "unknown");
}

static void
test_buf(void **state)
{
	(void)state;
	struct buf b = {0};

	assert_string_equal(buf_text(&b), "");
	buf_drop(&b, 3);
	buf_cut(&b, 3);
	buf_str(&b, "hello");
	buf_char(&b, ' ');
	buf_printf(&b, "%s %d", "number", 42);
	assert_string_equal(b.data, "hello number 42");
	buf_drop(&b, 6);
	assert_string_equal(b.data, "number 42");
	buf_insert(&b, 6, "s of", 4);
	buf_insert(&b, b.len, "!", 1);
	assert_string_equal(b.data, "numbers of 42!");
	buf_cut(&b, 7);
	assert_string_equal(b.data, "numbers");
	buf_add(&b, "\0x", 2);
	assert_int_equal(b.len, 9);
	char *taken = buf_take(&b);
	assert_memory_equal(taken, "numbers\0x", 10);
	free(taken);
	assert_null(b.data);
	taken = buf_take(&b);
	assert_string_equal(taken, "");
	free(taken);
	buf_done(&b);
}

// Around each size at which the memory grows.
static void
test_buf_growth(void **state)
{
	(void)state;
	for (size_t len = 0; len < 300; len++) {
		struct buf b = {0}, one = {0};
		char *text = mem_alloc(len + 1, 1);
		memset(text, 'y', len);
		buf_printf(&b, "%s", text);
		assert_int_equal(b.len, len);
		for (size_t i = 0; i < len; i++)
			buf_char(&one, 'y');
		assert_string_equal(buf_text(&one), text);
		assert_string_equal(buf_text(&b), text);
		buf_printf(&b, "%s", text);
		assert_int_equal(b.len, 2 * len);
		buf_done(&one);
		buf_done(&b);
		free(text);
	}
}

static void
test_buf_records(void **state)
{
	(void)state;
	struct buf b = {0};

	buf_u8(&b, 0xfe);
	buf_u32(&b, 0x01020304);
	buf_u64(&b, 0x0102030405060708);
	buf_pack_str(&b, "text");
	buf_pack_str(&b, NULL);
	buf_pack_bytes(&b, "a\0b", 3);
	assert_memory_equal(b.data, "\xfe\1\2\3\4\1\2\3\4\5\6\7\x8\0\0\0\4text", 21);

	struct reader r = reader_of(b.data, b.len);
	size_t len;
	assert_int_equal(read_u8(&r), 0xfe);
	assert_int_equal(read_u32(&r), 0x01020304);
	assert_true(read_u64(&r) == 0x0102030405060708);
	char *s = read_str(&r);
	assert_string_equal(s, "text");
	free(s);
	read_bytes(&r, &len);
	assert_int_equal(len, 0);
	assert_memory_equal(read_bytes(&r, &len), "a\0b", 3);
	assert_int_equal(len, 3);
	assert_int_equal(r.left, 0);
	assert_false(r.bad);

	// Cut at every byte it says so, and reads nothing that is not there.
	for (size_t cut = 0; cut < b.len; cut++) {
		char *part = mem_copy(b.data, cut);
		r = reader_of(part, cut);
		read_u8(&r);
		read_u32(&r);
		read_u64(&r);
		free(read_str(&r));
		read_bytes(&r, &len);
		assert_true(len <= cut);
		read_bytes(&r, NULL);
		assert_true(r.bad);
		assert_int_equal(read_u8(&r), 0);
		s = read_str(&r);
		assert_string_equal(s, "");
		free(s);
		free(part);
	}
	buf_done(&b);
}

static int
compare_ints(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void
test_array(void **state)
{
	(void)state;
	struct array a = ARRAY_OF(int);

	array_sort(&a, compare_ints);
	for (int i = 0; i < 100; i++) {
		int *item = array_push(&a);
		assert_int_equal(*item, 0);
		*item = (i * 37) % 100;
	}
	array_sort(&a, compare_ints);
	for (int i = 0; i < 100; i++)
		assert_int_equal(*(int *)array_at(&a, (size_t)i), i);
	array_remove(&a, 0);
	array_remove(&a, a.len - 1);
	*(int *)array_insert(&a, 1) = 1000;
	*(int *)array_insert(&a, a.len) = 2000;
	assert_int_equal(a.len, 100);
	assert_int_equal(*(int *)array_at(&a, 0), 1);
	assert_int_equal(*(int *)array_at(&a, 1), 1000);
	assert_int_equal(*(int *)array_at(&a, 2), 2);
	assert_int_equal(*(int *)array_at(&a, 99), 2000);
	array_clear(&a);
	assert_int_equal(*(int *)array_push(&a), 0);
	array_done(&a);
	assert_int_equal(*(int *)array_push(&a), 0);
	array_done(&a);
}

// Against a plain array, with a fixed row of pseudo-random steps.
static void
test_map_model(void **state)
{
	(void)state;
	enum { KEYS = 500 };
	static char values[KEYS];
	void *model[KEYS] = {0}, *numbers[KEYS] = {0};
	struct map *m = map_new();
	uint32_t seed = 1;
	size_t len = 0;

	for (int step = 0; step < 20000; step++) {
		seed = seed * 1664525 + 1013904223;
		size_t at = (seed >> 8) % KEYS;
		bool put = (seed >> 24) % 3 > 0, number = seed >> 31;
		void **cell = number ? &numbers[at] : &model[at];
		void *value = put ? &values[(seed >> 4) % KEYS] : NULL;
		char key[16];
		snprintf(key, sizeof(key), "key%zu", at);
		void *before = put
			? number ? map_put_u64(m, at, value) : map_put(m, key, value)
			: number ? map_remove_u64(m, at) : map_remove(m, key);
		assert_ptr_equal(before, *cell);
		len = len + (value != NULL) - (*cell != NULL);
		*cell = value;
		assert_int_equal(map_len(m), len);
	}
	for (size_t i = 0; i < KEYS; i++) {
		char key[16];
		snprintf(key, sizeof(key), "key%zu", i);
		assert_ptr_equal(map_get(m, key), model[i]);
		assert_ptr_equal(map_get_u64(m, i), numbers[i]);
	}
	map_free(&m, NULL);
	assert_null(m);
	map_free(&m, NULL);
}

static void
test_map_walk(void **state)
{
	(void)state;
	struct map *m = map_new();
	const char *key;
	void *value;
	size_t at = 0, seen = 0;

	assert_null(map_get(m, ""));
	map_put(m, "", str_dup("empty"));
	map_put(m, "a", str_dup("letter"));
	map_put_u64(m, 0, str_dup("zero"));
	while (map_next(m, &at, &key, &value)) {
		seen++;
		assert_string_equal(value, key == NULL ? "zero"
			: *key == 'a' ? "letter" : "empty");
	}
	assert_int_equal(seen, 3);
	at = 0;
	while (map_next(m, &at, NULL, NULL))
		seen--;
	assert_int_equal(seen, 0);
	map_free(&m, free);
}

static void
test_arena(void **state)
{
	(void)state;
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 4000, 16383, 16384,
		16385, 100000 };
	struct arena *a = arena_new();

	for (int round = 0; round < 3; round++) {
		size_t used = 0;
		for (size_t i = 0; i < 200; i++) {
			size_t size = sizes[(i * 7) % COUNT_OF(sizes)];
			unsigned char *data = arena_alloc(a, size);
			assert_int_equal((uintptr_t)data % 16, 0);
			for (size_t k = 0; k < size; k++)
				assert_int_equal(data[k], 0);
			memset(data, 0xaa, size);
			used += size;
		}
		assert_int_equal(arena_used(a), used);
		arena_clear(a);
		assert_int_equal(arena_used(a), 0);
	}
	assert_string_equal(arena_str(a, "text"), "text");
	assert_string_equal(arena_strn(a, "text", 2), "te");
	assert_null(arena_str(a, NULL));
	arena_free(&a);
	assert_null(a);
}

static void
test_str_compare(void **state)
{
	(void)state;
	assert_true(str_equal(NULL, NULL));
	assert_false(str_equal(NULL, ""));
	assert_true(str_equal_nocase("INBOX", "inBox"));
	assert_false(str_equal_nocase("[", "{"));
	assert_false(str_equal_nocase("\xc3\x84", "\xc3\xa4"));
	assert_true(str_compare_nocase("a", "B") < 0);
	assert_true(str_compare_nocase("ab", "a") > 0);
	assert_true(str_compare_nocase("\xff", "a") > 0);
	assert_int_equal(str_compare_nocase_n("Message-Id", "MESSAGE-ID: x", 10), 0);
	assert_int_equal(str_compare_nocase_n("ab", "AC", 1), 0);
	assert_true(str_compare_nocase_n("ab", "AC", 2) < 0);
	assert_int_equal(str_compare_nocase_n("a", "A", 9), 0);
	assert_true(str_compare_nocase_n("a", "ab", 2) < 0);
	assert_int_equal(str_compare_nocase_n("", "x", 0), 0);
	assert_true(str_has_prefix("Re: x", "Re:"));
	assert_false(str_has_prefix("R", "Re:"));
	assert_true(str_has_prefix_nocase("RE: x", "re:"));
	assert_false(str_has_prefix_nocase("r", "re:"));
	assert_true(str_has_suffix("a.eml", ".eml"));
	assert_false(str_has_suffix("eml", ".eml"));
	assert_string_equal(str_find_nocase("one TWO three", "two"), "TWO three");
	assert_string_equal(str_find_nocase("x", ""), "x");
	assert_null(str_find_nocase("tw", "two"));
	assert_true(str_empty(NULL) && str_empty("") && !str_empty(" "));
	assert_string_equal(str_or_empty(NULL), "");
	assert_true(str_hash("a", 1) != str_hash("b", 1));
	// It lies on disks: this may never change.
	assert_true(str_hash("postern", 7) == UINT64_C(0x324b3fdd67b7c14b));
}

static void
test_str_change(void **state)
{
	(void)state;
	char text[] = " \t Some Text\r\n";
	char *s = str_trim(text);

	assert_string_equal(s, "Some Text");
	str_lower(s);
	assert_string_equal(s, "some text");
	char blank[] = " \n ";
	assert_string_equal(str_trim(blank), "");
	assert_null(str_dup(NULL));
	char *own = str_ndup("ab\0cd", 4);
	assert_memory_equal(own, "ab\0c", 5);
	str_set(&own, "abcdef");
	str_set(&own, own + 2);
	assert_string_equal(own, "cdef");
	str_set(&own, NULL);
	assert_null(own);
	own = str_printf("%05d", 42);
	assert_string_equal(own, "00042");
	free(own);
}

static void
test_str_numbers(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint64_t max, value;
		bool ok;
	} numbers[] = {
		{ "0", 0, 0, true },
		{ "1", 0, 0, false },
		{ "4294967295", UINT32_MAX, UINT32_MAX, true },
		{ "4294967296", UINT32_MAX, 0, false },
		{ "4294967297", UINT32_MAX, 0, false },
		{ "18446744073709551615", UINT64_MAX, UINT64_MAX, true },
		{ "18446744073709551616", UINT64_MAX, 0, false },
		{ "99999999999999999999999", UINT64_MAX, 0, false },
		{ "007", 7, 7, true },
		{ "9", 7, 0, false },
		{ "", 9, 0, false },
		{ "-1", 9, 0, false },
		{ "+1", 9, 0, false },
		{ " 1", 9, 0, false },
		{ "1 ", 9, 0, false },
		{ "0x1", 9, 0, false },
	};
	static const struct {
		const char *text;
		uint64_t value;
		bool ok;
	} sizes[] = {
		{ "512", 512, true }, { "3k", 3072, true }, { "3K", 3072, true },
		{ "20M", 20971520, true }, { "1G", 1073741824, true },
		{ "2t", UINT64_C(2199023255552), true },
		{ "16777216T", 0, false }, { "16777215T", UINT64_C(16777215) << 40, true },
		{ "M", 0, false }, { "", 0, false }, { "1x", 0, false },
		{ "1MB", 0, false }, { "-1k", 0, false }, { "1 k", 0, false },
	};
	uint64_t value;

	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		value = 77;
		assert_int_equal(str_to_u64(numbers[i].text, numbers[i].max, &value),
			numbers[i].ok);
		assert_true(value == (numbers[i].ok ? numbers[i].value : 77));
	}
	assert_false(str_to_u64(NULL, 9, &value));
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		value = 77;
		assert_int_equal(str_to_size(sizes[i].text, &value), sizes[i].ok);
		assert_true(value == (sizes[i].ok ? sizes[i].value : 77));
	}
}

static void
test_strlist(void **state)
{
	(void)state;
	struct strlist l = {0}, copy = {0};

	strlist_split(&l, ",,one,two,,three,", ',');
	assert_int_equal(l.len, 3);
	strlist_take(&l, str_dup("four"));
	strlist_add(&l, "five");
	strlist_remove(&l, 1);
	strlist_copy(&copy, &l);
	char *joined = strlist_join(&copy, ", ");
	assert_string_equal(joined, "one, three, four, five");
	free(joined);
	assert_true(strlist_has(&copy, "five"));
	assert_false(strlist_has(&copy, "two"));
	strlist_done(&l);
	joined = strlist_join(&l, ",");
	assert_string_equal(joined, "");
	free(joined);
	strlist_done(&copy);
}

static void
test_varint(void **state)
{
	static const struct {
		uint64_t v;
		size_t bytes;
	} cases[] = {
		{ 0, 1 }, { 1, 1 }, { 127, 1 }, { 128, 2 }, { 16383, 2 }, { 16384, 3 },
		{ UINT32_MAX, 5 }, { (uint64_t)1 << 63, 10 }, { UINT64_MAX, 10 },
	};
	static const int64_t numbers[] = { 0, -1, 1, -64, 63, INT64_MIN, INT64_MAX };
	// Eleven bytes of which none is the last; a length beyond the end.
	static const unsigned char endless[11] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	};
	struct buf b = {0};
	struct reader r;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&b);
		buf_varint(&b, cases[i].v);
		assert_int_equal(b.len, cases[i].bytes);
		r = reader_of(b.data, b.len);
		assert_true(read_varint(&r) == cases[i].v && !r.bad && r.left == 0);
		r = reader_of(b.data, b.len - 1);
		assert_true(read_varint(&r) == 0 && r.bad);
	}
	buf_clear(&b);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		buf_varint_signed(&b, numbers[i]);
	buf_varstr(&b, "text");
	buf_varstr(&b, NULL);
	r = reader_of(b.data, b.len);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		assert_true(read_varint_signed(&r) == numbers[i]);
	char *s = read_varstr(&r);
	assert_string_equal(s, "text");
	free(s);
	read_varbytes(&r, &len);
	assert_true(len == 0 && !r.bad && r.left == 0);
	r = reader_of(endless, sizeof(endless));
	assert_true(read_varint(&r) == 0 && r.bad);
	r = reader_of("\x05text", 5);
	assert_string_equal(read_varbytes(&r, &len), "");
	assert_true(len == 0 && r.bad);
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mem),
		cmocka_unit_test(test_error_text),
		cmocka_unit_test(test_error_long),
		cmocka_unit_test(test_error_names),
		cmocka_unit_test(test_buf),
		cmocka_unit_test(test_buf_growth),
		cmocka_unit_test(test_buf_records),
		cmocka_unit_test(test_varint),
		cmocka_unit_test(test_array),
		cmocka_unit_test(test_map_model),
		cmocka_unit_test(test_map_walk),
		cmocka_unit_test(test_arena),
		cmocka_unit_test(test_str_compare),
		cmocka_unit_test(test_str_change),
		cmocka_unit_test(test_str_numbers),
		cmocka_unit_test(test_strlist),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
