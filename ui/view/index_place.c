// SPDX-License-Identifier: GPL-3.0-or-later
// What an index shows, by the words that a command or a saved state has for it.
#include "config.h"

#include "ui/view/index_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "account/event.h"
#include "base/error.h"
#include "base/mem.h"
#include "command/binding.h"
#include "command/option.h"
#include "engine.h"
#include "ui/app.h"

#define INDEX_ACCOUNTS_MAX 64

// Of one account: the inbox; without one, any folder; 0 when there is none yet.
static uint32_t
index_account_folder(struct app *a, uint32_t account, bool inbox)
{
	struct folder *all = NULL;
	size_t n = store_folders(a->engine->store, account, &all);
	uint32_t found = 0;

	for (size_t i = 0; i < n; i++) {
		if (!found && !(all[i].attributes & FOLDER_NOSELECT) &&
		    (!inbox || all[i].role == ROLE_INBOX))
			found = all[i].id;
		folder_done(&all[i]);
	}
	free(all);
	return found;
}

// Its folders may be here in a moment: it is not off line, or somebody is just
// being asked for what it needs.
static bool
index_account_comes(struct app *a, uint32_t account)
{
	const struct account_status *status = engine_account_status(a->engine, account);

	if (!status)
		return true;
	if (status->state == ACCOUNT_NEEDS_PASSWORD || status->state == ACCOUNT_NEEDS_TRUST)
		return a->questions.len > 0;
	return status->state != ACCOUNT_OFFLINE && status->state != ACCOUNT_PAUSED;
}

// The inbox of the first account, in the order of the configuration: another one
// that was quicker does not take its place.
bool
index_first_folder(struct app *a, struct folder *folder)
{
	uint32_t ids[INDEX_ACCOUNTS_MAX], id = 0;
	size_t n = a->engine->store
		? engine_account_ids(a->engine, ids, INDEX_ACCOUNTS_MAX) : 0;

	for (size_t i = 0; !id && i < n; i++) {
		id = index_account_folder(a, ids[i], true);
		if (!id && index_account_comes(a, ids[i]))
			return false;
	}
	for (size_t i = 0; !id && i < n; i++)
		id = index_account_folder(a, ids[i], false);
	return id && store_folder(a->engine->store, id, folder);
}

static enum message_order
index_order(struct app *a)
{
	return str_equal(options_text(a->engine->options, NULL, "order"), "date")
		? ORDER_DATE : ORDER_THREAD;
}

void
index_argument(struct buf *out, const char *name, const char *query)
{
	buf_printf(out, "* - 0 %s\t", str_or_empty(name));
	for (; *query; query++)
		buf_char(out, strchr("\t\r\n", *query) ? ' ' : *query);
	buf_char(out, '\t');
}

// Mail that is not shown must not be thought to be gone.
static void
index_say_limit(struct index *x)
{
	struct buf keys = {0};
	bool bound = bindings_print_keys(x->view.app->engine->bindings, "index",
		"limit; select none", &keys);

	if (x->rows.limit)
		app_notice(x->view.app, SAY_INFO, "Still limited to %s (%s shows all)",
			x->rows.limit, bound ? buf_text(&keys) : ":limit");
	buf_done(&keys);
}

// Cuts a field off at its tab; NULL for an empty one.
static const char *
index_field(char **text)
{
	char *field = *text, *end = field + strcspn(field, "\t");

	*text = *end ? end + 1 : end;
	*end = '\0';
	return *field ? field : NULL;
}

// "* ORDER CURSOR NAME<TAB>QUERY<TAB>LIMIT": of several folders, as index_argument
// and index_save write it.
static bool
index_open_query(struct index *x, const char *argument, struct error *err)
{
	unsigned order = index_order(x->view.app);
	uint64_t cursor = 0;
	char orders[8];
	int at = 0;

	if (sscanf(argument, "* %7s %" SCNx64 "%n", orders, &cursor, &at) != 2 ||
	    argument[at] != ' ')
		return error_set(err, ERROR_INPUT, "this is nothing that can be shown");
	if (*orders != '-')
		sscanf(orders, "%u", &order);
	char *copy = str_dup(argument + at + 1), *rest = copy;
	struct index_place place = {
		.order = order == ORDER_DATE ? ORDER_DATE : ORDER_THREAD };

	place.name = index_field(&rest);
	place.base = index_field(&rest);
	place.limit = index_field(&rest);
	if (place.base)
		index_show(x, &place);
	x->wanted = cursor;
	x->fills &= cursor == 0;
	index_say_limit(x);
	free(copy);
	return place.base || error_set(err, ERROR_INPUT,
		"this is nothing that can be shown");
}

// "FOLDER ORDER CURSOR LIMIT..." as index_save wrote it, or the folder alone.
static bool
index_open_folder(struct index *x, const char *argument, struct error *err)
{
	struct app *a = x->view.app;
	struct index_place place = {0};
	unsigned id = 0, order = index_order(a);
	uint64_t cursor = 0;
	int at = 0;
	int fields = argument ? sscanf(argument, "%u %u %" SCNx64 " %n", &id, &order,
		&cursor, &at) : 0;

	if (fields == 0 && index_rows_any(&x->rows))
		return true;   // it was only asked to come forward
	if (id && !store_folder(a->engine->store, id, &place.folder) && fields < 2)
		return error_set(err, ERROR_GONE, "this folder is no longer there");
	if (!place.folder.id && !index_first_folder(a, &place.folder))
		memset(&place.folder, 0, sizeof place.folder);
	if (fields == 1)
		order = index_rows_any(&x->rows) ? x->rows.order : index_order(a);
	place.limit = fields == 3 && at > 0 && argument[at] ? argument + at : NULL;
	place.order = order == ORDER_DATE ? ORDER_DATE : ORDER_THREAD;
	index_show(x, &place);
	x->wanted = cursor;
	x->fills &= cursor == 0;
	index_say_limit(x);
	return true;
}

bool
index_open_place(struct index *x, const char *argument, struct error *err)
{
	return argument && *argument == '*' ? index_open_query(x, argument, err)
		: index_open_folder(x, argument, err);
}
