// SPDX-License-Identifier: GPL-3.0-or-later
// The commands for drafts that lie there: what there is, taking one up again,
// keeping it for later, throwing it away.
#include "config.h"

#include "account/account.h"
#include "account/event.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "command/answer.h"
#include "command/binding.h"
#include "command/command.h"
#include "command/draft_copy.h"
#include "command/draft_from.h"
#include "command/drafts.h"
#include "command/option.h"
#include "command/outgoing.h"
#include "command/rows.h"
#include "command/script.h"
#include "engine.h"
#include "mail/draft.h"
#include "mail/query.h"
#include "store/folders.h"
#include "store/messages.h"

#include <stdlib.h>
#include <string.h>

#define ACCOUNTS_MAX 64

static bool
on_screen(const struct call *c)
{
	return str_equal(c->front->ops->name, "screen");
}

// --- drafts: what there is ----------------------------------------------------------------

struct drafts_list {
	struct engine *engine;
	struct draft_entry *entries;
	size_t n;
};

static void
drafts_free(void *arg)
{
	struct drafts_list *l = arg;

	for (size_t i = 0; i < l->n; i++)
		draft_entry_done(&l->entries[i]);
	free(l->entries);
	free(l);
}

static bool
drafts_work(void *arg, struct error *err)
{
	struct drafts_list *l = arg;

	(void)err;
	l->n = drafts_read(l->engine, &l->entries);
	return true;
}

static void
drafts_said(struct call *c, const struct error *err)
{
	struct drafts_list *l = c->data;

	for (size_t i = 0; i < l->n; i++) {
		const struct draft_entry *d = &l->entries[i];
		struct answer *a = answer_new();
		char *changed = date_iso(d->changed);

		answer_str(a, "draft", d->name);
		answer_str(a, "path", d->path);
		answer_str(a, "to", d->to);
		answer_str(a, "subject", d->subject);
		answer_str(a, "changed", changed);
		answer_u64(a, "attachments", d->attachments);
		answer_bool(a, "stored", d->stored);
		answer_str(a, "error", d->error);
		answer_text(a, "%s  to %s: %s", d->name, d->to, d->subject);
		if (d->error != NULL)
			answer_text(a, "  (%s)", d->error);
		call_say(c, SAY_ROW, a);
		answer_free(&a);
		free(changed);
	}
	call_finish(c, err);
}

static enum command_result
run_drafts(struct call *c, struct error *err)
{
	(void)err;
	if (on_screen(c))
		return call_block(c, "view drafts", c->where, c->line, NULL, NULL, 0);
	struct drafts_list *l = mem_new(struct drafts_list);
	l->engine = c->engine;
	c->data = l;
	c->free_data = drafts_free;
	return call_work(c, false, drafts_work, l, drafts_said);
}

// --- one of them ----------------------------------------------------------------------------

struct keeping {
	struct engine *engine;
	char *path;
	struct strlist names;              // of the accounts, for the worker
	struct strlist signatures;         // their files, beside them; "" none
	uint32_t accounts[ACCOUNTS_MAX];
	struct draft draft;
	size_t fetched;                    // attachments that need no fetching
	bool fetching, folder;
	bool drop_empty, empty;            // of a draft in which nothing is written
	bool back;                         // undo brings its copy back
};

static void
keeping_free(void *arg)
{
	struct keeping *k = arg;

	free(k->path);
	strlist_done(&k->names);
	strlist_done(&k->signatures);
	draft_done(&k->draft);
	free(k);
}

static struct keeping *
keeping_new(struct call *c)
{
	struct keeping *k = mem_new(struct keeping);
	size_t n = engine_account_ids(c->engine, k->accounts, ACCOUNTS_MAX);

	k->engine = c->engine;
	k->path = str_dup(c->target.path);
	for (size_t i = 0; i < n; i++) {
		const char *name = engine_account_name(c->engine, k->accounts[i]);
		strlist_add(&k->names, name);
		strlist_add(&k->signatures, str_or_empty(options_text(call_options(c),
			name, "signature")));
	}
	c->data = k;
	c->free_data = keeping_free;
	return k;
}

static uint32_t
keeping_account(const struct keeping *k)
{
	for (size_t i = 0; i < k->names.len; i++) {
		if (str_equal(k->names.items[i], k->draft.account))
			return k->accounts[i];
	}
	return 0;
}

// --- draft-save -----------------------------------------------------------------------------

// But for space at the end.
static bool
is_same_text(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);

	while (a_len > 0 && strchr(" \t\r\n", a[a_len - 1]) != NULL)
		a_len--;
	while (b_len > 0 && strchr(" \t\r\n", b[b_len - 1]) != NULL)
		b_len--;
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

