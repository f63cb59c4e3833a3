// SPDX-License-Identifier: GPL-3.0-or-later
// What the store believes that a server has: told to a sync that compares, and
// forgotten when it means nothing any more.
#include "config.h"

#include "store/messages.h"

#include "base/mem.h"
#include "base/str.h"
#include "store/bodies_inside.h"
#include "store/inside.h"
#include "store/rows.h"

#include <stdlib.h>
#include <string.h>

bool
sync_forget(struct store *s, uint32_t folder, struct error *err)
{
	struct key first = { .len = 0 };
	struct write w;
	struct array ids = ARRAY_OF(uint64_t);
	bool more = true, ok = true;

	key_u32(&first, folder);
	while (more && ok) {
		struct cursor c;
		array_clear(&ids);
		write_begin(&w, s);
		cursor_open(&c, &w.txn, w.cache->places);
		more = cursor_seek(&c, first.at, first.len);
		for (; more && ids.len < 256 && cursor_in(&c, first.at, 4);
			more = cursor_next(&c))
			*(uint64_t *)array_push(&ids) = key_get_u64(c.data.data, 0);
		more = more && cursor_in(&c, first.at, 4);
		cursor_close(&c);
		for (size_t i = 0; ok && i < ids.len; i++) {
			struct row row;
			uint64_t id = *(uint64_t *)array_at(&ids, i);
			if (!rows_load(&w.txn, w.cache, id, &row))
				continue;
			rows_remove(&w, &row);
			bodies_forget(&w, id);
			row_done(&row);
			if (write_due(&w))
				ok = write_cut(&w, false, err);
		}
		ok = ok && write_commit(&w, err);
		more = more || ids.len == 256;
	}
	array_done(&ids);
	return ok;
}

size_t
store_sync_known(struct store *s, uint32_t folder, uint32_t from, uint32_t to,
	struct sync_known **known_r)
{
	enum { STEP = 512 };
	struct array out = ARRAY_OF(struct sync_known);
	bool more = from <= to;

	while (more) {
		struct key k = { .len = 0 };
		struct cursor c;
		struct view v;
		size_t n = 0;
		more = false;
		if (!view_open(&v, s))
			break;
		key_u64(&k, root_of_place(folder, from));
		cursor_open(&c, &v.txn, v.cache->places);
		for (bool at = cursor_seek(&c, k.at, k.len); at; at = cursor_next(&c)) {
			uint64_t root = key_get_u64(c.key.data, 0);
			struct row row;
			if (root > root_of_place(folder, to))
				break;
			if (n++ == STEP) {
				from = (uint32_t)root;
				more = true;
				break;
			}
			if (!rows_load(&v.txn, v.cache, key_get_u64(c.data.data, 0), &row))
				continue;
			struct sync_known *known = array_push(&out);
			*known = (struct sync_known){ .uid = (uint32_t)root,
				.bits = row.flags.bits,
				.words_hash = str_empty(row.flags.words) ? 0 :
					str_hash(row.flags.words, strlen(row.flags.words)) };
			row_done(&row);
		}
		cursor_close(&c);
		if (!view_close(&v))
			break;
	}
	*known_r = out.items != NULL ? out.items : mem_alloc(1, sizeof(**known_r));
	return out.len;
}
