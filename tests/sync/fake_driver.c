// SPDX-License-Identifier: GPL-3.0-or-later
// The driver table over the fake server: what an IMAP server would answer, with
// or without the extensions that the test gives it.
#include "config.h"

#include "tests/sync/fake_private.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "mail/header.h"
#include "mail/part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_connection {
	struct fake *server;
	char selected[FAKE_NAME];
	bool dead;
	uint32_t uidvalidity;   // when it was selected
};

static struct fake_connection *
connection(struct remote *r)
{
	return (struct fake_connection *)(void *)r;
}

// --- faults ---------------------------------------------------------------------------

static bool
fault_now(const char *verb, bool done, struct error *err)
{
	struct fake_fault *fault = &fake_used()->fault;

	if (fault->kind == ERROR_NONE || fault->done != done ||
	    !str_equal(fault->verb, verb))
		return false;
	if (fault->after > 0) {
		fault->after--;
		return false;
	}
	error_set(err, fault->kind, "a fault in %s", verb);
	fault->kind = ERROR_NONE;
	return true;
}

bool
fake_begin(const char *verb, struct error *err)
{
	char what[64];

	fake_used()->turns++;
	snprintf(what, sizeof(what), "before %s", verb);
	fake_step(what);
	return !fault_now(verb, false, err);
}

bool
fake_end(const char *verb, struct error *err)
{
	char what[64];

	snprintf(what, sizeof(what), "after %s", verb);
	fake_step(what);
	return !fault_now(verb, true, err);
}

// A connection that was cut stays so.
static bool
begin(struct remote *r, const char *verb, struct error *err)
{
	struct fake_connection *c = connection(r);

	if (c->dead)
		return error_set(err, ERROR_OFFLINE, "the connection is dead");
	if (fake_begin(verb, err))
		return !str_equal(verb, c->server->refuses) ||
			error_set(err, ERROR_REFUSED, "not allowed");
	c->dead = err->kind == ERROR_OFFLINE;
	return false;
}

static bool
end(struct remote *r, const char *verb, struct error *err)
{
	if (fake_end(verb, err))
		return true;
	connection(r)->dead = err->kind == ERROR_OFFLINE;
	return false;
}

// --- the connection -------------------------------------------------------------------

static bool
verb_open(struct remote **r, const struct remote_settings *settings,
	struct cancel *cancel, struct remote_certificate *certificate_r,
	struct error *err)
{
	(void)settings;
	(void)cancel;
	(void)certificate_r;
	if (!fake_begin("open", err))
		return false;
	struct fake_connection *c = mem_new(struct fake_connection);
	c->server = fake_used();
	*r = (struct remote *)(void *)c;
	return true;
}

static void
verb_close(struct remote **r)
{
	free(connection(*r));
	*r = NULL;
}

static unsigned
verb_abilities(struct remote *r)
{
	return connection(r)->server->abilities;
}

static struct fake_folder *
selected(struct remote *r, struct error *err)
{
	struct fake_connection *c = connection(r);
	struct fake_folder *f = fake_folder(c->server, c->selected);

	if (f != NULL && f->uidvalidity == c->uidvalidity)
		return f;
	error_set(err, ERROR_GONE, "the selected folder is gone");
	return NULL;
}

// --- folders --------------------------------------------------------------------------

static void
fill_status(const struct fake *s, const struct fake_folder *f,
	struct remote_folder *to)
{
	to->has_status = true;
	to->messages = (uint32_t)f->n;
	to->uidnext = f->uidnext;
	to->uidvalidity = f->uidvalidity;
	to->highestmodseq = s->keeps_modseq ? f->modseq : 0;
	for (size_t i = 0; i < f->n; i++)
		to->unseen += strstr(f->messages[i].flags, "seen") == NULL;
	to->unseen += (f->quirks & FAKE_UNSEEN_MORE) != 0 ? 5 : 0;
}

