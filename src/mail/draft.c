// SPDX-License-Identifier: GPL-3.0-or-later
// Drafts as text files: what the editor gets and what it gives back.
#include "config.h"

#include "mail/draft.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/utf8.h"
#include "mail/charset.h"
#include "mail/header.h"

#include <stdlib.h>
#include <string.h>

#define DRAFT_HEADER_LINES_MAX 10000

void
draft_done(struct draft *d)
{
	address_list_done(&d->from);
	address_list_done(&d->to);
	address_list_done(&d->cc);
	address_list_done(&d->bcc);
	address_list_done(&d->reply_to);
	free(d->subject);
	free(d->in_reply_to);
	strlist_done(&d->references);
	strlist_done(&d->attach);
	free(d->account);
	free(d->original);
	free(d->stored);
	free(d->saved);
	strlist_done(&d->copies);
	strlist_done(&d->attached);
	free(d->body);
	*d = (struct draft){0};
}

enum field_type { FIELD_LIST, FIELD_TEXT, FIELD_LINES, FIELD_ID, FIELD_IDS,
	FIELD_KIND };

#define AT(member) offsetof(struct draft, member)

// In the order of the file; `always`: there even when empty, to be filled in;
// `hidden`: kept beside the text that the editor gets.
static const struct draft_field {
	const char *name;
	enum field_type type;
	size_t at;
	bool always, hidden;
} draft_fields[] = {
	{ "From", FIELD_LIST, AT(from), true },
	{ "To", FIELD_LIST, AT(to), true },
	{ "Cc", FIELD_LIST, AT(cc), true },
	{ "Bcc", FIELD_LIST, AT(bcc), true },
	{ "Subject", FIELD_TEXT, AT(subject), true },
	{ "Reply-To", FIELD_LIST, AT(reply_to), false },
	{ "Attach", FIELD_LINES, AT(attach), false },
	{ "X-Postern-Account", FIELD_TEXT, AT(account), false, true },
	{ "X-Postern-Original", FIELD_TEXT, AT(original), false, true },
	{ "X-Postern-Kind", FIELD_KIND, AT(kind), false, true },
	{ "In-Reply-To", FIELD_ID, AT(in_reply_to), false, true },
	{ "X-Postern-References", FIELD_IDS, AT(references), false, true },
	{ "X-Postern-Stored", FIELD_TEXT, AT(stored), false, true },
	{ "X-Postern-Copies", FIELD_IDS, AT(copies), false, true },
	{ "X-Postern-Saved", FIELD_TEXT, AT(saved), false, true },
	{ "X-Postern-Attached", FIELD_LINES, AT(attached), false, true },
};

#define N_FIELDS (sizeof(draft_fields) / sizeof(*draft_fields))

static const char *const kind_names[] = {
	[DRAFT_NEW] = "new",
	[DRAFT_REPLY] = "reply",
	[DRAFT_FORWARD] = "forward",
};

static void
print_line(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "%s:%s", name, *value == '\0' ? "" : " ");
	// A line end in a value would begin another field.
	for (; *value != '\0'; value++)
		buf_char(out, *value == '\n' || *value == '\r' ? ' ' : *value);
	buf_char(out, '\n');
}

static bool
is_stored(const char *what)
{
	return str_has_prefix(what, "part:") || str_has_prefix(what, "message:");
}

// The name of an attachment that lies on a server, for people: behind what it is
// in its line of `attached`.
static const char *
stored_name(const struct draft *d, const char *what)
{
	size_t len = strlen(what);

	for (size_t i = 0; i < d->attached.len && is_stored(what); i++) {
		const char *at = strstr(d->attached.items[i], what);
		if (at != NULL && at > d->attached.items[i] && at[-1] == ' ' &&
		    at[len] == ' ')
			return at + len;
	}
	return "";
}

static void
print_lines(struct buf *out, const struct draft *d, const struct draft_field *f,
	const struct strlist *list)
{
	for (size_t i = 0; i < list->len; i++) {
		const char *name = list == &d->attach ?
			stored_name(d, list->items[i]) : "";
		char *line = str_printf("%s%s", list->items[i], name);
		print_line(out, f->name, line);
		free(line);
	}
}

