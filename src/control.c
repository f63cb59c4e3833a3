// SPDX-License-Identifier: GPL-3.0-or-later
// The owner's side of the control socket: each client is a front end without
// a cursor.
#include "config.h"

#include "control.h"
#include "control_wire.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "command/answer.h"
#include "command/option.h"
#include "command/run.h"
#include "command/script.h"
#include "engine.h"
#include "loop/loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct client {
	struct frontend front;        // first
	struct control *control;
	int fd;
	struct loop_watch *watch;
	struct buf in, out;
	bool json;
	bool running, ended;
	char *rest;                   // when it was handed over
	void (*answered)(void *arg, const char *answer);
	void *answered_arg;
	void (*got_input)(void *arg, const char *data, size_t len);
	void *input_arg;
	struct buf input;
	bool input_ended;
};

struct control {
	struct engine *engine;
	struct frontend *screen;
	void (*take_over)(void *arg);
	void *arg;
	int fd;
	struct loop_watch *watch;
	struct array clients;         // struct client *
	bool leaving;
};

static void client_free(struct client *k);

// --- writing -------------------------------------------------------------------------

static void
client_flush(struct client *k)
{
	while (k->out.len > 0) {
		ssize_t n = send(k->fd, k->out.data, k->out.len,
			MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n <= 0)
			break;
		buf_drop(&k->out, (size_t)n);
	}
	if (k->watch != NULL)
		loop_set_events(k->watch, k->out.len > 0 ? POLLIN | POLLOUT : POLLIN);
}

static void
client_send(struct client *k, enum control_frame type, const void *data, size_t len)
{
	if (!k->front.alive)
		return;
	control_frame_text(&k->out, type, data, len);
	client_flush(k);
	// One that does not read must not fill our memory.
	if (k->out.len > CONTROL_MESSAGE_MAX)
		k->front.alive = false;
}

// --- as a front end ------------------------------------------------------------------

static struct client *
client_of(struct frontend *f)
{
	return (struct client *)f;
}

static void
client_ask(struct frontend *f, const struct question *q,
	void (*answered)(void *arg, const char *answer), void *arg)
{
	struct client *k = client_of(f);
	struct buf text = {0};

	if (k->answered != NULL || !f->alive) {
		answered(arg, NULL);
		return;
	}
	k->answered = answered;
	k->answered_arg = arg;
	buf_u8(&text, (uint8_t)q->kind);
	buf_str(&text, q->text);
	client_send(k, CONTROL_ASK, text.data, text.len);
	buf_done(&text);
}

static void
client_say(struct frontend *f, enum say_kind kind, const struct answer *answer)
{
	struct client *k = client_of(f);
	struct buf text = {0};
	size_t len;
	const void *data = answer_data(answer, &len);

	if (kind == SAY_ROW && k->json)
		answer_json(&text, answer);
	else if (kind == SAY_ROW && data != NULL) {
		client_send(k, CONTROL_DATA, data, len);
		return;
	} else {
		buf_str(&text, answer_line(answer));
	}
	buf_char(&text, '\n');
	client_send(k, kind == SAY_ROW ? CONTROL_ROW : CONTROL_NOTE, text.data,
		text.len);
	buf_done(&text);
}

static const struct frontend_ops client_ops = {
	.name = "client",
	.target = nobody_target,
	.ask = client_ask,
	.say = client_say,
	.edit = nobody_edit,
	.changed = nobody_changed,
};

static void
give_input(struct client *k)
{
	void (*got)(void *arg, const char *data, size_t len) = k->got_input;

	if (got == NULL || !k->input_ended)
		return;
	k->got_input = NULL;
	got(k->input_arg, buf_text(&k->input), k->input.len);
	buf_clear(&k->input);
}

static void
client_read_input(struct frontend *f, void (*got)(void *arg, const char *data,
	size_t len), void *arg)
{
	struct client *k = client_of(f);

	if (k->got_input != NULL || !f->alive) {
		got(arg, NULL, 0);
		return;
	}
	k->got_input = got;
	k->input_arg = arg;
	if (!k->input_ended)
		client_send(k, CONTROL_WANT_INPUT, "", 0);
	give_input(k);
}

// --- what clients say -----------------------------------------------------------------