// Some write below the signature: what stands there must be what its file says.
static bool
is_signature(const struct keeping *k, const char *text)
{
	struct buf file = {0};
	bool is = false;

	for (size_t i = 0; !is && i < k->names.len; i++) {
		if (!str_equal(k->names.items[i], k->draft.account) ||
			str_empty(k->signatures.items[i]))
			continue;
		char *path = path_expand(k->signatures.items[i]);
		is = path_read(path, DRAFT_SIZE_MAX, &file, NULL) &&
			is_same_text(buf_text(&file), text);
		free(path);
	}
	buf_done(&file);
	return is;
}

// Nothing that its writer put into it: no word beside the signature.
static bool
is_empty(const struct keeping *k)
{
	const struct draft *d = &k->draft;
	const char *body = str_or_empty(d->body);

	body += strspn(body, " \t\n");
	return d->to.len + d->cc.len + d->bcc.len + d->attach.len == 0 &&
		str_empty(d->subject) && d->stored == NULL && d->copies.len == 0 &&
		(*body == '\0' || (str_has_prefix(body, "-- \n") &&
			is_signature(k, body + 4)));
}

static bool
save_work(void *arg, struct error *err)
{
	struct keeping *k = arg;

	draft_done(&k->draft);
	if (!draft_load(&k->draft, k->path, err))
		return false;
	k->empty = k->drop_empty && is_empty(k);
	if (k->empty)
		return draft_remove(k->path, err);
	uint32_t account = keeping_account(k);
	return account == 0 || draft_copy_save(k->engine, account, &k->draft, k->path,
		&k->folder, err);
}

static void fetch_next(struct call *c);

static void
save_over(struct call *c, const struct error *err)
{
	struct keeping *k = c->data;
	struct error why;

	// A part of another message that was never read: fetched, then once more.
	if (err != NULL && err->kind == ERROR_GONE && !k->fetching) {
		k->fetching = true;
		fetch_next(c);
		return;
	}
	if (err != NULL) {
		why = *err;
		error_prefix(&why, "the draft is kept here, but not in the folder of "
			"drafts");
		call_finish(c, &why);
		return;
	}
	if (k->empty) {
		call_info(c, "Nothing was written: no draft is kept");
		engine_tell(c->engine, NULL);
	} else if (call_flag(c, "q") == NULL && k->folder)
		call_info(c, "Saved in the folder of drafts");
	else if (call_flag(c, "q") == NULL)
		call_info(c, "The draft is kept here: its account has no folder of drafts");
	call_finish(c, NULL);
}

static void
fetched(struct call *c, struct event *event)
{
	struct keeping *k = c->data;

	if (event->kind != EVENT_REPLY)
		return;
	if (event->error.kind != ERROR_NONE) {
		save_over(c, &event->error);
		return;
	}
	k->fetched++;
	fetch_next(c);
}

static void
fetch_next(struct call *c)
{
	struct keeping *k = c->data;
	struct job job;

	for (; k->fetched < k->draft.attach.len; k->fetched++) {
		if (outgoing_fetch_job(k->draft.attach.items[k->fetched], &job)) {
			call_job(c, &job, fetched);
			return;
		}
	}
	call_work(c, false, save_work, k, save_over);
}

static enum command_result
run_draft_save(struct call *c, struct error *err)
{
	struct keeping *k = keeping_new(c);

	(void)err;
	k->drop_empty = call_flag(c, "written") != NULL;
	return call_work(c, false, save_work, k, save_over);
}

// --- postpone ---------------------------------------------------------------------------------

// The page has closed; somebody goes on elsewhere.
static void
saved_behind(void *arg, const struct error *err)
{
	struct frontend *front = arg;

	if (err == NULL || err->kind == ERROR_CANCELLED || !front->alive)
		return;
	struct answer *a = answer_new();
	answer_text(a, "%s", err->text);
	front->ops->say(front, SAY_ERROR, a);
	answer_free(&a);
}

static enum command_result
run_postpone(struct call *c, struct error *err)
{
	struct buf text = {0}, keys = {0};
	enum command_result result = COMMAND_DONE;

	(void)err;
	buf_str(&text, "draft-save -q -written -t ");
	script_quote(&text, c->target.path);
	// It is on the disk already: the page is all that closes. A server is not
	// waited for where somebody wants to go on.
	if (on_screen(c)) {
		bool bound = bindings_print_keys(c->engine->bindings, "index", "drafts",
			&keys);
		call_info(c, "Kept as draft: %s%s:drafts%s continues it",
			buf_text(&keys), bound ? " (" : "", bound ? ")" : "");
		engine_run(c->engine, c->front, buf_text(&text), c->where,
			saved_behind, c->front);
	} else {
		call_info(c, "Kept as draft %s", path_base(c->target.path));
		result = call_block(c, buf_text(&text), c->where, c->line, NULL, NULL, 0);
	}
	buf_done(&keys);
	buf_done(&text);
	return result;
}

