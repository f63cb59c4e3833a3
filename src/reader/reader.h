// SPDX-License-Identifier: GPL-3.0-or-later
// Reading a message in a helper process: a request goes down a pipe, a document
// comes back. A crash or a bomb there costs that one message its looks.
#ifndef READER_READER_H
#define READER_READER_H

#include <stdbool.h>

struct cancel;
struct document;
struct error;
struct read_input;

#define READER_DEADLINE_MS 10000
#define READER_REPLY_MAX (64 * 1024 * 1024)

// One helper, used by one worker thread. It is started at the first request and
// again after it died or was killed.
struct reader_helper;

// argv of the helper: {"/proc/self/exe", "--reader", NULL} in the program.
// Copied.
struct reader_helper *reader_helper_new(const char *const argv[]);
void reader_helper_free(struct reader_helper **h);
// *document_r is the caller's. A helper that crashes, answers nonsense or passes
// the deadline gives a document with the note "shown raw: ..." and the raw
// text, bounded, true all the same. False: CANCELLED, or ERROR_STORE when no
// helper can be started.
bool reader_helper_read(struct reader_helper *h, const struct read_input *in,
	int deadline_ms, const struct cancel *cancel, struct document **document_r,
	struct error *err);

// The other side: serves requests from in_fd to out_fd until the end of input.
// Returns the process's exit status. Sets its own limits (memory, CPU, core 0).
int reader_serve(int in_fd, int out_fd);

#endif
