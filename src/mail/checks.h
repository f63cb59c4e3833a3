// SPDX-License-Identifier: GPL-3.0-or-later
// What a server found out about a message's sender (RFC 8601), in one line.
#ifndef MAIL_CHECKS_H
#define MAIL_CHECKS_H

#include <stdbool.h>

struct buf;

#define CHECKS_MAX 8   // results told of; more are only hinted at

// Appends "mx.example.net says: spf pass, dkim pass (example.org)" for the value of
// an Authentication-Results field, filtered to one line before; false, and nothing,
// where there is no result in it. Who says it stands first: what is too long is cut
// at its end. Whether that is to be believed is not known here.
bool checks_print(struct buf *out, const char *value);

#endif
