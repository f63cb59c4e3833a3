// SPDX-License-Identifier: GPL-3.0-or-later
// A growing array of equal items, held by value.
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stddef.h>

// struct array rows = ARRAY_OF(struct row);
// struct row *r = array_push(&rows);          zeroed, valid until the next push
// for (size_t i = 0; i < rows.len; i++) { struct row *r = array_at(&rows, i); }
struct array {
	void *items;
	size_t len;
	size_t cap;
	size_t size; // of one item
};

#define ARRAY_OF(type) ((struct array){ .size = sizeof(type) })

void *array_push(struct array *a);
void *array_at(const struct array *a, size_t at);   // asserts at < len
void *array_insert(struct array *a, size_t at);     // zeroed, others move up
void array_remove(struct array *a, size_t at);
void array_clear(struct array *a);                  // memory kept
void array_done(struct array *a);
void array_sort(struct array *a, int (*compare)(const void *, const void *));

#endif
