// SPDX-License-Identifier: GPL-3.0-or-later
// A maildrop: which messages there are, what the server calls them, their bytes,
// and their removal, which only an answer to QUIT makes sure.
#include "config.h"

#include "remote/pop3.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/cancel.h"
#include "mail/header.h"
#include "remote/line.h"

#define BODY_STEP (64 * 1024)
// Commands on the wire without an answer read; few bytes each, so that the
// server never waits for us to read before it can.
#define WINDOW 32

static const char *
host_of(const struct pop3 *p)
{
	return str_or_empty(p->base.settings.host);
}

static bool
told_to_stop(struct pop3 *p, struct error *err)
{
	pop3_drop(p); // the rest of an answer is still under way
	return error_set(err, ERROR_CANCELLED, "cancelled");
}

static size_t
window_of(const struct pop3 *p)
{
	return (p->capabilities & POP3_PIPELINING) != 0 ? WINDOW : 1;
}

// --- lists -------------------------------------------------------------------------

// "number rest": false for any other line. The text is changed.
static bool
entry_parse(char *line, uint32_t *number_r, char **rest_r)
{
	char *space = strchr(line, ' ');
	uint64_t number;

	if (space == NULL)
		return false;
	*space = '\0';
	*rest_r = space + 1;
	if (!str_to_u64(line, UINT32_MAX - 1, &number) || number == 0)
		return false;
	*number_r = (uint32_t)number;
	return true;
}

static int
compare_messages(const void *a, const void *b)
{
	const struct pop3_message *left = a, *right = b;

	return (left->number > right->number) - (left->number < right->number);
}

static struct pop3_message *
message_find(struct pop3 *p, uint32_t number)
{
	struct pop3_message key = { .number = number };

	return p->messages.len == 0 ? NULL : bsearch(&key, p->messages.items,
		p->messages.len, sizeof(key), compare_messages);
}

static void
take_size(struct pop3 *p, uint32_t number, char *rest)
{
	uint64_t size;

	rest[strcspn(rest, " ")] = '\0';
	if (!str_to_u64(rest, INT64_MAX, &size))
		size = 0;
	struct pop3_message *m = array_push(&p->messages);
	m->number = number;
	m->size = size;
}

static bool
uidl_valid(const char *uidl)
{
	size_t len = strlen(uidl);

	if (len == 0 || len > POP3_UIDL_MAX)
		return false;
	for (; *uidl != '\0'; uidl++)
		if (*uidl < 0x21 || *uidl > 0x7e)
			return false;
	return true;
}

// A message that is named twice has no name.
static void
take_uidl(struct pop3 *p, uint32_t number, char *rest)
{
	struct pop3_message *m = message_find(p, number);

	if (m == NULL)
		return;
	bool valid = !m->named && uidl_valid(rest);
	str_set(&m->uidl, valid ? rest : NULL);
	m->named = true;
}

// Lines are counted, not numbers believed: memory grows only by what was sent.
static bool
read_list(struct pop3 *p, void (*take)(struct pop3 *p, uint32_t number, char *rest),
	struct error *err)
{
	for (size_t lines = 0; lines <= POP3_MESSAGES_MAX; lines++) {
		const char *text;
		size_t len;
		uint32_t number;
		char *rest;
		bool end;
		if (!pop3_list_line(p, &text, &len, &end, err))
			return false;
		if (end)
			return true;
		char *line = str_ndup(text, len);
		if (entry_parse(line, &number, &rest))
			take(p, number, rest);
		free(line);
	}
	pop3_drop(p);
	return error_set(err, ERROR_OFFLINE, "%s lists more than %d messages",
		host_of(p), POP3_MESSAGES_MAX);
}

static void
drop_doubles(struct pop3 *p)
{
	struct array once = ARRAY_OF(struct pop3_message);

	array_sort(&p->messages, compare_messages);
	for (size_t i = 0; i < p->messages.len; i++) {
		const struct pop3_message *m = array_at(&p->messages, i);
		const struct pop3_message *last =
			once.len == 0 ? NULL : array_at(&once, once.len - 1);
		if (last == NULL || last->number != m->number)
			*(struct pop3_message *)array_push(&once) = *m;
	}
	array_done(&p->messages);
	p->messages = once;
}

// What names two messages names none: they would be taken for each other.
static void
drop_shared_names(struct pop3 *p)
{
	struct map *seen = map_new();
	size_t shared = 0;

	for (size_t i = 0; i < p->messages.len; i++) {
		struct pop3_message *m = array_at(&p->messages, i);
		if (m->uidl != NULL)
			map_put(seen, m->uidl, map_get(seen, m->uidl) == NULL
				? (void *)m : (void *)p);
	}
	for (size_t i = 0; i < p->messages.len; i++) {
		struct pop3_message *m = array_at(&p->messages, i);
		if (m->uidl != NULL && map_get(seen, m->uidl) == p) {
			str_set(&m->uidl, NULL);
			shared++;
		}
	}
	map_free(&seen, NULL);
	if (shared > 0)
		log_info("%s gives %zu messages names that are not theirs alone",
			host_of(p), shared);
}

