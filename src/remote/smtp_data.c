// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes behind DATA: made so that every server, however it reads line ends,
// finds one message in them and the end where we put it.
#include "config.h"

#include "remote/smtp.h"

static void
line_end(struct smtp_data *d, struct buf *out)
{
	buf_add(out, "\r\n", 2);
	d->start = true;
	d->cr = false;
}

void
smtp_data_add(struct smtp_data *d, struct buf *out, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = bytes[i];
		if (d->cr) {
			line_end(d, out);
			if (c == '\n')
				continue;
		}
		if (c == '\r') {
			d->cr = true;
		} else if (c == '\n') {
			line_end(d, out);
		} else {
			if (d->start && c == '.')
				buf_char(out, '.');
			buf_char(out, c);
			d->start = false;
		}
	}
}

void
smtp_data_end(struct smtp_data *d, struct buf *out)
{
	if (d->cr || !d->start)
		line_end(d, out);
	buf_add(out, ".\r\n", 3);
}
