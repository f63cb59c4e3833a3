// SPDX-License-Identifier: GPL-3.0-or-later
// What C strings lack: copies that cannot fail, ASCII-only case, and tests of
// what begins and ends them. Nothing here looks at the locale.
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

char *str_dup(const char *s);                     // NULL gives NULL
char *str_ndup(const char *s, size_t len);        // stops at len, not at a NUL
char *str_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void str_set(char **where, const char *s);        // frees the old, copies the new
bool str_equal(const char *a, const char *b);     // NULL equals NULL only
bool str_equal_nocase(const char *a, const char *b);          // ASCII
int str_compare_nocase(const char *a, const char *b);         // ASCII
// The same of at most len bytes, as strncasecmp without a locale.
int str_compare_nocase_n(const char *a, const char *b, size_t len);
bool str_has_prefix(const char *s, const char *prefix);
bool str_has_prefix_nocase(const char *s, const char *prefix);
bool str_has_suffix(const char *s, const char *suffix);
const char *str_find_nocase(const char *s, const char *word); // ASCII
char *str_trim(char *s);                          // in place; returns s moved on
void str_lower(char *s);                          // ASCII, in place
bool str_empty(const char *s);                    // NULL or ""
// "" for NULL.
const char *str_or_empty(const char *s);
// The whole of s as a decimal number at most `max`; false otherwise.
bool str_to_u64(const char *s, uint64_t max, uint64_t *value_r);
// 20M, 3k, 512: bytes. False when it is no size.
bool str_to_size(const char *s, uint64_t *bytes_r);
uint64_t str_hash(const void *data, size_t len);  // 64 bits, stable across runs

// A list of owned strings. {0} is empty.
struct strlist {
	char **items;
	size_t len;
	size_t cap;
};
void strlist_add(struct strlist *l, const char *s);
void strlist_take(struct strlist *l, char *s);    // keeps s
void strlist_remove(struct strlist *l, size_t at);
bool strlist_has(const struct strlist *l, const char *s);
void strlist_copy(struct strlist *to, const struct strlist *from);
void strlist_done(struct strlist *l);
// Splits at each `sep` character; empty pieces are left out.
void strlist_split(struct strlist *l, const char *s, char sep);
char *strlist_join(const struct strlist *l, const char *between);

#endif