// --- discard ------------------------------------------------------------------------------------

static bool
discard_work(void *arg, struct error *err)
{
	struct keeping *k = arg;
	struct error broken;
	// One that cannot be read goes too; what it said of copies is lost.
	bool read = draft_load(&k->draft, k->path, &broken);
	uint32_t account = read ? keeping_account(k) : 0;

	return (account == 0 || draft_copies_remove(k->engine, account, &k->draft,
		"throw the draft away", &k->back, err)) && draft_remove(k->path, err);
}

static void
discarded(struct call *c, const struct error *err)
{
	// The page that shows it closes.
	if (err == NULL) {
		struct keeping *k = c->data;

		call_info(c, "The draft is thrown away%s", k->back ?
			"; undo brings back its copy" : "");
		engine_tell(c->engine, NULL);
	}
	call_finish(c, err);
}

static void
discard_confirmed(struct call *c, const char *answer)
{
	struct error err;

	if (str_equal(answer, "yes")) {
		call_work(c, false, discard_work, c->data, discarded);
		return;
	}
	if (answer == NULL)
		error_set(&err, ERROR_INPUT,
			"discard: nobody could be asked (-y says yes)");
	else
		error_set(&err, ERROR_CANCELLED, "the draft is kept");
	call_finish(c, &err);
}

static enum command_result
run_discard(struct call *c, struct error *err)
{
	struct keeping *k = keeping_new(c);

	(void)err;
	if (call_flag(c, "y") != NULL)
		return call_work(c, false, discard_work, k, discarded);
	return call_ask(c, &(struct question){
		.kind = QUESTION_YES_NO, .text = "Throw this draft away?",
	}, discard_confirmed);
}

// --- continue -------------------------------------------------------------------------------------

struct continuing {
	struct engine *engine;
	uint64_t id;
	uint32_t account;
	char *account_name, *message_id;
	int64_t date;
	struct address self;
	char *path;               // of the draft that there is or that is made
	bool found;
};

static void
continuing_free(void *arg)
{
	struct continuing *x = arg;

	free(x->account_name);
	free(x->message_id);
	free(x->self.name);
	free(x->self.mail);
	free(x->path);
	free(x);
}

// Whether a draft here is the one that the message is a copy of, and not older.
static bool
is_its_draft(const struct continuing *x, const struct draft_entry *entry)
{
	struct draft d;
	struct error err;
	uint64_t id;

	if (!entry->stored || x->date > entry->changed ||
		!draft_load(&d, entry->path, &err))
		return false;
	bool is = (x->message_id != NULL && strlist_has(&d.copies, x->message_id)) ||
		(d.stored != NULL && query_parse_id(d.stored, &id) && id == x->id);
	draft_done(&d);
	return is;
}

static bool
find_work(void *arg, struct error *err)
{
	struct continuing *x = arg;
	struct draft_entry *entries;
	size_t n = drafts_read(x->engine, &entries);

	(void)err;
	for (size_t i = 0; i < n; i++) {
		if (!x->found && is_its_draft(x, &entries[i])) {
			x->found = true;
			str_set(&x->path, entries[i].path);
		}
		draft_entry_done(&entries[i]);
	}
	free(entries);
	return true;
}

static void
find_original(struct continuing *x, struct draft *d, const char *message_id)
{
	struct buf text = {0};
	uint64_t id;

	if (message_id == NULL || !store_message_by_message_id(x->engine->store,
		x->account, message_id, &id))
		return;
	query_print_id(&text, id);
	str_set(&d->original, buf_text(&text));
	buf_done(&text);
}

static bool
take_work(void *arg, struct error *err)
{
	struct continuing *x = arg;
	char *files = draft_files_path(x->path), *original = NULL;
	struct buf message = {0}, id = {0};
	struct draft d = {0};
	bool ok = command_read_raw(x->engine, x->id, &message, err) &&
		draft_from_message(&d, buf_text(&message), message.len, files,
			&original, err);

	if (ok) {
		query_print_id(&id, x->id);
		str_set(&d.stored, buf_text(&id));
		str_set(&d.account, x->account_name);
		find_original(x, &d, original);
		if (d.from.len == 0 && x->self.mail != NULL)
			address_list_add(&d.from, x->self.name, x->self.mail);
		draft_copy_is_saved(&d);
		ok = draft_save(&d, x->path, err);
	}
	draft_done(&d);
	buf_done(&id);
	buf_done(&message);
	free(original);
	free(files);
	return ok;
}

static void
show_it(struct call *c, const struct error *err)
{
	struct continuing *x = c->data;

	if (err != NULL) {
		call_finish(c, err);
		return;
	}
	char *path = str_dup(x->path);
	draft_show(c, path);
	free(path);
}

