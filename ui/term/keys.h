// SPDX-License-Identifier: GPL-3.0-or-later
// What is typed, as the key codes of command/binding.h.
#ifndef UI_TERM_KEYS_H
#define UI_TERM_KEYS_H

#include <stdbool.h>
#include <stdint.h>

struct screen;

// The next key without waiting; false when there is none. Pasted text
// (bracketed paste) comes as KEY_PASTE with the whole text, filtered; free().
#define KEY_PASTE 0x3fffff
bool keys_next(struct screen *s, uint32_t *key_r, char **paste_r);
int keys_fd(const struct screen *s);

#endif