static void
print_field(struct buf *out, const struct draft *d, const struct draft_field *f)
{
	const void *at = (const char *)d + f->at;
	const struct strlist *list = at;
	struct buf value = {0};

	switch (f->type) {
	case FIELD_LIST:
		address_list_format(&value, at);
		break;
	case FIELD_TEXT:
		buf_str(&value, str_or_empty(*(char *const *)at));
		break;
	case FIELD_LINES:
		print_lines(out, d, f, list);
		break;
	case FIELD_ID:
		if (d->in_reply_to != NULL)
			buf_printf(&value, "<%s>", d->in_reply_to);
		break;
	case FIELD_IDS:
		for (size_t i = 0; i < list->len; i++)
			buf_printf(&value, "%s<%s>", i > 0 ? " " : "",
				list->items[i]);
		break;
	case FIELD_KIND:
		if (d->kind != DRAFT_NEW)
			buf_str(&value, kind_names[d->kind]);
		break;
	}
	if (f->always || value.len > 0)
		print_line(out, f->name, buf_text(&value));
	buf_done(&value);
}

static void
print_fields(struct buf *out, const struct draft *d, bool hidden)
{
	for (size_t i = 0; i < N_FIELDS; i++)
		if (draft_fields[i].hidden == hidden)
			print_field(out, d, &draft_fields[i]);
}

void
draft_print(struct buf *out, const struct draft *d)
{
	print_fields(out, d, false);
	draft_print_hidden(out, d);
	buf_char(out, '\n');
	buf_str(out, str_or_empty(d->body));
}

void
draft_print_written(struct buf *out, const struct draft *d)
{
	print_fields(out, d, false);
	buf_char(out, '\n');
	buf_str(out, str_or_empty(d->body));
}

void
draft_print_hidden(struct buf *out, const struct draft *d)
{
	print_fields(out, d, true);
}

static void
adopt_field(void *at, const void *from, enum field_type type)
{
	struct strlist *list = at;
	char **text = at;

	if (type == FIELD_TEXT || type == FIELD_ID) {
		if (str_empty(*text))
			str_set(text, *(char *const *)from);
	} else if (type == FIELD_KIND) {
		if (*(enum draft_kind *)at == DRAFT_NEW)
			*(enum draft_kind *)at = *(const enum draft_kind *)from;
	} else if (list->len == 0) {
		strlist_done(list);
		strlist_copy(list, from);
	}
}

void
draft_adopt(struct draft *d, const struct draft *hidden)
{
	for (size_t i = 0; i < N_FIELDS; i++)
		if (draft_fields[i].hidden)
			adopt_field((char *)d + draft_fields[i].at,
				(const char *)hidden + draft_fields[i].at,
				draft_fields[i].type);
}

static char *
safe_text(const char *value)
{
	struct buf safe = {0};

	utf8_filter_line(&safe, value, strlen(value));
	char *text = buf_take(&safe), *start = str_trim(text);
	if (start != text)
		memmove(text, start, strlen(start) + 1);
	return text;
}

// The Message-IDs of a value, by the same rules as in a header.
static void
take_ids(struct strlist *ids, const char *value)
{
	struct envelope e;
	char *block = str_printf("References: %s\n", value);

	envelope_parse(&e, block, strlen(block));
	strlist_copy(ids, &e.references);
	envelope_done(&e);
	free(block);
}

// What is behind the name of one that lies on a server was for people.
static void
take_line(struct strlist *list, const struct draft *d, const char *value)
{
	if (*value == '\0')
		return;
	bool cut = list == &d->attach && is_stored(value);
	strlist_take(list, str_ndup(value, cut ? strcspn(value, " ") : strlen(value)));
}

static void
take_field(struct draft *d, const struct draft_field *f, const char *value)
{
	void *at = (char *)d + f->at;
	struct strlist ids = {0};

	switch (f->type) {
	case FIELD_LIST:
		// What is no address is told when it is to be sent (draft_check).
		address_list_typed(at, value, NULL, NULL);
		break;
	case FIELD_TEXT:
		free(*(char **)at);
		*(char **)at = safe_text(value);
		break;
	case FIELD_LINES:
		take_line(at, d, value);
		break;
	case FIELD_ID:
		take_ids(&ids, value);
		str_set(&d->in_reply_to, ids.len > 0 ? ids.items[0] : NULL);
		strlist_done(&ids);
		break;
	case FIELD_IDS:
		take_ids(&ids, value);
		for (size_t i = 0; i < ids.len; i++)
			strlist_add(at, ids.items[i]);
		strlist_done(&ids);
		break;
	case FIELD_KIND:
		for (size_t i = 0; i < sizeof(kind_names) / sizeof(*kind_names); i++)
			if (str_equal_nocase(kind_names[i], value))
				d->kind = (enum draft_kind)i;
		break;
	}
}

