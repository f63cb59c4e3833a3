// SPDX-License-Identifier: GPL-3.0-or-later
// A Maildir++ tree on this disk as an account like any other: the driver whose
// server is the file system and the programs that work in it.
#include "config.h"

#include "remote/local.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/mutf7.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/when.h"
#include "files/maildir.h"
#include "loop/cancel.h"
#include "mail/part.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define LOCAL_INBOX "INBOX"
// Without inotify (its watches are used up) a folder is looked at this often.
#define LOCAL_LOOK_MS 5000

// --- opening ---------------------------------------------------------------------

static void
local_close(struct remote **r)
{
	struct local *l = local_of(*r);

	*r = NULL;
	if (l == NULL)
		return;
	local_forget_parsed(l);
	maildir_close(&l->m);
	if (l->inotify >= 0)
		close(l->inotify);
	free(l->folder);
	remote_settings_done(&l->base.settings);
	free(l);
}

static bool
local_open(struct remote **r_r, const struct remote_settings *settings,
	struct cancel *cancel, struct remote_certificate *certificate_r,
	struct error *err)
{
	(void)certificate_r;
	struct strlist names = {0};
	struct error why = {0};

	*r_r = NULL;
	bool there = maildir_tree_list(settings->path, &names, &why) && names.len > 0;
	strlist_done(&names);
	// Perhaps its disk is not mounted: later, then, and nothing is taken
	// for deleted.
	if (!there)
		return error_set(err, ERROR_OFFLINE, "%s", why.kind != ERROR_NONE
			? why.text : "there is no Maildir at that path");
	struct local *l = mem_new(struct local);
	l->base.driver = &remote_local;
	l->base.cancel = cancel;
	remote_settings_copy(&l->base.settings, settings);
	l->root = l->base.settings.path;
	l->inotify = -1;
	*r_r = &l->base;
	return true;
}

static unsigned
local_abilities(struct remote *r)
{
	(void)r;
	return REMOTE_MIRROR | REMOTE_WATCH | REMOTE_UIDPLUS | REMOTE_MOVE |
		REMOTE_NEAR;
}

// --- names -----------------------------------------------------------------------

// What the tree calls a folder that the verbs call `name`.
static const char *
tree_name(const char *name)
{
	return str_equal_nocase(name, LOCAL_INBOX) ? "" : name;
}

static char *
label_of(const char *name)
{
	struct buf plain = {0}, label = {0};

	// Programs that know nothing of the encoding write the name as it is.
	if (!mutf7_decode(&plain, name))
		buf_str(&plain, name);
	utf8_filter_line(&label, buf_text(&plain), plain.len);
	buf_done(&plain);
	return buf_take(&label);
}

static char *
local_folder_name(struct remote *r, const char *label)
{
	struct buf name = {0};
	(void)r;

	if (str_equal_nocase(label, LOCAL_INBOX))
		return str_dup(LOCAL_INBOX);
	char *path = mutf7_encode(&name, label) && name.len > 0
		? maildir_tree_path("/", buf_text(&name), NULL) : NULL;
	bool possible = path != NULL;
	free(path);
	if (!possible)
		buf_done(&name);
	return possible ? buf_take(&name) : NULL;
}

bool
local_open_folder(struct local *l, const char *name, struct maildir **m,
	struct error *err)
{
	struct error why = {0};
	char *path = maildir_tree_path(l->root, tree_name(name), err);

	*m = NULL;
	if (path == NULL)
		return false;
	bool ok = maildir_open(m, path, false, &why);
	free(path);
	if (!ok && why.kind == ERROR_GONE)
		return error_set(err, ERROR_REFUSED, "there is no folder \"%s\"", name);
	if (!ok && err != NULL)
		*err = why;
	return ok;
}

// --- folders ---------------------------------------------------------------------

static struct remote_folder *
folder_add(struct remote_folders *f)
{
	if (f->len == f->cap) {
		f->cap = f->cap == 0 ? 16 : 2 * f->cap;
		f->items = mem_grow(f->items, f->cap, sizeof(*f->items));
	}
	f->items[f->len] = (struct remote_folder){0};
	return &f->items[f->len++];
}

static bool
has_children(const struct strlist *names, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < names->len && len > 0; i++)
		if (strncmp(names->items[i], name, len) == 0 &&
		    names->items[i][len] == '/')
			return true;
	return false;
}

