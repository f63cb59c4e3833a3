// SPDX-License-Identifier: GPL-3.0-or-later
// The terminal of a program without a screen: where answers are printed and a
// question may be asked.
#ifndef BATCH_TERMINAL_H
#define BATCH_TERMINAL_H

#include <stddef.h>
#include <stdio.h>
#include "command/frontend.h"

// Bytes from outside: as they are, but filtered where out is a terminal.
void terminal_print(FILE *out, const char *data, size_t len);
// Asks on the terminal and waits; free(). NULL: there is none, or no answer.
char *terminal_ask(enum question_kind kind, const char *text);

#endif
