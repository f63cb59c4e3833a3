// SPDX-License-Identifier: GPL-3.0-or-later
// Berkeley DB's reading and syncing. Private to store/.
#ifndef STORE_DISK_H
#define STORE_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// The page sizes in use.
#define DISK_PAGE 4096
#define DISK_BODY_PAGE (16 * 1024)

// Before the first environment is opened.
void disk_init(void);
// This thread opens something, where missing pages are no mistake.
void disk_mending(bool on);
// For tests: what is called instead of write(2).
void disk_write_by(ssize_t (*call)(int fd, const void *data, size_t len));

#endif
