// SPDX-License-Identifier: GPL-3.0-or-later
// A program on a pty of a given size with a terminal emulator behind it: keys go
// in, what a person would see comes out. Nothing here sleeps: a wait is a poll
// on the pty with a deadline.
#ifndef TESTS_SCREEN_HARNESS_H
#define TESTS_SCREEN_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct buf;
struct terminal;

#define TERMINAL_DEADLINE_MS 20000   // sanitizers on a busy machine are slow
#define TERMINAL_STILL_MS 150        // no byte for so long: the picture is whole
#define TERMINAL_LOOK_MS   50         // what is waited for is looked at so often

// argv[0] is looked up in PATH; environment NULL: as ours. NULL when it cannot
// be started.
struct terminal *terminal_start(const char *const argv[],
	const char *const environment[], int rows, int cols);
// Kills what still runs.
void terminal_free(struct terminal **t);
pid_t terminal_pid(const struct terminal *t);

// Bytes as if typed.
void terminal_type(struct terminal *t, const char *bytes, size_t len);
// Keys by name, with blanks between: "j j <Enter> <C-x> <Up> <Paste:text>"; a
// word is typed letter by letter. False: a name that it does not know.
bool terminal_keys(struct terminal *t, const char *keys);
void terminal_resize(struct terminal *t, int rows, int cols);
void terminal_hang_up(struct terminal *t);     // the line goes dead

// Reads until found(arg) is true of the screen, or of a file, which is looked at
// each TERMINAL_LOOK_MS at least; or the deadline. False: it never was.
bool terminal_wait(struct terminal *t, bool (*found)(struct terminal *t, void *arg),
	void *arg, int deadline_ms);
bool terminal_wait_text(struct terminal *t, const char *text);
bool terminal_wait_gone(struct terminal *t, const char *text);
// Reads what is there already.
void terminal_read(struct terminal *t);
// Reads until nothing has come for TERMINAL_STILL_MS.
void terminal_still(struct terminal *t);
// Waits for its end; the exit status, 128 + signal, or -1 at the deadline.
int terminal_wait_exit(struct terminal *t);

// A row's text without the blanks at its end; free().
char *terminal_row(struct terminal *t, int row);
// All rows, a line each.
void terminal_text(struct terminal *t, struct buf *out);
bool terminal_has(struct terminal *t, const char *text);
// Text and looks: the rows, then a letter for the look of each cell ('.' is the
// plain one), then what the letters mean, and where the cursor is.
void terminal_picture(struct terminal *t, struct buf *out);
size_t terminal_bytes(const struct terminal *t);   // that came from it, in all

#endif
