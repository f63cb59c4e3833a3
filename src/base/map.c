// SPDX-License-Identifier: GPL-3.0-or-later
// The hash table. Keys come from mail and servers, so the hash is keyed by
// chance (SipHash-1-3): nobody outside can make all keys meet in one slot.
#include "config.h"

#include "base/map.h"

#include "base/mem.h"
#include "base/str.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define MAP_FIRST 16

struct map_slot {
	uint64_t hash; // 0: the slot is free
	uint64_t number;
	char *key;     // NULL for a number
	void *value;
};

struct map {
	struct map_slot *slots;
	size_t cap; // a power of two
	size_t len;
	uint64_t seed[2];
};

static uint64_t
rotate(uint64_t v, int by)
{
	return v << by | v >> (64 - by);
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static void
sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

static uint64_t
map_hash(const struct map *m, const void *data, size_t len)
{
	uint64_t v[4] = {
		m->seed[0] ^ 0x736f6d6570736575, m->seed[1] ^ 0x646f72616e646f6d,
		m->seed[0] ^ 0x6c7967656e657261, m->seed[1] ^ 0x7465646279746573,
	};
	const char *at = data;
	uint64_t word, last = (uint64_t)len << 56;

	for (size_t left = len; left >= 8; left -= 8, at += 8) {
		memcpy(&word, at, 8);
		sip_word(v, word);
	}
	word = 0;
	memcpy(&word, at, len % 8);
	sip_word(v, last | word);
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	uint64_t hash = v[0] ^ v[1] ^ v[2] ^ v[3];
	return hash == 0 ? 1 : hash;
}

struct map *
map_new(void)
{
	struct map *m = mem_new(struct map);

	if (getrandom(m->seed, sizeof(m->seed), 0) != sizeof(m->seed))
		abort();
	m->cap = MAP_FIRST;
	m->slots = mem_alloc(m->cap, sizeof(*m->slots));
	return m;
}

void
map_free(struct map **m, void (*free_value)(void *))
{
	if (*m == NULL)
		return;
	for (size_t i = 0; i < (*m)->cap; i++) {
		struct map_slot *slot = &(*m)->slots[i];
		if (slot->hash == 0)
			continue;
		free(slot->key);
		if (free_value != NULL)
			free_value(slot->value);
	}
	free((*m)->slots);
	free(*m);
	*m = NULL;
}

static struct map_slot
slot_of(const struct map *m, const char *key, uint64_t number)
{
	struct map_slot slot = { .number = number };

	slot.hash = key == NULL ? map_hash(m, &number, sizeof(number))
	                        : map_hash(m, key, strlen(key));
	return slot;
}

// The slot that holds the key, or the free one where it would go. `want` lends
// its key by the argument of its own.
static size_t
map_find(const struct map *m, const struct map_slot *want, const char *key)
{
	size_t at = want->hash & (m->cap - 1);

	for (;; at = (at + 1) & (m->cap - 1)) {
		const struct map_slot *slot = &m->slots[at];
		if (slot->hash == 0)
			return at;
		if (slot->hash == want->hash && slot->number == want->number &&
		    str_equal(slot->key, key))
			return at;
	}
}

static void
map_double(struct map *m)
{
	struct map_slot *old = m->slots;
	size_t cap = m->cap;

	m->cap = cap * 2;
	m->slots = mem_alloc(m->cap, sizeof(*m->slots));
	for (size_t i = 0; i < cap; i++) {
		if (old[i].hash == 0)
			continue;
		size_t at = old[i].hash & (m->cap - 1);
		while (m->slots[at].hash != 0)
			at = (at + 1) & (m->cap - 1);
		m->slots[at] = old[i];
	}
	free(old);
}

static void *
map_lookup(const struct map *m, const char *key, uint64_t number)
{
	struct map_slot want = slot_of(m, key, number);

	return m->slots[map_find(m, &want, key)].value;
}

static void *
map_store(struct map *m, const char *key, uint64_t number, void *value)
{
	struct map_slot want = slot_of(m, key, number);

	if (m->len * 4 >= m->cap * 3)
		map_double(m);
	struct map_slot *slot = &m->slots[map_find(m, &want, key)];
	void *before = slot->value;
	if (slot->hash == 0) {
		*slot = want;
		slot->key = str_dup(key);
		m->len++;
	}
	slot->value = value;
	return before;
}

// Moves later ones of the run up, so that no search stops at the gap.
static void
map_close_gap(struct map *m, size_t gap)
{
	size_t mask = m->cap - 1;

	for (size_t at = (gap + 1) & mask; m->slots[at].hash != 0;
	     at = (at + 1) & mask) {
		size_t home = m->slots[at].hash & mask;
		if (((at - home) & mask) < ((at - gap) & mask))
			continue;
		m->slots[gap] = m->slots[at];
		gap = at;
	}
	m->slots[gap] = (struct map_slot){0};
}

static void *
map_delete(struct map *m, const char *key, uint64_t number)
{
	struct map_slot want = slot_of(m, key, number);
	size_t at = map_find(m, &want, key);

	if (m->slots[at].hash == 0)
		return NULL;
	void *value = m->slots[at].value;
	free(m->slots[at].key);
	map_close_gap(m, at);
	m->len--;
	return value;
}

void *
map_get(const struct map *m, const char *key)
{
	assert(key != NULL);
	return map_lookup(m, key, 0);
}

void *
map_put(struct map *m, const char *key, void *value)
{
	assert(key != NULL);
	return map_store(m, key, 0, value);
}

void *
map_remove(struct map *m, const char *key)
{
	assert(key != NULL);
	return map_delete(m, key, 0);
}

void *
map_get_u64(const struct map *m, uint64_t key)
{
	return map_lookup(m, NULL, key);
}

void *
map_put_u64(struct map *m, uint64_t key, void *value)
{
	return map_store(m, NULL, key, value);
}

void *
map_remove_u64(struct map *m, uint64_t key)
{
	return map_delete(m, NULL, key);
}

size_t
map_len(const struct map *m)
{
	return m->len;
}

bool
map_next(const struct map *m, size_t *at, const char **key_r, void **value_r)
{
	while (*at < m->cap) {
		const struct map_slot *slot = &m->slots[(*at)++];
		if (slot->hash == 0)
			continue;
		if (key_r != NULL)
			*key_r = slot->key;
		if (value_r != NULL)
			*value_r = slot->value;
		return true;
	}
	return false;
}
