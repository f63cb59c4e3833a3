// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that begin drafts and change them.
#include "config.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "command/answer.h"
#include "command/command.h"
#include "command/drafts.h"
#include "command/option.h"
#include "engine.h"
#include "mail/draft.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// --- new ----------------------------------------------------------------------------

static void
add_flag(struct call *c, struct address_list *list, const char *flag)
{
	const char *value = call_flag(c, flag);

	if (value != NULL)
		address_list_typed(list, value, NULL, NULL);
}

// To and Subject are asked for before the editor runs, on a screen.
struct asking {
	struct draft draft;
	char *to;         // with a mistake in it
	size_t at;        // behind that
};

static void
asking_free(void *arg)
{
	struct asking *x = arg;

	draft_done(&x->draft);
	free(x->to);
	free(x);
}

static void
asked_all(struct call *c)
{
	struct asking *x = c->data;
	struct draft d = x->draft;

	// What follows has data of its own.
	x->draft = (struct draft){0};
	asking_free(x);
	c->data = NULL;
	c->free_data = NULL;
	draft_begin(c, &d);
}

static void
asked_cancel(struct call *c)
{
	struct error err;

	error_set(&err, ERROR_CANCELLED, "no message was begun");
	call_finish(c, &err);
}

static void
subject_answered(struct call *c, const char *answer)
{
	struct asking *x = c->data;

	if (answer == NULL) {
		asked_cancel(c);
		return;
	}
	str_set(&x->draft.subject, answer);
	asked_all(c);
}

static void
ask_subject(struct call *c)
{
	const struct asking *x = c->data;

	if (x->draft.subject != NULL)
		asked_all(c);
	else
		call_ask(c, &(struct question){ .kind = QUESTION_TEXT,
			.text = "Subject:" }, subject_answered);
}

static void ask_to(struct call *c);

// Nobody is an answer too: it is filled in on the page.
static void
to_answered(struct call *c, const char *answer)
{
	struct asking *x = c->data;
	struct error err;

	if (answer == NULL) {
		asked_cancel(c);
		return;
	}
	if (address_list_typed(&x->draft.to, answer, &x->at, &err)) {
		ask_subject(c);
		return;
	}
	address_list_done(&x->draft.to);
	str_set(&x->to, answer);
	ask_to(c);
	struct answer *why = answer_new();
	answer_text(why, "%s", err.text);
	call_say(c, SAY_ERROR, why);
	answer_free(&why);
}

static void
ask_to(struct call *c)
{
	const struct asking *x = c->data;

	call_ask(c, &(struct question){ .kind = QUESTION_TEXT, .text = "To:",
		.initial = x->to, .at = x->at, .complete = "address" }, to_answered);
}

// What a link or a flag says is not asked for.
static enum command_result
begin_new(struct call *c, struct draft *d, bool complete)
{
	if (complete || !str_equal(c->front->ops->name, "screen") ||
		options_on(call_options(c), NULL, "autoedit"))
		return draft_begin(c, d);
	struct asking *x = mem_new(struct asking);
	x->draft = *d;
	c->data = x;
	c->free_data = asking_free;
	if (x->draft.to.len > 0)
		ask_subject(c);
	else
		ask_to(c);
	return COMMAND_WAIT;
}

static enum command_result
run_new(struct call *c, struct error *err)
{
	struct draft d = {0};
	const char *account = draft_account(c, err);
	const char *url = call_arg(c, 0);

	if (account == NULL)
		return COMMAND_FAILED;
	if (url != NULL && !draft_mailto(&d, url, err)) {
		draft_done(&d);
		return COMMAND_FAILED;
	}
	const struct address *self = engine_account_address(c->engine,
		engine_account_find(c->engine, account));
	if (self != NULL)
		address_list_add(&d.from, self->name, self->mail);
	str_set(&d.account, account);
	add_flag(c, &d.to, "to");
	add_flag(c, &d.cc, "cc");
	add_flag(c, &d.bcc, "bcc");
	if (call_flag(c, "subject") != NULL)
		str_set(&d.subject, call_flag(c, "subject"));
	if (call_flag(c, "body") != NULL)
		str_set(&d.body, call_flag(c, "body"));
	if (d.body == NULL)
		d.body = str_dup("");
	return begin_new(c, &d, url != NULL);
}

