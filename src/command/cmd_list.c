// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that say what is there: folders, list, count.
#include "config.h"

#include "account/account.h"
#include "account/event.h"
#include "base/array.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "command/answer.h"
#include "command/command.h"
#include "command/rows.h"
#include "engine.h"
#include "mail/message.h"
#include "mail/query.h"
#include "store/folders.h"
#include "store/messages.h"

#include <stdlib.h>
#include <string.h>

// So many rows are read at a time on the worker, and said here between.
#define LIST_CHUNK 200

// --- folders ----------------------------------------------------------------------

static enum command_result
run_folders(struct call *c, struct error *err)
{
	const char *name = call_arg(c, 0);
	uint32_t account = name == NULL ? 0 : engine_account_find(c->engine, name);
	struct folder *folders = NULL;

	if (name != NULL && account == 0) {
		error_set(err, ERROR_INPUT, "there is no account \"%s\"", name);
		return COMMAND_FAILED;
	}
	size_t n = store_folders(c->engine->store, account, &folders);
	for (size_t i = 0; i < n; i++) {
		if (!(folders[i].attributes & FOLDER_NOSELECT)) {
			struct answer *a = folder_answer(&folders[i],
				engine_account_name(c->engine, folders[i].account));
			call_say(c, SAY_ROW, a);
			answer_free(&a);
		}
		folder_done(&folders[i]);
	}
	free(folders);
	return COMMAND_DONE;
}

// --- list and count ------------------------------------------------------------------

struct listing {
	struct engine *engine;
	struct array ids;          // uint64_t
	uint64_t most;             // 0: all
	size_t said;
	bool all, mixed;           // all must come first; they came out of order
	bool threads;              // ... which is by thread
	struct array answers;      // struct answer *, of this chunk
};

static void
answers_clear(struct array *answers)
{
	for (size_t i = 0; i < answers->len; i++)
		answer_free(array_at(answers, i));
	array_clear(answers);
}

static void
listing_free(void *arg)
{
	struct listing *l = arg;

	array_done(&l->ids);
	answers_clear(&l->answers);
	array_done(&l->answers);
	free(l);
}

static bool
read_chunk(void *arg, struct error *err)
{
	struct listing *l = arg;
	struct folder_names names;

	(void)err;
	folder_names_read(&names, l->engine->store);
	for (size_t i = l->said; i < l->ids.len && i < l->said + LIST_CHUNK; i++) {
		struct message m = {0};
		uint64_t id = *(uint64_t *)array_at(&l->ids, i);

		if (!store_message(l->engine->store, id, &m))
			continue; // gone since
		const struct folder *f = folder_names_find(&names, m.folder);
		*(struct answer **)array_push(&l->answers) =
			message_answer(&m, f == NULL ? NULL : f->name);
		message_done(&m);
	}
	folder_names_done(&names);
	return true;
}

static void
say_chunk(struct call *c, const struct error *err)
{
	struct listing *l = c->data;

	for (size_t i = 0; i < l->answers.len; i++)
		call_say(c, SAY_ROW, *(struct answer **)array_at(&l->answers, i));
	answers_clear(&l->answers);
	l->said += LIST_CHUNK;
	if (err != NULL || l->said >= l->ids.len)
		call_finish(c, err);
	else
		call_work(c, true, read_chunk, l, say_chunk);
}

static void
take_found(struct listing *l, const struct event *event)
{
	for (size_t i = 0; i < event->n_ids; i++) {
		if (l->all || l->most == 0 || l->ids.len < l->most)
			*(uint64_t *)array_push(&l->ids) = event->ids[i];
	}
	l->mixed = l->mixed || (!l->threads &&
		event->kind == EVENT_FOUND && event->account != 0);
}

struct dated { uint64_t id; int64_t date; };

static int
compare_dated(const void *a, const void *b)
{
	const struct dated *x = a, *y = b;

	if (x->date != y->date)
		return x->date > y->date ? -1 : 1;
	return x->id < y->id ? 1 : x->id > y->id ? -1 : 0;
}

// What servers found comes after what was found here: newest first again.
static bool
put_in_order(void *arg, struct error *err)
{
	struct listing *l = arg;
	struct dated *d = mem_alloc(l->ids.len + 1, sizeof(*d));

	(void)err;
	for (size_t i = 0; l->mixed && i < l->ids.len; i++) {
		struct message m = {0};
		d[i].id = *(uint64_t *)array_at(&l->ids, i);
		if (store_message(l->engine->store, d[i].id, &m))
			d[i].date = message_date(&m);
		message_done(&m);
	}
	if (l->mixed) {
		qsort(d, l->ids.len, sizeof(*d), compare_dated);
		for (size_t i = 0; i < l->ids.len; i++)
			*(uint64_t *)array_at(&l->ids, i) = d[i].id;
	}
	free(d);
	if (l->most != 0 && l->ids.len > l->most)
		l->ids.len = (size_t)l->most;
	return true;
}

