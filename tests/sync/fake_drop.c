// SPDX-License-Identifier: GPL-3.0-or-later
// The fake server's INBOX as a POP3 maildrop, and its outgoing side. A session
// sees the maildrop as it was at the login; only commit removes.
#include "config.h"

#include "tests/sync/fake_private.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_session {
	struct fake *server;
	bool dead;
	uint32_t uids[FAKE_MESSAGES];  // by number, from 1 on
	bool removed[FAKE_MESSAGES];
	size_t n;
};

static struct fake_session *
session(struct remote *r)
{
	return (struct fake_session *)(void *)r;
}

static bool
begin(struct remote *r, const char *verb, struct error *err)
{
	struct fake_session *s = session(r);

	if (s->dead)
		return error_set(err, ERROR_OFFLINE, "the connection is dead");
	if (fake_begin(verb, err))
		return true;
	s->dead = err->kind == ERROR_OFFLINE;
	return false;
}

static bool
end(struct remote *r, const char *verb, struct error *err)
{
	if (fake_end(verb, err))
		return true;
	session(r)->dead = err->kind == ERROR_OFFLINE;
	return false;
}

static bool
drop_open(struct remote **r, const struct remote_settings *settings,
	struct cancel *cancel, struct remote_certificate *certificate_r,
	struct error *err)
{
	(void)settings;
	(void)cancel;
	(void)certificate_r;
	if (!fake_begin("open", err))
		return false;
	struct fake_session *s = mem_new(struct fake_session);
	const struct fake_folder *f = fake_folder(fake_used(), "INBOX");
	s->server = fake_used();
	for (; s->n < f->n; s->n++)
		s->uids[s->n] = f->messages[s->n].uid;
	*r = (struct remote *)(void *)s;
	return true;
}

static void
drop_close(struct remote **r)
{
	free(session(*r));
	*r = NULL;
}

static unsigned
drop_abilities(struct remote *r)
{
	(void)r;
	return REMOTE_DROP;
}

static bool
drop_select(struct remote *r, const char *folder, const struct remote_known *known,
	struct remote_state *state_r, const struct remote_sink *sink,
	struct error *err)
{
	(void)folder;
	(void)known;
	(void)sink;
	*state_r = (struct remote_state){ .exists = (uint32_t)session(r)->n };
	return begin(r, "select", err);
}

static const struct fake_message *
message(const struct fake_session *s, size_t at)
{
	const struct fake_folder *f = fake_folder(s->server, "INBOX");

	for (size_t i = 0; i < f->n; i++)
		if (f->messages[i].uid == s->uids[at])
			return &f->messages[i];
	return NULL;
}

static bool
wanted(struct remote_set set, uint32_t number)
{
	for (size_t i = 0; i < set.n; i++)
		if (number >= set.ranges[i].from && number <= set.ranges[i].to)
			return true;
	return false;
}

// Twins and nameless ones have no UIDL of their own.
static bool
tell(const struct fake_session *s, size_t at, unsigned what,
	const struct remote_sink *sink)
{
	const struct fake_message *m = message(s, at);
	char *text = fake_text(m->name);
	char *uidl = str_printf("u%u", m->uid);
	struct remote_message to = {
		.uid = (uint32_t)at + 1, .size = strlen(text),
		.uidl = m->name[0] == '=' || m->name[0] == '-' ? NULL : uidl,
	};
	bool ok = sink->message(sink->arg, &to);

	// In two pieces: a cut may come between them.
	if (ok && (what & REMOTE_FETCH_RAW)) {
		ok = sink->data(sink->arg, text, 40);
		fake_step("half a message");
		ok = ok && sink->data(sink->arg, text + 40, strlen(text) - 40);
	}
	free(uidl);
	free(text);
	return ok;
}

static bool
drop_fetch(struct remote *r, struct remote_set set, unsigned what,
	uint64_t changed_since, const struct remote_sink *sink, struct error *err)
{
	struct fake_session *s = session(r);

	(void)changed_since;
	if (!begin(r, "fetch", err))
		return false;
	for (size_t i = 0; i < s->n; i++) {
		if (s->removed[i] || !wanted(set, (uint32_t)i + 1) ||
		    message(s, i) == NULL)
			continue;
		if (!tell(s, i, what, sink))
			return error_set(err, ERROR_CANCELLED, "cancelled");
		if ((what & REMOTE_FETCH_RAW) && !end(r, "half fetch", err))
			return false;
	}
	return true;
}