// --- edit ------------------------------------------------------------------------------

static void
edit_over(struct call *c, bool ok)
{
	struct error err;

	if (!ok)
		error_set(&err, ERROR_INPUT,
			"no editor could be run here: set editor, or $EDITOR");
	call_finish(c, ok ? NULL : &err);
}

static enum command_result
run_edit(struct call *c, struct error *err)
{
	(void)err;
	// Of a message in a folder of drafts a draft is made first.
	if (c->target.path == NULL)
		return call_block(c, "continue", c->where, c->line, NULL, NULL, 0);
	return call_edit(c, EDIT_DRAFT, c->target.path, edit_over);
}

// --- changes -----------------------------------------------------------------------------

// One change to the file of a draft: read, changed, written, on the worker.
struct draft_change {
	char *path;
	bool (*change)(struct draft *d, const struct draft_change *x, struct error *err);
	char *field, *value;
	struct strlist paths;
	uint64_t number;
};

static void
change_free(void *arg)
{
	struct draft_change *x = arg;

	free(x->path);
	free(x->field);
	free(x->value);
	strlist_done(&x->paths);
	free(x);
}

static bool
change_work(void *arg, struct error *err)
{
	struct draft_change *x = arg;
	struct draft d;
	bool ok = draft_load(&d, x->path, err) && x->change(&d, x, err) &&
		draft_save(&d, x->path, err);

	draft_done(&d);
	return ok;
}

static void
changed(struct call *c, const struct error *err)
{
	// The page that shows the draft reads it again.
	if (err == NULL)
		engine_tell(c->engine, NULL);
	call_finish(c, err);
}

static struct draft_change *
change_new(struct call *c, bool (*change)(struct draft *d,
	const struct draft_change *x, struct error *err))
{
	struct draft_change *x = mem_new(struct draft_change);

	x->path = str_dup(c->target.path);
	x->change = change;
	c->data = x;
	c->free_data = change_free;
	return x;
}

static struct address_list *
list_named(struct draft *d, const char *field)
{
	const struct {
		const char *name;
		struct address_list *list;
	} lists[] = {
		{ "from", &d->from }, { "to", &d->to }, { "cc", &d->cc },
		{ "bcc", &d->bcc }, { "reply-to", &d->reply_to },
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (str_equal(lists[i].name, field))
			return lists[i].list;
	}
	return NULL;
}

static bool
set_field(struct draft *d, const struct draft_change *x, struct error *err)
{
	struct address_list *list = list_named(d, x->field);
	struct address_list new = {0};

	if (str_equal(x->field, "subject")) {
		str_set(&d->subject, str_or_empty(x->value));
		return true;
	}
	if (str_equal(x->field, "account")) {
		str_set(&d->account, x->value);
		return true;
	}
	if (!address_list_typed(&new, str_or_empty(x->value), NULL, err)) {
		address_list_done(&new);
		return false;
	}
	address_list_done(list);
	*list = new;
	return true;
}

static enum command_result
run_draft_set(struct call *c, struct error *err)
{
	if (str_equal(call_arg(c, 0), "account") &&
		engine_account_find(c->engine, str_or_empty(call_arg(c, 1))) == 0) {
		error_set(err, ERROR_INPUT, "there is no account \"%s\"",
			str_or_empty(call_arg(c, 1)));
		return COMMAND_FAILED;
	}
	struct draft_change *x = change_new(c, set_field);
	x->field = str_dup(call_arg(c, 0));
	x->value = call_rest(c, 1);
	return call_work(c, false, change_work, x, changed);
}

