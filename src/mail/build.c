// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes that are sent. Bodies are encoded here, so that every server lets
// them pass unchanged; GMime encodes and folds the headers and puts the parts
// together.
#include "config.h"

#include "mail/build.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "mail/build_encode.h"
#include "mail/draft.h"
#include "mail/flowed.h"
#include "mail/gmime.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 200   // of an attachment's name
#define WORD_MAX 60          // a longer one cannot be folded in a header
#define ID_MAX 250           // of a Message-ID; a longer one is not repeated

static bool
id_is_sane(const char *id)
{
	size_t len = strlen(id);

	for (size_t i = 0; i < len; i++)
		if (id[i] <= ' ' || id[i] > '~' || strchr("<>()[]\\,;:\"", id[i]) != NULL)
			return false;
	return len > 0 && len <= ID_MAX;
}

static void
set_header(GMimeObject *o, const char *name, const struct buf *value)
{
	if (value->len > 0)
		g_mime_object_set_header(o, name, value->data, NULL);
}

// A name or subject without a place to fold, or that looks encoded, is encoded
// by hand; all else GMime does where it must.
static bool
needs_encoding(const char *text)
{
	for (const char *s = text; *s != '\0';) {
		size_t len = strcspn(s, " ");
		if (len > WORD_MAX)
			return true;
		s += len + (s[len] == ' ');
	}
	return strstr(text, "=?") != NULL;
}

static char *
safe_line(const char *s)
{
	struct buf safe = {0};

	utf8_filter_line(&safe, str_or_empty(s), strlen(str_or_empty(s)));
	char *text = buf_take(&safe), *start = str_trim(text);
	if (start != text)
		memmove(text, start, strlen(start) + 1);
	return text;
}

static void
add_addresses(GMimeMessage *m, GMimeAddressType type,
	const struct address_list *list)
{
	InternetAddressList *to = g_mime_message_get_addresses(m, type);

	for (size_t i = 0; i < list->len; i++) {
		char *name = safe_line(list->items[i].name);
		if (needs_encoding(name)) {
			struct buf words = {0};
			build_encode_words(&words, name);
			free(name);
			name = buf_take(&words);
		}
		InternetAddress *a = *list->items[i].mail == '\0'
			? internet_address_group_new(name)
			: internet_address_mailbox_new(*name == '\0' ? NULL : name,
				list->items[i].mail);
		internet_address_list_add(to, a);
		g_object_unref(a);
		free(name);
	}
}

static bool
check_addresses(const struct address_list *list, struct error *err)
{
	for (size_t i = 0; i < list->len; i++)
		if (*list->items[i].mail != '\0' && !address_valid(list->items[i].mail))
			return error_set(err, ERROR_INPUT, "\"%.100s\" is no mail address",
				list->items[i].mail);
	return true;
}

static void
set_subject(GMimeMessage *m, const char *subject)
{
	char *text = safe_line(subject);
	struct buf words = {0};

	if (needs_encoding(text)) {
		build_encode_words(&words, text);
		set_header(GMIME_OBJECT(m), "Subject", &words);
	} else {
		g_mime_message_set_subject(m, text, "utf-8");
	}
	buf_done(&words);
	free(text);
}

static void
set_references(GMimeMessage *m, const struct draft *d)
{
	struct buf ids = {0};

	if (d->in_reply_to != NULL && id_is_sane(d->in_reply_to))
		buf_printf(&ids, "<%s>", d->in_reply_to);
	set_header(GMIME_OBJECT(m), "In-Reply-To", &ids);
	buf_clear(&ids);
	for (size_t i = 0; i < d->references.len; i++)
		if (id_is_sane(d->references.items[i]))
			buf_printf(&ids, "%s<%s>", ids.len > 0 ? " " : "",
				d->references.items[i]);
	set_header(GMIME_OBJECT(m), "References", &ids);
	buf_done(&ids);
}

static void
set_date(GMimeMessage *m, int64_t when, int offset)
{
	GTimeZone *zone = g_time_zone_new_offset(offset * 60);
	GDateTime *utc = g_date_time_new_from_unix_utc(when);
	GDateTime *local = utc == NULL ? NULL : g_date_time_to_timezone(utc, zone);

	if (local != NULL) {
		g_mime_message_set_date(m, local);
		g_date_time_unref(local);
	}
	if (utc != NULL)
		g_date_time_unref(utc);
	g_time_zone_unref(zone);
}

