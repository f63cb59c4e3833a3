// SPDX-License-Identifier: GPL-3.0-or-later
// The folder list and what is done to folders as such.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "remote/imap.h"

#define COUNTS "MESSAGES UNSEEN UIDNEXT UIDVALIDITY"

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
	to->messages = from->messages;
	to->unseen = from->unseen;
	to->uidnext = from->uidnext;
	to->uidvalidity = from->uidvalidity;
	to->highestmodseq = from->highestmodseq;
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
		struct remote_folder *known = listed(l, name);
		if (known)
			take_counts(known, &counts);
		free(name);
	} else {
		return false;
	}
	return true;
}

static bool
list_extended(struct imap *m, struct call *c, struct error *err)
{
	struct command command = { 0 };
	command_text(&command, "LIST \"\" \"*\" RETURN (SUBSCRIBED CHILDREN");
	if (m->caps.bits & CAP_SPECIAL_USE)
		command_text(&command, " SPECIAL-USE");
	if (m->caps.bits & CAP_LIST_STATUS)
		command_printf(&command, " STATUS (" COUNTS "%s)",
			m->caps.bits & CAP_CONDSTORE ? " HIGHESTMODSEQ" : "");
	command_text(&command, ")");
	return imap_run(m, c, &command, err);
}

static bool
list_simple(struct imap *m, struct call *c, struct error *err)
{
	struct command command = { 0 };
	command_text(&command, "LIST \"\" \"*\"");
	if (!imap_run(m, c, &command, err))
		return false;
	// LSUB only marks what LIST named, so they are not sent together: servers
	// may answer in any order.
	command_text(&command, "LSUB \"\" \"*\"");
	return imap_run(m, c, &command, err);
}

bool
imap_folders(struct remote *r, struct remote_folders *folders_r, struct error *err)
{
	struct imap *m = imap_of(r);
	*folders_r = (struct remote_folders){ 0 };
	struct listing l = { .folders = folders_r, .by_name = map_new(),
		.host = str_or_empty(r->settings.host) };
	struct call c = { .on = list_on, .arg = &l };
	bool ok = m->caps.bits & CAP_LIST_EXTENDED ? list_extended(m, &c, err) :
		list_simple(m, &c, err);
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
	(void)m;
	(void)f;
	if (r->kind != RESPONSE_DATA || !slice_is(r->name, "STATUS"))
		return false;
	char *name;
	struct remote_folder counts = { 0 };
	if (parse_status(r->rest, &name, &counts)) {
		if (str_equal(name, l->wanted) || (str_equal_nocase(name, "INBOX") &&
		    str_equal_nocase(l->wanted, "INBOX")))
			take_counts(l->status, &counts);
		free(name);
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
	command_string(&command, folder);
	command_printf(&command, " (" COUNTS "%s)",
		m->caps.bits & CAP_CONDSTORE ? " HIGHESTMODSEQ" : "");
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
	command_string(&command, name);
	if (second) {
		command_text(&command, " ");
		command_string(&command, second);
	}
	return imap_run(m, &c, &command, err);
}

bool
imap_folder_create(struct remote *r, const char *name, struct error *err)
{
	return folder_act(r, "CREATE", name, NULL, err);
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
	if (r->kind != RESPONSE_DATA || !slice_is(r->name, "LIST"))
		return false;
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
		(void)imap_run(m, &c, &command, NULL);
	}
	return parse_label_back(label, m->delimiter);
}
