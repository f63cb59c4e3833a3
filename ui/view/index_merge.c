// SPDX-License-Identifier: GPL-3.0-or-later
// Puts what a server has found among what was found here, without reading more of
// the rows than its place needs.
#include "config.h"

#include "ui/view/index_merge.h"

#include <string.h>
#include "mail/message.h"

struct merge_key {
	int64_t date;
	uint64_t id, thread;
};

static bool
merge_key_of(struct store *s, uint64_t id, struct merge_key *k)
{
	struct message m;

	if (!store_message(s, id, &m))
		return false;
	*k = (struct merge_key){ message_date(&m), m.id, m.thread };
	message_done(&m);
	return true;
}

static uint64_t
merge_id(const struct array *ids, size_t at)
{
	return *(uint64_t *)array_at(ids, at);
}

static bool
merge_is_newer(const struct merge_key *a, const struct merge_key *b)
{
	return a->date != b->date ? a->date > b->date : a->id > b->id;
}

// The first row that is not newer. One that went meanwhile counts as newer: its
// neighbour tells.
static size_t
merge_by_date(struct store *s, const struct array *ids, const struct merge_key *k)
{
	size_t low = 0, high = ids->len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		struct merge_key at;

		if (!merge_key_of(s, merge_id(ids, mid), &at) || merge_is_newer(&at, k))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

// Behind the older ones of its thread; else before the first thread of which nothing
// is newer.
static size_t
merge_by_thread(struct store *s, const struct array *ids, const struct merge_key *k)
{
	size_t place = ids->len, begin = 0;
	uint64_t thread = 0;
	bool newer = true, within = false;

	for (size_t i = 0; i < ids->len && i < INDEX_MERGE_MAX; i++) {
		struct merge_key at;

		if (!merge_key_of(s, merge_id(ids, i), &at))
			continue;
		if (at.thread != thread || i == 0) {
			if (within)
				return place;
			if (!newer && place == ids->len)
				place = begin;
			begin = i;
			thread = at.thread;
			newer = false;
			within = at.thread == k->thread;
			if (within)
				place = i;
		}
		newer = newer || merge_is_newer(&at, k);
		if (within && !merge_is_newer(&at, k))
			place = i + 1;
	}
	if (!within && !newer && place == ids->len)
		place = begin;
	return place;
}

void
index_merge(struct store *s, struct array *ids, enum message_order order, uint64_t id)
{
	struct merge_key k;

	for (size_t i = 0; i < ids->len; i++) {
		if (merge_id(ids, i) == id)
			return;
	}
	if (!merge_key_of(s, id, &k))
		return;
	size_t at = order == ORDER_DATE ? merge_by_date(s, ids, &k)
		: merge_by_thread(s, ids, &k);

	array_push(ids);
	uint64_t *all = array_at(ids, 0);

	memmove(all + at + 1, all + at, (ids->len - 1 - at) * sizeof *all);
	all[at] = id;
}
