// SPDX-License-Identifier: GPL-3.0-or-later
// Sending through a program of this machine that takes messages as sendmail
// does: started from an argument vector, never through a shell.
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "loop/cancel.h"
#include "loop/child.h"
#include "remote/smtp.h"

#define PROGRAM_TIMEOUT_MS (10 * 60 * 1000)
#define PROGRAM_END_MS 2000  // for one that stopped reading, or when we leave

struct program {
	struct sender base;
	char *path;
	struct cancel *cancel;  // lent
	int timeout_ms;
};

// sysexits.h: what the word is and whether another try makes sense.
static const struct {
	int status;
	bool permanent;
	const char *words;
} exits[] = {
	{ 64, true, "wrong usage" },
	{ 65, true, "wrong data" },
	{ 67, true, "no such user" },
	{ 68, true, "no such host" },
	{ 69, false, "not available" },
	{ 70, false, "internal error" },
	{ 71, false, "system error" },
	{ 73, false, "cannot write" },
	{ 74, false, "input or output failed" },
	{ 75, false, "try again later" },
	{ 77, true, "not permitted" },
	{ 78, false, "wrong configuration" },
};

static bool
program_open(struct sender **sender_r, const struct remote_settings *settings,
	struct cancel *cancel, struct remote_certificate *certificate_r,
	struct error *err)
{
	(void)certificate_r;
	const char *path = str_or_empty(settings->path);

	*sender_r = NULL;
	if (path[0] != '/')
		return error_set(err, ERROR_INPUT, "sendmail:// needs the whole path "
			"of a program");
	if (access(path, X_OK) != 0)
		return error_errno(err, ERROR_INPUT, "cannot run %s", path);
	struct program *p = mem_new(struct program);
	p->base.driver = &sender_program;
	p->path = str_dup(path);
	p->cancel = cancel;
	p->timeout_ms = settings->timeout_ms > 0 ? settings->timeout_ms
	                                         : PROGRAM_TIMEOUT_MS;
	*sender_r = &p->base;
	return true;
}

static void
program_close(struct sender **sender)
{
	struct program *p = (struct program *)*sender;

	*sender = NULL;
	if (p == NULL)
		return;
	free(p->path);
	free(p);
}

static bool
check(const char *from, const struct sender_recipient *to, size_t n,
	struct error *err)
{
	if (n == 0)
		return error_set(err, ERROR_INPUT, "the message has no recipient");
	if (!sender_address_check(from, true, err))
		return false;
	if (from[0] == '-') // -f takes it, but who knows what else reads it
		return error_set(err, ERROR_INPUT, "\"%s\" cannot be given to a "
			"program as sender", from);
	for (size_t i = 0; i < n; i++)
		if (!sender_address_check(to[i].mail, false, err))
			return false;
	return true;
}

// Programs read lines that end with LF; a lone CR must not be taken for one later.
static void
to_lf(struct buf *out, const char *bytes, size_t len, bool *cr)
{
	for (size_t i = 0; i < len; i++) {
		if (*cr || bytes[i] == '\n') {
			buf_char(out, '\n');
			if (*cr && bytes[i] == '\n') {
				*cr = false;
				continue;
			}
		}
		*cr = bytes[i] == '\r';
		if (!*cr && bytes[i] != '\n')
			buf_char(out, bytes[i]);
	}
}

static bool
write_all(struct program *p, struct child *c, const struct buf *out, int64_t end,
	struct error *err)
{
	size_t at = 0;

	while (at < out->len) {
		struct pollfd fds[] = {
			{ .fd = c->in, .events = POLLOUT },
			{ .fd = cancel_fd(p->cancel), .events = POLLIN },
		};
		int64_t left = end - when_mono_ms();
		if (cancel_is_set(p->cancel))
			return error_set(err, ERROR_CANCELLED, "cancelled");
		if (left <= 0)
			return error_set(err, ERROR_OFFLINE, "%s takes too long",
				p->path);
		if (poll(fds, 2, (int)left) <= 0 || fds[0].revents == 0)
			continue;
		ssize_t n = child_write(c, out->data + at, out->len - at);
		if (n > 0)
			at += (size_t)n;
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			return error_errno(err, ERROR_OFFLINE,
				"%s does not take the message", p->path);
	}
	return true;
}

static bool
pump(struct program *p, struct child *c, uint64_t size, int64_t end,
	bool (*next)(void *arg, const void **bytes_r, size_t *len_r), void *arg,
	struct error *err)
{
	struct buf out = {0};
	bool cr = false, ok = true;

