// SPDX-License-Identifier: GPL-3.0-or-later
// What an expunge takes from the server stays here as files until its undo is
// forgotten. Private to store/; on the store thread, no transaction open.
#ifndef STORE_KEPT_H
#define STORE_KEPT_H

struct op;
struct store;

// Before the rows of a played expunge go: the raw forms that are here become
// files, on disk when it returns, and the messages get their paths.
void kept_write(struct store *s, struct op *op);
// Removes the files that no operation names, be it one that waits or one that can
// be turned.
void kept_sweep(struct store *s);

#endif
