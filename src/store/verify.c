// SPDX-License-Identifier: GPL-3.0-or-later
// Holds every tree of the cache against the rows, and its files against what was
// written, so that a mistake of ours or of the disk is found before a user meets it.
#include "config.h"

#include "store/store.h"

#include "base/map.h"
#include "base/mem.h"
#include "store/bodies_inside.h"
#include "store/inside.h"
#include "store/left.h"
#include "store/links.h"
#include "store/places.h"
#include "store/rows.h"
#include "store/threads.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct verify {
	struct store *s;
	void (*found)(void *arg, const char *line);
	void *arg;
	struct view v;
	uint64_t rows, shown, laid;
	struct array counts;      // struct verify_count
	bool bad;
};

struct verify_count {
	uint32_t folder, total, unread;
};

static void __attribute__((format(printf, 2, 3)))
verify_say(struct verify *verify, const char *format, ...)
{
	struct buf b = { 0 };
	va_list ap;

	va_start(ap, format);
	buf_vprintf(&b, format, ap);
	va_end(ap);
	verify->bad = true;
	if (verify->found != NULL)
		verify->found(verify->arg, buf_text(&b));
	buf_done(&b);
}

static bool
verify_has(struct verify *verify, DB *tree, const struct key *k)
{
	struct buf b = { 0 };
	bool found = txn_get(&verify->v.txn, tree, k->at, k->len, &b);

	buf_done(&b);
	return found;
}

static struct verify_count *
verify_count(struct verify *verify, uint32_t folder)
{
	for (size_t i = 0; i < verify->counts.len; i++) {
		struct verify_count *c = array_at(&verify->counts, i);
		if (c->folder == folder)
			return c;
	}
	struct verify_count *c = array_push(&verify->counts);
	c->folder = folder;
	return c;
}

static void
verify_shown(struct verify *verify, const struct row *row)
{
	struct cache *cache = verify->v.cache;
	struct verify_count *count = verify_count(verify, row->shown);
	struct key k = { .len = 0 };
	uint32_t latest;

	verify->shown++;
	count->total++;
	count->unread += row_unread(row);
	key_u32(&k, row->shown);
	key_u32(&k, ~row->date);
	key_u64(&k, row->id);
	if (!verify_has(verify, cache->dates, &k))
		verify_say(verify, "message %" PRIx64 " is not in the order by date",
			row->id);
	if (!threads_latest(&verify->v, row->thread, row->shown, &latest)) {
		verify_say(verify, "thread %" PRIx64 " has no head in folder %u",
			row->thread, row->shown);
		return;
	}
	k.len = 0;
	key_u32(&k, row->shown);
	key_u32(&k, ~latest);
	key_u64(&k, row->thread);
	key_u64(&k, row->id);
	if (!verify_has(verify, cache->talks, &k))
		verify_say(verify, "message %" PRIx64 " is not in the order by thread",
			row->id);
	if (row->links[LINK_OWN] != 0 && row->id <= cache->meta.linked &&
		links_read(&verify->v, row->account, row->links[LINK_OWN]) == 0)
		verify_say(verify, "message %" PRIx64 " is not found by its Message-ID",
			row->id);
}

static void
verify_row(struct verify *verify, const struct row *row)
{
	struct key k = { .len = 0 };
	struct flags flags = { 0 };
	uint32_t shown;
	bool pending;
	uint64_t id;

	verify->rows++;
	if (!places_find(&verify->v.txn, verify->v.cache, row->root, &id) ||
		id != row->id)
		verify_say(verify, "message %" PRIx64 " is not at its place %" PRIx64,
			row->id, row->root);
	key_u64(&k, row->id);
	bool laid = verify_has(verify, verify->v.cache->laid, &k);
	verify->laid += laid;
	if (laid != ((row->state & ROW_PENDING) != 0))
		verify_say(verify, "message %" PRIx64 " is wrongly marked as pending",
			row->id);
	rows_lay(verify->s, row, &shown, &flags, &pending);
	if (shown != row->shown || !flags_equal(&flags, &row->shown_flags) ||
		pending != laid)
		verify_say(verify, "message %" PRIx64 " is shown in %u, %x%s, should be in "
			"%u, %x%s", row->id, row->shown, row->shown_flags.bits,
			laid ? ", pending" : "", shown, flags.bits, pending ? ", pending" : "");
	flags_done(&flags);
	if (row->shown != 0)
		verify_shown(verify, row);
}

