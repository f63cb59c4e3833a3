// SPDX-License-Identifier: GPL-3.0-or-later
// Our side of the helper process: it is asked, waited for as long as a person
// would, and replaced when it did not survive a message.
#include "config.h"

#include "reader/reader.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/when.h"
#include "loop/cancel.h"
#include "loop/child.h"
#include "mail/document.h"
#include "mail/read.h"
#include "reader/frame.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READER_READ_STEP (64 * 1024)
// After a request larger than this the helper is let go, with its memory.
#define READER_KEEP_MAX (8 * 1024 * 1024)
#define READER_RAW_MAX (256 * 1024)   // bytes of a message shown raw

struct reader_helper {
	struct strlist argv;
	struct child child;   // pid -1: none runs
};

struct reader_helper *
reader_helper_new(const char *const argv[])
{
	struct reader_helper *h = mem_new(struct reader_helper);

	for (size_t i = 0; argv[i] != NULL; i++)
		strlist_add(&h->argv, argv[i]);
	h->child = (struct child){ .pid = -1, .in = -1, .out = -1 };
	return h;
}

// It has nothing to finish, so it is not asked to end.
static void
helper_end(struct reader_helper *h)
{
	if (h->child.pid < 0)
		return;
	child_close(&h->child);
	child_wait(&h->child, 0, NULL, NULL, NULL);
	h->child.pid = -1;
}

void
reader_helper_free(struct reader_helper **h)
{
	if (*h == NULL)
		return;
	helper_end(*h);
	strlist_done(&(*h)->argv);
	free(*h);
	*h = NULL;
}

static bool
helper_begin(struct reader_helper *h, struct error *err)
{
	if (h->child.pid >= 0)
		return true;
	const char **argv = mem_alloc(h->argv.len + 1, sizeof(*argv));
	for (size_t i = 0; i < h->argv.len; i++)
		argv[i] = h->argv.items[i];
	bool ok = child_start(&h->child, argv, NULL,
		CHILD_IN | CHILD_OUT | CHILD_OWN_GROUP, err);
	free(argv);
	if (!ok) {
		h->child.pid = -1;
		err->kind = ERROR_STORE;
		return error_prefix(err, "the reading helper");
	}
	fcntl(h->child.in, F_SETFL, O_NONBLOCK);
	fcntl(h->child.out, F_SETFL, O_NONBLOCK);
	return true;
}

// --- one exchange ----------------------------------------------------------------

enum outcome { TALK_DONE, TALK_CRASHED, TALK_LATE, TALK_NONSENSE, TALK_CANCELLED };

static const char *const outcome_words[] = {
	[TALK_CRASHED] = "the reading helper crashed on it",
	[TALK_LATE] = "reading it took too long",
	[TALK_NONSENSE] = "the reading helper answered nonsense",
};

struct talk {
	struct child *child;
	const struct cancel *cancel;
	int64_t end;              // when_mono_ms
	const char *out;          // what is still to be written
	size_t out_left;
	unsigned char head[FRAME_HEAD];
	size_t head_got;
	struct buf reply;
};

static enum outcome
talk_wait(struct talk *t)
{
	int64_t left = t->end - when_mono_ms();
	struct pollfd fds[] = {
		{ .fd = t->child->out, .events = POLLIN },
		{ .fd = t->out_left > 0 ? t->child->in : -1, .events = POLLOUT },
		{ .fd = cancel_fd(t->cancel), .events = POLLIN },
	};

	if (cancel_is_set(t->cancel))
		return TALK_CANCELLED;
	if (left <= 0)
		return TALK_LATE;
	poll(fds, 3, (int)left);
	return TALK_DONE;
}

static enum outcome
talk_write(struct talk *t)
{
	if (t->out_left == 0)
		return TALK_DONE;
	ssize_t done = child_write(t->child, t->out, t->out_left);
	if (done < 0)
		return errno == EAGAIN || errno == EINTR ? TALK_DONE : TALK_CRASHED;
	t->out += done;
	t->out_left -= (size_t)done;
	return TALK_DONE;
}

