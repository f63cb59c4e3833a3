// SPDX-License-Identifier: GPL-3.0-or-later
// Bringing store and server to agree, as plain blocking steps over a connection:
// what the workers run, and what the tests run against a scripted remote and
// cut at every step.
#ifndef ACCOUNT_SYNC_H
#define ACCOUNT_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct account_settings;
struct cancel;
struct error;
struct remote;
struct remote_driver;
struct store;

// One worker's view: no state beyond the connection and the store.
struct sync {
	struct store *store;
	const struct remote_driver *driver;
	struct remote *remote;
	const struct account_settings *settings;
	uint32_t account;
	struct cancel *cancel;
	uint32_t selected;          // folder selected on this connection; 0 none
	// Called between the steps of long work; may be NULL. False: stop here,
	// it is gone on with later. Tests die in it.
	bool (*step)(void *arg, const char *what);
	void (*progress)(void *arg, uint32_t folder, uint32_t done, uint32_t total);
	void *arg;
};

// LIST (and statuses) into the store, roles by SPECIAL-USE, settings, or the
// usual names in several languages.
bool sync_folders(struct sync *s, struct error *err);
// Selects, takes in changes; new folder: the newest SYNC_FIRST headers.
#define SYNC_FIRST 100
#define SYNC_CHUNK 1000
bool sync_folder_newest(struct sync *s, uint32_t folder, struct error *err);
// Goes backwards to the end in chunks, newest first, resumable at any chunk.
bool sync_folder_rest(struct sync *s, uint32_t folder, struct error *err);
// Raw bodies as keep and keep-size say, newest first.
bool sync_folder_bodies(struct sync *s, uint32_t folder, struct error *err);
// Plays the journal in order until it is empty; an operation that the server refuses
// is taken back and told, and the next one goes on. A started one is looked
// for on the server before it is repeated.
bool sync_play(struct sync *s, struct error *err);
// Fetches what is needed to read (structure, header, text parts up to
// FETCH_TEXT_MAX) or the raw message, resumably.
#define FETCH_TEXT_MAX (1024 * 1024)
bool sync_fetch_text(struct sync *s, uint64_t id, bool html, struct error *err);
bool sync_fetch_raw(struct sync *s, uint64_t id, struct error *err);
bool sync_fetch_part(struct sync *s, uint64_t id, const char *section, struct error *err);
// A maildrop (REMOTE_DROP) into the local Maildir at `maildir`: write, fsync, rename,
// journal, then DELE as pop3-keep says, then QUIT.
bool sync_download(struct sync *s, const char *maildir, uint32_t *new_r, struct error *err);

#endif
