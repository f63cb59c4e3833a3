// SPDX-License-Identifier: GPL-3.0-or-later
// Writes down who said what, however the bytes came.
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "remote/transcript.h"

struct transcript {
	int fd;      // -1 after it could not be written
	char side;   // who wrote the line that is open, 0: none is
};

struct transcript *
transcript_open(const char *path)
{
	if (str_empty(path))
		return NULL;
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return NULL;
	struct transcript *t = mem_new(struct transcript);
	t->fd = fd;
	return t;
}

void
transcript_close(struct transcript **t)
{
	if (!*t)
		return;
	if ((*t)->fd >= 0)
		close((*t)->fd);
	free(*t);
	*t = NULL;
}

static void
transcript_byte(struct transcript *t, struct buf *out, char side, unsigned char c)
{
	if (t->side != side) {
		if (t->side)
			buf_char(out, '\n');
		buf_printf(out, "%c: ", side);
		t->side = side;
	}
	if (c == '\n') {
		buf_char(out, '\n');
		t->side = 0;
	} else if (c != '\r') {
		if ((c < 0x20 && c != '\t') || c >= 0x7f)
			buf_printf(out, "\\x%02x", c);
		else
			buf_char(out, (char)c);
	}
}

void
transcript_add(struct transcript *t, char side, const void *data, size_t len)
{
	if (!t || t->fd < 0)
		return;
	struct buf out = { 0 };
	for (size_t i = 0; i < len; i++)
		transcript_byte(t, &out, side, ((const unsigned char *)data)[i]);
	if (out.len && write(t->fd, out.data, out.len) < 0) {
		close(t->fd);
		t->fd = -1;
	}
	buf_done(&out);
}
