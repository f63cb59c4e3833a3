// SPDX-License-Identifier: GPL-3.0-or-later
// Reads what never goes to libetpan, whose parser trusts too much there: status
// lines, capabilities, numbers and sets.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "remote/imap_parse.h"

#define CAPABILITY_BYTES_MAX (64 * 1024)
#define MECHANISMS_MAX 4096

static struct slice
rest_of(const struct scan *s)
{
	return (struct slice){ s->at, (size_t)(s->end - s->at) };
}

static struct scan
scan_slice(struct slice text)
{
	return scan_of(text.data, text.len);
}

// --- responses ------------------------------------------------------------------

// "[CODE values] text" or "text".
static void
parse_text(struct response *r, struct scan *s)
{
	scan_spaces(s);
	r->text = rest_of(s);
	if (scan_peek(s) != '[')
		return;
	// Values may hold quoted strings with ']' in them.
	bool quoted = false;
	const char *end = s->at + 1;
	for (; end < s->end && (quoted || *end != ']'); end++) {
		if (quoted && *end == '\\' && end + 1 < s->end)
			end++;
		else if (*end == '"')
			quoted = !quoted;
	}
	if (end >= s->end)
		return;
	struct scan code = scan_of(s->at + 1, (size_t)(end - s->at - 1));
	if (scan_word(&code, &r->code)) {
		scan_spaces(&code);
		r->values = rest_of(&code);
	}
	s->at = end + 1;
	scan_spaces(s);
	r->text = rest_of(s);
}

static bool
status_of(struct slice word, enum response_status *status_r)
{
	static const char *const names[] = {
		[STATUS_OK] = "OK", [STATUS_NO] = "NO", [STATUS_BAD] = "BAD",
		[STATUS_BYE] = "BYE", [STATUS_PREAUTH] = "PREAUTH",
	};
	for (int i = STATUS_OK; i <= STATUS_PREAUTH; i++) {
		if (slice_is(word, names[i])) {
			*status_r = (enum response_status)i;
			return true;
		}
	}
	return false;
}

static void
parse_untagged(struct response *r, struct scan *s)
{
	struct slice word;
	if (!scan_word(s, &word))
		return;
	if (status_of(word, &r->status)) {
		r->kind = RESPONSE_STATUS;
		parse_text(r, s);
		return;
	}
	if (slice_u32(word, &r->number)) {
		r->has_number = true;
		if (!scan_need(s, ' ') || !scan_word(s, &word))
			return;
	}
	r->kind = RESPONSE_DATA;
	r->name = word;
	scan_spaces(s);
	r->rest = rest_of(s);
}

void
parse_response(struct response *r, const char *frame, size_t len)
{
	*r = (struct response){ .kind = RESPONSE_BROKEN };
	struct scan s = scan_of(frame, len);
	if (scan_accept(&s, '+')) {
		r->kind = RESPONSE_CONTINUE;
		scan_spaces(&s);
		r->text = rest_of(&s);
		return;
	}
	struct slice tag, word;
	if (!scan_word(&s, &tag) || !scan_need(&s, ' '))
		return;
	if (slice_is(tag, "*")) {
		parse_untagged(r, &s);
		return;
	}
	struct slice number = { tag.data + 1, tag.len - 1 };
	if (tag.data[0] == 'P' && slice_u32(number, &r->tag) && scan_word(&s, &word) &&
	    status_of(word, &r->status) && r->status <= STATUS_BAD) {
		r->kind = RESPONSE_TAGGED;
		parse_text(r, &s);
	}
}

// --- capabilities -----------------------------------------------------------------

