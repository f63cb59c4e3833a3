// SPDX-License-Identifier: GPL-3.0-or-later
// Plain text to blocks: quoting levels, format=flowed (RFC 3676), signatures,
// links.
#ifndef MAIL_TEXT_H
#define MAIL_TEXT_H

#include <stddef.h>

struct document;
struct part;

// text: UTF-8, not filtered. part gives flowed, delsp and the section.
void text_to_document(struct document *d, const struct part *part,
	const char *text, size_t len);
// Adds text to the open block and marks the links in it.
void text_add_linked(struct document *d, const char *s, size_t len);
// A line of its own: "LABEL:     VALUE", the values below one another; nothing
// without a value.
void text_add_field(struct document *d, const struct part *part,
	const char *label, const char *value);

#endif
