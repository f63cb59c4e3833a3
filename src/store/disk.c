// SPDX-License-Identifier: GPL-3.0-or-later
// How Berkeley DB reads pages and waits for the disk: a page that is not there
// is an error (5.3 goes round in circles for ever on pages of zeros, which a lost
// write leaves behind), the thread of the screen never waits for the disk, and the
// one that writes does not while others wait for it.
#include "config.h"

#include "store/disk.h"

#include "base/log.h"
#include "base/str.h"

#include <db.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Berkeley DB calls these without a word of where it is: so what they need to
// know belongs to the thread.
static _Thread_local bool disk_mends;
static _Thread_local bool disk_failed; // in pread: another way is tried next
static _Thread_local int disk_log = -1;     // the log that is being mended
static _Thread_local off_t disk_wiped = -1; // zeros are "written" up to here

// Logs that are to be synced: opened once more, because Berkeley DB closes a full
// one, and the numbers in their names.
#define DISK_OWED_MAX 16
struct disk_log {
	int fd;
	uint32_t number;
};
static _Thread_local bool disk_puts_off;
static pthread_mutex_t disk_syncing = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t disk_owed_lock = PTHREAD_MUTEX_INITIALIZER; // the inner one
static struct disk_log disk_owed[DISK_OWED_MAX];
static atomic_uint disk_n_owed;
static atomic_int disk_lost;   // why a log did not get to the disk; 0: none was lost

static ssize_t (*disk_below)(int fd, const void *data, size_t len) = write;
static int (*disk_sync)(int fd) = fdatasync;

void
disk_write_by(ssize_t (*call)(int fd, const void *data, size_t len))
{
	disk_below = call;
}

void
disk_sync_by(int (*call)(int fd))
{
	disk_sync = call;
}

bool
disk_put_off(bool on)
{
	bool was = disk_puts_off;

	disk_puts_off = on;
	return was;
}

bool
disk_owes(void)
{
	return atomic_load(&disk_n_owed) != 0;
}

int
disk_take_lost(void)
{
	return atomic_exchange(&disk_lost, 0);
}

// They are owed until they are on the disk; more may come meanwhile. After one that
// failed the kernel may have dropped what was to be written: a second try would tell
// nothing.
int
disk_catch_up(void)
{
	struct disk_log now[DISK_OWED_MAX];

	if (!disk_owes())
		return atomic_load(&disk_lost);
	pthread_mutex_lock(&disk_syncing);
	pthread_mutex_lock(&disk_owed_lock);
	unsigned n = atomic_load(&disk_n_owed);
	memcpy(now, disk_owed, n * sizeof(now[0]));
	pthread_mutex_unlock(&disk_owed_lock);
	for (unsigned i = 0; i < n; i++) {
		if (disk_sync(now[i].fd) != 0)
			atomic_store(&disk_lost, errno);
		close(now[i].fd);
	}
	pthread_mutex_lock(&disk_owed_lock);
	unsigned more = atomic_load(&disk_n_owed) - n;
	memmove(disk_owed, disk_owed + n, more * sizeof(disk_owed[0]));
	atomic_store(&disk_n_owed, more);
	pthread_mutex_unlock(&disk_owed_lock);
	pthread_mutex_unlock(&disk_syncing);
	return atomic_load(&disk_lost);
}

// False: this is no log, or too many are owed.
static bool
disk_owe(int fd)
{
	char link[32], path[PATH_MAX];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, path, sizeof(path) - 1);
	path[len < 0 ? 0 : len] = '\0';
	const char *slash = strrchr(path, '/');
	if (slash == NULL || !str_has_prefix(slash + 1, "log."))
		return false;
	uint32_t number = (uint32_t)strtoul(slash + 1 + strlen("log."), NULL, 10);
	pthread_mutex_lock(&disk_owed_lock);
	unsigned n = atomic_load(&disk_n_owed);
	int copy = n < DISK_OWED_MAX ? open(link, O_RDONLY | O_CLOEXEC) : -1;
	if (copy >= 0) {
		disk_owed[n] = (struct disk_log){ copy, number };
		atomic_store(&disk_n_owed, n + 1);
	}
	pthread_mutex_unlock(&disk_owed_lock);
	return copy >= 0;
}

// Every page begins with the place in the log of its last change: the number of a
// log, and where in that.
static bool
disk_page_is_told(const void *page)
{
	bool told = true;
	uint32_t number;

	memcpy(&number, page, sizeof(number));
	pthread_mutex_lock(&disk_owed_lock);
	for (unsigned i = 0; i < atomic_load(&disk_n_owed); i++)
		told = told && disk_owed[i].number > number;
	pthread_mutex_unlock(&disk_owed_lock);
	return told;
}

