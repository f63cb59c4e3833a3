// SPDX-License-Identifier: GPL-3.0-or-later
// The server that falls silent, and the clock of who waits for it.
#include "config.h"

#include "tests/unit/test.h"

#include <poll.h>
#include <stdatomic.h>
#include <string.h>

#include "base/when.h"
#include "silence.h"

#define TURNS_MAX 100000         // real milliseconds: then something is wrong

// --- the client's clock -----------------------------------------------------------------

static atomic_bool silent;           // nothing will come any more
static _Atomic int64_t waited_ms;    // in vain, since then

int __real_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
int64_t __wrap_when_boot_ms(void);

int64_t
__wrap_when_boot_ms(void)
{
	return waited_ms; // no work takes time
}

int
__wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	for (int turn = 0;; turn++) {
		bool over = silent || turn == TURNS_MAX;
		int ready = __real_poll(fds, n, over ? 0 : 1);
		if (ready != 0 || timeout_ms == 0)
			return ready;
		if (over && timeout_ms < 0)
			fail_msg("it would wait for ever");
		if (over) {
			waited_ms += timeout_ms;
			return 0;
		}
	}
}

// --- the server ---------------------------------------------------------------------------

static void
play(struct script *s, void *arg)
{
	const struct silence *silence = arg;
	size_t left = silence->after;

	for (size_t i = 0; i < silence->n; i++) {
		const char *line = silence->lines[i] + 3;
		if (silence->lines[i][0] != 'S') {
			if (!script_expect(s, line))
				return;
			continue;
		}
		size_t len = strlen(line), some = len < left ? len : left;
		if (some > 0 && !script_send(s, line, some))
			return;
		left -= some;
		if (some == len)
			continue;
		// What is cut off ends here, and the client hears that.
		if (!silence->cut) {
			silent = true;
			script_wait(s);
		}
		return;
	}
}

struct script *
silence_start(const struct silence *s)
{
	silent = false;
	waited_ms = 0;
	return script_start_play(NULL, play, (void *)(uintptr_t)s);
}

size_t
silence_length(const struct silence *s)
{
	size_t len = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->lines[i][0] == 'S')
			len += strlen(s->lines[i] + 3);
	return len;
}

int64_t
silence_waited_ms(void)
{
	return waited_ms;
}

void
silence_check(size_t at)
{
	if (waited_ms < SILENCE_TIMEOUT_MS ||
	    waited_ms > SILENCE_TIMEOUT_MS + SILENCE_GRACE_MS)
		fail_msg("%zu: waited %lld ms", at, (long long)waited_ms);
}
