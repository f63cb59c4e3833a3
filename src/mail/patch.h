// SPDX-License-Identifier: GPL-3.0-or-later
// Patches within a text, also quoted ones: which line belongs to one, and as
// what. Private to this folder.
#ifndef MAIL_PATCH_H
#define MAIL_PATCH_H

#include <stdbool.h>
#include <stddef.h>

enum patch_kind {
	PATCH_NONE,      // words
	PATCH_SAME,      // of a patch, and nothing special in it
	PATCH_HEAD,      // names a file
	PATCH_HUNK,      // names lines
	PATCH_ADDED, PATCH_REMOVED,
};

struct patch {
	bool whole;      // the part is nothing else
	bool open;       // behind "diff --git" and its like
	bool counted;    // a hunk has come that says how many lines it has
	int quote;       // the quoting level that it stands in
	long old_left, new_left; // lines of the hunk that are still to come
};

// Takes the text's next line, without its quote marks. next: the line behind it,
// by which "--- file" is known; NULL: none.
enum patch_kind patch_take(struct patch *p, int quote, const char *line, size_t len,
	const char *next, size_t next_len);
// Whether a line "-- " would be one that the hunk takes away, and no signature.
bool patch_wants_removed(const struct patch *p, int quote);
// A signature stands below it.
void patch_end(struct patch *p);

#endif
