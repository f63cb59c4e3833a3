// SPDX-License-Identifier: GPL-3.0-or-later
// What is left out of a message, said at its end.
#include "config.h"

#include "mail/read_private.h"

#include <string.h>

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

void
reading_add_notes(struct document *d)
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
