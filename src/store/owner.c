// SPDX-License-Identifier: GPL-3.0-or-later
// One process owns a home: a lock that the kernel lets go with the process, and
// in the locked file who it is.
#include "config.h"

#include "store/owner.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OWNER_TEXT_MAX 256

struct owner {
	int fd;
};

static void
owner_write(int fd, enum owner_kind kind)
{
	char tty[64] = "";
	char text[OWNER_TEXT_MAX];

	if (kind == OWNER_SCREEN && ttyname_r(STDIN_FILENO, tty, sizeof(tty)) != 0)
		tty[0] = '\0';
	int len = snprintf(text, sizeof(text), "%ld %s %s\n", (long)getpid(),
		kind == OWNER_SCREEN ? "screen" : "batch", tty);
	// Who holds it is only a help for the other's sentence: the lock is the lock.
	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, text, (size_t)len, 0);
}

static void
owner_read(int fd, struct owner_info *info)
{
	char text[OWNER_TEXT_MAX], kind[16] = "";
	long pid = 0;

	*info = (struct owner_info){ .kind = OWNER_BATCH };
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);
	if (len <= 0)
		return;
	text[len] = '\0';
	if (sscanf(text, "%ld %15s %63s", &pid, kind, info->tty) < 1)
		return;
	info->pid = (pid_t)pid;
	if (str_equal(kind, "screen"))
		info->kind = OWNER_SCREEN;
}

bool
owner_take(struct owner **o, const char *run_folder, enum owner_kind kind,
	struct owner_info *holder_r, struct error *err)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st;
	bool ok = false;

	*o = NULL;
	if (!path_make_folder(run_folder, err))
		return false;
	char *path = path_join(run_folder, "lock");
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fstat(fd, &st) != 0) {
		error_errno(err, ERROR_STORE, "cannot open %s", path);
	} else if (!S_ISREG(st.st_mode) || st.st_uid != geteuid()) {
		error_set(err, ERROR_STORE, "%s is not ours: remove it", path);
	} else if (fcntl(fd, F_OFD_SETLK, &lock) == 0) {
		owner_write(fd, kind);
		*o = mem_new(struct owner);
		(*o)->fd = fd;
		fd = -1;
		ok = true;
	} else if (errno == EAGAIN || errno == EACCES) {
		owner_read(fd, holder_r);
		ok = true;
	} else {
		error_errno(err, ERROR_STORE, "cannot lock %s", path);
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return ok;
}

void
owner_release(struct owner **o)
{
	if (*o == NULL)
		return;
	// The file stays: removing it would let two hold locks on two files.
	(void)!ftruncate((*o)->fd, 0);
	close((*o)->fd);
	free(*o);
	*o = NULL;
}
