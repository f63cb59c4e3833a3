// SPDX-License-Identifier: GPL-3.0-or-later
// The MIME tree as a value: made, numbered, searched, judged, and as a record.
#include "config.h"

#include "mail/part.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

// A tree from BODYSTRUCTURE is made elsewhere; whatever it is, no walk of ours
// goes deeper.
#define WALK_DEPTH_MAX (2 * PART_DEPTH_MAX)

struct part *
part_new(const char *type, const char *subtype)
{
	struct part *p = mem_new(struct part);

	p->section = str_dup("");
	p->type = str_dup(type);
	p->subtype = str_dup(subtype);
	p->encoding = str_dup("7bit");
	str_lower(p->type);
	str_lower(p->subtype);
	return p;
}

void
part_free(struct part **where)
{
	struct part *p = *where;

	*where = NULL;
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n_children; i++)
		part_free(&p->children[i]);
	free(p->children);
	if (p->envelope != NULL)
		envelope_done(p->envelope);
	free(p->envelope);
	free(p->section);
	free(p->type);
	free(p->subtype);
	free(p->charset);
	free(p->name);
	free(p->disposition);
	free(p->encoding);
	free(p->content_id);
	free(p->description);
	free(p->report_type);
	free(p);
}

void
part_add_child(struct part *parent, struct part *child)
{
	size_t n = parent->n_children;

	if ((n & (n - 1)) == 0) // a full power of two, or none yet
		parent->children = mem_grow(parent->children, n == 0 ? 1 : 2 * n,
			sizeof(struct part *));
	parent->children[parent->n_children++] = child;
}

bool
part_is(const struct part *p, const char *type, const char *subtype)
{
	return (type == NULL || str_equal(p->type, type)) &&
		(subtype == NULL || str_equal(p->subtype, subtype));
}

static bool
is_multipart(const struct part *p)
{
	return part_is(p, "multipart", NULL);
}

bool
part_is_message(const struct part *p)
{
	return part_is(p, "message", "rfc822") || part_is(p, "message", "global") ||
		part_is(p, "message", "news");
}

static void
name_message(struct part *p)
{
	const char *name = p->envelope != NULL && !str_empty(p->envelope->subject)
		? p->envelope->subject : p->description;

	p->name = str_printf("%s.eml", str_empty(name) ? "message" : name);
	// A subject is no path.
	for (char *s = strchr(p->name, '/'); s != NULL; s = strchr(s, '/'))
		*s = '-';
}

// section: of p itself; prefix: what its children put their number behind.
static void
number(struct part *p, const char *section, const char *prefix, int depth)
{
	str_set(&p->section, section);
	if (part_is_message(p) && str_empty(p->name)) {
		free(p->name);
		name_message(p);
	}
	for (size_t i = 0; i < p->n_children && depth < WALK_DEPTH_MAX; i++) {
		struct part *child = p->children[i];
		char *own = *prefix == '\0' ? str_printf("%zu", i + 1)
		                            : str_printf("%s.%zu", prefix, i + 1);
		// The multipart of a message has no number; TEXT names it, and
		// its parts are numbered as the message's own.
		if (!is_multipart(p) && is_multipart(child)) {
			char *text = str_printf("%s.TEXT", section);
			number(child, text, prefix, depth + 1);
			free(text);
		} else {
			number(child, own, own, depth + 1);
		}
		free(own);
	}
}

void
part_number(struct part *root)
{
	if (is_multipart(root))
		number(root, "", "", 0);
	else
		number(root, "1", "1", 0);
}

void
part_number_within(struct part *root, const char *section)
{
	char *own = str_printf(is_multipart(root) ? "%s.TEXT" : "%s.1", section);

	number(root, own, is_multipart(root) ? section : own, 0);
	free(own);
}

struct part *
part_find(struct part *root, const char *section)
{
	if (str_equal(root->section, section))
		return root;
	for (size_t i = 0; i < root->n_children; i++) {
		struct part *found = part_find(root->children[i], section);
		if (found != NULL)
			return found;
	}
	return NULL;
}

// What is shown as text, or, of a type shown as text, what is not. A row
// without a subtype is for all that are not named.
static const struct {
	const char *type;
	const char *subtype;
	bool shown;
} text_types[] = {
	{ "text", "calendar", false },
	{ "text", "css", false },
	{ "text", "vcard", false },
	{ "text", "x-vcard", false },
	{ "text", "directory", false },
	{ "text", "x-amp-html", false },
	{ "text", "rtf", false },
	{ "text", "javascript", false },
	{ "text", NULL, true },
	{ "message", "delivery-status", true },
	{ "message", "global-delivery-status", true },
	{ "message", "disposition-notification", true },
	{ "message", "feedback-report", true },
};

