// SPDX-License-Identifier: GPL-3.0-or-later
// Header blocks scanned by hand, because an index reads a hundred thousand of
// them a second; GMime decodes the single values that are not plain.
#include "config.h"

#include "mail/header.h"

#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/date.h"
#include "mail/gmime.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGE_ID_MAX 998 // a line of RFC 5322

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// The length of the line at s with its line end.
static size_t
line_len(const char *s, size_t len)
{
	const char *end = memchr(s, '\n', len);

	return end == NULL ? len : (size_t)(end - s) + 1;
}

static bool
line_is_empty(const char *s, size_t len)
{
	return len == 0 || s[0] == '\n' || (s[0] == '\r' && (len == 1 || s[1] == '\n'));
}

// The length of the field's name at s, 0 when the line is no field. Space
// before the colon is obsolete syntax (RFC 5322 section 4.5).
static size_t
name_len(const char *s, size_t len)
{
	size_t n = 0, colon;

	while (n < len && s[n] > ' ' && s[n] < 0x7f && s[n] != ':')
		n++;
	for (colon = n; colon < len && (s[colon] == ' ' || s[colon] == '\t');)
		colon++;
	return colon < len && s[colon] == ':' ? n : 0;
}

static bool
is_from_line(const char *s, size_t len)
{
	return (len >= 5 && memcmp(s, "From ", 5) == 0) ||
		(len >= 6 && memcmp(s, ">From ", 6) == 0);
}

// Some programs on Windows begin a file with a byte order mark.
static size_t
mark_len(const char *s, size_t len)
{
	return len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

bool
header_next(const char *block, size_t len, size_t *at,
	struct header_field *field_r)
{
	if (*at == 0 && len > 0)
		*at = mark_len(block, len);
	while (*at < len) {
		const char *line = block + *at;
		size_t left = len - *at, used = line_len(line, left);
		if (line_is_empty(line, left))
			return false;
		while (used < left && (line[used] == ' ' || line[used] == '\t'))
			used += line_len(line + used, left - used);
		*at += used;

		size_t name = is_from_line(line, used) ? 0 : name_len(line, used);
		if (name == 0)
			continue;
		const char *colon = memchr(line + name, ':', used - name);
		const char *end = line + used;
		for (colon++; colon < end && is_space(*colon);)
			colon++;
		while (end > colon && is_space(end[-1]))
			end--;
		*field_r = (struct header_field){ line, name, colon,
			(size_t)(end - colon) };
		return true;
	}
	return false;
}

// Without an empty line the text begins at the first line that is no field.
static size_t
end_of_fields(const char *message, size_t at, size_t len)
{
	while (at < len) {
		const char *line = message + at;
		size_t used = line_len(line, len - at);
		if (*line != ' ' && *line != '\t' && !is_from_line(line, len - at) &&
		    name_len(line, used) == 0)
			break;
		at += used;
	}
	return at;
}

size_t
header_block_len(const char *message, size_t len)
{
	size_t at = 0;

	if (len == 0)
		return 0;
	size_t mark = mark_len(message, len);
	const char *first = message + mark;
	size_t first_len = len - mark;
	// A text that begins at once, with no header at all.
	if (!line_is_empty(first, first_len) && !is_from_line(first, first_len) &&
	    name_len(first, line_len(first, first_len)) == 0)
		return 0;
	at = mark;
	while (at < len) {
		size_t used = line_len(message + at, len - at);
		bool empty = line_is_empty(message + at, len - at);
		at += used;
		if (empty)
			return at;
	}
	return end_of_fields(message, mark, len);
}

// Writes at most len bytes and a NUL to `to`; returns how many.
static size_t
unfold(char *to, const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		bool fold = s[i] == '\n' ||
			(s[i] == '\r' && i + 1 < len && s[i + 1] == '\n');
		if (!fold)
			to[n++] = s[i] == '\0' || s[i] == '\r' ? ' ' : s[i];
	}
	to[n] = '\0';
	return n;
}

static size_t
value_len(size_t len)
{
	return len < HEADER_VALUE_MAX ? len : HEADER_VALUE_MAX;
}