// A part with a body that is encoded already, with \n.
static GMimePart *
make_part(const char *type, enum build_encoding encoding, const struct buf *body)
{
	static const GMimeContentEncoding encodings[] = {
		[BUILD_7BIT] = GMIME_CONTENT_ENCODING_7BIT,
		[BUILD_8BIT] = GMIME_CONTENT_ENCODING_8BIT,
		[BUILD_QUOTED] = GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE,
		[BUILD_BASE64] = GMIME_CONTENT_ENCODING_BASE64,
	};
	char *main_type = str_ndup(type, strcspn(type, "/"));
	GMimePart *part = g_mime_part_new_with_type(main_type,
		type + strlen(main_type) + 1);
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(buf_text(body),
		body->len);
	GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(stream,
		encodings[encoding]);

	g_mime_part_set_content(part, content);
	g_mime_part_set_content_encoding(part, encodings[encoding]);
	g_object_unref(content);
	g_object_unref(stream);
	free(main_type);
	return part;
}

static GMimePart *
make_text(const char *body, enum build_flowed how)
{
	struct buf encoded = {0}, lines = {0};
	bool ascii, flowed = how == BUILD_FLOWED_ALL ||
		(how == BUILD_FLOWED_LONG && flowed_helps(body));

	if (flowed)
		flowed_write(&lines, body, how == BUILD_FLOWED_ALL);
	enum build_encoding encoding = build_encode_text(&encoded,
		flowed ? buf_text(&lines) : body, &ascii);
	GMimePart *part = make_part("text/plain", encoding, &encoded);

	g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset",
		ascii ? "us-ascii" : "utf-8");
	if (flowed)
		g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "format",
			"flowed");
	buf_done(&lines);
	buf_done(&encoded);
	return part;
}

static bool
type_is_sane(const char *type)
{
	static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789!#$&-^_.+";
	size_t main_len = type == NULL ? 0 : strspn(type, token);

	if (main_len == 0 || type[main_len] != '/' || strlen(type) > 100)
		return false;
	size_t sub_len = strspn(type + main_len + 1, token);
	return sub_len > 0 && type[main_len + 1 + sub_len] == '\0' &&
		!str_has_prefix_nocase(type, "multipart/");
}

static GMimePart *
make_attachment(const struct build_attachment *a)
{
	const char *type = type_is_sane(a->type) ? a->type
		: build_guess_type(a->name, a->data, a->len);
	struct buf encoded = {0};
	enum build_encoding encoding = BUILD_BASE64;
	char *name = safe_line(a->name);

	// RFC 2046 section 5.2.1: a message is never encoded; one that cannot
	// travel as it is goes as a file.
	if (str_has_prefix_nocase(type, "message/")) {
		encoding = build_plain_encoding(a->data, a->len);
		if (encoding == BUILD_BASE64)
			type = "application/octet-stream";
	}
	if (encoding == BUILD_BASE64)
		build_encode_base64(&encoded, a->data, a->len);
	else
		build_encode_plain(&encoded, a->data, a->len);
	GMimePart *part = make_part(type, encoding, &encoded);
	if (str_has_prefix_nocase(type, "text/") && utf8_valid(a->data, a->len))
		g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset",
			"utf-8");
	g_mime_object_set_disposition(GMIME_OBJECT(part), "attachment");
	if (strlen(name) > NAME_MAX_BYTES)
		name[utf8_fit(name, NAME_MAX_BYTES / 4, NULL)] = '\0';
	if (*name != '\0')
		g_mime_part_set_filename(part, name);
	buf_done(&encoded);
	free(name);
	return part;
}

