// SPDX-License-Identifier: GPL-3.0-or-later
// The client's side of the control socket: sends commands, prints what comes back,
// and lends its standard input and its terminal.
#include "config.h"

#include "control.h"
#include "control_wire.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/when.h"
#include "command/frontend.h"
#include "batch_terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

struct remote_end {
	int fd;
	struct buf in;
	bool started, wants_input, ended;
	int status;
	char *rest;
};

static bool
send_all(int fd, const struct buf *out)
{
	size_t done = 0;

	while (done < out->len) {
		ssize_t n = send(fd, out->data + done, out->len - done, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static bool
send_frame(int fd, enum control_frame type, const void *data, size_t len)
{
	struct buf out = {0};

	control_frame_text(&out, type, data, len);
	bool ok = send_all(fd, &out);
	if (out.data != NULL)
		mem_wipe(out.data, out.len);
	buf_done(&out);
	return ok;
}

static bool
send_request(int fd, const struct control_request *request)
{
	struct buf out = {0};
	char *folder = getcwd(NULL, 0);
	size_t at;

	control_frame_begin(&out, CONTROL_RUN, &at);
	buf_u32(&out, CONTROL_VERSION);
	buf_u8(&out, request->json);
	buf_u8(&out, request->remote);
	buf_pack_str(&out, folder != NULL ? folder : "/");
	buf_pack_str(&out, request->where);
	buf_pack_str(&out, request->text);
	control_frame_end(&out, at);
	bool ok = send_all(fd, &out);
	buf_done(&out);
	free(folder);
	return ok;
}

static void
answer_question(struct remote_end *r, const char *payload, size_t len)
{
	struct buf out = {0};
	char *text = len > 0 ? str_ndup(payload + 1, len - 1) : str_dup("");
	char *answer = len > 0 ? terminal_ask((enum question_kind)payload[0], text) :
		NULL;

	buf_u8(&out, answer != NULL);
	buf_str(&out, str_or_empty(answer));
	send_frame(r->fd, CONTROL_ANSWER, out.data, out.len);
	mem_wipe(out.data, out.len);
	buf_done(&out);
	if (answer != NULL)
		mem_wipe(answer, strlen(answer));
	free(answer);
	free(text);
}

static void
take_frame(struct remote_end *r, enum control_frame type, const char *payload,
	size_t len)
{
	switch (type) {
	case CONTROL_STARTED:
		r->started = true;
		break;
	case CONTROL_ROW:
	case CONTROL_DATA:
		terminal_print(stdout, payload, len);
		break;
	case CONTROL_NOTE:
		fflush(stdout);
		terminal_print(stderr, payload, len);
		break;
	case CONTROL_ASK:
		fflush(stdout);
		answer_question(r, payload, len);
		break;
	case CONTROL_WANT_INPUT:
		r->wants_input = true;
		break;
	case CONTROL_ENDED:
		r->status = len > 0 ? (unsigned char)payload[0] : 1;
		r->ended = true;
		break;
	case CONTROL_REST:
		r->rest = str_ndup(payload, len);
		r->ended = true;
		break;
	default:
		break;
	}
}

// False when the owner has gone.
static bool
read_frames(struct remote_end *r)
{
	char piece[65536];
	enum control_frame type;
	const char *payload;
	size_t len, used;
	ssize_t n = recv(r->fd, piece, sizeof(piece), 0);

	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0)
		return false;
	buf_add(&r->in, piece, (size_t)n);
	while (control_frame_next(&r->in, &type, &payload, &len, &used) == 1) {
		take_frame(r, type, payload, len);
		buf_drop(&r->in, used);
	}
	return true;
}

static bool
send_input(struct remote_end *r)
{
	char piece[65536];
	ssize_t n = read(STDIN_FILENO, piece, sizeof(piece));

	if (n < 0 && errno == EINTR)
		return true;
	// An empty one says that this was all.
	if (n <= 0)
		r->wants_input = false;
	return send_frame(r->fd, CONTROL_INPUT, piece, n > 0 ? (size_t)n : 0);
}

static void
talk(struct remote_end *r, int signals)
{
	int interrupts = 0;

	while (!r->ended) {
		struct pollfd fds[] = {
			{ .fd = r->fd, .events = POLLIN },
			{ .fd = signals, .events = POLLIN },
			{ .fd = r->wants_input ? STDIN_FILENO : -1, .events = POLLIN },
		};

		fflush(stdout);
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			break;
		if (fds[1].revents != 0) {
			struct signalfd_siginfo info;

			// The second time it is not waited for any more.
			if (read(signals, &info, sizeof(info)) < 0 || interrupts++ > 0)
				break;
			send_frame(r->fd, CONTROL_CANCEL, "", 0);
		}
		if (fds[0].revents != 0 && !read_frames(r))
			break;
		if (fds[2].revents != 0 && !send_input(r))
			break;
	}
}

enum control_end
control_client(const char *run_folder, const struct control_request *request,
	int *status_r, char **rest_r)
{
	struct remote_end r = { .fd = control_connect(run_folder), .status = 1 };
	sigset_t set, before;

	*status_r = 1;
	*rest_r = NULL;
	if (r.fd < 0)
		return CONTROL_NONE;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, &before);
	int signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (send_request(r.fd, request))
		talk(&r, signals);
	close(signals);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(r.fd);
	buf_done(&r.in);
	fflush(stdout);
	if (r.rest != NULL) {
		*rest_r = r.rest;
		return CONTROL_MOVED;
	}
	if (!r.ended && !r.started)
		return CONTROL_NONE;
	if (!r.ended)
		fputs("The postern that ran the commands has ended; whether all were "
			"done, list and pending tell.\n", stderr);
	*status_r = r.status;
	return CONTROL_DONE;
}

bool
control_take_over(const char *run_folder, int timeout_ms, struct error *err)
{
	int fd = control_connect(run_folder);
	int64_t until = when_mono_ms() + timeout_ms;
	bool gone = false;

	// Nobody there: it is ending, or has not begun; the lock tells.
	if (fd < 0)
		return true;
	send_frame(fd, CONTROL_TAKE_OVER, "", 0);
	while (!gone) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = until - when_mono_ms();
		char piece[256];

		if (left <= 0 || poll(&p, 1, (int)left) == 0)
			break;
		gone = p.revents != 0 && recv(fd, piece, sizeof(piece), 0) <= 0;
	}
	close(fd);
	return gone || error_set(err, ERROR_REFUSED,
		"the other postern did not hand over in time: end it first");
}
