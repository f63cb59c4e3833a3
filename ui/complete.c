// SPDX-License-Identifier: GPL-3.0-or-later
// Gathers completions for the widgets, which know neither engine nor store.
#include "config.h"

#include "ui/complete.h"

#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/path.h"
#include "base/utf8.h"
#include "command/command.h"
#include "command/script.h"
#include "engine.h"
#include "mail/message.h"
#include "store/folders.h"
#include "store/messages.h"
#include "ui/app.h"
#include "ui/people.h"

// More messages are not looked at for a line that is being typed.
#define COMPLETE_LOOK_MAX 60

static const struct command *complete_row(struct engine *e, const char *text,
	size_t *args_r);

// Of the messages that are meant; 0: of several, or there are none.
static uint32_t
complete_account(struct app *a)
{
	struct target t = {0};
	uint32_t account = 0;
	bool one = a->front.ops->target(&a->front, TARGET_MESSAGES, &t, NULL) &&
		t.n <= COMPLETE_LOOK_MAX;

	for (size_t i = 0; one && i < t.n; i++) {
		struct message m;

		if (!store_message(a->engine->store, t.ids[i], &m))
			continue;
		one = account == 0 || account == m.account;
		account = m.account;
		message_done(&m);
	}
	target_done(&t);
	return one ? account : 0;
}

// Messages go to folders of their own account: others are not offered for them.
static void
complete_within(struct app *a, const char *text, struct strlist *words,
	struct strlist *helps)
{
	size_t have;
	uint32_t ids[2], account;
	const struct command *row = complete_row(a->engine, text, &have);

	if (!row || row->target != TARGET_MESSAGES || !row->arguments ||
	    row->arguments->kind != ARGUMENT_FOLDER || strstr(text, " -t") ||
	    !a->engine->store || engine_account_ids(a->engine, ids, 2) < 2)
		return;
	account = script_is_choice(a->engine, text) ? complete_account(a) : 0;
	if (!account)
		return;
	// Made anew: a name that several accounts have was offered once, for the first.
	struct folder *folders = NULL;
	size_t n = store_folders(a->engine->store, account, &folders);

	strlist_done(words);
	strlist_done(helps);
	for (size_t i = 0; i < n; i++) {
		if (!(folders[i].attributes & FOLDER_NOSELECT)) {
			strlist_add(words, folders[i].name);
			strlist_add(helps, str_or_empty(engine_account_name(a->engine,
				account)));
		}
		folder_done(&folders[i]);
	}
	free(folders);
}

void
complete_command(struct app *a, const char *text, struct strlist *words,
	struct strlist *helps, size_t *start_r)
{
	struct engine *e = a->engine;
	struct strlist ignored_words = {0}, ignored_helps = {0};

	// Where does the word begin, and then: everything that may stand there. Of a
	// path that is what lies in the folder that was typed.
	script_complete(e, text, &ignored_words, &ignored_helps, start_r);
	strlist_done(&ignored_words);
	strlist_done(&ignored_helps);
	if (*start_r > strlen(text))
		*start_r = strlen(text);
	size_t upto = *start_r;
	bool path = script_completes_path(e, text);

	if (path)
		upto += path_base(text + upto) - (text + upto);
	if (path && (text[upto] == '.' || str_equal(text + upto, "~")))
		upto++;
	char *head = str_ndup(text, upto);

	script_complete(e, head, words, helps, start_r);
	complete_within(a, head, words, helps);
	free(head);
}

// A word that is a flag, and whether its value follows. -todo of `mark` is none.
static bool
complete_is_flag(const struct command *row, const char *word, bool *value_r)
{
	*value_r = row->target != TARGET_NONE && str_equal(word, "-t");
	for (const struct command_flag *f = row->flags; f && f->name; f++) {
		if (*word == '-' && str_equal(word + 1, f->name)) {
			*value_r = f->value != NULL;
			return true;
		}
	}
	return *value_r || (*word == '-' && !row->plus_minus);
}

// The command being typed at the end of the line, and how many arguments it has
// by now; NULL when there is no such command.
static const struct command *
complete_row(struct engine *e, const char *text, size_t *args_r)
{
	struct script script = {0};
	const struct command *row = NULL;

	if (script_parse(&script, text, ":", 1, NULL) && script.len > 0) {
		const struct script_command *last = &script.items[script.len - 1];

		row = commands_find(e->commands, last->words.items[0]);
		*args_r = 0;
		for (size_t i = 1; row && i < last->words.len; i++) {
			bool value = false;

			if (last->is_quoted[i] ||
			    !complete_is_flag(row, last->words.items[i], &value))
				++*args_r;
			i += value;
		}
	}
	script_done(&script);
	return row;
}

bool
complete_wants_more(struct engine *e, const char *text)
{
	size_t have, needed = 0;
	const struct command *row = complete_row(e, text, &have);

	if (!row)
		return false;
	while (row->arguments && row->arguments[needed].name &&
	       !row->arguments[needed].optional)
		needed++;
	return have < needed;
}

void
complete_hint(struct engine *e, const char *text, struct buf *out)
{
	size_t have;
	const struct command *row = complete_row(e, text, &have);

	if (!row)
		return;
	command_usage(out, row);
	buf_printf(out, "   %s", str_or_empty(row->help));
}

void
complete_folders(struct app *a, struct strlist *words, struct strlist *helps)
{
	struct folder *folders = NULL;
	uint32_t ids[2];
	bool several = engine_account_ids(a->engine, ids, 2) > 1;
	size_t n = a->engine->store ? store_folders(a->engine->store, 0, &folders) : 0;

	for (size_t i = 0; i < n; i++) {
		if (!(folders[i].attributes & FOLDER_NOSELECT)) {
			strlist_add(words, folders[i].name);
			strlist_add(helps, several ? str_or_empty(engine_account_name(
				a->engine, folders[i].account)) : "");
		}
		folder_done(&folders[i]);
	}
	free(folders);
}

void
complete_paths(const char *text, struct strlist *words, size_t *start_r)
{
	*start_r = 0;
	script_complete_path(text, words);
}

// Those of the word behind the last comma; where nothing is typed, the latest.
void
complete_addresses(struct app *a, const char *text, struct strlist *words,
	size_t *start_r)
{
	const char *comma = strrchr(text, ','), *word = comma ? comma + 1 : text;

	while (*word == ' ')
		word++;
	*start_r = word - text;
	if (*word)
		people_offer(&a->people, word, words);
	for (size_t i = 0; !*word && i < a->people.len && i < PEOPLE_OFFERED_MAX; i++)
		strlist_add(words, a->people.items[i]);
}
