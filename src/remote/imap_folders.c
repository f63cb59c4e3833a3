// SPDX-License-Identifier: GPL-3.0-or-later
// The folder list and what is done to folders as such.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "remote/imap.h"

// What is asked of each folder. Not SIZE: a server may have to open every message.
static void
command_counts(struct imap *m, struct command *command)
{
	static const struct { uint64_t capability; const char *item; } more[] = {
		{ CAP_CONDSTORE, " HIGHESTMODSEQ" },
		{ CAP_OBJECTID, " MAILBOXID" },
		{ CAP_APPENDLIMIT, " APPENDLIMIT" },
	};
	command_text(command, "(MESSAGES UNSEEN UIDNEXT UIDVALIDITY");
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		if (m->caps.bits & more[i].capability &&
		    !(m->odd_ids && more[i].capability == CAP_OBJECTID))
			command_text(command, more[i].item);
	}
	command_text(command, ")");
}

struct listing {
	struct remote_folders *folders;
	struct map *by_name;       // to position + 1
	const char *host;
	const char *wanted;        // status: of this folder alone
	struct remote_folder *status;
};

static struct remote_folder *
listed(struct listing *l, const char *name)
{
	uintptr_t at = (uintptr_t)map_get(l->by_name, name);
	return at ? &l->folders->items[at - 1] : NULL;
}

static void
list_one(struct imap *m, struct call *c, struct slice rest, bool subscribed_only)
{
	struct listing *l = c->arg;
	struct remote_folder folder;
	if (!parse_list(rest, &folder))
		return;
	if (m->utf8) {
		imap_took_name(m, &folder.name);
		free(folder.label);
		folder.label = parse_label(folder.name, folder.delimiter);
	}
	if (folder.delimiter)
		m->delimiter = folder.delimiter;
	struct remote_folder *known = listed(l, folder.name);
	// A placeholder in LSUB stands for subscribed children, not for itself.
	if (known && subscribed_only && folder.selectable)
		known->subscribed = true;
	if (known || subscribed_only || l->folders->len >= IMAP_FOLDERS_MAX) {
		if (!known && !subscribed_only)
			error_set(&c->failed, ERROR_OFFLINE, "%s tells of more than %d folders",
				l->host, IMAP_FOLDERS_MAX);
		free(folder.name);
		free(folder.label);
		return;
	}
	struct remote_folders *f = l->folders;
	if (f->len == f->cap) {
		f->cap = f->cap ? f->cap * 2 : 32;
		f->items = mem_grow(f->items, f->cap, sizeof(*f->items));
	}
	f->items[f->len++] = folder;
	map_put(l->by_name, folder.name, (void *)(uintptr_t)f->len);
}

static void
take_counts(struct remote_folder *to, const struct remote_folder *from)
{
	to->has_status = true;
	to->told = from->told;
	to->append_limit = from->append_limit;
	memcpy(to->object_id, from->object_id, sizeof(to->object_id));
	to->messages = from->messages;
	to->unseen = from->unseen;
	to->uidnext = from->uidnext;
	to->uidvalidity = from->uidvalidity;
	to->highestmodseq = from->highestmodseq;
}

static void
list_rights(struct imap *m, struct listing *l, struct slice rest)
{
	char *name;
	unsigned denied;
	if (!parse_myrights(rest, !(m->caps.bits & CAP_NEW_RIGHTS), &name, &denied))
		return;
	imap_took_name(m, &name);
	struct remote_folder *known = listed(l, name);
	if (known)
		known->denied = denied;
	free(name);
}

// --- the list ------------------------------------------------------------------------------

static void
command_pattern(struct imap *m, struct command *command, const char *verb,
	const char *prefix)
{
	char *pattern = str_printf("%s*", prefix);
	command_printf(command, "%s \"\" ", verb);
	imap_put_name(m, command, pattern);
	free(pattern);
}

static bool
list_on(struct imap *m, struct call *c, const struct response *r,
	const struct wire_frame *f)
{
	struct listing *l = c->arg;
	(void)f;
	if (r->kind != RESPONSE_DATA || r->has_number)
		return false;
	if (slice_is(r->name, "LIST")) {
		list_one(m, c, r->rest, false);
	} else if (slice_is(r->name, "LSUB")) {
		list_one(m, c, r->rest, true);
	} else if (slice_is(r->name, "STATUS")) {
		char *name;
		struct remote_folder counts = { 0 };
		if (!parse_status(r->rest, &name, &counts))
			return true;
		imap_took_name(m, &name);
		struct remote_folder *known = listed(l, name);
		if (known)
			take_counts(known, &counts);
		free(name);
	} else if (slice_is(r->name, "MYRIGHTS")) {
		list_rights(m, l, r->rest);
	} else {
		return imap_spaces_on(m, r);
	}
	return true;
}

