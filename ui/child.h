// SPDX-License-Identifier: GPL-3.0-or-later
// Other programs that the screen starts: the editor, the browser, and those that
// show attachments.
#ifndef UI_CHILD_H
#define UI_CHILD_H

#include <stdbool.h>
#include <sys/types.h>
#include "command/frontend.h"

struct app;
struct error;

// Gives the terminal to the editor; done(true) when it ended well. A draft's
// page follows in any case.
void child_edit(struct app *a, enum edit_kind kind, const char *path,
	void (*done)(void *arg, bool ok), void *arg);
// The screen goes while an editor runs: its end will not be told. The draft is a
// file and its page is opened at the next start.
void child_forget(struct app *a);
// Gives the terminal to a program; done(arg, status) when it is back. False: it
// could not be started.
bool child_here(struct app *a, const char *const argv[], pid_t *pid_r,
	void (*done)(void *arg, int status), void *arg, struct error *err);
// Runs a program for an attachment beside the screen and does not wait.
bool child_apart(struct app *a, const char *const argv[], struct error *err);
bool child_has_desktop(void);
// Hands a checked URL to the browser, as one argument. One that needs the terminal
// gets it; for all others it does not wait.
void child_browse(struct app *a, const char *url);
// Gives the terminal back to the shell until it brings us forward again.
void child_suspend(struct app *a);

#endif
