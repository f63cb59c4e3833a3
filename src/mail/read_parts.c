// SPDX-License-Identifier: GPL-3.0-or-later
// The order of a message: what comes to the top, the texts, the attachments.
#include "config.h"

#include "mail/read_private.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/when.h"
#include "mail/report.h"

#include <stdlib.h>
#include <string.h>

#define REPORT_SIZE_MAX (256 * 1024)

static bool
contains(const struct part *p, const struct part *wanted, int depth)
{
	if (p == wanted)
		return true;
	for (size_t i = 0; i < p->n_children && depth < WALK_DEPTH_MAX; i++)
		if (contains(p->children[i], wanted, depth + 1))
			return true;
	return false;
}

static void
add_line(struct document *d, const struct part *p, const char *name,
	const char *value)
{
	if (str_empty(value))
		return;
	struct block *b = document_add_block(d, BLOCK_LINE);
	size_t start = d->text.len;
	b->part = str_dup(p->section);
	document_add_text(d, name, strlen(name));
	document_add_span(d, start, SPAN_BOLD, -1);
	document_add_text(d, value, strlen(value));
}

// The head of a message within this one.
static void
add_message_head(struct document *d, const struct part *p)
{
	const struct envelope *e = p->envelope;
	struct buf from = {0}, to = {0};
	char *date = e->date == 0 ? NULL : when_rfc5322(e->date, e->date_offset);

	reading_add_title(d, p);
	address_list_format(&from, &e->from);
	address_list_format(&to, &e->to);
	add_line(d, p, "From: ", buf_text(&from));
	add_line(d, p, "To: ", buf_text(&to));
	add_line(d, p, "Date: ", date);
	add_line(d, p, "Subject: ", e->subject);
	free(date);
	buf_done(&from);
	buf_done(&to);
}

void
reading_show_parts(struct reading *r, struct part *p, int depth)
{
	struct document *d = r->d;

	if (r->next == r->n_shown || depth >= WALK_DEPTH_MAX || r->full)
		return;
	if (document_full(d)) {
		document_note(d, "not shown: the rest of a long message");
		r->full = true;
		return;
	}
	if (p == r->shown[r->next]) {
		r->next++;
		if (r->next > 1 || r->headed.len > 0 || r->begun)
			reading_add_gap(d);
		reading_show_text(r, p);
		return;
	}
	if (p->envelope != NULL && contains(p, r->shown[r->next], depth)) {
		reading_add_gap(d);
		add_message_head(d, p);
		*(const struct part **)array_push(&r->headed) = p;
	}
	for (size_t i = 0; i < p->n_children; i++)
		reading_show_parts(r, p->children[i], depth + 1);
}

// Not that of an attached message.
static struct part *
find_calendar(struct part *p, int depth)
{
	struct part *found = NULL;

	if (part_is_calendar(p))
		return p;
	for (size_t i = 0; i < p->n_children && found == NULL && depth < WALK_DEPTH_MAX &&
	     !part_is_message(p); i++)
		found = find_calendar(p->children[i], depth + 1);
	return found;
}

// What a report comes to, above its words and fields.
void
reading_show_reports(struct reading *r)
{
	size_t before = r->d->blocks.len;

	for (size_t i = 0; i < r->n_shown; i++) {
		struct buf text = {0};
		size_t len;
		const char *body = part_is_report(r->shown[i])
			? reading_body(r, r->shown[i], &len) : NULL;
		if (body != NULL && part_decode(r->shown[i], body, len, REPORT_SIZE_MAX,
		    &text))
			report_to_document(r->d, r->shown[i], buf_text(&text), text.len);
		buf_done(&text);
	}
	r->begun = r->d->blocks.len > before;
}

// What a person is invited to stands above the many words about it.
void
reading_show_calendar(struct reading *r)
{
	struct part *calendar = find_calendar(r->d->root, 0);

	for (size_t i = 0; i < r->n_shown && r->n_shown > 1; i++) {
		if (r->shown[i] != calendar)
			continue;
		reading_show_text(r, calendar);
		memmove(r->shown + i, r->shown + i + 1,
			(r->n_shown - i - 1) * sizeof(*r->shown));
		r->n_shown--;
		r->begun = true;
		return;
	}
}

// One whose title stands above its text already.
static bool
is_headed(struct reading *r, const struct part *p)
{
	if (r->next_headed == r->headed.len || p !=
	    *(const struct part **)array_at(&r->headed, r->next_headed))
		return false;
	r->next_headed++;
	return true;
}

void
reading_list(struct reading *r, const struct part *p, size_t *n, int depth)
{
	if (depth >= WALK_DEPTH_MAX || r->d->blocks.len >= DOCUMENT_BLOCKS_MAX)
		return;
	if (part_is_attachment(p) && !is_headed(r, p)) {
		if ((*n)++ == 0)
			reading_add_gap(r->d);
		reading_add_title(r->d, p);
		// What is attached to a message whose text is shown is at hand too.
		if (!part_is_message(p) || str_equal(p->disposition, "attachment"))
			return;
	}
	for (size_t i = 0; i < p->n_children; i++)
		reading_list(r, p->children[i], n, depth + 1);
}
