// SPDX-License-Identifier: GPL-3.0-or-later
// HTML to blocks and spans. Nothing is fetched, scripts and
// styles are dropped, hidden text is dropped and counted in a note.
#ifndef MAIL_HTML_H
#define MAIL_HTML_H

#include <stddef.h>

struct document;
struct part;

#define HTML_SIZE_MAX (2 * 1024 * 1024) // more is not parsed, and said
#define HTML_DEPTH_MAX 200              // deeper elements become their text

// html: UTF-8, not filtered.
void html_to_document(struct document *d, const struct part *part,
	const char *html, size_t len);

#endif
