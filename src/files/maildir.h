// SPDX-License-Identifier: GPL-3.0-or-later
// A Maildir folder on this disk: messages as files, each written, fsynced and
// renamed before anybody is told; flags in the names as Dovecot and mutt write
// them; UIDs remembered in a file of ours beside them.
#ifndef FILES_MAILDIR_H
#define FILES_MAILDIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "mail/flags.h"

struct buf;
struct error;

// One folder (cur new tmp). Used by one thread at a time; other programs may
// change it at any moment.
struct maildir;

struct maildir_entry {
	uint32_t uid;        // ours, ascending, never reused while uidvalidity holds
	char *base;          // the unique name, without ":2,FLAGS"; a name that is
	                     // not as it should be is a base as a whole
	char *file;          // "cur/base:2,S", as it stands just now
	struct flags flags;
	uint64_t size;       // bytes on disk
	int64_t received;    // the file's time of change of contents
};

// Makes the folders when `make`; else ERROR_GONE when it is none. Reads or
// begins the UID list (".postern-uids": uidvalidity, then "uid base" lines,
// written atomically or appended and fsynced). Several may be open on one folder,
// in one process or in many: a lock file is held while UIDs are given.
// Keywords are letters, named by Dovecot's file "dovecot-keywords" where there is
// one, else by ".postern-keywords".
bool maildir_open(struct maildir **m, const char *path, bool make, struct error *err);
void maildir_close(struct maildir **m);
// Looks at the folders again (cheap when their mtimes did not move), moves what
// lies in new/ to cur/ and gives new files UIDs. Entries are lent until the next
// call on this folder; ascending by UID. ERROR_GONE: the folder is no longer there.
// The uidvalidity changes when the UID list was lost or damaged: then all UIDs
// are others.
bool maildir_scan(struct maildir *m, const struct maildir_entry **entries_r,
	size_t *n_r, struct error *err);
uint32_t maildir_uidvalidity(const struct maildir *m);
uint32_t maildir_uidnext(const struct maildir *m);
const struct maildir_entry *maildir_find(struct maildir *m, uint32_t uid);

// Reading. ERROR_GONE when another program removed it.
bool maildir_read(struct maildir *m, uint32_t uid, uint64_t offset, size_t max,
	struct buf *out, struct error *err);
// The file's path now (free()), NULL when gone.
char *maildir_path(struct maildir *m, uint32_t uid);

// The file open for reading, -1 when gone. The caller closes it; what is read
// from it stays readable when the file is renamed or removed meanwhile.
int maildir_open_file(struct maildir *m, uint32_t uid, struct error *err);

// ERROR_REFUSED when no letter is left for a keyword (a Maildir has 26) or the
// name would become too long. Letters that nobody here knows stay in the name.
bool maildir_set_flags(struct maildir *m, uint32_t uid, const struct flags *flags,
	struct error *err);
// One that is gone already is removed.
bool maildir_remove(struct maildir *m, uint32_t uid, struct error *err);
// Into another folder, by link or copy: written before the original goes. A
// copy gets a name of its own, a moved message keeps its name, so that a move
// that was cut off by a crash can be repeated (ERROR_GONE: it was done).
// Keywords that find no letter in the target are left out.
bool maildir_copy(struct maildir *m, uint32_t uid, struct maildir *to,
	uint32_t *uid_r, struct error *err);
bool maildir_move(struct maildir *m, uint32_t uid, struct maildir *to,
	uint32_t *uid_r, struct error *err);

// Writing a message: into tmp/, then fsync and rename into new/ or cur/.
struct maildir_write;
bool maildir_write_begin(struct maildir *m, struct maildir_write **w, struct error *err);
// Its unique name, lent until the end of the write: to be remembered before the
// commit by whoever must know after a crash whether it was done.
const char *maildir_write_base(const struct maildir_write *w);
bool maildir_write_data(struct maildir_write *w, const void *data, size_t len,
	struct error *err);
// received 0: now. base_r (free(); may be NULL): its unique name. After this,
// failed or not, *w is NULL; a failed one leaves nothing in new/ or cur/.
bool maildir_write_commit(struct maildir_write **w, const struct flags *flags,
	int64_t received, uint32_t *uid_r, char **base_r, struct error *err);
void maildir_write_abort(struct maildir_write **w);
// Finds a file by its unique name: after a crash, "was it written?".
bool maildir_has_base(struct maildir *m, const char *base);

// Every change is on the disk when its call returns. Between hold and sync only
// the bytes of messages are; names and UIDs follow with the sync, once for all:
// for many changes at once, none of which is told to anybody before the sync.
void maildir_hold(struct maildir *m);
bool maildir_sync(struct maildir *m, struct error *err);

// For tests: called before each change of the disk ("write" "fsync" "rename"
// "link" "unlink" "append"); what it returns other than 0 is the errno with
// which that step fails, undone.
void maildir_set_step(struct maildir *m, int (*step)(void *arg, const char *what),
	void *arg);

// Subfolders of a Maildir++ tree at root: "" (INBOX itself) and ".Name.Sub" as
// "Name/Sub". struct strlist of names.
struct strlist;
bool maildir_tree_list(const char *root, struct strlist *names, struct error *err);
// The path of such a name (free()); refuses names with '.', control characters
// or empty levels by ERROR_INPUT.
char *maildir_tree_path(const char *root, const char *name, struct error *err);
// Folders come and go. REFUSED when the new name is taken, GONE when there is no
// such folder; "" can be neither renamed nor deleted (REFUSED). A rename takes
// the folders below along and can be repeated when it was cut off; a delete
// leaves them, and all mail of the folder goes for good.
bool maildir_tree_create(const char *root, const char *name, struct error *err);
bool maildir_tree_rename(const char *root, const char *from, const char *to,
	struct error *err);
bool maildir_tree_delete(const char *root, const char *name, struct error *err);

#endif
