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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_DEPTH_MAX 64   // of a tree to remove
#define PATH_ENDING_MAX 16  // bytes of ".pdf" that a long name keeps
#define PATH_READ_STEP (64 * 1024)

// Opens a folder and checks that it is one, and ours.
static bool
folder_is_ours(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	bool ok = false;

	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		error_set(err, ERROR_STORE, "%s is a link, or no folder", path);
	else if (fd < 0 || fstat(fd, &st) != 0)
		error_errno(err, ERROR_STORE, "cannot open the folder %s", path);
	else if (st.st_uid != geteuid())
		error_set(err, ERROR_STORE, "the folder %s belongs to somebody else",
			path);
	else
		ok = true;
	if (fd >= 0)
		close(fd);
	return ok;
}

char *
path_join(const char *folder, const char *name)
{
	size_t len = strlen(folder);
	bool slash = len > 0 && folder[len - 1] != '/';

	return str_printf("%s%s%s", folder, slash ? "/" : "", name);
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

// What is in a folder is on the disk only when the folder is. One that others own may
// not let us look; and the thread of the screen does not wait.
static bool
folder_settle(const char *made)
{
	if (thread_is_ui())
		return true;
	char *above = path_folder(made);
	int fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd < 0 ? errno == EACCES : fsync(fd) == 0 || errno == EINVAL;
	int why = errno;

	if (fd >= 0)
		close(fd);
	free(above);
	errno = why;
	return ok;
}

static bool
folder_make(const char *path)
{
	if (mkdir(path, 0700) == 0)
		return folder_settle(path);
	// A link or a file there is found out by who asks for all of the path.
	return errno == EEXIST || path_exists(path);
}

bool
path_make_folder(const char *path, struct error *err)
{
	char *part = str_dup(path);
	size_t len = strlen(part);
	bool ok = true;

	while (len > 1 && part[len - 1] == '/')
		part[--len] = '\0';
	for (size_t i = 1; ok && i <= len; i++) {
		if (part[i] != '/' && part[i] != '\0')
			continue;
		char rest = part[i];
		part[i] = '\0';
		ok = folder_make(part) || error_errno(err, ERROR_STORE,
			"cannot make the folder %s", part);
		part[i] = rest;
	}
	ok = ok && folder_is_ours(part, err);
	free(part);
	return ok;
}

// Takes fd.
static bool
read_whole(int fd, const char *path, size_t max, struct buf *out, struct error *err)
{
	size_t before = out->len;
	ssize_t got;

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

bool
path_read(const char *path, size_t max, struct buf *out, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, ERROR_STORE, "cannot read %s", path);
	return read_whole(fd, path, max, out, err);
}

// A group may write what is ours where it has only us in it.
static bool
file_is_trusted(const struct stat *st, const char *path, struct error *err)
{
	bool group = (st->st_mode & S_IWGRP) != 0 && st->st_gid != getegid();

	if (st->st_uid != geteuid() && st->st_uid != 0)
		return error_set(err, ERROR_INPUT, "%s is not yours: it was not read",
			path);
	return (!group && (st->st_mode & S_IWOTH) == 0) || error_set(err, ERROR_INPUT,
		"%s was not read, because others may write it: chmod go-w %s", path,
		path);
}

bool
path_read_trusted(const char *path, size_t max, struct buf *out, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0) {
		if (file_is_trusted(&st, path, err))
			return read_whole(fd, path, max, out, err);
	} else {
		error_errno(err, ERROR_STORE, "cannot read %s", path);
	}
	if (fd >= 0)
		close(fd);
	return false;
}

bool
path_write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t done = write(fd, at, len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		at += done;
		len -= (size_t)done;
	}
	return true;
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
	bool written = path_write_all(fd, data, len) && fsync(fd) == 0;
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