static bool
verb_folders(struct remote *r, struct remote_folders *folders_r, struct error *err)
{
	struct fake *s = connection(r)->server;

	if (!begin(r, "folders", err))
		return false;
	*folders_r = (struct remote_folders){
		.items = mem_alloc(FAKE_FOLDERS, sizeof(*folders_r->items)),
	};
	for (size_t i = 0; i < FAKE_FOLDERS; i++) {
		const struct fake_folder *f = &s->folders[i];
		if (f->name[0] == '\0')
			continue;
		struct remote_folder *to = &folders_r->items[folders_r->len++];
		to->name = str_dup(f->name);
		to->label = str_dup(f->name);
		to->delimiter = '/';
		to->role = f->role[0] != '\0' ? f->role : NULL;
		to->selectable = to->subscribed = true;
		if (s->abilities & REMOTE_LIST_STATUS)
			fill_status(s, f, to);
	}
	return true;
}

static struct fake_folder *
named(struct remote *r, const char *name, struct error *err)
{
	struct fake_folder *f = fake_folder(connection(r)->server, name);

	if (f == NULL)
		error_set(err, ERROR_REFUSED, "there is no folder %s", name);
	return f;
}

static bool
verb_status(struct remote *r, const char *folder, struct remote_folder *status_r,
	struct error *err)
{
	if (!begin(r, "status", err))
		return false;
	const struct fake_folder *f = named(r, folder, err);
	*status_r = (struct remote_folder){0};
	if (f != NULL)
		fill_status(connection(r)->server, f, status_r);
	return f != NULL;
}

static bool
tell(const struct fake *s, const struct fake_message *m, unsigned what,
	const struct remote_sink *sink)
{
	struct flags flags = {0};
	struct envelope envelope = {0};
	char *text = fake_text(m->name);
	struct remote_message to = {
		.uid = m->uid, .modseq = s->keeps_modseq ? m->modseq : 0,
		.received = m->received,
	};

	// As fake_text: a name is a message.
	if (what & REMOTE_FETCH_SAME && s->abilities & REMOTE_IDS)
		to.email_id = m->name;
	if (what & (REMOTE_FETCH_FLAGS | REMOTE_FETCH_ENVELOPE)) {
		flags_parse(&flags, m->flags);
		to.has_flags = true;
		to.flags = &flags;
	}
	if ((what & REMOTE_FETCH_ENVELOPE) && str_equal(m->name, s->unreadable)) {
		to.unreadable = true;
		to.has_flags = false;
	} else if (what & REMOTE_FETCH_ENVELOPE) {
		envelope_parse(&envelope, text, header_block_len(text, strlen(text)));
		to.has_envelope = true;
		to.envelope = &envelope;
		to.size = strlen(text);
	}
	bool ok = sink->message == NULL || sink->message(sink->arg, &to);
	flags_done(&flags);
	envelope_done(&envelope);
	free(text);
	return ok;
}

static void
tell_changes(const struct fake *s, const struct fake_folder *f, uint64_t since,
	const struct remote_sink *sink)
{
	for (size_t i = 0; i < f->n_gone; i++)
		if (f->gone[i].modseq > since && sink->gone != NULL)
			sink->gone(sink->arg, &f->gone[i].uid, 1);
	for (size_t i = 0; i < f->n; i++)
		if (f->messages[i].modseq > since)
			tell(s, &f->messages[i], REMOTE_FETCH_FLAGS, sink);
}

static bool
verb_select(struct remote *r, const char *folder, const struct remote_known *known,
	struct remote_state *state_r, const struct remote_sink *sink,
	struct error *err)
{
	struct fake_connection *c = connection(r);
	struct fake *s = c->server;

