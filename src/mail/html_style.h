// SPDX-License-Identifier: GPL-3.0-or-later
// The little of CSS that changes what a mail says or how it is divided: what is
// hidden, what stands alone, where there is space. Private to this folder.
#ifndef MAIL_HTML_STYLE_H
#define MAIL_HTML_STYLE_H

#include <stdbool.h>
#include <stddef.h>

enum html_display { DISPLAY_UNSET, DISPLAY_NONE, DISPLAY_BLOCK, DISPLAY_OTHER };
enum html_space { SPACE_UNSET, SPACE_NONE, SPACE_LINE };

struct html_style {
	enum html_display display;
	bool hidden;                   // by another means than display
	enum html_space before, after; // an empty line above, below
	bool bold;
	bool quote;                    // Outlook's blue line on the left
	bool rule;                     // its line above the head of an original
	int font_px;                   // 0: unset
	bool font_zero;                // shows no text of its own
};

// Reads declarations over what *s has already: the later one counts.
void html_style_read(struct html_style *s, const char *declarations);

// The rules of a page's <style> for single classes and elements with a class;
// those of @media and the like are for other screens.
struct html_sheet;
struct html_sheet *html_sheet_new(void);
void html_sheet_free(struct html_sheet **s);
void html_sheet_read(struct html_sheet *s, const char *css);
// The style of an element by its class attribute and its style attribute, both
// may be NULL.
struct html_style html_style_of(const struct html_sheet *s, const char *classes,
	const char *style);

#endif
