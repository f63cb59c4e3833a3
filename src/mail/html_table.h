// SPDX-License-Identifier: GPL-3.0-or-later
// The columns of a table of data, from the texts of its cells. Private to this
// folder.
#ifndef MAIL_HTML_TABLE_H
#define MAIL_HTML_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define TABLE_COLUMNS_MAX 12
#define TABLE_ROWS_MAX 5000
#define TABLE_CELLS_MAX 76  // of a line; a wider table is not set in columns
#define TABLE_GAP 2         // cells between columns

struct html_table {
	int n;                        // columns
	struct html_column {
		int start, width;     // cells
		int texts, numbers;   // how many of either
		bool right;           // numbers: flush right
	} columns[TABLE_COLUMNS_MAX];
	int rows;                     // with more than one text; only they count
	// Of the row that is being read:
	int column, filled;
	struct html_column row[TABLE_COLUMNS_MAX];
	bool wide;                    // more than can be set
};

// Row by row, its cells from the left; text: filtered, as it will be shown.
void html_table_row(struct html_table *t);
void html_table_cell(struct html_table *t, const char *text, int span, bool head);
// After the last row; false: its rows are not to be set in columns.
bool html_table_end(struct html_table *t);
// Where a text of so many cells stands in a column.
int html_table_place(const struct html_table *t, int column, int cells);
// Whether a text is the mark of a list item: a bullet, "1.", "a)".
bool html_is_bullet(const char *s, size_t len);

#endif
