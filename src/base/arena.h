// SPDX-License-Identifier: GPL-3.0-or-later
// Memory for many small things that are released together.
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena; // not shared between threads without a lock of the owner's

struct arena *arena_new(void);
void arena_free(struct arena **a);
void arena_clear(struct arena *a);                       // keeps one block
void *arena_alloc(struct arena *a, size_t size);         // zeroed, aligned to 16
char *arena_str(struct arena *a, const char *s);         // NULL gives NULL
char *arena_strn(struct arena *a, const char *s, size_t len);
size_t arena_used(const struct arena *a);                // bytes handed out

#endif
