// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that print a message: show, raw, render.
#include "config.h"

#include "account/account.h"
#include "account/event.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "command/answer.h"
#include "command/command.h"
#include "command/option.h"
#include "command/rows.h"
#include "engine.h"
#include "mail/document.h"
#include "mail/read.h"
#include "reader/reader.h"
#include "store/bodies.h"

#include <stdlib.h>

#define RENDER_SIZE_MAX (512u * 1024 * 1024)
#define RAW_STEP (1024 * 1024)

static void
say_document(struct call *c, const struct document *d)
{
	struct answer *a = document_answer(d,
		options_on(call_options(c), NULL, "footnotes"));

	call_say(c, SAY_ROW, a);
	answer_free(&a);
}

// --- show -------------------------------------------------------------------------

static void
show_read(struct call *c, struct event *event)
{
	if (event->kind != EVENT_REPLY)
		return;
	if (event->error.kind != ERROR_NONE || event->document == NULL) {
		struct error err = event->error;
		if (err.kind == ERROR_NONE)
			error_set(&err, ERROR_GONE, "the message is not there");
		call_finish(c, &err);
		return;
	}
	say_document(c, event->document);
	call_finish(c, NULL);
}

static enum command_result
run_show(struct call *c, struct error *err)
{
	(void)err;
	return call_job(c, &(struct job){
		.kind = JOB_READ, .id = c->target.ids[0],
		.text = call_flag(c, "part"),
		.flag = call_flag(c, "html") != NULL,
	}, show_read);
}

// --- raw --------------------------------------------------------------------------

struct raw {
	struct engine *engine;
	uint64_t id;
	struct buf data;
};

static void
raw_free(void *arg)
{
	struct raw *r = arg;

	buf_done(&r->data);
	free(r);
}

static bool
raw_work(void *arg, struct error *err)
{
	struct raw *r = arg;

	return command_read_raw(r->engine, r->id, &r->data, err);
}

bool
command_read_raw(struct engine *e, uint64_t id, struct buf *out, struct error *err)
{
	uint64_t have = 0;
	bool complete = false;

	if (!store_raw_state(e->store, id, &have, &complete) || !complete)
		return error_set(err, ERROR_GONE, "the whole message is not here");
	while (out->len < have) {
		size_t before = out->len;
		uint64_t left = have - before;

		if (!store_raw_read(e->store, id, before,
			left < RAW_STEP ? (size_t)left : RAW_STEP, out, err))
			return false;
		if (out->len == before)
			return error_set(err, ERROR_GONE, "the message ends early");
	}
	return true;
}

static void
raw_read(struct call *c, const struct error *err)
{
	struct raw *r = c->data;

	if (err == NULL) {
		struct answer *a = answer_new();
		answer_str(a, "raw", buf_text(&r->data));
		answer_bytes(a, buf_text(&r->data), r->data.len);
		answer_text(a, "%s", buf_text(&r->data));
		call_say(c, SAY_ROW, a);
		answer_free(&a);
	}
	call_finish(c, err);
}

static void
raw_fetched(struct call *c, struct event *event)
{
	if (event->kind != EVENT_REPLY)
		return;
	if (event->error.kind != ERROR_NONE)
		call_finish(c, &event->error);
	else
		call_work(c, true, raw_work, c->data, raw_read);
}

static enum command_result
run_raw(struct call *c, struct error *err)
{
	struct raw *r = mem_new(struct raw);

	(void)err;
	r->engine = c->engine;
	r->id = c->target.ids[0];
	c->data = r;
	c->free_data = raw_free;
	return call_job(c, &(struct job){ .kind = JOB_RAW, .id = r->id },
		raw_fetched);
}

// --- render -------------------------------------------------------------------------

struct render {
	char *path;
	bool html;
	struct buf data;
	struct document *document;
};

static void
render_free(void *arg)
{
	struct render *r = arg;

	free(r->path);
	buf_done(&r->data);
	document_free(&r->document);
	free(r);
}

static bool
render_work(void *arg, struct error *err)
{
	static const char *const argv[] = { "/proc/self/exe", "--reader", NULL };
	struct render *r = arg;

	if (r->path != NULL && !path_read(r->path, RENDER_SIZE_MAX, &r->data, err))
		return false;
	struct reader_helper *helper = reader_helper_new(argv);
	struct read_input in = {
		.raw = buf_text(&r->data), .raw_len = r->data.len,
		.prefer_html = r->html,
	};
	bool ok = reader_helper_read(helper, &in, READER_DEADLINE_MS, NULL,
		&r->document, err);
	reader_helper_free(&helper);
	return ok;
}

static void
rendered(struct call *c, const struct error *err)
{
	struct render *r = c->data;

	if (err == NULL)
		say_document(c, r->document);
	call_finish(c, err);
}

static void
render_input(void *arg, const char *data, size_t len)
{
	struct call *c = arg;
	struct render *r = c->data;
	struct error err;

	if (data == NULL) {
		error_set(&err, ERROR_INPUT, "render: standard input cannot be read");
		call_finish(c, &err);
		return;
	}
	buf_add(&r->data, data, len);
	call_work(c, true, render_work, r, rendered);
}

static enum command_result
run_render(struct call *c, struct error *err)
{
	struct render *r = mem_new(struct render);

	c->data = r;
	c->free_data = render_free;
	r->html = call_flag(c, "html") != NULL;
	if (!str_equal(call_arg(c, 0), "-")) {
		r->path = call_path(c, call_arg(c, 0));
		return call_work(c, true, render_work, r, rendered);
	}
	if (c->front->read_input == NULL) {
		error_set(err, ERROR_INPUT, "render: there is no standard input here");
		return COMMAND_FAILED;
	}
	c->front->read_input(c->front, render_input, c);
	return COMMAND_WAIT;
}

static const struct argument id_arguments[] = {
	{ "id", ARGUMENT_ID, "Which message: its id", .optional = true },
	{ NULL },
};
static const struct argument render_arguments[] = {
	{ "path", ARGUMENT_PATH, "A file with one message; - is standard input" },
	{ NULL },
};
static const struct command_flag html_flags[] = {
	{ "html", NULL, ARGUMENT_TEXT, "Of several forms the HTML one" },
	{ NULL },
};

static const struct command_flag show_flags[] = {
	{ "html", NULL, ARGUMENT_TEXT, "Of several forms the HTML one" },
	{ "part", "section", ARGUMENT_TEXT, "The attached message of that number" },
	{ NULL },
};

static const struct command rows[] = {
	{ "raw", "Prints a message as it was sent", NULL, id_arguments,
		.target = TARGET_MESSAGE, .again = true, .run = run_raw },
	{ "render", "Prints a message that lies in a file", NULL, render_arguments,
		html_flags, .early = true, .run = run_render },
	{ "show", "Prints a message", NULL, id_arguments, show_flags,
		.target = TARGET_MESSAGE, .again = true, .run = run_show },
};

void
commands_add_read(struct commands *c)
{
	commands_add(c, rows, sizeof(rows) / sizeof(rows[0]));
}
