// SPDX-License-Identifier: GPL-3.0-or-later
// A message while it is being read. Private to the read files of this folder.
#ifndef MAIL_READ_PRIVATE_H
#define MAIL_READ_PRIVATE_H

#include "base/array.h"
#include "mail/document.h"
#include "mail/part.h"
#include "mail/read.h"

#define WALK_DEPTH_MAX (2 * PART_DEPTH_MAX)

struct reading {
	const struct read_input *in;
	struct document *d;
	struct part **shown;
	size_t n_shown, next;    // the next one to be shown
	struct array headed;     // const struct part *: messages shown, in order
	size_t next_headed;      // the next one to be passed over by the list
	bool full;               // said once
	bool begun;              // something stands above already
	bool said;               // a text that is more than empty lines
};

// read_text.c: the text of one part, and what stands above it.
// The encoded body of a part; NULL when it is not here. Lent.
const char *reading_body(const struct reading *r, const struct part *p, size_t *len_r);
void reading_add_title(struct document *d, const struct part *p);
void reading_add_gap(struct document *d);
void reading_show_text(struct reading *r, struct part *p);

// read_parts.c: all that are shown, what comes first of them, what is attached.
void reading_show_reports(struct reading *r);
void reading_show_calendar(struct reading *r);
void reading_show_parts(struct reading *r, struct part *p, int depth);
// *n counts from 0 those that were listed; depth 0.
void reading_list(struct reading *r, const struct part *p, size_t *n, int depth);

// read_notes.c: what is not shown.
void reading_add_notes(struct document *d);

#endif
