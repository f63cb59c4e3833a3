// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of an index: those of a folder in an order, or those that a query
// matches in it or in several folders; only what is on screen is read.
#ifndef UI_VIEW_INDEX_ROWS_H
#define UI_VIEW_INDEX_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/array.h"
#include "mail/message.h"
#include "store/messages.h"

struct engine;
struct folder;
struct loop_timer;
struct map;
struct query;

#define INDEX_AROUND 24        // rows read above and below the screen, for the tree

struct index_rows {
	struct engine *engine;
	uint32_t folder;           // 0: none, or several
	char *base;                // of several: the query that says which; NULL
	struct query *parsed;      // of base, as it was when it was opened
	enum message_order order;
	char *limit;               // the query that narrows it; NULL: all
	char *query;               // both, as one; NULL: all of a folder
	struct map *folders;       // struct folder * by id: what rows are in
	struct array ids;          // uint64_t: what the query matches, in the order
	struct array coming;       // of the search that runs
	bool fresh;                // it is a first one: shown as they come
	bool again;                // something changed while it ran
	uint64_t job;              // 0: none runs
	int64_t began, rests_until;   // of it; searching takes half of the time at most
	struct loop_timer *timer;  // until the next one; NULL
	struct array read;         // struct message: rows from `from` on
	struct array levels;       // int, beside each: its depth among those shown here
	uint32_t from;
	bool valid;
	void (*changed)(void *arg, const char *error);   // a search found more or ended
	void *arg;
};

void index_rows_done(struct index_rows *r);
// Another folder (0: those of the query `base`), order or limit (NULL: all).
void index_rows_show(struct index_rows *r, uint32_t folder, const char *base,
	enum message_order order, const char *limit);
// There is something to show: a folder, or several.
bool index_rows_any(const struct index_rows *r);
// What a row is in; NULL when that is gone. Lent until folders change.
const struct folder *index_rows_folder(struct index_rows *r, uint32_t id);
void index_rows_forget_folders(struct index_rows *r);
// Whether messages of this folder are, or may be, shown.
bool index_rows_holds(struct index_rows *r, uint32_t folder);
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
