// SPDX-License-Identifier: GPL-3.0-or-later
// How Berkeley DB reads pages and waits for the disk: a page that is not there
// is an error (5.3 goes round in circles for ever on pages of zeros, which a lost
// write leaves behind), and the thread of the screen never waits for the disk.
#include "config.h"

#include "store/disk.h"

#include "base/log.h"

#include <db.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

// Berkeley DB calls these without a word of where it is: so what they need to
// know belongs to the thread.
static _Thread_local bool disk_mends;
static _Thread_local bool disk_failed; // in pread: another way is tried next

void
disk_mending(bool on)
{
	disk_mends = on;
	disk_failed = false;
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
	return lseek(fd, at, whence) == -1 ? -1 : 0;
}

// A reader that needs room for a page may have to write another, and before that
// the log. The store thread flushes the log after a megabyte of it at the latest,
// so that hardly ever is anything left to wait for; and if there is, a power cut
// at this moment costs the cache, which is fetched again.
static int
disk_fsync(int fd)
{
	return thread_is_ui() ? 0 : fdatasync(fd);
}

void
disk_init(void)
{
	db_env_set_func_pread(disk_pread);
	db_env_set_func_seek(disk_seek);
	db_env_set_func_fsync(disk_fsync);
}
