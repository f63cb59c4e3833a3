// SPDX-License-Identifier: GPL-3.0-or-later
// One framed response through libetpan's grammar, in a scratch session over
// memory that never sees the connection.
#ifndef REMOTE_IMAP_GRAMMAR_H
#define REMOTE_IMAP_GRAMMAR_H

#include "remote/imap_scan.h"

struct mailimap_body;
struct grammar;

// Parses a BODYSTRUCTURE value that scan_skip() has been over. NULL when it was
// refused, by the guards before the grammar or by the grammar.
struct grammar *grammar_structure(struct slice text);
void grammar_free(struct grammar **g);
// Lent until grammar_free; never NULL.
const struct mailimap_body *grammar_body(const struct grammar *g);

#endif