static bool
drop_expunge(struct remote *r, struct remote_set set, struct error *err)
{
	struct fake_session *s = session(r);

	if (!begin(r, "expunge", err))
		return false;
	for (size_t i = 0; i < s->n; i++)
		if (wanted(set, (uint32_t)i + 1))
			s->removed[i] = true;
	return end(r, "expunge", err);
}

static bool
drop_commit(struct remote *r, struct error *err)
{
	struct fake_session *s = session(r);
	struct fake_folder *f = fake_folder(s->server, "INBOX");

	if (!begin(r, "commit", err))
		return false;
	for (size_t i = 0; i < s->n; i++) {
		const struct fake_message *m = message(s, i);
		if (s->removed[i] && m != NULL)
			fake_drop_at(f, (size_t)(m - f->messages));
	}
	s->dead = true;
	return end(r, "commit", err);
}

const struct remote_driver fake_drop_driver = {
	.name = "fake drop",
	.open = drop_open, .close = drop_close, .abilities = drop_abilities,
	.select = drop_select, .fetch = drop_fetch, .expunge = drop_expunge,
	.commit = drop_commit,
};

// --- outgoing -------------------------------------------------------------------------

struct fake_outgoing {
	bool dead;
};

static struct fake_outgoing *
outgoing(struct sender *s)
{
	return (struct fake_outgoing *)(void *)s;
}

static bool
sender_open(struct sender **s, const struct remote_settings *settings,
	struct cancel *cancel, struct remote_certificate *certificate_r,
	struct error *err)
{
	(void)settings;
	(void)cancel;
	(void)certificate_r;
	if (!fake_begin("open sender", err))
		return false;
	*s = (struct sender *)(void *)mem_new(struct fake_outgoing);
	return true;
}

static void
sender_close(struct sender **s)
{
	free(outgoing(*s));
	*s = NULL;
}

static void
take(struct fake *f, const char *text, struct sender_recipient *to, size_t n)
{
	const char *id = strstr(text, "Message-ID: <");

	for (size_t i = 0; i < n && f->n_sent < FAKE_SENT; i++) {
		if (!to[i].accepted)
			continue;
		if (id != NULL)
			snprintf(f->sent[f->n_sent].message_id, FAKE_NAME,
				"%.*s", (int)strcspn(id + 13, ">"), id + 13);
		snprintf(f->sent[f->n_sent].to, FAKE_NAME, "%s", to[i].mail);
		f->n_sent++;
	}
}

static bool
answer(struct fake *f, struct sender_recipient *to, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		to[i].accepted = !str_equal(to[i].mail, f->refuse);
		to[i].permanent = f->refuse_words[0] != '4';
		to[i].answer = str_dup(to[i].accepted ? "250 yes" :
			f->refuse_words);
		any = any || to[i].accepted;
	}
	return any;
}

static bool
sender_send(struct sender *s, const char *from, struct sender_recipient *to,
	size_t n, uint64_t size,
	bool (*next)(void *arg, const void **bytes_r, size_t *len_r), void *arg,
	bool *maybe_r, struct error *err)
{
	struct fake *f = fake_used();
	struct buf text = {0};

	(void)from;
	*maybe_r = false;
	if (outgoing(s)->dead)
		return error_set(err, ERROR_OFFLINE, "the connection is dead");
	outgoing(s)->dead = true;
	if (!fake_begin("send", err))
		return false;
	outgoing(s)->dead = false;
	if (!answer(f, to, n))
		return error_set(err, ERROR_REFUSED, "nobody is known here");
	while (text.len < size) {
		const void *bytes;
		size_t len;
		if (!next(arg, &bytes, &len) || len == 0)
			break;
		buf_add(&text, bytes, len);
	}
	bool whole = text.len == size;
	fake_step("before the end of data");
	if (whole)
		take(f, text.data, to, n);
	buf_done(&text);
	if (!whole)
		return error_set(err, ERROR_INPUT, "the size is another");
	if (fake_end("send", err))
		return true;
	*maybe_r = true;
	outgoing(s)->dead = true;
	for (size_t i = 0; i < n; i++)
		to[i].accepted = false;
	return false;
}

const struct sender_driver fake_sender = {
	.name = "fake", .open = sender_open, .close = sender_close,
	.send = sender_send,
};