static bool
local_folders(struct remote *r, struct remote_folders *folders_r, struct error *err)
{
	struct local *l = local_of(r);
	struct strlist names = {0};

	*folders_r = (struct remote_folders){0};
	if (!maildir_tree_list(l->root, &names, err))
		return false;
	for (size_t i = 0; i < names.len; i++) {
		const char *name = names.items[i];
		bool inbox = name[0] == '\0';
		if (!inbox && str_equal_nocase(name, LOCAL_INBOX)) {
			log_info("%s/.%s is not shown: it bears the inbox's name",
				l->root, name);
			continue;
		}
		struct remote_folder *f = folder_add(folders_r);
		f->name = str_dup(inbox ? LOCAL_INBOX : name);
		f->label = inbox ? str_dup(LOCAL_INBOX) : label_of(name);
		f->delimiter = '/';
		f->role = inbox ? "inbox" : NULL;
		f->selectable = f->subscribed = true;
		f->children = has_children(&names, name);
	}
	strlist_done(&names);
	return true;
}

static bool
local_status(struct remote *r, const char *folder, struct remote_folder *status_r,
	struct error *err)
{
	struct local *l = local_of(r);
	const struct maildir_entry *entries;
	struct maildir *m;
	size_t n;

	*status_r = (struct remote_folder){0};
	if (!local_open_folder(l, folder, &m, err))
		return false;
	bool ok = maildir_scan(m, &entries, &n, err);
	if (ok) {
		status_r->has_status = true;
		status_r->messages = (uint32_t)n;
		for (size_t i = 0; i < n; i++)
			status_r->unseen += (entries[i].flags.bits & FLAG_SEEN) == 0;
		status_r->uidnext = maildir_uidnext(m);
		status_r->uidvalidity = maildir_uidvalidity(m);
	}
	maildir_close(&m);
	return ok;
}

// --- the selected folder -----------------------------------------------------------

static void
unselect(struct local *l)
{
	local_forget_parsed(l);
	maildir_close(&l->m);
	if (l->inotify >= 0)
		close(l->inotify);
	l->inotify = -1;
	free(l->folder);
	l->folder = NULL;
	l->uidvalidity = 0;
}

// From before the first look, so that nothing between the two is missed.
static void
watch_begin(struct local *l, const char *name)
{
	static const char *const subs[] = { "cur", "new" };
	char *path = maildir_tree_path(l->root, tree_name(name), NULL);
	bool ok = path != NULL;

	l->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	for (size_t i = 0; i < 2 && ok && l->inotify >= 0; i++) {
		char *sub = str_printf("%s/%s", path, subs[i]);
		ok = inotify_add_watch(l->inotify, sub, IN_CREATE | IN_DELETE |
			IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF |
			IN_MOVE_SELF | IN_ONLYDIR) >= 0;
		free(sub);
	}
	if (!ok && l->inotify >= 0) {
		close(l->inotify);
		l->inotify = -1;
	}
	free(path);
}

// True when something happened since it was last asked.
static bool
watch_drain(struct local *l)
{
	char events[4096] __attribute__((aligned(8)));
	bool any = false;

	while (l->inotify >= 0 && read(l->inotify, events, sizeof(events)) > 0)
		any = true;
	return any;
}

bool
local_look(struct local *l, const struct maildir_entry **entries_r, size_t *n_r,
	struct error *err)
{
	if (cancel_is_set(l->base.cancel))
		return error_set(err, ERROR_CANCELLED, "cancelled");
	if (l->m == NULL)
		return error_set(err, ERROR_INPUT, "no folder is selected");
	if (!maildir_scan(l->m, entries_r, n_r, err))
		return false;
	if (maildir_uidvalidity(l->m) == l->uidvalidity)
		return true;
	return error_set(err, ERROR_GONE, "the messages of \"%s\" have other "
		"numbers now", l->folder);
}

static bool
local_select(struct remote *r, const char *folder, const struct remote_known *known,
	struct remote_state *state_r, const struct remote_sink *sink,
	struct error *err)
{
	struct local *l = local_of(r);
	const struct maildir_entry *entries;
	size_t n;
	(void)known;
	(void)sink;

