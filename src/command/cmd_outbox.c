// SPDX-License-Identifier: GPL-3.0-or-later
// The command that shows what is on its way out, and tries it again, takes it
// out, or takes it back to its draft.
#include "config.h"

#include "account/account.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "command/answer.h"
#include "command/command.h"
#include "command/draft_from.h"
#include "command/drafts.h"
#include "command/outgoing.h"
#include "command/rows.h"
#include "engine.h"
#include "mail/draft.h"
#include "mail/query.h"
#include "store/outbox.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

// --- the list -------------------------------------------------------------------------

struct outbox {
	struct engine *engine;
	struct array answers;     // struct answer *
};

static void
outbox_free(void *arg)
{
	struct outbox *p = arg;

	for (size_t i = 0; i < p->answers.len; i++)
		answer_free(array_at(&p->answers, i));
	array_done(&p->answers);
	free(p);
}

static const char *const send_states[] = {
	[SEND_WAITING] = "waiting", [SEND_STARTED] = "unsure",
	[SEND_SENT] = "sent", [SEND_FAILED] = "failed",
};

// What the server said to each.
static char *
recipients_json(const struct send *s)
{
	struct buf out = {0};

	buf_char(&out, '[');
	for (size_t i = 0; i < s->n_recipients; i++) {
		const struct send_recipient *r = &s->recipients[i];

		buf_printf(&out, "%s{\"mail\":", i > 0 ? "," : "");
		json_string(&out, r->mail);
		buf_printf(&out, ",\"accepted\":%s,\"answer\":",
			r->accepted ? "true" : "false");
		if (r->error != NULL)
			json_string(&out, r->error);
		else
			buf_str(&out, "null");
		buf_char(&out, '}');
	}
	buf_char(&out, ']');
	return buf_take(&out);
}

// As the screen has it: of one that failed in doubt the server may have it.
static const char *
send_state(const struct send *s)
{
	return send_states[send_is_doubt(s) ? SEND_STARTED : s->state];
}

static struct answer *
send_answer(struct engine *e, const struct send *s)
{
	struct answer *a = answer_new();
	struct strlist to = {0};
	char *when = date_iso(s->when), *all;

	for (size_t i = 0; i < s->n_recipients; i++)
		strlist_add(&to, s->recipients[i].mail);
	all = strlist_join(&to, ", ");
	answer_u64(a, "seq", s->seq);
	answer_str(a, "account", engine_account_name(e, s->account));
	answer_str(a, "state", send_state(s));
	answer_str(a, "from", s->from);
	answer_strs(a, "to", &to);
	answer_str(a, "subject", s->subject);
	answer_str(a, "when", when);
	answer_u64(a, "tries", s->tries);
	char *recipients = recipients_json(s);
	answer_raw(a, "recipients", recipients);
	free(recipients);
	answer_str(a, "error", s->error);
	answer_text(a, "%" PRIu64 "  %s  %s  to %s: %s%s%s", s->seq,
		send_state(s), str_or_empty(engine_account_name(e, s->account)),
		all, str_or_empty(s->subject), s->error != NULL ? ": " : "",
		str_or_empty(s->error));
	free(all);
	free(when);
	strlist_done(&to);
	return a;
}

static bool
read_outbox(void *arg, struct error *err)
{
	struct outbox *p = arg;
	struct send *sends = NULL;
	size_t n = store_sends(p->engine->store, 0, &sends);

	(void)err;
	for (size_t i = 0; i < n; i++) {
		if (sends[i].state != SEND_SENT)
			*(struct answer **)array_push(&p->answers) =
				send_answer(p->engine, &sends[i]);
		send_done(&sends[i]);
	}
	free(sends);
	return true;
}

static void
say_outbox(struct call *c, const struct error *err)
{
	struct outbox *p = c->data;

	for (size_t i = 0; i < p->answers.len; i++)
		call_say(c, SAY_ROW, *(struct answer **)array_at(&p->answers, i));
	call_finish(c, err);
}

static enum command_result
list_outbox(struct call *c)
{
	struct outbox *p = mem_new(struct outbox);

	p->engine = c->engine;
	p->answers = ARRAY_OF(struct answer *);
	c->data = p;
	c->free_data = outbox_free;
	return call_work(c, true, read_outbox, p, say_outbox);
}

