// SPDX-License-Identifier: GPL-3.0-or-later
// Libraries that are loaded when one of their functions is first called: a module
// beside the program is linked with them and holds a table of those functions.
#ifndef BASE_DOOR_H
#define BASE_DOOR_H

#include <stdbool.h>
#include <stddef.h>

struct error;

// The first member of each table: a module of another build is not called.
struct door_stamp {
	const char *version;
	size_t size;
};
#define DOOR_STAMP(table) { PACKAGE_VERSION, sizeof(table) }

// For lists of functions: F(open) F(close).
#define DOOR_MEMBER(function) __typeof__(function) *function;
#define DOOR_ENTRY(function) .function = function,

// Are the modules installed? Asked before workers need them, to be told.
bool door_check(struct error *err);
// The table of a module ("mail": postern-mail.so), which stays loaded. Takes some
// milliseconds. A module that is gone or foreign by then ends the program.
const void *door_open(const char *module, const char *table, size_t size);

#endif
