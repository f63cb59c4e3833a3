// SPDX-License-Identifier: GPL-3.0-or-later
// What a fuzz entry point is: called by libFuzzer, or by replay.c over the files
// of a corpus. It aborts where a law of ours is broken.
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