// The reply grows with what really came, never by what the head promises.
static enum outcome
talk_read(struct talk *t)
{
	char data[READER_READ_STEP];
	bool in_head = t->head_got < FRAME_HEAD;
	size_t want = in_head ? FRAME_HEAD - t->head_got :
		frame_len(t->head) - t->reply.len;
	ssize_t got = read(t->child->out, data,
		want < sizeof(data) ? want : sizeof(data));

	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? TALK_DONE : TALK_CRASHED;
	if (got == 0)
		return TALK_CRASHED;
	if (!in_head) {
		buf_add(&t->reply, data, (size_t)got);
		return TALK_DONE;
	}
	memcpy(t->head + t->head_got, data, (size_t)got);
	t->head_got += (size_t)got;
	if (t->head_got == FRAME_HEAD && frame_len(t->head) > READER_REPLY_MAX)
		return TALK_NONSENSE;
	return TALK_DONE;
}

static bool
talk_complete(const struct talk *t)
{
	return t->head_got == FRAME_HEAD && t->reply.len == frame_len(t->head);
}

static enum outcome
talk_run(struct talk *t)
{
	enum outcome o = TALK_DONE;

	while (o == TALK_DONE && !talk_complete(t)) {
		o = talk_wait(t);
		if (o == TALK_DONE)
			o = talk_write(t);
		if (o == TALK_DONE)
			o = talk_read(t);
	}
	return o;
}

// An answer before the end of the request was none to this request.
static enum outcome
helper_ask(struct reader_helper *h, const struct buf *request, int deadline_ms,
	const struct cancel *cancel, struct document **document_r)
{
	struct talk t = {
		.child = &h->child, .cancel = cancel,
		.end = when_mono_ms() + deadline_ms,
		.out = request->data, .out_left = request->len,
	};

	enum outcome o = talk_run(&t);
	if (o == TALK_DONE && t.out_left > 0)
		o = TALK_NONSENSE;
	if (o == TALK_DONE) {
		*document_r = document_unpack(buf_text(&t.reply), t.reply.len);
		if (*document_r == NULL)
			o = TALK_NONSENSE;
	}
	buf_done(&t.reply);
	return o;
}

// --- shown raw -------------------------------------------------------------------

// Returns how much of it found room.
static size_t
raw_lines(struct document *d, const char *data, size_t len, size_t room)
{
	size_t at = 0, end = len < room ? len : room;

	while (at < end && !document_full(d)) {
		const char *nl = memchr(data + at, '\n', end - at);
		size_t stop = nl != NULL ? (size_t)(nl - data) : end;
		size_t cut = stop > at && data[stop - 1] == '\r' ? stop - 1 : stop;
		document_add_block(d, BLOCK_LINE);
		document_add_text(d, data + at, cut - at);
		at = nl != NULL ? stop + 1 : end;
	}
	return at;
}

static struct document *
document_raw(const struct read_input *in, const char *why)
{
	struct document *d = document_new();
	const char *head = in->raw != NULL ? in->raw : in->header;
	size_t len = in->raw != NULL ? in->raw_len : in->header_len;
	size_t all = len, shown = 0;

	document_note(d, "shown raw: %s", why);
	if (head != NULL)
		shown = raw_lines(d, head, len, READER_RAW_MAX);
	for (size_t i = 0; in->raw == NULL && i < in->n_bodies; i++) {
		const struct read_body *body = &in->bodies[i];
		all += body->len;
		shown += raw_lines(d, body->data, body->len,
			READER_RAW_MAX - shown);
	}
	if (shown < all)
		document_note(d, "not shown: %zu more bytes", all - shown);
	return d;
}

bool
reader_helper_read(struct reader_helper *h, const struct read_input *in,
	int deadline_ms, const struct cancel *cancel, struct document **document_r,
	struct error *err)
{
	struct buf request = {0};
	struct error failed = {0};
	unsigned char head[FRAME_HEAD] = {0};
	bool ok = true;

	*document_r = NULL;
	buf_add(&request, head, sizeof(head));
	read_input_pack(&request, in);
	size_t len = request.len - FRAME_HEAD;
	if (len > READER_REQUEST_MAX) {
		*document_r = document_raw(in, "it is too large to be read");
		goto out;
	}
	frame_head((unsigned char *)request.data, len);
	ok = helper_begin(h, &failed);
	if (!ok)
		goto out;
	enum outcome o = helper_ask(h, &request, deadline_ms, cancel, document_r);
	if (o != TALK_DONE || len > READER_KEEP_MAX)
		helper_end(h);
	if (o == TALK_CANCELLED) {
		ok = error_set(&failed, ERROR_CANCELLED, "cancelled");
	} else if (o != TALK_DONE) {
		log_error("reader: %s", outcome_words[o]);
		*document_r = document_raw(in, outcome_words[o]);
	}
out:
	if (!ok && err != NULL)
		*err = failed;
	buf_done(&request);
	return ok;
}
