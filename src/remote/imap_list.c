// SPDX-License-Identifier: GPL-3.0-or-later
// Folders as servers list them: attributes to roles, names to labels and back,
// counts. A name is data: one that could end a command is not taken.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mutf7.h"
#include "base/str.h"
#include "base/utf8.h"
#include "remote/imap_parse.h"

// A '/' inside a level, where the server's delimiter is another, would look like
// a level in the label: this is shown instead, and read back.
#define SLASH_INSIDE "\xe2\x88\x95"

static void
set_role(struct remote_folder *f, const char *role)
{
	f->role = role;
}

static void
attribute_noselect(struct remote_folder *f, const char *unused)
{
	(void)unused;
	f->selectable = false;
}

static void
attribute_subscribed(struct remote_folder *f, const char *unused)
{
	(void)unused;
	f->subscribed = true;
}

static void
attribute_children(struct remote_folder *f, const char *unused)
{
	(void)unused;
	f->children = true;
}

static const struct {
	const char *name;
	void (*apply)(struct remote_folder *f, const char *role);
	const char *role;
} attributes[] = {
	{ "\\Noselect", attribute_noselect, NULL },
	{ "\\NonExistent", attribute_noselect, NULL },
	{ "\\Subscribed", attribute_subscribed, NULL },
	{ "\\HasChildren", attribute_children, NULL },
	{ "\\Sent", set_role, "sent" },            // RFC 6154
	{ "\\Drafts", set_role, "drafts" },
	{ "\\Trash", set_role, "trash" },
	{ "\\Junk", set_role, "junk" },
	{ "\\Archive", set_role, "archive" },
	{ "\\All", set_role, "all" },
	{ "\\Flagged", set_role, "flagged" },
	{ "\\Important", set_role, "important" },  // RFC 8457
};

const char *
parse_role_attribute(const char *role)
{
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		if (attributes[i].role && str_equal(attributes[i].role, role))
			return attributes[i].name;
	}
	return NULL;
}

static bool
list_attributes(struct scan *s, struct remote_folder *f)
{
	if (!scan_need(s, '('))
		return false;
	for (scan_spaces(s); !scan_accept(s, ')'); scan_spaces(s)) {
		struct slice word;
		if (!scan_word(s, &word))
			return false;
		for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
			if (slice_is(word, attributes[i].name))
				attributes[i].apply(f, attributes[i].role);
		}
	}
	return true;
}

static bool
list_delimiter(struct scan *s, struct remote_folder *f)
{
	struct buf scratch = { 0 };
	struct slice text;
	bool nil, ok = scan_string(s, &scratch, &text, &nil);
	if (ok && text.len == 1 && (unsigned char)text.data[0] > ' ')
		f->delimiter = text.data[0];
	else if (text.len > 1)
		ok = false;
	buf_done(&scratch);
	return ok;
}

char *
parse_name(struct scan *s)
{
	struct buf scratch = { 0 };
	struct slice text;
	char *name = NULL;
	if (scan_astring(s, &scratch, &text) && text.len > 0 &&
	    text.len <= PARSE_NAME_MAX) {
		name = str_ndup(text.data, text.len);
		for (size_t i = 0; name && i < text.len; i++) {
			if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f) {
				free(name);
				name = NULL;
			}
		}
	}
	buf_done(&scratch);
	return name;
}

bool
parse_delimiter(struct slice rest, char *delimiter_r)
{
	struct remote_folder f = { 0 };
	struct scan s = scan_of(rest.data, rest.len);
	if (!list_attributes(&s, &f) || !scan_need(&s, ' ') || !list_delimiter(&s, &f))
		return false;
	*delimiter_r = f.delimiter;
	return true;
}

bool
parse_list(struct slice rest, struct remote_folder *folder_r)
{
	struct remote_folder f = { .selectable = true };
	struct scan s = scan_of(rest.data, rest.len);
	if (!list_attributes(&s, &f) || !scan_need(&s, ' ') ||
	    !list_delimiter(&s, &f) || !scan_need(&s, ' '))
		return false;
	f.name = parse_name(&s);
	if (!f.name)
		return false;
	// INBOX is one name in any case (RFC 9051 section 5.1).
	if (str_equal_nocase(f.name, "INBOX"))
		f.role = "inbox";
	f.label = parse_label(f.name, f.delimiter);
	*folder_r = f;
	return true;
}

char *
parse_label(const char *name, char delimiter)
{
	struct buf text = { 0 }, swapped = { 0 }, out = { 0 };
	if (!mutf7_decode(&text, name))
		buf_str(&text, name);
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		if (delimiter && c == delimiter)
			buf_char(&swapped, '/');
		else if (c == '/')
			buf_str(&swapped, SLASH_INSIDE);
		else
			buf_char(&swapped, c);
	}
	utf8_filter_line(&out, buf_text(&swapped), swapped.len);
	buf_done(&text);
	buf_done(&swapped);
	if (!out.len)
		buf_str(&out, "?");
	return buf_take(&out);
}

