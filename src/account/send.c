// SPDX-License-Identifier: GPL-3.0-or-later
// From waiting to sent. The journal says STARTED before the last bytes leave, so
// that whatever cuts us off after that is a doubt, and a doubt is told and not
// sent again.
#include "config.h"

#include "account/send.h"

#include "account/account.h"
#include "account/spool.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/when.h"
#include "mail/message.h"
#include "remote/remote.h"
#include "store/folders.h"
#include "store/messages.h"
#include "store/outbox.h"

#include <stdlib.h>
#include <string.h>

#define TELL_WORDS_MAX 300   // of a server's answer, in a sentence about a message
#define FAILED_ADVICE "; the outbox has it, to be changed and sent again"

static void
step(struct sending *s, const char *what)
{
	if (s->step != NULL)
		s->step(s->arg, what);
}

// What a person reads of a message: its subject, and what happened to it.
static void
tell(struct sending *s, const struct send *send, enum error_kind kind,
	const char *words, const char *advice)
{
	const char *subject = str_empty(send->subject) ? "(no subject)" :
		send->subject;
	int len = (int)strlen(words);
	struct error err;

	// A server's words may end with a stop of their own.
	while (*advice != '\0' && len > 0 && words[len - 1] == '.')
		len--;
	error_set(&err, kind, "\"%.60s\" %.*s%s", subject,
		len < TELL_WORDS_MAX ? len : TELL_WORDS_MAX, words, advice);
	if (s->notice != NULL)
		s->notice(s->arg, &err);
}

static void
tell_sent(struct sending *s, const struct send *send)
{
	const char *first = NULL;
	char *others, *folder;
	size_t n = 0;

	for (size_t i = 0; i < send->n_recipients; i++) {
		if (!send->recipients[i].accepted)
			continue;
		first = first != NULL ? first : send->recipients[i].mail;
		n++;
	}
	if (first == NULL)
		return;
	others = n > 1 ? str_printf(" and %zu other%s", n - 1, n > 2 ? "s" : "") :
		str_dup("");
	folder = sent_folder_name(s);
	char *words = str_printf("Sent to %s%s (%s%s)", first, others,
		folder != NULL ? "copy in " : "the server keeps the copy",
		str_or_empty(folder));
	struct error news;
	error_set(&news, ERROR_NONE, "%s", words);
	if (s->notice != NULL)
		s->notice(s->arg, &news);
	free(words);
	free(folder);
	free(others);
}

static bool
update(struct sending *s, struct send *send, enum send_state state,
	struct error *err)
{
	send->state = state;
	return store_send_update(s->store, send, err);
}

// --- ends -----------------------------------------------------------------------------

static bool
send_failed(struct sending *s, struct send *send, const char *words,
	struct error *err)
{
	struct error store = {0};

	str_set(&send->error, words);
	if (!update(s, send, SEND_FAILED, &store)) {
		*err = store;
		return false;
	}
	tell(s, send, ERROR_REFUSED, words, FAILED_ADVICE);
	return error_set(err, ERROR_REFUSED, "\"%s\" %s",
		str_or_empty(send->subject), words);
}

// All that follows from it can be done again when it is cut off.
static bool
send_finish(struct sending *s, const struct send *send, struct error *err)
{
	step(s, "sent");
	if (!sent_follow(s, send, err))
		return false;
	step(s, "copy made");
	if (!store_send_remove(s->store, send->seq, err))
		return false;
	tell_sent(s, send);
	return true;
}

// The message stands somewhere on the server: in Sent, because that server files
// what it sends, or in the inbox of one who wrote to himself.
static bool
seems_sent(struct sending *s, const struct send *send)
{
	struct message m;
	struct folder f;
	uint64_t id;

	if (str_empty(send->message_id) ||
	    !store_message_by_message_id(s->store, s->account, send->message_id,
			&id) || !store_message(s->store, id, &m))
		return false;
	uint32_t folder = m.folder;
	message_done(&m);
	if (!store_folder(s->store, folder, &f))
		return false;
	bool draft = f.role == ROLE_DRAFTS;
	folder_done(&f);
	return !draft;
}

// Cut off where the server may have taken it already.
static bool
send_doubtful(struct sending *s, struct send *send, const char *why,
	struct error *err)
{
	if (seems_sent(s, send)) {
		for (size_t i = 0; i < send->n_recipients; i++)
			send->recipients[i].accepted = true;
		return update(s, send, SEND_SENT, err) &&
			send_finish(s, send, err);
	}
	char *words = str_printf(SEND_DOUBT " (%s): ask whether it arrived before "
		"you send it again", why);
	bool ok = send_failed(s, send, words, err);
	free(words);
	return ok;
}