// A server without UIDL leaves the messages without names.
static bool
read_uidl(struct pop3 *p, struct error *err)
{
	enum pop3_answer answer;
	const char *text;

	if (!pop3_answer(p, &answer, &text, err))
		return false;
	if (answer != POP3_OK)
		return true;
	if (!read_list(p, take_uidl, err))
		return false;
	drop_shared_names(p);
	return true;
}

static bool
load(struct pop3 *p, struct error *err)
{
	bool together = (p->capabilities & POP3_PIPELINING) != 0;
	struct error why = {0};

	pop3_forget(p);
	if (!pop3_connected(p, err))
		return false;
	line_put_str(p->base.line, together ? "LIST\r\nUIDL\r\n" : "LIST\r\n");
	bool ok = pop3_expect(p, "to list messages", &why) &&
		read_list(p, take_size, &why);
	if (!ok) {
		// The other list may be on its way.
		if (together)
			pop3_drop(p);
		if (together && why.kind == ERROR_REFUSED)
			why.kind = ERROR_OFFLINE;
		if (err != NULL)
			*err = why;
		return false;
	}
	drop_doubles(p);
	if (!together)
		line_put_str(p->base.line, "UIDL\r\n");
	p->selected = read_uidl(p, err);
	return p->selected;
}

// --- folders -----------------------------------------------------------------------

static bool
is_inbox(const char *folder, struct error *err)
{
	return str_equal_nocase(folder, "INBOX") ||
		error_set(err, ERROR_GONE, "a POP3 account has no folder \"%s\"",
			folder);
}

bool
pop3_folders(struct remote *r, struct remote_folders *folders_r, struct error *err)
{
	(void)r;
	(void)err;
	*folders_r = (struct remote_folders){
		.items = mem_new(struct remote_folder), .len = 1, .cap = 1,
	};
	folders_r->items[0] = (struct remote_folder){
		.name = str_dup("INBOX"), .label = str_dup("INBOX"),
		.role = "inbox", .selectable = true, .subscribed = true,
	};
	return true;
}

bool
pop3_status(struct remote *r, const char *folder, struct remote_folder *status_r,
	struct error *err)
{
	struct pop3 *p = pop3_of(r);
	enum pop3_answer answer;
	const char *text;
	uint64_t count;

	*status_r = (struct remote_folder){0};
	if (!is_inbox(folder, err) || !pop3_connected(p, err))
		return false;
	line_put_str(p->base.line, "STAT\r\n");
	if (!pop3_answer(p, &answer, &text, err))
		return false;
	if (answer != POP3_OK)
		return pop3_refused(p, "to count messages", text, err);
	char *number = str_ndup(text, strcspn(text, " "));
	if (!str_to_u64(number, UINT32_MAX - 1, &count))
		count = 0;
	free(number);
	status_r->has_status = true;
	status_r->messages = status_r->unseen = (uint32_t)count;
	return true;
}

bool
pop3_select(struct remote *r, const char *folder, const struct remote_known *known,
	struct remote_state *state_r, const struct remote_sink *sink,
	struct error *err)
{
	struct pop3 *p = pop3_of(r);
	(void)known;
	(void)sink;

	*state_r = (struct remote_state){0};
	if (!is_inbox(folder, err))
		return false;
	// The maildrop of a session is what it was; what was removed stays so.
	if (!p->selected && !load(p, err))
		return false;
	state_r->exists = (uint32_t)(p->messages.len - p->removed);
	if (p->messages.len > 0) {
		const struct pop3_message *last =
			array_at(&p->messages, p->messages.len - 1);
		state_r->uidnext = last->number + 1;
	}
	return true;
}

// --- bytes -------------------------------------------------------------------------

// Where the bytes of one message go.
struct target {
	struct buf *keep;              // at most keep_max of them; NULL
	size_t keep_max;
	const struct remote_sink *sink; // NULL
	uint64_t offset, max;          // of what the sink gets; max 0: all
};

static bool
target_put(struct target *t, uint64_t at, const struct buf *bytes)
{
	if (t->keep != NULL && t->keep->len < t->keep_max) {
		size_t room = t->keep_max - t->keep->len;
		buf_add(t->keep, bytes->data, bytes->len < room ? bytes->len : room);
	}
	if (t->sink == NULL || t->sink->data == NULL)
		return true;
	uint64_t from = t->offset > at ? t->offset - at : 0;
	uint64_t to = bytes->len;
	if (t->max != 0 && at + to > t->offset + t->max)
		to = t->offset + t->max > at ? t->offset + t->max - at : 0;
	return from >= to ||
		t->sink->data(t->sink->arg, bytes->data + from, (size_t)(to - from));
}

