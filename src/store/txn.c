// SPDX-License-Identifier: GPL-3.0-or-later
// Transactions and cursors whose first failure makes all that follows do
// nothing, so that only a commit has to be checked.
#include "config.h"

#include "store/env.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TXN_VALUE_FIRST 512 // most values fit at once

struct txn
txn_reading(struct env *e)
{
	return (struct txn){ .env = e };
}

void
txn_begin(struct txn *t, struct env *e)
{
	*t = (struct txn){ .env = e };
	t->failed = e->handle->txn_begin(e->handle, NULL, &t->handle, 0);
}

bool
txn_commit(struct txn *t)
{
	if (t->failed != 0) {
		txn_abort(t);
		return false;
	}
	t->failed = t->handle->commit(t->handle, 0);
	t->handle = NULL;
	return t->failed == 0;
}

void
txn_abort(struct txn *t)
{
	if (t->handle == NULL)
		return;
	// After damage even this would be refused, and its memory kept.
	if (env_is_damage(t->failed))
		env_let_go(t->env);
	int r = t->handle->abort(t->handle);
	// A transaction that cannot be taken back leaves pages that lie.
	if (r != 0)
		t->failed = DB_RUNRECOVERY;
	t->handle = NULL;
}

static void
txn_value_dbt(DBT *dbt, struct buf *b)
{
	if (b->cap < TXN_VALUE_FIRST) {
		buf_clear(b);
		buf_reserve(b, TXN_VALUE_FIRST);
	}
	*dbt = (DBT){
		.data = b->data, .ulen = (uint32_t)b->cap - 1, .flags = DB_DBT_USERMEM,
	};
}

static void
txn_value_grow(DBT *dbt, struct buf *b)
{
	buf_clear(b);
	buf_reserve(b, dbt->size);
	dbt->data = b->data;
	dbt->ulen = (uint32_t)b->cap - 1;
}

static void
txn_value_done(const DBT *dbt, struct buf *b)
{
	b->len = dbt->size;
	b->data[b->len] = '\0';
}

bool
txn_get(struct txn *t, DB *tree, const void *key, size_t len, struct buf *out)
{
	DBT k = { .data = (void *)key, .size = (uint32_t)len }, v;
	int r;

	if (t->failed != 0)
		return false;
	txn_value_dbt(&v, out);
	while ((r = tree->get(tree, t->handle, &k, &v, 0)) == DB_BUFFER_SMALL)
		txn_value_grow(&v, out);
	if (r == 0)
		txn_value_done(&v, out);
	else if (r != DB_NOTFOUND)
		t->failed = r;
	return r == 0;
}

void
txn_put(struct txn *t, DB *tree, const void *key, size_t len, const void *data,
	size_t data_len)
{
	DBT k = { .data = (void *)key, .size = (uint32_t)len };
	DBT v = { .data = (void *)data, .size = (uint32_t)data_len };

	assert(t->handle != NULL || t->failed != 0);
	if (t->failed == 0)
		t->failed = tree->put(tree, t->handle, &k, &v, 0);
}

bool
txn_del(struct txn *t, DB *tree, const void *key, size_t len)
{
	DBT k = { .data = (void *)key, .size = (uint32_t)len };

	if (t->failed != 0)
		return false;
	int r = tree->del(tree, t->handle, &k, 0);
	if (r != 0 && r != DB_NOTFOUND)
		t->failed = r;
	return r == 0;
}

static void
key_add(struct key *k, uint64_t v, size_t bytes)
{
	assert(k->len + bytes <= KEY_MAX);
	for (size_t i = bytes; i-- > 0; v >>= 8)
		k->at[k->len + i] = (unsigned char)v;
	k->len += bytes;
}

void
key_u8(struct key *k, uint8_t v)
{
	key_add(k, v, 1);
}

void
key_u32(struct key *k, uint32_t v)
{
	key_add(k, v, 4);
}

void
key_u64(struct key *k, uint64_t v)
{
	key_add(k, v, 8);
}