static void
client_end(struct client *k, int status)
{
	uint8_t byte = (uint8_t)status;

	if (k->rest != NULL)
		client_send(k, CONTROL_REST, k->rest, strlen(k->rest));
	else
		client_send(k, CONTROL_ENDED, &byte, 1);
	k->ended = true;
}

static void
client_done(void *arg, const struct error *err)
{
	struct client *k = arg;

	k->running = false;
	if (err != NULL && k->rest == NULL && k->front.alive) {
		struct buf line = {0};
		buf_printf(&line, "%s\n", err->text);
		client_send(k, CONTROL_NOTE, line.data, line.len);
		buf_done(&line);
	}
	client_end(k, err == NULL ? 0 : 1);
}

static void
client_refuse(struct client *k, const char *why)
{
	client_send(k, CONTROL_NOTE, why, strlen(why));
	client_end(k, 1);
}

static void
client_run(struct client *k, const char *payload, size_t len)
{
	struct reader r = reader_of(payload, len);
	uint32_t version = read_u32(&r);
	bool json = read_u8(&r) != 0, remote = read_u8(&r) != 0;
	char *folder = read_str(&r), *where = read_str(&r), *text = read_str(&r);

	if (r.bad || version != CONTROL_VERSION) {
		client_refuse(k, "The other postern is of another version: "
			"close it first.\n");
	} else if (k->running || k->ended || k->control->leaving) {
		k->front.alive = false;   // to be tried again elsewhere
	} else if (remote && k->control->screen == NULL) {
		client_refuse(k, "No screen is open here: the commands need one "
			"(--remote).\n");
	} else {
		k->json = json;
		str_set(&k->front.folder, folder);
		k->running = true;
		client_send(k, CONTROL_STARTED, "", 0);
		run_start(k->control->engine, &(struct run_plan){
			.front = remote ? k->control->screen : &k->front,
			.voice = &k->front, .text = text, .where = where,
			.done = client_done, .arg = k,
		});
	}
	free(folder);
	free(where);
	free(text);
}

static void
client_answer(struct client *k, const char *payload, size_t len)
{
	void (*answered)(void *arg, const char *answer) = k->answered;

	if (answered == NULL || len < 1)
		return;
	char *text = payload[0] != 0 ? str_ndup(payload + 1, len - 1) : NULL;
	k->answered = NULL;
	answered(k->answered_arg, text);
	if (text != NULL)
		mem_wipe(text, strlen(text));
	free(text);
}

static void
client_input(struct client *k, const char *payload, size_t len)
{
	if (len == 0)
		k->input_ended = true;
	else
		buf_add(&k->input, payload, len);
	if (k->input.len > CONTROL_MESSAGE_MAX)
		k->front.alive = false;
	give_input(k);
}

static void
client_frame(struct client *k, enum control_frame type, const char *payload,
	size_t len)
{
	struct control *c = k->control;

	switch (type) {
	case CONTROL_RUN:
		client_run(k, payload, len);
		break;
	case CONTROL_ANSWER:
		client_answer(k, payload, len);
		break;
	case CONTROL_INPUT:
		client_input(k, payload, len);
		break;
	case CONTROL_CANCEL:
		script_cancel(c->engine, &k->front);
		break;
	case CONTROL_TAKE_OVER:
		if (c->take_over != NULL)
			c->take_over(c->arg);
		break;
	default:
		k->front.alive = false;
		break;
	}
}

// One frame at a time is taken out, since what it does may end the client.
static void
client_frames(struct client *k)
{
	enum control_frame type;
	const char *payload;
	size_t len, used;
	int got = 0;

	while (k->front.alive &&
		(got = control_frame_next(&k->in, &type, &payload, &len, &used)) == 1) {
		char *copy = str_ndup(payload, len);

		buf_drop(&k->in, used);
		client_frame(k, type, copy, len);
		mem_wipe(copy, len);
		free(copy);
	}
	if (got < 0)
		k->front.alive = false;
}

static void
client_ready(void *arg, short events)
{
	struct client *k = arg;
	char piece[16384];

	if (events & POLLOUT)
		client_flush(k);
	if (events & (POLLIN | POLLHUP | POLLERR)) {
		ssize_t n = recv(k->fd, piece, sizeof(piece), MSG_DONTWAIT);

		if (n > 0) {
			buf_add(&k->in, piece, (size_t)n);
			mem_wipe(piece, (size_t)n);
			client_frames(k);
		} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
			k->front.alive = false;
		}
	}
	if (!k->front.alive || (k->ended && k->out.len == 0))
		client_free(k);
}

