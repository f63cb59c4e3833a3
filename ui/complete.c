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
#include "mail/address.h"
#include "store/folders.h"
#include "store/messages.h"
#include "ui/app.h"

#define COMPLETE_ROWS 60          // of a folder: a screenful
#define COMPLETE_PEOPLE_MAX 30
#define COMPLETE_ACCOUNTS 8

void
complete_command(struct engine *e, const char *text, struct strlist *words,
	struct strlist *helps, size_t *start_r)
{
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

// --- addresses ---------------------------------------------------------------------------

struct complete_people {
	const char *word;
	struct strlist *words;
	struct address_list seen;
};

static void
complete_offer_address(struct complete_people *p, const struct address *one)
{
	struct buf text = {0};

	// The same person is written in more than one way: the latest is offered.
	if (p->words->len >= COMPLETE_PEOPLE_MAX || !address_valid(one->mail) ||
	    address_list_has(&p->seen, one->mail))
		return;
	address_format(&text, one);
	if (str_find_nocase(buf_text(&text), p->word)) {
		address_list_add(&p->seen, NULL, one->mail);
		strlist_add(p->words, buf_text(&text));
	}
	buf_done(&text);
}

static void
complete_offer_addresses(struct complete_people *p, const struct address_list *list)
{
	for (size_t i = 0; list && i < list->len; i++)
		complete_offer_address(p, &list->items[i]);
}

// Who is named in the latest messages of a folder: as they were sent to, or from.
static void
complete_offer_folder(struct complete_people *p, struct store *store, uint32_t account,
	enum folder_role role)
{
	struct message rows[COMPLETE_ROWS];
	struct folder f;

	if (!store_folder_by_role(store, account, role, &f))
		return;
	size_t n = store_order_rows(store, f.id, ORDER_DATE, 0, COMPLETE_ROWS, rows);

	for (size_t i = 0; i < n; i++) {
		const struct envelope *e = &rows[i].envelope;

		complete_offer_addresses(p, role == ROLE_SENT ? &e->to : &e->from);
		if (role == ROLE_SENT)
			complete_offer_addresses(p, &e->cc);
		message_done(&rows[i]);
	}
	folder_done(&f);
}

// Those who were written to lately, then those who wrote, then oneself.
void
complete_addresses(struct app *a, const char *text, struct strlist *words,
	size_t *start_r)
{
	static const enum folder_role roles[] = { ROLE_SENT, ROLE_INBOX };
	const char *comma = strrchr(text, ',');
	struct complete_people p = { .word = comma ? comma + 1 : text, .words = words };
	uint32_t ids[COMPLETE_ACCOUNTS];
	size_t n = engine_account_ids(a->engine, ids, COMPLETE_ACCOUNTS);

	while (*p.word == ' ')
		p.word++;
	*start_r = p.word - text;
	for (size_t r = 0; a->engine->store && r < 2; r++) {
		for (size_t i = 0; i < n; i++)
			complete_offer_folder(&p, a->engine->store, ids[i], roles[r]);
	}
	complete_offer_addresses(&p, engine_own_addresses(a->engine));
	address_list_done(&p.seen);
}
