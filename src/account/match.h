// SPDX-License-Identifier: GPL-3.0-or-later
// Finding our messages again among those that a folder got since some UID, by
// Message-ID and size: what a server that tells no UIDs, or a crash, left open.
#ifndef ACCOUNT_MATCH_H
#define ACCOUNT_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct sync;

// What a message is known by; message_id NULL: then by the rest. A key of which
// nothing is known matches nothing.
struct match_key {
	char *message_id;
	uint64_t size;       // 0: not known
	int64_t date;        // of the Date: field
	char *subject;
};
void match_key_done(struct match_key *k);
// From the store's row; false when there is none any more.
bool match_key_of(struct sync *s, uint64_t id, struct match_key *k);
// From the header of a file; the size is left open, as line ends may differ.
bool match_key_of_file(const char *path, struct match_key *k);

// Looks through `folder`, from UID `from` up (it becomes the selected one).
// uids_r[i] becomes the UID of the message of keys[i], 0 where there is none;
// equal messages are told apart by being counted. The UIDVALIDITY may differ from
// the store's: *uidvalidity_r says which it is.
bool match_find(struct sync *s, uint32_t folder, uint32_t from,
	const struct match_key *keys, size_t n, uint32_t *uids_r,
	uint32_t *uidvalidity_r, struct error *err);

#endif
