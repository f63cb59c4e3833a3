// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps drafts where they survive everything: each is a file, fsynced and
// renamed into place.
#include "config.h"

#include "command/drafts.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/when.h"
#include "command/answer.h"
#include "command/option.h"
#include "engine.h"
#include "mail/draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SIGNATURE_MAX (64 * 1024)

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

bool
draft_load(struct draft *d, const char *path, struct error *err)
{
	struct buf text = {0};

	*d = (struct draft){0};
	// A line that no draft knows is left out; the editor shows that it was.
	bool ok = path_read(path, DRAFT_SIZE_MAX, &text, err) &&
		draft_parse(d, buf_text(&text), text.len, err);
	buf_done(&text);
	return ok;
}

bool
draft_save(const struct draft *d, const char *path, struct error *err)
{
	struct buf text = {0};
	char *folder = str_ndup(path, (size_t)(path_base(path) - path));

	draft_print(&text, d);
	bool ok = path_make_folder(folder, err) &&
		path_write_atomic(path, buf_text(&text), text.len, err);
	free(folder);
	buf_done(&text);
	return ok;
}

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
	if (call_target(c, TARGET_FOLDER, &shown, NULL) && shown.account != 0)
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
	struct beginning *b = mem_new(struct beginning);
	const char *signature = options_text(call_options(c), d->account, "signature");

	b->draft = *d;
	*d = (struct draft){0};
	b->path = draft_new_path(c->engine);
	b->signature = signature == NULL ? NULL : path_expand(signature);
	// What a reply waited with belongs to an earlier step.
	if (c->data != NULL && c->free_data != NULL)
		c->free_data(c->data);
	c->data = b;
	c->free_data = beginning_free;
	return call_work(c, false, save_first, b, saved);
}
