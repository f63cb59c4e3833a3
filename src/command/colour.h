// SPDX-License-Identifier: GPL-3.0-or-later
// What `colour` says: styles of the screen's elements, and of index rows by
// query. Data only; the screen turns it into what its terminal can show.
#ifndef COMMAND_COLOUR_H
#define COMMAND_COLOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct error;
struct query;

enum colour_attribute {
	COLOUR_BOLD = 1, COLOUR_DIM = 2, COLOUR_ITALIC = 4, COLOUR_UNDERLINE = 8,
	COLOUR_REVERSE = 16, COLOUR_STRIKE = 32,
};

// A colour: COLOUR_NONE leaves what is there, COLOUR_DEFAULT is the terminal's
// own, 0-255 the palette's, COLOUR_RGB + 0xrrggbb a true one.
enum { COLOUR_NONE = -2, COLOUR_DEFAULT = -1, COLOUR_RGB = 0x1000000 };

struct colour_style {
	int foreground, background;
	unsigned attributes;
};
// "bold red", "black on bright-yellow", "#ff8800 underline", "214 on default".
bool colour_style_parse(struct colour_style *s, const char *text, struct error *err);
void colour_style_print(struct buf *out, const struct colour_style *s);

struct colour_rule {
	char *element;         // "index", "status", ...: the screen knows which
	struct query *query;   // NULL: the element itself
	char *query_text;
	struct colour_style style;
	char *where;
};

struct colours;
struct colours *colours_new(void);
void colours_free(struct colours **c);
// The same element and query again takes the place of the first.
bool colours_set(struct colours *c, const char *element, const char *query,
	const char *style, const char *where, struct error *err);
// In the order of definition: of several that match a row, the later one wins.
const struct colour_rule *colours_all(const struct colours *c, size_t *n_r);
// Changes with every set: what was made from the rules is old then.
uint64_t colours_version(const struct colours *c);

#endif
