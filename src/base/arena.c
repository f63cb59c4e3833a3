// SPDX-License-Identifier: GPL-3.0-or-later
// Hands out small pieces of large blocks; what one message needs goes at once.
#include "config.h"

#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK (16 * 1024)
#define ARENA_ALIGN 16

struct arena_block {
	struct arena_block *next;
	size_t size;
	size_t used;
	alignas(ARENA_ALIGN) char data[];
};

struct arena {
	struct arena_block *blocks; // the first is the one being filled
	size_t used;
};

struct arena *
arena_new(void)
{
	return mem_new(struct arena);
}

void
arena_free(struct arena **a)
{
	if (*a == NULL)
		return;
	arena_clear(*a);
	free((*a)->blocks);
	free(*a);
	*a = NULL;
}

void
arena_clear(struct arena *a)
{
	struct arena_block *keep = NULL;

	while (a->blocks != NULL) {
		struct arena_block *block = a->blocks;
		a->blocks = block->next;
		// One of the usual size: a huge one would stay for ever.
		if (keep == NULL && block->size == ARENA_BLOCK) {
			keep = block;
			continue;
		}
		free(block);
	}
	if (keep != NULL) {
		keep->next = NULL;
		keep->used = 0;
	}
	a->blocks = keep;
	a->used = 0;
}

static struct arena_block *
arena_block(struct arena *a, size_t size)
{
	struct arena_block *first = a->blocks;

	if (first != NULL && size <= first->size - first->used)
		return first;
	size_t total = size > ARENA_BLOCK ? size : ARENA_BLOCK;
	struct arena_block *block = mem_grow(NULL, total + sizeof(*block), 1);
	block->size = total;
	block->used = 0;
	// A piece with a block of its own leaves the half full one in front.
	if (total > ARENA_BLOCK && first != NULL) {
		block->next = first->next;
		first->next = block;
	} else {
		block->next = first;
		a->blocks = block;
	}
	return block;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	// Too large for the rounding is too large for the allocator as well.
	if (size > SIZE_MAX / 4)
		return mem_alloc(SIZE_MAX, 2);
	size_t want = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
	if (want == 0)
		want = ARENA_ALIGN;
	struct arena_block *block = arena_block(a, want);
	void *data = block->data + block->used;
	block->used += want;
	a->used += size;
	memset(data, 0, want);
	return data;
}

char *
arena_str(struct arena *a, const char *s)
{
	return s == NULL ? NULL : arena_strn(a, s, strlen(s));
}

char *
arena_strn(struct arena *a, const char *s, size_t len)
{
	if (s == NULL)
		return NULL;
	char *copy = arena_alloc(a, len + 1);
	memcpy(copy, s, len);
	return copy;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
