// SPDX-License-Identifier: GPL-3.0-or-later
// A hash table from strings, or from 64-bit numbers, to pointers.
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map; // keys are copied; values belong to the caller

struct map *map_new(void);
// free_value may be NULL.
void map_free(struct map **m, void (*free_value)(void *));
void *map_get(const struct map *m, const char *key);
// Returns the value that was there before, NULL if none.
void *map_put(struct map *m, const char *key, void *value);
void *map_remove(struct map *m, const char *key);
void *map_get_u64(const struct map *m, uint64_t key);
void *map_put_u64(struct map *m, uint64_t key, void *value);
void *map_remove_u64(struct map *m, uint64_t key);
size_t map_len(const struct map *m);
// In no order. *at starts at 0; false at the end. The map must not change
// meanwhile. key_r (NULL for number keys) and value_r may be NULL.
bool map_next(const struct map *m, size_t *at, const char **key_r, void **value_r);

#endif
