// SPDX-License-Identifier: GPL-3.0-or-later
// Changing a Maildir: every message is whole and on the disk before it has a
// name, has its UID before others can see it, and leaves one place only after
// it stands in the other.
#include "config.h"

#include "files/maildir_private.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COPY_STEP (64 * 1024)

static bool
gone(const struct maildir *m, struct error *err)
{
	return error_set(err, ERROR_GONE, "the message is no longer in %s", m->path);
}

static bool
failed(const struct maildir *m, struct error *err)
{
	if (errno == ENAMETOOLONG)
		return error_set(err, ERROR_REFUSED,
			"a file name in %s is too long to carry flags", m->path);
	return error_errno(err, ERROR_STORE, "cannot write in %s", m->path);
}

// --- onto the disk ---------------------------------------------------------------

bool
maildir_settle(struct maildir *m, struct error *err)
{
	if (!m->cur_dirty || m->held)
		return true;
	if (!maildir_step(m, "fsync") || fsync(m->cur) != 0)
		return failed(m, err);
	m->cur_dirty = false;
	return true;
}

void
maildir_hold(struct maildir *m)
{
	m->held = true;
}

bool
maildir_sync(struct maildir *m, struct error *err)
{
	m->held = false;
	if (m->uids_dirty) {
		int fd = openat(m->root, ".postern-uids", O_RDONLY | O_CLOEXEC);
		bool ok = fd >= 0 && maildir_step(m, "fsync") && fsync(fd) == 0;
		if (!ok)
			failed(m, err);
		if (fd >= 0)
			close(fd);
		if (!ok)
			return false;
		m->uids_dirty = false;
	}
	return maildir_settle(m, err);
}

bool
maildir_rename(struct maildir *m, int from, const char *old, int to,
	const char *name)
{
	if (!maildir_step(m, "rename"))
		return false;
	if (renameat2(from, old, to, name, RENAME_NOREPLACE) == 0)
		return true;
	if (errno != EINVAL && errno != ENOSYS)
		return false;
	// A file system that cannot: a link refuses a name that is taken, too.
	if (linkat(from, old, to, name, 0) == 0) {
		if (maildir_step(m, "unlink") && unlinkat(from, old, 0) == 0)
			return true;
		int error = errno;
		unlinkat(to, name, 0);
		errno = error;
		return false;
	}
	if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
		return false;
	if (faccessat(to, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return false;
	}
	return renameat(from, old, to, name) == 0;
}

// --- flags -----------------------------------------------------------------------

static void
entry_renamed(struct maildir *m, struct maildir_entry *e, const char *name)
{
	free(e->file);
	e->file = str_printf("cur/%s", name);
	flags_done(&e->flags);
	maildir_name_flags(&m->keywords, name, &e->flags);
	m->cur_dirty = true;
}

bool
maildir_set_flags(struct maildir *m, uint32_t uid, const struct flags *flags,
	struct error *err)
{
	if (!maildir_keywords_claim(m, flags, err))
		return false;
	for (int i = 0; i < MAILDIR_TRIES; i++) {
		const struct maildir_entry *found = maildir_find(m, uid);
		if (found == NULL)
			return gone(m, err);
		struct maildir_entry *e = maildir_entry_at(m, uid);
		const char *old = path_base(e->file);
		char *name = maildir_name_make(&m->keywords, e->base, flags, old);
		bool done = strcmp(old, name) == 0;
		if (!done && maildir_rename(m, m->root, e->file, m->cur, name)) {
			entry_renamed(m, e, name);
			done = true;
		}
		free(name);
		if (done)
			return maildir_settle(m, err);
		// Renamed by another program, or its twin has that name.
		if (errno != ENOENT && errno != EEXIST)
			return failed(m, err);
		if (!maildir_list(m, true, err))
			return false;
	}
	return gone(m, err);
}

bool
maildir_remove(struct maildir *m, uint32_t uid, struct error *err)
{
	for (int i = 0; i < MAILDIR_TRIES; i++) {
		const struct maildir_entry *e = maildir_find(m, uid);
		// Gone is gone; but a folder that cannot be read tells nothing.
		if (e == NULL)
			return maildir_list(m, false, err);
		if (maildir_step(m, "unlink") && unlinkat(m->root, e->file, 0) == 0) {
			maildir_entry_drop(m, uid);
			m->cur_dirty = true;
			return maildir_settle(m, err);
		}
		if (errno != ENOENT)
			return failed(m, err);
		if (!maildir_list(m, true, err))
			return false;
	}
	return error_set(err, ERROR_STORE,
		"a message in %s is renamed all the time", m->path);
}

// --- writing ---------------------------------------------------------------------

struct maildir_write {
	struct maildir *m;
	int fd;
	char *base;
};

static bool
write_begin_as(struct maildir *m, const char *base, struct maildir_write **w_r,
	struct error *err)
{
	*w_r = NULL;
	if (base != NULL)
		unlinkat(m->tmp, base, 0); // of a move that was cut off
	char *name = base == NULL ? maildir_name_unique() : str_dup(base);
	int fd = -1;
	if (maildir_step(m, "write"))
		fd = openat(m->tmp, name,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		free(name);
		return failed(m, err);
	}
	struct maildir_write *w = mem_new(struct maildir_write);
	w->m = m;
	w->fd = fd;
	w->base = name;
	*w_r = w;
	return true;
}

bool
maildir_write_begin(struct maildir *m, struct maildir_write **w, struct error *err)
{
	return write_begin_as(m, NULL, w, err);
}

const char *
maildir_write_base(const struct maildir_write *w)
{
	return w->base;
}

bool
maildir_write_data(struct maildir_write *w, const void *data, size_t len,
	struct error *err)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = maildir_step(w->m, "write") ? write(w->fd, at, len) : -1;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(w->m, err);
		at += n;
		len -= (size_t)n;
	}
	return true;
}

