// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps what cannot be fetched again: a commit that returned is on the disk.
#include "config.h"

#include "store/journal.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/disk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define JOURNAL_VERSION 1
#define JOURNAL_CACHE (512 * 1024)
#define JOURNAL_LOG (256 * 1024)
#define JOURNAL_LOG_BUFFER (64 * 1024)
#define JOURNAL_CHECKPOINT_KB 1024
#define JOURNAL_KEY_MAX (16 * 1024)

static void
journal_key(struct buf *b, enum journal_table table, const void *key, size_t len)
{
	buf_u8(b, (uint8_t)table);
	buf_add(b, key, len < JOURNAL_KEY_MAX ? len : JOURNAL_KEY_MAX);
}

static void
journal_meta_pack(struct buf *b, const struct journal_meta *m)
{
	buf_u32(b, JOURNAL_VERSION);
	buf_u32(b, m->accounts);
	buf_u32(b, m->folders);
	buf_u64(b, m->seq);
	buf_u64(b, m->step);
	buf_u64(b, m->sends);
	buf_u64(b, m->generation);
	buf_u64(b, m->changes);
}

static bool
journal_meta_read(struct journal *j, struct error *err)
{
	struct txn t = txn_reading(j->env);
	const char key = JOURNAL_META;
	struct buf b = { 0 };
	bool ok = true;

	if (txn_get(&t, j->tree, &key, 1, &b)) {
		struct reader in = reader_of(b.data, b.len);
		uint32_t version = read_u32(&in);
		j->meta = (struct journal_meta){
			.accounts = read_u32(&in), .folders = read_u32(&in),
		};
		j->meta.seq = read_u64(&in);
		j->meta.step = read_u64(&in);
		j->meta.sends = read_u64(&in);
		j->meta.generation = read_u64(&in);
		j->meta.changes = read_u64(&in);
		if (version > JOURNAL_VERSION || in.bad)
			ok = error_set(err, ERROR_STORE, "%s was written by a newer Postern: "
				"use that one", j->env->folder);
	} else if (t.failed != 0) {
		// Not to be taken for a journal that has nothing yet.
		j->env->code = t.failed;
		ok = env_error(j->env, t.failed, err, "cannot read");
	}
	buf_done(&b);
	return ok;
}

bool
journal_open(struct journal **out, const char *folder, struct error *err)
{
	struct journal *j = *out = mem_new(struct journal);
	const struct env_settings settings = {
		.folder = folder, .cache_bytes = JOURNAL_CACHE,
		.log_bytes = JOURNAL_LOG, .log_buffer = JOURNAL_LOG_BUFFER, .sync = true,
	};

	if (!env_open(&j->env, &settings, err))
		goto failed;
	int r = tree_open(j->env, &j->tree, "journal.db", TREE_PLAIN, DISK_PAGE);
	if (r != 0) {
		j->env->code = r;
		env_error(j->env, r, err, "cannot open");
		goto failed;
	}
	if (!journal_meta_read(j, err))
		goto failed;
	return true;
failed:
	if (j->env != NULL && env_is_damage(j->env->code))
		error_prefix(err, "the journal is damaged: restore %s from a backup, "
			"or move it away to begin anew", folder);
	journal_close(out);
	return false;
}

void
journal_close(struct journal **out)
{
	struct journal *j = *out;

	if (j == NULL)
		return;
	bool opened = j->tree != NULL;
	tree_close(&j->tree);
	env_close(&j->env, opened);
	free(j);
	*out = NULL;
}

void
journal_begin(struct journal_txn *t, struct journal *j)
{
	t->journal = j;
	t->before = j->meta;
	t->put_off = disk_put_off(false);
	txn_begin(&t->txn, j->env);
}

void
journal_abort(struct journal_txn *t)
{
	txn_abort(&t->txn);
	t->journal->meta = t->before;
	disk_put_off(t->put_off);
}

static bool
journal_end(struct journal_txn *t, struct error *err)
{
	struct journal *j = t->journal;
	struct buf b = { 0 };

	journal_meta_pack(&b, &j->meta);
	journal_put(t, JOURNAL_META, "", 0, &b);
	buf_done(&b);
	if (!txn_commit(&t->txn)) {
		j->meta = t->before;
		log_error("journal: %s", db_strerror(t->txn.failed));
		return env_error(j->env, t->txn.failed, err, "cannot write");
	}
	int r = env_checkpoint(j->env, JOURNAL_CHECKPOINT_KB);
	if (r != 0)
		log_error("journal: checkpoint: %s", db_strerror(r));
	return true;
}

bool
journal_commit(struct journal_txn *t, struct error *err)
{
	bool ok = journal_end(t, err);

	disk_put_off(t->put_off);
	return ok;
}

void
journal_put(struct journal_txn *t, enum journal_table table, const void *key,
	size_t len, const struct buf *value)
{
	struct buf k = { 0 };

	journal_key(&k, table, key, len);
	txn_put(&t->txn, t->journal->tree, k.data, k.len, value->data, value->len);
	buf_done(&k);
}

void
journal_put_u64(struct journal_txn *t, enum journal_table table, uint64_t key,
	const struct buf *value)
{
	struct key k = { .len = 0 };

	key_u64(&k, key);
	journal_put(t, table, k.at, k.len, value);
}

void
journal_del(struct journal_txn *t, enum journal_table table, const void *key,
	size_t len)
{
	struct buf k = { 0 };

	journal_key(&k, table, key, len);
	txn_del(&t->txn, t->journal->tree, k.data, k.len);
	buf_done(&k);
}

void
journal_del_u64(struct journal_txn *t, enum journal_table table, uint64_t key)
{
	struct key k = { .len = 0 };

	key_u64(&k, key);
	journal_del(t, table, k.at, k.len);
}

bool
journal_get(struct journal *j, enum journal_table table, const void *key,
	size_t len, struct buf *out)
{
	struct txn t = txn_reading(j->env);
	struct buf k = { 0 };

	journal_key(&k, table, key, len);
	bool found = txn_get(&t, j->tree, k.data, k.len, out);
	if (t.failed != 0)
		log_error("journal: %s", db_strerror(t.failed));
	buf_done(&k);
	return found;
}

bool
journal_get_u64(struct journal *j, enum journal_table table, uint64_t key,
	struct buf *out)
{
	struct key k = { .len = 0 };

	key_u64(&k, key);
	return journal_get(j, table, k.at, k.len, out);
}

bool
journal_each(struct journal *j, enum journal_table table, const void *prefix,
	size_t prefix_len, bool (*each)(void *arg, const void *key, size_t key_len,
	struct reader *value), void *arg, struct error *err)
{
	struct txn t = txn_reading(j->env);
	struct buf k = { 0 };
	struct cursor c;
	bool ok = true;

	journal_key(&k, table, prefix, prefix_len);
	cursor_open(&c, &t, j->tree);
	for (bool more = cursor_seek(&c, k.data, k.len);
		ok && more && cursor_in(&c, k.data, k.len); more = cursor_next(&c)) {
		struct reader value = reader_of(c.data.data, c.data.len);
		if (!each(arg, c.key.data + 1, c.key.len - 1, &value))
			ok = error_set(err, ERROR_STORE, "%s holds a row that cannot be read: "
				"restore it from a backup", j->env->folder);
	}
	cursor_close(&c);
	buf_done(&k);
	if (t.failed != 0)
		ok = env_error(j->env, t.failed, err, "cannot read");
	return ok;
}
