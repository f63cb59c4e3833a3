// SPDX-License-Identifier: GPL-3.0-or-later
// The server's list of folders becomes the store's.
#include "config.h"

#include "account/sync.h"

#include "account/account.h"
#include "account/roles.h"
#include "account/visit.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "remote/remote.h"
#include "store/folders.h"

#include <stdlib.h>

// More are not taken in; a server with so many lies or is not for people.
#define FOLDERS_MAX 20000

// The strings are lent from `told`: the store copies them.
static struct folder *
folders_from(struct sync *s, const struct remote_folders *told)
{
	struct folder *folders = mem_alloc(told->len + 1, sizeof(*folders));
	bool local = str_equal(s->driver->name, "local");

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
				(local ? FOLDER_LOCAL : 0u),
		};
	}
	roles_assign(folders, told, s->settings);
	return folders;
}

bool
sync_folders_told(struct sync *s, struct remote_folders *told_r,
	struct error *err)
{
	*told_r = (struct remote_folders){0};
	if (!s->driver->folders(s->remote, told_r, err))
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
	bool ok = store_folders_sync(s->store, s->account, folders, some.len, err);
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