char *
header_unfold(const char *s, size_t len)
{
	char *value = mem_grow(NULL, value_len(len) + 1, 1);

	unfold(value, s, value_len(len));
	return value;
}

static bool
field_is(const struct header_field *f, const char *name)
{
	return strlen(name) == f->name_len &&
		str_compare_nocase_n(name, f->name, f->name_len) == 0;
}

char *
header_get(const char *block, size_t len, const char *name)
{
	struct header_field f;

	for (size_t at = 0; header_next(block, len, &at, &f);)
		if (field_is(&f, name))
			return header_unfold(f.value, f.value_len);
	return NULL;
}

static bool
is_plain(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > '~' || (*s == '=' && s[1] == '?'))
			return false;
	return true;
}

// Of a value without folds.
static char *
decode(const char *value)
{
	struct buf utf8 = {0}, safe = {0};

	if (is_plain(value)) {
		size_t len = strlen(value);
		while (len > 0 && value[len - 1] == ' ')
			len--;
		size_t start = strspn(value, " ");
		return start < len ? str_ndup(value + start, len - start) : str_dup("");
	}
	charset_to_utf8(&utf8, NULL, value, strlen(value));
	char *text = NULL;
	if (strstr(buf_text(&utf8), "=?") != NULL)
		text = g_mime_utils_header_decode_text(gmime_ready(), buf_text(&utf8));
	const char *source = text != NULL ? text : buf_text(&utf8);
	utf8_filter_line(&safe, source, strlen(source));
	g_free(text);
	buf_done(&utf8);
	char *line = buf_take(&safe), *start = str_trim(line);
	if (start != line)
		memmove(line, start, strlen(start) + 1);
	return line;
}

char *
header_decode(const char *raw, size_t len)
{
	char *value = header_unfold(raw, len), *text = decode(value);

	free(value);
	return text;
}

int64_t
header_date(const char *value, int *offset_r)
{
	int64_t when = 0;
	int offset = 0;

	if (!date_parse(value, &when, &offset)) {
		gmime_ready();
		GDateTime *date = g_mime_utils_header_decode_date(value);
		if (date != NULL) {
			when = g_date_time_to_unix(date);
			offset = (int)(g_date_time_get_utc_offset(date) /
				G_TIME_SPAN_MINUTE);
			g_date_time_unref(date);
		}
	}
	if (offset_r != NULL)
		*offset_r = offset;
	return when;
}

// A Message-ID made safe: no space, nothing invisible.
static char *
clean_id(const char *s, size_t len)
{
	struct buf safe = {0};
	size_t plain = 0;

	if (len > MESSAGE_ID_MAX)
		len = MESSAGE_ID_MAX;
	while (plain < len && s[plain] > ' ' && s[plain] < 0x7f && s[plain] != '<')
		plain++;
	if (plain == len)
		return str_ndup(s, len);
	utf8_filter_line(&safe, s, len);
	char *id = buf_take(&safe), *to = id;
	for (const char *from = id; *from != '\0'; from++)
		if (*from != ' ' && *from != '<' && *from != '>')
			*to++ = *from;
	*to = '\0';
	return id;
}

static void
add_id(struct strlist *ids, const char *s, size_t len)
{
	char *id = clean_id(s, len);

	if (*id == '\0') {
		free(id);
		return;
	}
	if (ids->len == HEADER_REFERENCES_MAX)
		strlist_remove(ids, 1);
	strlist_take(ids, id);
}

// All of <...>; where there is none, words with an '@', which some programs
// write without brackets.
static void
parse_ids(struct strlist *ids, const char *value)
{
	const char *open = strchr(value, '<');

	for (const char *at = open; at != NULL; at = strchr(at, '<')) {
		size_t len = strcspn(++at, "<>");
		// One that was cut has no end but the next space.
		if (at[len] != '>')
			len = strcspn(at, "< \t");
		add_id(ids, at, len);
		at += len;
	}
	if (open != NULL)
		return;
	for (const char *at = value; *at != '\0';) {
		at += strspn(at, " \t,;\"");
		size_t len = strcspn(at, " \t,;\"");
		if (memchr(at, '@', len) != NULL)
			add_id(ids, at, len);
		at += len;
	}
}