	fcntl(c->in, F_SETFL, O_NONBLOCK);
	while (ok && size > 0) {
		const void *bytes;
		size_t len = 0;
		if (!next(arg, &bytes, &len) || len == 0 || len > size) {
			ok = error_set(err, ERROR_INPUT,
				"the message is not as long as it was said to be");
			break;
		}
		size -= len;
		buf_clear(&out);
		to_lf(&out, bytes, len, &cr);
		ok = write_all(p, c, &out, end, err);
	}
	if (ok && cr) {
		buf_clear(&out);
		buf_char(&out, '\n');
		ok = write_all(p, c, &out, end, err);
	}
	buf_done(&out);
	return ok;
}

static void
answer_all(struct sender_recipient *to, size_t n, bool accepted, bool permanent,
	const char *words)
{
	for (size_t i = 0; i < n; i++) {
		to[i].accepted = accepted;
		to[i].permanent = permanent;
		str_set(&to[i].answer, words);
	}
}

static bool
verdict(struct program *p, int status, struct sender_recipient *to, size_t n,
	struct error *err)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		answer_all(to, n, true, false, NULL);
		return true;
	}
	struct buf words = {0};
	bool permanent = false;
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	if (WIFSIGNALED(status))
		buf_printf(&words, "ended by signal %d", WTERMSIG(status));
	else
		buf_printf(&words, "status %d", code);
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
		if (WIFEXITED(status) && exits[i].status == code) {
			permanent = exits[i].permanent;
			buf_printf(&words, " (%s)", exits[i].words);
		}
	}
	answer_all(to, n, false, permanent, buf_text(&words));
	error_set(err, ERROR_REFUSED, "%s did not take the message: %s", p->path,
		buf_text(&words));
	buf_done(&words);
	return false;
}

// path -i -f from -- recipients: -i, so that a dot ends nothing.
static const char **
make_argv(const struct program *p, const char *from, const struct sender_recipient *to,
	size_t n)
{
	const char **argv = mem_alloc(n + 6, sizeof(*argv));
	size_t at = 0;

	argv[at++] = p->path;
	argv[at++] = "-i";
	argv[at++] = "-f";
	argv[at++] = from[0] == '\0' ? "<>" : from;
	argv[at++] = "--";
	for (size_t i = 0; i < n; i++)
		argv[at++] = to[i].mail;
	return argv;
}

// Its input was not given whole. Where that is our doing it is killed before its
// input ends, or it would send the half that it has.
static bool
give_up(struct program *p, struct child *c, const struct error *why,
	struct sender_recipient *to, size_t n, struct error *err)
{
	bool ours = why->kind != ERROR_OFFLINE;
	int status = 0;

	if (ours)
		kill(-c->pid, SIGKILL);
	child_close_in(c);
	bool ended = child_wait(c, ours ? -1 : PROGRAM_END_MS, NULL, &status, NULL);
	child_close(c);
	// One that stopped reading may tell why; that all is well it cannot.
	if (!ours && ended && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
		return verdict(p, status, to, n, err);
	answer_all(to, n, false, false, why->text);
	if (err != NULL)
		*err = *why;
	return false;
}

static bool
program_send(struct sender *sender, const char *from, struct sender_recipient *to,
	size_t n, uint64_t size,
	bool (*next)(void *arg, const void **bytes_r, size_t *len_r), void *arg,
	bool *maybe_r, struct error *err)
{
	struct program *p = (struct program *)sender;
	int64_t end = when_mono_ms() + p->timeout_ms;
	struct error why = {0};
	struct child c;
	int status = 0;

	*maybe_r = false;
	for (size_t i = 0; i < n; i++) {
		to[i].accepted = to[i].permanent = false;
		to[i].answer = NULL;
	}
	if (!check(from, to, n, err))
		return false;
	const char **argv = make_argv(p, from, to, n);
	bool ok = child_start(&c, argv, NULL, CHILD_IN | CHILD_OWN_GROUP, err);
	free(argv);
	if (!ok)
		return false;
	if (!pump(p, &c, size, end, next, arg, &why))
		return give_up(p, &c, &why, to, n, err);
	child_close_in(&c);
	// It has all of it: killed now, nobody could tell whether it was sent.
	c.grace_ms = PROGRAM_END_MS;
	int64_t left = end - when_mono_ms();
	ok = child_wait(&c, left > 0 ? (int)left : 0, p->cancel, &status, &why);
	child_close(&c);
	if (ok)
		return verdict(p, status, to, n, err);
	*maybe_r = true; // it had all of it, and was killed
	if (why.kind == ERROR_REFUSED)
		error_set(&why, ERROR_OFFLINE, "%s takes too long", p->path);
	if (err != NULL)
		*err = why;
	return false;
}

const struct sender_driver sender_program = {
	.name = "sendmail",
	.open = program_open,
	.close = program_close,
	.send = program_send,
};
