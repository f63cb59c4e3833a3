// SPDX-License-Identifier: GPL-3.0-or-later
// Which thread a Message-ID belongs to. Keys come in random order, the worst
// there is for a tree larger than the page cache: so during a large sync they
// gather in memory and go to the tree in sorted runs. Private to store/.
#ifndef STORE_LINKS_H
#define STORE_LINKS_H

#include <stdbool.h>
#include <stdint.h>

struct links;
struct store;
struct view;
struct write;

struct links *links_new(void);
void links_free(struct links **l);

// The thread of a key, 0 when none. deep: the tree is asked too; else what was
// gathered only, and links_flush finds and merges what that missed.
uint64_t links_find(struct write *w, uint32_t account, uint64_t key, bool deep);
void links_set(struct write *w, uint32_t account, uint64_t key, uint64_t thread,
	bool deep);
// Forgets the key if it leads to this thread.
void links_remove(struct write *w, uint32_t account, uint64_t key, uint64_t thread);
// For readers: the tree only.
uint64_t links_read(struct view *v, uint32_t account, uint64_t key);

// What was gathered is not to be trusted: it is gathered again from the rows.
void links_forget(struct store *s);
// Rows are not in the tree yet.
bool links_behind(const struct store *s);
// Of some rows it is not known in memory either, as after a start.
bool links_partial(const struct store *s);
// So many that memory wants them in the tree.
bool links_full(const struct store *s);
// Brings the tree up to date, in short pieces. False: ERROR_STORE or GONE, to
// be tried again. Store thread, no transaction open.
struct error;
bool links_flush(struct store *s, struct error *err);

#endif
