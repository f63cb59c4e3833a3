// SPDX-License-Identifier: GPL-3.0-or-later
// Files and folders of ours on a disk that others may write to as well: what
// exists is checked after it was opened, and nothing is written in halves.
#include "config.h"

#include "base/path.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_DEPTH_MAX 64   // of a tree to remove
#define PATH_ENDING_MAX 16  // bytes of ".pdf" that a long name keeps
#define PATH_READ_STEP (64 * 1024)

// Owned; "" when nobody knows (then the folders cannot be made, which is said).
static char *
home_folder(void)
{
	const char *home = getenv("HOME");

	if (home != NULL && home[0] == '/')
		return str_dup(home);
	struct passwd entry, *found = NULL;
	char data[4096];
	if (getpwuid_r(getuid(), &entry, data, sizeof(data), &found) == 0 &&
	    found != NULL)
		return str_dup(found->pw_dir);
	return str_dup("");
}

// $NAME/postern/sub, else HOME/fallback/postern/sub. The XDG specification
// says that a relative value is to be ignored.
static char *
xdg_folder(const char *name, const char *fallback, const char *sub)
{
	const char *value = getenv(name);
	char *base;

	if (value != NULL && value[0] == '/') {
		base = str_dup(value);
	} else {
		char *home = home_folder();
		base = path_join(home, fallback);
		free(home);
	}
	char *path = str_printf("%s/postern%s%s", base, sub[0] ? "/" : "", sub);
	free(base);
	return path;
}

static bool
home_under(struct path_home *h, const char *dir, struct error *err)
{
	char *base;

	// The process may change its working folder later.
	if (path_is_absolute(dir)) {
		base = str_dup(dir);
	} else {
		char *here = getcwd(NULL, 0);
		if (here == NULL)
			return error_errno(err, ERROR_STORE,
				"cannot tell the working folder");
		base = path_join(here, dir);
		free(here);
	}
	h->config = path_join(base, "config");
	h->mail = path_join(base, "mail");
	h->store = path_join(base, "store");
	h->run = path_join(base, "run");
	h->log = path_join(base, "log");
	free(base);
	return true;
}

static void
home_xdg(struct path_home *h)
{
	const char *run = getenv("XDG_RUNTIME_DIR");

	h->config = xdg_folder("XDG_CONFIG_HOME", ".config", "");
	h->mail = xdg_folder("XDG_DATA_HOME", ".local/share", "mail");
	h->store = xdg_folder("XDG_DATA_HOME", ".local/share", "store");
	h->log = xdg_folder("XDG_STATE_HOME", ".local/state", "log");
	h->run = run != NULL && run[0] == '/' ? path_join(run, "postern")
	                                      : path_join(h->store, "run");
}

// Opens a folder and checks that it is one, and ours.
static int
folder_open(const char *path, bool follow, struct stat *st_r, struct error *err)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW);
	int fd = open(path, flags);

	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP)) {
		error_set(err, ERROR_STORE,
			"%s is not a folder, or a link to one", path);
		return -1;
	}
	if (fd < 0 || fstat(fd, st_r) != 0) {
		error_errno(err, ERROR_STORE, "cannot open the folder %s", path);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	if (st_r->st_uid != geteuid()) {
		error_set(err, ERROR_STORE, "the folder %s belongs to somebody else",
			path);
		close(fd);
		return -1;
	}
	return fd;
}

// A folder of ours with nobody else in it.
static bool
private_folder(const char *path, struct error *err)
{
	struct stat st;

	if (!path_make_folder(path, err))
		return false;
	int fd = folder_open(path, false, &st, err);
	if (fd < 0)
		return false;
	bool ok = (st.st_mode & 077) == 0 || fchmod(fd, 0700) == 0;
	if (!ok)
		error_errno(err, ERROR_STORE, "cannot make %s private", path);
	close(fd);
	return ok;
}

