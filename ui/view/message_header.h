// SPDX-License-Identifier: GPL-3.0-or-later
// The header of a message as rows above its text.
#ifndef UI_VIEW_MESSAGE_HEADER_H
#define UI_VIEW_MESSAGE_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include "base/array.h"
#include "base/buf.h"
#include "ui/term/screen.h"

struct document;
struct message;

struct message_header {
	struct buf text;       // names and values one behind another
	struct array rows;     // struct message_header_row
};

void message_header_init(struct message_header *h);
void message_header_done(struct message_header *h);
enum message_header_fields {
	HEADER_FEW,            // who and what: of a low screen
	HEADER_USUAL,
	HEADER_ALL,
};
// Lays it out for a width: all fields of the document, or some of the envelope.
// d may be NULL: it has not come yet. attached: it came within another message, so
// what its header says of checks was not said by a server of ours.
void message_header_lay(struct message_header *h, const struct message *m,
	const struct document *d, enum message_header_fields which, bool attached,
	int width);
void message_header_draw(const struct message_header *h, struct screen *s,
	struct area row, int at);

#endif
