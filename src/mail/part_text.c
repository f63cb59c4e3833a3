// SPDX-License-Identifier: GPL-3.0-or-later
// The text of a message as something to look through, not to show.
#include "config.h"

#include "mail/part.h"

#include "base/buf.h"

#include <stdlib.h>

void
part_add_text(struct buf *out, const struct part *p, const char *body, size_t len,
	size_t max)
{
	struct buf decoded = { 0 };

	part_decode(p, body, len, max, &decoded);
	part_to_utf8(p, buf_text(&decoded), decoded.len, out);
	buf_char(out, '\n');
	buf_done(&decoded);
}

void
part_text_of(struct buf *out, const char *message, size_t len, size_t max)
{
	struct part *root = part_parse(message, len), **shown = NULL;
	size_t n = 0;

	part_shown(root, false, &shown, &n);
	for (size_t i = 0; i < n; i++)
		part_add_text(out, shown[i], message + shown[i]->body_start,
			shown[i]->body_len, max);
	free(shown);
	part_free(&root);
}