// The bytes behind +OK, to the final dot. What was told of the size bounds them.
static bool
read_body(struct pop3 *p, uint64_t size, struct target *t, struct error *err)
{
	uint64_t limit = size == 0 || size > POP3_MESSAGE_MAX ? POP3_MESSAGE_MAX
		: 2 * size + POP3_MESSAGE_SLACK;
	struct pop3_body body = {0};
	struct buf out = {0};
	uint64_t at = 0;
	bool ok = true;

	while (ok && body.state != POP3_BODY_END) {
		const char *bytes;
		size_t len;
		ok = line_read_bytes(p->base.line, BODY_STEP, &bytes, &len, err);
		if (!ok)
			break;
		buf_clear(&out);
		size_t used = pop3_body_add(&body, &out, bytes, len);
		line_unread(p->base.line, len - used);
		if (out.len > 0 && !target_put(t, at, &out))
			ok = told_to_stop(p, err);
		at += out.len;
		if (ok && at > limit) {
			pop3_drop(p);
			ok = error_set(err, ERROR_OFFLINE, "%s sends a message "
				"without end", host_of(p));
		}
	}
	buf_done(&out);
	return ok;
}

// One answer to RETR or TOP. *refused_r: there was -ERR instead of bytes, which
// *err tells.
static bool
read_message(struct pop3 *p, uint64_t size, struct target *t, bool *refused_r,
	struct error *err)
{
	enum pop3_answer answer;
	const char *text;

	*refused_r = false;
	if (!pop3_answer(p, &answer, &text, err))
		return false;
	if (answer != POP3_OK) {
		*refused_r = true;
		pop3_refused(p, "a message", text, err);
		return true;
	}
	return read_body(p, size, t, err);
}

static bool
there(struct pop3 *p, uint32_t uid, struct pop3_message **message_r, struct error *err)
{
	if (!pop3_connected(p, err))
		return false;
	if (!p->selected && !load(p, err))
		return false;
	*message_r = message_find(p, uid);
	if (*message_r != NULL && !(*message_r)->removed)
		return true;
	return error_set(err, ERROR_GONE, "the server has no message %" PRIu32, uid);
}

bool
pop3_fetch_raw(struct remote *r, uint32_t uid, uint64_t offset, uint64_t max,
	const struct remote_sink *sink, struct error *err)
{
	struct pop3 *p = pop3_of(r);
	struct target t = { .sink = sink, .offset = offset, .max = max };
	struct pop3_message *m;
	bool refused;

	if (!there(p, uid, &m, err))
		return false;
	line_printf(p->base.line, "RETR %" PRIu32 "\r\n", uid);
	return read_message(p, m->size, &t, &refused, err) && !refused;
}

bool
pop3_fetch_part(struct remote *r, uint32_t uid, const char *section,
	uint64_t offset, uint64_t max, const struct remote_sink *sink,
	struct error *err)
{
	struct pop3 *p = pop3_of(r);
	struct target t = { .sink = sink, .offset = offset, .max = max };
	struct pop3_message *m;
	bool refused;

	if (!str_equal_nocase(section, "HEADER"))
		return error_set(err, ERROR_INPUT,
			"a POP3 server takes no message apart");
	if (!there(p, uid, &m, err))
		return false;
	line_printf(p->base.line, "TOP %" PRIu32 " 0\r\n", uid);
	return read_message(p, m->size, &t, &refused, err) && !refused;
}

// --- rows --------------------------------------------------------------------------

static bool
set_has(struct remote_set set, uint32_t uid)
{
	for (size_t i = 0; i < set.n; i++)
		if (uid >= set.ranges[i].from && uid <= set.ranges[i].to)
			return true;
	return false;
}

// Places in p->messages of what the set names and is there; free().
static size_t *
choose(struct pop3 *p, struct remote_set set, size_t *n_r)
{
	size_t *places = mem_alloc(p->messages.len + 1, sizeof(*places));

	*n_r = 0;
	for (size_t i = 0; i < p->messages.len; i++) {
		const struct pop3_message *m = array_at(&p->messages, i);
		if (!m->removed && set_has(set, m->number))
			places[(*n_r)++] = i;
	}
	return places;
}

static bool
tell(struct pop3 *p, const struct pop3_message *m, struct envelope *envelope,
	bool unreadable, const struct remote_sink *sink, struct error *err)
{
	struct remote_message message = {
		.uid = m->number,
		.uidl = m->uidl,
		.size = m->size,
		.has_envelope = envelope != NULL,
		.envelope = envelope,
		.unreadable = unreadable,
	};

	return sink->message == NULL || sink->message(sink->arg, &message) ||
		told_to_stop(p, err);
}

