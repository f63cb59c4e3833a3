// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that pass messages on as they are: pipe, into a program, and
// resend, to other people (RFC 5322 section 3.6.6).
#include "config.h"

#include "account/account.h"
#include "account/event.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/when.h"
#include "command/command.h"
#include "command/option.h"
#include "command/outgoing.h"
#include "engine.h"
#include "loop/child.h"
#include "loop/loop.h"
#include "mail/address.h"
#include "mail/build.h"
#include "mail/message.h"
#include "mail/part.h"
#include "store/messages.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define PIPE_OUTPUT_MAX (1024 * 1024)
#define PIPE_PIECE 65536

// --- pipe -------------------------------------------------------------------------------

struct pipe {
	struct call *call;
	const char *section;         // NULL: the whole message
	size_t next;                 // of the call's target
	struct child child;          // of the one before it
	struct loop_watch *in, *out; // NULL: all was written, or read
	struct buf data, text;       // its input, its output
	size_t written;
	bool running;
	int status;
};

static void
pipe_free(void *arg)
{
	struct pipe *p = arg;

	loop_remove_fd(&p->in);
	loop_remove_fd(&p->out);
	child_close(&p->child);
	buf_done(&p->data);
	buf_done(&p->text);
	free(p);
}

static void pipe_next(struct call *c);

static void
pipe_over(struct pipe *p)
{
	struct call *c = p->call;
	struct buf text = {0};
	struct strlist lines = {0};
	struct error err;

	if (p->running || p->out != NULL)
		return;
	loop_remove_fd(&p->in);
	child_close(&p->child);
	utf8_filter_text(&text, buf_text(&p->text), p->text.len);
	strlist_split(&lines, buf_text(&text), '\n');
	for (size_t i = 0; i < lines.len; i++)
		call_row(c, "%s", lines.items[i]);
	strlist_done(&lines);
	buf_done(&text);
	if (child_succeeded(call_arg(c, 0), p->status, &err))
		pipe_next(c);
	else
		call_finish(c, &err);
}

static void
pipe_ended(void *arg, int status)
{
	struct pipe *p = arg;

	p->running = false;
	p->status = status;
	pipe_over(p);
}

static void
pipe_readable(void *arg, short events)
{
	struct pipe *p = arg;
	char piece[4096];
	ssize_t n = read(p->child.out, piece, sizeof(piece));

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		// More than that is read, so that the program goes on, and dropped.
		if (p->text.len < PIPE_OUTPUT_MAX)
			buf_add(&p->text, piece, (size_t)n);
		return;
	}
	loop_remove_fd(&p->out);
	pipe_over(p);
}

// A program need not read all: `head` does not.
static void
pipe_writable(void *arg, short events)
{
	struct pipe *p = arg;
	size_t left = p->data.len - p->written;
	ssize_t n = left == 0 ? 0 : child_write(&p->child,
		p->data.data + p->written, left < PIPE_PIECE ? left : PIPE_PIECE);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	p->written += n > 0 ? (size_t)n : 0;
	if (n >= 0 && p->written < p->data.len)
		return;
	loop_remove_fd(&p->in);
	child_close_in(&p->child);
}

static void
pipe_start(struct call *c, const struct error *failed)
{
	struct pipe *p = c->data;
	struct error err;

	if (failed != NULL) {
		call_finish(c, failed);
		return;
	}
	const char **argv = mem_alloc(c->n_args + 1, sizeof(*argv));
	memcpy(argv, c->args, c->n_args * sizeof(*argv));
	bool ok = child_start(&p->child, argv, NULL, CHILD_IN | CHILD_OUT, &err);
	free(argv);
	if (!ok) {
		call_finish(c, &err);
		return;
	}
	fcntl(p->child.in, F_SETFL, O_NONBLOCK);
	fcntl(p->child.out, F_SETFL, O_NONBLOCK);
	p->running = true;
	buf_clear(&p->text);
	p->written = 0;
	p->in = loop_add_fd(c->engine->loop, p->child.in, POLLOUT, pipe_writable, p);
	p->out = loop_add_fd(c->engine->loop, p->child.out, POLLIN, pipe_readable, p);
	loop_add_child(c->engine->loop, p->child.pid, pipe_ended, p);
}

static bool
pipe_read(void *arg, struct error *err)
{
	struct pipe *p = arg;
	uint64_t id = p->call->target.ids[p->next - 1];
	struct part *part = NULL;

	buf_clear(&p->data);
	bool ok = p->section != NULL ? command_read_part(p->call->engine, id,
		p->section, &p->data, &part, err) :
		command_read_raw(p->call->engine, id, &p->data, err);
	part_free(&part);
	return ok;
}