uint32_t
key_get_u32(const void *key, size_t at)
{
	const unsigned char *p = (const unsigned char *)key + at;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint64_t
key_get_u64(const void *key, size_t at)
{
	return (uint64_t)key_get_u32(key, at) << 32 | key_get_u32(key, at + 4);
}

void
cursor_open(struct cursor *c, struct txn *t, DB *tree)
{
	*c = (struct cursor){ .txn = t };
	if (t->failed == 0)
		t->failed = tree->cursor(tree, t->handle, &c->handle, 0);
}

void
cursor_close(struct cursor *c)
{
	if (c->handle != NULL)
		c->handle->close(c->handle);
	buf_done(&c->key);
	buf_done(&c->data);
	c->handle = NULL;
}

// The key lies in c->key where the flag takes one.
static bool
cursor_get(struct cursor *c, uint32_t flag)
{
	DBT k, v;
	size_t key_len = c->key.len;
	char few[KEY_MAX];
	bool given = flag == DB_SET_RANGE || flag == DB_SET_RECNO;
	char *kept = NULL; // the key is overwritten even where its room is too small
	int r;

	if (c->txn->failed != 0)
		return false;
	txn_value_dbt(&k, &c->key);
	txn_value_dbt(&v, &c->data);
	if (given) {
		k.size = (uint32_t)key_len;
		kept = key_len > sizeof(few) ? mem_copy(c->key.data, key_len) :
			memcpy(few, c->key.data, key_len);
	}
	while ((r = c->handle->get(c->handle, &k, &v, flag)) == DB_BUFFER_SMALL) {
		if (k.size > k.ulen)
			txn_value_grow(&k, &c->key);
		if (v.size > v.ulen)
			txn_value_grow(&v, &c->data);
		if (given) {
			memcpy(c->key.data, kept, key_len);
			k.size = (uint32_t)key_len;
		}
	}
	if (kept != few)
		free(kept);
	if (r == 0) {
		txn_value_done(&k, &c->key);
		txn_value_done(&v, &c->data);
	} else if (r != DB_NOTFOUND) {
		c->txn->failed = r;
	}
	return r == 0;
}

bool
cursor_seek(struct cursor *c, const void *key, size_t len)
{
	buf_clear(&c->key);
	buf_reserve(&c->key, TXN_VALUE_FIRST);
	buf_add(&c->key, key, len);
	return cursor_get(c, DB_SET_RANGE);
}

bool
cursor_first(struct cursor *c)
{
	return cursor_get(c, DB_FIRST);
}

bool
cursor_last(struct cursor *c)
{
	return cursor_get(c, DB_LAST);
}

bool
cursor_next(struct cursor *c)
{
	return cursor_get(c, DB_NEXT);
}

bool
cursor_seek_row(struct cursor *c, uint32_t row)
{
	db_recno_t number = row + 1;

	buf_clear(&c->key);
	buf_reserve(&c->key, TXN_VALUE_FIRST);
	buf_add(&c->key, &number, sizeof(number));
	return cursor_get(c, DB_SET_RECNO);
}

uint32_t
cursor_row(struct cursor *c)
{
	db_recno_t number = 0;
	DBT k = { 0 };
	DBT v = { .data = &number, .ulen = sizeof(number), .flags = DB_DBT_USERMEM };

	if (c->txn->failed != 0)
		return 0;
	int r = c->handle->get(c->handle, &k, &v, DB_GET_RECNO);
	if (r != 0) {
		c->txn->failed = r;
		return 0;
	}
	return number - 1;
}

bool
cursor_in(const struct cursor *c, const void *prefix, size_t len)
{
	return c->txn->failed == 0 && c->key.len >= len &&
		memcmp(c->key.data, prefix, len) == 0;
}

void
cursor_del(struct cursor *c)
{
	if (c->txn->failed == 0)
		c->txn->failed = c->handle->del(c->handle, 0);
}