static bool
attach(struct draft *d, const struct draft_change *x, struct error *err)
{
	for (size_t i = 0; i < x->paths.len; i++) {
		if (access(x->paths.items[i], R_OK) != 0)
			return error_errno(err, ERROR_INPUT, "cannot attach %s",
				x->paths.items[i]);
		if (!strlist_has(&d->attach, x->paths.items[i]))
			strlist_add(&d->attach, x->paths.items[i]);
	}
	return true;
}

static enum command_result
run_attach(struct call *c, struct error *err)
{
	struct draft_change *x = change_new(c, attach);

	(void)err;
	for (size_t i = 0; i < c->n_args; i++) {
		char *path = call_path(c, call_arg(c, i));
		char *whole = realpath(path, NULL);

		// The draft is sent later, from another folder.
		strlist_add(&x->paths, whole != NULL ? whole : path);
		free(whole);
		free(path);
	}
	return call_work(c, false, change_work, x, changed);
}

static bool
detach(struct draft *d, const struct draft_change *x, struct error *err)
{
	if (x->number < 1 || x->number > d->attach.len)
		return error_set(err, ERROR_INPUT, "there %s %zu attachment%s",
			d->attach.len == 1 ? "is" : "are", d->attach.len,
			d->attach.len == 1 ? "" : "s");
	strlist_remove(&d->attach, (size_t)x->number - 1);
	return true;
}

static enum command_result
run_detach(struct call *c, struct error *err)
{
	struct draft_change *x = change_new(c, detach);

	(void)err;
	str_to_u64(call_arg(c, 0), SIZE_MAX, &x->number);
	return call_work(c, false, change_work, x, changed);
}

// --- rows -------------------------------------------------------------------------------------

static const struct argument new_arguments[] = {
	{ "url", ARGUMENT_TEXT, "A mailto: link", .optional = true },
	{ NULL },
};
static const struct command_flag new_flags[] = {
	{ "a", "account", ARGUMENT_ACCOUNT, "Written from this account" },
	{ "to", "addresses", ARGUMENT_ADDRESS, "To whom" },
	{ "cc", "addresses", ARGUMENT_ADDRESS, "Who gets a copy" },
	{ "bcc", "addresses", ARGUMENT_ADDRESS, "Who gets a copy unseen by others" },
	{ "subject", "text", ARGUMENT_TEXT, "The subject" },
	{ "body", "text", ARGUMENT_TEXT, "The text that it begins with" },
	{ NULL },
};
static const struct argument set_arguments[] = {
	{ "field", ARGUMENT_CHOICE, "Which line of its header",
		.choices = "from to cc bcc reply-to subject account" },
	{ "value", ARGUMENT_ADDRESS, "What it is; nothing empties it", .optional = true,
		.many = true },
	{ NULL },
};
static const struct argument attach_arguments[] = {
	{ "path", ARGUMENT_PATH, "Files that go with it", .many = true },
	{ NULL },
};
static const struct argument detach_arguments[] = {
	{ "number", ARGUMENT_NUMBER, "Which attachment, from 1" },
	{ NULL },
};
static const struct command rows[] = {
	{ "attach", "Attaches files to a draft", NULL, attach_arguments,
		.target = TARGET_DRAFT, .run = run_attach },
	{ "compose", "Begins a new message", NULL, new_arguments, new_flags,
		.run = run_new },
	{ "detach", "Takes an attachment off a draft", NULL, detach_arguments,
		.target = TARGET_DRAFT, .run = run_detach },
	{ "draft-set", "Sets a line of a draft's header", NULL, set_arguments,
		.target = TARGET_DRAFT, .run = run_draft_set },
	{ "edit", "Opens a draft in the editor",
		"On a message in a folder of drafts it goes on with that.",
		.target = TARGET_DRAFT, .or_message = true, .run = run_edit },
	{ "new", "Begins a new message", NULL, new_arguments, new_flags,
		.run = run_new },
};

void
commands_add_draft(struct commands *c)
{
	commands_add(c, rows, sizeof(rows) / sizeof(rows[0]));
}