static void
pipe_fetched(struct call *c, struct event *event)
{
	if (event->kind != EVENT_REPLY)
		return;
	if (event->error.kind != ERROR_NONE)
		call_finish(c, &event->error);
	else
		call_work(c, true, pipe_read, c->data, pipe_start);
}

static void
pipe_next(struct call *c)
{
	struct pipe *p = c->data;

	if (p->next == c->target.n) {
		call_finish(c, NULL);
		return;
	}
	uint64_t id = c->target.ids[p->next++];
	call_job(c, &(struct job){
		.kind = p->section != NULL ? JOB_PART : JOB_RAW, .id = id,
		.text = p->section }, pipe_fetched);
}

static void
pipe_given_up(struct call *c)
{
	struct pipe *p = c->data;

	// Those that have not begun are not begun any more.
	p->next = c->target.n;
	if (p->running)
		kill(p->child.pid, SIGTERM);
}

static enum command_result
run_pipe(struct call *c, struct error *err)
{
	struct pipe *p = mem_new(struct pipe);

	(void)err;
	p->call = c;
	p->section = call_flag(c, "part");
	p->child = (struct child){ .in = -1, .out = -1 };
	c->data = p;
	c->free_data = pipe_free;
	c->given_up = pipe_given_up;
	pipe_next(c);
	return COMMAND_WAIT;
}

// --- resend -----------------------------------------------------------------------------

struct resend {
	struct call *call;
	struct engine *engine;
	struct address_list to;
	size_t next;             // of the call's target
	uint64_t id;             // the one before it
	uint32_t account;
	char *from;              // of the account
	struct outgoing out;
};

static void
resend_free(void *arg)
{
	struct resend *r = arg;

	address_list_done(&r->to);
	outgoing_done(&r->out);
	free(r->from);
	free(r);
}

// The fields of this sending stand before all that were there.
static bool
resend_fields(struct resend *r, struct buf *out, struct error *err)
{
	unsigned char random[16];
	int64_t now = when_now();

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return error_errno(err, ERROR_STORE, "no random number can be had");
	char *date = when_rfc5322(now, when_local_offset(now));
	char *id = build_message_id(random, r->from);

	buf_printf(out, "Resent-Date: %s\r\nResent-From: %s\r\nResent-Message-ID: <%s>\r\n"
		"Resent-To: ", date, r->from, id);
	for (size_t i = 0; i < r->to.len; i++)
		buf_printf(out, "%s%s", i > 0 ? ",\r\n " : "", r->to.items[i].mail);
	buf_str(out, "\r\n");
	free(date);
	free(id);
	return true;
}

static bool
resend_work(void *arg, struct error *err)
{
	struct resend *r = arg;
	struct buf raw = {0}, text = {0};
	const struct address from = { .mail = r->from };
	bool ok = command_read_raw(r->engine, r->id, &raw, err) &&
		resend_fields(r, &text, err);

	outgoing_done(&r->out);
	if (ok)
		buf_add(&text, buf_text(&raw), raw.len);
	ok = ok && outgoing_from_message(&r->out, buf_text(&text), text.len, &r->to,
		&from, err);
	if (ok) {
		r->out.send.account = r->account;
		ok = accounts_queue_message(r->engine->accounts, &r->out.send,
			&r->out.message, err);
	}
	buf_done(&raw);
	buf_done(&text);
	return ok;
}

static void resend_next(struct call *c);

static void
resend_queued(struct call *c, const struct error *err)
{
	if (err != NULL)
		call_finish(c, err);
	else
		resend_next(c);
}

static void
resend_fetched(struct call *c, struct event *event)
{
	if (event->kind != EVENT_REPLY)
		return;
	if (event->error.kind != ERROR_NONE)
		call_finish(c, &event->error);
	else
		call_work(c, false, resend_work, c->data, resend_queued);
}

// Who sends it: the account that has it.
static bool
resend_sender(struct call *c, struct resend *r, struct error *err)
{
	struct message m;

	if (!store_message(c->engine->store, r->id, &m))
		return error_set(err, ERROR_GONE, "this message is no longer there");
	r->account = m.account;
	message_done(&m);
	const char *name = engine_account_name(c->engine, r->account);
	const struct address *own = engine_account_address(c->engine, r->account);

	if (own == NULL || !address_valid(own->mail))
		return error_set(err, ERROR_INPUT, "account %s has no address: "
			"set address says it", str_or_empty(name));
	str_set(&r->from, own->mail);
	return options_text(call_options(c), name, "outgoing") != NULL ||
		error_set(err, ERROR_INPUT, "account %s has no outgoing server: "
			"set outgoing smtps://USER@HOST", str_or_empty(name));
}