	c->selected[0] = '\0';
	if (!begin(r, "select", err))
		return false;
	const struct fake_folder *f = fake_folder(s, folder);
	if (f == NULL)
		return error_set(err, ERROR_GONE, "there is no folder %s", folder);
	fake_copy_name(c->selected, folder);
	c->uidvalidity = f->uidvalidity;
	*state_r = (struct remote_state){
		.uidvalidity = f->uidvalidity, .uidnext = f->uidnext,
		.exists = (uint32_t)f->n, .keywords = true,
		.read_only = (f->quirks & FAKE_READ_ONLY) != 0,
		.highestmodseq = s->keeps_modseq ? f->modseq : 0,
	};
	static const struct flags no_seen = { .bits = FLAG_FLAGGED | FLAG_DELETED };
	if (f->quirks & FAKE_NO_SEEN)
		state_r->permanent = &no_seen;
	if ((f->quirks & FAKE_COUNTS_LESS) && state_r->exists > 0)
		state_r->exists--;
	if (f->quirks & FAKE_NO_UIDNEXT)
		state_r->uidnext = 0;
	if ((s->abilities & REMOTE_QRESYNC) && known->highestmodseq != 0 &&
	    known->uidvalidity == f->uidvalidity) {
		tell_changes(s, f, known->highestmodseq, sink);
		state_r->changes_told = true;
	}
	return true;
}

// --- messages -------------------------------------------------------------------------

static bool
set_has(struct remote_set set, uint32_t uid, bool last)
{
	for (size_t i = 0; i < set.n; i++) {
		if (uid >= set.ranges[i].from && uid <= set.ranges[i].to)
			return true;
		// "n:*" names the last message in any case.
		if (last && set.ranges[i].to == UINT32_MAX)
			return true;
	}
	return false;
}

static bool
verb_fetch(struct remote *r, struct remote_set set, unsigned what,
	uint64_t changed_since, const struct remote_sink *sink, struct error *err)
{
	struct fake *s = connection(r)->server;

	if (!begin(r, "fetch", err))
		return false;
	const struct fake_folder *f = selected(r, err);
	if (f == NULL)
		return false;
	for (size_t i = 0; i < f->n; i++) {
		const struct fake_message *m = &f->messages[i];
		if (!set_has(set, m->uid, i + 1 == f->n) ||
		    (changed_since != 0 && m->modseq <= changed_since))
			continue;
		if (s->silent_for > 0 && str_equal(m->name, s->silent)) {
			s->silent_for--;
			continue;
		}
		if (!tell(s, m, what, sink) ||
		    ((f->quirks & FAKE_TELLS_TWICE) && !tell(s, m, what, sink)))
			return error_set(err, ERROR_CANCELLED, "cancelled");
		// A link that is cut in the middle of an answer.
		if (i == f->n / 2 && !end(r, "half fetch", err))
			return false;
	}
	return true;
}

// May the selected folder be changed?
static struct fake_folder *
writable(struct remote *r, struct error *err)
{
	struct fake_folder *f = selected(r, err);

	if (f == NULL || !(f->quirks & FAKE_READ_ONLY))
		return f;
	error_set(err, ERROR_REFUSED, "the folder is read-only");
	return NULL;
}

static struct fake_folder *
roomy(struct remote *r, const char *name, struct error *err)
{
	struct fake_folder *f = named(r, name, err);

	if (f == NULL || !connection(r)->server->full)
		return f;
	error_set(err, ERROR_REFUSED, "over quota");
	return NULL;
}

static const struct fake_message *
by_uid(const struct fake_folder *f, uint32_t uid)
{
	for (size_t i = 0; f != NULL && i < f->n; i++)
		if (f->messages[i].uid == uid)
			return &f->messages[i];
	return NULL;
}

static bool
give(const char *text, uint64_t offset, uint64_t max,
	const struct remote_sink *sink)
{
	uint64_t len = strlen(text);
	uint64_t left = offset < len ? len - offset : 0;

	if (max != 0 && left > max)
		left = max;
	return left == 0 || sink->data(sink->arg, text + offset, left);
}

