// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps the queries that the configuration gave a name.
#include "config.h"

#include "command/saved.h"

#include "base/array.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/when.h"
#include "mail/query.h"

#include <stdlib.h>
#include <string.h>

struct saved {
	struct array queries;   // struct saved_query
};

struct saved *
saved_new(void)
{
	struct saved *s = mem_new(struct saved);

	s->queries = ARRAY_OF(struct saved_query);
	saved_set(s, "All inboxes", "inbox:all", NULL, NULL);
	return s;
}

static void
query_done(struct saved_query *q)
{
	free(q->name);
	free(q->text);
	free(q->where);
	query_free(&q->query);
}

void
saved_free(struct saved **s)
{
	if (*s == NULL)
		return;
	for (size_t i = 0; i < (*s)->queries.len; i++)
		query_done(array_at(&(*s)->queries, i));
	array_done(&(*s)->queries);
	free(*s);
	*s = NULL;
}

static struct saved_query *
find(const struct saved *s, const char *name)
{
	for (size_t i = 0; i < s->queries.len; i++) {
		struct saved_query *q = array_at(&s->queries, i);

		if (str_equal_nocase(q->name, name))
			return q;
	}
	return NULL;
}

// It stands in lines of the screen, and in the one that a restart reads.
static bool
name_holds(const char *name, struct error *err)
{
	size_t len = strlen(name);

	if (len == 0 || len > SAVED_NAME_MAX || !utf8_valid(name, len))
		return error_set(err, ERROR_INPUT,
			"a name of 1 to %d bytes is wanted", SAVED_NAME_MAX);
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			return error_set(err, ERROR_INPUT,
				"a name cannot hold control characters");
	}
	return true;
}

bool
saved_set(struct saved *s, const char *name, const char *text,
	const char *where, struct error *err)
{
	struct saved_query *old = find(s, name), new = {0};

	if (!name_holds(name, err))
		return false;
	if (old == NULL && s->queries.len >= SAVED_MAX)
		return error_set(err, ERROR_INPUT, "there are %d named queries already",
			SAVED_MAX);
	if (!query_parse(&new.query, text, when_now(), err))
		return false;
	new.name = str_dup(name);
	new.text = str_dup(text);
	new.where = str_dup(where);
	if (old != NULL)
		query_done(old);
	else
		old = array_push(&s->queries);
	*old = new;
	return true;
}

bool
saved_remove(struct saved *s, const char *name, struct error *err)
{
	struct saved_query *q = find(s, name);

	if (q == NULL)
		return error_set(err, ERROR_INPUT, "no query is named \"%s\"", name);
	query_done(q);
	array_remove(&s->queries,
		(size_t)(q - (struct saved_query *)s->queries.items));
	return true;
}

const struct saved_query *
saved_find(const struct saved *s, const char *name)
{
	return find(s, name);
}

const struct saved_query *
saved_all(const struct saved *s, size_t *n_r)
{
	*n_r = s->queries.len;
	return s->queries.items;
}
