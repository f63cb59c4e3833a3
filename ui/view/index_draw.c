// SPDX-License-Identifier: GPL-3.0-or-later
// Lays a message out in the columns of the index: flags, date, name, the place in
// its thread with the subject, size.
#include "config.h"

#include "ui/view/index_draw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "base/when.h"
#include "command/tags.h"
#include "mail/address.h"
#include "mail/message.h"
#include "mail/thread.h"
#include "store/folders.h"
#include "engine.h"
#include "ui/app.h"
#include "ui/colours.h"
#include "ui/text.h"
#include "ui/view/index_rows.h"

#define FLAGS_CELLS 5
#define DATE_CELLS 10
#define SIZE_CELLS 6
#define NAME_MIN 10
#define NAME_MAX 26
#define TREE_DEPTH_MAX 12      // levels shown of a deeper answer: the last ones
#define TREE_DEPTH_MIN 3
#define COLS_WITH_DATE 50      // narrower rows leave these out
#define COLS_WITH_SIZE 68
#define COLS_WITH_WHERE 40
#define WHERE_MAX 20

void
index_look_init(struct index_look *look, struct app *a, const struct folder *folder,
	bool focus)
{
	uint32_t ids[2];

	*look = (struct index_look){
		.app = a, .now = when_now(), .focus = focus, .several = !folder,
		.accounts = engine_account_ids(a->engine, ids, 2) > 1,
	};
	index_look_folder(look, folder);
}

void
index_look_folder(struct index_look *look, const struct folder *folder)
{
	look->folder = folder;
	look->outgoing = folder &&
		(folder->role == ROLE_SENT || folder->role == ROLE_DRAFTS);
}

void
index_look_done(struct index_look *look)
{
	(void)look;
}

// Letters, so that a look without colours says as much.
static void
index_flags(const struct message *m, bool marked, char out[FLAGS_CELLS])
{
	uint32_t bits = m->flags.bits;

	out[0] = marked ? '*' : ' ';
	out[1] = bits & FLAG_DELETED ? 'D' : bits & FLAG_DRAFT ? 'T'
		: !(bits & FLAG_SEEN) ? 'N' : bits & FLAG_ANSWERED ? 'A'
		: bits & FLAG_FORWARDED ? 'f' : ' ';
	out[2] = bits & FLAG_FLAGGED ? 'F' : ' ';
	out[3] = m->envelope.maybe_attachments ? '@' : m->pending ? '~' : ' ';
	out[4] = '\0';
}

static void
index_name(const struct message *m, bool outgoing, char *out, size_t size)
{
	const struct address_list *list = outgoing ? &m->envelope.to : &m->envelope.from;

	if (outgoing && list->len == 0)
		list = &m->envelope.cc;
	if (list->len == 0)
		snprintf(out, size, "%s", outgoing ? "(nobody)" : "(no sender)");
	else if (list->len > 1)
		snprintf(out, size, "%s%s +%zu", outgoing ? "To " : "",
			address_short(&list->items[0]), list->len - 1);
	else
		snprintf(out, size, "%s%s", outgoing ? "To " : "",
			address_short(&list->items[0]));
}

// Which folder: of several accounts an inbox has the account's name alone.
static void
index_where(const struct index_look *look, char *out, size_t size)
{
	const struct folder *f = look->folder;
	const char *account = f ? engine_account_name(look->app->engine, f->account) : NULL;

	if (!f)
		*out = '\0';
	else if (!look->accounts || !account)
		snprintf(out, size, "%s", f->name);
	else if (f->role == ROLE_INBOX)
		snprintf(out, size, "%s", account);
	else
		snprintf(out, size, "%s/%s", account, f->name);
}

// Whether a later message of the thread stands on a level, before one above it;
// rows beyond what was read count as none.
static bool
index_has_sibling(const struct index_rows *rows, uint32_t at, int level)
{
	uint64_t thread = index_row(rows, at)->thread;
	const struct message *m;

	while ((m = index_row(rows, ++at))) {
		int other = index_row_level(rows, at);

		if (m->thread != thread || other < level)
			return false;
		if (other == level)
			return true;
	}
	return false;
}

// The lines of the tree before a subject: "│ └ ", in at most a third of its cells;
// of an answer that is deeper the levels next to it, behind a "… ". A subject that
// is not repeated leaves an arrow.
static void
index_tree(const struct index_rows *rows, uint32_t at, int cells, bool repeats,
	struct buf *out)
{
	int level = index_row_level(rows, at), first = 1, room = cells / 6;

	if (level == 0)
		return;
	if (room > TREE_DEPTH_MAX)
		room = TREE_DEPTH_MAX;
	if (room < TREE_DEPTH_MIN)
		room = TREE_DEPTH_MIN;
	if (level > room) {
		buf_str(out, "… ");
		first = level - room + 2;
	}
	for (int d = first; d < level; d++)
		buf_str(out, index_has_sibling(rows, at, d) ? "│ " : "  ");
	buf_str(out, index_has_sibling(rows, at, level) ? "├" : "└");
	buf_str(out, repeats ? "─>" : " ");
}

