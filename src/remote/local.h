// SPDX-License-Identifier: GPL-3.0-or-later
// What the two halves of the driver for Maildir trees share: local.c has the
// connection and its folders, local_messages.c the messages.
#ifndef REMOTE_LOCAL_H
#define REMOTE_LOCAL_H

#include "remote/private.h"

struct maildir;
struct maildir_entry;

struct local {
	struct remote base;
	const char *root;       // settings.path
	struct maildir *m;      // of the selected folder; NULL
	char *folder;           // its name, as it was selected
	uint32_t uidvalidity;
	int inotify;            // on cur/ and new/ of it; -1
	// The message whose parts were asked for last.
	uint32_t parsed_uid;    // 0: none
	struct part *parsed;
};

static inline struct local *
local_of(struct remote *r)
{
	return (struct local *)r;
}

// The Maildir of a name; the caller closes it. REFUSED when there is none: as
// a server says no to a target.
bool local_open_folder(struct local *l, const char *name, struct maildir **m,
	struct error *err);
// Looks at the selected folder; GONE when it is another by now, CANCELLED.
bool local_look(struct local *l, const struct maildir_entry **entries_r, size_t *n_r,
	struct error *err);
void local_forget_parsed(struct local *l);

// --- local_messages.c: verbs of the table ----------------------------------------

bool local_fetch(struct remote *r, struct remote_set set, unsigned what,
	uint64_t changed_since, const struct remote_sink *sink, struct error *err);
bool local_structure(struct remote *r, uint32_t uid, struct part **root_r,
	struct error *err);
bool local_fetch_part(struct remote *r, uint32_t uid, const char *section,
	uint64_t offset, uint64_t max, const struct remote_sink *sink,
	struct error *err);
bool local_fetch_raw(struct remote *r, uint32_t uid, uint64_t offset, uint64_t max,
	const struct remote_sink *sink, struct error *err);
bool local_store_flags(struct remote *r, struct remote_set set,
	const struct flag_change *change, const struct remote_sink *sink,
	struct error *err);
bool local_copy(struct remote *r, struct remote_set set, const char *target,
	struct remote_uid_map *map_r, struct error *err);
bool local_move(struct remote *r, struct remote_set set, const char *target,
	struct remote_uid_map *map_r, struct error *err);
bool local_expunge(struct remote *r, struct remote_set set, struct error *err);
bool local_append(struct remote *r, const char *folder, const struct flags *flags,
	int64_t received, uint64_t size,
	bool (*next)(void *arg, const void **bytes_r, size_t *len_r), void *arg,
	uint32_t *uidvalidity_r, uint32_t *uid_r, struct error *err);
bool local_find(struct remote *r, const char *message_id, uint32_t from,
	uint32_t **uids_r, size_t *n_r, struct error *err);

#endif
