// SPDX-License-Identifier: GPL-3.0-or-later
// Which raw messages are still to be fetched, without looking through the same
// thousands of rows at every call.
#include "config.h"

#include "store/bodies.h"

#include "base/buf.h"
#include "base/mem.h"
#include "store/bodies_inside.h"
#include "store/inside.h"
#include "store/orders.h"

void
wanted_row(struct store *s, const struct row *row)
{
	struct folder_row *f = folder_row(s, row->shown);

	if (f == NULL)
		return;
	pthread_mutex_lock(&s->wanted_lock);
	struct wanted *w = &f->wanted;
	if (row->date > w->date || (row->date == w->date && row->id < w->id))
		w->set = false;
	pthread_mutex_unlock(&s->wanted_lock);
}

// Where looking begins: what comes before has been looked at, or it would be the
// same thousands again at every call.
static void
wanted_from(struct view *v, uint32_t folder, int64_t since, uint64_t max_size,
	struct order_position *from)
{
	const struct folder_row *f = folder_row(v->s, folder);

	*from = (struct order_position){ .folder = folder };
	if (f == NULL)
		return;
	pthread_mutex_lock(&v->s->wanted_lock);
	const struct wanted *w = &f->wanted;
	if (w->set && w->since <= since && w->max_size >= max_size) {
		key_u32(&from->after, folder);
		key_u32(&from->after, ~w->date);
		key_u64(&from->after, w->id);
	}
	pthread_mutex_unlock(&v->s->wanted_lock);
}

// The first that is wanted, or what lies behind the last that was looked at.
static void
wanted_found(struct view *v, uint32_t folder, int64_t since, uint64_t max_size,
	uint32_t date, uint64_t id)
{
	struct folder_row *f = folder_row(v->s, folder);

	if (f == NULL)
		return;
	pthread_mutex_lock(&v->s->wanted_lock);
	f->wanted = (struct wanted){ true, date, id, since, max_size };
	pthread_mutex_unlock(&v->s->wanted_lock);
}

static bool
wanted_is(struct view *v, uint64_t id, int64_t since, uint64_t max_size,
	uint32_t *date_r, uint64_t *size_r)
{
	struct key k = { .len = 0 };
	struct buf b = { 0 };
	struct row_head h;

	key_u64(&k, id);
	bool wanted = txn_get(&v->txn, v->cache->messages, k.at, k.len, &b) &&
		row_head(&h, b.data, b.len);
	buf_done(&b);
	*date_r = wanted ? h.date : 0;
	*size_r = wanted ? h.size : 0;
	return wanted && (h.state & ROW_RAW) == 0 && !root_is_creation(h.root) &&
		h.received >= since && h.size <= max_size;
}

size_t
store_raw_wanted(struct store *s, uint32_t folder, int64_t since, uint64_t max_size,
	size_t n, uint64_t **ids_r)
{
	enum { STEP = 256 };
	uint64_t *out = *ids_r = mem_alloc(n + 1, sizeof(*out));
	struct order_position at = { 0 };
	struct array items = ARRAY_OF(struct order_item);
	size_t got = 0;
	uint64_t room = 0, size;
	bool more = true, began = false, full = false;

	while (more && !full && got < n) {
		struct view v;
		uint32_t date = 0;
		uint64_t last = 0;
		if (!view_open(&v, s))
			break;
		if (!began)
			room = bodies_room(&v, &since, &max_size);
		if (!began)
			wanted_from(&v, folder, since, max_size, &at);
		began = true;
		array_clear(&items);
		more = orders_walk(&v, ORDER_DATE, &at, STEP, &items);
		for (size_t i = 0; i < items.len && got < n; i++) {
			last = ((struct order_item *)array_at(&items, i))->id;
			if (!wanted_is(&v, last, since, max_size, &date, &size))
				continue;
			full = got > 0 && size > room;
			if (full)
				break;
			room -= size < room ? size : room;
			if (got == 0)
				wanted_found(&v, folder, since, max_size, date, last);
			out[got++] = last;
		}
		if (got == 0 && last != 0)
			wanted_found(&v, folder, since, max_size, date, last);
		if (!view_close(&v))
			break;
	}
	array_done(&items);
	return got;
}