// --- one try --------------------------------------------------------------------------

struct attempt {
	struct sending *s;
	struct send *send;
	struct spool *spool;
	struct sender_recipient *to;  // those who do not have it yet
	size_t *places;               // of each in send->recipients
	size_t n;
	bool started;
	struct error failed;          // of the journal
};

static bool
attempt_next(void *arg, const void **bytes_r, size_t *len_r)
{
	struct attempt *a = arg;

	if (!a->started && spool_at_last(a->spool)) {
		a->started = true;
		if (!update(a->s, a->send, SEND_STARTED, &a->failed))
			return false;
		step(a->s, "send started");
	}
	return spool_next(a->spool, bytes_r, len_r);
}

static void
attempt_init(struct attempt *a, struct sending *s, struct send *send)
{
	*a = (struct attempt){ .s = s, .send = send };
	a->to = mem_alloc(send->n_recipients + 1, sizeof(*a->to));
	a->places = mem_alloc(send->n_recipients + 1, sizeof(*a->places));
	for (size_t i = 0; i < send->n_recipients; i++) {
		if (send->recipients[i].accepted)
			continue;
		a->places[a->n] = i;
		a->to[a->n++].mail = send->recipients[i].mail;
	}
}

static void
attempt_done(struct attempt *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->to[i].answer);
	free(a->to);
	free(a->places);
	spool_close(&a->spool);
}

// What the server said to each; *later_r: one of them may be tried again.
static void
attempt_note(struct attempt *a, bool *later_r, size_t *refused_r)
{
	*later_r = false;
	*refused_r = 0;
	for (size_t i = 0; i < a->n; i++) {
		struct send_recipient *r = &a->send->recipients[a->places[i]];
		r->accepted = a->to[i].accepted;
		str_set(&r->error, r->accepted ? NULL : a->to[i].answer);
		if (r->accepted)
			continue;
		(*refused_r)++;
		if (!a->to[i].permanent && a->to[i].answer != NULL)
			*later_r = true;
	}
}

static char *
refused_words(const struct send *send)
{
	struct strlist all = {0};

	for (size_t i = 0; i < send->n_recipients; i++) {
		const struct send_recipient *r = &send->recipients[i];
		if (!r->accepted)
			strlist_take(&all, str_printf("%s: %s", r->mail,
				r->error != NULL ? r->error : "refused"));
	}
	char *joined = strlist_join(&all, "; ");
	char *words = str_printf("was not taken for %s", joined);
	strlist_done(&all);
	free(joined);
	return words;
}

static bool
send_later(struct sending *s, struct send *send, const char *words,
	struct error *err)
{
	struct error store = {0};
	int64_t pause = SEND_PAUSE_FIRST;

	for (unsigned i = 0; i < send->tries && pause < SEND_PAUSE_MAX; i++)
		pause *= 2;
	if (++send->tries >= SEND_TRIES_MAX)
		return send_failed(s, send, words, err);
	send->not_before = when_now() +
		(pause < SEND_PAUSE_MAX ? pause : SEND_PAUSE_MAX);
	str_set(&send->error, words);
	if (!update(s, send, SEND_WAITING, &store)) {
		*err = store;
		return false;
	}
	char *when = when_local(send->not_before, "%H:%M");
	char *advice = str_printf("; it is tried again at %s", when);
	tell(s, send, ERROR_NONE, words, advice);
	free(advice);
	free(when);
	return error_set(err, ERROR_REFUSED, "\"%s\" %s; it is tried again later",
		str_or_empty(send->subject), words);
}

// An answer of the server's, which a try was.
static bool
send_refused(struct sending *s, struct send *send, const char *words,
	struct error *err)
{
	send->tries++;
	return send_failed(s, send, words, err);
}

// The server has it, for some at least.
static bool
attempt_taken(struct attempt *a, struct error *err)
{
	struct sending *s = a->s;
	size_t refused;
	bool later;

	attempt_note(a, &later, &refused);
	if (refused == 0) {
		str_set(&a->send->error, NULL);
		return update(s, a->send, SEND_SENT, err) &&
			send_finish(s, a->send, err);
	}
	char *words = refused_words(a->send);
	// First of all that some have it: they must not get it again.
	bool ok = update(s, a->send, SEND_WAITING, err);
	step(s, "sent to some");
	ok = ok && sent_follow(s, a->send, err);
	if (ok)
		ok = later ? send_later(s, a->send, words, err) :
			send_refused(s, a->send, words, err);
	free(words);
	return ok;
}

