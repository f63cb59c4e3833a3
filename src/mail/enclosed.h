// SPDX-License-Identifier: GPL-3.0-or-later
// Files within a text, from before there was MIME: uuencoded, which are parts of
// their own here ("1.U2", the second one of part 1), and yEnc, which are named.
#ifndef MAIL_ENCLOSED_H
#define MAIL_ENCLOSED_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

#define ENCLOSED_FILES_MAX 100   // of one text; more stay text
#define ENCLOSED_NAME_MAX 200    // bytes

struct enclosed {
	bool yenc;
	char name[ENCLOSED_NAME_MAX + 1]; // not filtered
	size_t start, len;       // in the text, with its first and last line
	size_t size;             // bytes of the file, as far as can be told
	bool cut;                // it has no end
};

// The first file at or behind *at, which moves behind it.
bool enclosed_next(const char *text, size_t len, size_t *at, struct enclosed *f);
// The bytes of a uuencoded one.
void enclosed_decode(struct buf *out, const char *text, const struct enclosed *f);
// "1.U2" is the 2nd in part "1": its length there; 0 when it is no such section,
// and *number_r 0.
size_t enclosed_section(const char *section, size_t *number_r);
// The file of that number in the text of a part, in place of that text. False
// when there is none.
bool enclosed_take(struct buf *text, size_t number, struct enclosed *f);

#endif
