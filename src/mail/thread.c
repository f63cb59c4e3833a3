// SPDX-License-Identifier: GPL-3.0-or-later
// Conversations from References and In-Reply-To, in an order that depends on
// nothing but the messages themselves.
#include "config.h"

#include "mail/thread.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "mail/header.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SUBJECT_PREFIXES_MAX 50 // "Re: Re: Re: ..."

uint64_t
thread_key(const char *message_id)
{
	if (str_empty(message_id))
		return 0;
	uint64_t key = str_hash(message_id, strlen(message_id));
	return key == 0 ? 1 : key;
}

uint64_t
thread_parent(const struct envelope *e)
{
	uint64_t own = thread_key(e->message_id);

	// Some programs end References with the message's own name.
	for (size_t i = e->references.len; i-- > 0;) {
		uint64_t key = thread_key(e->references.items[i]);
		if (key != own)
			return key;
	}
	for (size_t i = 0; i < e->in_reply_to.len; i++) {
		uint64_t key = thread_key(e->in_reply_to.items[i]);
		if (key != own)
			return key;
	}
	return 0;
}

static int
compare_items(const void *a, const void *b)
{
	const struct thread_item *x = a, *y = b;

	if (x->date != y->date)
		return x->date < y->date ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

// The tree as indexes into the sorted items; one past the end is none.
struct tree {
	size_t n;
	size_t *parent, *child, *last, *sibling;
};

// Parents by key; of several messages with one key the oldest is meant.
static void
find_parents(struct tree *t, const struct thread_item *items)
{
	struct map *by_key = map_new();

	for (size_t i = 0; i < t->n; i++)
		if (items[i].key != 0 && map_get_u64(by_key, items[i].key) == NULL)
			map_put_u64(by_key, items[i].key, (void *)(uintptr_t)(i + 1));
	for (size_t i = 0; i < t->n; i++) {
		uintptr_t found = items[i].parent == 0 ? 0
			: (uintptr_t)map_get_u64(by_key, items[i].parent);
		t->parent[i] = found == 0 || found - 1 == i ? t->n : found - 1;
	}
	map_free(&by_key, NULL);
}

// Mail can name each other as parents in a circle: the circle is opened before
// its oldest message. Each chain is walked once; `last` lends its memory.
static void
cut_circles(struct tree *t)
{
	size_t *walk = t->last; // 0: not yet; else the walk that came by

	memset(walk, 0, t->n * sizeof(*walk));
	for (size_t i = 0; i < t->n; i++) {
		size_t at = i;
		while (at != t->n && walk[at] == 0) {
			walk[at] = i + 1;
			at = t->parent[at];
		}
		if (at == t->n || walk[at] != i + 1)
			continue;
		size_t oldest = at;
		for (size_t c = t->parent[at]; c != at; c = t->parent[c])
			if (c < oldest)
				oldest = c;
		t->parent[oldest] = t->n;
	}
}

// Children in the order of the items, which is by date.
static void
link_children(struct tree *t)
{
	for (size_t i = 0; i <= t->n; i++)
		t->child[i] = t->last[i] = t->sibling[i] = t->n;
	for (size_t i = 0; i < t->n; i++) {
		size_t p = t->parent[i]; // n: the root above all roots
		if (t->child[p] == t->n)
			t->child[p] = i;
		else
			t->sibling[t->last[p]] = i;
		t->last[p] = i;
	}
}

static void
write_out(const struct tree *t, const struct thread_item *from,
	struct thread_item *to)
{
	size_t at = t->child[t->n], n = 0;
	int depth = 0;

	while (at != t->n) {
		to[n] = from[at];
		to[n++].depth = depth;
		if (t->child[at] != t->n) {
			at = t->child[at];
			depth++;
			continue;
		}
		while (at != t->n && t->sibling[at] == t->n) {
			at = t->parent[at];
			depth--;
		}
		if (at != t->n)
			at = t->sibling[at];
	}
}

void
thread_arrange(struct thread_item *items, size_t n)
{
	struct tree t = {
		.n = n,
		.parent = mem_alloc(n + 1, sizeof(size_t)),
		.child = mem_alloc(n + 1, sizeof(size_t)),
		.last = mem_alloc(n + 1, sizeof(size_t)),
		.sibling = mem_alloc(n + 1, sizeof(size_t)),
	};

	if (n > 0) {
		qsort(items, n, sizeof(*items), compare_items);
		find_parents(&t, items);
		cut_circles(&t);
		link_children(&t);
		struct thread_item *sorted = mem_copy(items, n * sizeof(*items));
		write_out(&t, sorted, items);
		free(sorted);
	}
	free(t.parent);
	free(t.child);
	free(t.last);
	free(t.sibling);
}

// Replies and forwards as the programs and languages of the world mark them.
static const char *const prefixes[] = {
	"Re", "Fwd", "Fw", "Forward", // English and most programs
	"AW", "Antw", "WG",           // German, Dutch
	"SV", "VS", "VL", "VB",       // Scandinavian, Finnish
	"RES", "ENC", "RV", "RIF", "I", "R", // Portuguese, Spanish, Italian
	"TR", "Odp", "PD", "YNT", "ILT", // French, Polish, Turkish
	"\xd0\x9e\xd1\x82\xd0\xb2", "\xd0\x9d\xd0\x90", // Russian
	"\xe5\x9b\x9e\xe5\xa4\x8d", "\xe7\xad\x94\xe5\xa4\x8d",
	"\xe8\xbd\xac\xe5\x8f\x91", "\xe5\x9b\x9e\xe8\xa6\x86", // Chinese
};

// "[2]", "^3" or "(4)" that some programs count replies with.
static size_t
counter_len(const char *s)
{
	if (*s != '[' && *s != '^' && *s != '(')
		return 0;
	size_t digits = strspn(s + 1, "0123456789");
	char end = s[1 + digits];
	if (digits == 0 || digits > 4)
		return 0;
	if (*s == '^')
		return 1 + digits;
	return (*s == '[' && end == ']') || (*s == '(' && end == ')')
		? digits + 2 : 0;
}

// The length of one prefix with its colon and blanks, 0 if there is none.
static size_t
prefix_len(const char *s)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		size_t len = strlen(prefixes[i]);
		if (!str_has_prefix_nocase(s, prefixes[i]))
			continue;
		len += counter_len(s + len);
		len += strspn(s + len, " ");
		if (s[len] == ':')
			len++;
		else if (strncmp(s + len, "\xef\xbc\x9a", 3) == 0) // full width
			len += 3;
		else
			continue;
		return len + strspn(s + len, " ");
	}
	return 0;
}

const char *
thread_subject(const char *s)
{
	s += strspn(s, " ");
	for (int i = 0; i < SUBJECT_PREFIXES_MAX; i++) {
		const char *at = s;
		// A list's tag goes only with the prefix behind it: alone it may
		// be all that there is, or a patch's number.
		while (*at == '[' && strchr(at, ']') != NULL) {
			at = strchr(at, ']') + 1;
			at += strspn(at, " ");
		}
		size_t len = prefix_len(at);
		if (len == 0)
			break;
		s = at + len;
	}
	return s;
}
