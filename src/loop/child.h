// SPDX-License-Identifier: GPL-3.0-or-later
// Other programs: started from an argument vector, never through a shell.
#ifndef LOOP_CHILD_H
#define LOOP_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct buf;
struct cancel;
struct error;

struct child {
	pid_t pid;
	int in;   // we write, the child's standard input; -1 if not asked for
	int out;  // we read, the child's standard output; -1 if not asked for
	int grace_ms; // how long child_wait lets it go on after a cancel; 0 at first
};

enum child_flags {
	CHILD_IN = 1,      // a pipe to its standard input (else /dev/null)
	CHILD_OUT = 2,     // a pipe from its standard output (else /dev/null)
	CHILD_TTY = 4,     // keeps our standard input, output, error: an editor
	CHILD_OWN_GROUP = 8,
};

// argv[0] is looked up in PATH. extra_env: "NAME=value" strings, NULL at the
// end, may be NULL. Signals and masks are as a fresh program expects. Only
// descriptors 0 to 2 stay open. ERROR_INPUT "cannot run ...".
bool child_start(struct child *c, const char *const argv[],
	const char *const extra_env[], unsigned flags, struct error *err);
// write() to the child's standard input that raises no SIGPIPE, whatever the
// program has made of that signal: a child that is gone is errno EPIPE.
ssize_t child_write(struct child *c, const void *data, size_t len);
void child_close_in(struct child *c);
void child_close(struct child *c);   // both ends; does not wait
// Waits with a deadline; on time-out, or grace_ms after a cancel, the child is
// killed and reaped. status_r as from waitpid. Never on the UI thread.
bool child_wait(struct child *c, int timeout_ms, const struct cancel *cancel,
	int *status_r, struct error *err);
// How the program `name` ended, from waitpid's status. False: ERROR_REFUSED with
// its exit status or signal.
bool child_succeeded(const char *name, int status, struct error *err);
// Runs to its end: `in` (may be NULL) is its input, at most max_out bytes of
// output kept in `out`; a non-zero exit is ERROR_REFUSED. Never on the UI thread.
bool child_run(const char *const argv[], const void *in, size_t in_len,
	struct buf *out, size_t max_out, int timeout_ms,
	const struct cancel *cancel, struct error *err);

#endif