static void
verify_rows(struct verify *verify)
{
	struct cursor c;

	cursor_open(&c, &verify->v.txn, verify->v.cache->messages);
	for (bool more = cursor_first(&c); more; more = cursor_next(&c)) {
		struct row row;
		uint64_t id = key_get_u64(c.key.data, 0);
		if (row_unpack(&row, id, c.data.data, c.data.len))
			verify_row(verify, &row);
		else
			verify_say(verify, "message %" PRIx64 " cannot be read", id);
		row_done(&row);
	}
	cursor_close(&c);
}

// As many as there are rows, each of which was found.
static void
verify_places(struct verify *verify)
{
	struct array places = ARRAY_OF(struct place);
	uint64_t first = 0, n = 0;
	bool more = true;

	while (more) {
		array_clear(&places);
		more = places_read(&verify->v.txn, verify->v.cache, first, UINT64_MAX,
			PLACES_IN_BLOCK, &places);
		n += places.len;
		if (places.len > 0)
			first = ((struct place *)array_at(&places, places.len - 1))->root + 1;
	}
	array_done(&places);
	if (n != verify->rows)
		verify_say(verify, "places: %" PRIu64 " entries, %" PRIu64 " expected", n,
			verify->rows);
}

// So many entries as there should be: none is left over from a row that went.
static void
verify_entries(struct verify *verify, DB *tree, bool counted, uint64_t expected,
	const char *name)
{
	struct cursor c;
	uint64_t n = 0, numbered = 0;

	cursor_open(&c, &verify->v.txn, tree);
	for (bool more = cursor_first(&c); more; more = cursor_next(&c))
		n++;
	if (counted && cursor_last(&c))
		numbered = (uint64_t)cursor_row(&c) + 1;
	cursor_close(&c);
	if (n != expected)
		verify_say(verify, "%s: %" PRIu64 " entries, %" PRIu64 " expected", name, n,
			expected);
	if (counted && numbered != n)
		verify_say(verify, "%s: numbered to %" PRIu64 " of %" PRIu64, name,
			numbered, n);
}

static const struct thread_head *
verify_head(const struct array *heads, uint32_t folder)
{
	for (size_t i = 0; i < heads->len; i++) {
		const struct thread_head *h = array_at(heads, i);
		if (h->folder == folder)
			return h;
	}
	return NULL;
}

// Heads against the members of the same thread. Both end up empty.
static void
verify_thread(struct verify *verify, uint64_t thread, struct array *heads,
	struct array *members)
{
	struct array sums = ARRAY_OF(struct thread_head);

	for (size_t i = 0; i < members->len; i++) {
		const struct thread_head *m = array_at(members, i);
		struct thread_head *sum =
			(struct thread_head *)verify_head(&sums, m->folder);
		if (sum == NULL) {
			sum = array_push(&sums);
			sum->folder = m->folder;
		}
		sum->count++;
		sum->latest = m->latest > sum->latest ? m->latest : sum->latest;
	}
	for (size_t i = 0; i < heads->len; i++) {
		const struct thread_head *h = array_at(heads, i);
		const struct thread_head *sum = verify_head(&sums, h->folder);
		if (sum == NULL || sum->count != h->count || sum->latest != h->latest)
			verify_say(verify, "thread %" PRIx64 " in folder %u: noted are %u "
				"messages to %u", thread, h->folder, h->count, h->latest);
	}
	for (size_t i = 0; i < sums.len; i++) {
		const struct thread_head *sum = array_at(&sums, i);
		if ((sum->count >= THREAD_HEAD_FROM) !=
			(verify_head(heads, sum->folder) != NULL))
			verify_say(verify, "thread %" PRIx64 " in folder %u: %u messages, "
				"head wrong", thread, sum->folder, sum->count);
	}
	array_done(&sums);
	array_clear(heads);
	array_clear(members);
}

