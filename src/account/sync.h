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

// What is known of the folder that is selected on this connection, and how far
// its rows have been brought up to date since. Lost with the connection: all that
// must last is in the store.
struct sync_visit {
	uint32_t folder;            // 0: changes were not taken in; see `selected`
	uint32_t uidvalidity, uidnext, exists;
	uint64_t highestmodseq;
	unsigned compare;           // enum remote_fetch: UIDS or FLAGS are to be
	                            // compared with the store; 0 nothing
	uint32_t compared;          // all from this UID up is; 0: nothing yet
	bool modseq_anew;           // see sync_batch
	bool doubted;               // compared because the counts did not agree
	uint32_t width;             // of the next window of UIDs
	bool noticed;               // the server told of a change meanwhile
	bool looked;                // what acts wait for is there: what goes is told
};

// A count of the server's that a comparison has not borne out: it is not compared
// again before one of the two changes.
#define SYNC_ODD_MAX 64
#define SYNC_DOUBTS_MAX 1024
struct sync_odd { uint32_t folder, there, here; bool unread; };

// One worker's view: no state beyond the connection and the store.
struct sync {
	struct store *store;
	const struct remote_driver *driver;
	struct remote *remote;
	const struct account_settings *settings;
	uint32_t account;
	struct cancel *cancel;
	uint32_t selected;          // folder selected on this connection; 0 none
	struct sync_visit visit;
	// Called between the steps of long work; may be NULL. False: stop here,
	// it is gone on with later. Tests die in it.
	bool (*step)(void *arg, const char *what);
	uint32_t piece;             // of a raw message, next time; 0: not known yet
	bool stopped;               // `step` ended the last call before its time
	bool folders_played;        // folders were made or changed: new ones are to be
	                            // fetched; whoever does so clears it
	void (*progress)(void *arg, uint32_t folder, uint32_t done, uint32_t total);
	// Something that was mended or could not be; may be NULL. It is logged too.
	void (*notice)(void *arg, const char *text);
	void *arg;
	struct sync_odd odd[SYNC_ODD_MAX];
	unsigned n_odd;
	uint32_t doubts[SYNC_DOUBTS_MAX]; // folders whose flags are to be compared
};
// The connection was closed: forgets what was selected on it. (visit.c)
void visit_forget(struct sync *s);

// LIST (and statuses) into the store, roles by SPECIAL-USE, settings, or the
// usual names in several languages.
bool sync_folders(struct sync *s, struct error *err);
// The same, and what the server told of each folder stays with the caller
// (remote_folders_done): to see where something changed.
struct remote_folders;
bool sync_folders_told(struct sync *s, struct remote_folders *told_r, struct error *err);
// Does what was told of a folder (with its status) say that there is something new
// in it? `full`: a sync that was asked for, which trusts no count of unread where
// the server keeps no MODSEQs, and no MODSEQ where there are labels. (count.c)
struct folder;
struct remote_folder;
bool sync_folder_changed(struct sync *s, const struct folder *f,
	const struct remote_folder *told, bool full);
// The same of numbers that came by themselves, only some of them (`told`).
bool sync_folder_news(struct sync *s, const struct folder *f,
	const struct remote_folder *told);
// Selects, takes in changes; new folder: the newest SYNC_FIRST headers.
#define SYNC_FIRST 100
#define SYNC_CHUNK 1000
bool sync_folder_newest(struct sync *s, uint32_t folder, struct error *err);
// Goes backwards to the end in chunks, newest first, resumable at any chunk; and
// where the server cannot tell what changed, compares all flags and UIDs.
bool sync_folder_rest(struct sync *s, uint32_t folder, struct error *err);
// Raw bodies as keep and keep-size say, newest first.
bool sync_bodies_lack(struct sync *s, uint32_t folder); // is one to be fetched?
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
