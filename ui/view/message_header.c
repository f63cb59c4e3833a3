// SPDX-License-Identifier: GPL-3.0-or-later
// Lays header fields out in rows: the name, then the value, wrapped beneath
// itself; long lists of people are cut unless all is asked for.
#include "config.h"

#include "ui/view/message_header.h"

#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "base/utf8.h"
#include "base/when.h"
#include "command/tags.h"
#include "mail/address.h"
#include "mail/checks.h"
#include "mail/document.h"
#include "mail/message.h"
#include "ui/text.h"

#define NAME_CELLS 9           // "Subject: "
#define SHORT_ROWS 3           // of one field where not all is shown
#define FIELD_ROWS_MAX 200
#define PERSON_CELLS 40        // of a name before its address
#define NAME_CELLS_MIN 6

struct message_header_row {
	size_t name, value;        // into text; name at its end: none here
	size_t name_len, value_len;
	bool more;                 // the field goes on and is not shown
};

void
message_header_init(struct message_header *h)
{
	*h = (struct message_header){ .rows = ARRAY_OF(struct message_header_row) };
}

void
message_header_done(struct message_header *h)
{
	buf_done(&h->text);
	array_done(&h->rows);
}

static void
header_field(struct message_header *h, const char *name, const char *value, int width,
	int most)
{
	size_t name_at = h->text.len, value_at;
	int cells = width - NAME_CELLS - 1;

	if (str_empty(value))
		return;
	if (cells < 10)
		cells = 10;
	buf_printf(&h->text, "%s:", name);
	value_at = h->text.len;
	buf_str(&h->text, value);
	for (int row = 0; row < most && value_at < h->text.len; row++) {
		struct message_header_row *r = array_push(&h->rows);
		// A long name leaves less room for the first piece of its value.
		int name_cells = row == 0 ? (int)strlen(name) + 2 : 0, room = cells;

		if (name_cells > NAME_CELLS)
			room = width - name_cells > 10 ? width - name_cells : 10;
		size_t len = text_break(h->text.data + value_at, room);

		r->name = name_at;
		r->name_len = row == 0 ? strlen(name) + 1 : 0;
		r->value = value_at;
		r->value_len = len;
		value_at += len;
		while (h->text.data[value_at] == ' ')
			value_at++;
		r->more = row + 1 == most && value_at < h->text.len;
	}
}

// However long a name is, the address behind it is what counts.
static void
header_addresses(struct buf *out, const struct address_list *list, int cells)
{
	for (size_t i = 0; i < list->len; i++) {
		const struct address *a = &list->items[i];
		char *cut = NULL;

		if (a->name && utf8_cells(a->name) > cells)
			cut = str_printf("%.*s…", (int)utf8_fit(a->name, cells - 1, NULL),
				a->name);
		buf_str(out, i > 0 ? ", " : "");
		address_format(out, &(struct address){ cut ? cut : a->name, a->mail });
		free(cut);
	}
}

static void
header_people(struct message_header *h, const char *name,
	const struct address_list *list, int width)
{
	struct buf text = {0};

	header_addresses(&text, list, PERSON_CELLS);
	header_field(h, name, buf_text(&text), width, SHORT_ROWS);
	buf_done(&text);
}

static void
header_few(struct message_header *h, const struct message *m, int width)
{
	struct buf from = {0};
	const char *subject = m->envelope.subject;

	// One row: the name has what its address leaves.
	int left = width - NAME_CELLS - 4 - (m->envelope.from.len > 0
		? utf8_cells(m->envelope.from.items[0].mail) : 0);

	header_addresses(&from, &m->envelope.from, left < NAME_CELLS_MIN
		? NAME_CELLS_MIN : left > PERSON_CELLS ? PERSON_CELLS : left);
	header_field(h, "From", buf_text(&from), width, 1);
	header_field(h, "Subject", str_empty(subject) ? "(no subject)" : subject,
		width, 1);
	buf_done(&from);
}

// In local time, and what the sender's clock said where that is another one.
static char *
header_date_text(const struct message *m, const struct envelope *e)
{
	int64_t when = message_date(m);
	char *date = when_local(when, "%a %e %b %Y %H:%M");

	if (e->date == 0 || e->date != when || e->date_offset == when_local_offset(when))
		return date;
	// "Sun, 22 Nov 2026 06:28:00 +0000"
	char *there = when_rfc5322(e->date, e->date_offset);
	size_t len = strlen(there);
	char *both = str_printf("%s (there %.3s %.5s %s)", date, there, there + len - 14,
		there + len - 5);

	free(there);
	free(date);
	return both;
}

// What is attached was checked by nobody who stands near.
static void
header_checks(struct message_header *h, const struct document *d, int width)
{
	const char *value = document_header(d, "Authentication-Results");
	struct buf text = {0};

	if (value && checks_print(&text, value))
		header_field(h, "Checks", buf_text(&text), width, SHORT_ROWS);
	buf_done(&text);
}

static void
header_usual(struct message_header *h, const struct message *m,
	const struct document *d, bool attached, int width)
{
	const struct envelope *e = d ? &d->envelope : &m->envelope;
	char *date = header_date_text(m, e);
	struct buf tags = {0};

	header_people(h, "From", &e->from, width);
	if (e->reply_to.len > 0 && (e->from.len == 0 ||
	    !address_same(e->reply_to.items[0].mail, e->from.items[0].mail)))
		header_people(h, "Reply-To", &e->reply_to, width);
	header_people(h, "To", &e->to, width);
	header_people(h, "Cc", &e->cc, width);
	header_people(h, "Bcc", &e->bcc, width);
	header_field(h, "Date", date, width, 1);
	header_field(h, "Subject", str_empty(e->subject) ? "(no subject)" : e->subject,
		width, SHORT_ROWS);
	if (d && !attached)
		header_checks(h, d, width);
	tags_print(&tags, &m->flags);
	header_field(h, "Tags", buf_text(&tags), width, SHORT_ROWS);
	buf_done(&tags);
	free(date);
}

void
message_header_lay(struct message_header *h, const struct message *m,
	const struct document *d, enum message_header_fields which, bool attached,
	int width)
{
	buf_clear(&h->text);
	array_clear(&h->rows);
	if (which == HEADER_FEW) {
		header_few(h, m, width);
		return;
	}
	if (which == HEADER_USUAL || !d) {
		header_usual(h, m, d, attached, width);
		return;
	}
	for (size_t i = 0; i < d->fields.len; i++) {
		const struct document_field *f = array_at(&d->fields, i);

		header_field(h, f->name, f->value, width, FIELD_ROWS_MAX);
	}
}

void
message_header_draw(const struct message_header *h, struct screen *s, struct area row,
	int at)
{
	if (at >= (int)h->rows.len) {
		if (at == (int)h->rows.len)
			screen_line(s, row, 0, 0, false, row.cols, STYLE_BORDER);
		return;
	}
	const struct message_header_row *r = array_at(&h->rows, at);
	int col = NAME_CELLS;

	if (r->name_len > 0) {
		int used = screen_piece(s, row, 0, 0, h->text.data + r->name, r->name_len,
			(struct look){ .style = STYLE_HEADER_NAME });

		if (used >= col)
			col = used + 1;
	}
	struct look look = { .style = STYLE_HEADER_VALUE,
		.bold = r->name_len > 0 && !strncmp(h->text.data + r->name, "Subject:", 8) };

	col += screen_piece(s, row, 0, col, h->text.data + r->value, r->value_len, look);
	if (r->more)
		screen_text(s, row, 0, col < row.cols ? col : row.cols - 1, 1, "…", STYLE_DIM);
}
