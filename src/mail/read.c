// SPDX-License-Identifier: GPL-3.0-or-later
// Reading a message from end to end: header, tree, the texts that are shown,
// the list of what is attached, and what was left out.
#include "config.h"

#include "mail/read.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "base/when.h"
#include "mail/calendar.h"
#include "mail/document.h"
#include "mail/enclosed.h"
#include "mail/enriched.h"
#include "mail/html.h"
#include "mail/report.h"
#include "mail/text.h"

#include <stdlib.h>
#include <string.h>

#define WALK_DEPTH_MAX (2 * PART_DEPTH_MAX)
#define REPORT_SIZE_MAX (256 * 1024)
#define MAC_LINES_LOOK (64 * 1024)
#define READ_WITHIN_MAX (128 * 1024 * 1024) // of an attached message

struct reading {
	const struct read_input *in;
	struct document *d;
	struct part **shown;
	size_t n_shown, next;    // the next one to be shown
	struct array headed;     // const struct part *: messages shown, in order
	size_t next_headed;      // the next one to be passed over by the list
	bool full;               // said once
	bool begun;              // something stands above already
	bool said;               // a text that is more than empty lines
};

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

static const char *
body_of(const struct reading *r, const struct part *p, size_t *len_r)
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

static void
add_size(struct buf *out, uint64_t bytes)
{
	if (bytes < 1000)
		buf_printf(out, "%d byte%s", (int)bytes, bytes == 1 ? "" : "s");
	else if (bytes < 1000 * 1000)
		buf_printf(out, "%d kB", (int)(bytes / 1000));
	else
		buf_printf(out, "%.1f MB", (double)bytes / 1e6);
}

// "photo.png (image/png, 34 kB)"
static void
add_title(struct document *d, const struct part *p)
{
	struct buf text = {0};
	const char *name = p->name != NULL ? p->name : p->description;
	// Base64 with its line ends: 57 bytes in 78.
	uint64_t size = str_equal(p->encoding, "base64") ? p->size / 78 * 57 +
		p->size % 78 * 57 / 78 : p->size;

	if (name != NULL)
		buf_printf(&text, "%s (%s/%s, ", name, p->type, p->subtype);
	else
		buf_printf(&text, "%s/%s (", p->type, p->subtype);
	add_size(&text, size);
	buf_char(&text, ')');
	struct block *b = document_add_block(d, BLOCK_PART);
	b->part = str_dup(p->section);
	document_add_text(d, buf_text(&text), text.len);
	buf_done(&text);
}

static void
add_gap(struct document *d)
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
			strncasecmp(text, begin[i], strlen(begin[i])) == 0);
	return part_is(p, "text", "plain") && begins && len > sizeof(end) &&
		strncasecmp(text + len - strlen(end), end, strlen(end)) == 0;
}

static void
show_text(struct reading *r, struct part *p)
{
	struct document *d = r->d;
	struct buf decoded = {0}, utf8 = {0};
	size_t len;
	const char *body = body_of(r, p, &len);

	// A calendar is listed among what is attached.
	if (p->name != NULL && !part_is_calendar(p))
		add_title(d, p);
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

	add_title(d, p);
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

static void
show_parts(struct reading *r, struct part *p, int depth)
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
			add_gap(d);
		show_text(r, p);
		return;
	}
	if (p->envelope != NULL && contains(p, r->shown[r->next], depth)) {
		add_gap(d);
		add_message_head(d, p);
		*(const struct part **)array_push(&r->headed) = p;
	}
	for (size_t i = 0; i < p->n_children; i++)
		show_parts(r, p->children[i], depth + 1);
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
static void
show_reports_first(struct reading *r)
{
	size_t before = r->d->blocks.len;

	for (size_t i = 0; i < r->n_shown; i++) {
		struct buf text = {0};
		size_t len;
		const char *body = part_is_report(r->shown[i])
			? body_of(r, r->shown[i], &len) : NULL;
		if (body != NULL && part_decode(r->shown[i], body, len, REPORT_SIZE_MAX,
		    &text))
			report_to_document(r->d, r->shown[i], buf_text(&text), text.len);
		buf_done(&text);
	}
	r->begun = r->d->blocks.len > before;
}

