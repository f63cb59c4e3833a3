// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the text of a link tells the truth. Private to this folder.
#ifndef MAIL_HTML_LINK_H
#define MAIL_HTML_LINK_H

#include <stddef.h>

// Where a link goes (host, or the address of a mailto:), when its text names
// another place or when the URL itself misleads; else NULL (free()).
char *html_link_warning(const char *url, const char *text, size_t len);

#endif