void
maildir_write_abort(struct maildir_write **w_)
{
	struct maildir_write *w = *w_;

	*w_ = NULL;
	if (w == NULL)
		return;
	if (w->fd >= 0)
		close(w->fd);
	unlinkat(w->m->tmp, w->base, 0);
	free(w->base);
	free(w);
}

// The bytes are on the disk, with the time that they bear.
static bool
write_finish(struct maildir_write *w, int64_t received, struct stat *st_r,
	struct error *err)
{
	struct timespec times[2] = {
		{ .tv_sec = received, .tv_nsec = 0 },
		{ .tv_sec = received, .tv_nsec = 0 },
	};
	bool ok = received == 0 || futimens(w->fd, times) == 0;

	ok = ok && maildir_step(w->m, "fsync") && fsync(w->fd) == 0 &&
		fstat(w->fd, st_r) == 0;
	return ok || failed(w->m, err);
}

// The message is where `file` says, under `base`: the list of entries learns of
// it when there is one.
static void
entry_arrived(struct maildir *m, uint32_t uid, const char *base, const char *name,
	const struct stat *st)
{
	m->cur_dirty = true;
	if (m->listed)
		maildir_entry_add(m, uid, base, str_printf("cur/%s", name), st);
}

bool
maildir_write_commit(struct maildir_write **w_, const struct flags *flags,
	int64_t received, uint32_t *uid_r, char **base_r, struct error *err)
{
	struct maildir_write *w = *w_;
	struct maildir *m = w->m;
	const char *bases[] = { w->base };
	char *name = NULL;
	struct stat st;
	uint32_t uid = 0;
	bool ok = maildir_keywords_claim(m, flags, err) &&
		write_finish(w, received, &st, err) &&
		maildir_uids_assign(m, bases, 1, &uid, err);

	if (ok) {
		name = maildir_name_make(&m->keywords, w->base, flags, NULL);
		ok = maildir_rename(m, m->tmp, w->base, m->cur, name) ||
			failed(m, err);
	}
	if (ok) {
		m->cur_dirty = true;
		ok = maildir_settle(m, err);
		if (!ok)
			unlinkat(m->cur, name, 0);
		else
			entry_arrived(m, uid, w->base, name, &st);
	}
	if (ok) {
		if (uid_r != NULL)
			*uid_r = uid;
		if (base_r != NULL)
			*base_r = str_dup(w->base);
	}
	free(name);
	maildir_write_abort(w_); // tmp/ has nothing of it any more, or shall not
	return ok;
}

// --- copy and move -----------------------------------------------------------------

// Flags as far as the target has letters for them.
static void
flags_for(struct maildir *to, const struct flags *flags, struct flags *flags_r)
{
	struct error why;

	flags_copy(flags_r, flags);
	if (!maildir_keywords_claim(to, flags, &why)) {
		log_info("%s: keywords are left out: %s", to->path, why.text);
		flags_done(flags_r);
		*flags_r = (struct flags){ .bits = flags->bits };
	}
}

static bool
copy_bytes(int from, struct maildir_write *w, struct error *err)
{
	char *piece = mem_alloc(1, COPY_STEP);
	bool ok = true;
	ssize_t n;

	while (ok && (n = read(from, piece, COPY_STEP)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		ok = n > 0 ? maildir_write_data(w, piece, (size_t)n, err)
		           : error_errno(err, ERROR_STORE, "cannot read a message");
	}
	free(piece);
	return ok;
}

// base NULL: one of its own.
static bool
copy_by_bytes(struct maildir *m, uint32_t uid, struct maildir *to, const char *base,
	const struct flags *flags, uint32_t *uid_r, struct error *err)
{
	struct maildir_write *w = NULL;
	int fd = maildir_open_file(m, uid, err);
	struct stat st;
	bool ok = false;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) != 0)
		failed(m, err);
	else if (write_begin_as(to, base, &w, err))
		ok = copy_bytes(fd, w, err) &&
			maildir_write_commit(&w, flags, st.st_mtime, uid_r, NULL, err);
	maildir_write_abort(&w);
	close(fd);
	return ok;
}

