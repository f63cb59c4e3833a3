// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the latest messages for the names in them: on another thread, since that is
// more than a screenful, and while the first letter is being typed.
#include "config.h"

#include "ui/people.h"

#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "engine.h"
#include "mail/address.h"
#include "store/folders.h"
#include "store/messages.h"
#include "ui/app.h"
#include "ui/widget/prompt.h"

#define PEOPLE_ACCOUNTS 16
#define PEOPLE_ROWS 50         // read at once
#define PEOPLE_MESSAGES 500    // of each folder

struct people {
	struct engine *engine;
	struct address_list own;
	uint32_t accounts[PEOPLE_ACCOUNTS];
	size_t n_accounts;
	struct map *seen;          // by address
	struct strlist found;
};

static void
people_add(struct people *p, const struct address *one)
{
	struct buf text = {0};

	if (p->found.len >= PEOPLE_MAX || !address_valid(one->mail))
		return;
	char *key = str_dup(one->mail);

	// The same person is written in more than one way: the latest is kept.
	str_lower(key);
	if (!map_get(p->seen, key)) {
		map_put(p->seen, key, p);
		address_format(&text, one);
		strlist_take(&p->found, buf_take(&text));
	}
	free(key);
}

static void
people_add_all(struct people *p, const struct address_list *list)
{
	for (size_t i = 0; i < list->len; i++)
		people_add(p, &list->items[i]);
}

// As messages were sent to, or from.
static void
people_add_folder(struct people *p, uint32_t account, enum folder_role role)
{
	struct message rows[PEOPLE_ROWS];
	struct folder f;
	size_t n = PEOPLE_ROWS;

	if (!store_folder_by_role(p->engine->store, account, role, &f))
		return;
	for (uint32_t from = 0; from < PEOPLE_MESSAGES && n == PEOPLE_ROWS;
	     from += PEOPLE_ROWS) {
		n = store_order_rows(p->engine->store, f.id, ORDER_DATE, from, PEOPLE_ROWS,
			rows);
		for (size_t i = 0; i < n; i++) {
			const struct envelope *e = &rows[i].envelope;

			people_add_all(p, role == ROLE_SENT ? &e->to : &e->from);
			if (role == ROLE_SENT)
				people_add_all(p, &e->cc);
			message_done(&rows[i]);
		}
	}
	folder_done(&f);
}

static bool
people_work(void *arg, struct error *err)
{
	static const enum folder_role roles[] = { ROLE_SENT, ROLE_INBOX };
	struct people *p = arg;

	(void)err;
	for (size_t r = 0; r < sizeof roles / sizeof roles[0]; r++) {
		for (size_t i = 0; i < p->n_accounts; i++)
			people_add_folder(p, p->accounts[i], roles[r]);
	}
	people_add_all(p, &p->own);
	return true;
}

static void
people_worked(void *arg, const struct error *err)
{
	struct people *p = arg;
	struct app *a = p->engine->quit_arg;   // NULL: the screen is gone

	if (a && !err) {
		strlist_done(&a->people);
		a->people = p->found;
		p->found = (struct strlist){0};
		if (a->prompt)
			prompt_offer(a->prompt);
		a->dirty_lines = true;
	}
	strlist_done(&p->found);
	map_free(&p->seen, NULL);
	address_list_done(&p->own);
	free(p);
}

void
people_gather(struct app *a)
{
	if (!a->engine->store)
		return;
	struct people *p = mem_new(struct people);

	p->engine = a->engine;
	p->seen = map_new();
	p->n_accounts = engine_account_ids(a->engine, p->accounts, PEOPLE_ACCOUNTS);
	address_list_copy(&p->own, engine_own_addresses(a->engine));
	engine_work(a->engine, false, people_work, people_worked, p);
}

// 0: the word is not in it; 1: within a word; 2: at the beginning of one.
static int
people_fit(const char *one, const char *folded)
{
	char *text = utf8_fold(one);
	int fit = 0;

	for (const char *at = text; fit < 2 && (at = strstr(at, folded)); at++)
		fit = at == text || strchr(" \"<@.-_'(", at[-1]) ? 2 : 1;
	free(text);
	return fit;
}

void
people_offer(const struct strlist *people, const char *word, struct strlist *words)
{
	char *folded = utf8_fold(word);

	for (int wanted = 2; *folded && wanted >= 1; wanted--) {
		for (size_t i = 0; i < people->len && words->len < PEOPLE_OFFERED_MAX; i++) {
			if (people_fit(people->items[i], folded) == wanted)
				strlist_add(words, people->items[i]);
		}
	}
	free(folded);
}
