// SPDX-License-Identifier: GPL-3.0-or-later
// IMAP4rev1 and what its servers have learnt since, as a row of the driver table.
#include "config.h"

#include "remote/imap.h"
#include "remote/line.h"
#include "remote/stream.h"

static unsigned
imap_abilities(struct remote *r)
{
	static const struct { uint64_t capability; unsigned ability; } table[] = {
		{ CAP_IDLE, REMOTE_WATCH },
		{ CAP_CONDSTORE, REMOTE_CONDSTORE },
		{ CAP_UIDPLUS, REMOTE_UIDPLUS },
		{ CAP_MOVE, REMOTE_MOVE },
		{ CAP_SPECIAL_USE, REMOTE_SPECIAL_USE },
		{ CAP_LIST_STATUS, REMOTE_LIST_STATUS },
		{ CAP_ACL, REMOTE_RIGHTS },
		{ CAP_NOTIFY, REMOTE_NOTIFY },
		{ CAP_QUOTA, REMOTE_QUOTA },
		{ CAP_OBJECTID | CAP_GMAIL, REMOTE_IDS },
		{ CAP_GMAIL, REMOTE_LABELS },
	};
	const struct imap *m = imap_of(r);
	unsigned abilities = REMOTE_MIRROR | (imap_will_qresync(m) ? REMOTE_QRESYNC : 0) |
		(m->utf8 ? REMOTE_UTF8 : 0) |
		(stream_deflated(line_stream(m->base.line)) ? REMOTE_COMPRESSED : 0);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (m->caps.bits & table[i].capability)
			abilities |= table[i].ability;
	}
	return abilities;
}

static bool
imap_commit(struct remote *r, struct error *err)
{
	(void)r; // every verb is final when it returns
	(void)err;
	return true;
}

const struct remote_driver remote_imap = {
	.name = "imap",
	.open = imap_open,
	.close = imap_close,
	.abilities = imap_abilities,
	.folders = imap_folders,
	.status = imap_status,
	.select = imap_select,
	.fetch = imap_fetch,
	.structure = imap_structure,
	.fetch_part = imap_fetch_part,
	.fetch_raw = imap_fetch_raw,
	.store_flags = imap_change_flags,
	.copy = imap_copy,
	.move = imap_move,
	.expunge = imap_expunge,
	.append = imap_append,
	.find = imap_find,
	.folder_create = imap_folder_create,
	.folder_create_for = imap_folder_create_for,
	.folder_rename = imap_folder_rename,
	.folder_delete = imap_folder_delete,
	.folder_subscribe = imap_folder_subscribe,
	.folder_name = imap_folder_name,
	.watch = imap_watch,
	.listen = imap_listen,
	.noop = imap_noop,
	.commit = imap_commit,
	.search = imap_search_query,
	.quota = imap_quota,
	.rights = imap_rights,
	.folder_size = imap_folder_size,
};
