// SPDX-License-Identifier: GPL-3.0-or-later
// What the store believes that a server has: told to a sync that compares, and
// forgotten when it means nothing any more.
#include "config.h"

#include "store/messages.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "store/bodies_inside.h"
#include "store/inside.h"
#include "store/left.h"
#include "store/places.h"
#include "store/rows.h"

#include <stdlib.h>
#include <string.h>

bool
sync_forget(struct store *s, uint32_t folder, bool keep, struct error *err)
{
	enum { STEP = 256 };
	struct array places = ARRAY_OF(struct place);
	bool more = true, ok = true;
	unsigned left = 0;

	while (more && ok) {
		struct write w;
		array_clear(&places);
		write_begin(&w, s);
		more = places_read(&w.txn, w.cache, root_of_place(folder, 0),
			root_of_place(folder, UINT32_MAX), STEP, &places);
		for (size_t i = 0; ok && i < places.len; i++) {
			const struct place *place = array_at(&places, i);
			struct row row;
			if (rows_load(&w.txn, w.cache, place->id, &row)) {
				rows_remove(&w, &row);
				if (!keep || left >= LEFT_MAX)
					bodies_forget(&w, place->id);
				else
					left += left_keep(&w, &row);
				row_done(&row);
			}
			places_set(&w, place->root, 0);
			if (write_due(&w))
				ok = write_cut(&w, false, err);
		}
		ok = ok && write_commit(&w, err);
	}
	array_done(&places);
	if (left > 0)
		left_sweep(s, when_now());
	return ok;
}

// Appends struct sync_known to out. False: there are no more.
static bool
known_read(struct view *v, uint64_t first, uint64_t last, struct array *places,
	struct array *out)
{
	enum { STEP = 512 };

	array_clear(places);
	bool more = places_read(&v->txn, v->cache, first, last, STEP, places);
	for (size_t i = 0; i < places->len; i++) {
		const struct place *place = array_at(places, i);
		struct row row;
		if (!rows_load(&v->txn, v->cache, place->id, &row))
			continue;
		struct sync_known *known = array_push(out);
		*known = (struct sync_known){ .uid = (uint32_t)place->root,
			.bits = row.flags.bits,
			.words_hash = str_empty(row.flags.words) ? 0 :
				str_hash(row.flags.words, strlen(row.flags.words)) };
		row_done(&row);
	}
	return more;
}

size_t
store_sync_known(struct store *s, uint32_t folder, uint32_t from, uint32_t to,
	struct sync_known **known_r)
{
	struct array out = ARRAY_OF(struct sync_known), places = ARRAY_OF(struct place);
	uint64_t first = root_of_place(folder, from), last = root_of_place(folder, to);
	bool more = from <= to;

	// In steps, so that the lock is not held for long.
	while (more) {
		struct view v;
		if (!view_open(&v, s))
			break;
		more = known_read(&v, first, last, &places, &out);
		if (places.len > 0)
			first = ((struct place *)array_at(&places, places.len - 1))->root + 1;
		more = view_close(&v) && more;
	}
	array_done(&places);
	*known_r = out.items != NULL ? out.items : mem_alloc(1, sizeof(**known_r));
	return out.len;
}