// Text as the editor wrote it, in UTF-8 with \n.
static char *
normal_text(const char *text, size_t len)
{
	struct buf utf8 = {0};

	charset_to_utf8(&utf8, "utf-8", text, len);
	char *s = buf_take(&utf8), *to = s;
	for (const char *from = s; *from != '\0'; from++)
		if (*from != '\r')
			*to++ = *from;
		else if (from[1] != '\n')
			*to++ = '\n';
	*to = '\0';
	return s;
}

// One field with its continuation lines at *at; *line counts on.
static char *
take_lines(const char **at, int *line)
{
	struct buf value = {0};

	do {
		size_t len = strcspn(*at, "\n");
		buf_add(&value, *at, len);
		*at += len + ((*at)[len] == '\n');
		(*line)++;
	} while (**at == ' ' || **at == '\t');
	return buf_take(&value);
}

static bool
parse_field(struct draft *d, char *field, int line, char **left_out_r,
	struct error *err)
{
	char *colon = strchr(field, ':');

	if (colon == NULL || colon == field || strcspn(field, " \t") <
	    (size_t)(colon - field))
		return error_set(err, ERROR_INPUT, "line %d: expected a field like "
			"\"Subject: ...\", or an empty line before the text", line);
	*colon = '\0';
	char *value = str_trim(colon + 1);
	for (size_t i = 0; i < N_FIELDS; i++)
		if (str_equal_nocase(draft_fields[i].name, field)) {
			take_field(d, &draft_fields[i], value);
			return true;
		}
	if (left_out_r != NULL && *left_out_r == NULL)
		*left_out_r = str_printf("line %d: \"%.40s\" is no field that is known "
			"here and was left out", line, field);
	return true;
}

bool
draft_parse(struct draft *d, const char *text, size_t len, char **left_out_r,
	struct error *err)
{
	int line = 1;

	*d = (struct draft){0};
	if (left_out_r != NULL)
		*left_out_r = NULL;
	if (memchr(text, '\0', len) != NULL)
		return error_set(err, ERROR_INPUT, "this is no text: it holds a zero byte");
	char *normal = normal_text(text, len);
	const char *at = normal;
	bool good = true;
	while (good && *at != '\0' && *at != '\n') {
		int start = line;
		char *field = take_lines(&at, &line);
		good = line < DRAFT_HEADER_LINES_MAX
			? parse_field(d, field, start, left_out_r, err)
			: error_set(err, ERROR_INPUT, "line %d: no end of the header", line);
		free(field);
	}
	if (*at == '\n')
		at++;
	d->body = str_dup(at);
	if (d->subject == NULL)
		d->subject = str_dup("");
	free(normal);
	if (good)
		return true;
	draft_done(d);
	if (left_out_r != NULL)
		free(*left_out_r), *left_out_r = NULL;
	return false;
}

static bool
check_list(const struct address_list *list, const char *field, size_t *n,
	struct error *err)
{
	// What stood behind them was not read: nobody may be left out unsaid.
	if (list->len >= ADDRESS_LIST_MAX)
		return error_set(err, ERROR_INPUT, "%s: too many addresses: fewer than "
			"%d can be written to at once", field, ADDRESS_LIST_MAX);
	for (size_t i = 0; i < list->len; i++) {
		const char *mail = list->items[i].mail;
		// A group without members, such as "undisclosed-recipients:;".
		if (*mail == '\0' && list->items[i].name != NULL)
			continue;
		if (!address_valid(mail))
			return error_set(err, ERROR_INPUT, "%s: \"%.100s\" is no mail "
				"address", field, mail);
		(*n)++;
	}
	return true;
}

bool
draft_check(const struct draft *d, struct error *err)
{
	size_t n = 0, senders = 0, replies = 0;

	if (!check_list(&d->from, "From", &senders, err) ||
	    !check_list(&d->reply_to, "Reply-To", &replies, err) ||
	    !check_list(&d->to, "To", &n, err) ||
	    !check_list(&d->cc, "Cc", &n, err) ||
	    !check_list(&d->bcc, "Bcc", &n, err))
		return false;
	if (senders != 1)
		return error_set(err, ERROR_INPUT, "From: %s", senders == 0
			? "no address to send from" : "more than one address");
	if (n == 0)
		return error_set(err, ERROR_INPUT, "nobody to send to: fill in To, Cc "
			"or Bcc");
	return true;
}
