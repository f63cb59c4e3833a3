// SPDX-License-Identifier: GPL-3.0-or-later
// Other programs that the screen starts: the editor and the browser.
#ifndef UI_CHILD_H
#define UI_CHILD_H

#include <stdbool.h>
#include "command/frontend.h"

struct app;

// Gives the terminal to the editor; done(true) when it ended well. A draft's
// page follows in any case.
void child_edit(struct app *a, enum edit_kind kind, const char *path,
	void (*done)(void *arg, bool ok), void *arg);
// The screen goes while an editor runs: its end will not be told. The draft is a
// file and its page is opened at the next start.
void child_forget(struct app *a);
// Hands a checked URL to the browser, as one argument; does not wait.
void child_browse(struct app *a, const char *url);
// Gives the terminal back to the shell until it brings us forward again.
void child_suspend(struct app *a);

#endif
