// SPDX-License-Identifier: GPL-3.0-or-later
// Where files of ours lie and how they are made: folders 0700, files 0600, no
// link followed, and a whole file written at once or not at all.
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct error;

// The places of one Postern. With --home DIR: DIR/config, DIR/mail, DIR/store,
// DIR/run, DIR/log. Else $XDG_CONFIG_HOME/postern, $XDG_DATA_HOME/postern/mail and
// .../store, store/run, $XDG_STATE_HOME/postern/log.
struct path_home {
	char *config;  // folder of the file "config"
	char *mail;    // mail that exists only here
	char *store;   // journal/ and cache/
	char *run;     // socket and lock
	char *log;
};
// dir: absolute or relative folder of --home, NULL for the XDG places. Makes
// the folders (0700); ERROR_STORE with the folder's name when it cannot. Only
// `config` may be a link, because people keep their configuration elsewhere.
bool path_home_init(struct path_home *h, const char *dir, struct error *err);
void path_home_done(struct path_home *h);

char *path_join(const char *folder, const char *name);
char *path_expand(const char *path);               // a leading ~/ only
const char *path_base(const char *path);           // behind the last '/'
bool path_is_absolute(const char *path);
bool path_exists(const char *path);
// mkdir -p with 0700, on the disk when it returns (but on the UI thread); every folder
// that is made or found at the end must be a real folder of ours (no link), else
// ERROR_STORE.
bool path_make_folder(const char *path, struct error *err);
// Reads at most `max` bytes; more is ERROR_INPUT "larger than ...".
bool path_read(const char *path, size_t max, struct buf *out, struct error *err);
// The same of a file that nobody else can have written, but root: what we looked at
// is what is read. Else ERROR_INPUT.
bool path_read_trusted(const char *path, size_t max, struct buf *out,
	struct error *err);
// Writes beside, fsyncs, renames, fsyncs the folder: 0600. Never on the UI
// thread, like path_sync_folder: a disk may take its time.
bool path_write_atomic(const char *path, const void *data, size_t len,
	struct error *err);
// All of it, by as many write() as it takes; false with errno. fd blocks.
bool path_write_all(int fd, const void *data, size_t len);
// O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, 0600. -1 and *err on failure.
int path_create(const char *path, struct error *err);
bool path_sync_folder(const char *folder, struct error *err);
// The last component of a name from outside, made safe as a file name: no
// '/', no control or invisible characters, no leading '.' or '-', at most
// PATH_NAME_MAX bytes with its ending kept, never empty ("unnamed").
#define PATH_NAME_MAX 120
char *path_safe_name(const char *name);
// Removes a folder with all in it; follows no link. For caches set aside.
bool path_remove_tree(const char *path, struct error *err);

#endif
