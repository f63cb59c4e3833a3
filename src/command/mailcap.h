// SPDX-License-Identifier: GPL-3.0-or-later
// Which program shows a file of a type: the lines of mailcap files (RFC 1524).
// Their commands are for a shell, by their definition: it gets nothing that came
// with a message but the type, in few characters, and a name that we made.
#ifndef COMMAND_MAILCAP_H
#define COMMAND_MAILCAP_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

#define MAILCAP_FILE_MAX (1024 * 1024)   // bytes of one file; larger ones are passed over
#define MAILCAP_LINE_MAX 8192            // bytes of one entry; longer ones are none

// What is to be shown. All of it may come from a message.
struct mailcap_file {
	const char *type, *subtype;   // "application", "pdf"
	const char *charset;          // NULL: not known
	const char *folder;           // where it will lie: mailcap_plain() holds for it
	const char *name;             // as mailcap_name() made it
};

struct mailcap {
	char *command;       // for /bin/sh -c
	char *path;          // where the file is to lie: the folder, and a name that fits
	bool terminal;       // it wants the terminal
	bool output;         // it only prints: what it prints is to be shown
};
void mailcap_done(struct mailcap *m);

// The text of all files that count, the first one first: those of $MAILCAPS, else
// ~/.mailcap and the system's. Reads files: not on the UI thread.
void mailcap_read(struct buf *out);
// The first entry for this type whose test holds: test(arg, command) runs one.
bool mailcap_find(struct mailcap *m, const char *text, const struct mailcap_file *file,
	bool (*test)(void *arg, const char *command), void *arg);
// Nothing in it means anything to a shell, in quotes or outside of them.
bool mailcap_plain(const char *text);
// A name from outside, of letters, digits, '.', '_' and '-' only. free()
char *mailcap_name(const char *name);

#endif
