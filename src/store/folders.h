// SPDX-License-Identifier: GPL-3.0-or-later
// Accounts and folders: their identities (journal) and what is known of them
// (cache), counts included.
#ifndef STORE_FOLDERS_H
#define STORE_FOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct store;

enum folder_role {
	ROLE_NONE, ROLE_INBOX, ROLE_DRAFTS, ROLE_SENT, ROLE_ARCHIVE, ROLE_JUNK,
	ROLE_TRASH, ROLE_ALL, ROLE_FLAGGED,
	ROLE_COUNT,
};
const char *folder_role_name(enum folder_role role); // "inbox" ...; NULL for none
enum folder_role folder_role_from_name(const char *name);

enum folder_attribute {
	FOLDER_NOSELECT = 1,      // a name without messages
	FOLDER_SUBSCRIBED = 2,
	FOLDER_HAS_CHILDREN = 4,
	FOLDER_LOCAL = 8,         // a file tree on this disk
	FOLDER_NEW = 16,          // made here, not yet on the server
	FOLDER_SAME = 32,         // which copies are the same message is known of it
	// Its messages stand in other folders as well, by their labels (Gmail): what
	// leaves all others stays in the one that is for all (ROLE_ALL).
	FOLDER_LABELS = 64,
	// What the server does not let one do there (ACL, RFC 4314; READ-ONLY), or what
	// does not last (PERMANENTFLAGS). Acts that need it are refused by store_act.
	FOLDER_NO_SEEN = 256,     // mark as read or unread
	FOLDER_NO_FLAGS = 512,    // other flags, and tags
	FOLDER_NO_INSERT = 1024,  // put messages in
	FOLDER_NO_CHILDREN = 2048,// make folders below it
	FOLDER_NO_CHANGE = 4096,  // rename or delete it
	FOLDER_NO_DELETE = 8192,  // delete messages, or move them away
	FOLDER_NO_MASK = 0x3f00,
};

struct folder {
	uint32_t id;              // identity: never reused, survives a lost cache
	uint32_t account;
	char *name;               // full name, UTF-8, '/' between the levels, filtered
	char *remote_name;        // as the server spells it, for commands
	char delimiter;           // the server's; 0 none
	enum folder_role role;
	unsigned attributes;
	// As shown (server + pending), kept in the transaction of the rows.
	uint32_t total, unread;
	// The server's side, written with the rows that it describes.
	uint32_t uidvalidity;     // 0: never synced
	uint32_t uidnext;
	uint64_t highestmodseq;   // 0: none
	uint32_t lowest_uid;      // headers are here from this UID up; 1: all
	uint32_t remote_exists;   // at the last sync; for progress
};
void folder_done(struct folder *f);
// Words for what one may not do there, apart by spaces: "seen flags insert create
// rename delete"; appends nothing where all is allowed.
struct buf;
void folder_denied(const struct folder *f, struct buf *out);

// The identity of an account name; made when new. [write]
bool store_account(struct store *s, const char *name, uint32_t *account_r,
	struct error *err);

// All folders, or those of one account (account != 0): role order first, then
// by name. free each with folder_done, then the array.
size_t store_folders(struct store *s, uint32_t account, struct folder **folders_r);
bool store_folder(struct store *s, uint32_t id, struct folder *folder_r);
// Also one that was deleted here and that a server still has: for playing.
bool store_folder_any(struct store *s, uint32_t id, struct folder *folder_r);
// By full name (INBOX without case) or, where no name fits, by role's name.
bool store_folder_find(struct store *s, uint32_t account, const char *name,
	struct folder *folder_r);
bool store_folder_by_role(struct store *s, uint32_t account, enum folder_role role,
	struct folder *folder_r);

// How the server spells a folder that was made or renamed here: the next list finds
// it by that, also where the server's name for it is another (one below "INBOX.").
// Only for that list. [write]
bool store_folder_named(struct store *s, uint32_t folder, const char *remote_name,
	struct error *err);
// What the server listed: id is ignored, the strings are copied. Folders of
// the account that are not among them are forgotten with their rows (but for
// those that an act is still to make). New ones get an identity; the same remote_name
// keeps its own. asked: store_folders_played() before the list was asked for; of one
// that an act has overtaken since nothing is forgotten. [write]
bool store_folders_sync(struct store *s, uint32_t account,
	const struct folder *folders, size_t n, uint64_t asked, struct error *err);

// How many folder acts were played since the start: a list that was asked for before
// another one was shows the folders as they were.
uint64_t store_folders_played(struct store *s);

// What one may not do in a folder (of FOLDER_NO_MASK), when that turns out. [write]
bool store_folder_deny(struct store *s, uint32_t folder, unsigned denied,
	struct error *err);

#endif
