// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that are about commands and programs, not about mail.
#include "config.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/when.h"
#include "account/account.h"
#include "account/event.h"
#include "command/answer.h"
#include "command/command.h"
#include "engine.h"
#include "loop/child.h"
#include "loop/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXEC_OUTPUT_MAX (1024 * 1024)
#define MS 1000

// --- echo, quit, wait -----------------------------------------------------------------

static enum command_result
run_echo(struct call *c, struct error *err)
{
	char *text = call_rest(c, 0);

	(void)err;
	call_row(c, "%s", str_or_empty(text));
	free(text);
	return COMMAND_DONE;
}

static enum command_result
run_quit(struct call *c, struct error *err)
{
	(void)err;
	call_end_all(c);
	if (c->engine->quit != NULL)
		c->engine->quit(c->engine->quit_arg, c->front);
	return COMMAND_DONE;
}

static void
waited(void *arg)
{
	struct call *c = arg;
	struct loop_timer *timer = c->data;

	c->data = NULL;
	loop_remove_timer(&timer);
	call_finish(c, NULL);
}

static void
played(struct call *c, struct event *event)
{
	if (event->kind == EVENT_REPLY)
		call_finish(c, event->error.kind != ERROR_NONE ?
			&event->error : NULL);
}

static enum command_result
run_wait(struct call *c, struct error *err)
{
	int64_t seconds;

	if (call_arg(c, 0) == NULL)
		return call_job(c, &(struct job){ .kind = JOB_PLAY }, played);
	if (!when_parse_span(call_arg(c, 0), &seconds) || seconds > 86400) {
		error_set(err, ERROR_INPUT,
			"wait: \"%s\" is no time such as 5s or 2m", call_arg(c, 0));
		return COMMAND_FAILED;
	}
	c->data = loop_add_timer(c->engine->loop, seconds * MS, waited, c);
	return COMMAND_WAIT;
}

// --- exec -----------------------------------------------------------------------------

struct exec {
	struct call *call;
	struct child child;
	struct loop_watch *watch;    // NULL: all of its output was read
	struct buf out;
	bool ended;
	int status;
};

static void
exec_free(void *arg)
{
	struct exec *x = arg;

	if (x->watch != NULL)
		loop_remove_fd(&x->watch);
	child_close(&x->child);
	buf_done(&x->out);
	free(x);
}

static void
exec_say(struct exec *x)
{
	struct buf text = {0};
	struct strlist lines = {0};

	utf8_filter_text(&text, buf_text(&x->out), x->out.len);
	strlist_split(&lines, buf_text(&text), '\n');
	for (size_t i = 0; i < lines.len; i++)
		call_row(x->call, "%s", lines.items[i]);
	strlist_done(&lines);
	buf_done(&text);
}

static void
exec_over(struct exec *x)
{
	struct call *c = x->call;
	struct error err;

	if (!x->ended || x->watch != NULL)
		return;
	exec_say(x);
	if (child_succeeded(call_arg(c, 0), x->status, &err))
		call_finish(c, NULL);
	else
		call_finish(c, &err);
}

static void
exec_ended(void *arg, int status)
{
	struct exec *x = arg;

	x->ended = true;
	x->status = status;
	exec_over(x);
}

static void
exec_ready(void *arg, short events)
{
	struct exec *x = arg;
	char piece[4096];
	ssize_t n = read(x->child.out, piece, sizeof(piece));

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		// More than that is read, so that the program goes on, and dropped.
		if (x->out.len < EXEC_OUTPUT_MAX)
			buf_add(&x->out, piece, (size_t)n);
		return;
	}
	loop_remove_fd(&x->watch);
	exec_over(x);
}

static void
exec_given_up(struct call *c)
{
	struct exec *x = c->data;

	if (!x->ended)
		kill(x->child.pid, SIGTERM);
}

static enum command_result
run_exec(struct call *c, struct error *err)
{
	struct exec *x = mem_new(struct exec);
	const char **argv = mem_alloc(c->n_args + 1, sizeof(*argv));

	memcpy(argv, c->args, c->n_args * sizeof(*argv));
	x->call = c;
	bool ok = child_start(&x->child, argv, NULL, CHILD_OUT, err);
	free(argv);
	if (!ok) {
		free(x);
		return COMMAND_FAILED;
	}
	fcntl(x->child.out, F_SETFL, O_NONBLOCK);
	c->data = x;
	c->free_data = exec_free;
	c->given_up = exec_given_up;
	x->watch = loop_add_fd(c->engine->loop, x->child.out, POLLIN, exec_ready, x);
	loop_add_child(c->engine->loop, x->child.pid, exec_ended, x);
	return COMMAND_WAIT;
}

// --- rows --------------------------------------------------------------------------------

static const struct argument echo_arguments[] = {
	{ "text", ARGUMENT_TEXT, "What is said", .optional = true, .many = true },
	{ NULL },
};
static const struct argument wait_arguments[] = {
	{ "time", ARGUMENT_TEXT, "How long: 5s, 2m; without it until the server has "
		"all that was done here", .optional = true },
	{ NULL },
};
static const struct argument exec_arguments[] = {
	{ "program", ARGUMENT_TEXT, "The program and its arguments, never a shell",
		.many = true },
	{ NULL },
};

static const struct command rows[] = {
	{ "echo", "Says a text", NULL, echo_arguments, .early = true,
		.run = run_echo },
	{ "exec", "Runs a program and shows what it prints",
		"The words are its arguments as they are: no shell reads them.",
		exec_arguments, .early = true, .run = run_exec },
	{ "quit", "Ends Postern, or the list of commands that it stands in", NULL,
		.early = true, .run = run_quit },
	{ "wait", "Waits for some time, or until all that was done is played",
		NULL, wait_arguments, .again = true, .run = run_wait },
};

void
commands_add_program(struct commands *c)
{
	commands_add(c, rows, sizeof(rows) / sizeof(rows[0]));
}