static bool
verb_structure(struct remote *r, uint32_t uid, struct part **root_r,
	struct error *err)
{
	if (!begin(r, "structure", err))
		return false;
	const struct fake_message *m = by_uid(selected(r, err), uid);
	if (m == NULL)
		return error_set(err, ERROR_GONE, "the message is gone");
	char *text = fake_text(m->name);
	*root_r = part_parse(text, strlen(text));
	free(text);
	return true;
}

static bool
verb_fetch_raw(struct remote *r, uint32_t uid, uint64_t offset, uint64_t max,
	const struct remote_sink *sink, struct error *err)
{
	if (!begin(r, "raw", err))
		return false;
	connection(r)->server->bodies++;
	const struct fake_message *m = by_uid(selected(r, err), uid);
	if (m == NULL)
		return error_set(err, ERROR_GONE, "the message is gone");
	char *text = fake_text(m->name);
	bool ok = give(text, offset, max, sink);
	free(text);
	return ok || error_set(err, ERROR_CANCELLED, "cancelled");
}

static bool
verb_fetch_part(struct remote *r, uint32_t uid, const char *section,
	uint64_t offset, uint64_t max, const struct remote_sink *sink,
	struct error *err)
{
	if (!begin(r, "part", err))
		return false;
	connection(r)->server->bodies++;
	const struct fake_message *m = by_uid(selected(r, err), uid);
	if (m == NULL)
		return error_set(err, ERROR_GONE, "the message is gone");
	char *text = fake_text(m->name);
	size_t head = header_block_len(text, strlen(text));
	bool header = str_equal(section, "HEADER");
	if (header)
		text[head] = '\0';
	bool ok = give(header ? text : text + head, offset, max, sink);
	free(text);
	return ok || error_set(err, ERROR_CANCELLED, "cancelled");
}

// --- changes --------------------------------------------------------------------------

static void
apply(struct fake_folder *f, struct fake_message *m,
	const struct flag_change *change)
{
	struct flags flags = {0};
	struct buf text = {0};

	flags_parse(&flags, m->flags);
	flag_change_apply(&flags, change);
	flags_format(&text, &flags);
	if (!str_equal(buf_text(&text), m->flags))
		fake_set_flags(f, m, buf_text(&text));
	buf_done(&text);
	flags_done(&flags);
}

static bool
verb_store_flags(struct remote *r, struct remote_set set,
	const struct flag_change *change, const struct remote_sink *sink,
	struct error *err)
{
	(void)sink;
	if (!begin(r, "flags", err))
		return false;
	struct fake_folder *f = writable(r, err);
	if (f == NULL)
		return false;
	for (size_t i = 0; i < f->n; i++)
		if (set_has(set, f->messages[i].uid, false))
			apply(f, &f->messages[i], change);
	return end(r, "flags", err);
}

static void
map_add(struct remote_uid_map *map, uint32_t from, uint32_t to)
{
	map->from = mem_grow(map->from, map->n + 1, sizeof(*map->from));
	map->to = mem_grow(map->to, map->n + 1, sizeof(*map->to));
	map->from[map->n] = from;
	map->to[map->n++] = to;
}

// One message at a time, each a step: as a server without transactions does it.
// As Gmail does it: a message is in the folder for all but once, and stays there
// when it is "moved" to another, unless that is for what is not among all.
static uint32_t
transfer_label(const struct fake *s, const struct fake_folder *f,
	const struct fake_folder *to, const struct fake_message *m, bool *move)
{
	if (!(s->abilities & REMOTE_LABELS))
		return 0;
	if (str_equal(f->role, "all") && !str_equal(to->role, "trash"))
		*move = false;
	for (size_t i = 0; i < to->n; i++)
		if (str_equal(to->messages[i].name, m->name))
			return to->messages[i].uid;
	return 0;
}

static bool
transfer(struct remote *r, struct remote_set set, const char *target, bool move,
	struct remote_uid_map *map_r, struct error *err)
{
	struct fake *s = connection(r)->server;
	const char *verb = move ? "move" : "copy";

