// SPDX-License-Identifier: GPL-3.0-or-later
// Single messages: by id, by place, by Message-ID, by thread.
#include "config.h"

#include "store/messages.h"

#include "base/mem.h"
#include "mail/thread.h"
#include "store/inside.h"
#include "store/links.h"
#include "store/places.h"
#include "store/rows.h"
#include "store/threads.h"

#include <stdlib.h>

bool
store_message(struct store *s, uint64_t id, struct message *message_r)
{
	struct row row = { 0 };
	struct view v;

	if (!view_open(&v, s))
		return false;
	bool found = rows_load(&v.txn, v.cache, id, &row);
	if (view_close(&v) && found && row.shown != 0)
		row_message(message_r, &row);
	else
		found = false;
	row_done(&row);
	return found;
}

bool
store_message_at(struct store *s, uint32_t folder, uint32_t uid, uint64_t *id_r)
{
	struct view v;

	if (!view_open(&v, s))
		return false;
	bool found = places_find(&v.txn, v.cache, root_of_place(folder, uid), id_r);
	return view_close(&v) && found;
}

bool
store_message_place(struct store *s, uint64_t id, uint32_t *folder_r,
	uint32_t *uid_r)
{
	struct row row = { 0 };
	struct view v;

	if (!view_open(&v, s))
		return false;
	bool found = rows_load(&v.txn, v.cache, id, &row) && row_uid(&row) != 0;
	*folder_r = row.folder;
	*uid_r = row_uid(&row);
	row_done(&row);
	return view_close(&v) && found;
}

bool
store_message_by_message_id(struct store *s, uint32_t account,
	const char *message_id, uint64_t *id_r)
{
	uint64_t key = thread_key(message_id);
	struct thread_row *members = NULL;
	bool found = false;
	struct view v;

	if (key == 0 || !view_open(&v, s))
		return false;
	uint64_t thread = links_read(&v, account, key);
	size_t n = thread == 0 ? 0 : threads_read(&v, thread, 0, &members);
	for (size_t i = 0; !found && i < n; i++) {
		struct row row;
		if (!rows_load(&v.txn, v.cache, members[i].id, &row))
			continue;
		found = row.links[LINK_OWN] == key;
		if (found)
			*id_r = row.id;
		row_done(&row);
	}
	free(members);
	return view_close(&v) && found;
}

size_t
store_thread(struct store *s, uint64_t thread, uint64_t **ids_r)
{
	struct thread_row *members = NULL;
	size_t n = 0;
	struct view v;

	if (view_open(&v, s)) {
		n = threads_read_by_date(&v, thread, &members);
		if (!view_close(&v))
			n = 0;
	}
	*ids_r = mem_alloc(n + 1, sizeof(**ids_r));
	for (size_t i = 0; i < n; i++)
		(*ids_r)[i] = members[i].id;
	free(members);
	return n;
}
