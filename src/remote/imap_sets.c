// SPDX-License-Identifier: GPL-3.0-or-later
// Sets of messages as servers tell them: found, gone, copied, in threads; none grows
// past what the caller knows there can be.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "remote/imap_parse.h"

#define VANISHED_BATCH 512

static struct scan
scan_slice(struct slice text)
{
	return scan_of(text.data, text.len);
}

void
uids_add(struct uids *u, uint32_t uid)
{
	if (u->len >= (u->max && u->max < PARSE_UIDS_MAX ? u->max : PARSE_UIDS_MAX)) {
		u->full = true;
		return;
	}
	if (u->len == u->cap) {
		u->cap = u->cap ? u->cap * 2 : 64;
		u->items = mem_grow(u->items, u->cap, sizeof(*u->items));
	}
	u->items[u->len++] = uid;
}

void
uids_done(struct uids *u)
{
	free(u->items);
	*u = (struct uids){ .max = u->max };
}

static int
compare_uids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

void
uids_sort(struct uids *u)
{
	bool sorted = true;
	for (size_t i = 1; i < u->len && sorted; i++)
		sorted = u->items[i - 1] < u->items[i];
	if (sorted)
		return;
	qsort(u->items, u->len, sizeof(*u->items), compare_uids);
	size_t kept = 1;
	for (size_t i = 1; i < u->len; i++) {
		if (u->items[i] != u->items[kept - 1])
			u->items[kept++] = u->items[i];
	}
	u->len = kept;
}

struct expansion { struct uids *uids; uint64_t end; };

static bool
expand(void *arg, uint32_t from, uint32_t to)
{
	struct expansion *e = arg;
	for (uint64_t uid = from; uid <= to && uid < e->end && !e->uids->full; uid++)
		uids_add(e->uids, (uint32_t)uid);
	return !e->uids->full;
}

static bool
parse_uids(struct scan *s, uint64_t end, struct uids *uids)
{
	struct expansion e = { uids, end };
	return scan_set(s, expand, &e);
}

bool
parse_search(struct slice rest, struct uids *uids)
{
	struct scan s = scan_slice(rest);
	scan_spaces(&s);
	while (!scan_done(&s) && scan_peek(&s) != '(') { // "(MODSEQ 12)" may end it
		uint32_t uid;
		if (!scan_u32(&s, &uid) || uid == 0)
			return false;
		uids_add(uids, uid);
		scan_spaces(&s);
	}
	return !uids->full;
}

bool
parse_esearch(struct slice rest, struct uids *uids)
{
	struct scan s = scan_slice(rest);
	scan_spaces(&s);
	if (scan_peek(&s) == '(' && !scan_skip(&s)) // (TAG "P1")
		return false;
	for (scan_spaces(&s); !scan_done(&s); scan_spaces(&s)) {
		struct slice word;
		if (!scan_word(&s, &word))
			return false;
		if (slice_is(word, "UID"))
			continue;
		if (!scan_need(&s, ' '))
			return false;
		if (slice_is(word, "ALL")) {
			if (!parse_uids(&s, UINT32_MAX, uids))
				return false;
		} else if (!scan_skip(&s)) {
			return false;
		}
	}
	return !s.bad;
}

struct vanishing {
	uint64_t end;
	size_t *n;
	void (*gone)(void *arg, const uint32_t *uids, size_t n);
	void *arg;
};

static bool
vanish(void *arg, uint32_t from, uint32_t to)
{
	struct vanishing *v = arg;
	uint32_t batch[VANISHED_BATCH];
	size_t len = 0;
	for (uint64_t uid = from; uid <= to && uid < v->end; uid++) {
		if (++*v->n > PARSE_UIDS_MAX)
			return false;
		batch[len++] = (uint32_t)uid;
		if (len == VANISHED_BATCH) {
			v->gone(v->arg, batch, len);
			len = 0;
		}
	}
	if (len > 0)
		v->gone(v->arg, batch, len);
	return true;
}

bool
parse_vanished(struct slice rest, uint64_t end, bool *earlier_r, size_t *n_r,
	void (*gone)(void *arg, const uint32_t *uids, size_t n), void *arg)
{
	struct vanishing v = { end, n_r, gone, arg };
	struct scan s = scan_slice(rest);
	*earlier_r = scan_peek(&s) == '(';
	if (*earlier_r && !scan_skip(&s))
		return false;
	scan_spaces(&s);
	return scan_set(&s, vanish, &v) && scan_done(&s) && !s.bad;
}

bool
parse_copyuid(struct slice values, uint32_t *uidvalidity_r, struct uids *from,
	struct uids *to)
{
	to->max = from->max;
	struct scan s = scan_slice(values);
	return scan_u32(&s, uidvalidity_r) && *uidvalidity_r && scan_need(&s, ' ') &&
		parse_uids(&s, UINT32_MAX, from) && scan_need(&s, ' ') &&
		parse_uids(&s, UINT32_MAX, to) && scan_done(&s) && !s.bad &&
		from->len == to->len;
}

bool
parse_appenduid(struct slice values, uint32_t *uidvalidity_r, uint32_t *uid_r)
{
	struct scan s = scan_slice(values);
	return scan_u32(&s, uidvalidity_r) && *uidvalidity_r && scan_need(&s, ' ') &&
		scan_u32(&s, uid_r) && *uid_r && scan_done(&s);
}
