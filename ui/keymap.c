// SPDX-License-Identifier: GPL-3.0-or-later
// Gathers keys into sequences and counts.
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "ui/keymap.h"

void
keymap_reset(struct keymap *k)
{
	memset(k, 0, sizeof *k);
}

// A digit is a count only where no binding begins with it.
static bool
keymap_digit(struct keymap *k, const struct bindings *b, const char *context,
	uint32_t key)
{
	const struct binding *ignored;
	struct key_sequence one = { .keys = { key }, .len = 1 };

	if (k->typed.len > 0 || key < '0' || key > '9' || (key == '0' && k->count == 0))
		return false;
	if (k->count == 0 && bindings_match(b, context, &one, &ignored) != BINDING_NONE)
		return false;
	k->count = k->count * 10 + (key - '0');
	if (k->count > KEYMAP_COUNT_MAX)
		k->count = KEYMAP_COUNT_MAX;
	return true;
}

enum binding_match
keymap_key(struct keymap *k, const struct bindings *b, const char *context,
	uint32_t key, const struct binding **binding_r, uint32_t *count_r,
	struct buf *unknown_r)
{
	enum binding_match match;

	*binding_r = NULL;
	if (keymap_digit(k, b, context, key))
		return BINDING_PREFIX;
	if (k->typed.len == BINDING_KEYS_MAX)
		keymap_reset(k);
	k->typed.keys[k->typed.len++] = key;
	match = bindings_match(b, context, &k->typed, binding_r);
	if (match == BINDING_PREFIX)
		return match;
	*count_r = k->count > 0 ? k->count : 1;
	if (match == BINDING_NONE && unknown_r)
		key_sequence_print(unknown_r, &k->typed);
	keymap_reset(k);
	return match;
}

size_t
keymap_following(const struct keymap *k, const struct bindings *b,
	const char *context, const struct binding ***bindings_r)
{
	size_t n = bindings_in(b, context, bindings_r), kept = 0;

	for (size_t i = 0; i < n; i++) {
		const struct binding *one = (*bindings_r)[i];

		if (one->keys.len > k->typed.len && !memcmp(one->keys.keys,
		    k->typed.keys, k->typed.len * sizeof k->typed.keys[0]))
			(*bindings_r)[kept++] = one;
	}
	return kept;
}
