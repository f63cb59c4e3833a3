// SPDX-License-Identifier: GPL-3.0-or-later
// Allocation that aborts instead of returning NULL, so that no caller needs a
// path for it.
#include "config.h"

#include "base/mem.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Noreturn void
mem_exhausted(void)
{
	static const char text[] = "postern: out of memory\n";

	// stdio may want memory itself.
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		abort();
	abort();
}

static size_t
mem_total(size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total) || total > PTRDIFF_MAX)
		mem_exhausted();
	// malloc(0) may give NULL, which would look like exhaustion.
	return total == 0 ? 1 : total;
}

void *
mem_alloc(size_t n, size_t size)
{
	void *data = calloc(1, mem_total(n, size));

	if (data == NULL)
		mem_exhausted();
	return data;
}

void *
mem_grow(void *ptr, size_t n, size_t size)
{
	void *data = realloc(ptr, mem_total(n, size));

	if (data == NULL)
		mem_exhausted();
	return data;
}

void *
mem_copy(const void *data, size_t len)
{
	void *copy = mem_alloc(1, len);

	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}

void
mem_wipe(void *data, size_t len)
{
	if (len > 0)
		explicit_bzero(data, len);
}

void
mem_expect(size_t bytes)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	// One heap: each further one would begin with pages that nobody has touched.
	// What is freed at its end stays with it, up to so much.
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_THRESHOLD, (int)(2 * bytes));
	mallopt(M_TRIM_THRESHOLD, (int)(2 * bytes));
	char *some = malloc(bytes);
	if (some == NULL)
		return;
#ifdef MADV_POPULATE_WRITE
	char *first = some + page - (uintptr_t)some % page;
	madvise(first, (bytes - page) / page * page, MADV_POPULATE_WRITE);
#else
	(void)page;
#endif
	free(some);
}
