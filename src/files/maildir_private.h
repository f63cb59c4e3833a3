// SPDX-License-Identifier: GPL-3.0-or-later
// What the files behind maildir.h share: the folder's state, its UID list, its
// letters for keywords, and the steps that change the disk.
#ifndef FILES_MAILDIR_PRIVATE_H
#define FILES_MAILDIR_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>
#include "base/array.h"
#include "files/maildir.h"

struct map;

#define MAILDIR_LETTERS 26                     // a-z
#define MAILDIR_FILES_MAX 4000000              // files looked at in a folder
#define MAILDIR_TRIES 5                        // against programs that rename
#define MAILDIR_KEYWORDS_FILE_MAX (64 * 1024)

// --- letters for keywords (maildir_name.c) -------------------------------------

// Which content a file had.
struct maildir_stamp {
	struct timespec time;
	ino_t ino;
	off_t size;
};

struct maildir_keywords {
	char *names[MAILDIR_LETTERS];  // NULL: the letter is free
	struct maildir_stamp theirs, ours; // of the two files when they were read
	unsigned version;              // another after each reading
};
void maildir_keywords_done(struct maildir_keywords *k);
// Reads the two files again where they changed.
void maildir_keywords_refresh(struct maildir *m);
// Gives a letter to each keyword of `flags` that has none. ERROR_REFUSED when
// there are no more letters, ERROR_STORE when the file cannot be written.
bool maildir_keywords_claim(struct maildir *m, const struct flags *flags,
	struct error *err);

// --- names ---------------------------------------------------------------------

char *maildir_name_base(const char *name);
void maildir_name_flags(const struct maildir_keywords *k, const char *name,
	struct flags *flags_r);
// base and flags as a name; what `old` (may be NULL) carries of flags that
// nobody here knows is kept.
char *maildir_name_make(const struct maildir_keywords *k, const char *base,
	const struct flags *flags, const char *old);
char *maildir_name_unique(void);

// --- the UID list (maildir_uids.c) ---------------------------------------------

struct maildir_uids {
	struct map *by_base;   // to (void *)(uintptr_t)uid; also of files now gone
	uint32_t validity;
	uint32_t next;
	dev_t dev;             // the file that was read, and how far
	ino_t ino;
	off_t read;
};
void maildir_uids_done(struct maildir_uids *u);
// Takes in what others added. Makes the list when there is none or when it is
// damaged (then validity differs).
bool maildir_uids_load(struct maildir *m, struct error *err);
uint32_t maildir_uids_get(const struct maildir *m, const char *base); // 0: none
// UIDs for n names in this order; names that have one keep it.
bool maildir_uids_assign(struct maildir *m, const char *const *bases, size_t n,
	uint32_t *uids_r, struct error *err);
// Leaves out what is long gone; `before`: uids.next before the folder was listed.
void maildir_uids_compact(struct maildir *m, uint32_t before);

// --- the listing (maildir_list.c) ------------------------------------------------

// Makes m->entries what is there. Unless `force`, only where a folder's time of
// change moved.
bool maildir_list(struct maildir *m, bool force, struct error *err);

// --- the folder (maildir.c) ----------------------------------------------------

struct maildir {
	char *path;
	int root, cur, new, tmp;         // descriptors of the folders
	dev_t dev;
	ino_t ino;                       // of root
	struct maildir_uids uids;
	struct maildir_keywords keywords;
	struct array entries;            // struct maildir_entry, ascending by uid
	bool listed;                     // entries are those of the stamps
	struct timespec cur_stamp, new_stamp, listed_at;
	bool held;                       // maildir_hold
	bool cur_dirty, uids_dirty;
	int (*step)(void *arg, const char *what);
	void *step_arg;
};

// False with errno set when a test wants this step to fail.
bool maildir_step(struct maildir *m, const char *what);
struct maildir_entry *maildir_entry_at(struct maildir *m, uint32_t uid);
void maildir_entry_add(struct maildir *m, uint32_t uid, const char *base,
	char *file, const struct stat *st);  // keeps file
void maildir_entries_clear(struct array *entries);
void maildir_entry_drop(struct maildir *m, uint32_t uid);
// Renames within or between folders, never onto another file (EEXIST).
bool maildir_rename(struct maildir *m, int from, const char *old, int to,
	const char *name);
// cur/ and the UID list are on the disk after this, unless held.
bool maildir_settle(struct maildir *m, struct error *err);
// The lock of the folder; -1 with *err. Let go by close().
int maildir_lock(struct maildir *m, struct error *err);

#endif