// --- clients come and go ----------------------------------------------------------------

static void
client_free(struct client *k)
{
	struct control *c = k->control;

	k->front.alive = false;
	script_cancel(c->engine, &k->front);
	engine_detach(c->engine, &k->front);
	if (k->answered != NULL)
		k->answered(k->answered_arg, NULL);
	if (k->got_input != NULL)
		k->got_input(k->input_arg, NULL, 0);
	for (size_t i = 0; i < c->clients.len; i++) {
		if (*(struct client **)array_at(&c->clients, i) == k) {
			array_remove(&c->clients, i);
			break;
		}
	}
	loop_remove_fd(&k->watch);
	close(k->fd);
	// An answer may have been a password; what was taken out lies there still.
	if (k->in.data != NULL)
		mem_wipe(k->in.data, k->in.cap);
	buf_done(&k->in);
	buf_done(&k->out);
	buf_done(&k->input);
	options_free(&k->front.own);
	free(k->front.folder);
	free(k->rest);
	free(k);
}

static bool
is_ours(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
		peer.uid == geteuid();
}

static void
accept_ready(void *arg, short events)
{
	struct control *c = arg;
	int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0)
		return;
	if (!is_ours(fd) || c->clients.len >= CONTROL_CLIENTS_MAX) {
		log_error("control: a client was sent away");
		close(fd);
		return;
	}
	struct client *k = mem_new(struct client);
	k->front = (struct frontend){
		.ops = &client_ops, .alive = true,
		.own = options_overlay(c->engine->options),
		.read_input = client_read_input,
	};
	k->control = c;
	k->fd = fd;
	k->watch = loop_add_fd(c->engine->loop, fd, POLLIN, client_ready, k);
	*(struct client **)array_push(&c->clients) = k;
}

// -1 and *err: it cannot be.
static int
listener(const char *run_folder, struct error *err)
{
	struct sockaddr_un address;
	int folder;

	if (!control_address(run_folder, &address, &folder, err))
		return -1;
	// We hold the lock: what lies there was left by one that died.
	unlink(address.sun_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	// Before it has a name, so that it never has another mode.
	if (fd < 0 || fchmod(fd, 0600) != 0 ||
		bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		chmod(address.sun_path, 0600) != 0 ||
		listen(fd, CONTROL_CLIENTS_MAX) != 0) {
		error_errno(err, ERROR_STORE, "cannot listen in %s", run_folder);
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	if (folder >= 0)
		close(folder);
	return fd;
}

bool
control_listen(struct control **c, struct engine *e, struct frontend *screen,
	void (*take_over)(void *arg), void *arg, struct error *err)
{
	*c = NULL;
	int fd = listener(e->home.run, err);
	if (fd < 0)
		return false;
	*c = mem_new(struct control);
	(*c)->engine = e;
	(*c)->screen = screen;
	(*c)->take_over = take_over;
	(*c)->arg = arg;
	(*c)->fd = fd;
	(*c)->clients = ARRAY_OF(struct client *);
	(*c)->watch = loop_add_fd(e->loop, fd, POLLIN, accept_ready, *c);
	return true;
}

void
control_close(struct control **c)
{
	if (*c == NULL)
		return;
	char *path = path_join((*c)->engine->home.run, CONTROL_SOCKET);

	unlink(path);
	free(path);
	while ((*c)->clients.len > 0)
		client_free(*(struct client **)array_at(&(*c)->clients, 0));
	array_done(&(*c)->clients);
	loop_remove_fd(&(*c)->watch);
	close((*c)->fd);
	free(*c);
	*c = NULL;
}

void
control_hand_over(struct control *c)
{
	c->leaving = true;
	for (size_t i = 0; i < c->clients.len; i++) {
		struct client *k = *(struct client **)array_at(&c->clients, i);

		if (k->running)
			script_hand_over(c->engine, &k->front, &k->rest);
	}
}

bool
control_is_busy(const struct control *c)
{
	for (size_t i = 0; i < c->clients.len; i++) {
		const struct client *k =
			*(struct client *const *)array_at(&c->clients, i);

		if (k->running || k->out.len > 0)
			return true;
	}
	return false;
}
