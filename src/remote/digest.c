// SPDX-License-Identifier: GPL-3.0-or-later
// Hashing through the library that is here for TLS anyway.
#include "config.h"

#include "remote/digest.h"

#include "base/buf.h"
#include "base/mem.h"
#include "remote/foreign.h"

#include <stdlib.h>

#define DIGEST_LEN 32

struct digest {
	gnutls_hash_hd_t hash;
};

struct digest *
digest_new(void)
{
	struct digest *d = mem_new(struct digest);

	// Fails only without memory.
	if (gnutls_hash_init(&d->hash, GNUTLS_DIG_SHA256) < 0)
		abort();
	return d;
}

void
digest_add(struct digest *d, const void *data, size_t len)
{
	if (len > 0 && gnutls_hash(d->hash, data, len) < 0)
		abort();
}

char *
digest_end(struct digest **d)
{
	unsigned char out[DIGEST_LEN];
	struct buf hex = {0};

	gnutls_hash_deinit((*d)->hash, out);
	free(*d);
	*d = NULL;
	buf_str(&hex, "sha256:");
	for (size_t i = 0; i < sizeof(out); i++)
		buf_printf(&hex, "%02x", out[i]);
	return buf_take(&hex);
}

void
digest_free(struct digest **d)
{
	if (*d != NULL)
		free(digest_end(d));
}
