// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that act on folders.
#include "config.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "command/acts.h"
#include "command/command.h"
#include "command/option.h"
#include "engine.h"
#include "store/folders.h"
#include "store/pending.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

// What a folder act waits with while a question is asked.
struct folder_act {
	enum act_kind kind;
	uint32_t account, folder;
	char *name, *title;
	bool subscribe;
};

static void
folder_act_free(void *arg)
{
	struct folder_act *f = arg;

	free(f->name);
	free(f->title);
	free(f);
}

static enum command_result
post(struct call *c, struct folder_act *f)
{
	struct act_reply reply = acts_reply(c, NULL);

	store_act(c->engine->store, &(struct act){
		.kind = f->kind, .account = f->account, .folder = f->folder,
		.name = f->name, .subscribe = f->subscribe, .title = f->title,
	}, &reply);
	folder_act_free(f);
	return COMMAND_WAIT;
}

// The account that is meant: named, that of the folder shown, or the only one.
static bool
which_account(struct call *c, uint32_t *account_r, struct error *err)
{
	const char *name = call_flag(c, "a");
	struct target shown = {0};
	uint32_t ids[2];

	*account_r = 0;
	if (name != NULL) {
		*account_r = engine_account_find(c->engine, name);
		return *account_r != 0 || error_set(err, ERROR_INPUT,
			"there is no account \"%s\"", name);
	}
	if (call_target(c, TARGET_FOLDER, &shown, NULL))
		*account_r = shown.account;
	target_done(&shown);
	size_t n = engine_account_ids(c->engine, ids, 2);
	if (*account_r == 0 && n == 1)
		*account_r = ids[0];
	return *account_r != 0 || error_set(err, ERROR_INPUT, n == 0 ?
		"there is no account yet" : "which account? say -a ACCOUNT");
}

// The folder that is named, else the one shown.
static bool
which_folder(struct call *c, const char *name, struct folder *folder_r,
	struct error *err)
{
	struct target shown = {0};
	uint32_t account;

	if (name == NULL) {
		bool ok = call_target(c, TARGET_FOLDER, &shown, err) &&
			(store_folder(c->engine->store, shown.folder, folder_r) ||
			error_set(err, ERROR_GONE, "the folder is not there any more"));
		target_done(&shown);
		return ok;
	}
	if (!which_account(c, &account, err))
		return false;
	return store_folder_find(c->engine->store, account, name, folder_r) ||
		error_set(err, ERROR_GONE, "account %s has no folder \"%s\"",
			str_or_empty(engine_account_name(c->engine, account)), name);
}

static enum command_result
create(struct call *c, struct error *err)
{
	struct folder_act *f = mem_new(struct folder_act);

	f->kind = ACT_FOLDER_CREATE;
	f->name = call_rest(c, 1);
	if (f->name == NULL)
		error_set(err, ERROR_INPUT, "folder create: its name is missing");
	if (f->name == NULL || !which_account(c, &f->account, err)) {
		folder_act_free(f);
		return COMMAND_FAILED;
	}
	f->title = str_printf("create folder %s", f->name);
	return post(c, f);
}

static struct folder_act *
act_on(struct call *c, const char *name, enum act_kind kind, const char *verb,
	uint32_t *total_r, struct error *err)
{
	struct folder folder;

	if (!which_folder(c, name, &folder, err))
		return NULL;
	struct folder_act *f = mem_new(struct folder_act);
	f->kind = kind;
	f->account = folder.account;
	f->folder = folder.id;
	f->name = str_dup(folder.name);
	f->title = str_printf("%s folder %s", verb, folder.name);
	if (total_r != NULL)
		*total_r = folder.total;
	folder_done(&folder);
	return f;
}

