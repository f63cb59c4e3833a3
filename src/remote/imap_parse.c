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
#define VANISHED_BATCH 512

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
	{ "SORT", CAP_SORT },
	{ "THREAD=REFERENCES", CAP_THREAD_REFERENCES },
	{ "THREAD=ORDEREDSUBJECT", CAP_THREAD_SUBJECT },
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

// --- sets of UIDs ---------------------------------------------------------------------

void
uids_add(struct uids *u, uint32_t uid)
{
	if (u->len >= (u->max && u->max < PARSE_UIDS_MAX ? u->max : PARSE_UIDS_MAX)) {
		u->full = true;
		return;
	}
	if (u->len == u->cap) {
		u->cap = u->cap ? u->cap * 2 : 64;
		u->items = mem_grow(u->items, u->cap, sizeof(*u->items));
	}
	u->items[u->len++] = uid;
}

void
uids_done(struct uids *u)
{
	free(u->items);
	*u = (struct uids){ .max = u->max };
}

static int
compare_uids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

void
uids_sort(struct uids *u)
{
	bool sorted = true;
	for (size_t i = 1; i < u->len && sorted; i++)
		sorted = u->items[i - 1] < u->items[i];
	if (sorted)
		return;
	qsort(u->items, u->len, sizeof(*u->items), compare_uids);
	size_t kept = 1;
	for (size_t i = 1; i < u->len; i++) {
		if (u->items[i] != u->items[kept - 1])
			u->items[kept++] = u->items[i];
	}
	u->len = kept;
}

struct expansion { struct uids *uids; uint64_t end; };

static bool
expand(void *arg, uint32_t from, uint32_t to)
{
	struct expansion *e = arg;
	for (uint64_t uid = from; uid <= to && uid < e->end && !e->uids->full; uid++)
		uids_add(e->uids, (uint32_t)uid);
	return !e->uids->full;
}

static bool
parse_uids(struct scan *s, uint64_t end, struct uids *uids)
{
	struct expansion e = { uids, end };
	return scan_set(s, expand, &e);
}

bool
parse_search(struct slice rest, struct uids *uids)
{
	struct scan s = scan_slice(rest);
	scan_spaces(&s);
	while (!scan_done(&s) && scan_peek(&s) != '(') { // "(MODSEQ 12)" may end it
		uint32_t uid;
		if (!scan_u32(&s, &uid) || uid == 0)
			return false;
		uids_add(uids, uid);
		scan_spaces(&s);
	}
	return !uids->full;
}

bool
parse_esearch(struct slice rest, struct uids *uids)
{
	struct scan s = scan_slice(rest);
	scan_spaces(&s);
	if (scan_peek(&s) == '(' && !scan_skip(&s)) // (TAG "P1")
		return false;
	for (scan_spaces(&s); !scan_done(&s); scan_spaces(&s)) {
		struct slice word;
		if (!scan_word(&s, &word))
			return false;
		if (slice_is(word, "UID"))
			continue;
		if (!scan_need(&s, ' '))
			return false;
		if (slice_is(word, "ALL")) {
			if (!parse_uids(&s, UINT32_MAX, uids))
				return false;
		} else if (!scan_skip(&s)) {
			return false;
		}
	}
	return !s.bad;
}

struct threader {
	struct remote_threaded *items;
	size_t len, cap, max;
	uint32_t parents[PARSE_THREAD_DEPTH];
	size_t depth;        // of parentheses
	uint32_t last, root;
};

static bool
thread_add(struct threader *t, uint32_t uid)
{
	if (uid == 0 || t->depth == 0 || t->len >= t->max || t->len >= REMOTE_NO_PARENT)
		return false;
	if (t->len == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 64;
		t->items = mem_grow(t->items, t->cap, sizeof(*t->items));
	}
	uint32_t parent = t->last != REMOTE_NO_PARENT ? t->last : t->root;
	t->last = (uint32_t)t->len;
	if (t->root == REMOTE_NO_PARENT)
		t->root = t->last;
	t->items[t->len++] = (struct remote_threaded){ uid, parent };
	return true;
}

static bool
thread_step(struct threader *t, struct scan *s)
{
	uint32_t uid;
	if (scan_accept(s, '(')) {
		if (t->depth == 0)
			t->last = t->root = REMOTE_NO_PARENT;
		if (t->depth < PARSE_THREAD_DEPTH)
			t->parents[t->depth] = t->last;
		t->depth++;
		return true;
	}
	if (scan_accept(s, ')')) {
		if (t->depth == 0)
			return false;
		t->depth--;
		t->last = t->parents[t->depth < PARSE_THREAD_DEPTH ? t->depth :
			PARSE_THREAD_DEPTH - 1];
		return true;
	}
	return scan_u32(s, &uid) && thread_add(t, uid);
}

bool
parse_thread(struct slice rest, size_t max, struct remote_threaded **messages_r,
	size_t *n_r)
{
	struct threader t = { .max = max, .last = REMOTE_NO_PARENT,
		.root = REMOTE_NO_PARENT };
	struct scan s = scan_slice(rest);
	bool ok = true;
	for (scan_spaces(&s); ok && !scan_done(&s); scan_spaces(&s))
		ok = thread_step(&t, &s);
	if (!ok || t.depth != 0) {
		free(t.items);
		*messages_r = NULL;
		*n_r = 0;
		return false;
	}
	*messages_r = t.items;
	*n_r = t.len;
	return true;
}

struct vanishing {
	uint64_t end;
	size_t *n;
	void (*gone)(void *arg, const uint32_t *uids, size_t n);
	void *arg;
};

static bool
vanish(void *arg, uint32_t from, uint32_t to)
{
	struct vanishing *v = arg;
	uint32_t batch[VANISHED_BATCH];
	size_t len = 0;
	for (uint64_t uid = from; uid <= to && uid < v->end; uid++) {
		if (++*v->n > PARSE_UIDS_MAX)
			return false;
		batch[len++] = (uint32_t)uid;
		if (len == VANISHED_BATCH) {
			v->gone(v->arg, batch, len);
			len = 0;
		}
	}
	if (len > 0)
		v->gone(v->arg, batch, len);
	return true;
}

bool
parse_vanished(struct slice rest, uint64_t end, bool *earlier_r, size_t *n_r,
	void (*gone)(void *arg, const uint32_t *uids, size_t n), void *arg)
{
	struct vanishing v = { end, n_r, gone, arg };
	struct scan s = scan_slice(rest);
	*earlier_r = scan_peek(&s) == '(';
	if (*earlier_r && !scan_skip(&s))
		return false;
	scan_spaces(&s);
	return scan_set(&s, vanish, &v) && scan_done(&s) && !s.bad;
}

bool
parse_copyuid(struct slice values, uint32_t *uidvalidity_r, struct uids *from,
	struct uids *to)
{
	to->max = from->max;
	struct scan s = scan_slice(values);
	return scan_u32(&s, uidvalidity_r) && *uidvalidity_r && scan_need(&s, ' ') &&
		parse_uids(&s, UINT32_MAX, from) && scan_need(&s, ' ') &&
		parse_uids(&s, UINT32_MAX, to) && scan_done(&s) && !s.bad &&
		from->len == to->len;
}

bool
parse_appenduid(struct slice values, uint32_t *uidvalidity_r, uint32_t *uid_r)
{
	struct scan s = scan_slice(values);
	return scan_u32(&s, uidvalidity_r) && *uidvalidity_r && scan_need(&s, ' ') &&
		scan_u32(&s, uid_r) && *uid_r && scan_done(&s);
}
