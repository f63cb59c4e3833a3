// SPDX-License-Identifier: GPL-3.0-or-later
// Allocation that never returns NULL: running out of memory aborts, so that no
// caller carries a path which no test can reach.
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

// Zeroed memory; released with free(). n * size is checked for overflow.
void *mem_alloc(size_t n, size_t size);
// As realloc(); the grown part is not zeroed. ptr may be NULL.
void *mem_grow(void *ptr, size_t n, size_t size);
// A copy of len bytes (len may be 0).
void *mem_copy(const void *data, size_t len);
// Overwrites a secret in a way that the compiler keeps, then nothing else.
void mem_wipe(void *data, size_t len);

// A zeroed struct: struct part *p = mem_new(struct part);
#define mem_new(type) ((type *)mem_alloc(1, sizeof(type)))

// For a program that will soon want so many bytes: the system gives them in one
// go instead of page by page, and threads share them. Called before there are
// threads. A hint: where it cannot be had, nothing else changes.
void mem_expect(size_t bytes);

#endif
