// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps drafts where they survive everything: each is a file, fsynced and
// renamed into place.
#include "config.h"

#include "command/drafts.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/when.h"
#include "command/answer.h"
#include "command/attachment.h"
#include "command/option.h"
#include "engine.h"
#include "mail/draft.h"
#include "store/outbox.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIGNATURE_MAX (64 * 1024)
#define ABOUT_SUFFIX ".about"
#define FILES_SUFFIX ".files"
#define SWEEP_AGE (10 * 60)  // seconds

char *
draft_new_path(struct engine *e)
{
	unsigned char random[4] = {0};
	char *date = when_local(when_now(), "%Y%m%d-%H%M%S");

	if (getrandom(random, sizeof(random), 0) < 0)
		random[0] = 0; // the date and O_EXCL's rename are enough
	char *path = str_printf("%s/drafts/%s-%02x%02x%02x%02x.draft", e->home.mail,
		date, random[0], random[1], random[2], random[3]);
	free(date);
	return path;
}

// What lies beside NAME.draft: NAME with another ending. NULL for a file of
// another name.
static char *
beside(const char *path, const char *suffix)
{
	if (!str_has_suffix(path, DRAFT_SUFFIX))
		return NULL;
	return str_printf("%.*s%s", (int)(strlen(path) - strlen(DRAFT_SUFFIX)), path,
		suffix);
}

char *
draft_files_path(const char *path)
{
	char *files = beside(path, FILES_SUFFIX);

	return files != NULL ? files : str_printf("%s" FILES_SUFFIX, path);
}

// Without it, or with a damaged one, a draft is still what was written.
static void
load_about(struct draft *d, const char *path)
{
	char *about = beside(path, ABOUT_SUFFIX);
	struct buf text = {0};
	struct draft hidden;

	if (about != NULL && path_exists(about) &&
		path_read(about, DRAFT_SIZE_MAX, &text, NULL) &&
		draft_parse(&hidden, buf_text(&text), text.len, NULL, NULL)) {
		draft_adopt(d, &hidden);
		draft_done(&hidden);
	}
	buf_done(&text);
	free(about);
}

bool
draft_load(struct draft *d, const char *path, struct error *err)
{
	struct buf text = {0};

	*d = (struct draft){0};
	// A line that no draft knows is left out; the editor shows that it was.
	bool ok = path_read(path, DRAFT_SIZE_MAX, &text, err) &&
		draft_parse(d, buf_text(&text), text.len, NULL, err);
	if (ok)
		load_about(d, path);
	buf_done(&text);
	return ok;
}

bool
draft_save(struct draft *d, const char *path, struct error *err)
{
	struct buf text = {0}, hidden = {0};
	char *folder = str_ndup(path, (size_t)(path_base(path) - path));
	char *about = beside(path, ABOUT_SUFFIX);

	attachments_note(d);
	if (about != NULL) {
		draft_print_written(&text, d);
		draft_print_hidden(&hidden, d);
	} else {
		draft_print(&text, d);
	}
	bool ok = path_make_folder(folder, err);
	// First, so that no text is ever without it.
	if (ok && about != NULL && (hidden.len > 0 || path_exists(about)))
		ok = path_write_atomic(about, buf_text(&hidden), hidden.len, err);
	ok = ok && path_write_atomic(path, buf_text(&text), text.len, err);
	free(folder);
	free(about);
	buf_done(&text);
	buf_done(&hidden);
	return ok;
}

static void
remove_beside(const char *path)
{
	char *about = beside(path, ABOUT_SUFFIX), *files = draft_files_path(path);
	char *backup = str_printf("%s~", path);

	if (about != NULL)
		unlink(about);
	unlink(backup); // an editor's
	free(backup);
	if (path_exists(files) && !path_remove_tree(files, NULL))
		log_error("cannot remove %s", files);
	free(about);
	free(files);
}

bool
draft_remove(const char *path, struct error *err)
{
	char *folder = str_ndup(path, (size_t)(path_base(path) - path));
	// The text goes first: what then is left beside nothing is swept.
	bool ok = unlink(path) == 0 || error_errno(err, ERROR_STORE,
		"cannot remove draft %s", path);

	if (ok)
		remove_beside(path);
	ok = ok && path_sync_folder(folder, err);
	free(folder);
	return ok;
}

// --- the folder -------------------------------------------------------------------

void
draft_entry_done(struct draft_entry *entry)
{
	free(entry->name);
	free(entry->path);
	free(entry->to);
	free(entry->subject);
	free(entry->error);
	*entry = (struct draft_entry){0};
}

static void
entry_read(struct draft_entry *entry, const char *folder, const char *name)
{
	struct error err = {0};
	struct buf to = {0};
	struct draft d;
	struct stat st;

	*entry = (struct draft_entry){ .name = str_dup(name),
		.path = path_join(folder, name) };
	// One that an editor left broken is still one.
	if (!draft_load(&d, entry->path, &err))
		entry->error = str_dup(err.text);
	address_list_format(&to, &d.to);
	entry->to = str_dup(buf_text(&to));
	entry->subject = str_dup(str_or_empty(d.subject));
	entry->attachments = d.attach.len;
	entry->stored = d.copies.len > 0 || d.stored != NULL;
	if (stat(entry->path, &st) == 0)
		entry->changed = (int64_t)st.st_mtime;
	buf_done(&to);
	draft_done(&d);
}

static int
later_first(const void *a, const void *b)
{
	const struct draft_entry *x = a, *y = b;

	if (x->changed != y->changed)
		return x->changed < y->changed ? 1 : -1;
	return strcmp(y->name, x->name);
}

