// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that send: a draft, or a message from a file or standard input.
#include "config.h"

#include "account/account.h"
#include "account/event.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "command/answer.h"
#include "command/attachment.h"
#include "command/command.h"
#include "command/draft_copy.h"
#include "command/drafts.h"
#include "command/option.h"
#include "command/outgoing.h"
#include "engine.h"
#include "mail/query.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct sending {
	struct engine *engine;
	char *path;                  // of the draft or file; NULL: standard input
	struct buf text;
	struct draft draft;
	bool is_draft;               // the text is one
	bool from_drafts;            // and its file goes when it is queued
	struct address_list to;      // given by -to
	bool has_to, raw;
	struct address from;         // given by -from, else the account's
	uint32_t account;
	enum build_flowed flowed;
	size_t fetched;              // attachments whose bytes are here
	struct outgoing out;
	uint64_t seq;
	char *changed;               // what to ask about attachments; NULL
};

static void
sending_free(void *arg)
{
	struct sending *s = arg;

	free(s->path);
	buf_done(&s->text);
	draft_done(&s->draft);
	address_list_done(&s->to);
	free(s->from.name);
	free(s->from.mail);
	outgoing_done(&s->out);
	free(s->changed);
	free(s);
}

// --- queueing -------------------------------------------------------------------------

static void
say_sent(struct call *c, const char *state)
{
	struct sending *s = c->data;
	struct answer *a = answer_new();

	answer_u64(a, "seq", s->seq);
	answer_str(a, "state", state);
	answer_str(a, "subject", s->out.send.subject);
	answer_text(a, "%s: %s", str_equal(state, "sent") ? "Sent" : "In the outbox",
		str_or_empty(s->out.send.subject));
	call_say(c, SAY_INFO, a);
	answer_free(&a);
}

static void
flushed(struct call *c, struct event *event)
{
	struct sending *s = c->data;
	struct send now;
	struct error err;

	if (event->kind != EVENT_REPLY)
		return;
	if (!store_send(c->engine->store, s->seq, &now)) {
		say_sent(c, "sent");
		call_finish(c, NULL);
		return;
	}
	enum send_state state = now.state;
	error_set(&err, ERROR_REFUSED, "the message was not sent: %s (it waits in "
		"the outbox as %" PRIu64 ")", now.error != NULL ? now.error :
		"the server refused it", s->seq);
	send_done(&now);
	if (state == SEND_FAILED) {
		call_finish(c, &err);
		return;
	}
	say_sent(c, state == SEND_SENT ? "sent" : "queued");
	if (state != SEND_SENT && event->error.kind != ERROR_NONE)
		call_info(c, "It goes out later: %s", event->error.text);
	call_finish(c, NULL);
}

// On a screen: what becomes of it is told by those who send it, who may have done
// so by now.
static void
say_queued(struct call *c)
{
	struct sending *s = c->data;
	const struct account_status *status = engine_account_status(c->engine,
		s->account);
	struct send now;

	if (!store_send(c->engine->store, s->seq, &now))
		return;
	bool untried = now.state == SEND_WAITING && now.tries == 0;
	send_done(&now);
	if (!untried)
		return;
	if (status != NULL && (status->state == ACCOUNT_OFFLINE ||
		status->state == ACCOUNT_PAUSED))
		call_info(c, "In the outbox: %s; it goes when the account is on line",
			str_or_empty(s->out.send.subject));
	else
		say_sent(c, "queued");
}

static void
queued(struct call *c, const struct error *err)
{
	struct sending *s = c->data;

	if (err != NULL) {
		call_finish(c, err);
		return;
	}
	if (s->from_drafts)
		engine_tell(c->engine, NULL);
	// A screen goes on; who has none wants to know how it ended.
	bool screen = str_equal(c->front->ops->name, "screen");
	if (screen || call_flag(c, "q") != NULL) {
		if (screen)
			say_queued(c);
		else
			say_sent(c, "queued");
		call_finish(c, NULL);
		return;
	}
	call_job(c, &(struct job){ .kind = JOB_FLUSH, .account = s->account },
		flushed);
}

