// SPDX-License-Identifier: GPL-3.0-or-later
// What the files behind sync.h share: stepping, and selecting a folder with or
// without taking in what changed in it.
#ifndef ACCOUNT_VISIT_H
#define ACCOUNT_VISIT_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct folder;
struct remote_state;
struct sync;
struct take;

// False: stop here (s->stopped is set); the call returns true all the same.
bool sync_go_on(struct sync *s, const char *what);
// Selects the folder and lets what the server tells of it flow into `t`, which
// it begins. ERROR_GONE when the store does not know the folder.
bool visit_select(struct sync *s, uint32_t folder, struct folder *f_r,
	struct remote_state *st_r, struct take *t, struct error *err);
// Makes the folder current for other verbs; does nothing when it is. ERROR_GONE
// when its UIDVALIDITY is not `uidvalidity` (0: the store's).
bool visit_use(struct sync *s, uint32_t folder, uint32_t uidvalidity,
	struct error *err);
// Selects it in any case, whatever its UIDVALIDITY is.
bool visit_reselect(struct sync *s, uint32_t folder, uint32_t *uidvalidity_r,
	struct error *err);
// The server's spelling of the folder's name (free()); NULL: impossible.
char *visit_name(struct sync *s, const struct folder *f);
// What one may not do in a folder (FOLDER_NO_MASK) by its rights that are missing
// (enum remote_right). rights.c
unsigned rights_denied(unsigned missing);
// Keeps what the folder just selected allows, where that is news.
bool rights_keep(struct sync *s, const struct folder *f, const struct remote_state *st,
	struct error *err);
// As sync_folder_newest, within another step: s->stopped is left alone.
bool visit_newest(struct sync *s, uint32_t folder, struct error *err);
bool visit_folders(struct sync *s, struct error *err);
// As sync_fetch_raw. (fetch.c)
bool visit_raw(struct sync *s, uint64_t id, struct error *err);

#endif
