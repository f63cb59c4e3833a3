// SPDX-License-Identifier: GPL-3.0-or-later
// text/enriched (RFC 1896) and its forerunner text/richtext to blocks and spans.
#ifndef MAIL_ENRICHED_H
#define MAIL_ENRICHED_H

#include <stddef.h>

struct document;
struct part;

// text: UTF-8, not filtered.
void enriched_to_document(struct document *d, const struct part *part,
	const char *text, size_t len);

#endif