static bool
is_text(const struct part *p)
{
	for (size_t i = 0; i < sizeof(text_types) / sizeof(*text_types); i++)
		if (part_is(p, text_types[i].type, text_types[i].subtype))
			return text_types[i].shown;
	return false;
}

bool
part_is_calendar(const struct part *p)
{
	return part_is(p, "text", "calendar") || part_is(p, "application", "ics");
}

// Of the texts with a file name only these read well between others.
static bool
is_text_with_name(const struct part *p)
{
	static const char *const subtypes[] = {
		"plain", "html", "x-patch", "x-diff", "markdown",
	};

	for (size_t i = 0; i < sizeof(subtypes) / sizeof(*subtypes); i++)
		if (part_is(p, "text", subtypes[i]))
			return true;
	return false;
}

// Parts that belong to the machinery of a message and that nobody opens.
static bool
is_machinery(const struct part *p)
{
	static const char *const subtypes[] = {
		"pgp-signature", "pgp-encrypted", "pkcs7-signature",
		"x-pkcs7-signature",
	};

	for (size_t i = 0; i < sizeof(subtypes) / sizeof(*subtypes); i++)
		if (part_is(p, "application", subtypes[i]))
			return true;
	return false;
}

static bool
is_attached(const struct part *p)
{
	return str_equal(p->disposition, "attachment");
}

bool
part_is_attachment(const struct part *p)
{
	if (is_multipart(p))
		return p->n_children == 0;
	if (is_machinery(p))
		return false;
	if (is_attached(p) || part_is_message(p))
		return true;
	if (is_text(p))
		return p->name != NULL && !is_text_with_name(p);
	return p->n_children == 0;
}

// The messages of a digest or a report are its text; nobody attached them.
static bool
is_of_messages(const struct part *p)
{
	return part_is(p, "multipart", "digest") || part_is(p, "multipart", "report");
}

static bool
has_attachments(const struct part *p, bool related, int depth)
{
	bool logo = related && part_is(p, "image", NULL) && p->content_id != NULL &&
		!is_attached(p);
	bool invitation = part_is(p, "text", "calendar") && p->name == NULL;

	if (part_is_attachment(p) && !logo && !invitation)
		return true;
	related = related || part_is(p, "multipart", "related");
	for (size_t i = 0; i < p->n_children && depth < WALK_DEPTH_MAX; i++) {
		const struct part *child = p->children[i];
		if (is_of_messages(p) && part_is_message(child) && !is_attached(child))
			continue;
		if (has_attachments(child, related, depth + 1))
			return true;
	}
	return false;
}

bool
part_has_attachments(const struct part *root)
{
	return has_attachments(root, false, 0);
}

struct shown {
	bool prefer_html;
	bool calendar;          // one is among them; programs send it twice
	struct part **parts;
	size_t n, cap;
};

static void
add_shown(struct shown *s, struct part *p)
{
	if (s->n == s->cap) {
		s->cap = s->cap == 0 ? 4 : s->cap * 2;
		s->parts = mem_grow(s->parts, s->cap, sizeof(*s->parts));
	}
	s->parts[s->n++] = p;
}

// How well p serves as an alternative: 0 not at all, 1 somehow, 2 well.
static int
rank(const struct part *p, bool prefer_html, int depth)
{
	int best = 0;

	if (depth >= WALK_DEPTH_MAX || is_attached(p))
		return 0;
	if (p->n_children == 0) {
		if (part_is_attachment(p))
			return 0;
		if (!is_text(p))
			return 0;
		bool html = part_is(p, "text", "html");
		// Some senders put an empty text beside the real one.
		if (!html && p->size <= 2)
			return 0;
		return html == prefer_html ? 2 : 1;
	}
	for (size_t i = 0; i < p->n_children; i++) {
		int r = rank(p->children[i], prefer_html, depth + 1);
		if (r > best)
			best = r;
	}
	return best;
}

static void walk_shown(struct shown *s, struct part *p, int depth);

