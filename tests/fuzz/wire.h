// SPDX-License-Identifier: GPL-3.0-or-later
// A connection whose server said everything beforehand: the input of a fuzzer.
#ifndef TESTS_FUZZ_WIRE_H
#define TESTS_FUZZ_WIRE_H

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"

#define WIRE_MAX (64 * 1024)  // fits the buffers of a socket pair

struct wire {
	int client, server;
};

static inline struct wire
wire_open(const void *data, size_t size)
{
	int pair[2];

	if (size > WIRE_MAX)
		size = WIRE_MAX;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
		abort();
	if (size > 0 && write(pair[1], data, size) != (ssize_t)size)
		abort();
	shutdown(pair[1], SHUT_WR);
	return (struct wire){ pair[0], pair[1] };
}

// What the client sent; the client has closed its end.
static inline void
wire_done(struct wire *w, struct buf *sent)
{
	char data[4096];
	ssize_t n;

	while ((n = read(w->server, data, sizeof(data))) > 0)
		buf_add(sent, data, (size_t)n);
	close(w->server);
}

// Commands are whole lines in CR LF: no input makes us send a lone CR or LF.
static inline void
wire_check_lines(const struct buf *sent)
{
	for (size_t i = 0; i < sent->len; i++) {
		char c = sent->data[i];
		if (c == '\r' && i + 1 < sent->len && sent->data[i + 1] != '\n')
			abort();
		if (c == '\n' && (i == 0 || sent->data[i - 1] != '\r'))
			abort();
	}
}

#endif