// A delimiter that no line of the parts has: encoded ones cannot hold "=_".
static void
set_boundary(GMimeMultipart *multipart, const struct draft *d,
	const struct build_options *o)
{
	uint64_t hash = str_hash(str_or_empty(o->message_id),
		strlen(str_or_empty(o->message_id)));
	char *boundary = NULL;
	bool found;

	do {
		free(boundary);
		boundary = str_printf("=_%016llx", (unsigned long long)hash++);
		found = d->body != NULL && strstr(d->body, boundary) != NULL;
		for (size_t i = 0; i < o->n_attachments && !found; i++)
			found = memmem(o->attachments[i].data, o->attachments[i].len,
				boundary, strlen(boundary)) != NULL;
	} while (found);
	g_mime_multipart_set_boundary(multipart, boundary);
	free(boundary);
}

static GMimeObject *
make_body(const struct draft *d, const struct build_options *o)
{
	GMimePart *text = make_text(str_or_empty(d->body), o->flowed);

	if (o->n_attachments == 0)
		return GMIME_OBJECT(text);
	GMimeMultipart *mixed = g_mime_multipart_new_with_subtype("mixed");
	set_boundary(mixed, d, o);
	g_mime_multipart_add(mixed, GMIME_OBJECT(text));
	g_object_unref(text);
	for (size_t i = 0; i < o->n_attachments; i++) {
		GMimePart *part = make_attachment(&o->attachments[i]);
		g_mime_multipart_add(mixed, GMIME_OBJECT(part));
		g_object_unref(part);
	}
	return GMIME_OBJECT(mixed);
}

static void
write_message(struct buf *out, GMimeMessage *m)
{
	GMimeFormatOptions *format = g_mime_format_options_new();
	GMimeStream *stream = g_mime_stream_mem_new();

	g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
	g_mime_object_write_to_stream(GMIME_OBJECT(m), format, stream);
	GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	buf_add(out, bytes->data, bytes->len);
	g_object_unref(stream);
	g_mime_format_options_free(format);
}

bool
build_message(struct buf *out, const struct draft *d,
	const struct build_options *o, struct error *err)
{
	struct address_list nobody = {0};

	if (!check_addresses(&d->from, err) || !check_addresses(&d->reply_to, err) ||
	    !check_addresses(&d->to, err) || !check_addresses(&d->cc, err))
		return false;
	if (d->from.len != 1 || *d->from.items[0].mail == '\0')
		return error_set(err, ERROR_INPUT, "From: one address is needed");
	if (o->message_id != NULL && !id_is_sane(o->message_id))
		return error_set(err, ERROR_INPUT, "this is no Message-ID");
	gmime_ready();
	GMimeMessage *m = g_mime_message_new(TRUE);
	add_addresses(m, GMIME_ADDRESS_TYPE_FROM, &d->from);
	add_addresses(m, GMIME_ADDRESS_TYPE_TO, &d->to);
	if (d->to.len == 0 && d->cc.len == 0) {
		address_list_add(&nobody, "undisclosed-recipients", "");
		add_addresses(m, GMIME_ADDRESS_TYPE_TO, &nobody);
		address_list_done(&nobody);
	}
	add_addresses(m, GMIME_ADDRESS_TYPE_CC, &d->cc);
	add_addresses(m, GMIME_ADDRESS_TYPE_REPLY_TO, &d->reply_to);
	set_subject(m, d->subject);
	set_date(m, o->date, o->date_offset);
	if (o->message_id != NULL)
		g_mime_message_set_message_id(m, o->message_id);
	set_references(m, d);
	GMimeObject *body = make_body(d, o);
	g_mime_message_set_mime_part(m, body);
	g_object_unref(body);
	write_message(out, m);
	g_object_unref(m);
	return true;
}

char *
build_message_id(const unsigned char random[16], const char *from)
{
	const char *sign = strrchr(from, '@'), *domain = sign == NULL ? "" : sign + 1;
	struct buf id = {0};

	for (int i = 0; i < 16; i++)
		buf_printf(&id, "%02x", random[i]);
	buf_printf(&id, "@%s", id_is_sane(domain) ? domain : "localhost");
	return buf_take(&id);
}

void
build_recipients(struct address_list *list, const struct draft *d)
{
	const struct address_list *all[] = { &d->to, &d->cc, &d->bcc };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		for (size_t k = 0; k < all[i]->len; k++) {
			const struct address *a = &all[i]->items[k];
			if (*a->mail != '\0' && !address_list_has(list, a->mail))
				address_list_add(list, a->name, a->mail);
		}
}
