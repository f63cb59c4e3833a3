// SPDX-License-Identifier: GPL-3.0-or-later
// What the journal knows of a maildrop's messages, and which files of the local
// Maildir they have become.
#ifndef ACCOUNT_DROPS_H
#define ACCOUNT_DROPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct drop_entry;
struct error;
struct map;
struct store;

struct drops {
	struct store *store;
	uint32_t account;
	const char *maildir;         // root of the tree
	struct map *by_uidl;         // to struct drop_entry *, owned
	struct map *bases;           // of all files in the tree; NULL: not read yet
};

void drops_load(struct drops *d, struct store *store, uint32_t account,
	const char *maildir);
void drops_done(struct drops *d);
struct drop_entry *drops_find(const struct drops *d, const char *uidl); // NULL: none
// Is a file of that name in any folder of the tree? The folders are read at the
// first question; false and *err when they cannot be.
bool drops_has_file(struct drops *d, const char *base, bool *has_r, struct error *err);
// Writes n entries to the journal and remembers them; their strings are copied.
bool drops_put(struct drops *d, const struct drop_entry *entries, size_t n,
	struct error *err);
// Forgets what a server that listed `listed` (a map of UIDLs) will not list again.
bool drops_forget(struct drops *d, const struct map *listed, struct error *err);

#endif
