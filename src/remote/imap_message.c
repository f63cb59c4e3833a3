// SPDX-License-Identifier: GPL-3.0-or-later
// The flat attributes of a FETCH: whose numbers are checked, whose strings are
// lent, and whose UID is looked for even when the rest makes no sense.
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/when.h"
#include "remote/imap_parse.h"

void
fetched_done(struct fetched *f)
{
	flags_done(&f->flags);
	*f = (struct fetched){ 0 };
}

static bool
fetch_uid(struct scan *s, struct fetched *f)
{
	return scan_u32(s, &f->uid) && f->uid != 0;
}

static bool
fetch_flags(struct scan *s, struct fetched *f)
{
	flags_done(&f->flags);
	f->has_flags = true;
	return parse_flags(s, &f->flags);
}

static bool
fetch_size(struct scan *s, struct fetched *f)
{
	f->has_size = true;
	return scan_u64(s, INT64_MAX, &f->size);
}

static bool
fetch_modseq(struct scan *s, struct fetched *f)
{
	return scan_need(s, '(') && scan_u64(s, INT64_MAX, &f->modseq) &&
		scan_need(s, ')');
}

// A date that is none is told as none: the message is still a message. Its text
// is not read into the caller's scratch, in which a body may stand by now.
static bool
fetch_received(struct scan *s, struct fetched *f)
{
	struct buf scratch = { 0 };
	struct slice text;
	bool nil, ok = scan_string(s, &scratch, &text, &nil);
	if (ok) {
		char *date = str_ndup(text.data, text.len);
		f->has_received = when_from_imap(date, &f->received);
		free(date);
	}
	buf_done(&scratch);
	return ok;
}

static bool
fetch_structure(struct scan *s, struct fetched *f)
{
	const char *start = s->at;
	if (!scan_skip(s))
		return false;
	f->structure = (struct slice){ start, (size_t)(s->at - start) };
	return true;
}

static bool
fetch_body(struct scan *s, struct fetched *f)
{
	f->has_body = true;
	return scan_string(s, f->scratch, &f->body, &f->body_nil);
}

static bool
value_of(struct scan *s, struct slice *value_r)
{
	const char *start = s->at;
	if (!scan_skip(s))
		return false;
	*value_r = (struct slice){ start, (size_t)(s->at - start) };
	return true;
}

// RFC 8474. An id that is none is no reason to lose the message.
static bool
fetch_email_id(struct scan *s, struct fetched *f)
{
	struct slice value;
	if (!value_of(s, &value))
		return false;
	(void)parse_object_id(value, f->email_id);
	return true;
}

static bool
fetch_thread_id(struct scan *s, struct fetched *f)
{
	struct slice value;
	if (!value_of(s, &value))
		return false;
	(void)parse_object_id(value, f->thread_id); // NIL: it has none
	return true;
}

// Gmail's are numbers of 64 bits.
static bool
fetch_number_as(struct scan *s, char *text)
{
	uint64_t value;
	if (!scan_u64(s, UINT64_MAX, &value))
		return false;
	snprintf(text, REMOTE_ID_MAX + 1, "%llu", (unsigned long long)value);
	return true;
}

static bool
fetch_gmail_message(struct scan *s, struct fetched *f)
{
	return fetch_number_as(s, f->email_id);
}

static bool
fetch_gmail_thread(struct scan *s, struct fetched *f)
{
	return fetch_number_as(s, f->thread_id);
}

static bool
fetch_labels(struct scan *s, struct fetched *f)
{
	return value_of(s, &f->labels);
}

static const struct {
	const char *name;
	bool prefix;
	bool (*read)(struct scan *s, struct fetched *f);
} fetch_attributes[] = {
	{ "UID", false, fetch_uid },
	{ "FLAGS", false, fetch_flags },
	{ "RFC822.SIZE", false, fetch_size },
	{ "MODSEQ", false, fetch_modseq },
	{ "INTERNALDATE", false, fetch_received },
	{ "BODYSTRUCTURE", false, fetch_structure },
	{ "BODY[", true, fetch_body },
	{ "BINARY[", true, fetch_body },
	{ "RFC822", false, fetch_body },
	{ "EMAILID", false, fetch_email_id },
	{ "THREADID", false, fetch_thread_id },
	{ "X-GM-MSGID", false, fetch_gmail_message },
	{ "X-GM-THRID", false, fetch_gmail_thread },
	{ "X-GM-LABELS", false, fetch_labels },
};
#define FETCH_ATTRIBUTES (sizeof(fetch_attributes) / sizeof(fetch_attributes[0]))

static bool
fetch_attribute(struct scan *s, struct fetched *f)
{
	struct slice word;
	if (!scan_word(s, &word) || !scan_need(s, ' '))
		return false;
	scan_spaces(s);
	for (size_t i = 0; i < FETCH_ATTRIBUTES; i++) {
		const char *name = fetch_attributes[i].name;
		if (fetch_attributes[i].prefix ? slice_begins(word, name) :
		    slice_is(word, name))
			return fetch_attributes[i].read(s, f);
	}
	return scan_skip(s);
}

// The bytes of the literal whose announcement begins here, 0 when none does.
static size_t
literal_len(const char *at, const char *end)
{
	struct scan s = scan_of(at, (size_t)(end - at));
	struct slice text;
	return *at == '{' && scan_string(&s, NULL, &text, NULL) ?
		(size_t)(s.at - at) : 0;
}

// Looks for "UID 12" in what could not be parsed, outside of strings: a message
// may hold such words.
static uint32_t
recover_uid(struct slice rest)
{
	bool quoted = false;
	for (size_t i = 0; i + 4 < rest.len; i++) {
		const char *at = rest.data + i;
		size_t literal = quoted ? 0 : literal_len(at, rest.data + rest.len);
		if (literal > 0) {
			i += literal - 1;
			continue;
		}
		if (*at == '"')
			quoted = !quoted;
		if (quoted || !slice_begins((struct slice){ at, rest.len - i }, "UID ") ||
		    (i > 0 && !strchr(" (", at[-1])))
			continue;
		struct scan s = scan_of(at + 4, rest.len - i - 4);
		uint32_t uid;
		if (scan_u32(&s, &uid))
			return uid;
	}
	return 0;
}

// Names of labels are spelled as those of folders are; "\\Inbox" comes quoted or as an
// atom.
bool
parse_labels(struct slice text, struct strlist *labels)
{
	struct scan s = scan_of(text.data, text.len);
	struct buf scratch = { 0 };
	*labels = (struct strlist){ 0 };
	bool ok = scan_need(&s, '(');
	for (scan_spaces(&s); ok && !scan_accept(&s, ')'); scan_spaces(&s)) {
		struct slice label;
		ok = scan_astring(&s, &scratch, &label) && !scan_done(&s);
		if (!ok || labels->len >= PARSE_LABELS_MAX)
			continue;
		char *name = str_ndup(label.data, label.len);
		strlist_take(labels, parse_label(name, '/'));
		free(name);
	}
	buf_done(&scratch);
	if (!ok)
		strlist_done(labels);
	return ok;
}

bool
parse_fetch(struct slice rest, struct buf *scratch, struct fetched *f)
{
	*f = (struct fetched){ .scratch = scratch };
	struct scan s = scan_of(rest.data, rest.len);
	bool ok = scan_need(&s, '(');
	scan_spaces(&s);
	while (ok && !scan_accept(&s, ')')) {
		ok = fetch_attribute(&s, f) && !scan_done(&s);
		scan_spaces(&s);
	}
	if (ok)
		return true;
	if (!f->uid)
		f->uid = recover_uid(rest);
	return false;
}