// People keep their configuration elsewhere and link to it.
static bool
config_folder(const char *path, struct error *err)
{
	struct stat st;

	if (lstat(path, &st) != 0 || !S_ISLNK(st.st_mode))
		return path_make_folder(path, err);
	int fd = folder_open(path, true, &st, err);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

bool
path_home_init(struct path_home *h, const char *dir, struct error *err)
{
	*h = (struct path_home){0};
	if (dir == NULL)
		home_xdg(h);
	else if (!home_under(h, dir, err))
		return false;
	if (config_folder(h->config, err) && private_folder(h->mail, err) &&
	    private_folder(h->store, err) && private_folder(h->run, err) &&
	    private_folder(h->log, err))
		return true;
	path_home_done(h);
	return false;
}

void
path_home_done(struct path_home *h)
{
	free(h->config);
	free(h->mail);
	free(h->store);
	free(h->run);
	free(h->log);
	*h = (struct path_home){0};
}

char *
path_join(const char *folder, const char *name)
{
	size_t len = strlen(folder);
	bool slash = len > 0 && folder[len - 1] != '/';

	return str_printf("%s%s%s", folder, slash ? "/" : "", name);
}

char *
path_expand(const char *path)
{
	if (!str_has_prefix(path, "~/"))
		return str_dup(path);
	char *home = home_folder();
	char *whole = path_join(home, path + 2);
	free(home);
	return whole;
}

const char *
path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

bool
path_is_absolute(const char *path)
{
	return path[0] == '/';
}

bool
path_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

bool
path_make_folder(const char *path, struct error *err)
{
	char *part = str_dup(path);
	size_t len = strlen(part);
	struct stat st;
	bool ok = false;

	while (len > 1 && part[len - 1] == '/')
		part[--len] = '\0';
	for (size_t i = 1; i <= len; i++) {
		if (part[i] != '/' && part[i] != '\0')
			continue;
		char rest = part[i];
		part[i] = '\0';
		// EEXIST of the last one is looked at below.
		if (mkdir(part, 0700) != 0 && errno != EEXIST && !path_exists(part)) {
			error_errno(err, ERROR_STORE, "cannot make the folder %s",
				part);
			goto out;
		}
		part[i] = rest;
	}
	int fd = folder_open(part, false, &st, err);
	if (fd < 0)
		goto out;
	close(fd);
	ok = true;
out:
	free(part);
	return ok;
}

bool
path_read(const char *path, size_t max, struct buf *out, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t before = out->len;
	ssize_t got;

	if (fd < 0)
		return error_errno(err, ERROR_STORE, "cannot read %s", path);
	do {
		buf_reserve(out, PATH_READ_STEP);
		got = read(fd, out->data + out->len, PATH_READ_STEP);
		if (got > 0)
			out->len += (size_t)got;
	} while ((got > 0 && out->len - before <= max) ||
	         (got < 0 && errno == EINTR));
	if (got < 0)
		error_errno(err, ERROR_STORE, "cannot read %s", path);
	close(fd);
	buf_cut(out, out->len);
	bool ok = got >= 0;
	if (ok && out->len - before > max)
		ok = error_set(err, ERROR_INPUT, "%s is larger than %zu bytes",
			path, max);
	if (!ok)
		buf_cut(out, before);
	return ok;
}

static bool
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t done = write(fd, data, len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		data += done;
		len -= (size_t)done;
	}
	return true;
}

// The folder part of a path; "." for a bare name.
static char *
path_folder(const char *path)
{
	const char *base = path_base(path);

	if (base == path)
		return str_dup(".");
	size_t len = (size_t)(base - path);
	return str_ndup(path, len > 1 ? len - 1 : len);
}

bool
path_write_atomic(const char *path, const void *data, size_t len,
	struct error *err)
{
	assert(!thread_is_ui());
	char *folder = path_folder(path);
	char *beside = str_printf("%s/.%s.XXXXXX", folder, path_base(path));
	bool ok = false;