	*map_r = (struct remote_uid_map){0};
	if (!begin(r, verb, err))
		return false;
	struct fake_folder *f = move ? writable(r, err) : selected(r, err);
	struct fake_folder *to = f == NULL ? NULL : roomy(r, target, err);
	if (to == NULL)
		return false;
	size_t n = f->n;
	for (size_t i = 0, at = 0; i < n; i++) {
		struct fake_message m = f->messages[at];
		at++;
		if (!set_has(set, m.uid, false))
			continue;
		bool leaves = move;
		uint32_t uid = transfer_label(s, f, to, &m, &leaves);
		if (uid == 0)
			uid = fake_put(s, to, m.name, m.flags, m.received);
		fake_step("one copied");
		if (leaves)
			fake_drop_at(f, --at);
		fake_step("one transferred");
		if (s->abilities & REMOTE_UIDPLUS)
			map_add(map_r, m.uid, uid);
	}
	map_r->uidvalidity = to->uidvalidity;
	if (end(r, verb, err))
		return true;
	remote_uid_map_done(map_r);
	return false;
}

static bool
verb_copy(struct remote *r, struct remote_set set, const char *target,
	struct remote_uid_map *map_r, struct error *err)
{
	return transfer(r, set, target, false, map_r, err);
}

static bool
verb_move(struct remote *r, struct remote_set set, const char *target,
	struct remote_uid_map *map_r, struct error *err)
{
	return transfer(r, set, target, true, map_r, err);
}

static bool
verb_expunge(struct remote *r, struct remote_set set, struct error *err)
{
	if (!begin(r, "expunge", err))
		return false;
	struct fake_folder *f = writable(r, err);
	if (f == NULL)
		return false;
	for (size_t i = f->n; i-- > 0; ) {
		if (!set_has(set, f->messages[i].uid, false))
			continue;
		fake_drop_at(f, i);
		fake_step("one expunged");
	}
	return end(r, "expunge", err);
}

// The name of a message that was made by fake_text, or its subject.
static void
name_of(const char *text, char name[FAKE_NAME])
{
	const char *subject = strstr(text, "Subject: about ");

	snprintf(name, FAKE_NAME, "%.*s", subject == NULL ? 7 :
		(int)strcspn(subject + 15, "\r\n"),
		subject == NULL ? "unknown" : subject + 15);
}

static bool
verb_append(struct remote *r, const char *folder, const struct flags *flags,
	int64_t received, uint64_t size,
	bool (*next)(void *arg, const void **bytes_r, size_t *len_r), void *arg,
	uint32_t *uidvalidity_r, uint32_t *uid_r, struct error *err)
{
	struct fake *s = connection(r)->server;
	struct buf text = {0}, words = {0};
	char name[FAKE_NAME];

	if (!begin(r, "append", err))
		return false;
	struct fake_folder *f = roomy(r, folder, err);
	if (f == NULL)
		return false;
	while (text.len < size) {
		const void *bytes;
		size_t len;
		if (!next(arg, &bytes, &len) || len == 0)
			break;
		buf_add(&text, bytes, len);
	}
	name_of(buf_text(&text), name);
	// Keywords are labels there, which none can be filed with.
	if (s->abilities & REMOTE_LABELS)
		flags_format(&words, &(struct flags){ .bits = flags->bits });
	else
		flags_format(&words, flags);
	bool whole = text.len == size;
	*uid_r = 0;
	if (whole) {
		uint32_t uid = fake_put(s, f, name, buf_text(&words), received);
		if (s->abilities & REMOTE_UIDPLUS)
			*uid_r = uid;
		*uidvalidity_r = f->uidvalidity;
	}
	buf_done(&text);
	buf_done(&words);
	if (!whole)
		return error_set(err, ERROR_INPUT, "the size is another");
	return end(r, "append", err);
}

