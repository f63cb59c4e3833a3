// SPDX-License-Identifier: GPL-3.0-or-later
// The list that gives files of a Maildir their UIDs: a line is appended before
// a file appears or when it is first seen, and a number is never given twice.
#include "config.h"

#include "files/maildir_private.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"
#include "base/when.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#define UIDS_FILE ".postern-uids"
#define UIDS_LOCK ".postern-lock"
#define UIDS_HEADER "postern-uids 1 "
#define UIDS_FILE_MAX (512L * 1024 * 1024)
#define UIDS_READ_STEP (256 * 1024)
// Lines of files that are gone are left out when they are more than the others
// and this many; the newest this many are kept, as another may be about to
// rename such a file into its place.
#define UIDS_SLACK 1000

void
maildir_uids_done(struct maildir_uids *u)
{
	map_free(&u->by_base, NULL);
}

uint32_t
maildir_uids_get(const struct maildir *m, const char *base)
{
	return (uint32_t)(uintptr_t)map_get(m->uids.by_base, base);
}

int
maildir_lock(struct maildir *m, struct error *err)
{
	int fd = openat(m->root, UIDS_LOCK,
		O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0) {
		error_errno(err, ERROR_STORE, "cannot write in the folder %s",
			m->path);
		return -1;
	}
	// Where the file system knows no locks there is one writer at best.
	while (flock(fd, LOCK_EX) != 0)
		if (errno != EINTR)
			break;
	return fd;
}

// --- the text --------------------------------------------------------------------