// --- changes ----------------------------------------------------------------------------

struct change {
	struct engine *engine;
	uint64_t seq;
	char *account_name;
	char *path;        // the file that a dropped message became; its draft
	char *had;         // who has it already; NULL nobody
};

static void
change_free(void *arg)
{
	struct change *x = arg;

	free(x->account_name);
	free(x->path);
	free(x->had);
	free(x);
}

static char *
outbox_file(struct engine *e, const char *name)
{
	return str_printf("%s/outbox/%s", e->home.mail, name);
}

// What was written is not thrown away: it lies beside the drafts.
static bool
keep_dropped(struct change *x, const struct send *s, struct error *err)
{
	char *from = outbox_file(x->engine, s->file);
	char *folder = path_join(x->engine->home.mail, "dropped");
	struct buf message = {0};

	x->path = path_join(folder, s->file);
	bool ok = !path_exists(from) || (path_make_folder(folder, err) &&
		path_read(from, OUTGOING_SIZE_MAX, &message, err) &&
		path_write_atomic(x->path, buf_text(&message), message.len, err));
	buf_done(&message);
	free(folder);
	free(from);
	return ok;
}

// Where some have the message already, its copy for Sent may still be made of the
// file: the sweep of the outbox removes it.
static void
remove_file(struct engine *e, const struct send *s)
{
	char *file = outbox_file(e, s->file);
	bool had = false;

	for (size_t i = 0; i < s->n_recipients; i++)
		had = had || s->recipients[i].accepted;
	if (!had)
		unlink(file);
	free(file);
}

// First the copy, then out of the outbox: a file there that no record names is
// swept.
static bool
drop_work(void *arg, struct error *err)
{
	struct change *x = arg;
	struct send send;

	if (!store_send(x->engine->store, x->seq, &send))
		return error_set(err, ERROR_GONE,
			"there is no message %" PRIu64 " in the outbox", x->seq);
	bool kept = keep_dropped(x, &send, err);
	bool ok = kept && store_send_take(x->engine->store, x->seq, NULL, err);

	if (ok)
		remove_file(x->engine, &send);
	else if (kept && err->kind != ERROR_GONE)
		unlink(x->path);
	send_done(&send);
	return ok;
}

static void
dropped(struct call *c, const struct error *err)
{
	struct change *x = c->data;

	if (err == NULL)
		call_info(c, "Taken out of the outbox; its text is in %s", x->path);
	call_finish(c, err);
}

static bool
retry_work(void *arg, struct error *err)
{
	struct change *x = arg;

	return store_send_retry(x->engine->store, x->seq, err);
}

static void
retried(struct call *c, const struct error *err)
{
	if (err == NULL)
		engine_job(c->engine, &(struct job){ .kind = JOB_FLUSH }, NULL, NULL);
	call_finish(c, err);
}

// --- back to the draft --------------------------------------------------------------------

static void
leave_out(struct address_list *list, const struct send *s, struct strlist *had)
{
	for (size_t i = 0; i < s->n_recipients; i++) {
		const char *mail = s->recipients[i].mail;

		if (!s->recipients[i].accepted || !address_list_has(list, mail))
			continue;
		address_list_remove(list, mail);
		if (!strlist_has(had, mail))
			strlist_add(had, mail);
	}
}

// The header has no Bcc: those are the recipients that it does not name. Who has
// the message already is not to get it twice.
static void
take_recipients(struct change *x, struct draft *d, const struct send *s)
{
	struct strlist had = {0};

	for (size_t i = 0; i < s->n_recipients; i++) {
		const char *mail = s->recipients[i].mail;

		if (!address_list_has(&d->to, mail) && !address_list_has(&d->cc, mail) &&
			!address_list_has(&d->bcc, mail))
			address_list_add(&d->bcc, NULL, mail);
	}
	leave_out(&d->to, s, &had);
	leave_out(&d->cc, s, &had);
	leave_out(&d->bcc, s, &had);
	if (had.len > 0)
		x->had = strlist_join(&had, ", ");
	strlist_done(&had);
}

