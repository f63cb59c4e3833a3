// SPDX-License-Identifier: GPL-3.0-or-later
// Reading a message from end to end, whichever form of it is here.
#include "config.h"

#include "mail/read.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "mail/read_private.h"

#include <stdlib.h>
#include <string.h>

#define MAC_LINES_LOOK (64 * 1024)
#define READ_WITHIN_MAX (128 * 1024 * 1024) // of an attached message

static void
read_fields(struct document *d, const char *block, size_t len)
{
	struct header_field f;
	size_t at = 0, used = len < HEADER_BLOCK_MAX ? len : HEADER_BLOCK_MAX;
	size_t froms = 0;

	while (d->fields.len < DOCUMENT_FIELDS_MAX &&
	       header_next(block, used, &at, &f)) {
		struct document_field *field = array_push(&d->fields);
		struct buf name = {0};
		utf8_filter_line(&name, f.name, f.name_len);
		field->name = buf_take(&name);
		field->value = header_decode(f.value, f.value_len);
		froms += str_equal_nocase(field->name, "From");
	}
	if (used < len || d->fields.len == DOCUMENT_FIELDS_MAX)
		document_note(d, "not shown: the rest of a header of %zu kB",
			len / 1024);
	if (froms > 1)
		document_note(d, "take care: this message names its sender %zu times",
			froms);
}

// What a reader of a list row could be fooled by.
static void
read_sender(struct document *d)
{
	const struct address_list *from = &d->envelope.from;

	if (from->len == 0)
		return;
	const struct address *a = &from->items[0];
	const char *sign = strchr(a->mail, '@');
	if (a->name != NULL && address_short(a) == a->mail &&
	    str_find_nocase(a->name, a->mail) == NULL)
		document_note(d, "take care: the sender's name looks like an address, "
			"but the message comes from %s", a->mail);
	if (sign != NULL && utf8_mixes_scripts(sign + 1))
		document_note(d, "take care: the sender's address mixes alphabets: %s",
			a->mail);
}

static struct part *
copy_tree(const struct part *root)
{
	struct buf record = {0};

	part_pack(&record, root);
	struct reader in = reader_of(record.data, record.len);
	struct part *copy = part_unpack(&in);
	buf_done(&record);
	return copy;
}

// A page whose bytes are here, in an alternative of the same message.
static bool
has_page(const struct reading *r, const struct part *p, bool choice, int depth)
{
	size_t len;

	if (part_is(p, "text", "html"))
		return choice && reading_body(r, p, &len) != NULL;
	choice = choice || part_is(p, "multipart", "alternative");
	for (size_t i = 0; i < p->n_children && depth < WALK_DEPTH_MAX &&
	     !part_is_message(p); i++)
		if (has_page(r, p->children[i], choice, depth + 1))
			return true;
	return false;
}

static struct document *
read_whole(const struct read_input *in)
{
	struct document *d = document_new();
	struct reading r = { .in = in, .d = d,
		.headed = ARRAY_OF(const struct part *) };
	const char *header = in->raw != NULL ? in->raw : in->header;
	size_t header_len = in->raw != NULL ? header_block_len(in->raw, in->raw_len)
	                                    : in->header_len, n_attached = 0;

	envelope_parse(&d->envelope, header, header_len);
	read_fields(d, header, header_len);
	read_sender(d);
	if (in->raw != NULL)
		d->root = part_parse(in->raw, in->raw_len);
	else if (in->root != NULL)
		d->root = copy_tree(in->root);
	if (d->root == NULL) {
		document_note(d, "not here yet: the text of this message");
		return d;
	}
	if (!str_empty(in->within))
		part_number_within(d->root, in->within);
	part_shown(d->root, in->prefer_html, &r.shown, &r.n_shown);
	reading_show_reports(&r);
	reading_show_calendar(&r);
	reading_show_parts(&r, d->root, 0);
	free(r.shown);
	// Programs put empty lines where the page's text should be.
	if (!r.said && !in->prefer_html && has_page(&r, d->root, false, 0)) {
		struct read_input page = *in;
		page.prefer_html = true;
		array_done(&r.headed);
		document_free(&d);
		return read_whole(&page);
	}
	reading_list(&r, d->root, &n_attached, 0);
	reading_add_notes(d);
	array_done(&r.headed);
	return d;
}

// The attached message as a message of its own.
static struct document *
read_within(const struct read_input *in)
{
	struct part *root = in->raw != NULL ? part_parse(in->raw, in->raw_len)
	                                    : copy_tree(in->root);
	struct part *p = root == NULL ? NULL : part_find(root, in->within);
	struct reading outer = { .in = in };
	struct document *d = NULL;
	struct buf message = {0};
	size_t len;
	const char *body = p == NULL ? NULL : reading_body(&outer, p, &len);

	if (body == NULL) {
		d = document_new();
		document_note(d, p == NULL ? "the message has no part %s"
			: "not here yet: part %s", in->within);
	} else {
		part_decode(p, body, len, READ_WITHIN_MAX, &message);
		d = read_whole(&(struct read_input){
			.raw = buf_text(&message), .raw_len = message.len,
			.prefer_html = in->prefer_html, .within = in->within,
		});
	}
	buf_done(&message);
	part_free(&root);
	return d;
}

static struct document *
read_form(const struct read_input *in)
{
	return str_empty(in->within) || (in->raw == NULL && in->root == NULL)
		? read_whole(in) : read_within(in);
}

// Files of old Macs end their lines in CR alone: read so they are one long line.
static bool
has_mac_lines(const struct read_input *in)
{
	size_t look = in->raw_len < MAC_LINES_LOOK ? in->raw_len : MAC_LINES_LOOK;

	return in->raw != NULL && memchr(in->raw, '\n', look) == NULL &&
		memchr(in->raw, '\r', look) != NULL;
}

struct document *
read_message(const struct read_input *in)
{
	if (!has_mac_lines(in))
		return read_form(in);
	struct read_input with_lines = *in;
	struct buf raw = {0};
	buf_add(&raw, in->raw, in->raw_len);
	for (size_t i = 0; i < raw.len; i++)
		if (raw.data[i] == '\r')
			raw.data[i] = '\n';
	with_lines.raw = raw.data;
	struct document *d = read_form(&with_lines);
	buf_done(&raw);
	return d;
}
