// SPDX-License-Identifier: GPL-3.0-or-later
// What C strings lack. Case is that of ASCII, by our own hand, because the
// locale must not decide what a protocol word is.
#include "config.h"

#include "base/str.h"

#include "base/buf.h"
#include "base/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static unsigned char
ascii_lower(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 'A' && u <= 'Z' ? (unsigned char)(u + ('a' - 'A')) : u;
}

static bool
ascii_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

char *
str_dup(const char *s)
{
	return s == NULL ? NULL : mem_copy(s, strlen(s) + 1);
}

char *
str_ndup(const char *s, size_t len)
{
	char *copy = mem_alloc(1, len + 1);

	if (len > 0)
		memcpy(copy, s, len);
	return copy;
}

char *
str_printf(const char *format, ...)
{
	struct buf b = {0};
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&b, format, ap);
	va_end(ap);
	return buf_take(&b);
}

void
str_set(char **where, const char *s)
{
	// s may be a part of the old one.
	char *copy = str_dup(s);

	free(*where);
	*where = copy;
}

bool
str_equal(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

bool
str_equal_nocase(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return str_compare_nocase(a, b) == 0;
}

int
str_compare_nocase(const char *a, const char *b)
{
	while (*a != '\0' && ascii_lower(*a) == ascii_lower(*b)) {
		a++;
		b++;
	}
	return (int)ascii_lower(*a) - (int)ascii_lower(*b);
}

int
str_compare_nocase_n(const char *a, const char *b, size_t len)
{
	for (; len > 0; a++, b++, len--) {
		int order = (int)ascii_lower(*a) - (int)ascii_lower(*b);
		if (order != 0 || *a == '\0')
			return order;
	}
	return 0;
}

bool
str_has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
str_has_prefix_nocase(const char *s, const char *prefix)
{
	for (; *prefix != '\0'; s++, prefix++)
		if (ascii_lower(*s) != ascii_lower(*prefix))
			return false;
	return true;
}

bool
str_has_suffix(const char *s, const char *suffix)
{
	size_t len = strlen(s), tail = strlen(suffix);

	return len >= tail && memcmp(s + len - tail, suffix, tail) == 0;
}

const char *
str_find_nocase(const char *s, const char *word)
{
	for (;; s++) {
		if (str_has_prefix_nocase(s, word))
			return s;
		if (*s == '\0')
			return NULL;
	}
}

char *
str_trim(char *s)
{
	while (ascii_space(*s))
		s++;
	size_t len = strlen(s);
	while (len > 0 && ascii_space(s[len - 1]))
		len--;
	s[len] = '\0';
	return s;
}

void
str_lower(char *s)
{
	for (; *s != '\0'; s++)
		*s = (char)ascii_lower(*s);
}

bool
str_empty(const char *s)
{
	return s == NULL || *s == '\0';
}

const char *
str_or_empty(const char *s)
{
	return s == NULL ? "" : s;
}

// Reads digits up to the first other character; false when there are none or
// the number passes max.
static bool
scan_u64(const char **s, uint64_t max, uint64_t *value_r)
{
	const char *at = *s;
	uint64_t value = 0;

	for (; *at >= '0' && *at <= '9'; at++) {
		uint64_t digit = (uint64_t)(*at - '0');
		if (value > max / 10 || digit > max - value * 10)
			return false;
		value = value * 10 + digit;
	}
	if (at == *s)
		return false;
	*s = at;
	*value_r = value;
	return true;
}

bool
str_to_u64(const char *s, uint64_t max, uint64_t *value_r)
{
	uint64_t value;

	if (s == NULL || !scan_u64(&s, max, &value) || *s != '\0')
		return false;
	*value_r = value;
	return true;
}

bool
str_to_size(const char *s, uint64_t *bytes_r)
{
	static const char units[] = "kmgt";
	uint64_t value;

	if (s == NULL || !scan_u64(&s, UINT64_MAX, &value))
		return false;
	if (*s != '\0') {
		const char *unit = strchr(units, ascii_lower(*s));
		if (unit == NULL || s[1] != '\0')
			return false;
		int shift = 10 * (int)(unit - units + 1);
		if (value > UINT64_MAX >> shift)
			return false;
		value <<= shift;
	}
	*bytes_r = value;
	return true;
}

uint64_t
str_hash(const void *data, size_t len)
{
	const unsigned char *at = data;
	uint64_t hash = 0xcbf29ce484222325; // FNV-1a, 64 bits

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * 0x100000001b3;
	// FNV mixes its high bits poorly; these steps spread them.
	hash ^= hash >> 32;
	hash *= 0x9e3779b97f4a7c15;
	hash ^= hash >> 29;
	return hash;
}

void
strlist_add(struct strlist *l, const char *s)
{
	assert(s != NULL);
	strlist_take(l, str_dup(s));
}

void
strlist_take(struct strlist *l, char *s)
{
	if (l->len == l->cap) {
		l->cap = l->cap == 0 ? 4 : l->cap * 2;
		l->items = mem_grow(l->items, l->cap, sizeof(*l->items));
	}
	l->items[l->len++] = s;
}

void
strlist_remove(struct strlist *l, size_t at)
{
	assert(at < l->len);
	free(l->items[at]);
	l->len--;
	memmove(l->items + at, l->items + at + 1,
		(l->len - at) * sizeof(*l->items));
}

bool
strlist_has(const struct strlist *l, const char *s)
{
	for (size_t i = 0; i < l->len; i++)
		if (strcmp(l->items[i], s) == 0)
			return true;
	return false;
}

void
strlist_copy(struct strlist *to, const struct strlist *from)
{
	for (size_t i = 0; i < from->len; i++)
		strlist_add(to, from->items[i]);
}

void
strlist_done(struct strlist *l)
{
	for (size_t i = 0; i < l->len; i++)
		free(l->items[i]);
	free(l->items);
	*l = (struct strlist){0};
}

void
strlist_split(struct strlist *l, const char *s, char sep)
{
	while (*s != '\0') {
		const char *end = strchr(s, sep);
		size_t len = end == NULL ? strlen(s) : (size_t)(end - s);
		if (len > 0)
			strlist_take(l, str_ndup(s, len));
		s += len;
		if (*s != '\0')
			s++;
	}
}

char *
strlist_join(const struct strlist *l, const char *between)
{
	struct buf b = {0};

	for (size_t i = 0; i < l->len; i++) {
		if (i > 0)
			buf_str(&b, between);
		buf_str(&b, l->items[i]);
	}
	return buf_take(&b);
}