static const struct { const char *name; uint64_t bits; } capability_names[] = {
	{ "IMAP4rev1", CAP_IMAP4REV1 },
	// What RFC 9051 made part of the protocol.
	{ "IMAP4rev2", CAP_IMAP4REV2 | CAP_ENABLE | CAP_ESEARCH | CAP_IDLE |
		CAP_LIST_EXTENDED | CAP_LIST_STATUS | CAP_MOVE | CAP_SASL_IR |
		CAP_SPECIAL_USE | CAP_UIDPLUS | CAP_UNSELECT | CAP_CHILDREN |
		CAP_LITERAL_MINUS | CAP_NAMESPACE | CAP_STATUS_SIZE },
	{ "STARTTLS", CAP_STARTTLS },
	{ "LOGINDISABLED", CAP_LOGINDISABLED },
	{ "SASL-IR", CAP_SASL_IR },
	{ "LITERAL+", CAP_LITERAL_PLUS },
	{ "LITERAL-", CAP_LITERAL_MINUS },
	{ "IDLE", CAP_IDLE },
	{ "UIDPLUS", CAP_UIDPLUS },
	{ "MOVE", CAP_MOVE },
	{ "CONDSTORE", CAP_CONDSTORE },
	{ "QRESYNC", CAP_QRESYNC | CAP_CONDSTORE },
	{ "ENABLE", CAP_ENABLE },
	{ "ESEARCH", CAP_ESEARCH },
	{ "SPECIAL-USE", CAP_SPECIAL_USE },
	{ "LIST-EXTENDED", CAP_LIST_EXTENDED },
	{ "LIST-STATUS", CAP_LIST_STATUS },
	{ "ID", CAP_ID },
	{ "UNSELECT", CAP_UNSELECT },
	{ "CHILDREN", CAP_CHILDREN },
	{ "UTF8=ACCEPT", CAP_UTF8_ACCEPT },
	{ "UTF8=ONLY", CAP_UTF8_ACCEPT },
	{ "COMPRESS=DEFLATE", CAP_COMPRESS },
	{ "NAMESPACE", CAP_NAMESPACE },
	{ "STATUS=SIZE", CAP_STATUS_SIZE },
	{ "OBJECTID", CAP_OBJECTID },
	{ "CREATE-SPECIAL-USE", CAP_CREATE_SPECIAL_USE },
	{ "APPENDLIMIT", CAP_APPENDLIMIT },     // each folder has its own
	{ "NOTIFY", CAP_NOTIFY },
	{ "QUOTA", CAP_QUOTA },
	{ "ACL", CAP_ACL },
	{ "LIST-MYRIGHTS", CAP_LIST_MYRIGHTS },
	{ "X-GM-EXT-1", CAP_GMAIL },
};
#define CAPABILITY_NAMES (sizeof(capability_names) / sizeof(capability_names[0]))

void
capabilities_done(struct capabilities *c)
{
	free(c->mechanisms);
	*c = (struct capabilities){ 0 };
}

void
parse_capabilities(struct capabilities *c, struct slice words)
{
	struct buf mechanisms = { 0 };
	capabilities_done(c);
	if (words.len > CAPABILITY_BYTES_MAX)
		words.len = CAPABILITY_BYTES_MAX;
	const char *at = words.data, *end = words.data + words.len;
	while (at < end) {
		const char *space = memchr(at, ' ', (size_t)(end - at));
		struct slice word = { at, (size_t)((space ? space : end) - at) };
		at = space ? space + 1 : end;
		for (size_t i = 0; i < CAPABILITY_NAMES; i++) {
			if (slice_is(word, capability_names[i].name))
				c->bits |= capability_names[i].bits;
		}
		if (slice_begins(word, "RIGHTS=")) // RFC 4314 section 2.2
			c->bits |= CAP_NEW_RIGHTS;
		if (slice_begins(word, "APPENDLIMIT="))
			(void)parse_number((struct slice){ word.data + 12,
				word.len - 12 }, INT64_MAX, &c->append_limit);
		if (!slice_begins(word, "AUTH=") || mechanisms.len > MECHANISMS_MAX)
			continue;
		if (mechanisms.len)
			buf_char(&mechanisms, ' ');
		buf_add(&mechanisms, word.data + 5, word.len - 5);
	}
	c->mechanisms = str_dup(buf_text(&mechanisms));
	buf_done(&mechanisms);
}

// --- small values ------------------------------------------------------------------

bool
parse_number(struct slice text, uint64_t max, uint64_t *value_r)
{
	struct scan s = scan_slice(text);
	return scan_u64(&s, max, value_r) && scan_done(&s);
}

bool
parse_flags(struct scan *s, struct flags *flags)
{
	if (!scan_need(s, '('))
		return false;
	scan_spaces(s);
	while (!scan_accept(s, ')')) {
		// Not scan_word: keywords of some servers hold brackets and braces.
		const char *start = s->at;
		while (!scan_done(s) && !strchr(" ()\"\r\n", *s->at))
			s->at++;
		if (s->bad || s->at == start) {
			s->bad = true;
			return false;
		}
		char *name = str_ndup(start, (size_t)(s->at - start));
		(void)flags_add(flags, name); // one that is no keyword is left out
		free(name);
		scan_spaces(s);
	}
	return true;
}

bool
parse_permanent(struct slice text)
{
	for (size_t i = 0; i + 1 < text.len; i++) {
		if (text.data[i] == '\\' && text.data[i + 1] == '*')
			return true;
	}
	return false;
}
