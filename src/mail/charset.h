// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes in some charset, named, misnamed or not named at all, to UTF-8. Private
// to this folder but for the tables.
#ifndef MAIL_CHARSET_H
#define MAIL_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

// Appends data as UTF-8 that is always valid, not filtered. charset: as a mail
// declares it, NULL if it does not. What the charset cannot mean becomes U+FFFD;
// an unknown charset, or one that cannot be (UTF-8 that is none, one of seven bits
// with bytes of eight), is guessed: UTF-8 if valid, ISO-2022 by its escapes, what
// charset_guess says, else windows-1252.
void charset_to_utf8(struct buf *out, const char *charset, const char *data,
	size_t len);

// What text that is no UTF-8 looks like; NULL when like nothing but Latin letters.
const char *charset_guess(const char *data, size_t len);
// Whether a charset that is declared so says anything.
bool charset_is_known(const char *charset);

// The C library reads a charset's converter from a file when it is first needed,
// which a confined process may not do. While these tables live, those that mail
// uses are in memory.
struct charset_tables;
struct charset_tables *charset_tables_new(void);
void charset_tables_free(struct charset_tables **t);

#endif