static bool
make(struct sending *s, struct error *err)
{
	if (s->is_draft)
		return outgoing_from_draft(&s->out, s->engine, &s->draft,
			s->flowed, err);
	return outgoing_from_message(&s->out, buf_text(&s->text), s->text.len,
		s->has_to ? &s->to : NULL, &s->from, err);
}

static bool
queue_work(void *arg, struct error *err)
{
	struct sending *s = arg;
	struct error gone;
	bool back;

	if (!make(s, err))
		return false;
	s->out.send.account = s->account;
	// Before it is queued: a draft that is here once too often is no harm.
	if (s->from_drafts && !draft_copies_remove(s->engine, s->account, &s->draft,
		"remove the draft that was sent", &back, err))
		return false;
	if (s->from_drafts)
		s->out.send.draft = str_dup(path_base(s->path));
	if (!accounts_queue_message(s->engine->accounts, &s->out.send,
		&s->out.message, err))
		return false;
	s->seq = s->out.send.seq;
	// Only now: the record is in the journal.
	if (s->from_drafts && !draft_remove(s->path, &gone))
		log_error("%s", gone.text);
	return true;
}

// --- what must be fetched first --------------------------------------------------------

static void
queue(struct call *c)
{
	struct sending *s = c->data;
	const char *flowed = options_text(call_options(c),
		engine_account_name(c->engine, s->account), "flowed");

	s->flowed = str_equal(flowed, "on") ? BUILD_FLOWED_ALL :
		str_equal(flowed, "auto") ? BUILD_FLOWED_LONG : BUILD_FIXED;
	call_work(c, false, queue_work, c->data, queued);
}

static void fetch_next(struct call *c);

static void
fetched(struct call *c, struct event *event)
{
	struct sending *s = c->data;

	if (event->kind != EVENT_REPLY)
		return;
	if (event->error.kind != ERROR_NONE) {
		error_prefix(&event->error, "cannot fetch attachment %zu",
			s->fetched + 1);
		call_finish(c, &event->error);
		return;
	}
	s->fetched++;
	fetch_next(c);
}

static void
fetch_next(struct call *c)
{
	struct sending *s = c->data;
	struct job job;

	while (s->is_draft && s->fetched < s->draft.attach.len) {
		if (outgoing_fetch_job(s->draft.attach.items[s->fetched], &job)) {
			call_job(c, &job, fetched);
			return;
		}
		s->fetched++;
	}
	queue(c);
}

// --- who sends -------------------------------------------------------------------------

static bool
account_of_address(struct engine *e, const char *mail, uint32_t *account_r)
{
	uint32_t ids[64];
	size_t n = engine_account_ids(e, ids, 64);

	for (size_t i = 0; i < n; i++) {
		const struct address_list *list = engine_account_addresses(e, ids[i]);
		if (address_list_has(list, mail)) {
			*account_r = ids[i];
			return true;
		}
	}
	return false;
}

static void
message_from(const struct sending *s, struct address_list *list)
{
	struct envelope envelope;

	if (s->is_draft) {
		address_list_copy(list, &s->draft.from);
		return;
	}
	envelope_parse(&envelope, buf_text(&s->text), s->text.len);
	address_list_copy(list, &envelope.from);
	envelope_done(&envelope);
}

static bool
choose_account(struct call *c, struct error *err)
{
	struct sending *s = c->data;
	struct address_list from = {0};
	const char *name = call_flag(c, "a");

	if (name == NULL && s->is_draft)
		name = s->draft.account;
	message_from(s, &from);
	if (name != NULL)
		s->account = engine_account_find(c->engine, name);
	else if (from.len == 0 || !account_of_address(c->engine, from.items[0].mail,
		&s->account))
		engine_account_ids(c->engine, &s->account, 1);
	address_list_done(&from);
	if (s->account == 0)
		return name != NULL ?
			error_set(err, ERROR_INPUT, "there is no account \"%s\"", name) :
			error_set(err, ERROR_INPUT, "there is no account to send from");
	name = engine_account_name(c->engine, s->account);
	return options_text(call_options(c), name, "outgoing") != NULL ||
		error_set(err, ERROR_INPUT, "account %s has no outgoing server: "
			"set outgoing smtps://USER@HOST", name);
}

