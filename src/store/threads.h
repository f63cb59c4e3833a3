// SPDX-License-Identifier: GPL-3.0-or-later
// Threads: who belongs to which, and the order of a folder by the latest message
// of each, kept as messages come and go. Private to store/.
#ifndef STORE_THREADS_H
#define STORE_THREADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A folder's share of a thread has a head, which tells the latest date and the
// number of messages, from so many messages on; else these are counted.
#define THREAD_HEAD_FROM 8
struct thread_head {
	uint32_t folder, latest, count;
};

struct row;
struct view;
struct write;

// Puts a row that is shown into its thread; sets row->thread. deep as in
// links_find.
void threads_join(struct write *w, struct row *row, bool deep);
// Takes it out; row->thread stays, so that it can come back.
void threads_leave(struct write *w, const struct row *row);
// It is shown in another folder from now on (row->shown is still the old one).
void threads_refile(struct write *w, const struct row *row, uint32_t to);
// The smaller of two threads goes into the larger: which that is. 0: together
// they would be too large.
uint64_t threads_merge(struct write *w, uint64_t a, uint64_t b);

// One thread as a folder shows it, arranged. Members of other folders shape it
// and are left out, or kept with folder 0.
struct thread_row {
	uint64_t id;
	int depth;
};
// Returns how many; free(*rows_r).
size_t threads_read(struct view *v, uint64_t thread, uint32_t folder,
	struct thread_row **rows_r);
// All members, oldest first.
size_t threads_read_by_date(struct view *v, uint64_t thread,
	struct thread_row **rows_r);
// The ids of the members with this Message-ID's key, of any folder: max at most.
struct cache;
struct txn;
size_t threads_with(struct txn *t, struct cache *c, uint64_t thread, uint64_t own,
	uint64_t *ids, size_t max);
// The latest date of a thread in a folder; false when it has none there.
bool threads_latest(struct view *v, uint64_t thread, uint32_t folder,
	uint32_t *latest_r);

#endif
