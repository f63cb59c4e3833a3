// SPDX-License-Identifier: GPL-3.0-or-later
// A Maildir folder: opened, looked at and read while others change it.
#include "config.h"

#include "files/maildir.h"
#include "files/maildir_private.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/when.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Files in tmp/ are left over from a crash after this long (36 hours).
#define TMP_AGE (36 * 60 * 60)

bool
maildir_step(struct maildir *m, const char *what)
{
	int error = m->step == NULL ? 0 : m->step(m->step_arg, what);

	if (error == 0)
		return true;
	errno = error;
	return false;
}

void
maildir_set_step(struct maildir *m, int (*step)(void *arg, const char *what),
	void *arg)
{
	m->step = step;
	m->step_arg = arg;
}

// --- opening ---------------------------------------------------------------------

static int
open_sub(struct maildir *m, const char *name, bool make, struct error *err)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(m->root, name, flags);

	if (fd < 0 && errno == ENOENT && make &&
	    (mkdirat(m->root, name, 0700) == 0 || errno == EEXIST))
		fd = openat(m->root, name, flags);
	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
		error_set(err, ERROR_GONE, "%s is no Maildir: it has no folder %s",
			m->path, name);
	else
		error_errno(err, ERROR_STORE, "cannot open %s/%s", m->path, name);
	return -1;
}