	*state_r = (struct remote_state){0};
	unselect(l);
	struct error why = {0};
	if (!local_open_folder(l, folder, &l->m, &why)) {
		if (why.kind == ERROR_REFUSED) // here it was named as one there is
			why.kind = ERROR_GONE;
		if (err != NULL)
			*err = why;
		return false;
	}
	watch_begin(l, folder);
	l->folder = str_dup(folder);
	l->uidvalidity = maildir_uidvalidity(l->m);
	// The first look may begin the list anew.
	if (!maildir_scan(l->m, &entries, &n, err)) {
		unselect(l);
		return false;
	}
	l->uidvalidity = maildir_uidvalidity(l->m);
	state_r->uidvalidity = l->uidvalidity;
	state_r->uidnext = maildir_uidnext(l->m);
	state_r->exists = (uint32_t)n;
	state_r->keywords = true;
	return true;
}

static bool
local_noop(struct remote *r, const struct remote_sink *sink, struct error *err)
{
	struct local *l = local_of(r);
	(void)err;

	if (watch_drain(l) && sink != NULL && sink->noticed != NULL)
		sink->noticed(sink->arg);
	return true;
}

// Without inotify: something may have changed, look.
static bool
wait_blind(struct pollfd *fds, int timeout_ms, bool *changed_r)
{
	bool all = timeout_ms >= 0 && timeout_ms <= LOCAL_LOOK_MS;

	*changed_r = poll(fds, 2, all ? timeout_ms : LOCAL_LOOK_MS) == 0;
	return true;
}

static bool
local_watch(struct remote *r, int timeout_ms, struct cancel *wake, bool *changed_r,
	const struct remote_sink *sink, struct error *err)
{
	struct local *l = local_of(r);
	struct pollfd fds[] = {
		{ .fd = cancel_fd(r->cancel), .events = POLLIN },
		{ .fd = cancel_fd(wake), .events = POLLIN },
		{ .fd = l->inotify, .events = POLLIN },
	};
	int64_t end = timeout_ms < 0 ? WHEN_NEVER : when_mono_ms() + timeout_ms;

	*changed_r = false;
	if (l->m == NULL)
		return error_set(err, ERROR_INPUT, "no folder is selected");
	if (l->inotify < 0) {
		wait_blind(fds, timeout_ms, changed_r);
	} else {
		int64_t left = end == WHEN_NEVER ? -1 : timeout_ms;
		while (poll(fds, 3, (int)left) < 0 && errno == EINTR) {
			left = end == WHEN_NEVER ? -1 : end - when_mono_ms();
			if (end != WHEN_NEVER && left < 0)
				left = 0;
		}
		*changed_r = watch_drain(l);
	}
	if (cancel_is_set(r->cancel))
		return error_set(err, ERROR_CANCELLED, "cancelled");
	if (*changed_r && sink != NULL && sink->noticed != NULL)
		sink->noticed(sink->arg);
	return true;
}

// --- folders come and go -------------------------------------------------------------

static bool
local_folder_create(struct remote *r, const char *name, struct error *err)
{
	return maildir_tree_create(local_of(r)->root, tree_name(name), err);
}

static bool
local_folder_rename(struct remote *r, const char *from, const char *to,
	struct error *err)
{
	struct local *l = local_of(r);

	if (str_equal(l->folder, from))
		unselect(l);
	return maildir_tree_rename(l->root, tree_name(from), tree_name(to), err);
}

static bool
local_folder_delete(struct remote *r, const char *name, struct error *err)
{
	struct local *l = local_of(r);

	if (str_equal(l->folder, name))
		unselect(l);
	return maildir_tree_delete(l->root, tree_name(name), err);
}

static bool
local_folder_subscribe(struct remote *r, const char *name, bool on, struct error *err)
{
	(void)r;
	return on || error_set(err, ERROR_REFUSED,
		"\"%s\" lies on this disk: it is always subscribed to", name);
}

static bool
local_commit(struct remote *r, struct error *err)
{
	(void)r;
	(void)err;
	return true;
}

const struct remote_driver remote_local = {
	.name = "maildir",
	.open = local_open,
	.close = local_close,
	.abilities = local_abilities,
	.folders = local_folders,
	.status = local_status,
	.select = local_select,
	.fetch = local_fetch,
	.structure = local_structure,
	.fetch_part = local_fetch_part,
	.fetch_raw = local_fetch_raw,
	.store_flags = local_store_flags,
	.copy = local_copy,
	.move = local_move,
	.expunge = local_expunge,
	.append = local_append,
	.find = local_find,
	.folder_create = local_folder_create,
	.folder_rename = local_folder_rename,
	.folder_delete = local_folder_delete,
	.folder_subscribe = local_folder_subscribe,
	.folder_name = local_folder_name,
	.watch = local_watch,
	.noop = local_noop,
	.commit = local_commit,
};
