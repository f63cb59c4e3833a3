// SPDX-License-Identifier: GPL-3.0-or-later
// The one value in which every failure is handed up: a kind that says what the
// caller does next, and a sentence that a user may read.
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

// Sorted by what the caller does next.
enum error_kind {
	ERROR_NONE,
	ERROR_OFFLINE,   // no server just now: retry later
	ERROR_AUTH,      // the server refused the credentials: ask for others
	ERROR_TRUST,     // the certificate did not hold: show it and ask
	ERROR_REFUSED,   // the server understood and said no: undo, tell
	ERROR_GONE,      // what was named is no longer there: sync again
	ERROR_STORE,     // this disk or the database failed
	ERROR_INPUT,     // what was given is wrong: say where
	ERROR_CANCELLED, // somebody asked for the end of it: say nothing
};

#define ERROR_TEXT_MAX 512

struct error {
	enum error_kind kind;
	// UTF-8, one line, no trailing stop needed, always NUL-terminated. May
	// quote a server; whoever shows it filters it like all remote text.
	char text[ERROR_TEXT_MAX];
	// OFFLINE: found out by waiting for as long as one waits.
	bool waited;
};

// Sets *err (which may be NULL) and returns false, so that a function can end
// with `return error_set(err, ...)`. Too long a text is cut at a character.
bool error_set(struct error *err, enum error_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
// The same with ": " and strerror(errno) behind it; errno stays as it was.
bool error_errno(struct error *err, enum error_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
// Puts "what: " before the text that is there.
bool error_prefix(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void error_clear(struct error *err);
// "offline", "auth", ... : the word that JSON answers and logs use.
const char *error_kind_name(enum error_kind kind);

#endif
