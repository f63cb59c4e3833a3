// SPDX-License-Identifier: GPL-3.0-or-later
// What servers tell about whose a folder is, what one may do in it and how much
// may be in it: NAMESPACE, MYRIGHTS and QUOTA responses.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"
#include "remote/imap_parse.h"

#define QUOTA_UNIT 1024   // of STORAGE (RFC 9208 section 5)

// --- NAMESPACE (RFC 2342) ------------------------------------------------------------

void
spaces_done(struct spaces *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->items[i].prefix);
	*s = (struct spaces){ 0 };
}

// A prefix is put before a pattern of LIST and before names.
static char *
prefix_of(struct slice text)
{
	if (text.len > PARSE_NAME_MAX)
		return NULL;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];
		if (c < 0x20 || c == 0x7f || c == '*' || c == '%')
			return NULL;
	}
	return str_ndup(text.data ? text.data : "", text.len);
}

// ("#shared/" "/" "EXTENSION" ("x"))
static bool
parse_space(struct scan *s, enum remote_space kind, struct spaces *spaces)
{
	struct buf scratch = { 0 };
	struct slice text;
	bool nil;
	bool ok = scan_need(s, '(') && scan_string(s, &scratch, &text, NULL);
	char *prefix = ok ? prefix_of(text) : NULL;
	ok = ok && scan_need(s, ' ') && scan_string(s, &scratch, &text, &nil);
	char delimiter = ok && text.len == 1 && (unsigned char)text.data[0] > ' ' ?
		text.data[0] : 0;
	buf_done(&scratch);
	for (scan_spaces(s); ok && !scan_accept(s, ')'); scan_spaces(s))
		ok = scan_skip(s) && !scan_done(s);
	if (ok && prefix && spaces->n < PARSE_SPACES_MAX)
		spaces->items[spaces->n++] = (struct space){ .kind = kind,
			.prefix = prefix, .delimiter = delimiter };
	else
		free(prefix);
	return ok;
}

bool
parse_namespace(struct slice rest, struct spaces *spaces)
{
	struct scan s = scan_of(rest.data, rest.len);
	spaces_done(spaces);
	for (int kind = REMOTE_PERSONAL; kind <= REMOTE_SHARED; kind++) {
		scan_spaces(&s);
		if (scan_peek(&s) != '(') {
			if (!scan_skip(&s)) // NIL
				return false;
			continue;
		}
		(void)scan_need(&s, '(');
		scan_spaces(&s);
		while (!scan_accept(&s, ')')) {
			if (!parse_space(&s, (enum remote_space)kind, spaces))
				return false;
			scan_spaces(&s);
		}
	}
	return !s.bad;
}

// --- MYRIGHTS (RFC 4314 section 3.8) ---------------------------------------------------

static const struct { char letter; bool old; unsigned rights; } rights[] = {
	{ 'l', false, REMOTE_RIGHT_LOOKUP },
	{ 'r', false, REMOTE_RIGHT_READ },
	{ 's', false, REMOTE_RIGHT_SEEN },
	{ 'w', false, REMOTE_RIGHT_WRITE },
	{ 'i', false, REMOTE_RIGHT_INSERT },
	{ 'p', false, REMOTE_RIGHT_POST },
	{ 'k', false, REMOTE_RIGHT_CREATE },
	{ 'x', false, REMOTE_RIGHT_DELETE_FOLDER },
	{ 't', false, REMOTE_RIGHT_DELETE },
	{ 'e', false, REMOTE_RIGHT_EXPUNGE },
	{ 'a', false, REMOTE_RIGHT_ADMIN },
	// Section 2.1.1: newer servers tell these too, and mean something else.
	{ 'c', true, REMOTE_RIGHT_CREATE | REMOTE_RIGHT_DELETE_FOLDER },
	{ 'd', true, REMOTE_RIGHT_DELETE | REMOTE_RIGHT_EXPUNGE },
};

bool
parse_myrights(struct slice rest, bool old, char **name_r, unsigned *denied_r)
{
	struct scan s = scan_of(rest.data, rest.len);
	struct buf scratch = { 0 };
	struct slice letters;
	char *name = parse_name(&s);
	scan_spaces(&s);
	// No rights at all may come as "".
	bool ok = name && scan_astring(&s, &scratch, &letters);
	unsigned granted = 0;
	for (size_t i = 0; ok && i < letters.len; i++) {
		for (size_t k = 0; k < sizeof(rights) / sizeof(rights[0]); k++) {
			if (letters.data[i] == rights[k].letter && rights[k].old <= old)
				granted |= rights[k].rights;
		}
	}
	buf_done(&scratch);
	if (!ok) {
		free(name);
		return false;
	}
	*name_r = name;
	*denied_r = REMOTE_RIGHTS_ALL & ~granted;
	return true;
}

// --- QUOTA (RFC 9208) --------------------------------------------------------------------

static bool
parse_resource(struct scan *s, const char *root, struct remote_quotas *q)
{
	struct slice name;
	uint64_t used, limit;
	if (!scan_word(s, &name) || !scan_need(s, ' ') ||
	    !scan_u64(s, INT64_MAX, &used) || !scan_need(s, ' ') ||
	    !scan_u64(s, INT64_MAX, &limit))
		return false;
	if (q->len == PARSE_QUOTAS_MAX)
		return true;
	if (q->len == q->cap) {
		q->cap = q->cap ? q->cap * 2 : 4;
		q->items = mem_grow(q->items, q->cap, sizeof(*q->items));
	}
	uint64_t unit = slice_is(name, "STORAGE") ? QUOTA_UNIT : 1;
	struct buf word = { 0 };
	utf8_filter_line(&word, name.data, name.len);
	q->items[q->len++] = (struct remote_quota){
		.root = str_dup(root), .resource = str_dup(buf_text(&word)),
		.used = used < INT64_MAX / unit ? used * unit : INT64_MAX,
		.limit = limit < INT64_MAX / unit ? limit * unit : INT64_MAX,
	};
	buf_done(&word);
	return true;
}

bool
parse_quota(struct slice rest, struct remote_quotas *quotas)
{
	struct scan s = scan_of(rest.data, rest.len);
	struct buf scratch = { 0 }, root = { 0 };
	struct slice text;
	bool ok = scan_astring(&s, &scratch, &text);
	if (ok)
		utf8_filter_line(&root, text.data, text.len);
	scan_spaces(&s);
	ok = ok && scan_need(&s, '(');
	for (scan_spaces(&s); ok && !scan_accept(&s, ')'); scan_spaces(&s))
		ok = parse_resource(&s, buf_text(&root), quotas) && !scan_done(&s);
	buf_done(&scratch);
	buf_done(&root);
	return ok;
}