// The sender where the text has none, and -from.
static void
fill_from(struct call *c)
{
	struct sending *s = c->data;
	const struct address *own = engine_account_address(c->engine, s->account);
	struct address_list given = {0};

	if (call_flag(c, "from") != NULL)
		address_list_parse(&given, call_flag(c, "from"));
	const struct address *from = given.len > 0 ? &given.items[0] : NULL;
	struct address_list written = {0};
	message_from(s, &written);
	if (from == NULL)
		from = written.len > 0 ? &written.items[0] : own;
	if (from != NULL) {
		s->from.name = str_dup(from->name);
		s->from.mail = str_dup(from->mail);
	}
	if (s->is_draft && s->draft.from.len == 0 && from != NULL)
		address_list_add(&s->draft.from, from->name, from->mail);
	address_list_done(&written);
	address_list_done(&given);
}

static void
changed_answered(struct call *c, const char *answer)
{
	struct error err;

	if (str_equal(answer, "yes")) {
		fetch_next(c);
		return;
	}
	error_set(&err, ERROR_INPUT, "The draft was not sent");
	call_finish(c, &err);
}

static void
loaded(struct call *c, const struct error *err)
{
	struct error why;

	if (err == NULL && !choose_account(c, &why))
		err = &why;
	if (err != NULL) {
		// The page of the draft shows what is wrong with it.
		if (((struct sending *)c->data)->from_drafts)
			engine_tell(c->engine, NULL);
		call_finish(c, err);
		return;
	}
	fill_from(c);
	struct sending *s = c->data;
	if (s->changed == NULL || !str_equal(c->front->ops->name, "screen")) {
		fetch_next(c);
		return;
	}
	engine_tell(c->engine, NULL);
	call_ask(c, &(struct question){
		.kind = QUESTION_YES_NO, .text = s->changed,
	}, changed_answered);
}

static void
absolute_attachments(struct sending *s)
{
	const char *folder = s->path == NULL ? NULL : s->path;

	for (size_t i = 0; folder != NULL && i < s->draft.attach.len; i++) {
		char **what = &s->draft.attach.items[i];

		if (path_is_absolute(*what) || (*what)[0] == '~' ||
			strchr(*what, ':') != NULL)
			continue;
		// Beside the file that names it.
		char *whole = str_printf("%.*s%s", (int)(path_base(folder) - folder),
			folder, *what);
		free(*what);
		*what = whole;
	}
}

static bool
parse(struct sending *s, struct error *err)
{
	const char *text = buf_text(&s->text);
	char *left_out = NULL;

	s->is_draft = !s->raw && !s->has_to &&
		!outgoing_is_message(text, s->text.len);
	if (!s->is_draft)
		return true;
	if (!draft_parse(&s->draft, text, s->text.len, &left_out, err))
		return error_prefix(err, "%s", s->path != NULL ? s->path :
			"standard input");
	// With fields that a draft does not know it is a message after all: nothing
	// that was written is left out.
	if (left_out != NULL)
		s->is_draft = false;
	free(left_out);
	absolute_attachments(s);
	return true;
}

// Files that went or changed since they were attached: said before it is too late.
static bool
check_attachments(struct sending *s, struct error *err)
{
	struct strlist changed = {0};
	bool ok = true;

	for (size_t i = 0; ok && i < s->draft.attach.len; i++) {
		struct attachment a;

		attachment_look(&a, &s->draft, i);
		if (a.state == ATTACHMENT_GONE)
			ok = error_set(err, ERROR_INPUT, "attachment %zu is not there "
				"any more, or cannot be read (%s): put it back, or take it "
				"off", i + 1, s->draft.attach.items[i]);
		else if (a.state == ATTACHMENT_CHANGED)
			strlist_add(&changed, a.name);
		attachment_done(&a);
	}
	if (ok && changed.len > 0) {
		char *names = strlist_join(&changed, ", ");
		s->changed = str_printf("%s changed since %s attached: send %s as now?",
			names, changed.len == 1 ? "it was" : "they were",
			changed.len == 1 ? "it" : "them");
		free(names);
	}
	strlist_done(&changed);
	return ok;
}

