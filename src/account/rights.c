// SPDX-License-Identifier: GPL-3.0-or-later
// What a server lets one do in a folder, in the store's words: from the list where it
// tells, and from each folder when it is selected.
#include "config.h"

#include "account/visit.h"

#include "account/sync.h"
#include "mail/flags.h"
#include "remote/remote.h"
#include "store/folders.h"

unsigned
rights_denied(unsigned missing)
{
	static const struct { unsigned right, attribute; } table[] = {
		{ REMOTE_RIGHT_SEEN, FOLDER_NO_SEEN },
		{ REMOTE_RIGHT_WRITE, FOLDER_NO_FLAGS },
		{ REMOTE_RIGHT_INSERT, FOLDER_NO_INSERT },
		{ REMOTE_RIGHT_CREATE, FOLDER_NO_CHILDREN },
		{ REMOTE_RIGHT_DELETE_FOLDER, FOLDER_NO_CHANGE },
		{ REMOTE_RIGHT_DELETE, FOLDER_NO_DELETE },
		{ REMOTE_RIGHT_EXPUNGE, FOLDER_NO_DELETE },
	};
	unsigned denied = 0;

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (missing & table[i].right)
			denied |= table[i].attribute;
	return denied;
}

bool
rights_keep(struct sync *s, const struct folder *f, const struct remote_state *st,
	struct error *err)
{
	unsigned denied = rights_denied(st->denied);

	if (st->read_only)
		denied |= FOLDER_NO_SEEN | FOLDER_NO_FLAGS | FOLDER_NO_DELETE;
	if (st->permanent != NULL && !(st->permanent->bits & FLAG_SEEN))
		denied |= FOLDER_NO_SEEN;
	if (denied == (f->attributes & FOLDER_NO_MASK))
		return true;
	return store_folder_deny(s->store, f->id, denied, err);
}
