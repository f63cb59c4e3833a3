// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of neighbouring UIDs lie in one record, as a sync brings them together:
// of sixty-four messages one is written instead of sixty-four.
#include "config.h"

#include "store/places.h"

#include "base/array.h"
#include "store/inside.h"

#include <string.h>

#define PLACES_BLOCKS 64 // held at once; a piece of writing seldom touches more

static uint64_t
block_base(uint64_t root)
{
	return root & ~(uint64_t)(PLACES_IN_BLOCK - 1);
}

// A bit for each root that has a row, from the lowest on, then their ids.
static bool
block_unpack(struct place_block *b, const struct buf *from)
{
	struct reader in = reader_of(from->data, from->len);
	uint64_t mask = read_u64(&in);

	for (unsigned i = 0; i < PLACES_IN_BLOCK; i++)
		b->ids[i] = (mask >> i & 1) != 0 ? read_u64(&in) : 0;
	return !in.bad && in.left == 0;
}

static bool
block_pack(struct buf *out, const struct place_block *b)
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < PLACES_IN_BLOCK; i++)
		mask |= b->ids[i] != 0 ? (uint64_t)1 << i : 0;
	buf_u64(out, mask);
	for (unsigned i = 0; i < PLACES_IN_BLOCK; i++) {
		if (b->ids[i] != 0)
			buf_u64(out, b->ids[i]);
	}
	return mask != 0;
}

// False, with nothing in it, where there is none.
static bool
block_read(struct place_block *b, struct txn *t, struct cache *c, uint64_t base)
{
	struct key k = { .len = 0 };
	struct buf from = { 0 };

	*b = (struct place_block){ .base = base };
	key_u64(&k, base);
	bool found = txn_get(t, c->places, k.at, k.len, &from);
	if (found && !block_unpack(b, &from)) {
		t->failed = DB_VERIFY_BAD;
		found = false;
	}
	buf_done(&from);
	return found;
}

static void
block_write(const struct place_block *b, struct txn *t, struct cache *c)
{
	struct key k = { .len = 0 };
	struct buf to = { 0 };

	key_u64(&k, b->base);
	if (block_pack(&to, b))
		txn_put(t, c->places, k.at, k.len, to.data, to.len);
	else
		txn_del(t, c->places, k.at, k.len);
	buf_done(&to);
}

// The one that was set last is mostly the one that is asked for. Readers never see
// any: they are kept away until all is flushed.
static struct place_block *
block_held(const struct txn *t, const struct cache *c, uint64_t base)
{
	for (size_t i = t->handle == NULL ? 0 : c->placed.len; i-- > 0;) {
		struct place_block *b = array_at(&c->placed, i);
		if (b->base == base)
			return b;
	}
	return NULL;
}

bool
places_find(struct txn *t, struct cache *c, uint64_t root, uint64_t *id_r)
{
	struct place_block read, *b = block_held(t, c, block_base(root));

	if (b == NULL && root != 0 && block_read(&read, t, c, block_base(root)))
		b = &read;
	uint64_t id = b == NULL ? 0 : b->ids[root % PLACES_IN_BLOCK];
	if (id != 0)
		*id_r = id;
	return id != 0;
}

void
places_set(struct write *w, uint64_t root, uint64_t id)
{
	struct cache *c = w->cache;
	struct place_block *b = block_held(&w->txn, c, block_base(root));

	if (w->txn.failed != 0)
		return;
	if (b == NULL && c->placed.len == PLACES_BLOCKS)
		places_flush(&w->txn, c);
	if (b == NULL) {
		b = array_push(&c->placed);
		block_read(b, &w->txn, c, block_base(root));
	}
	b->ids[root % PLACES_IN_BLOCK] = id;
}

void
places_flush(struct txn *t, struct cache *c)
{
	for (size_t i = 0; i < c->placed.len; i++)
		block_write(array_at(&c->placed, i), t, c);
	array_clear(&c->placed);
}

void
places_drop(struct cache *c)
{
	array_clear(&c->placed);
}

static void
block_list(const struct place_block *b, uint64_t first, uint64_t last,
	struct array *out)
{
	for (unsigned i = 0; i < PLACES_IN_BLOCK; i++) {
		uint64_t root = b->base + i;
		if (b->ids[i] != 0 && root >= first && root <= last)
			*(struct place *)array_push(out) = (struct place){ root, b->ids[i] };
	}
}

bool
places_read(struct txn *t, struct cache *c, uint64_t first, uint64_t last,
	size_t enough, struct array *out)
{
	struct key k = { .len = 0 };
	struct cursor at;

	if (t->handle != NULL)
		places_flush(t, c);
	key_u64(&k, block_base(first));
	cursor_open(&at, t, c->places);
	bool more = cursor_seek(&at, k.at, k.len);
	for (; more && out->len < enough; more = cursor_next(&at)) {
		struct place_block b = { .base = key_get_u64(at.key.data, 0) };
		if (b.base > last)
			break;
		if (!block_unpack(&b, &at.data)) {
			t->failed = DB_VERIFY_BAD;
			break;
		}
		block_list(&b, first, last, out);
	}
	more = more && key_get_u64(at.key.data, 0) <= last && t->failed == 0;
	cursor_close(&at);
	return more;
}
