// SPDX-License-Identifier: GPL-3.0-or-later
// SHA-256 of bytes that come piece by piece: names for contents that have none.
#ifndef REMOTE_DIGEST_H
#define REMOTE_DIGEST_H

#include <stddef.h>

struct digest;

struct digest *digest_new(void);
void digest_add(struct digest *d, const void *data, size_t len);
// "sha256:" and 64 lower-case hexadecimal digits (free()); *d becomes NULL.
char *digest_end(struct digest **d);
// Without a result.
void digest_free(struct digest **d);

#endif
