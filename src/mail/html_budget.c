// SPDX-License-Identifier: GPL-3.0-or-later
// The memory of gumbo, which ends its parse where a page takes too much.
#include "config.h"

#include "mail/html_budget.h"

#include "base/arena.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

// gumbo checks no allocation and knows no limit: a page of 200 kB can keep it
// busy for minutes. So its memory is ours, and where the budget ends the parse
// is left by a jump, which loses nothing because the arena goes at once.
struct html_budget {
	struct arena *arena;
	size_t spent;
	int64_t cpu_end_us;
	unsigned calls;
	jmp_buf out;
};

int64_t
html_cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static void *
budget_alloc(void *data, size_t size)
{
	struct html_budget *b = data;

	// What it frees comes back only at the end, so all that it ever asked
	// for counts, with the arena's rounding.
	if (size < HTML_MEMORY_MAX)
		b->spent += size + 16;
	if (size >= HTML_MEMORY_MAX || b->spent > HTML_MEMORY_MAX ||
	    (++b->calls % 128 == 0 && html_cpu_us() > b->cpu_end_us))
		longjmp(b->out, 1);
	return arena_alloc(b->arena, size);
}

static void
budget_free(void *data, void *memory)
{
	(void)data;
	(void)memory;
}

struct html_budget *
html_budget_new(int64_t cpu_us)
{
	struct html_budget *b = mem_new(struct html_budget);

	b->arena = arena_new();
	b->cpu_end_us = html_cpu_us() + cpu_us;
	return b;
}

void
html_budget_free(struct html_budget **where)
{
	arena_free(&(*where)->arena);
	free(*where);
	*where = NULL;
}

const GumboOutput *
html_parse(struct html_budget *b, const char *html, size_t len)
{
	GumboOptions options = kGumboDefaultOptions;

	options.allocator = budget_alloc;
	options.deallocator = budget_free;
	options.userdata = b;
	options.max_errors = 0;
	if (setjmp(b->out) != 0)
		return NULL;
	return gumbo_parse_with_options(&options, html, len);
}