	int fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0) {
		error_errno(err, ERROR_STORE, "cannot write in %s", folder);
		goto out;
	}
	// mkostemp makes it 0600.
	bool written = write_all(fd, data, len) && fsync(fd) == 0;
	if (close(fd) != 0)
		written = false;
	if (!written || rename(beside, path) != 0) {
		error_errno(err, ERROR_STORE, "cannot write %s", path);
		unlink(beside);
		goto out;
	}
	ok = path_sync_folder(folder, err);
out:
	free(beside);
	free(folder);
	return ok;
}

int
path_create(const char *path, struct error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		0600);

	if (fd < 0)
		error_errno(err, ERROR_STORE, "cannot create %s", path);
	return fd;
}

bool
path_sync_folder(const char *folder, struct error *err)
{
	assert(!thread_is_ui());
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, ERROR_STORE, "cannot open the folder %s",
			folder);
	// Some file systems have no fsync of folders, and say so.
	bool ok = fsync(fd) == 0 || errno == EINVAL;
	if (!ok)
		error_errno(err, ERROR_STORE, "cannot sync the folder %s", folder);
	close(fd);
	return ok;
}

static bool
is_bad_first(char c)
{
	return c != '\0' && strchr(".-~| ", c) != NULL;
}

// The longest beginning of at most max bytes that ends between clusters.
static size_t
cut_between(const char *s, size_t max)
{
	size_t len = strlen(s), at = 0;
	int cells;

	while (at < len) {
		size_t used = utf8_cluster(s + at, len - at, &cells);
		if (at + used > max)
			break;
		at += used;
	}
	return at;
}

char *
path_safe_name(const char *name)
{
	struct buf b = {0};
	const char *last = path_base(name);
	const char *back = strrchr(last, '\\');

	utf8_filter_line(&b, back == NULL ? last : back + 1,
		strlen(back == NULL ? last : back + 1));
	while (b.len > 0 && (b.data[b.len - 1] == ' ' || b.data[b.len - 1] == '.'))
		buf_cut(&b, b.len - 1);
	size_t skip = 0;
	while (skip < b.len && is_bad_first(b.data[skip]))
		skip++;
	buf_drop(&b, skip);

	if (b.len > PATH_NAME_MAX) {
		const char *dot = strrchr(b.data, '.');
		if (dot == NULL || strlen(dot) > PATH_ENDING_MAX)
			dot = "";
		char *ending = str_dup(dot);
		buf_cut(&b, b.len - strlen(ending));
		buf_cut(&b, cut_between(b.data, PATH_NAME_MAX - strlen(ending)));
		buf_str(&b, ending);
		free(ending);
	}
	if (b.len == 0)
		buf_str(&b, "unnamed");
	return buf_take(&b);
}

static bool tree_remove_at(int folder, const char *name, int depth);

// Takes fd.
static bool
tree_empty(int fd, int depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	bool ok = true;

	if (dir == NULL) {
		close(fd);
		return false;
	}
	while (ok && (entry = readdir(dir)) != NULL)
		if (!str_equal(entry->d_name, ".") && !str_equal(entry->d_name, ".."))
			ok = tree_remove_at(fd, entry->d_name, depth);
	int why = errno;
	closedir(dir);
	errno = why;
	return ok;
}

static bool
tree_remove_at(int folder, const char *name, int depth)
{
	if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
		return true;
	if (errno != EISDIR && errno != EPERM)
		return false;
	if (depth >= PATH_DEPTH_MAX) {
		errno = ELOOP;
		return false;
	}
	int fd = openat(folder, name,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && tree_empty(fd, depth + 1) &&
		unlinkat(folder, name, AT_REMOVEDIR) == 0;
}

bool
path_remove_tree(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return true;
	if (fd < 0 || !tree_empty(fd, 0) || rmdir(path) != 0)
		return error_errno(err, ERROR_STORE, "cannot remove %s", path);
	return true;
}