// A base may hold any byte but '/' and NUL; a line may not.
static void
base_format(struct buf *out, const char *base)
{
	for (const unsigned char *c = (const unsigned char *)base; *c != 0; c++) {
		if (*c <= ' ' || *c == '%' || *c == 0x7f)
			buf_printf(out, "%%%02X", *c);
		else
			buf_char(out, (char)*c);
	}
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool
base_parse(char *text)
{
	char *to = text;

	for (const char *c = text; *c != '\0'; c++) {
		if (*c != '%') {
			*to++ = *c;
			continue;
		}
		int high = hex_value(c[1]);
		int low = high < 0 ? -1 : hex_value(c[2]);
		if (low < 0 || (high == 0 && low == 0))
			return false;
		*to++ = (char)(high * 16 + low);
		c += 2;
	}
	*to = '\0';
	return to > text;
}

static bool
header_parse(struct maildir_uids *u, char *line)
{
	uint64_t validity, next;
	char *space;

	if (!str_has_prefix(line, UIDS_HEADER))
		return false;
	line += strlen(UIDS_HEADER);
	space = strchr(line, ' ');
	if (space == NULL)
		return false;
	*space = '\0';
	if (!str_to_u64(line, UINT32_MAX, &validity) || validity == 0 ||
	    !str_to_u64(space + 1, UINT32_MAX, &next) || next == 0)
		return false;
	u->validity = (uint32_t)validity;
	u->next = (uint32_t)next;
	return true;
}

// Ascending. Of a compacted list the header tells `next`, and older lines follow.
static bool
line_parse(struct maildir_uids *u, char *line, uint32_t *last)
{
	char *space = strchr(line, ' ');
	uint64_t uid;

	if (space == NULL)
		return false;
	*space = '\0';
	if (!str_to_u64(line, UINT32_MAX - 1, &uid) || uid <= *last ||
	    !base_parse(space + 1))
		return false;
	*last = (uint32_t)uid;
	if (uid >= u->next)
		u->next = (uint32_t)uid + 1;
	map_put(u->by_base, space + 1, (void *)(uintptr_t)uid);
	return true;
}

// Whole lines only: what has no line end yet is being written, or was cut off.
static bool
text_parse(struct maildir_uids *u, char *text, size_t len, size_t *used_r)
{
	uint32_t last = u->read == 0 ? 0 : u->next - 1;
	bool header = u->read == 0;

	*used_r = 0;
	for (;;) {
		char *line = text + *used_r;
		char *end = memchr(line, '\n', len - *used_r);
		if (end == NULL)
			return true;
		*end = '\0';
		if (strlen(line) != (size_t)(end - line) ||
		    !(header ? header_parse(u, line) : line_parse(u, line, &last)))
			return false;
		header = false;
		*used_r = (size_t)(end - text) + 1;
	}
}

// --- the file --------------------------------------------------------------------

static bool
read_rest(int fd, off_t from, struct buf *out)
{
	for (;;) {
		buf_reserve(out, UIDS_READ_STEP);
		ssize_t n = pread(fd, out->data + out->len, UIDS_READ_STEP,
			from + (off_t)out->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || out->len > (size_t)UIDS_FILE_MAX)
			return false;
		if (n == 0)
			return true;
		out->len += (size_t)n;
	}
}

static void
uids_forget(struct maildir *m)
{
	map_free(&m->uids.by_base, NULL);
	m->uids = (struct maildir_uids){ .by_base = map_new() };
}

// Begins anew with another validity: all UIDs that anybody knows are void.
static bool
uids_begin(struct maildir *m, struct error *err)
{
	uint32_t chance = 0;

	if (getrandom(&chance, sizeof(chance), 0) != (ssize_t)sizeof(chance))
		chance = (uint32_t)when_now();
	uint32_t validity = chance == 0 ? 1 : chance;
	struct buf text = {0};
	char *path = path_join(m->path, UIDS_FILE);
	buf_printf(&text, UIDS_HEADER "%" PRIu32 " 1\n", validity);
	bool ok = maildir_step(m, "append") ||
		error_errno(err, ERROR_STORE, "cannot write %s", path);
	ok = ok && path_write_atomic(path, text.data, text.len, err);
	uids_forget(m);
	m->uids.validity = validity;
	m->uids.next = 1;
	// dev, ino and read stay 0: the next look reads the file.
	free(path);
	buf_done(&text);
	return ok;
}

// Under the lock when `fd_r`, which gets the file open for appending. *there_r:
// false when there is none or it is damaged.
static bool
uids_read(struct maildir *m, bool write, int *fd_r, bool *there_r,
	struct error *err)
{
	struct maildir_uids *u = &m->uids;
	struct stat st;
	struct buf text = {0};
	size_t used = 0;
	bool ok = true;
	int fd = openat(m->root, UIDS_FILE, (write ? O_RDWR : O_RDONLY) |
		O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	*there_r = false;
	*fd_r = -1;
	if (fd < 0 && errno == ENOENT)
		return true;
	if (fd < 0 || fstat(fd, &st) != 0) {
		error_errno(err, ERROR_STORE, "cannot read %s/" UIDS_FILE, m->path);
		goto fail;
	}
	if (!S_ISREG(st.st_mode)) {
		error_set(err, ERROR_STORE, "%s/" UIDS_FILE " is no file", m->path);
		goto fail;
	}
	if (st.st_dev != u->dev || st.st_ino != u->ino || st.st_size < u->read)
		uids_forget(m);
	u->dev = st.st_dev;
	u->ino = st.st_ino;
	if (st.st_size > u->read) {
		ok = read_rest(fd, u->read, &text);
		if (!ok) {
			error_errno(err, ERROR_STORE,
				"cannot read %s/" UIDS_FILE, m->path);
			goto fail;
		}
		ok = text_parse(u, text.data, text.len, &used);
		u->read += (off_t)used;
	}
	*there_r = ok && u->validity != 0;
	buf_done(&text);
	*fd_r = fd;
	return true;
fail:
	buf_done(&text);
	if (fd >= 0)
		close(fd);
	return false;
}

// Under the lock: reads what is new, begins a list where there is none that can
// be used. *fd_r is open for writing.
static bool
uids_read_locked(struct maildir *m, int *fd_r, struct error *err)
{
	bool there;

	if (!uids_read(m, true, fd_r, &there, err))
		return false;
	if (there)
		return true;
	if (*fd_r >= 0) {
		log_error("%s/" UIDS_FILE " is damaged: every message there gets "
			"another number", m->path);
		close(*fd_r);
	}
	if (!uids_begin(m, err))
		return false;
	if (!uids_read(m, true, fd_r, &there, err))
		return false;
	if (there)
		return true;
	if (*fd_r >= 0)
		close(*fd_r);
	return error_set(err, ERROR_STORE, "cannot use %s/" UIDS_FILE, m->path);
}

bool
maildir_uids_load(struct maildir *m, struct error *err)
{
	bool there;
	int fd;

	if (m->uids.by_base == NULL)
		uids_forget(m);
	if (!uids_read(m, false, &fd, &there, err))
		return false;
	if (fd >= 0)
		close(fd);
	if (there)
		return true;
	int lock = maildir_lock(m, err);
	if (lock < 0)
		return false;
	bool ok = uids_read_locked(m, &fd, err);
	if (ok)
		close(fd);
	close(lock);
	return ok;
}

static bool
write_all(int fd, const char *data, size_t len, off_t at)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, data, len, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
		at += n;
	}
	return true;
}

