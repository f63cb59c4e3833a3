// SPDX-License-Identifier: GPL-3.0-or-later
// The front end of batch: no cursor, answers on standard output, questions only
// where a terminal is.
#include "config.h"

#include "batch.h"
#include "batch_terminal.h"

#include "account/event.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "command/answer.h"
#include "control.h"
#include "engine.h"
#include "loop/loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH_INPUT_MAX CONTROL_MESSAGE_MAX

struct batch_front {
	struct frontend front;     // first
	struct engine *engine;
	FILE *out, *err;
	bool json;
	struct strlist notices;
	struct input *input;       // standard input, while somebody waits for it
};

static struct batch_front *
front_of(struct frontend *f)
{
	return (struct batch_front *)f;
}

static void
batch_ask(struct frontend *f, const struct question *q,
	void (*answered)(void *arg, const char *answer), void *arg)
{
	char *answer;

	fflush(front_of(f)->out);
	answer = terminal_ask(q->kind, q->text);
	answered(arg, answer);
	if (answer != NULL)
		mem_wipe(answer, strlen(answer));
	free(answer);
}

static void
batch_say(struct frontend *f, enum say_kind kind, const struct answer *answer)
{
	struct batch_front *b = front_of(f);
	FILE *to = kind == SAY_ROW ? b->out : b->err;
	struct buf text = {0};
	size_t len;
	const void *data = answer_data(answer, &len);

	if (kind != SAY_ROW)
		fflush(b->out);
	if (kind == SAY_ROW && b->json) {
		answer_json(&text, answer);
	} else if (kind == SAY_ROW && data != NULL) {
		terminal_print(to, data, len);
		return;
	} else {
		buf_str(&text, answer_line(answer));
	}
	buf_char(&text, '\n');
	terminal_print(to, buf_text(&text), text.len);
	buf_done(&text);
}

// What a server refused of what had been done is not the error of a command.
static void
batch_changed(struct frontend *f, const struct event *event)
{
	if (event != NULL && event->kind == EVENT_NOTICE &&
		event->error.kind == ERROR_REFUSED && event->text != NULL)
		strlist_add(&front_of(f)->notices, event->text);
}

// Said once, and not again where it is the error too.
void
batch_say_notices(struct frontend *f, const struct error *err)
{
	struct batch_front *b = front_of(f);

	for (size_t i = 0; i < b->notices.len; i++) {
		if (err == NULL || strstr(err->text, b->notices.items[i]) == NULL)
			fprintf(b->err, "%s\n", b->notices.items[i]);
	}
	strlist_done(&b->notices);
}

static const struct frontend_ops batch_ops = {
	.name = "batch",
	.target = nobody_target,
	.ask = batch_ask,
	.say = batch_say,
	.edit = nobody_edit,
	.changed = batch_changed,
};

struct input {
	struct batch_front *front;
	struct loop_watch *watch;
	struct buf data;
	void (*got)(void *arg, const char *data, size_t len);
	void *arg;
};

static void
input_free(struct input **i)
{
	if (*i == NULL)
		return;
	loop_remove_fd(&(*i)->watch);
	buf_done(&(*i)->data);
	free(*i);
	*i = NULL;
}

// One piece; at the end, or when it cannot be read, false.
static bool
read_piece(int fd, struct buf *out, struct error *err)
{
	char piece[65536];
	ssize_t n = read(fd, piece, sizeof(piece));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n < 0)
		return error_errno(err, ERROR_INPUT, "standard input cannot be read");
	if (n == 0)
		return false;
	buf_add(out, piece, (size_t)n);
	return out->len <= BATCH_INPUT_MAX || error_set(err, ERROR_INPUT,
		"standard input holds more than %d bytes", BATCH_INPUT_MAX);
}

bool
batch_read_all(int fd, struct buf *out, struct error *err)
{
	error_clear(err);
	while (read_piece(fd, out, err))
		continue;
	return err->kind == ERROR_NONE;
}

static void
input_ready(void *arg, short events)
{
	struct input *i = arg;
	struct error err = {0};

	(void)events;
	if (read_piece(STDIN_FILENO, &i->data, &err))
		return;
	i->front->input = NULL;
	i->got(i->arg, err.kind == ERROR_NONE ? buf_text(&i->data) : NULL,
		i->data.len);
	input_free(&i);
}

static void
batch_read_input(struct frontend *f, void (*got)(void *arg, const char *data,
	size_t len), void *arg)
{
	struct batch_front *b = front_of(f);
	struct input *i = mem_new(struct input);

	// Whoever waited for it before was cancelled.
	input_free(&b->input);
	b->input = i;
	i->front = b;
	i->got = got;
	i->arg = arg;
	// Not on a worker: it may take as long as somebody types.
	i->watch = loop_add_fd(b->engine->loop, STDIN_FILENO, POLLIN, input_ready, i);
}

struct frontend *
batch_frontend_new(struct engine *e, FILE *out, FILE *err, bool json)
{
	struct batch_front *b = mem_new(struct batch_front);

	b->front = (struct frontend){
		.ops = &batch_ops, .alive = true, .read_input = batch_read_input,
	};
	b->engine = e;
	b->out = out;
	b->err = err;
	b->json = json;
	return &b->front;
}

void
batch_frontend_free(struct frontend **f)
{
	if (*f == NULL)
		return;
	free((*f)->folder);
	input_free(&front_of(*f)->input);
	strlist_done(&front_of(*f)->notices);
	free(front_of(*f));
	*f = NULL;
}
