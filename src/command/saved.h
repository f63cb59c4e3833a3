// SPDX-License-Identifier: GPL-3.0-or-later
// Queries that have a name: views over folders and accounts, beside the folders.
#ifndef COMMAND_SAVED_H
#define COMMAND_SAVED_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct query;

#define SAVED_MAX 200           // named queries
#define SAVED_NAME_MAX 100      // bytes of a name

struct saved_query {
	char *name;
	char *text;
	struct query *query;    // parsed when it was set: for what hangs on no date
	char *where;            // FILE:LINE; NULL: there from the start
};

struct saved;
// With "All inboxes" in it.
struct saved *saved_new(void);
void saved_free(struct saved **s);
// The same name again takes the place of the first.
bool saved_set(struct saved *s, const char *name, const char *text,
	const char *where, struct error *err);
bool saved_remove(struct saved *s, const char *name, struct error *err);
// Without case; NULL when there is none. Lent until the next change.
const struct saved_query *saved_find(const struct saved *s, const char *name);
// In the order of definition; lent until the next change.
const struct saved_query *saved_all(const struct saved *s, size_t *n_r);

#endif