static void
take_date(struct envelope *e, void *field, const char *value)
{
	(void)field;
	if (e->date == 0)
		e->date = header_date(value, &e->date_offset);
}

// A second From or Sender is not believed; of the others all are read.
static void
take_sender(struct envelope *e, void *field, const char *value)
{
	struct address_list *list = field;

	(void)e;
	if (list->len == 0)
		address_list_parse(list, value);
}

static void
take_recipients(struct envelope *e, void *field, const char *value)
{
	(void)e;
	address_list_parse(field, value);
}

static void
take_text(struct envelope *e, void *field, const char *value)
{
	char **text = field;

	(void)e;
	if (*text != NULL)
		return;
	*text = decode(value);
	if (**text == '\0') {
		free(*text);
		*text = NULL;
	}
}

static void
take_id(struct envelope *e, void *field, const char *value)
{
	char **id = field;
	struct strlist ids = {0};

	(void)e;
	if (*id != NULL)
		return;
	parse_ids(&ids, value);
	if (ids.len == 0)
		add_id(&ids, value, strcspn(value, " \t"));
	if (ids.len > 0) {
		*id = ids.items[0];
		ids.items[0] = NULL;
	}
	strlist_done(&ids);
}

static void
take_ids(struct envelope *e, void *field, const char *value)
{
	struct strlist *ids = field;

	(void)e;
	if (ids->len == 0)
		parse_ids(ids, value);
}

static void
take_list(struct envelope *e, void *field, const char *value)
{
	char **list = field;
	const char *open = strrchr(value, '<');

	(void)e;
	if (*list != NULL)
		return;
	if (open == NULL) {
		take_text(e, field, value);
		return;
	}
	*list = clean_id(open + 1, strcspn(open + 1, ">"));
	if (**list == '\0') {
		free(*list);
		*list = NULL;
	}
}

static void
take_type(struct envelope *e, void *field, const char *value)
{
	static const char *const with_files[] = {
		"multipart/mixed", "application/", "image/", "audio/", "video/",
		"font/", "model/",
	};

	(void)field;
	for (size_t i = 0; i < sizeof(with_files) / sizeof(*with_files); i++)
		if (str_has_prefix_nocase(value, with_files[i]))
			e->maybe_attachments = true;
}

#define AT(member) offsetof(struct envelope, member)

static const struct envelope_field {
	const char *name;
	void (*take)(struct envelope *e, void *field, const char *value);
	size_t at;
} envelope_fields[] = {
	{ "Date", take_date, 0 },
	{ "From", take_sender, AT(from) },
	{ "Sender", take_sender, AT(sender) },
	{ "Reply-To", take_sender, AT(reply_to) },
	{ "To", take_recipients, AT(to) },
	{ "Cc", take_recipients, AT(cc) },
	{ "Bcc", take_recipients, AT(bcc) },
	{ "Subject", take_text, AT(subject) },
	{ "Message-ID", take_id, AT(message_id) },
	{ "In-Reply-To", take_ids, AT(in_reply_to) },
	{ "References", take_ids, AT(references) },
	{ "List-ID", take_list, AT(list_id) },
	{ "Content-Type", take_type, 0 },
};

void
envelope_parse(struct envelope *e, const char *block, size_t len)
{
	struct header_field f;
	struct buf value = {0}; // lent to each field in turn

	*e = (struct envelope){0};
	if (len > HEADER_BLOCK_MAX)
		len = HEADER_BLOCK_MAX;
	for (size_t at = 0; header_next(block, len, &at, &f);) {
		const struct envelope_field *known = envelope_fields;
		const struct envelope_field *end = known +
			sizeof(envelope_fields) / sizeof(*envelope_fields);
		while (known < end && !field_is(&f, known->name))
			known++;
		if (known == end)
			continue;
		buf_clear(&value);
		buf_reserve(&value, value_len(f.value_len) + 1);
		value.len = unfold(value.data, f.value, value_len(f.value_len));
		known->take(e, (char *)e + known->at, value.data);
	}
	buf_done(&value);
}
