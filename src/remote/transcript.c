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

// Of a line without an end, that much is held back.
#define TRANSCRIPT_LINE_MAX (64 << 10)

struct transcript {
	int fd;          // -1 after it could not be written
	char side;       // who wrote the line that is open, 0: none is
	struct buf line; // that line
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

// One write, so that what others append to the file stands between lines.
static void
transcript_flush(struct transcript *t)
{
	if (t->fd >= 0 && t->line.len && write(t->fd, t->line.data, t->line.len) < 0) {
		close(t->fd);
		t->fd = -1;
	}
	buf_clear(&t->line);
}

static void
transcript_end_line(struct transcript *t)
{
	buf_char(&t->line, '\n');
	t->side = 0;
	transcript_flush(t);
}

void
transcript_close(struct transcript **t)
{
	if (!*t)
		return;
	if ((*t)->side)
		transcript_end_line(*t);
	if ((*t)->fd >= 0)
		close((*t)->fd);
	buf_done(&(*t)->line);
	free(*t);
	*t = NULL;
}

static void
transcript_byte(struct transcript *t, char side, unsigned char c)
{
	if (t->side != side) {
		if (t->side)
			transcript_end_line(t);
		buf_printf(&t->line, "%c: ", side);
		t->side = side;
	}
	if (c == '\n')
		transcript_end_line(t);
	else if (c != '\r' && ((c < 0x20 && c != '\t') || c >= 0x7f))
		buf_printf(&t->line, "\\x%02x", c);
	else if (c != '\r')
		buf_char(&t->line, (char)c);
	if (t->line.len >= TRANSCRIPT_LINE_MAX)
		transcript_flush(t);
}

void
transcript_add(struct transcript *t, char side, const void *data, size_t len)
{
	if (!t || t->fd < 0)
		return;
	for (size_t i = 0; i < len; i++)
		transcript_byte(t, side, ((const unsigned char *)data)[i]);
}