void
disk_mending(bool on)
{
	disk_mends = on;
	disk_failed = false;
	disk_log = -1;
}

static bool
disk_is_page(size_t len, off_t at)
{
	return (len == DISK_PAGE || len == DISK_BODY_PAGE) && at % (off_t)len == 0;
}

static bool
disk_is_zero(const char *data, size_t len)
{
	return data[0] == 0 && memcmp(data, data + 1, len - 1) == 0;
}

static ssize_t
disk_pread(int fd, void *data, size_t len, off_t at)
{
	ssize_t n = pread(fd, data, len, at);

	// A recovery meets pages that it is about to write, and so does the making of
	// a file.
	if (disk_mends || !disk_is_page(len, at) || at == 0)
		return n;
	if (n == 0 || (n == (ssize_t)len && disk_is_zero(data, len))) {
		disk_failed = true;
		errno = EIO;
		return -1;
	}
	return n;
}

// After a pread that fails Berkeley DB seeks and reads.
static int
disk_seek(int fd, off_t at, int whence)
{
	if (disk_failed) {
		disk_failed = false;
		errno = EIO;
		return -1;
	}
	if (fd == disk_log)
		disk_wiped = -1;
	return lseek(fd, at, whence) == -1 ? -1 : 0;
}

static int
disk_open(const char *path, int flags, ...)
{
	const char *slash = strrchr(path, '/');
	va_list ap;

	va_start(ap, flags);
	int fd = open(path, flags, (flags & O_CREAT) != 0 ? va_arg(ap, int) : 0);
	va_end(ap);
	if (fd == disk_log)
		disk_log = -1;
	if (fd >= 0 && disk_mends && (flags & O_ACCMODE) == O_RDWR &&
	    str_has_prefix(slash == NULL ? path : slash + 1, "log.")) {
		disk_log = fd;
		disk_wiped = -1;
	}
	return fd;
}

// Cuts the log off at `at` and gives it its size again: from there on are zeros.
// Not where it would grow by what is written.
static bool
disk_wipe(int fd, off_t at, size_t len)
{
	struct stat st;

	return at >= 0 && fstat(fd, &st) == 0 && at + (off_t)len <= st.st_size &&
		ftruncate(fd, at) == 0 && ftruncate(fd, st.st_size) == 0;
}

// Where only a part could be written Berkeley DB looks for the reason in errno: the
// next write has it.
static ssize_t
disk_write_all(int fd, const void *data, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = disk_below(fd, (const char *)data + at, len - at);
		if (n <= 0)
			return -1;
		at += (size_t)n;
	}
	return (ssize_t)len;
}

// After each recovery, also where there was nothing to recover, Berkeley DB writes
// zeros over the rest of the log by 4 kB: near a thousand writes at every start.
static ssize_t
disk_write(int fd, const void *data, size_t len)
{
	bool zeros = disk_mends && fd == disk_log && disk_is_zero(data, len);

	// No page before the log that tells of it.
	if ((len == DISK_PAGE || len == DISK_BODY_PAGE) && !thread_is_ui() &&
		disk_owes() && !disk_page_is_told(data)) {
		int code = disk_catch_up();
		if (code != 0) {
			errno = code;
			return -1;
		}
	}
	if (zeros && disk_wiped < 0) {
		off_t at = lseek(fd, 0, SEEK_CUR);
		if (disk_wipe(fd, at, len))
			disk_wiped = at;
	}
	if (zeros && disk_wiped >= 0) {
		disk_wiped += (off_t)len;
		return (ssize_t)len;
	}
	// The next stands behind the zeros, unless one sought another place.
	if (fd == disk_log && disk_wiped >= 0 && lseek(fd, disk_wiped, SEEK_SET) < 0)
		return -1;
	disk_wiped = fd == disk_log ? -1 : disk_wiped;
	return disk_write_all(fd, data, len);
}

// A reader that needs room for a page may have to write another, and before that
// the log. The flusher is at it after a megabyte of log, so that hardly ever is anything
// left to wait for; and if there is, a power cut at this moment costs the cache, which
// is fetched again.
static int
disk_fsync(int fd)
{
	if (thread_is_ui())
		return 0;
	return disk_puts_off && disk_owe(fd) ? 0 : disk_sync(fd);
}

void
disk_init(void)
{
	db_env_set_func_pread(disk_pread);
	db_env_set_func_seek(disk_seek);
	db_env_set_func_open(disk_open);
	db_env_set_func_write(disk_write);
	db_env_set_func_fsync(disk_fsync);
}
