// SPDX-License-Identifier: GPL-3.0-or-later
// What has been typed so far against the bindings: a whole binding, the
// beginning of some, or nothing. A count may come before.
#ifndef UI_KEYMAP_H
#define UI_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "command/binding.h"

#define KEYMAP_COUNT_MAX 1000000

struct keymap {
	struct key_sequence typed;
	uint32_t count;          // typed before it; 0 none
};

// Takes one key in a context. FOUND: *binding_r is to be run (*count_r times or
// with it; 1 when none was typed), and the keymap is empty again. PREFIX: more may follow.
// NONE: no binding begins so; empty again, *unknown_r (may be NULL) says the keys.
struct buf;
enum binding_match keymap_key(struct keymap *k, const struct bindings *b,
	const char *context, uint32_t key, const struct binding **binding_r,
	uint32_t *count_r, struct buf *unknown_r);
void keymap_reset(struct keymap *k);
// What may follow the typed prefix: "g f folders", one line each; for the hint line.
size_t keymap_following(const struct keymap *k, const struct bindings *b,
	const char *context, const struct binding ***bindings_r);

#endif
