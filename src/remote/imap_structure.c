// SPDX-License-Identifier: GPL-3.0-or-later
// A BODYSTRUCTURE as the part tree that a raw message would give. Each part's
// fields are written out as a header block again and read by the code that reads
// headers, so that names and charsets come out the same on both ways.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "mail/header.h"
#include "mail/part.h"
#include "remote/foreign.h"
#include "remote/imap_grammar.h"
#include "remote/imap_parse.h"

struct building {
	size_t count;        // parts made
	uint64_t left_out;
};

static struct part *body_part(struct building *b, const struct mailimap_body *body,
	int depth);

// --- a header block from the server's strings ---------------------------------------

// No byte of a value may end its line or its field.
static void
add_plain(struct buf *out, const char *text)
{
	for (; text && *text; text++)
		buf_char(out, (unsigned char)*text < ' ' ? ' ' : *text);
}

static void
add_field(struct buf *out, const char *name, const char *value)
{
	if (str_empty(value))
		return;
	buf_printf(out, "%s: ", name);
	add_plain(out, value);
	buf_str(out, "\r\n");
}

static bool
is_token(const char *text)
{
	for (const char *at = text; *at; at++) {
		if ((unsigned char)*at <= ' ' || *at == 0x7f || strchr("()<>@,;:\\\"/[]?=", *at))
			return false;
	}
	return *text;
}

static void
add_parameters(struct buf *out, const struct mailimap_body_fld_param *parameters)
{
	clistiter *i = parameters ? clist_begin(parameters->pa_list) : NULL;
	for (; i; i = clist_next(i)) {
		struct mailimap_single_body_fld_param *p = clist_content(i);
		if (!is_token(p->pa_name))
			continue;
		buf_printf(out, "; %s=", p->pa_name);
		if (is_token(p->pa_value)) {
			buf_str(out, p->pa_value);
			continue;
		}
		buf_char(out, '"');
		for (const char *at = p->pa_value; *at; at++) {
			if (*at == '"' || *at == '\\')
				buf_char(out, '\\');
			buf_char(out, (unsigned char)*at < ' ' ? ' ' : *at);
		}
		buf_char(out, '"');
	}
}

static const char *
parameter(const struct mailimap_body_fld_param *parameters, const char *name)
{
	clistiter *i = parameters ? clist_begin(parameters->pa_list) : NULL;
	for (; i; i = clist_next(i)) {
		struct mailimap_single_body_fld_param *p = clist_content(i);
		if (str_equal_nocase(p->pa_name, name))
			return p->pa_value;
	}
	return NULL;
}

static const char *
encoding_of(const struct mailimap_body_fld_enc *encoding)
{
	static const char *const names[] = {
		[MAILIMAP_BODY_FLD_ENC_7BIT] = "7bit",
		[MAILIMAP_BODY_FLD_ENC_8BIT] = "8bit",
		[MAILIMAP_BODY_FLD_ENC_BINARY] = "binary",
		[MAILIMAP_BODY_FLD_ENC_BASE64] = "base64",
		[MAILIMAP_BODY_FLD_ENC_QUOTED_PRINTABLE] = "quoted-printable",
	};
	if (!encoding)
		return "7bit";
	if (encoding->enc_type == MAILIMAP_BODY_FLD_ENC_OTHER)
		return encoding->enc_value;
	return encoding->enc_type >= 0 && encoding->enc_type <=
		MAILIMAP_BODY_FLD_ENC_QUOTED_PRINTABLE ? names[encoding->enc_type] : NULL;
}

static void
add_disposition(struct buf *out, const struct mailimap_body_fld_dsp *d)
{
	if (!d || !is_token(d->dsp_type))
		return;
	buf_printf(out, "Content-Disposition: %s", d->dsp_type);
	add_parameters(out, d->dsp_attributes);
	buf_str(out, "\r\n");
}

// --- leaves ----------------------------------------------------------------------------

static struct part *
leaf(const char *type, const char *subtype, const struct mailimap_body_fields *fields,
	const struct mailimap_body_fld_dsp *disposition)
{
	// Types whose bodies would be walked are read as one that is not, and
	// named after.
	bool text = str_equal_nocase(type, "text");
	struct buf head = { 0 };
	buf_printf(&head, "Content-Type: %s", text && is_token(subtype) ? "text/" :
		"application/octet-stream");
	if (text && is_token(subtype))
		buf_str(&head, subtype);
	add_parameters(&head, fields->bd_parameter);
	buf_str(&head, "\r\n");
	add_disposition(&head, disposition);
	add_field(&head, "Content-Transfer-Encoding", encoding_of(fields->bd_encoding));
	add_field(&head, "Content-ID", fields->bd_id);
	add_field(&head, "Content-Description", fields->bd_description);
	buf_str(&head, "\r\n");
	struct part *p = part_parse(head.data, head.len);
	buf_done(&head);
	str_set(&p->type, type);
	str_set(&p->subtype, subtype);
	str_lower(p->type);
	str_lower(p->subtype);
	p->size = fields->bd_size;
	p->body_start = p->body_len = 0;
	p->lines = 0;
	return p;
}

static struct part *
basic(const struct mailimap_body_type_basic *b, const struct mailimap_body_fld_dsp *d)
{
	static const char *const names[] = {
		[MAILIMAP_MEDIA_BASIC_APPLICATION] = "application",
		[MAILIMAP_MEDIA_BASIC_AUDIO] = "audio",
		[MAILIMAP_MEDIA_BASIC_IMAGE] = "image",
		[MAILIMAP_MEDIA_BASIC_MESSAGE] = "message",
		[MAILIMAP_MEDIA_BASIC_VIDEO] = "video",
	};
	const struct mailimap_media_basic *media = b->bd_media_basic;
	const char *type = media->med_type >= MAILIMAP_MEDIA_BASIC_APPLICATION &&
		media->med_type <= MAILIMAP_MEDIA_BASIC_VIDEO ? names[media->med_type] :
		media->med_basic_type;
	// Some servers call an odd multipart a simple part; it has no children here.
	if (str_empty(type) || str_equal_nocase(type, "multipart"))
		type = "application";
	return leaf(type, str_or_empty(media->med_subtype), b->bd_fields, d);
}