// Left behind when a draft went and the machine did too.
static void
sweep(const char *folder, const char *name)
{
	const char *dot = strrchr(name, '.');
	struct stat st;

	if (dot == NULL || (strcmp(dot, ABOUT_SUFFIX) != 0 &&
		strcmp(dot, FILES_SUFFIX) != 0))
		return;
	char *draft = str_printf("%s/%.*s" DRAFT_SUFFIX, folder, (int)(dot - name), name);
	char *path = path_join(folder, name);
	// A young one may be on its way in.
	if (!path_exists(draft) && stat(path, &st) == 0 &&
		when_now() - st.st_mtime > SWEEP_AGE)
		remove_beside(draft);
	free(draft);
	free(path);
}

static void
names_being_sent(struct engine *e, struct strlist *names)
{
	struct send *sends = NULL;
	size_t n = e->store == NULL ? 0 : store_sends(e->store, 0, &sends);

	for (size_t i = 0; i < n; i++) {
		if (sends[i].draft != NULL)
			strlist_add(names, sends[i].draft);
		send_done(&sends[i]);
	}
	free(sends);
}

size_t
drafts_read(struct engine *e, struct draft_entry **entries_r)
{
	char *folder = path_join(e->home.mail, "drafts");
	struct array entries = ARRAY_OF(struct draft_entry);
	struct strlist sent = {0};
	DIR *dir = opendir(folder);
	struct dirent *item;

	names_being_sent(e, &sent);
	while (dir != NULL && (item = readdir(dir)) != NULL) {
		if (item->d_name[0] == '.')
			continue;
		if (!str_has_suffix(item->d_name, DRAFT_SUFFIX))
			sweep(folder, item->d_name);
		else if (!strlist_has(&sent, item->d_name))
			entry_read(array_push(&entries), folder, item->d_name);
	}
	if (dir != NULL)
		closedir(dir);
	strlist_done(&sent);
	free(folder);
	*entries_r = entries.items;
	if (entries.len > 1)
		qsort(entries.items, entries.len, sizeof(struct draft_entry),
			later_first);
	return entries.len;
}

// --- which account ----------------------------------------------------------------

const char *
draft_account(struct call *c, struct error *err)
{
	const char *named = call_flag(c, "a"), *name = NULL;
	struct target shown = {0};
	uint32_t first = 0;

	if (named != NULL && engine_account_find(c->engine, named) == 0) {
		error_set(err, ERROR_INPUT, "there is no account \"%s\"", named);
		return NULL;
	}
	if (named != NULL)
		return named;
	if (call_target(c, TARGET_VIEW, &shown, NULL) && shown.account != 0)
		name = engine_account_name(c->engine, shown.account);
	target_done(&shown);
	if (name == NULL && engine_account_ids(c->engine, &first, 1) > 0)
		name = engine_account_name(c->engine, first);
	if (name == NULL)
		error_set(err, ERROR_INPUT,
			"there is no account to write from: write one into %s",
			engine_config_path(c->engine));
	return name;
}

// --- a new one ---------------------------------------------------------------------

struct beginning {
	struct draft draft;
	char *path, *signature;
};

static void
beginning_free(void *arg)
{
	struct beginning *b = arg;

	draft_done(&b->draft);
	free(b->path);
	free(b->signature);
	free(b);
}

static bool
save_first(void *arg, struct error *err)
{
	struct beginning *b = arg;
	struct buf text = {0};

	if (b->signature != NULL) {
		struct error missing;
		// A missing signature is no reason not to write.
		if (path_read(b->signature, SIGNATURE_MAX, &text, &missing)) {
			char *body = str_printf("%s\n-- \n%s",
				str_or_empty(b->draft.body), buf_text(&text));
			free(b->draft.body);
			b->draft.body = body;
		}
		buf_done(&text);
	}
	// A line to begin on: behind the empty one that ends the header.
	if (str_empty(b->draft.body))
		str_set(&b->draft.body, "\n");
	return draft_save(&b->draft, b->path, err);
}

static void
say_draft(struct call *c, const char *path)
{
	struct answer *a = answer_new();

	answer_str(a, "draft", path_base(path));
	answer_str(a, "path", path);
	answer_text(a, "%s", path);
	call_say(c, SAY_ROW, a);
	answer_free(&a);
}

static void
edited(struct call *c, bool ok)
{
	struct beginning *b = c->data;

	// Without an editor (batch) the file is the answer.
	if (!ok)
		say_draft(c, b->path);
	call_finish(c, NULL);
}

static struct beginning *
begin(struct call *c, const char *path)
{
	struct beginning *b = mem_new(struct beginning);

	b->path = path != NULL ? str_dup(path) : draft_new_path(c->engine);
	// What the call waited with belongs to an earlier step.
	if (c->data != NULL && c->free_data != NULL)
		c->free_data(c->data);
	c->data = b;
	c->free_data = beginning_free;
	return b;
}

enum command_result
draft_show(struct call *c, const char *path)
{
	struct beginning *b = begin(c, path);

	return call_edit(c, EDIT_PAGE, b->path, edited);
}

static void
saved(struct call *c, const struct error *err)
{
	struct beginning *b = c->data;

	if (err != NULL)
		call_finish(c, err);
	else
		call_edit(c, EDIT_DRAFT, b->path, edited);
}

enum command_result
draft_begin(struct call *c, struct draft *d)
{
	const char *signature = options_text(call_options(c), d->account, "signature");
	struct beginning *b = begin(c, NULL);

	b->draft = *d;
	*d = (struct draft){0};
	b->signature = signature == NULL ? NULL : path_expand(signature);
	return call_work(c, false, save_first, b, saved);
}
