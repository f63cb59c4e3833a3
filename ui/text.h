// SPDX-License-Identifier: GPL-3.0-or-later
// Small texts that several views show.
#ifndef UI_TEXT_H
#define UI_TEXT_H

#include <stddef.h>
#include <stdint.h>

// "812", "3.4k", "120k", "5.1M": at most 5 characters.
void text_size(char *out, size_t size, uint64_t bytes);

#endif