// RFC 2046 section 5.1.4: the later the richer. A calendar says what no other
// alternative does.
static void
walk_alternative(struct shown *s, struct part *p, int depth)
{
	struct part *best = NULL;
	int best_rank = 0;

	for (size_t i = 0; i < p->n_children; i++) {
		int r = rank(p->children[i], s->prefer_html, depth);
		if (r > 0 && r >= best_rank) {
			best = p->children[i];
			best_rank = r;
		}
	}
	for (size_t i = 0; i < p->n_children; i++)
		if (p->children[i] == best || part_is_calendar(p->children[i]))
			walk_shown(s, p->children[i], depth + 1);
}

static void
walk_shown(struct shown *s, struct part *p, int depth)
{
	size_t n = p->n_children, before = s->n;

	if (depth >= WALK_DEPTH_MAX || part_is(p, "multipart", "encrypted"))
		return;
	if (part_is_calendar(p) && n == 0) {
		if (!s->calendar)
			add_shown(s, p);
		s->calendar = true;
		return;
	}
	if (is_attached(p) && !is_multipart(p)) {
		// A message that is one attached text is that text.
		if (depth == 0 && n == 0 && part_is(p, "text", NULL) && is_text(p))
			add_shown(s, p);
		return;
	}
	if (part_is(p, "multipart", "alternative")) {
		walk_alternative(s, p, depth);
		return;
	}
	// Of what is signed, only what the signature covers; of what is related,
	// what the rest belongs to.
	bool first_only = part_is(p, "multipart", "signed") ||
		part_is(p, "multipart", "related");
	for (size_t i = 0; i < n; i++) {
		walk_shown(s, p->children[i], depth + 1);
		if (first_only && s->n > before)
			break;
	}
	if (n == 0 && is_text(p) && !part_is_attachment(p))
		add_shown(s, p);
}

void
part_shown(struct part *root, bool prefer_html, struct part ***parts_r,
	size_t *n_r)
{
	struct shown s = { .prefer_html = prefer_html };

	walk_shown(&s, root, 0);
	*parts_r = s.parts;
	*n_r = s.n;
}

static void
pack(struct buf *out, const struct part *p, int depth)
{
	const char *texts[] = {
		p->section, p->type, p->subtype, p->charset, p->name,
		p->disposition, p->encoding, p->content_id, p->description,
		p->report_type,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		buf_pack_str(out, texts[i]);
	buf_u8(out, (uint8_t)(p->flowed | p->delsp << 1 | (p->envelope != NULL) << 2));
	buf_u64(out, p->size);
	buf_u64(out, p->lines);
	buf_u64(out, p->left_out);
	buf_u64(out, p->body_start);
	buf_u64(out, p->body_len);
	if (p->envelope != NULL)
		envelope_pack(out, p->envelope);
	size_t n = depth < WALK_DEPTH_MAX ? p->n_children : 0;
	buf_u32(out, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		pack(out, p->children[i], depth + 1);
}

void
part_pack(struct buf *out, const struct part *root)
{
	pack(out, root, 0);
}

static char *
unpack_text(struct reader *in)
{
	char *s = read_str(in);

	if (*s != '\0')
		return s;
	free(s);
	return NULL;
}

static struct part *
unpack(struct reader *in, size_t *room, int depth)
{
	struct part *p = mem_new(struct part);

	p->section = read_str(in);
	p->type = read_str(in);
	p->subtype = read_str(in);
	p->charset = unpack_text(in);
	p->name = unpack_text(in);
	p->disposition = unpack_text(in);
	p->encoding = read_str(in);
	p->content_id = unpack_text(in);
	p->description = unpack_text(in);
	p->report_type = unpack_text(in);
	uint8_t bits = read_u8(in);
	p->flowed = (bits & 1) != 0;
	p->delsp = (bits & 2) != 0;
	p->size = read_u64(in);
	p->lines = read_u64(in);
	p->left_out = read_u64(in);
	p->body_start = read_u64(in);
	p->body_len = read_u64(in);
	if ((bits & 4) != 0) {
		p->envelope = mem_new(struct envelope);
		envelope_unpack(p->envelope, in);
	}
	uint32_t n = read_u32(in);
	if (n > *room || (n > 0 && depth == WALK_DEPTH_MAX))
		in->bad = true;
	else
		*room -= n;
	for (uint32_t i = 0; i < n && !in->bad; i++)
		part_add_child(p, unpack(in, room, depth + 1));
	return p;
}

struct part *
part_unpack(struct reader *in)
{
	size_t room = 2 * PART_COUNT_MAX;
	struct part *p = unpack(in, &room, 0);

	if (in->bad)
		part_free(&p);
	return p;
}
