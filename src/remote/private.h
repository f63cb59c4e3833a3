// SPDX-License-Identifier: GPL-3.0-or-later
// What all drivers of this folder have in common and nobody else sees.
#ifndef REMOTE_PRIVATE_H
#define REMOTE_PRIVATE_H

#include "remote/remote.h"

struct line;

// Embedded first in each driver's own struct.
struct remote {
	const struct remote_driver *driver;
	struct remote_settings settings;
	struct cancel *cancel;   // lent
	struct line *line;       // NULL for a driver without a network
};

// Embedded first in each sender's own struct.
struct sender {
	const struct sender_driver *driver;
};

// settings.c: "The server ..." texts show words of the server; this appends
// them filtered to one line and cut to a length that leaves room for ours.
#define REMOTE_WORDS_MAX 200
struct buf;
void remote_words(struct buf *out, const char *words, size_t len);

// imap_open.c: a session over a descriptor that is connected already, from the
// greeting on; for tests.
struct remote *imap_over_fd(int fd, const struct remote_settings *settings,
	struct cancel *cancel, struct error *err);

#endif