static void
in_order(struct call *c, const struct error *err)
{
	if (err != NULL)
		call_finish(c, err);
	else
		call_work(c, true, read_chunk, c->data, say_chunk);
}

static void
list_found(struct call *c, struct event *event)
{
	struct listing *l = c->data;
	bool over = event->kind == EVENT_REPLY;

	take_found(l, event);
	if (over && event->error.kind != ERROR_NONE) {
		call_finish(c, &event->error);
		return;
	}
	if (!over && !l->all && l->most != 0 && l->ids.len >= l->most) {
		call_job_end(c);
		over = true;
	}
	if (over)
		call_work(c, true, put_in_order, l, in_order);
}

static struct listing *
listing_new(struct call *c)
{
	struct listing *l = mem_new(struct listing);

	l->engine = c->engine;
	l->ids = ARRAY_OF(uint64_t);
	l->answers = ARRAY_OF(struct answer *);
	c->data = l;
	c->free_data = listing_free;
	return l;
}

// Then a server may still find newer ones than those that were found here.
static bool
asks_for_bodies(const char *text)
{
	struct query *q = NULL;

	bool asks = query_parse(&q, text, 0, NULL) && query_wants_body(q);
	query_free(&q);
	return asks;
}

static enum command_result
run_list(struct call *c, struct error *err)
{
	struct listing *l = listing_new(c);
	const char *most = call_flag(c, "n");
	const char *order = call_flag(c, "o");
	char *query = call_rest(c, 0);

	if (order != NULL && !str_equal(order, "date") && !str_equal(order, "thread")) {
		error_set(err, ERROR_INPUT, "list: the order is date or thread, not \"%s\"",
			order);
		free(query);
		return COMMAND_FAILED;
	}
	if (most != NULL)
		str_to_u64(most, INT64_MAX, &l->most);
	l->threads = str_equal(order, "thread");
	l->all = query != NULL && asks_for_bodies(query);
	enum command_result r = call_job(c, &(struct job){
		.kind = JOB_SEARCH,
		.text = query == NULL ? "folder:inbox" : query,
		.order = str_equal(order, "thread") ? ORDER_THREAD : ORDER_DATE,
	}, list_found);
	free(query);
	return r;
}

static void
count_found(struct call *c, struct event *event)
{
	struct listing *l = c->data;

	l->said += event->n_ids;
	if (event->kind != EVENT_REPLY)
		return;
	if (event->error.kind != ERROR_NONE) {
		call_finish(c, &event->error);
		return;
	}
	struct answer *a = answer_new();
	answer_u64(a, "count", l->said);
	answer_text(a, "%zu", l->said);
	call_say(c, SAY_ROW, a);
	answer_free(&a);
	call_finish(c, NULL);
}

static enum command_result
run_count(struct call *c, struct error *err)
{
	char *query = call_rest(c, 0);

	(void)err;
	listing_new(c);
	enum command_result r = call_job(c, &(struct job){
		.kind = JOB_SEARCH, .text = query == NULL ? "folder:inbox" : query,
	}, count_found);
	free(query);
	return r;
}

static const struct argument folders_arguments[] = {
	{ "account", ARGUMENT_ACCOUNT, "Only of this one", .optional = true },
	{ NULL },
};
static const struct argument query_arguments[] = {
	{ "query", ARGUMENT_QUERY, "Which messages; without it those of the inboxes",
		.optional = true, .many = true },
	{ NULL },
};
static const struct command_flag list_flags[] = {
	{ "n", "number", ARGUMENT_NUMBER, "At most so many" },
	{ "o", "order", ARGUMENT_TEXT, "date (newest first) or thread (latest thread first)" },
	{ NULL },
};

static const struct command rows[] = {
	{ "count", "Counts messages", NULL, query_arguments, .again = true,
		.run = run_count },
	{ "folders", "Lists the folders with how many messages are in each",
		"What the server does not allow in a folder is named behind it: seen flags "
		"insert create rename delete.",
		folders_arguments, .run = run_folders },
	{ "list", "Lists messages, newest first",
		"Without folder: or id: in the query all folders but Trash and Junk are "
		"searched.",
		query_arguments, list_flags, .again = true, .run = run_list },
};

void
commands_add_list(struct commands *c)
{
	commands_add(c, rows, sizeof(rows) / sizeof(rows[0]));
}