static bool
load_work(void *arg, struct error *err)
{
	struct sending *s = arg;

	if (s->from_drafts) {
		s->is_draft = true;
		if (!draft_load(&s->draft, s->path, err))
			return err->kind == ERROR_INPUT ?
				error_prefix(err, "the draft cannot be read") : false;
		absolute_attachments(s);
		return check_attachments(s, err);
	}
	if (s->path != NULL && !path_read(s->path, OUTGOING_SIZE_MAX, &s->text, err))
		return false;
	return parse(s, err);
}

// --- the commands -------------------------------------------------------------------------

static struct sending *
sending_new(struct call *c)
{
	struct sending *s = mem_new(struct sending);

	s->engine = c->engine;
	c->data = s;
	c->free_data = sending_free;
	return s;
}

static enum command_result
run_send_draft(struct call *c, struct error *err)
{
	struct sending *s = sending_new(c);

	(void)err;
	s->path = str_dup(c->target.path);
	s->from_drafts = true;
	return call_work(c, false, load_work, s, loaded);
}

static void
send_input(void *arg, const char *data, size_t len)
{
	struct call *c = arg;
	struct sending *s = c->data;
	struct error err;

	if (data == NULL) {
		error_set(&err, ERROR_INPUT, "standard input cannot be read");
		call_finish(c, &err);
		return;
	}
	buf_add(&s->text, data, len);
	call_work(c, false, load_work, s, loaded);
}

static enum command_result
run_send(struct call *c, struct error *err)
{
	struct sending *s = sending_new(c);
	const char *to = call_flag(c, "to");

	s->raw = call_flag(c, "raw") != NULL;
	if (to != NULL) {
		s->has_to = true;
		address_list_parse(&s->to, to);
	}
	if (!str_equal(call_arg(c, 0), "-")) {
		s->path = call_path(c, call_arg(c, 0));
		return call_work(c, false, load_work, s, loaded);
	}
	if (c->front->read_input == NULL) {
		error_set(err, ERROR_INPUT, "send: there is no standard input here");
		return COMMAND_FAILED;
	}
	c->front->read_input(c->front, send_input, c);
	return COMMAND_WAIT;
}

static const struct argument send_arguments[] = {
	{ "file", ARGUMENT_PATH, "A message, or a draft: header lines, an empty line, "
		"text; - is standard input" },
	{ NULL },
};
static const struct command_flag send_flags[] = {
	{ "a", "account", ARGUMENT_ACCOUNT, "Sent by this account" },
	{ "to", "addresses", ARGUMENT_ADDRESS, "To these, whatever its header says" },
	{ "from", "address", ARGUMENT_ADDRESS, "The sender where it names none" },
	{ "raw", NULL, ARGUMENT_TEXT, "As a message, also where it looks like a draft" },
	{ "q", NULL, ARGUMENT_TEXT, "Only into the outbox: does not wait for the server" },
	{ NULL },
};
static const struct command_flag draft_flags[] = {
	{ "q", NULL, ARGUMENT_TEXT, "Only into the outbox: does not wait for the server" },
	{ NULL },
};

static const struct command rows[] = {
	{ "send", "Sends a message that lies in a file",
		"What the server cannot take now stays in the outbox and goes out later.",
		send_arguments, send_flags, .run = run_send },
	{ "send-draft", "Sends a draft", NULL, NULL, draft_flags,
		.target = TARGET_DRAFT, .run = run_send_draft },
};

void
commands_add_send(struct commands *c)
{
	commands_add(c, rows, sizeof(rows) / sizeof(rows[0]));
}
