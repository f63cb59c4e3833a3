// SPDX-License-Identifier: GPL-3.0-or-later
// The text of one part: decoded, then given to whoever knows its form.
#include "config.h"

#include "mail/read_private.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "mail/calendar.h"
#include "mail/enclosed.h"
#include "mail/enriched.h"
#include "mail/html.h"
#include "mail/text.h"

#include <stdlib.h>
#include <string.h>

const char *
reading_body(const struct reading *r, const struct part *p, size_t *len_r)
{
	const struct read_input *in = r->in;

	*len_r = 0;
	if (in->raw != NULL) {
		*len_r = p->body_len;
		return in->raw + p->body_start;
	}
	for (size_t i = 0; i < in->n_bodies; i++)
		if (str_equal(in->bodies[i].section, p->section)) {
			*len_r = in->bodies[i].len;
			return in->bodies[i].data;
		}
	return NULL;
}

// "photo.png (image/png, 34 kB)"
void
reading_add_title(struct document *d, const struct part *p)
{
	struct buf text = {0};
	const char *name = p->name != NULL ? p->name : p->description;

	if (name != NULL)
		buf_printf(&text, "%s (%s/%s, ", name, p->type, p->subtype);
	else
		buf_printf(&text, "%s/%s (", p->type, p->subtype);
	part_print_size(&text, p);
	buf_char(&text, ')');
	struct block *b = document_add_block(d, BLOCK_PART);
	b->part = str_dup(p->section);
	document_add_text(d, buf_text(&text), text.len);
	buf_done(&text);
}

void
reading_add_gap(struct document *d)
{
	if (d->blocks.len > 0)
		document_add_block(d, BLOCK_LINE);
}

// Empty lines at the end of a text only push what follows off the screen.
static void
trim_end(struct document *d, size_t blocks_before)
{
	while (d->blocks.len > blocks_before) {
		struct block *b = array_at(&d->blocks, d->blocks.len - 1);
		if (b->kind != BLOCK_LINE || strspn(buf_text(&d->text) + b->start, " ") <
		    b->len)
			return;
		free(b->part);
		buf_cut(&d->text, b->start > 0 ? b->start - 1 : 0);
		d->blocks.len--;
	}
}

// Text, but for the files in it, which are parts of the tree from here on.
static void
show_plain(struct document *d, struct part *p, const char *text, size_t len)
{
	size_t at = 0, done = 0, n = 0;
	struct enclosed f;

	while (n < ENCLOSED_FILES_MAX && enclosed_next(text, len, &at, &f)) {
		if (f.start > done)
			text_to_document(d, p, text + done, f.start - done);
		done = f.start + f.len;
		struct buf name = {0};
		utf8_filter_line(&name, f.name, strlen(f.name));
		if (f.yenc) {
			document_note(d, "not shown: %s, a file in a form of news groups "
				"(yEnc), %zu bytes", buf_text(&name), f.size);
			buf_done(&name);
			continue;
		}
		struct part *file = part_new("application", "octet-stream");
		free(file->section);
		file->section = str_printf("%s.U%zu", p->section, ++n);
		file->disposition = str_dup("attachment");
		file->name = buf_take(&name);
		file->size = f.size;
		part_add_child(p, file);
		if (f.cut)
			document_note(d, "%s has no end: a piece of it may be in another "
				"message", file->name);
	}
	if (done < len)
		text_to_document(d, p, text + done, len - done);
}

// A whole page that calls itself plain text; HTML within words stays as it is.
static bool
is_page(const struct part *p, const char *text, size_t len)
{
	static const char *const begin[] = { "<html", "<!doctype html" };
	static const char end[] = "</html>";
	bool begins = false;

	while (len > 0 && (unsigned char)text[len - 1] <= ' ')
		len--;
	while (len > 0 && (unsigned char)*text <= ' ') {
		text++;
		len--;
	}
	for (size_t i = 0; i < sizeof(begin) / sizeof(*begin); i++)
		begins = begins || (len > strlen(begin[i]) &&
			str_compare_nocase_n(text, begin[i], strlen(begin[i])) == 0);
	return part_is(p, "text", "plain") && begins && len > sizeof(end) &&
		str_compare_nocase_n(text + len - strlen(end), end, strlen(end)) == 0;
}

void
reading_show_text(struct reading *r, struct part *p)
{
	struct document *d = r->d;
	struct buf decoded = {0}, utf8 = {0};
	size_t len;
	const char *body = reading_body(r, p, &len);

	// A calendar is listed among what is attached.
	if (p->name != NULL && !part_is_calendar(p))
		reading_add_title(d, p);
	if (body == NULL) {
		document_note(d, "not here yet: part %s (%s/%s)", p->section,
			p->type, p->subtype);
		return;
	}
	size_t before = d->blocks.len;
	bool all = part_decode(p, body, len, DOCUMENT_TEXT_MAX, &decoded);
	part_to_utf8(p, buf_text(&decoded), decoded.len, &utf8);
	buf_done(&decoded);
	if (part_is_calendar(p))
		calendar_to_document(d, p, buf_text(&utf8), utf8.len, r->n_shown == 1);
	else if (part_is(p, "text", "html"))
		html_to_document(d, p, buf_text(&utf8), utf8.len);
	else if (part_is(p, "text", "enriched") || part_is(p, "text", "richtext"))
		enriched_to_document(d, p, buf_text(&utf8), utf8.len);
	else if (is_page(p, buf_text(&utf8), utf8.len))
		html_to_document(d, p, buf_text(&utf8), utf8.len);
	else
		show_plain(d, p, buf_text(&utf8), utf8.len);
	buf_done(&utf8);
	trim_end(d, before);
	r->said = r->said || d->blocks.len > before;
	if (!all)
		document_note(d, "not shown: the rest of part %s", p->section);
}
