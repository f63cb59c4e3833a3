// SPDX-License-Identifier: GPL-3.0-or-later
// Berkeley DB's reading and syncing. Private to store/.
#ifndef STORE_DISK_H
#define STORE_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// The page sizes in use.
#define DISK_PAGE 4096
#define DISK_BODY_PAGE (16 * 1024)

// Before the first environment is opened.
void disk_init(void);
// This thread opens something, where missing pages are no mistake.
void disk_mending(bool on);
// From now on this thread does not wait where Berkeley DB has a log synced: it is
// owed to the disk until somebody calls disk_catch_up, or writes a page that this
// log tells of and so must wait. Returns what it was before. For the cache; never
// for the journal.
bool disk_put_off(bool on);
bool disk_owes(void);
// Syncs what was put off, also by others. 0, or why a log is lost (errno): so it tells
// everyone until somebody takes it upon himself to replace what the log was of.
int disk_catch_up(void);
int disk_take_lost(void);
// For tests: what is called instead of write(2), and of fdatasync(2).
void disk_sync_by(int (*call)(int fd));
void disk_write_by(ssize_t (*call)(int fd, const void *data, size_t len));

#endif