// What a crash left in tmp/: only files that we named, and only old ones.
static void
clean_tmp(struct maildir *m)
{
	int fd = openat(m->tmp, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int64_t oldest = when_now() - TMP_AGE;
	struct dirent *entry;
	struct stat st;

	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		if (str_has_suffix(entry->d_name, ".postern") &&
		    fstatat(m->tmp, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && st.st_ctime < oldest)
			unlinkat(m->tmp, entry->d_name, 0);
	closedir(dir);
}

static bool
open_folders(struct maildir *m, bool make, struct error *err)
{
	struct stat st;

	m->root = open(m->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->root < 0 && make && errno == ENOENT) {
		if (!path_make_folder(m->path, err))
			return false;
		m->root = open(m->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (m->root < 0) {
		bool gone = errno == ENOENT || errno == ENOTDIR;
		return error_errno(err, gone ? ERROR_GONE : ERROR_STORE,
			"cannot open the Maildir %s", m->path);
	}
	if (fstat(m->root, &st) != 0)
		return error_errno(err, ERROR_STORE, "cannot open %s", m->path);
	m->dev = st.st_dev;
	m->ino = st.st_ino;
	// Some programs make only the folder that they put mail in.
	m->cur = open_sub(m, "cur", make, err);
	m->new = m->cur < 0 ? -1 : open_sub(m, "new", true, err);
	m->tmp = m->new < 0 ? -1 : open_sub(m, "tmp", true, err);
	return m->tmp >= 0;
}

bool
maildir_open(struct maildir **m_r, const char *path, bool make, struct error *err)
{
	struct maildir *m = mem_new(struct maildir);

	*m_r = NULL;
	m->path = str_dup(path);
	m->root = m->cur = m->new = m->tmp = -1;
	m->entries = ARRAY_OF(struct maildir_entry);
	if (!open_folders(m, make, err) || !maildir_uids_load(m, err)) {
		maildir_close(&m);
		return false;
	}
	maildir_keywords_refresh(m);
	clean_tmp(m);
	*m_r = m;
	return true;
}

static void
entry_done(struct maildir_entry *e)
{
	free(e->base);
	free(e->file);
	flags_done(&e->flags);
}

void
maildir_entries_clear(struct array *entries)
{
	for (size_t i = 0; i < entries->len; i++)
		entry_done(array_at(entries, i));
	array_clear(entries);
}

void
maildir_close(struct maildir **m_)
{
	struct maildir *m = *m_;

	*m_ = NULL;
	if (m == NULL)
		return;
	int fds[] = { m->root, m->cur, m->new, m->tmp };
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	maildir_entries_clear(&m->entries);
	array_done(&m->entries);
	maildir_uids_done(&m->uids);
	maildir_keywords_done(&m->keywords);
	free(m->path);
	free(m);
}

uint32_t
maildir_uidvalidity(const struct maildir *m)
{
	return m->uids.validity;
}

uint32_t
maildir_uidnext(const struct maildir *m)
{
	return m->uids.next;
}

// --- entries ---------------------------------------------------------------------

// Where the uid stands, or would stand.
static size_t
entry_place(const struct maildir *m, uint32_t uid)
{
	size_t low = 0, high = m->entries.len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct maildir_entry *e = array_at(&m->entries, middle);
		if (e->uid < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct maildir_entry *
maildir_entry_at(struct maildir *m, uint32_t uid)
{
	size_t at = entry_place(m, uid);

	if (at == m->entries.len)
		return NULL;
	struct maildir_entry *e = array_at(&m->entries, at);
	return e->uid == uid ? e : NULL;
}

void
maildir_entry_add(struct maildir *m, uint32_t uid, const char *base, char *file,
	const struct stat *st)
{
	struct maildir_entry *e = maildir_entry_at(m, uid);

	if (e != NULL) {
		entry_done(e);
		*e = (struct maildir_entry){0};
	} else {
		e = array_insert(&m->entries, entry_place(m, uid));
	}
	e->uid = uid;
	e->base = str_dup(base);
	e->file = file;
	e->size = (uint64_t)st->st_size;
	e->received = st->st_mtime;
	maildir_name_flags(&m->keywords, path_base(file), &e->flags);
}

void
maildir_entry_drop(struct maildir *m, uint32_t uid)
{
	size_t at = entry_place(m, uid);

	if (maildir_entry_at(m, uid) == NULL)
		return;
	entry_done(array_at(&m->entries, at));
	array_remove(&m->entries, at);
}

// --- looking ---------------------------------------------------------------------

bool
maildir_scan(struct maildir *m, const struct maildir_entry **entries_r, size_t *n_r,
	struct error *err)
{
	if (!maildir_list(m, false, err))
		return false;
	*entries_r = m->entries.items;
	*n_r = m->entries.len;
	return true;
}

const struct maildir_entry *
maildir_find(struct maildir *m, uint32_t uid)
{
	if (!m->listed && !maildir_list(m, false, NULL))
		return NULL;
	return maildir_entry_at(m, uid);
}

bool
maildir_has_base(struct maildir *m, const char *base)
{
	uint32_t uid = maildir_uids_get(m, base);

	// Only a look tells: a number may have been given to a file that never came.
	if (!maildir_list(m, true, NULL))
		return false;
	if (uid == 0)
		uid = maildir_uids_get(m, base);
	return uid != 0 && maildir_entry_at(m, uid) != NULL;
}

// --- reading ---------------------------------------------------------------------

int
maildir_open_file(struct maildir *m, uint32_t uid, struct error *err)
{
	for (int i = 0; i < MAILDIR_TRIES; i++) {
		const struct maildir_entry *e = maildir_find(m, uid);
		struct stat st;
		if (e == NULL)
			break;
		// A pipe in its place must not make anybody wait.
		int fd = openat(m->root, e->file,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
			return fd;
		if (fd >= 0)
			close(fd);
		else if (errno != ENOENT && errno != ELOOP) {
			error_errno(err, ERROR_STORE, "cannot read %s/%s", m->path,
				e->file);
			return -1;
		}
		if (!maildir_list(m, true, err))
			return -1;
	}
	error_set(err, ERROR_GONE, "the message is no longer in %s", m->path);
	return -1;
}

bool
maildir_read(struct maildir *m, uint32_t uid, uint64_t offset, size_t max,
	struct buf *out, struct error *err)
{
	int fd = maildir_open_file(m, uid, err);
	struct stat st;
	bool ok = true;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && offset < (uint64_t)st.st_size) {
		uint64_t left = (uint64_t)st.st_size - offset;
		size_t want = left < max ? (size_t)left : max;
		buf_reserve(out, want);
		while (want > 0) {
			ssize_t n = pread(fd, out->data + out->len, want,
				(off_t)offset);
			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				ok = error_errno(err, ERROR_STORE,
					"cannot read in %s", m->path);
			if (n <= 0)
				break;
			out->len += (size_t)n;
			out->data[out->len] = '\0';
			offset += (uint64_t)n;
			want -= (size_t)n;
		}
	}
	close(fd);
	return ok;
}

char *
maildir_path(struct maildir *m, uint32_t uid)
{
	// The look is only as good as the moment; so the file is opened once.
	int fd = maildir_open_file(m, uid, NULL);

	if (fd < 0)
		return NULL;
	close(fd);
	return path_join(m->path, maildir_entry_at(m, uid)->file);
}
