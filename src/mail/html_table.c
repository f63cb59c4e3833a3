// SPDX-License-Identifier: GPL-3.0-or-later
// A receipt or a timetable reads well only in columns.
#include "config.h"

#include "mail/html_table.h"

#include "base/str.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static void
row_end(struct html_table *t)
{
	for (int i = 0; i < t->column && i < TABLE_COLUMNS_MAX && t->filled > 1; i++) {
		struct html_column *c = &t->columns[i];
		if (t->row[i].width > c->width)
			c->width = t->row[i].width;
		c->texts += t->row[i].texts;
		c->numbers += t->row[i].numbers;
		if (t->row[i].width > 0 && i >= t->n)
			t->n = i + 1;
	}
	t->rows += t->filled > 1;
	t->column = t->filled = 0;
	memset(t->row, 0, sizeof(t->row));
}

void
html_table_row(struct html_table *t)
{
	row_end(t);
}

// "$1,234.50", "-3 %", "12.": digits with what usually stands around them.
static bool
is_number(const char *s)
{
	size_t letters = 0, digits = 0;

	for (; *s != '\0'; s++) {
		digits += *s >= '0' && *s <= '9';
		letters += (*s | 0x20) >= 'a' && (*s | 0x20) <= 'z';
	}
	return digits > 0 && letters <= 3 && letters <= digits;
}

void
html_table_cell(struct html_table *t, const char *text, int span, bool head)
{
	int column = t->column, cells = utf8_cells(text);

	if (column >= TABLE_COLUMNS_MAX || span > TABLE_COLUMNS_MAX) {
		t->wide = true;
		return;
	}
	t->column += span > 0 ? span : 1;
	if (*text == '\0')
		return;
	struct html_column *c = &t->row[column];
	t->filled++;
	if (span <= 1)
		c->width = cells;
	c->texts = !head;
	c->numbers = !head && is_number(text);
}

bool
html_table_end(struct html_table *t)
{
	int at = 0, used = 0;

	row_end(t);
	for (int i = 0; i < t->n; i++) {
		struct html_column *c = &t->columns[i];
		c->start = at;
		c->right = c->numbers > 0 && c->numbers == c->texts && i > 0;
		if (c->width == 0)
			continue;
		at += c->width + TABLE_GAP;
		used++;
	}
	return !t->wide && used > 1 && t->rows > 1 && at - TABLE_GAP <= TABLE_CELLS_MAX;
}

int
html_table_place(const struct html_table *t, int column, int cells)
{
	if (column >= t->n)
		return 0;
	const struct html_column *c = &t->columns[column];
	return c->start + (c->right && cells < c->width ? c->width - cells : 0);
}

bool
html_is_bullet(const char *s, size_t len)
{
	size_t digits = 0;
	bool ascii = len > 0;

	if (len > 8)
		return false;
	for (size_t i = 0; i < len; i++)
		ascii = ascii && (unsigned char)s[i] < 0x80;
	if (!ascii) {
		char *copy = str_ndup(s, len);
		bool one = len <= 4 && utf8_cells(copy) == 1 &&
			// U+2000 on: bullets, dashes, arrows; U+00B7.
			((unsigned char)s[0] >= 0xe2 || strcmp(copy, "\xc2\xb7") == 0);
		free(copy);
		return one;
	}
	while (digits < len && s[digits] >= '0' && s[digits] <= '9')
		digits++;
	if (digits > 0 && digits <= 3)
		return len == digits + 1 && (s[digits] == '.' || s[digits] == ')');
	return len == 1 && strchr("-*o>+", *s) != NULL;
}