// All names that begin with `prefix`.
static bool
list_extended(struct imap *m, struct call *c, const char *prefix, struct error *err)
{
	struct command command = { 0 };
	command_pattern(m, &command, "LIST", prefix);
	// Not CHILDREN: all names come, and say that themselves.
	command_text(&command, " RETURN (SUBSCRIBED");
	if (m->caps.bits & CAP_SPECIAL_USE)
		command_text(&command, " SPECIAL-USE");
	if (m->caps.bits & CAP_LIST_MYRIGHTS)
		command_text(&command, " MYRIGHTS");
	if (m->caps.bits & CAP_LIST_STATUS) {
		command_text(&command, " STATUS ");
		command_counts(m, &command);
	}
	command_text(&command, ")");
	return imap_send(m, c, &command, err);
}

static bool
list_simple(struct imap *m, struct call *c, const char *prefix, struct error *err)
{
	struct command command = { 0 };
	command_pattern(m, &command, "LIST", prefix);
	return imap_send(m, c, &command, err);
}

static bool
list_subscribed(struct imap *m, struct call *c, const char *prefix, struct error *err)
{
	struct command command = { 0 };
	command_pattern(m, &command, "LSUB", prefix);
	return imap_send(m, c, &command, err);
}

// The main tree, and those parts that it was seen not to hold.
static bool
list_parts(struct imap *m, struct call *c, bool main_too,
	bool (*list)(struct imap *m, struct call *c, const char *prefix, struct error *err),
	struct error *err)
{
	bool ok = !main_too || list(m, c, "", err);
	for (size_t i = 0; ok && i < m->spaces.n; i++) {
		if (!m->spaces.items[i].apart)
			continue;
		// Such a part may be forbidden; the other folders are still there.
		ok = imap_finish(m, c, err);
		c->shrug = true;
		ok = ok && list(m, c, m->spaces.items[i].prefix, err);
	}
	return ok && imap_finish(m, c, err);
}

static void
mark_parents(struct listing *l)
{
	for (size_t i = 0; i < l->folders->len; i++) {
		const struct remote_folder *f = &l->folders->items[i];
		char *name = str_dup(f->name), *end = NULL;
		while (f->delimiter && (end = strrchr(name, f->delimiter)) != NULL) {
			*end = '\0';
			struct remote_folder *parent = listed(l, name);
			if (parent)
				parent->children = true;
		}
		free(name);
	}
}

// Of the folder that is selected a server counts what it has told us of it, and
// LIST and STATUS tell nothing: Dovecot showed the same counts for ever.
static bool
catch_up(struct imap *m, struct call *c, struct error *err)
{
	struct command command = { 0 };
	if (!m->folder || m->caught_up)
		return true;
	command_text(&command, "NOOP");
	return imap_send(m, c, &command, err);
}

bool
imap_folders(struct remote *r, struct remote_folders *folders_r, struct error *err)
{
	struct imap *m = imap_of(r);
	*folders_r = (struct remote_folders){ 0 };
	struct listing l = { .folders = folders_r, .by_name = map_new(),
		.host = str_or_empty(r->settings.host) };
	struct call c = { .on = list_on, .arg = &l };
	bool extended = m->caps.bits & CAP_LIST_EXTENDED;
	// The first time, whose folders are whose is asked in the same turn; what the
	// main list turns out not to hold takes one more.
	bool ok = catch_up(m, &c, err) && imap_spaces_ask(m, &c, err) &&
		list_parts(m, &c, true,
		extended ? list_extended : list_simple, err);
	if (ok && imap_spaces_part(m, folders_r))
		ok = list_parts(m, &c, false, extended ? list_extended : list_simple, err);
	// LSUB only marks what LIST named, so they are not sent together: servers
	// may answer in any order.
	if (ok && !extended)
		ok = list_parts(m, &c, true, list_subscribed, err);
	if (ok) {
		mark_parents(&l);
		imap_spaces_mark(m, folders_r);
	}
	map_free(&l.by_name, NULL);
	if (!ok)
		remote_folders_done(folders_r);
	return ok;
}

static bool
status_on(struct imap *m, struct call *c, const struct response *r,
	const struct wire_frame *f)
{
	struct listing *l = c->arg;
	(void)f;
	if (r->kind != RESPONSE_DATA || !slice_is(r->name, "STATUS"))
		return false;
	char *name;
	struct remote_folder counts = { 0 };
	if (parse_status(r->rest, &name, &counts)) {
		imap_took_name(m, &name);
		bool ours = imap_same_folder(name, l->wanted);
		if (ours)
			take_counts(l->status, &counts);
		free(name);
		return ours; // else news of another
	}
	return true;
}

