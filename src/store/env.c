// SPDX-License-Identifier: GPL-3.0-or-later
// Opens environments so that a kill, a full disk or a damaged page stays what
// it is: private memory, checksums, recovery at every opening.
#include "config.h"

#include "store/env.h"

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "store/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Berkeley DB adds a quarter to a page cache for its own tables.
#define ENV_CACHE_SHARE(bytes) ((bytes) / 5 * 4)

// What stops a write without anything being damaged.
static const int env_passing[] = {
	ENOSPC, EDQUOT, EFBIG, EROFS, ENOMEM, EMFILE, ENFILE, EACCES, EPERM,
};
#define N_PASSING (sizeof(env_passing) / sizeof(env_passing[0]))

// A recovery that has no room ends in "run recovery"; why is told only here.
static void
env_says(const DB_ENV *handle, const char *prefix, const char *text)
{
	struct env *e = handle->app_private;

	(void)prefix;
	for (size_t i = 0; e != NULL && i < N_PASSING; i++) {
		if (strstr(text, db_strerror(env_passing[i])) != NULL)
			atomic_store(&e->said, env_passing[i]);
	}
	log_info("Berkeley DB: %s", text);
}

// While opening: the reason behind a code that looks like damage.
static int
env_reason(struct env *e, int code)
{
	int said = atomic_load(&e->said);

	return env_is_damage(code) && said != 0 ? said : code;
}

// A link or a stray DB_CONFIG in the folder could turn our writes elsewhere.
static bool
env_check_folder(const char *folder, struct error *err)
{
	struct dirent *entry;
	struct stat st;
	bool ok = true;

	if (!path_make_folder(folder, err))
		return false;
	DIR *dir = opendir(folder);
	if (dir == NULL)
		return error_errno(err, ERROR_STORE, "cannot read %s", folder);
	while (ok && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
			strcmp(entry->d_name, "DB_CONFIG") == 0)
			ok = error_set(err, ERROR_STORE, "%s/%s does not belong there: remove it",
				folder, entry->d_name);
	}
	closedir(dir);
	return ok;
}

const char *
env_advice(int code)
{
	return code == ENOSPC || code == EDQUOT ?
		"; make room there, then try again" : "";
}

bool
env_error(struct env *e, int code, struct error *err, const char *what)
{
	return error_set(err, ERROR_STORE, "%s %s: %s%s", what,
		e == NULL ? "the store" : e->folder, db_strerror(code),
		env_advice(code));
}

bool
env_is_damage(int code)
{
	for (size_t i = 0; i < N_PASSING; i++) {
		if (code == env_passing[i])
			return false;
	}
	return code != 0 && code != DB_NOTFOUND && code != DB_KEYEMPTY &&
		code != DB_KEYEXIST && code != DB_BUFFER_SMALL;
}

#define ENV_MUTEXES 512

static int
env_configure(DB_ENV *h, const struct env_settings *settings)
{
	int r;

	h->set_errcall(h, env_says);
	r = h->set_cachesize(h, 0, (uint32_t)ENV_CACHE_SHARE(settings->cache_bytes), 1);
	if (r == 0)
		r = h->set_lg_bsize(h, (uint32_t)settings->log_buffer);
	if (r == 0)
		r = h->set_lg_max(h, (uint32_t)settings->log_bytes);
	if (r == 0 && settings->sync)
		r = h->log_set_config(h, DB_LOG_AUTO_REMOVE, 1);
	if (r == 0 && !settings->sync)
		r = h->set_flags(h, DB_TXN_WRITE_NOSYNC, 1);
	// By default a megabyte of them is laid out at opening; more come when needed.
	if (r == 0)
		r = h->mutex_set_init(h, ENV_MUTEXES);
	return r;
}

