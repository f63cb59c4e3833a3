// SPDX-License-Identifier: GPL-3.0-or-later
// A server that falls silent, or is gone, after any byte of a session, for a client
// whose clock is the test's: a wait that nothing can end any more takes no time here,
// but is counted in full. The program is linked with --wrap=poll and
// --wrap=when_boot_ms.
#ifndef TESTS_UNIT_SILENCE_H
#define TESTS_UNIT_SILENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "script.h"

#define SILENCE_TIMEOUT_MS 30000 // as where nothing else is set
#define SILENCE_GRACE_MS 1000    // the error comes within this after it

// S: and C: as in script.h, but S: as it is, with its line ends.
struct silence {
	const char *const *lines;
	size_t n;
	size_t after;        // bytes of the server
	bool cut;            // gone, else silent
};

// Counts from here on: nothing was waited for yet.
struct script *silence_start(const struct silence *s);
size_t silence_length(const struct silence *s);
int64_t silence_waited_ms(void);
// The wait was for one answer, and in time.
void silence_check(size_t at);

#endif