static void
take_original(struct draft *d, const struct send *s)
{
	struct buf id = {0};

	// It was sent, not saved: its own Message-ID is no copy's.
	strlist_done(&d->copies);
	if (s->original == 0)
		return;
	query_print_id(&id, s->original);
	str_set(&d->original, buf_text(&id));
	d->kind = s->forwarded ? DRAFT_FORWARD : DRAFT_REPLY;
	buf_done(&id);
}

static bool
make_draft(struct change *x, const struct send *s, struct error *err)
{
	char *file = outbox_file(x->engine, s->file), *original = NULL;
	char *files = draft_files_path(x->path);
	struct buf message = {0};
	struct draft d = {0};
	bool ok = path_read(file, OUTGOING_SIZE_MAX, &message, err) &&
		draft_from_message(&d, buf_text(&message), message.len, files,
			&original, err);

	if (ok) {
		str_set(&d.account, x->account_name);
		take_recipients(x, &d, s);
		take_original(&d, s);
		ok = draft_save(&d, x->path, err);
	}
	draft_done(&d);
	buf_done(&message);
	free(original);
	free(files);
	free(file);
	return ok;
}

// First the draft, then out of the outbox: cut off between, it is in both.
static bool
edit_work(void *arg, struct error *err)
{
	struct change *x = arg;
	struct store *s = x->engine->store;
	struct error gone;
	struct send send;

	if (!store_send(s, x->seq, &send))
		return error_set(err, ERROR_GONE,
			"there is no message %" PRIu64 " in the outbox", x->seq);
	bool made = make_draft(x, &send, err);
	bool ok = made && store_send_take(s, x->seq, NULL, err);

	if (made && !ok && !draft_remove(x->path, &gone))
		log_error("%s", gone.text);
	if (ok)
		remove_file(x->engine, &send);
	send_done(&send);
	return ok;
}

static void
taken_back(struct call *c, const struct error *err)
{
	struct change *x = c->data;

	if (err != NULL) {
		call_finish(c, err);
		return;
	}
	if (x->had != NULL)
		call_info(c, "Back to its draft without those who have it already: %s",
			x->had);
	char *path = str_dup(x->path);
	draft_show(c, path);
	free(path);
}

static void
name_account(struct call *c, struct change *x)
{
	struct send send;

	if (!store_send(c->engine->store, x->seq, &send))
		return;
	x->account_name = str_dup(engine_account_name(c->engine, send.account));
	send_done(&send);
}

static enum command_result
run_outbox(struct call *c, struct error *err)
{
	static const struct {
		const char *flag;
		bool (*work)(void *arg, struct error *err);
		void (*done)(struct call *c, const struct error *err);
	} changes[] = {
		{ "drop", drop_work, dropped },
		{ "edit", edit_work, taken_back },
		{ "retry", retry_work, retried },
	};

	(void)err;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const char *seq = call_flag(c, changes[i].flag);

		if (seq == NULL)
			continue;
		struct change *x = mem_new(struct change);
		x->engine = c->engine;
		str_to_u64(seq, INT64_MAX, &x->seq);
		c->data = x;
		c->free_data = change_free;
		if (changes[i].work == edit_work) {
			x->path = draft_new_path(c->engine);
			name_account(c, x);
		}
		return call_work(c, false, changes[i].work, x, changes[i].done);
	}
	return list_outbox(c);
}

static const struct command_flag outbox_flags[] = {
	{ "drop", "seq", ARGUMENT_NUMBER, "Takes this one out" },
	{ "edit", "seq", ARGUMENT_NUMBER, "Takes this one back to its draft" },
	{ "retry", "seq", ARGUMENT_NUMBER, "Tries this one again" },
	{ NULL },
};

static const struct command rows[] = {
	{ "outbox", "Lists the messages that wait to be sent",
		"Of one that may have been sent already it is said: the link was cut before "
		"the server's answer. -retry sends it again. -edit makes a draft "
		"of it again, addressed to those who do not have it yet.",
		NULL, outbox_flags, .run = run_outbox },
};

void
commands_add_outbox(struct commands *c)
{
	commands_add(c, rows, sizeof(rows) / sizeof(rows[0]));
}
