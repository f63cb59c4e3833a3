// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of an index: those of a folder in an order, or those that a query
// matches; only what is on screen is read.
#ifndef UI_VIEW_INDEX_ROWS_H
#define UI_VIEW_INDEX_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/array.h"
#include "mail/message.h"
#include "store/messages.h"

struct engine;

#define INDEX_AROUND 24        // rows read above and below the screen, for the tree

struct index_rows {
	struct engine *engine;
	uint32_t folder;           // 0: none
	enum message_order order;
	char *limit;               // the query; NULL: all
	struct array ids;          // uint64_t: what it matches, in the order
	struct array coming;       // of the search that runs
	bool fresh;                // it is a first one: shown as they come
	uint64_t job;              // 0: none runs
	struct array read;         // struct message: rows from `from` on
	struct array levels;       // int, beside each: its depth among those shown here
	uint32_t from;
	bool valid;
	void (*changed)(void *arg, const char *error);   // a search found more or ended
	void *arg;
};

void index_rows_done(struct index_rows *r);
// Another folder, order or limit (NULL: all).
void index_rows_show(struct index_rows *r, uint32_t folder, enum message_order order,
	const char *limit);
// Something changed: read again, search again.
void index_rows_stale(struct index_rows *r, bool search);
uint32_t index_rows_count(struct index_rows *r);
// The row, which must be one of from..from+n-1 as index_rows_want asked; NULL when
// it went away meanwhile. Lent until the next want.
void index_rows_want(struct index_rows *r, uint32_t from, uint32_t n);
const struct message *index_row(const struct index_rows *r, uint32_t at);
// How deep it stands below the messages of its thread that are here; 0: not.
int index_row_level(const struct index_rows *r, uint32_t at);
uint64_t index_rows_id(struct index_rows *r, uint32_t at);     // 0 none
bool index_rows_find(struct index_rows *r, uint64_t id, uint32_t *at_r);
// The next row with all of `set` and none of `unset`.
bool index_rows_next(struct index_rows *r, uint32_t from, int step, uint32_t set,
	uint32_t unset, uint32_t *at_r);

#endif
