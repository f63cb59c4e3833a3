// SPDX-License-Identifier: GPL-3.0-or-later
// Starts other programs the way that a shell would not: nothing of ours is
// inherited but what is asked for, and no text is parsed on the way.
#include "config.h"

#include "loop/child.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "loop/cancel.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_READ_STEP (16 * 1024)

extern char **environ;

static void
fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

// Both ends above the standard ones, even when a parent gave us none of those:
// else a dup2 in the child could hit the other end.
static bool
pipe_above(int ends[2])
{
	int low[2];

	ends[0] = ends[1] = -1;
	if (pipe2(low, O_CLOEXEC) != 0)
		return false;
	for (int i = 0; i < 2; i++) {
		ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		close(low[i]);
	}
	if (ends[0] >= 0 && ends[1] >= 0)
		return true;
	fd_close(&ends[0]);
	fd_close(&ends[1]);
	return false;
}

static bool
env_has_name(const char *const extra[], const char *entry)
{
	size_t len = strcspn(entry, "=") + 1;

	for (size_t i = 0; extra[i] != NULL; i++)
		if (strncmp(extra[i], entry, len) == 0)
			return true;
	return false;
}

// Our environment with the extra entries in place of those of the same name.
// The strings are lent, the list is the caller's.
static char **
env_with(const char *const extra[])
{
	size_t count = 1, at = 0;

	for (size_t i = 0; environ[i] != NULL; i++)
		count++;
	for (size_t i = 0; extra[i] != NULL; i++)
		count++;
	char **list = mem_alloc(count, sizeof(*list));
	for (size_t i = 0; environ[i] != NULL; i++)
		if (!env_has_name(extra, environ[i]))
			list[at++] = environ[i];
	for (size_t i = 0; extra[i] != NULL; i++)
		list[at++] = (char *)(uintptr_t)extra[i];
	return list;
}

static void
actions_init(posix_spawn_file_actions_t *actions, int in, int out,
	unsigned flags)
{
	posix_spawn_file_actions_init(actions);
	if (in >= 0)
		posix_spawn_file_actions_adddup2(actions, in, STDIN_FILENO);
	else if (!(flags & CHILD_TTY))
		posix_spawn_file_actions_addopen(actions, STDIN_FILENO,
			"/dev/null", O_RDONLY, 0);
	if (out >= 0)
		posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO);
	else if (!(flags & CHILD_TTY))
		posix_spawn_file_actions_addopen(actions, STDOUT_FILENO,
			"/dev/null", O_WRONLY, 0);
	// What it complains of would land in the middle of the screen.
	if (!(flags & CHILD_TTY))
		posix_spawn_file_actions_addopen(actions, STDERR_FILENO,
			"/dev/null", O_WRONLY, 0);
	// Libraries open descriptors without CLOEXEC.
	posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
}

static void
attributes_init(posix_spawnattr_t *attr, unsigned flags)
{
	short set = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(attr);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &all);
	if (flags & CHILD_OWN_GROUP) {
		posix_spawnattr_setpgroup(attr, 0);
		set |= POSIX_SPAWN_SETPGROUP;
	}
	posix_spawnattr_setflags(attr, set);
}

bool
child_start(struct child *c, const char *const argv[],
	const char *const extra_env[], unsigned flags, struct error *err)
{
	// A group of its own may not read from the terminal.
	assert(!((flags & CHILD_TTY) && (flags & CHILD_OWN_GROUP)));
	int in[2] = { -1, -1 }, out[2] = { -1, -1 };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;

	*c = (struct child){ .pid = -1, .in = -1, .out = -1 };
	if (argv[0] == NULL || argv[0][0] == '\0')
		return error_set(err, ERROR_INPUT, "cannot run an empty command");
	if (((flags & CHILD_IN) && !pipe_above(in)) ||
	    ((flags & CHILD_OUT) && !pipe_above(out))) {
		error_errno(err, ERROR_INPUT, "cannot run %s", argv[0]);
		fd_close(&in[0]);
		fd_close(&in[1]);
		return false;
	}

	char **env = extra_env == NULL ? NULL : env_with(extra_env);
	actions_init(&actions, in[0], out[1], flags);
	attributes_init(&attr, flags);
	// execve takes its strings without const and leaves them alone.
	int failed = posix_spawnp(&c->pid, argv[0], &actions, &attr,
		(char **)(uintptr_t)argv, env == NULL ? environ : env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	free(env);
	fd_close(&in[0]);
	fd_close(&out[1]);
	c->in = in[1];
	c->out = out[0];
	if (failed == 0)
		return true;
	child_close(c);
	c->pid = -1;
	errno = failed;
	return error_errno(err, ERROR_INPUT, "cannot run %s", argv[0]);
}

void
child_close_in(struct child *c)
{
	fd_close(&c->in);
}

void
child_close(struct child *c)
{
	fd_close(&c->in);
	fd_close(&c->out);
}

static int
reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

// With all that it started, where it was given a group of its own.
static int
kill_and_reap(pid_t pid)
{
	kill(getpgid(pid) == pid ? -pid : pid, SIGKILL);
	return reap(pid);
}

// Milliseconds left for poll, -1 for no end.
static int
left_until(int64_t end)
{
	if (end == WHEN_NEVER)
		return -1;
	int64_t left = end - when_mono_ms();
	return left < 0 ? 0 : (int)left;
}

static int64_t
end_after(int timeout_ms)
{
	return timeout_ms < 0 ? WHEN_NEVER : when_mono_ms() + timeout_ms;
}

static int
pidfd_of(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	// Out of descriptors is treated as out of memory.
	if (fd < 0)
		abort();
	return fd;
}

// Polls until something is ready; false on time-out and cancel, with *err.
// The cancel must be the last of the list.
static bool
wait_ready(struct pollfd *fds, nfds_t count, int64_t end,
	const struct cancel *cancel, struct error *err)
{
	for (;;) {
		if (cancel_is_set(cancel))
			return error_set(err, ERROR_CANCELLED, "cancelled");
		int ready = poll(fds, count, left_until(end));
		if (ready > 0 && fds[count - 1].revents == 0)
			return true;
		if (ready == 0)
			return error_set(err, ERROR_REFUSED, "took too long");
	}
}

bool
child_wait(struct child *c, int timeout_ms, const struct cancel *cancel,
	int *status_r, struct error *err)
{
	assert(!thread_is_ui());
	int64_t end = end_after(timeout_ms);
	struct pollfd fds[] = {
		{ .fd = pidfd_of(c->pid), .events = POLLIN },
		{ .fd = cancel_fd(cancel), .events = POLLIN },
	};

	bool ok = wait_ready(fds, 2, end, cancel, err);
	if (!ok && c->grace_ms > 0 && cancel_is_set(cancel)) {
		fds[1] = (struct pollfd){ .fd = -1 };
		ok = wait_ready(fds, 2, end_after(c->grace_ms), NULL, err);
	}
	close(fds[0].fd);
	int status = ok ? reap(c->pid) : kill_and_reap(c->pid);
	c->pid = -1;
	if (status_r != NULL)
		*status_r = status;
	return ok;
}

ssize_t
child_write(struct child *c, const void *data, size_t len)
{
	sigset_t broken, before, pending;

	sigemptyset(&broken);
	sigaddset(&broken, SIGPIPE);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &broken, &before);
	ssize_t done = write(c->in, data, len);
	int why = errno;
	if (done < 0 && why == EPIPE && !sigismember(&pending, SIGPIPE))
		sigtimedwait(&broken, NULL, &(struct timespec){0});
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = why;
	return done;
}