// Behind the last whole line; a torn one, of a writer that died, is written over.
static bool
uids_append(struct maildir *m, int fd, const struct buf *lines, struct error *err)
{
	off_t at = m->uids.read;

	if (maildir_step(m, "append") && ftruncate(fd, at) == 0 &&
	    write_all(fd, lines->data, lines->len, at) &&
	    (m->held || (maildir_step(m, "fsync") && fdatasync(fd) == 0))) {
		m->uids_dirty = m->held;
		m->uids.read = at + (off_t)lines->len;
		return true;
	}
	error_errno(err, ERROR_STORE, "cannot write %s/" UIDS_FILE, m->path);
	if (ftruncate(fd, at) != 0)
		log_error("cannot shorten %s/" UIDS_FILE, m->path);
	return false;
}

bool
maildir_uids_assign(struct maildir *m, const char *const *bases, size_t n,
	uint32_t *uids_r, struct error *err)
{
	struct maildir_uids *u = &m->uids;
	struct buf lines = {0};
	int fd = -1, lock = maildir_lock(m, err);
	bool ok = false;

	if (lock < 0)
		return false;
	if (!uids_read_locked(m, &fd, err))
		goto out;
	if (u->next > UINT32_MAX - 1 - n) { // 4 thousand million messages later
		if (uids_begin(m, err))
			error_set(err, ERROR_GONE, "the messages in %s have "
				"other numbers now", m->path);
		goto out;
	}
	uint32_t next = u->next;
	for (size_t i = 0; i < n; i++) {
		uids_r[i] = maildir_uids_get(m, bases[i]);
		if (uids_r[i] != 0)
			continue;
		uids_r[i] = next++;
		buf_printf(&lines, "%" PRIu32 " ", uids_r[i]);
		base_format(&lines, bases[i]);
		buf_char(&lines, '\n');
	}
	ok = lines.len == 0 || uids_append(m, fd, &lines, err);
	for (size_t i = 0; i < n && ok; i++)
		map_put(u->by_base, bases[i], (void *)(uintptr_t)uids_r[i]);
	if (ok)
		u->next = next;
out:
	if (fd >= 0)
		close(fd);
	close(lock);
	buf_done(&lines);
	return ok;
}

// --- leaving out what is gone ------------------------------------------------------

struct kept {
	uint32_t uid;
	const char *base;
};

static int
compare_kept(const void *a, const void *b)
{
	const struct kept *left = a, *right = b;

	return (left->uid > right->uid) - (left->uid < right->uid);
}

static void
kept_format(struct buf *out, struct maildir *m, uint32_t before)
{
	struct array kept = ARRAY_OF(struct kept);
	uint32_t young = before > UIDS_SLACK ? before - UIDS_SLACK : 0;
	const char *base;
	size_t at = 0;
	void *value;

	while (map_next(m->uids.by_base, &at, &base, &value)) {
		uint32_t uid = (uint32_t)(uintptr_t)value;
		if (uid < young && maildir_entry_at(m, uid) == NULL)
			continue;
		struct kept *k = array_push(&kept);
		k->uid = uid;
		k->base = base;
	}
	array_sort(&kept, compare_kept);
	buf_printf(out, UIDS_HEADER "%" PRIu32 " %" PRIu32 "\n", m->uids.validity,
		m->uids.next);
	for (size_t i = 0; i < kept.len; i++) {
		const struct kept *k = array_at(&kept, i);
		buf_printf(out, "%" PRIu32 " ", k->uid);
		base_format(out, k->base);
		buf_char(out, '\n');
	}
	array_done(&kept);
}

void
maildir_uids_compact(struct maildir *m, uint32_t before)
{
	size_t lines = map_len(m->uids.by_base);

	if (lines < 2 * m->entries.len + 2 * UIDS_SLACK)
		return;
	uint32_t validity = m->uids.validity;
	int fd, lock = maildir_lock(m, NULL);
	if (lock < 0)
		return;
	if (uids_read_locked(m, &fd, NULL)) {
		struct buf text = {0};
		char *path = path_join(m->path, UIDS_FILE);
		close(fd);
		if (m->uids.validity == validity) {
			kept_format(&text, m, before);
			// A failure leaves the longer list, which is as good.
			if (maildir_step(m, "append"))
				path_write_atomic(path, text.data, text.len, NULL);
		}
		free(path);
		buf_done(&text);
	}
	close(lock);
}