bool
env_open(struct env **out, const struct env_settings *settings, struct error *err)
{
	struct env *e = *out = mem_new(struct env);

	e->folder = str_dup(settings->folder);
	if (!env_check_folder(e->folder, err)) {
		e->strange = true;
		e->code = EACCES;
		return false;
	}
	disk_init();
	int r = db_env_create(&e->handle, 0);
	if (r == 0)
		e->handle->app_private = e;
	if (r == 0)
		r = env_configure(e->handle, settings);
	disk_mending(true);
	if (r == 0)
		r = e->handle->open(e->handle, e->folder, DB_CREATE | DB_PRIVATE |
			DB_THREAD | DB_RECOVER | DB_INIT_TXN | DB_INIT_LOG | DB_INIT_MPOOL,
			0600);
	disk_mending(false);
	e->code = r = env_reason(e, r);
	return r == 0 || env_error(e, r, err, "cannot open");
}

// One that has met damage refuses everything, its own end too, and would keep its
// memory for ever.
void
env_let_go(struct env *e)
{
	if (e->handle != NULL)
		e->handle->set_flags(e->handle, DB_NOPANIC, 1);
}

void
env_close(struct env **out, bool checkpoint)
{
	struct env *e = *out;

	if (e == NULL)
		return;
	if (e->handle != NULL) {
		if (checkpoint && e->handle->txn_checkpoint(e->handle, 0, 0, DB_FORCE) == 0)
			env_trim(e);
		else if (!checkpoint)
			env_let_go(e);
		e->handle->close(e->handle, 0);
	}
	disk_catch_up(); // of what nobody asked for
	free(e->folder);
	free(e);
	*out = NULL;
}

int
env_checkpoint(struct env *e, uint32_t kilobytes)
{
	// Berkeley DB counts from the end of the last one, so that it knows nothing of
	// what was written beside it.
	return e->handle->txn_checkpoint(e->handle, kilobytes, 0,
		kilobytes == 0 ? DB_FORCE : 0);
}

int
env_trim(struct env *e)
{
	return e->handle->log_archive(e->handle, NULL, DB_ARCH_REMOVE);
}

// A file shorter than a page sends Berkeley DB 5.3 round in circles.
static bool
tree_is_cut(const struct env *e, const char *file, uint32_t page_bytes)
{
	char *path = path_join(e->folder, file);
	struct stat st;
	bool cut = stat(path, &st) == 0 && st.st_size < (off_t)page_bytes;

	free(path);
	return cut;
}

int
tree_open(struct env *e, DB **tree, const char *file, enum tree_kind kind,
	uint32_t page_bytes)
{
	DB *db;

	if (tree_is_cut(e, file, page_bytes))
		return DB_VERIFY_BAD;
	int r = db_create(&db, e->handle, 0);
	if (r != 0)
		return r;
	r = db->set_pagesize(db, page_bytes);
	if (r == 0)
		r = db->set_flags(db, DB_CHKSUM | (kind == TREE_COUNTED ? DB_RECNUM : 0));
	disk_mending(true);
	if (r == 0)
		r = db->open(db, NULL, file, NULL, DB_BTREE,
			DB_CREATE | DB_THREAD | DB_AUTO_COMMIT, 0600);
	disk_mending(false);
	if (r != 0) {
		db->close(db, DB_NOSYNC);
		return env_reason(e, r);
	}
	*tree = db;
	return 0;
}

static void
tree_says(const DB_ENV *h, const char *prefix, const char *text)
{
	(void)h;
	(void)prefix;
	(void)text;
}

bool
tree_sound(struct env *e, const char *file, uint32_t page_bytes)
{
	DB *db;

	// In an environment of its own, as ours would show the pages that it keeps.
	if (tree_is_cut(e, file, page_bytes) || db_create(&db, NULL, 0) != 0)
		return false;
	char *path = path_join(e->folder, file);
	db->set_errcall(db, tree_says);
	int r = db->verify(db, path, NULL, NULL, DB_NOORDERCHK);
	free(path);
	return r == 0;
}

void
tree_close(DB **tree)
{
	// The log has what the pages lack: nothing need be written now.
	if (*tree != NULL)
		(*tree)->close(*tree, DB_NOSYNC);
	*tree = NULL;
}
