// SPDX-License-Identifier: GPL-3.0-or-later
// HTML that is too much for a parser, as bare text. Private to this folder.
#ifndef MAIL_HTML_PLAIN_H
#define MAIL_HTML_PLAIN_H

#include <stddef.h>

struct document;
struct part;

// One pass, no tree: tags are dropped, those of blocks begin a new paragraph.
void html_plain(struct document *d, const struct part *part, const char *html,
	size_t len);

#endif