static enum command_result
rename_folder(struct call *c, struct error *err)
{
	const char *old = call_arg(c, 2) != NULL ? call_arg(c, 1) : NULL;
	const char *new = call_arg(c, 2) != NULL ? call_arg(c, 2) : call_arg(c, 1);

	if (new == NULL || call_arg(c, 3) != NULL) {
		error_set(err, ERROR_INPUT, new == NULL ?
			"folder rename: the new name is missing" :
			"folder rename: a name with blanks in it stands in quotes");
		return COMMAND_FAILED;
	}
	struct folder_act *f = act_on(c, old, ACT_FOLDER_RENAME, "rename", NULL, err);
	if (f == NULL)
		return COMMAND_FAILED;
	char *title = str_printf("%s to %s", f->title, new);
	free(f->title);
	f->title = title;
	str_set(&f->name, new);
	return post(c, f);
}

static void
delete_confirmed(struct call *c, const char *answer)
{
	struct folder_act *f = c->data;
	struct error err;

	if (str_equal(answer, "yes")) {
		c->data = NULL;
		post(c, f);
		return;
	}
	if (answer == NULL)
		error_set(&err, ERROR_INPUT, "folder %s holds messages and nobody could "
			"be asked (-y says yes)", f->name);
	else
		error_set(&err, ERROR_CANCELLED, "not done");
	call_finish(c, &err);
}

static enum command_result
delete_folder(struct call *c, struct error *err)
{
	uint32_t total;
	char *name = call_rest(c, 1);
	struct folder_act *f = act_on(c, name, ACT_FOLDER_DELETE, "delete", &total, err);

	free(name);
	if (f == NULL)
		return COMMAND_FAILED;
	// No server would (RFC 3501, section 6.3.4), so nobody is asked first.
	if (str_equal_nocase(f->name, "INBOX")) {
		folder_act_free(f);
		error_set(err, ERROR_INPUT, "INBOX stays: it is where mail comes in");
		return COMMAND_FAILED;
	}
	if (total == 0 || call_flag(c, "y") != NULL)
		return post(c, f);
	char *text = str_printf("Delete folder %s with %u message%s?", f->name,
		total, total == 1 ? "" : "s");
	c->data = f;
	c->free_data = folder_act_free;
	enum command_result r = call_ask(c, &(struct question){
		.kind = QUESTION_YES_NO, .text = text }, delete_confirmed);
	free(text);
	return r;
}

static enum command_result
subscribe(struct call *c, bool on, struct error *err)
{
	char *name = call_rest(c, 1);
	struct folder_act *f = act_on(c, name, ACT_FOLDER_SUBSCRIBE,
		on ? "subscribe to" : "unsubscribe from", NULL, err);

	free(name);
	if (f == NULL)
		return COMMAND_FAILED;
	f->subscribe = on;
	return post(c, f);
}

static enum command_result
run_folder(struct call *c, struct error *err)
{
	const char *what = call_arg(c, 0);

	if (str_equal(what, "create"))
		return create(c, err);
	if (str_equal(what, "rename"))
		return rename_folder(c, err);
	if (str_equal(what, "delete"))
		return delete_folder(c, err);
	return subscribe(c, str_equal(what, "subscribe"), err);
}

static const struct argument folder_arguments[] = {
	{ "what", ARGUMENT_CHOICE, "What is done",
		.choices = "create rename delete subscribe unsubscribe" },
	{ "folder", ARGUMENT_FOLDER, "Its name; without it the folder shown",
		.optional = true },
	{ "more", ARGUMENT_TEXT, "The new name, of rename; else more words of its name",
		.optional = true, .many = true },
	{ NULL },
};
static const struct command_flag folder_flags[] = {
	{ "a", "account", ARGUMENT_ACCOUNT, "In this account" },
	{ "y", NULL, ARGUMENT_TEXT, "Does not ask before a folder with messages goes" },
	{ NULL },
};

static const struct command rows[] = {
	{ "folder", "Creates, renames, deletes, subscribes or unsubscribes a folder",
		NULL, folder_arguments, folder_flags, .run = run_folder },
};

void
commands_add_folder(struct commands *c)
{
	commands_add(c, rows, sizeof(rows) / sizeof(rows[0]));
}
