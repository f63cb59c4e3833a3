// SPDX-License-Identifier: GPL-3.0-or-later
// Opens and closes one generation of the cache, and judges whether it is one of
// ours.
#include "config.h"

#include "store/cache.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "store/disk.h"
#include "store/places.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define CACHE_VERSION 3
#define CACHE_LOG (2 * 1024 * 1024) // the last one is read through at the start
#define CACHE_LOG_BUFFER (256 * 1024)
#define CACHE_OLD_MAX 1000

static const struct {
	size_t at;          // of its DB * in struct cache
	const char *file;
	enum tree_kind kind;
	uint32_t page;
} trees[] = {
	{ offsetof(struct cache, messages), "messages.db", TREE_PLAIN, DISK_PAGE },
	{ offsetof(struct cache, places), "places.db", TREE_PLAIN, DISK_PAGE },
	{ offsetof(struct cache, dates), "dates.db", TREE_COUNTED, DISK_PAGE },
	{ offsetof(struct cache, talks), "talks.db", TREE_COUNTED, DISK_PAGE },
	{ offsetof(struct cache, members), "members.db", TREE_PLAIN, DISK_PAGE },
	{ offsetof(struct cache, links), "links.db", TREE_PLAIN, DISK_PAGE },
	{ offsetof(struct cache, laid), "laid.db", TREE_PLAIN, DISK_PAGE },
	{ offsetof(struct cache, folders), "folders.db", TREE_PLAIN, DISK_PAGE },
	{ offsetof(struct cache, bodies), "bodies.db", TREE_PLAIN, DISK_BODY_PAGE },
};
#define N_TREES (sizeof(trees) / sizeof(trees[0]))

static DB **
cache_tree(struct cache *c, size_t i)
{
	return (DB **)((char *)c + trees[i].at);
}

void
cache_meta_put(struct cache *c, struct txn *t)
{
	struct key k = { .len = 0 };
	struct buf b = { 0 };

	key_u32(&k, 0);
	buf_u32(&b, CACHE_VERSION);
	buf_u64(&b, c->generation);
	buf_u64(&b, c->meta.next_id);
	buf_u64(&b, c->meta.linked);
	buf_u64(&b, c->meta.laid);
	buf_u64(&b, c->meta.bodies);
	txn_put(t, c->folders, k.at, k.len, b.data, b.len);
	buf_done(&b);
}

// The counters; of a new cache they are made.
static int
cache_meta_read(struct cache *c, bool *foreign_r)
{
	struct txn t = txn_reading(c->env);
	struct key k = { .len = 0 };
	struct buf b = { 0 };

	key_u32(&k, 0);
	if (txn_get(&t, c->folders, k.at, k.len, &b)) {
		struct reader in = reader_of(b.data, b.len);
		uint32_t version = read_u32(&in);
		uint64_t generation = read_u64(&in);
		c->meta.next_id = read_u64(&in);
		c->meta.linked = read_u64(&in);
		c->meta.laid = read_u64(&in);
		c->meta.bodies = read_u64(&in);
		*foreign_r = in.bad || version != CACHE_VERSION ||
			generation != c->generation;
	} else if (t.failed == 0) {
		c->meta.next_id = (c->generation << CACHE_ID_BITS) + 1;
		c->meta.linked = c->meta.next_id - 1;
		txn_begin(&t, c->env);
		cache_meta_put(c, &t);
		txn_commit(&t);
	}
	buf_done(&b);
	return t.failed;
}

bool
cache_open(struct cache **out, const char *folder, uint64_t generation,
	size_t cache_bytes, bool *damaged_r, struct error *err)
{
	struct cache *c = *out = mem_new(struct cache);
	const struct env_settings settings = {
		.folder = folder, .cache_bytes = cache_bytes, .log_bytes = CACHE_LOG,
		.log_buffer = CACHE_LOG_BUFFER, .sync = false,
	};
	bool foreign = false;

	c->placed = (struct array)ARRAY_OF(struct place_block);
	c->generation = generation;
	bool ok = env_open(&c->env, &settings, err);
	int r = c->env->code;
	for (size_t i = 0; r == 0 && i < N_TREES; i++)
		r = tree_open(c->env, cache_tree(c, i), trees[i].file, trees[i].kind,
			trees[i].page);
	if (r == 0)
		r = cache_meta_read(c, &foreign);
	if (ok && r != 0)
		ok = env_error(c->env, r, err, "cannot open");
	else if (foreign)
		ok = error_set(err, ERROR_STORE, "%s is of another version", folder);
	*damaged_r = foreign || c->env->strange || env_is_damage(r);
	if (!ok)
		cache_close(out, false);
	return ok;
}

const char *
cache_damaged(struct cache *c)
{
	if (env_checkpoint(c->env, 0) != 0)
		return NULL; // of a full disk nothing is said here
	for (size_t i = 0; i < N_TREES; i++)
		if (!tree_sound(c->env, trees[i].file, trees[i].page))
			return trees[i].file;
	return NULL;
}

void
cache_close(struct cache **out, bool checkpoint)
{
	struct cache *c = *out;

	if (c == NULL)
		return;
	if (c->env != NULL && !checkpoint)
		env_let_go(c->env);
	for (size_t i = 0; i < N_TREES; i++)
		tree_close(cache_tree(c, i));
	env_close(&c->env, checkpoint && !c->broken);
	array_done(&c->placed);
	free(c);
	*out = NULL;
}

bool
cache_set_aside(const char *folder, struct error *err)
{
	char *old = NULL;

	for (int i = 1; i < CACHE_OLD_MAX; i++) {
		free(old);
		old = str_printf("%s.old-%d", folder, i);
		if (!path_exists(old))
			break;
	}
	bool moved = rename(folder, old) == 0;
	bool ok = moved || errno == ENOENT; // of a new home there is none
	if (!ok)
		error_errno(err, ERROR_STORE, "cannot move %s aside", folder);
	else if (moved)
		log_info("%s is set aside as %s", folder, old);
	free(old);
	return ok;
}