bool
imap_status(struct remote *r, const char *folder, struct remote_folder *status_r,
	struct error *err)
{
	struct imap *m = imap_of(r);
	*status_r = (struct remote_folder){ 0 };
	struct listing l = { .wanted = folder, .status = status_r };
	struct call c = { .on = status_on, .arg = &l };
	struct command command = { 0 };
	command_text(&command, "STATUS ");
	imap_put_name(m, &command, folder);
	command_text(&command, " ");
	command_counts(m, &command);
	if (m->folder && imap_same_folder(m->folder, folder) &&
	    !catch_up(m, &c, err)) {
		command_done(&command);
		return false;
	}
	if (!imap_run(m, &c, &command, err))
		return false;
	return status_r->has_status || error_set(err, ERROR_REFUSED,
		"%s tells nothing of the folder", str_or_empty(r->settings.host));
}

// --- making and unmaking ----------------------------------------------------------------

static bool
folder_act(struct remote *r, const char *verb, const char *name, const char *second,
	struct error *err)
{
	struct imap *m = imap_of(r);
	struct call c = { 0 };
	struct command command = { 0 };
	command_printf(&command, "%s ", verb);
	imap_put_name(m, &command, name);
	if (second) {
		command_text(&command, " ");
		imap_put_name(m, &command, second);
	}
	return imap_run(m, &c, &command, err);
}

bool
imap_folder_create(struct remote *r, const char *name, struct error *err)
{
	return folder_act(r, "CREATE", name, NULL, err);
}

bool
imap_folder_create_for(struct remote *r, const char *name, const char *role,
	struct error *err)
{
	struct imap *m = imap_of(r);
	const char *use = role ? parse_role_attribute(role) : NULL;
	struct error no = { 0 };
	if (use && m->caps.bits & CAP_CREATE_SPECIAL_USE) {
		struct call c = { 0 };
		struct command command = { 0 };
		command_text(&command, "CREATE ");
		imap_put_name(m, &command, name);
		command_printf(&command, " (USE (%s))", use);
		if (imap_run(m, &c, &command, &no))
			return true;
		if (no.kind != ERROR_REFUSED)
			return error_set(err, no.kind, "%s", no.text);
		// [USEATTR], or whatever else it does not like about it.
	}
	return imap_folder_create(r, name, err);
}

// A folder that is renamed or deleted while it is selected leaves servers of two
// minds; so it is left first.
static bool
leave(struct remote *r, const char *name, struct error *err)
{
	struct imap *m = imap_of(r);
	if (!m->folder || !str_equal(m->folder, name) ||
	    !(m->caps.bits & CAP_UNSELECT))
		return true;
	struct call c = { 0 };
	struct command command = { 0 };
	command_text(&command, "UNSELECT");
	if (!imap_run(m, &c, &command, err))
		return false;
	imap_forget_folder(m);
	return true;
}

bool
imap_folder_rename(struct remote *r, const char *from, const char *to,
	struct error *err)
{
	return leave(r, from, err) && folder_act(r, "RENAME", from, to, err);
}

bool
imap_folder_delete(struct remote *r, const char *name, struct error *err)
{
	return leave(r, name, err) && folder_act(r, "DELETE", name, NULL, err);
}

bool
imap_folder_subscribe(struct remote *r, const char *name, bool on, struct error *err)
{
	return folder_act(r, on ? "SUBSCRIBE" : "UNSUBSCRIBE", name, NULL, err);
}

static bool
delimiter_on(struct imap *m, struct call *c, const struct response *r,
	const struct wire_frame *f)
{
	(void)c;
	(void)f;
	if (r->kind != RESPONSE_DATA)
		return false;
	if (!slice_is(r->name, "LIST"))
		return imap_spaces_on(m, r);
	(void)parse_delimiter(r->rest, &m->delimiter);
	return true;
}

char *
imap_folder_name(struct remote *r, const char *label)
{
	struct imap *m = imap_of(r);
	if (!m->delimiter) {
		// Not known on this connection yet: RFC 9051 section 6.3.9.
		struct call c = { .on = delimiter_on };
		struct command command = { 0 };
		command_text(&command, "LIST \"\" \"\"");
		if (imap_spaces_ask(m, &c, NULL) && imap_send(m, &c, &command, NULL))
			(void)imap_finish(m, &c, NULL);
		command_done(&command);
	}
	char *name = parse_label_back(label, m->delimiter);
	return name ? imap_below_prefix(m, name) : NULL;
}