// What is still to be written and where the output goes.
struct talk {
	const char *in;
	size_t in_left;
	struct buf *out;
	size_t out_left;
};

static void
talk_write(struct talk *t, struct child *c)
{
	ssize_t done = child_write(c, t->in, t->in_left);

	if (done > 0) {
		t->in += done;
		t->in_left -= (size_t)done;
	}
	// A program that stops reading has read enough.
	bool broken = done < 0 && errno != EAGAIN && errno != EINTR;
	if (t->in_left == 0 || broken)
		child_close_in(c);
}

// False at the end of the output, or when there is none just now.
static bool
talk_read(struct talk *t, struct child *c)
{
	char data[CHILD_READ_STEP];
	ssize_t got = read(c->out, data, sizeof(data));

	if (got < 0 && errno == EINTR)
		return true;
	if (got == 0 || (got < 0 && errno != EAGAIN)) {
		fd_close(&c->out);
		return false;
	}
	if (got < 0)
		return false;
	size_t keep = (size_t)got < t->out_left ? (size_t)got : t->out_left;
	if (keep > 0)
		buf_add(t->out, data, keep);
	t->out_left -= keep;
	mem_wipe(data, (size_t)got);  // it may be a password
	return true;
}

// Until the child has ended; one that it left behind may hold the pipe longer.
static bool
talk_run(struct talk *t, struct child *c, int64_t end,
	const struct cancel *cancel, struct error *err)
{
	int ended = pidfd_of(c->pid);
	bool ok, done = false;

	do {
		struct pollfd fds[] = {
			{ .fd = ended, .events = POLLIN },
			{ .fd = c->in, .events = POLLOUT },
			{ .fd = c->out, .events = POLLIN },
			{ .fd = cancel_fd(cancel), .events = POLLIN },
		};
		ok = wait_ready(fds, 4, end, cancel, err);
		if (!ok)
			break;
		done = fds[0].revents != 0;
		if (fds[1].revents != 0)
			talk_write(t, c);
		if (fds[2].revents != 0)
			talk_read(t, c);
	} while (!done);
	while (ok && c->out >= 0 && talk_read(t, c))
		;
	close(ended);
	return ok;
}

bool
child_succeeded(const char *name, int status, struct error *err)
{
	if (WIFSIGNALED(status))
		return error_set(err, ERROR_REFUSED, "%s was ended by signal %d",
			name, WTERMSIG(status));
	return WEXITSTATUS(status) == 0 || error_set(err, ERROR_REFUSED,
		"%s ended with status %d", name, WEXITSTATUS(status));
}

bool
child_run(const char *const argv[], const void *in, size_t in_len,
	struct buf *out, size_t max_out, int timeout_ms,
	const struct cancel *cancel, struct error *err)
{
	assert(!thread_is_ui());
	unsigned flags = (in == NULL ? 0 : CHILD_IN) |
		(out == NULL ? 0 : CHILD_OUT);
	struct talk t = {
		.in = in, .in_left = in_len, .out = out, .out_left = max_out,
	};
	struct child c;

	if (!child_start(&c, argv, NULL, flags, err))
		return false;
	if (c.in >= 0)
		fcntl(c.in, F_SETFL, O_NONBLOCK);
	if (c.out >= 0)
		fcntl(c.out, F_SETFL, O_NONBLOCK);
	if (c.in >= 0 && in_len == 0)
		child_close_in(&c);
	bool ok = talk_run(&t, &c, end_after(timeout_ms), cancel, err);
	child_close(&c);
	int status = ok ? reap(c.pid) : kill_and_reap(c.pid);
	if (!ok)
		return error_prefix(err, "%s", argv[0]);
	return child_succeeded(argv[0], status, err);
}
