// SPDX-License-Identifier: GPL-3.0-or-later
// Reads twice: the first time for the size that a server wants to know before,
// the second time for the bytes.
#include "config.h"

#include "account/spool.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define SPOOL_PIECE (64 * 1024)

struct spool {
	int fd;
	uint64_t at;         // of the bytes as they lie there
	uint64_t given, size;
	bool last_cr;
	struct buf raw, piece;
	struct error failed;
};

// Appends the next bytes to sp->raw; nothing at the end.
static bool
spool_read(struct spool *sp)
{
	buf_clear(&sp->raw);
	buf_reserve(&sp->raw, SPOOL_PIECE);
	ssize_t got;
	do
		got = pread(sp->fd, sp->raw.data, SPOOL_PIECE, (off_t)sp->at);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_errno(&sp->failed, ERROR_STORE,
			"cannot read the message");
	sp->raw.len = (size_t)got;
	sp->at += sp->raw.len;
	return true;
}

// A line end that already has its CR is left alone.
static void
spool_convert(struct spool *sp)
{
	buf_clear(&sp->piece);
	for (size_t i = 0; i < sp->raw.len; i++) {
		char c = sp->raw.data[i];
		if (c == '\n' && !sp->last_cr)
			buf_char(&sp->piece, '\r');
		sp->last_cr = c == '\r';
		buf_char(&sp->piece, c);
	}
}

void
spool_rewind(struct spool *sp)
{
	sp->at = sp->given = 0;
	sp->last_cr = false;
}

static bool
spool_measure(struct spool **sp, struct error *err)
{
	bool ok;

	do {
		ok = spool_read(*sp);
		spool_convert(*sp);
		(*sp)->size += (*sp)->piece.len;
	} while (ok && (*sp)->raw.len > 0);
	spool_rewind(*sp);
	if (!ok) {
		*err = (*sp)->failed;
		spool_close(sp);
	}
	return ok;
}

bool
spool_open_file(struct spool **sp, const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	*sp = NULL;
	if (fd < 0)
		return error_errno(err, errno == ENOENT ? ERROR_GONE : ERROR_STORE,
			"cannot read the message %s", path);
	*sp = mem_new(struct spool);
	(*sp)->fd = fd;
	return spool_measure(sp, err);
}

void
spool_close(struct spool **sp)
{
	if (*sp == NULL)
		return;
	close((*sp)->fd);
	buf_done(&(*sp)->raw);
	buf_done(&(*sp)->piece);
	free(*sp);
	*sp = NULL;
}

uint64_t
spool_size(const struct spool *sp)
{
	return sp->size;
}

bool
spool_next(void *spool, const void **bytes_r, size_t *len_r)
{
	struct spool *sp = spool;

	if (!spool_read(sp))
		return false;
	spool_convert(sp);
	sp->given += sp->piece.len;
	*bytes_r = buf_text(&sp->piece);
	*len_r = sp->piece.len;
	// It grew or shrank in between: the server was told another size.
	return sp->piece.len > 0 ? sp->given <= sp->size :
		sp->given == sp->size;
}

bool
spool_at_last(const struct spool *sp)
{
	return sp->size - sp->given <= SPOOL_PIECE;
}
