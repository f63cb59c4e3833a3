// SPDX-License-Identifier: GPL-3.0-or-later
// The lock by which one process owns the store of a home.
#ifndef STORE_OWNER_H
#define STORE_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

struct error;

enum owner_kind { OWNER_SCREEN, OWNER_BATCH };

// Who holds it: for the sentence that tells where the other one is.
struct owner_info {
	pid_t pid;
	enum owner_kind kind;
	char tty[64];         // "/dev/pts/3" or ""
};

struct owner;

// Takes run/lock (an fcntl OFD lock, so that it ends with the process).
// True and *o set: ours. True and *o NULL: held, *holder_r says by whom.
// False: ERROR_STORE.
bool owner_take(struct owner **o, const char *run_folder, enum owner_kind kind,
	struct owner_info *holder_r, struct error *err);
void owner_release(struct owner **o);

#endif