// Nobody has it.
static bool
attempt_refused(struct attempt *a, const struct error *why, struct error *err)
{
	size_t refused;
	bool later;

	attempt_note(a, &later, &refused);
	if (later)
		return send_later(a->s, a->send, why->text, err);
	return send_refused(a->s, a->send, why->text, err);
}

static bool
attempt_end(struct attempt *a, bool ok, bool maybe, const struct error *why,
	struct error *err)
{
	struct sending *s = a->s;

	if (ok)
		return attempt_taken(a, err);
	if (a->failed.kind != ERROR_NONE) {
		*err = a->failed;
		return false;
	}
	if (maybe) {
		bool sent = send_doubtful(s, a->send, why->text, err);
		// The connection is gone, whatever became of the message.
		if (!sent && err->kind == ERROR_REFUSED)
			err->kind = ERROR_OFFLINE;
		return sent;
	}
	if (why->kind == ERROR_REFUSED || why->kind == ERROR_INPUT)
		return attempt_refused(a, why, err);
	// The last bytes never left as a whole: it waits as before.
	struct error store = {0};
	if (a->started && !update(s, a->send, SEND_WAITING, &store)) {
		*err = store;
		return false;
	}
	*err = *why;
	return false;
}

// Some had it and the others were to be tried again, when we were interrupted.
static bool
follow_interrupted(struct sending *s, const struct send *send, struct error *err)
{
	bool some = false;

	for (size_t i = 0; i < send->n_recipients; i++)
		some = some || send->recipients[i].accepted;
	return !some || send->tries > 0 || sent_follow(s, send, err);
}

static bool
send_one(struct sending *s, struct send *send, struct error *err)
{
	struct error why = {0};
	struct attempt a;
	bool maybe = false;

	if (!follow_interrupted(s, send, err))
		return false;
	char *folder = path_join(s->mail, OUTBOX_FOLDER);
	char *path = path_join(folder, path_base(send->file));
	attempt_init(&a, s, send);
	bool ok = spool_open_file(&a.spool, path, &why);
	free(folder);
	free(path);
	if (!ok) {
		ok = send_failed(s, send, "cannot be sent: its file is gone", err);
	} else if (s->sender == NULL && !s->open(s->arg, &s->sender, err)) {
		ok = false;
	} else {
		ok = s->driver->send(s->sender, str_or_empty(send->from), a.to,
			a.n, spool_size(a.spool), attempt_next, &a, &maybe, &why);
		step(s, "answered");
		ok = attempt_end(&a, ok, maybe, &why, err);
	}
	attempt_done(&a);
	return ok;
}

// --- the outbox -----------------------------------------------------------------------

static bool
send_step(struct sending *s, struct send *send, bool now, int64_t *next_r,
	struct error *err)
{
	switch (send->state) {
	case SEND_STARTED:
		return send_doubtful(s, send, "the program was interrupted", err);
	case SEND_SENT:
		return send_finish(s, send, err);
	case SEND_FAILED:
		return true;
	case SEND_WAITING:
		break;
	}
	if (now || send->not_before <= when_now())
		return send_one(s, send, err);
	if (*next_r == 0 || send->not_before < *next_r)
		*next_r = send->not_before;
	return true;
}

static bool
is_final(const struct error *err)
{
	return err->kind != ERROR_REFUSED && err->kind != ERROR_INPUT &&
		err->kind != ERROR_GONE;
}

bool
send_outbox(struct sending *s, bool now, int64_t *next_r, struct error *err)
{
	struct error first = {0};
	struct send *sends;
	size_t n = store_sends(s->store, s->account, &sends);

	*next_r = 0;
	for (size_t i = 0; i < n; i++) {
		struct error failed = {0};
		if (!is_final(&first) || first.kind == ERROR_NONE) {
			if (!send_step(s, &sends[i], now, next_r, &failed) &&
			    (first.kind == ERROR_NONE || is_final(&failed)))
				first = failed;
			if (sends[i].state == SEND_WAITING &&
			    sends[i].not_before > when_now() && (*next_r == 0 ||
				sends[i].not_before < *next_r))
				*next_r = sends[i].not_before;
		}
		send_done(&sends[i]);
	}
	free(sends);
	if (first.kind == ERROR_NONE)
		return true;
	*err = first;
	return false;
}