// True when the row above it, of the same thread, says the same subject.
static bool
index_repeats(const struct index_rows *rows, uint32_t at)
{
	const struct message *m = index_row(rows, at), *above;

	if (index_row_level(rows, at) == 0 || at == 0 ||
	    !(above = index_row(rows, at - 1)) || above->thread != m->thread)
		return false;
	return !str_compare_nocase(thread_subject(str_or_empty(m->envelope.subject)),
		thread_subject(str_or_empty(above->envelope.subject)));
}

static struct look
index_style(const struct message *m, bool under, const struct index_look *look)
{
	struct look l = { .style = STYLE_NORMAL };

	if (under)
		l.style = look->focus ? STYLE_CURSOR : STYLE_CURSOR_IDLE;
	else if (look->marked)
		l.style = STYLE_MARKED;
	else if (m->flags.bits & FLAG_DELETED)
		l.style = STYLE_DELETED;
	else if (m->flags.bits & FLAG_FLAGGED)
		l.style = STYLE_FLAGGED;
	l.bold = !(m->flags.bits & FLAG_SEEN);
	if (!under)
		l.colour = colours_of_message(look->app, m, look->folder);
	return l;
}

// Before the subject, whose end matters less. Returns the cells used.
static int
index_draw_tags(struct screen *s, struct area row, int col, int cells,
	const struct message *m, struct look look)
{
	struct buf tags = {0};
	int used = 0;

	tags_print(&tags, &m->flags);
	if (tags.len > 0 && cells > 2) {
		if (look.style == STYLE_NORMAL && look.colour == 0)
			look.style = STYLE_TAG;
		used = screen_look(s, row, 0, col, cells - 1, tags.data, look) + 1;
	}
	buf_done(&tags);
	return used;
}

static void
index_draw_subject(struct screen *s, struct area row, int col, int cells,
	const struct index_rows *rows, uint32_t at, uint32_t top, struct look look,
	struct look dim)
{
	const struct message *m = index_row(rows, at);
	const char *subject = m->unreadable ? "(this message could not be read: "
		"raw shows it)" : m->envelope.subject;
	// In the first row of the screen nothing above it says what it is about.
	bool repeats = at != top && index_repeats(rows, at);
	struct buf tree = {0};
	int end = col + cells;

	index_tree(rows, at, cells, repeats, &tree);
	if (tree.len > 0)
		col += screen_look(s, row, 0, col, cells, tree.data, dim);
	buf_done(&tree);
	col += index_draw_tags(s, row, col, (end - col) / 2, m, look);
	if (end > col && !repeats)
		screen_look(s, row, 0, col, end - col, str_empty(subject)
			? "(no subject)" : subject, look);
}

void
index_draw_message(struct screen *s, struct area row, const struct index_rows *rows,
	uint32_t at, bool under, const struct index_look *look)
{
	const struct message *m = index_row(rows, at);
	struct look style = index_style(m, under, look), dim = style;
	char flags[FLAGS_CELLS], name[256], size[16];
	int col = 0, end = row.cols;

	if (!under && style.style == STYLE_NORMAL && style.colour == 0)
		dim.style = STYLE_DIM;
	if (under || style.colour)
		screen_fill_look(s, row, 0, 0, style);
	index_flags(m, look->marked, flags);
	screen_look(s, row, 0, col, FLAGS_CELLS, flags, style);
	col += FLAGS_CELLS;
	if (row.cols >= COLS_WITH_DATE) {
		char *date = when_short(message_date(m), look->now);

		screen_look(s, row, 0, col, DATE_CELLS - 1, date, dim);
		free(date);
		col += DATE_CELLS;
	}
	int cells = row.cols / 5;

	cells = cells < NAME_MIN ? NAME_MIN : cells > NAME_MAX ? NAME_MAX : cells;
	index_name(m, look->outgoing, name, sizeof name);
	screen_look(s, row, 0, col, cells, name, style);
	col += cells + 1;
	if (look->several && row.cols >= COLS_WITH_WHERE) {
		cells = row.cols / 6 < WHERE_MAX ? row.cols / 6 : WHERE_MAX;
		index_where(look, name, sizeof name);
		screen_look(s, row, 0, col, cells, name, dim);
		col += cells + 1;
	}
	if (row.cols >= COLS_WITH_SIZE) {
		text_size(size, sizeof size, m->size);
		end -= SIZE_CELLS;
		screen_look(s, row, 0, end + SIZE_CELLS - 1 - (int)strlen(size), 0, size, dim);
	}
	if (end > col)
		index_draw_subject(s, row, col, end - col, rows, at, look->top,
			style, dim);
}
