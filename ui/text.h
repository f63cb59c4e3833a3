// SPDX-License-Identifier: GPL-3.0-or-later
// Small texts that several views show.
#ifndef UI_TEXT_H
#define UI_TEXT_H

#include <stddef.h>
#include <stdint.h>

// "812", "3.4k", "120k", "5.1M": at most 5 characters.
void text_size(char *out, size_t size, uint64_t bytes);

// Breaks a text between words: the bytes of its first line of so many cells, at
// least one character while there is any.
size_t text_break(const char *text, int cells);
// The words of a list, lent, with a NULL behind them, as a question wants its
// choices; free() the array.
struct strlist;
const char **text_choices(const struct strlist *words);

#endif