// --- message/rfc822 -----------------------------------------------------------------------

static void
add_addresses(struct buf *out, const char *name, const clist *list)
{
	clistiter *i = list ? clist_begin(list) : NULL;
	if (!i)
		return;
	buf_printf(out, "%s: ", name);
	for (bool first = true; i; i = clist_next(i)) {
		const struct mailimap_address *a = clist_content(i);
		if (str_empty(a->ad_host_name) || str_empty(a->ad_mailbox_name))
			continue; // the begin or end of a group
		if (!first)
			buf_str(out, ",\r\n ");
		first = false;
		const char *personal = str_or_empty(a->ad_personal_name);
		bool encoded = strstr(personal, "=?") != NULL;
		if (!encoded)
			buf_char(out, '"');
		for (; *personal; personal++) {
			if (!encoded && (*personal == '"' || *personal == '\\'))
				buf_char(out, '\\');
			buf_char(out, (unsigned char)*personal < ' ' ? ' ' : *personal);
		}
		buf_str(out, encoded ? " <" : "\" <");
		add_plain(out, a->ad_mailbox_name);
		buf_char(out, '@');
		add_plain(out, a->ad_host_name);
		buf_char(out, '>');
	}
	buf_str(out, "\r\n");
}

static struct envelope *
envelope_of(const struct mailimap_envelope *e)
{
	struct buf head = { 0 };
	add_field(&head, "Date", e->env_date);
	add_field(&head, "Subject", e->env_subject);
	add_addresses(&head, "From", e->env_from ? e->env_from->frm_list : NULL);
	add_addresses(&head, "Sender", e->env_sender ? e->env_sender->snd_list : NULL);
	add_addresses(&head, "Reply-To", e->env_reply_to ? e->env_reply_to->rt_list : NULL);
	add_addresses(&head, "To", e->env_to ? e->env_to->to_list : NULL);
	add_addresses(&head, "Cc", e->env_cc ? e->env_cc->cc_list : NULL);
	add_addresses(&head, "Bcc", e->env_bcc ? e->env_bcc->bcc_list : NULL);
	add_field(&head, "In-Reply-To", e->env_in_reply_to);
	add_field(&head, "Message-ID", e->env_message_id);
	struct envelope *envelope = mem_new(struct envelope);
	envelope_parse(envelope, buf_text(&head), head.len);
	buf_done(&head);
	return envelope;
}

static struct part *
message(struct building *b, const struct mailimap_body_type_msg *m,
	const struct mailimap_body_fld_dsp *d, int depth)
{
	struct part *p = leaf("message", "rfc822", m->bd_fields, d);
	p->lines = m->bd_lines;
	p->envelope = envelope_of(m->bd_envelope);
	struct part *child = body_part(b, m->bd_body, depth + 1);
	if (child)
		part_add_child(p, child);
	return p;
}

// --- the tree --------------------------------------------------------------------------------

static struct part *
single(struct building *b, const struct mailimap_body_type_1part *one, int depth)
{
	const struct mailimap_body_fld_dsp *d = one->bd_ext_1part ?
		one->bd_ext_1part->bd_disposition : NULL;
	struct part *p;
	switch (one->bd_type) {
	case MAILIMAP_BODY_TYPE_1PART_TEXT:
		p = leaf("text", one->bd_data.bd_type_text->bd_media_text,
			one->bd_data.bd_type_text->bd_fields, d);
		p->lines = one->bd_data.bd_type_text->bd_lines;
		return p;
	case MAILIMAP_BODY_TYPE_1PART_MSG:
		return message(b, one->bd_data.bd_type_msg, d, depth);
	case MAILIMAP_BODY_TYPE_1PART_BASIC:
		return basic(one->bd_data.bd_type_basic, d);
	default:
		return NULL;
	}
}

static struct part *
multi(struct building *b, const struct mailimap_body_type_mpart *many, int depth)
{
	struct part *p = part_new("multipart", str_or_empty(many->bd_media_subtype));
	const struct mailimap_body_ext_mpart *ext = many->bd_ext_mpart;
	if (ext && str_equal(p->subtype, "report"))
		str_set(&p->report_type, parameter(ext->bd_parameter, "report-type"));
	if (p->report_type)
		str_lower(p->report_type);
	for (clistiter *i = clist_begin(many->bd_list); i; i = clist_next(i)) {
		struct part *child = body_part(b, clist_content(i), depth + 1);
		if (child)
			part_add_child(p, child);
	}
	return p;
}

static struct part *
body_part(struct building *b, const struct mailimap_body *body, int depth)
{
	if (depth > PART_DEPTH_MAX || b->count >= PART_COUNT_MAX) {
		b->left_out++;
		return NULL;
	}
	b->count++;
	if (body->bd_type == MAILIMAP_BODY_MPART)
		return multi(b, body->bd_data.bd_body_mpart, depth);
	return single(b, body->bd_data.bd_body_1part, depth);
}

struct part *
parse_structure(struct slice text)
{
	struct grammar *g = grammar_structure(text);
	if (!g)
		return NULL;
	struct building b = { 0 };
	struct part *root = body_part(&b, grammar_body(g), 0);
	grammar_free(&g);
	if (!root)
		return NULL;
	root->left_out = b.left_out;
	part_number(root);
	return root;
}