char *
parse_label_back(const char *label, char delimiter)
{
	struct buf text = { 0 }, out = { 0 };
	bool ok = !str_empty(label) && strlen(label) <= PARSE_NAME_MAX &&
		label[0] != '/' && !str_has_suffix(label, "/") && !strstr(label, "//");
	for (const char *at = label; ok && *at; at++) {
		if (*at == '/') {
			// Without a delimiter there are no levels.
			ok = delimiter != '\0';
			buf_char(&text, delimiter);
		} else if (delimiter != '/' && str_has_prefix(at, SLASH_INSIDE)) {
			buf_char(&text, '/');
			at += sizeof(SLASH_INSIDE) - 2;
		} else {
			ok = *at != delimiter;
			buf_char(&text, *at);
		}
	}
	// "%" and "*" are wildcards of LIST; a folder of that name is asking for trouble.
	ok = ok && !strpbrk(buf_text(&text), "%*") &&
		mutf7_encode(&out, buf_text(&text));
	buf_done(&text);
	if (!ok) {
		buf_done(&out);
		return NULL;
	}
	return buf_take(&out);
}

bool
parse_object_id(struct slice value, char *text)
{
	struct scan s = scan_of(value.data, value.len);
	struct slice word;
	*text = '\0';
	if (!scan_need(&s, '(') || !scan_word(&s, &word) || !scan_need(&s, ')') ||
	    word.len > REMOTE_ID_MAX)
		return false;
	// RFC 8474 section 4: anything else is memory that a server let slip.
	for (size_t i = 0; i < word.len; i++) {
		char c = word.data[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return false;
	}
	memcpy(text, word.data, word.len);
	text[word.len] = '\0';
	return true;
}

static bool
status_numbers(struct scan *s, struct slice word, struct remote_folder *f, bool *known_r)
{
	const struct { const char *name; unsigned told; uint32_t *where; } counts[] = {
		{ "MESSAGES", REMOTE_COUNT_MESSAGES, &f->messages },
		{ "UNSEEN", REMOTE_COUNT_UNSEEN, &f->unseen },
		{ "UIDNEXT", REMOTE_COUNT_UIDNEXT, &f->uidnext },
		{ "UIDVALIDITY", REMOTE_COUNT_UIDVALIDITY, &f->uidvalidity },
	};
	*known_r = true;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		if (!slice_is(word, counts[i].name))
			continue;
		f->told |= counts[i].told;
		return scan_u32(s, counts[i].where);
	}
	*known_r = false;
	return true;
}

static bool
status_item(struct scan *s, struct remote_folder *f, uint64_t *size)
{
	struct slice word;
	bool known;
	if (!scan_word(s, &word) || !scan_need(s, ' ') ||
	    !status_numbers(s, word, f, &known))
		return false;
	if (known)
		return true;
	if (slice_is(word, "HIGHESTMODSEQ")) {
		f->told |= REMOTE_COUNT_MODSEQ;
		return scan_u64(s, INT64_MAX, &f->highestmodseq);
	}
	if (slice_is(word, "SIZE") && size)
		return scan_u64(s, INT64_MAX, size);
	const char *start = s->at;
	if (!scan_skip(s))
		return false;
	struct slice value = { start, (size_t)(s->at - start) };
	if (slice_is(word, "MAILBOXID"))
		(void)parse_object_id(value, f->object_id);
	else if (slice_is(word, "APPENDLIMIT")) // or NIL
		(void)parse_number(value, INT64_MAX, &f->append_limit);
	return true;
}

static bool
status_items(struct slice rest, char **name_r, struct remote_folder *counts,
	uint64_t *size)
{
	struct scan s = scan_of(rest.data, rest.len);
	char *name = parse_name(&s);
	bool ok = name != NULL;
	scan_spaces(&s);
	ok = ok && scan_need(&s, '(');
	for (scan_spaces(&s); ok && !scan_accept(&s, ')'); scan_spaces(&s))
		ok = status_item(&s, counts, size);
	if (!ok) {
		free(name);
		return false;
	}
	counts->has_status = true;
	*name_r = name;
	return true;
}

bool
parse_status(struct slice rest, char **name_r, struct remote_folder *counts)
{
	return status_items(rest, name_r, counts, NULL);
}

bool
parse_status_size(struct slice rest, char **name_r, uint64_t *size_r)
{
	struct remote_folder counts = { 0 };
	*size_r = 0;
	return status_items(rest, name_r, &counts, size_r);
}
