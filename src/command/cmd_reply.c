// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that begin a draft from a message: replies and forwards.
#include "config.h"

#include "account/account.h"
#include "account/event.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "command/attachment.h"
#include "command/command.h"
#include "command/drafts.h"
#include "command/option.h"
#include "engine.h"
#include "mail/document.h"
#include "mail/draft.h"
#include "mail/message.h"
#include "mail/query.h"
#include "store/messages.h"

#include <stdlib.h>
#include <string.h>

// Lines as people send them are kept; only longer ones are broken.
#define REPLY_WIDTH 78
// Paragraphs are set anew, so that with their mark they are as wide as people write.
#define REPLY_FILL 70

struct answering {
	uint32_t account;
	uint64_t id, size;
};

static const struct address *
own_in(const struct address_list *own, const struct address_list *list)
{
	for (size_t i = 0; i < list->len; i++) {
		for (size_t j = 0; j < own->len; j++) {
			if (address_same(own->items[j].mail, list->items[i].mail))
				return &own->items[j];
		}
	}
	return NULL;
}

// The address that the original was sent to, or that sent it, if it is one's
// own; else the account's first.
static const struct address *
identity(struct engine *e, uint32_t account, const struct envelope *original)
{
	const struct address_list *own = engine_own_addresses(e);
	const struct address *self = own_in(own, &original->from);

	if (self == NULL)
		self = own_in(own, &original->to);
	if (self == NULL)
		self = own_in(own, &original->cc);
	return self != NULL ? self : engine_account_address(e, account);
}

static void
attach_parts(struct draft *d, const struct part *p, const char *id)
{
	if (part_is_attachment(p)) {
		char *what = str_printf("part:%s:%s", id, p->section);

		attachment_note_part(d, what, p);
		strlist_take(&d->attach, what);
		return;
	}
	for (size_t i = 0; i < p->n_children; i++)
		attach_parts(d, p->children[i], id);
}

static void
make_forward(struct call *c, struct draft *d, const struct document *doc,
	const char *text, const struct draft_who *who, const char *id, uint64_t size)
{
	if (call_flag(c, "attach") != NULL) {
		draft_forward(d, &doc->envelope, "", who);
		str_set(&d->body, "");
		char *what = str_printf("message:%s", id);
		attachment_note_message(d, what, doc->envelope.subject, size);
		strlist_take(&d->attach, what);
		return;
	}
	draft_forward(d, &doc->envelope, text, who);
	if (doc->root != NULL)
		attach_parts(d, doc->root, id);
}

static void
original_read(struct call *c, struct event *event)
{
	struct answering *a = c->data;
	const struct document *doc = event->document;
	const char *name = c->command->name;
	struct buf text = {0}, id = {0};
	struct draft d = {0};

	if (event->kind != EVENT_REPLY)
		return;
	if (event->error.kind != ERROR_NONE || doc == NULL) {
		call_finish(c, &event->error);
		return;
	}
	struct draft_who who = {
		.self = identity(c->engine, a->account, &doc->envelope),
		.own = engine_own_addresses(c->engine),
		.all = str_equal(name, "reply-all"),
		.list = str_equal(name, "reply-list"),
		.list_post = document_header(doc, "List-Post"),
		.followup_to = document_header(doc, "Mail-Followup-To"),
		.attribution = options_text(call_options(c),
			engine_account_name(c->engine, a->account), "attribution"),
	};
	query_print_id(&id, a->id);
	bool forward = str_equal(name, "forward");
	const char *account = engine_account_name(c->engine, a->account);
	// Our own notes and titles are no words of the sender's.
	document_print_as(&text, doc, &(struct document_form){
		.width = REPLY_WIDTH, .fill = REPLY_FILL,
		.words = true, .answer = !forward,
		.footnotes = options_on(call_options(c), account, "footnotes"),
		.flowed = str_equal(options_text(call_options(c), account, "flowed"), "on"),
	});
	if (forward) {
		make_forward(c, &d, doc, buf_text(&text), &who, buf_text(&id),
			a->size);
	} else {
		draft_reply(&d, &doc->envelope, buf_text(&text), &who);
	}
	str_set(&d.account, engine_account_name(c->engine, a->account));
	str_set(&d.original, buf_text(&id));
	buf_done(&text);
	buf_done(&id);
	draft_begin(c, &d);
}

static enum command_result
run_reply(struct call *c, struct error *err)
{
	struct message m = {0};

	if (!store_message(c->engine->store, c->target.ids[0], &m)) {
		error_set(err, ERROR_GONE, "the message is not there any more");
		return COMMAND_FAILED;
	}
	struct answering *a = mem_new(struct answering);
	a->account = m.account;
	a->id = m.id;
	a->size = m.size;
	message_done(&m);
	c->data = a;
	c->free_data = free;
	if (engine_account_address(c->engine, a->account) == NULL) {
		error_set(err, ERROR_INPUT, "the account of this message has no "
			"address: set address \"NAME <MAIL>\"");
		return COMMAND_FAILED;
	}
	return call_job(c, &(struct job){ .kind = JOB_READ, .id = a->id },
		original_read);
}

static const struct argument id_arguments[] = {
	{ "id", ARGUMENT_ID, "Which message: its id", .optional = true },
	{ NULL },
};
static const struct command_flag forward_flags[] = {
	{ "attach", NULL, ARGUMENT_TEXT, "The whole message goes as an attachment" },
	{ NULL },
};

static const struct command rows[] = {
	{ "forward", "Begins a message that passes this one on", NULL, id_arguments,
		forward_flags, .target = TARGET_MESSAGE, .run = run_reply },
	{ "reply", "Begins a reply to the sender", NULL, id_arguments,
		.target = TARGET_MESSAGE, .run = run_reply },
	{ "reply-all", "Begins a reply to the sender and all who got it", NULL,
		id_arguments, .target = TARGET_MESSAGE, .run = run_reply },
	{ "reply-list", "Begins a reply to the mailing list", NULL, id_arguments,
		.target = TARGET_MESSAGE, .run = run_reply },
};

void
commands_add_reply(struct commands *c)
{
	commands_add(c, rows, sizeof(rows) / sizeof(rows[0]));
}