// Puts the file at `name` in the other folder: by a link, or by renaming it.
// errno tells why not.
static bool
place(struct maildir *m, const struct maildir_entry *e, struct maildir *to,
	const char *name, bool rename)
{
	if (rename)
		return maildir_rename(to, m->root, e->file, to->cur, name);
	return maildir_step(to, "link") &&
		linkat(m->root, e->file, to->cur, name, 0) == 0;
}

// Between the file systems, or where one knows no links.
static bool
must_copy(int error)
{
	return error == EXDEV || error == EPERM || error == EMLINK ||
		error == EOPNOTSUPP || error == ENOSYS;
}

// Is the message of that base in `to` this one? Then a move was cut off between
// the copy and the removal.
static bool
moved_before(struct maildir *m, uint32_t uid, struct maildir *to, uint32_t uid_to,
	struct error *err)
{
	struct buf a = {0}, b = {0};
	uint64_t at = 0;
	bool same;

	do {
		buf_clear(&a);
		buf_clear(&b);
		same = maildir_read(m, uid, at, COPY_STEP, &a, err) &&
			maildir_read(to, uid_to, at, COPY_STEP, &b, err) &&
			a.len == b.len && memcmp(buf_text(&a), buf_text(&b), a.len) == 0;
		at += a.len;
	} while (same && a.len > 0);
	buf_done(&a);
	buf_done(&b);
	return same;
}

// To another file system: the copy is on the disk, held or not, before the
// original goes.
static bool
transfer_far(struct maildir *m, uint32_t uid, struct maildir *to, const char *base,
	const struct flags *flags, bool move, uint32_t *uid_r, struct error *err)
{
	if (!copy_by_bytes(m, uid, to, base, flags, uid_r, err))
		return false;
	if (!move)
		return true;
	bool held = to->held;
	bool ok = maildir_sync(to, err) && maildir_remove(m, uid, err);
	to->held = held;
	return ok;
}

static bool
transfer_near(struct maildir *m, uint32_t uid, struct maildir *to, bool move,
	struct error *err)
{
	if (!maildir_settle(to, err))
		return false;
	if (!move)
		return true;
	maildir_entry_drop(m, uid);
	m->cur_dirty = true;
	return maildir_settle(m, err);
}

// One attempt; false with *again_r when the file has another name by now.
static bool
transfer_once(struct maildir *m, uint32_t uid, struct maildir *to, const char *base,
	bool move, uint32_t *uid_r, bool *again_r, struct error *err)
{
	const struct maildir_entry *e = maildir_find(m, uid);
	struct flags flags = {0};
	struct stat st;

	*again_r = false;
	if (e == NULL)
		return gone(m, err);
	flags_for(to, &e->flags, &flags);
	char *name = maildir_name_make(&to->keywords, base, &flags, NULL);
	bool ok = maildir_uids_assign(to, &base, 1, uid_r, err);
	if (ok && place(m, e, to, name, move)) {
		to->cur_dirty = true;
		if (fstatat(to->cur, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			entry_arrived(to, *uid_r, base, name, &st);
		ok = transfer_near(m, uid, to, move, err);
	} else if (ok && must_copy(errno)) {
		ok = transfer_far(m, uid, to, base, &flags, move, uid_r, err);
	} else if (ok) {
		*again_r = errno == ENOENT;
		ok = *again_r ? false : failed(to, err);
	}
	free(name);
	flags_done(&flags);
	return ok;
}

static bool
transfer_as(struct maildir *m, uint32_t uid, struct maildir *to, const char *base,
	bool move, uint32_t *uid_r, struct error *err)
{
	for (int i = 0; i < MAILDIR_TRIES; i++) {
		bool again;
		if (transfer_once(m, uid, to, base, move, uid_r, &again, err))
			return true;
		if (!again || !maildir_list(m, true, err))
			return false;
	}
	return gone(m, err);
}

bool
maildir_copy(struct maildir *m, uint32_t uid, struct maildir *to, uint32_t *uid_r,
	struct error *err)
{
	char *base = maildir_name_unique();
	bool ok = transfer_as(m, uid, to, base, false, uid_r, err);

	free(base);
	return ok;
}

bool
maildir_move(struct maildir *m, uint32_t uid, struct maildir *to, uint32_t *uid_r,
	struct error *err)
{
	const struct maildir_entry *e = maildir_find(m, uid);

	if (e == NULL)
		return gone(m, err);
	if (m->dev == to->dev && m->ino == to->ino) {
		*uid_r = uid;
		return true;
	}
	char *base = str_dup(e->base);
	uint32_t there = 0;
	bool ok = true, done = false;
	if (maildir_uids_get(to, base) != 0 || !to->listed)
		ok = maildir_list(to, true, err);
	if (ok && (there = maildir_uids_get(to, base)) != 0 &&
	    maildir_entry_at(to, there) != NULL) {
		done = moved_before(m, uid, to, there, err);
		if (!done) { // another message: only the name is the same
			free(base);
			base = maildir_name_unique();
		}
	}
	if (ok && done) {
		*uid_r = there;
		ok = maildir_settle(to, err) && maildir_remove(m, uid, err);
	} else if (ok) {
		ok = transfer_as(m, uid, to, base, true, uid_r, err);
	}
	free(base);
	return ok;
}
