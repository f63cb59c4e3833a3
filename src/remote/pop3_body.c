// SPDX-License-Identifier: GPL-3.0-or-later
// A message out of a POP3 connection, byte for byte, and where it ends.
#include "config.h"

#include "remote/pop3.h"

#include <string.h>

static void
text_char(struct pop3_body *b, struct buf *out, char c)
{
	buf_char(out, c);
	if (c == '\r')
		b->state = POP3_BODY_CR;
	else if (b->state == POP3_BODY_CR && c == '\n')
		b->state = POP3_BODY_START;
	else
		b->state = POP3_BODY_TEXT;
}

// Only CR LF begins a line: servers that take no other line end for one double no
// dots behind a lone LF, so that an end found there could be none.
static void
body_char(struct pop3_body *b, struct buf *out, char c)
{
	switch (b->state) {
	case POP3_BODY_START:
		if (c == '.')
			b->state = POP3_BODY_DOT;
		else
			text_char(b, out, c);
		return;
	case POP3_BODY_DOT:
		if (c == '\r')
			b->state = POP3_BODY_DOT_CR;
		else if (c == '\n') // a sloppy end: the text would have two dots
			b->state = POP3_BODY_END;
		else
			text_char(b, out, c);
		return;
	case POP3_BODY_DOT_CR:
		if (c == '\n') {
			b->state = POP3_BODY_END;
			return;
		}
		buf_char(out, '\r');
		b->state = POP3_BODY_CR;
		text_char(b, out, c);
		return;
	default:
		text_char(b, out, c);
	}
}

size_t
pop3_body_add(struct pop3_body *b, struct buf *out, const char *bytes, size_t len)
{
	size_t at = 0;

	while (at < len && b->state != POP3_BODY_END) {
		// Nearly all bytes are the middle of a line.
		const char *cr = b->state == POP3_BODY_TEXT
			? memchr(bytes + at, '\r', len - at) : bytes + at;
		size_t plain = (cr == NULL ? len : (size_t)(cr - bytes)) - at;
		buf_add(out, bytes + at, plain);
		at += plain;
		if (at < len)
			body_char(b, out, bytes[at++]);
	}
	return at;
}
