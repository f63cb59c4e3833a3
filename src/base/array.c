// SPDX-License-Identifier: GPL-3.0-or-later
// The growing array behind every list that is held by value.
#include "config.h"

#include "base/array.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_FIRST 8

static char *
array_item(const struct array *a, size_t at)
{
	return (char *)a->items + at * a->size;
}

void *
array_push(struct array *a)
{
	return array_insert(a, a->len);
}

void *
array_at(const struct array *a, size_t at)
{
	assert(at < a->len);
	return array_item(a, at);
}

void *
array_insert(struct array *a, size_t at)
{
	assert(at <= a->len && a->size > 0);
	if (a->len == a->cap) {
		size_t cap = a->cap == 0 ? ARRAY_FIRST : a->cap * 2;
		a->items = mem_grow(a->items, cap, a->size);
		a->cap = cap;
	}
	char *item = array_item(a, at);
	memmove(item + a->size, item, (a->len - at) * a->size);
	memset(item, 0, a->size);
	a->len++;
	return item;
}

void
array_remove(struct array *a, size_t at)
{
	char *item = array_at(a, at);

	memmove(item, item + a->size, (a->len - at - 1) * a->size);
	a->len--;
}

void
array_clear(struct array *a)
{
	a->len = 0;
}

void
array_done(struct array *a)
{
	free(a->items);
	*a = (struct array){ .size = a->size };
}

void
array_sort(struct array *a, int (*compare)(const void *, const void *))
{
	if (a->len > 1)
		qsort(a->items, a->len, a->size, compare);
}
