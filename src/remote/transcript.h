// SPDX-License-Identifier: GPL-3.0-or-later
// The protocol as it was spoken, in a file for whoever looks for a cause.
#ifndef REMOTE_TRANSCRIPT_H
#define REMOTE_TRANSCRIPT_H

#include <stddef.h>

struct transcript;

// Appends to the file (0600, no link followed). NULL for no path, and when it
// cannot be written: the transcript is a help, its lack stops nothing.
struct transcript *transcript_open(const char *path);
void transcript_close(struct transcript **t);
// Written line by line: several connections may append to one file.
// side: 'C' or 'S'. Lines "C: ..." and "S: ...", with nothing in them that a
// terminal obeys. Secrets are blanked by the caller. t may be NULL.
void transcript_add(struct transcript *t, char side, const void *data, size_t len);

#endif
