// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of a message on their way to a server: from a file of ours, piece by
// piece, every line end made CR LF.
#ifndef ACCOUNT_SPOOL_H
#define ACCOUNT_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct spool;

// ERROR_GONE when there is no such file. Follows no link.
bool spool_open_file(struct spool **sp, const char *path, struct error *err);
void spool_close(struct spool **sp);
uint64_t spool_size(const struct spool *sp);   // of what will be given
// For remote.h and sender.h: len 0 at the end, false when it cannot be read.
bool spool_next(void *spool, const void **bytes_r, size_t *len_r);
// True before the piece that ends the message: nobody can have taken it yet.
bool spool_at_last(const struct spool *sp);
void spool_rewind(struct spool *sp);

#endif
