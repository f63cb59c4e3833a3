// SPDX-License-Identifier: GPL-3.0-or-later
// The server's list of folders becomes the store's.
#include "config.h"

#include "account/sync.h"

#include "account/account.h"
#include "account/roles.h"
#include "account/visit.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "remote/remote.h"
#include "store/folders.h"
#include "store/pending.h"

#include <stdlib.h>

// More are not taken in; a server with so many lies or is not for people.
#define FOLDERS_MAX 20000
// So often it is asked for once more when it is late.
#define LISTS_MAX 3

// A list that tells no rights takes none back: they are known from the last time that
// a folder was selected.
static struct map *
denied_before(struct sync *s)
{
	struct map *denied = map_new();
	struct folder *folders;
	size_t n = store_folders(s->store, s->account, &folders);

	for (size_t i = 0; i < n; i++) {
		uintptr_t bits = folders[i].attributes & FOLDER_NO_MASK;
		if (bits != 0 && folders[i].remote_name != NULL)
			map_put(denied, folders[i].remote_name, (void *)bits);
		folder_done(&folders[i]);
	}
	free(folders);
	return denied;
}

// The strings are lent from `told`: the store copies them.
static struct folder *
folders_from(struct sync *s, const struct remote_folders *told)
{
	struct folder *folders = mem_alloc(told->len + 1, sizeof(*folders));
	struct map *denied = denied_before(s);
	bool local = str_equal(s->driver->name, "local");
	unsigned abilities = s->driver->abilities(s->remote);

	for (size_t i = 0; i < told->len; i++) {
		const struct remote_folder *from = &told->items[i];
		folders[i] = (struct folder){
			.account = s->account,
			.name = from->label,
			.remote_name = from->name,
			.delimiter = from->delimiter,
			.attributes =
				(from->selectable ? 0u : FOLDER_NOSELECT) |
				(from->subscribed ? FOLDER_SUBSCRIBED : 0u) |
				(from->children ? FOLDER_HAS_CHILDREN : 0u) |
				(local ? FOLDER_LOCAL : 0u) |
				(abilities & REMOTE_IDS ? FOLDER_SAME : 0u) |
				(abilities & REMOTE_LABELS ? FOLDER_LABELS : 0u) |
				(from->denied != 0 ? rights_denied(from->denied) :
				(unsigned)(uintptr_t)map_get(denied, from->name)),
		};
	}
	map_free(&denied, NULL);
	roles_assign(folders, told, s->settings);
	return folders;
}

static bool
is_told(const struct remote_folders *told, const char *name)
{
	for (size_t i = 0; i < told->len; i++)
		if (name != NULL && str_equal(told->items[i].name, name))
			return true;
	return false;
}

// Has the list been asked for after the server renamed or deleted the folder, and
// before we heard that it did?
static bool
is_done(struct sync *s, const struct operation *op,
	const struct remote_folders *told)
{
	struct folder f;

	if ((op->kind != ACT_FOLDER_RENAME && op->kind != ACT_FOLDER_DELETE) ||
	    !store_folder_any(s->store, op->folder, &f))
		return false;
	bool done = !is_told(told, f.remote_name);
	folder_done(&f);
	if (!done || op->kind == ACT_FOLDER_DELETE)
		return done;
	char *to = s->driver->folder_name(s->remote, op->name);
	done = is_told(told, to);
	free(to);
	return done;
}

// Else the store would take the folder for lost, with all acts that wait in it.
// Operations are played in order, so it can only be the first.
static bool
finish_first(struct sync *s, const struct remote_folders *told,
	struct error *err)
{
	struct operation *ops = NULL;
	size_t n = store_operations(s->store, s->account, &ops), first = 0;
	bool ok = true;

	while (first < n && ops[first].state == OPERATION_FAILED)
		first++;
	if (first < n && is_done(s, &ops[first], told))
		ok = store_operation_played(s->store, ops[first].seq, 0, NULL,
			NULL, 0, err);
	for (size_t i = 0; i < n; i++)
		operation_done(&ops[i]);
	free(ops);
	return ok;
}

// What was made or renamed here has a spelling on the server that may stand for
// another name: below "INBOX." where one's own folders are.
static bool
name_ours(struct sync *s, struct error *err)
{
	struct folder *folders;
	size_t n = store_folders(s->store, s->account, &folders);
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		struct folder *f = &folders[i];
		char *name = str_empty(f->remote_name) ?
			s->driver->folder_name(s->remote, f->name) : NULL;
		if (ok && name != NULL)
			ok = store_folder_named(s->store, f->id, name, err);
		free(name);
		folder_done(f);
	}
	free(folders);
	return ok;
}

// On one connection the list may be on its way while another makes or renames a folder:
// taken late, it would show what is no more. *asked_r as store_folders_sync has it.
static bool
ask(struct sync *s, struct remote_folders *told_r, uint64_t *asked_r,
	struct error *err)
{
	for (int i = 0;; i++) {
		*asked_r = store_folders_played(s->store);
		*told_r = (struct remote_folders){0};
		if (!s->driver->folders(s->remote, told_r, err))
			return false;
		if (i == LISTS_MAX || store_folders_played(s->store) == *asked_r)
			return true;
		remote_folders_done(told_r);
	}
}

bool
sync_folders_told(struct sync *s, struct remote_folders *told_r,
	struct error *err)
{
	uint64_t asked;

	if (!ask(s, told_r, &asked, err))
		return false;
	// Every server has an INBOX. To believe an empty list would throw away all
	// that is here.
	if (told_r->len == 0)
		return error_set(err, ERROR_REFUSED,
			"the server listed no folders");
	struct remote_folders some = *told_r;
	if (some.len > FOLDERS_MAX)
		some.len = FOLDERS_MAX;
	struct folder *folders = folders_from(s, &some);
	bool ok = finish_first(s, &some, err) && name_ours(s, err) &&
		store_folders_sync(s->store, s->account, folders, some.len, asked,
			err);
	free(folders);
	if (!ok)
		remote_folders_done(told_r);
	return ok;
}

bool
visit_folders(struct sync *s, struct error *err)
{
	struct remote_folders told;
	bool ok = sync_folders_told(s, &told, err);

	remote_folders_done(&told);
	return ok;
}

bool
sync_folders(struct sync *s, struct error *err)
{
	s->stopped = false;
	return visit_folders(s, err);
}