static bool
verb_find(struct remote *r, const char *message_id, uint32_t from,
	uint32_t **uids_r, size_t *n_r, struct error *err)
{
	*uids_r = NULL;
	*n_r = 0;
	if (!begin(r, "find", err))
		return false;
	const struct fake_folder *f = selected(r, err);
	if (f == NULL)
		return false;
	char *line = str_printf("Message-ID: <%s>\r\n", message_id);
	for (size_t i = 0; i < f->n; i++) {
		const struct fake_message *m = &f->messages[i];
		char *text = fake_text(m->name);
		if (m->uid >= from && strstr(text, line) != NULL) {
			*uids_r = mem_grow(*uids_r, *n_r + 1, sizeof(**uids_r));
			(*uids_r)[(*n_r)++] = m->uid;
		}
		free(text);
	}
	free(line);
	return true;
}

// --- changes of folders -----------------------------------------------------------------

static bool
verb_folder_create_for(struct remote *r, const char *name, const char *role,
	struct error *err)
{
	struct fake *s = connection(r)->server;

	if (!begin(r, "create", err))
		return false;
	if (fake_folder(s, name) != NULL)
		return error_set(err, ERROR_REFUSED, "there is one already");
	fake_add_folder(s, name, role);
	return end(r, "create", err);
}

static bool
verb_folder_create(struct remote *r, const char *name, struct error *err)
{
	return verb_folder_create_for(r, name, NULL, err);
}

static bool
verb_folder_rename(struct remote *r, const char *from, const char *to,
	struct error *err)
{
	struct fake *s = connection(r)->server;

	if (!begin(r, "rename", err))
		return false;
	struct fake_folder *f = named(r, from, err);
	if (f == NULL)
		return false;
	if (fake_folder(s, to) != NULL)
		return error_set(err, ERROR_REFUSED, "there is one already");
	fake_rename_folder(s, from, to);
	return end(r, "rename", err);
}

static bool
verb_folder_delete(struct remote *r, const char *name, struct error *err)
{
	if (!begin(r, "delete", err))
		return false;
	if (named(r, name, err) == NULL)
		return false;
	fake_remove_folder(connection(r)->server, name);
	return end(r, "delete", err);
}

static bool
verb_folder_subscribe(struct remote *r, const char *name, bool on,
	struct error *err)
{
	(void)name;
	(void)on;
	return begin(r, "subscribe", err);
}

static char *
verb_folder_name(struct remote *r, const char *label)
{
	if (connection(r)->server->prefixed && !str_equal(label, "INBOX") &&
	    !str_has_prefix(label, "INBOX/"))
		return str_printf("INBOX/%s", label);
	return str_dup(label);
}

static bool
verb_watch(struct remote *r, int timeout_ms, struct cancel *wake,
	bool *changed_r, const struct remote_sink *sink, struct error *err)
{
	(void)timeout_ms;
	(void)wake;
	(void)sink;
	*changed_r = false;
	return begin(r, "watch", err);
}

static bool
verb_noop(struct remote *r, const struct remote_sink *sink, struct error *err)
{
	(void)sink;
	return begin(r, "noop", err);
}

static bool
verb_commit(struct remote *r, struct error *err)
{
	return begin(r, "commit", err);
}

const struct remote_driver fake_driver = {
	.name = "fake",
	.open = verb_open, .close = verb_close, .abilities = verb_abilities,
	.folders = verb_folders, .status = verb_status, .select = verb_select,
	.fetch = verb_fetch, .structure = verb_structure,
	.fetch_part = verb_fetch_part, .fetch_raw = verb_fetch_raw,
	.store_flags = verb_store_flags, .copy = verb_copy, .move = verb_move,
	.expunge = verb_expunge, .append = verb_append, .find = verb_find,
	.folder_create = verb_folder_create,
	.folder_create_for = verb_folder_create_for, .folder_rename = verb_folder_rename,
	.folder_delete = verb_folder_delete,
	.folder_subscribe = verb_folder_subscribe,
	.folder_name = verb_folder_name, .watch = verb_watch,
	.noop = verb_noop, .commit = verb_commit,
};