// What a person is invited to stands above the many words about it.
static void
show_calendar_first(struct reading *r)
{
	struct part *calendar = find_calendar(r->d->root, 0);

	for (size_t i = 0; i < r->n_shown && r->n_shown > 1; i++) {
		if (r->shown[i] != calendar)
			continue;
		show_text(r, calendar);
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

static void
list_attachments(struct reading *r, const struct part *p, size_t *n, int depth)
{
	if (depth >= WALK_DEPTH_MAX || r->d->blocks.len >= DOCUMENT_BLOCKS_MAX)
		return;
	if (part_is_attachment(p) && !is_headed(r, p)) {
		if ((*n)++ == 0)
			add_gap(r->d);
		add_title(r->d, p);
		// What is attached to a message whose text is shown is at hand too.
		if (!part_is_message(p) || str_equal(p->disposition, "attachment"))
			return;
	}
	for (size_t i = 0; i < p->n_children; i++)
		list_attachments(r, p->children[i], n, depth + 1);
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

static bool
says_nothing(const struct document *d)
{
	for (size_t i = 0; i < d->blocks.len; i++)
		if (((struct block *)array_at(&d->blocks, i))->len > 0)
			return false;
	return true;
}

// Parts that a reader takes for a fault of the program's.
static const struct {
	const char *subtype;   // of application/...
	const char *name;
	const char *note;
} formats[] = {
	{ "ms-tnef", "winmail.dat", "not shown: winmail.dat, in which Outlook put what "
		"belongs to this message (TNEF)" },
	{ "vnd.ms-tnef", "", "not shown: a part in which Outlook put what belongs to "
		"this message (TNEF)" },
	{ "pkcs7-mime", "smime.p7m", "not shown: what is encrypted or signed by S/MIME" },
	{ "x-pkcs7-mime", "", "not shown: what is encrypted or signed by S/MIME" },
};

// Of the first such part.
static bool
add_format_note(struct document *d, const struct part *p, int depth)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (part_is(p, "application", formats[i].subtype) || (p->name != NULL &&
		    str_equal_nocase(p->name, formats[i].name))) {
			document_note(d, "%s", formats[i].note);
			return true;
		}
	for (size_t i = 0; i < p->n_children && depth < WALK_DEPTH_MAX; i++)
		if (add_format_note(d, p->children[i], depth + 1))
			return true;
	return false;
}

// A piece of a message, or none of it (RFC 2046 sections 5.2.2 and 5.2.3).
static void
add_piece_note(struct document *d, const struct part *p, int depth)
{
	if (part_is(p, "message", "partial"))
		document_note(d, "not put together: this is one piece of a message that "
			"was sent in several");
	else if (part_is(p, "message", "external-body"))
		document_note(d, "not here: what part %s means lies elsewhere, and nothing "
			"was fetched", p->section);
	for (size_t i = 0; i < p->n_children && depth < WALK_DEPTH_MAX &&
	     d->blocks.len < DOCUMENT_BLOCKS_MAX; i++)
		add_piece_note(d, p->children[i], depth + 1);
}

static void
add_last_notes(struct document *d)
{
	if (d->root->left_out > 0)
		document_note(d, "not shown: %llu more parts",
			(unsigned long long)d->root->left_out);
	add_format_note(d, d->root, 0);
	add_piece_note(d, d->root, 0);
	if (part_is(d->root, "multipart", "encrypted"))
		document_note(d, "not shown: this message is encrypted");
	else if (says_nothing(d))
		document_note(d, "this message has no text");
}

// A page whose bytes are here, in an alternative of the same message.
static bool
has_page(const struct reading *r, const struct part *p, bool choice, int depth)
{
	size_t len;

	if (part_is(p, "text", "html"))
		return choice && body_of(r, p, &len) != NULL;
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
	show_reports_first(&r);
	show_calendar_first(&r);
	show_parts(&r, d->root, 0);
	free(r.shown);
	// Programs put empty lines where the page's text should be.
	if (!r.said && !in->prefer_html && has_page(&r, d->root, false, 0)) {
		struct read_input page = *in;
		page.prefer_html = true;
		array_done(&r.headed);
		document_free(&d);
		return read_whole(&page);
	}
	list_attachments(&r, d->root, &n_attached, 0);
	add_last_notes(d);
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
	const char *body = p == NULL ? NULL : body_of(&outer, p, &len);

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