static void
resend_next(struct call *c)
{
	struct resend *r = c->data;
	struct error err;

	if (r->next == c->target.n) {
		call_info(c, "In the outbox, to be sent on to %s%s",
			r->to.items[0].mail, r->to.len > 1 ? " and others" : "");
		call_finish(c, NULL);
		return;
	}
	r->id = c->target.ids[r->next++];
	if (!resend_sender(c, r, &err))
		call_finish(c, &err);
	else
		call_job(c, &(struct job){ .kind = JOB_RAW, .id = r->id },
			resend_fetched);
}

static void
resend_answered(struct call *c, const char *answer)
{
	struct error err;

	if (str_equal(answer, "yes")) {
		resend_next(c);
		return;
	}
	if (answer == NULL)
		error_set(&err, ERROR_INPUT, "resend: not sent, since nobody could be "
			"asked (-y says yes)");
	else
		error_set(&err, ERROR_CANCELLED, "not sent");
	call_finish(c, &err);
}

// Plain addresses only: the fields hold nothing that would have to be encoded.
static bool
resend_people(struct resend *r, const char *text, struct error *err)
{
	address_list_parse(&r->to, text);
	for (size_t i = 0; i < r->to.len; i++) {
		const char *mail = r->to.items[i].mail;

		for (const char *s = str_or_empty(mail); *s != '\0'; s++) {
			if ((unsigned char)*s >= 0x80)
				mail = NULL;
		}
		if (mail == NULL || !address_valid(mail))
			return error_set(err, ERROR_INPUT, "resend: \"%.60s\" is no address",
				str_or_empty(r->to.items[i].mail));
	}
	return r->to.len > 0 ||
		error_set(err, ERROR_INPUT, "resend: say to whom");
}

static enum command_result
run_resend(struct call *c, struct error *err)
{
	struct resend *r = mem_new(struct resend);
	char *people = call_rest(c, 0);
	struct buf text = {0}, to = {0};

	r->call = c;
	r->engine = c->engine;
	c->data = r;
	c->free_data = resend_free;
	bool ok = resend_people(r, people, err);
	free(people);
	if (!ok)
		return COMMAND_FAILED;
	if (call_flag(c, "y") != NULL) {
		resend_next(c);
		return COMMAND_WAIT;
	}
	address_list_format(&to, &r->to);
	if (c->target.n == 1)
		buf_str(&text, "Send this message on as it is");
	else
		buf_printf(&text, "Send %zu messages on as they are", c->target.n);
	buf_printf(&text, ", to %.200s?", buf_text(&to));
	enum command_result result = call_ask(c, &(struct question){
		.kind = QUESTION_YES_NO, .text = buf_text(&text) }, resend_answered);
	buf_done(&text);
	buf_done(&to);
	return result;
}

// --- rows -------------------------------------------------------------------------------

static const struct argument pipe_arguments[] = {
	{ "program", ARGUMENT_TEXT, "The program and its arguments, never a shell; with "
		"-- before it all of its flags are its own", .many = true },
	{ NULL },
};
static const struct command_flag pipe_flags[] = {
	{ "part", "part", ARGUMENT_TEXT, "This part of it, decoded: 2, 1.3" },
	{ NULL },
};
static const struct argument resend_arguments[] = {
	{ "to", ARGUMENT_ADDRESS, "To whom", .many = true },
	{ NULL },
};
static const struct command_flag resend_flags[] = {
	{ "y", NULL, ARGUMENT_TEXT, "Does not ask" },
	{ NULL },
};

static const struct command rows[] = {
	{ "pipe", "Gives messages to a program and shows what it prints",
		"Each message as it is stored, one run of the program after the other. "
		"The words are its arguments as they are: no shell reads them.",
		pipe_arguments, pipe_flags, .target = TARGET_MESSAGES, .run = run_pipe },
	{ "resend", "Sends messages on to others as they are",
		"Who gets it sees the writer as its sender, and you in fields of their "
		"own (Resent-From, Resent-To). To add words of one's own: forward.",
		resend_arguments, resend_flags, .target = TARGET_MESSAGES,
		.run = run_resend },
};

void
commands_add_pass(struct commands *c)
{
	commands_add(c, rows, sizeof(rows) / sizeof(rows[0]));
}