static void
raw_fetched(struct call *c, struct event *event)
{
	if (event->kind != EVENT_REPLY)
		return;
	if (event->error.kind != ERROR_NONE)
		call_finish(c, &event->error);
	else
		call_work(c, false, take_work, c->data, show_it);
}

static void
looked_here(struct call *c, const struct error *err)
{
	struct continuing *x = c->data;

	if (err != NULL || x->found)
		show_it(c, err);
	else
		call_job(c, &(struct job){ .kind = JOB_RAW, .id = x->id }, raw_fetched);
}

static enum command_result
continue_message(struct call *c, uint64_t id, struct error *err)
{
	struct message m = {0};
	struct folder f = {0};

	if (!store_message(c->engine->store, id, &m)) {
		error_set(err, ERROR_GONE, "the message is not there any more");
		return COMMAND_FAILED;
	}
	bool is = (m.flags.bits & FLAG_DRAFT) != 0;
	if (store_folder(c->engine->store, m.folder, &f)) {
		is = is || f.role == ROLE_DRAFTS;
		folder_done(&f);
	}
	if (!is) {
		message_done(&m);
		error_set(err, ERROR_INPUT, "this message is no draft");
		return COMMAND_FAILED;
	}
	struct continuing *x = mem_new(struct continuing);
	const struct address *self = engine_account_address(c->engine, m.account);
	x->engine = c->engine;
	x->id = id;
	x->account = m.account;
	x->account_name = str_dup(engine_account_name(c->engine, m.account));
	x->message_id = str_dup(m.envelope.message_id);
	x->date = m.envelope.date;
	if (self != NULL) {
		x->self.name = str_dup(self->name);
		x->self.mail = str_dup(self->mail);
	}
	x->path = draft_new_path(c->engine);
	message_done(&m);
	c->data = x;
	c->free_data = continuing_free;
	return call_work(c, false, find_work, x, looked_here);
}

static enum command_result
run_continue(struct call *c, struct error *err)
{
	const char *name = call_arg(c, 0);
	struct target target = {0};
	uint64_t id = 0;

	if (name != NULL && !query_parse_id(name, &id)) {
		char *path = path_is_absolute(name) ? str_dup(name) :
			str_printf("%s/drafts/%s", c->engine->home.mail, name);
		bool there = path_exists(path);
		if (there)
			draft_show(c, path);
		else
			error_set(err, ERROR_GONE, "there is no draft %s", name);
		free(path);
		return there ? COMMAND_WAIT : COMMAND_FAILED;
	}
	if (name == NULL && !call_target(c, TARGET_MESSAGE, &target, err)) {
		error_prefix(err, "continue");
		return COMMAND_FAILED;
	}
	if (target.n > 0)
		id = target.ids[0];
	target_done(&target);
	return continue_message(c, id, err);
}

// --- rows -------------------------------------------------------------------------------------

static const struct argument draft_arguments[] = {
	{ "draft", ARGUMENT_TEXT, "Its name, as drafts has it, or the id of a message "
		"in a folder of drafts", .optional = true },
	{ NULL },
};
static const struct command_flag sure_flags[] = {
	{ "y", NULL, ARGUMENT_TEXT, "Does not ask" },
	{ NULL },
};
static const struct command_flag quiet_flags[] = {
	{ "q", NULL, ARGUMENT_TEXT, "Says nothing when it went well" },
	{ "written", NULL, ARGUMENT_TEXT, "Removes one in which nothing is written" },
	{ NULL },
};

static const struct command rows[] = {
	{ "continue", "Goes on with a draft",
		"Without a name, with the message under the cursor, which must be a "
		"draft: of it a draft is made here, with its attachments as files. When "
		"that is sent, thrown away or saved again, the message goes.",
		draft_arguments, .run = run_continue },
	{ "discard", "Throws a draft away",
		"Its copy in the account's folder of drafts goes too, to Trash if there "
		"is one. Undo brings it back, without a Trash where its text is here.",
		NULL, sure_flags, .target = TARGET_DRAFT,
		.run = run_discard },
	{ "draft-save", "Saves a draft into its account's folder of drafts",
		"In place of the copy that was saved before.", NULL, quiet_flags,
		.target = TARGET_DRAFT, .run = run_draft_save },
	{ "drafts", "Lists the drafts that are not finished", NULL,
		.run = run_drafts },
	{ "postpone", "Closes a draft and keeps it",
		"Also in the account's folder of drafts, if it has one.", NULL,
		.target = TARGET_DRAFT, .run = run_postpone },
};

void
commands_add_drafts(struct commands *c)
{
	commands_add(c, rows, sizeof(rows) / sizeof(rows[0]));
}
