// SPDX-License-Identifier: GPL-3.0-or-later
// A client at home, in processes that may be killed: runs something in a child,
// puts the home back as it was, and compares store and server.
#ifndef TESTS_SYNC_SCENE_H
#define TESTS_SYNC_SCENE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include "account/account.h"
#include "account/sync.h"
#include "base/error.h"
#include "store/pending.h"
#include "tests/sync/fake.h"

struct scene {
	struct fake *fake;
	struct fake *saved;        // as the server was when it was kept
	char *folder;              // home/ and kept/ are in it
	char *home, *kept;
	struct account_settings settings;
	unsigned steps, kills;     // that were counted, and where somebody died
};

void scene_init(struct scene *s);
void scene_done(struct scene *s);
void scene_keep(struct scene *s);       // home and server as they are now
void scene_put_back(struct scene *s);

// Runs in a child of its own; its last words are in fake->said. SCENE_KILLED: it
// died at fake->kill_at.
enum scene_end { SCENE_OK, SCENE_FAILED, SCENE_KILLED };
enum scene_end scene_run(struct scene *s, bool (*run)(struct scene *s, void *arg),
	void *arg, bool look_for_leaks);
// In the child: sets the last words, returns false.
bool scene_say(struct scene *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
// The home and the server as they were kept, then a run that dies at step k. What
// did not die there has not tested that step: this is a failure, too.
bool scene_kill(struct scene *s, bool (*run)(struct scene *s, void *arg), void *arg,
	unsigned k);
// Was POSTERN_SOAK set?
bool scene_soak(void);

// --- a client, in a child ---------------------------------------------------------------

struct client {
	struct scene *scene;
	struct store *store;
	struct sync sync;
	uint32_t account;
	unsigned arrived;          // messages announced
	pthread_mutex_t lock;
	char told[2048];           // what the user was told, '|' between
	unsigned n_told;
};

bool client_open(struct client *c, struct scene *s);
void client_close(struct client *c);
bool client_connect(struct client *c, struct error *err);
void client_disconnect(struct client *c);
// As JOB_SYNC does it, over new connections where one breaks.
bool client_sync(struct client *c);
// Store and server hold the same, nothing waits, the store is sound.
bool client_check(struct client *c);

// Acts, waited for. False (and said) when they fail. Names as in fake.h.
bool client_act(struct client *c, struct act *act);
uint64_t client_find(struct client *c, const char *folder, const char *name);
uint32_t client_folder(struct client *c, const char *name);
bool client_flag(struct client *c, const char *folder, const char *names,
	const char *add, const char *remove);
bool client_transfer(struct client *c, enum act_kind kind, const char *folder,
	const char *names, const char *target);
bool client_expunge(struct client *c, const char *folder, const char *names);
// Folder acts; folder or name may be NULL.
bool client_folder_act(struct client *c, enum act_kind kind, const char *folder,
	const char *name);
bool client_undo(struct client *c);
bool client_redo(struct client *c);
// To all operations that failed; a change gives them another target.
enum client_pending { CLIENT_DROP, CLIENT_RETRY, CLIENT_CHANGE };
bool client_pending(struct client *c, enum client_pending what, const char *target);
// Ends and begins again; without its cache.
bool client_restart(struct client *c);
bool client_lose_cache(struct client *c);
bool client_append(struct client *c, const char *folder, const char *name);

#endif