static bool
fetch_envelope(struct pop3 *p, const struct pop3_message *m,
	const struct remote_sink *sink, struct error *err)
{
	struct buf header = {0};
	struct target t = { .keep = &header, .keep_max = HEADER_BLOCK_MAX };
	struct envelope envelope = {0};
	struct error why = {0};
	bool refused;
	bool ok = read_message(p, m->size, &t, &refused, &why);

	// -ERR: no TOP here, or a message that the server cannot read itself.
	if (!ok && err != NULL)
		*err = why;
	if (ok && !refused)
		envelope_parse(&envelope, buf_text(&header), header.len);
	if (ok)
		ok = tell(p, m, refused ? NULL : &envelope, refused, sink, err);
	envelope_done(&envelope);
	buf_done(&header);
	return ok;
}

static bool
fetch_body(struct pop3 *p, const struct pop3_message *m,
	const struct remote_sink *sink, struct error *err)
{
	struct target t = { .sink = sink };
	enum pop3_answer answer;
	const char *text;

	// Known only now whether there are bytes to follow.
	if (!pop3_answer(p, &answer, &text, err))
		return false;
	if (answer != POP3_OK) {
		log_info("%s refused message %" PRIu32 ": %s", host_of(p), m->number,
			text);
		return true;
	}
	return tell(p, m, NULL, false, sink, err) && read_body(p, m->size, &t, err);
}

// Asks for as many as the window lets in, then takes them one by one.
static bool
fetch_each(struct pop3 *p, const char *format, const size_t *places, size_t n,
	bool (*take)(struct pop3 *p, const struct pop3_message *m,
		const struct remote_sink *sink, struct error *err),
	const struct remote_sink *sink, struct error *err)
{
	size_t asked = 0, window = window_of(p);
	bool ok = true;

	for (size_t i = 0; ok && i < n; i++) {
		for (; asked < n && asked < i + window; asked++) {
			const struct pop3_message *m =
				array_at(&p->messages, places[asked]);
			line_printf(p->base.line, "%s %" PRIu32 "%s\r\n",
				format, m->number, format[0] == 'T' ? " 0" : "");
		}
		ok = take(p, array_at(&p->messages, places[i]), sink, err) &&
			pop3_connected(p, err);
	}
	return ok;
}

bool
pop3_fetch(struct remote *r, struct remote_set set, unsigned what,
	uint64_t changed_since, const struct remote_sink *sink, struct error *err)
{
	struct pop3 *p = pop3_of(r);
	bool ok = true;
	size_t n;
	(void)changed_since;

	if (!pop3_connected(p, err) || (!p->selected && !load(p, err)))
		return false;
	size_t *places = choose(p, set, &n);
	if ((what & REMOTE_FETCH_RAW) != 0)
		ok = fetch_each(p, "RETR", places, n, fetch_body, sink, err);
	else if ((what & REMOTE_FETCH_ENVELOPE) != 0)
		ok = fetch_each(p, "TOP", places, n, fetch_envelope, sink, err);
	else
		for (size_t i = 0; ok && i < n; i++)
			ok = tell(p, array_at(&p->messages, places[i]), NULL, false,
				sink, err);
	free(places);
	return ok;
}

// --- removal -----------------------------------------------------------------------

// All are asked for and all answers read, whatever one of them says.
bool
pop3_expunge(struct remote *r, struct remote_set set, struct error *err)
{
	struct pop3 *p = pop3_of(r);
	size_t n, asked = 0, window = window_of(p);
	bool ok = true, all = true;

	if (!pop3_connected(p, err) || (!p->selected && !load(p, err)))
		return false;
	size_t *places = choose(p, set, &n);
	for (size_t i = 0; ok && i < n; i++) {
		enum pop3_answer answer;
		const char *text;
		for (; asked < n && asked < i + window; asked++) {
			const struct pop3_message *m =
				array_at(&p->messages, places[asked]);
			line_printf(p->base.line, "DELE %" PRIu32 "\r\n", m->number);
		}
		struct pop3_message *m = array_at(&p->messages, places[i]);
		ok = pop3_answer(p, &answer, &text, err);
		m->removed = ok && answer == POP3_OK;
		p->removed += m->removed;
		if (ok && !m->removed && all)
			all = pop3_refused(p, "to remove a message", text, err);
	}
	free(places);
	return ok && all;
}

bool
pop3_commit(struct remote *r, struct error *err)
{
	struct pop3 *p = pop3_of(r);

	if (!pop3_connected(p, err))
		return false;
	line_put_str(p->base.line, "QUIT\r\n");
	// RFC 1939 section 6: -ERR when some were not removed.
	bool ok = pop3_expect(p, "to remove messages", err);
	pop3_drop(p);
	pop3_forget(p);
	p->removed = 0;
	return ok;
}