static void
verify_threads(struct verify *verify)
{
	struct array heads = ARRAY_OF(struct thread_head);
	struct array members = ARRAY_OF(struct thread_head);
	uint64_t thread = 0, n = 0;
	struct cursor c;

	cursor_open(&c, &verify->v.txn, verify->v.cache->members);
	for (bool more = cursor_first(&c); more; more = cursor_next(&c)) {
		uint64_t at = key_get_u64(c.key.data, 0);
		if (at != thread)
			verify_thread(verify, thread, &heads, &members);
		thread = at;
		bool head = c.key.len == 13;
		struct thread_head *h = array_push(head ? &heads : &members);
		if (head)
			*h = (struct thread_head){ key_get_u32(c.key.data, 9),
				key_get_u32(c.data.data, 0), key_get_u32(c.data.data, 4) };
		else
			*h = (struct thread_head){ key_get_u32(c.data.data, 0),
				key_get_u32(c.data.data, 4), 1 };
		n += !head;
	}
	verify_thread(verify, thread, &heads, &members);
	cursor_close(&c);
	array_done(&heads);
	array_done(&members);
	if (n != verify->shown)
		verify_say(verify, "%" PRIu64 " members of threads, %" PRIu64 " expected", n,
			verify->shown);
}

// Each belongs to a row, or waits for one; and their bytes are what is noted.
static void
verify_bodies(struct verify *verify)
{
	struct txn *t = &verify->v.txn;
	struct cache *cache = verify->v.cache;
	struct array ids = ARRAY_OF(uint64_t);
	uint64_t bytes = 0;

	bodies_list(t, cache, &ids);
	for (size_t i = 0; i < ids.len; i++) {
		uint64_t id = *(uint64_t *)array_at(&ids, i);
		struct body_state body;
		if (!bodies_state(t, cache, id, &body))
			verify_say(verify, "message %" PRIx64 " has no body that is listed",
				id);
		if (!left_is(t, cache, id))
			verify_say(verify, "a body %" PRIx64 " has no message", id);
		bytes += body.bytes;
	}
	array_done(&ids);
	if (bytes != cache->meta.bodies)
		verify_say(verify, "bodies: %" PRIu64 " bytes, noted are %" PRIu64, bytes,
			cache->meta.bodies);
}

static void
verify_folders(struct verify *verify)
{
	struct store *s = verify->s;

	for (size_t i = 0; i < s->folders.len; i++) {
		const struct folder_row *f = array_at(&s->folders, i);
		const struct verify_count *c = verify_count(verify, f->f.id);
		if (c->total != f->f.total || c->unread != f->f.unread)
			verify_say(verify, "folder %u: %u messages, %u unread; noted %u, %u",
				f->f.id, c->total, c->unread, f->f.total, f->f.unread);
	}
	for (size_t i = 0; i < verify->counts.len; i++) {
		const struct verify_count *c = array_at(&verify->counts, i);
		if (folder_row(s, c->folder) == NULL)
			verify_say(verify, "%u messages in folder %u, which is not there",
				c->total, c->folder);
	}
}

static bool
verify_run(struct store *s, void *arg, struct error *err)
{
	struct verify *verify = arg;
	upkeep_heal(s);
	// Nothing writes while this thread reads.
	if (!view_open(&verify->v, s))
		return error_set(err, ERROR_STORE, "there is no cache to verify");
	struct cache *c = verify->v.cache;
	verify_rows(verify);
	verify_threads(verify);
	verify_places(verify);
	verify_entries(verify, c->dates, true, verify->shown, "order by date");
	verify_entries(verify, c->talks, true, verify->shown, "order by thread");
	verify_entries(verify, c->laid, false, verify->laid, "pending");
	verify_bodies(verify);
	verify_folders(verify);
	flusher_rest(s);
	const char *damaged = cache_damaged(c);
	if (damaged != NULL)
		verify_say(verify, "%s is damaged on the disk", damaged);
	if (!view_close(&verify->v))
		return error_set(err, ERROR_STORE, "the cache cannot be read");
	return !verify->bad || error_set(err, ERROR_STORE, "the cache has mistakes");
}

bool
store_verify(struct store *s, void (*found)(void *arg, const char *line), void *arg,
	struct error *err)
{
	struct verify verify = {
		.s = s, .found = found, .arg = arg, .counts = ARRAY_OF(struct verify_count),
	};
	bool ok = writer_call(s, JOB_UPKEEP, verify_run, &verify, err);

	array_done(&verify.counts);
	return ok;
}
