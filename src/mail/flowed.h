// SPDX-License-Identifier: GPL-3.0-or-later
// Text whose lines may flow into one another (RFC 3676), where it is written and
// taken up again.
#ifndef MAIL_FLOWED_H
#define MAIL_FLOWED_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

#define FLOWED_LINE_MAX 78  // cells; a longer one was written as a paragraph
#define FLOWED_FILL 72      // cells that it is broken at, with the last blank

// Whether text has paragraphs in long lines, which other programs show badly, and
// no patch, which other programs would not apply.
bool flowed_helps(const char *text);
// text, lines with \n, as the lines that are sent: long ones are broken, marks of
// quotes stand together, what looks like a mark is stuffed. blanks: one at the
// end of a line is meant to join it to the next, as some editors write it; else
// such blanks are nobody's and go.
void flowed_write(struct buf *out, const char *text, bool blanks);
// What was written so, each paragraph as one line. Line ends may be CR LF.
void flowed_read(struct buf *out, const char *text, bool delsp);
// Of a line that flows on: its length without the blanks at its end, and
// whether there is one between it and the next.
size_t flowed_end(const char *line, size_t len, bool delsp, bool *blank_r);

#endif
