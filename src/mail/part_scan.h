// SPDX-License-Identifier: GPL-3.0-or-later
// What the scanner of the MIME tree asks of the reader of MIME fields. Private
// to this folder.
#ifndef MAIL_PART_SCAN_H
#define MAIL_PART_SCAN_H

#include <stdbool.h>
#include <stddef.h>

struct part;

// The part that a header block speaks of, without section and body. boundary_r:
// of a multipart that names one, else NULL (free()).
struct part *part_describe(const char *block, size_t len, bool in_digest,
	char **boundary_r);

#endif
